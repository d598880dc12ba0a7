"""One edge for several Regions: what each Region's stack has for it, and what IpfsGlobal makes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster.edge import readers, routes
from ipfs_cluster.edge.sources import source
from ipfs_cluster.inputs.problems import InvalidInput
from moto import mock_aws

from sandbox.account import Account
from tests.helpers.edge import ALL_VIEWER, CACHING_DISABLED, DISTRIBUTION, balancer, both_events, ingress
from tests.helpers.readers import CLIENT, POOL
from tests.helpers.regions import FIRST, REGIONS, SECOND, SMALL, World, in_python
from tests.helpers.support import Deployed, deployed_small, zone

FUNCTION, VPC_ORIGIN = "aws:cloudfront/function:Function", "aws:cloudfront/vpcOrigin:VpcOrigin"
FAILOVER = [404, 500, 502, 503, 504]
BEHIND = {**SMALL, "nodes": {"count": 1}, "edge": {"mode": "origin"}}


def named(account: Account, **more: Any) -> dict[str, Any]:
    """A domain with its zone, for the Regions and for the edge."""
    return {"domain": "ipfs.example.com", "zoneId": zone(account), **more}


@pytest.fixture
def joined(tmp_path: Path) -> Iterator[Callable[..., tuple[World, Deployed]]]:
    """Deploys Regions behind one edge, and the edge."""

    def made(*regions: str, groups: Any = None, later: bool = False, **inputs: Any) -> tuple[World, Deployed]:
        world = World({**BEHIND, **(groups or {})})
        for region in regions or (FIRST, SECOND):
            world.deploy(region)
        return world, world.join(tmp_path, later=later, **{"edge": {}, **inputs})

    with mock_aws():
        yield made


def code(stack: Deployed, name: str) -> str:
    held = stack.inputs(FUNCTION, name)
    assert (held["publish"], held["runtime"]) == (True, "cloudfront-js-2.0")
    assert held["keyValueStoreAssociations"] == [stack.output("edge_store_arn")]
    return str(held["code"])


# --- a Region's own stack ---------------------------------------------------------------------------------------------


def test_a_region_behind_one_edge_has_origins_and_no_distributions() -> None:
    with deployed_small({"edge": {"mode": "origin"}, "api": {"pinningService": True}}) as stack:
        assert balancer(stack)["Scheme"] == "internal"
        assert not stack.registered(DISTRIBUTION)
        assert not stack.registered(FUNCTION)
        ports = {"gateway": 80, "api": 9094, "pinning": 9097}
        for role, port in ports.items():
            assert ingress(stack, f"ipfs-alb-{role}") == [(port, "com.amazonaws.global.cloudfront.origin-facing")]
            config = stack.inputs(VPC_ORIGIN, f"ipfs-edge-{role}-origin")["vpcOriginEndpointConfig"]
            assert config.pop("name").startswith(f"ipfs-edge-{role}-origin-")
            assert config == {
                "arn": balancer(stack)["LoadBalancerArn"],
                "httpPort": port,
                "httpsPort": 443,
                "originProtocolPolicy": "http-only",
                "originSslProtocols": {"items": ["TLSv1.2"], "quantity": 1},
            }
        for output in ("gateway_url", "api_url", "ctl_command", "console_url", "gateway_distribution_id", "publisher_policy"):
            assert stack.output(output) is None
        assert (stack.output("dns_records"), stack.output("websites")) == ({}, {})
        edge = json.loads(stack.output("member"))["edge"]
        origins = edge.pop("origins")
        assert sorted(origins) == ["api", "gateway", "pinning"]
        assert all(origins[role].startswith(f"ipfs-edge-{role}-origin-") for role in origins)
        assert edge == {
            "domainName": balancer(stack)["DNSName"],
            "https": False,
            "gatewayHost": "",
            "apiHost": "",
            "subdomainGateway": False,
            "websites": [],
            "storageMaxGib": 100,
            "replication": [-1, -1],
        }


@pytest.mark.parametrize("mode", ["cloudfront", "load-balancer", "none"])
def test_another_regions_member_says_nothing_of_the_edge(mode: str) -> None:
    with deployed_small({"edge": {"mode": mode}}) as stack:
        assert "edge" not in json.loads(stack.output("member"))


def test_a_region_with_names_has_a_certificate_for_all_of_them_and_no_records() -> None:
    with deployed_small(lambda account: {"edge": {"mode": "origin", **named(account, subdomainGateway=True, websites=["www.example.com"])}}) as stack:
        (certificate,) = stack.registered("aws:acm/certificate:Certificate")
        names = ["gateway", "*.ipfs.gateway", "*.ipns.gateway", "api", "api-eu-west-1"]
        hosts = [f"{name}.ipfs.example.com" for name in names] + ["www.example.com"]
        assert [certificate.inputs["domainName"], *certificate.inputs["subjectAlternativeNames"]] == hosts
        assert certificate.inputs["region"] == "eu-west-1"
        records = stack.registered("aws:route53/record:Record")
        assert all("-proof-" in record.name for record in records), "the names lead to the distributions, which are another stack's"
        config = stack.inputs(VPC_ORIGIN, "ipfs-edge-gateway-origin")["vpcOriginEndpointConfig"]
        assert (config["originProtocolPolicy"], config["httpsPort"]) == ("https-only", 443)
        kubo = stack.containers("eu-west-1a")["configure"]["environment"]
        assert "gateway.ipfs.example.com" in json.dumps(kubo)


# --- the edge ---------------------------------------------------------------------------------------------------------


def test_readers_go_to_the_nearest_region_and_have_the_next_one_in_reserve(joined: Any) -> None:
    world, stack = joined(*REGIONS)
    assert stack.output("edge_regions") == sorted(REGIONS)
    inputs = stack.inputs(DISTRIBUTION, "world-edge-gateway")
    for origin, region in zip(inputs["origins"], sorted(REGIONS), strict=True):
        edge = json.loads(world.clusters[region].output("member"))["edge"]
        assert origin == {
            "originId": f"gateway-{region}",
            "domainName": edge["domainName"],
            "connectionAttempts": 1,
            "connectionTimeout": 3,
            "vpcOriginConfig": {"vpcOriginId": edge["origins"]["gateway"], "originReadTimeout": 120, "originKeepaliveTimeout": 60},
        }
    assert "originGroups" not in inputs, "the function makes them"
    behavior = inputs["defaultCacheBehavior"]
    assert behavior["targetOriginId"] == "gateway-ap-northeast-1"
    assert behavior["allowedMethods"] == ["GET", "HEAD", "OPTIONS"], "CloudFront fails over for these alone"
    assert "originRequestPolicyId" not in behavior
    (function,) = {association["functionArn"] for association in behavior["functionAssociations"]}
    assert behavior["functionAssociations"] == both_events(function)
    assert code(stack, "world-edge-gateway") == routes.code(readers.gateway_code(), "gateway", REGIONS, "ap-northeast-1", failover=True)
    assert "aliases" not in inputs
    assert inputs["viewerCertificate"] == {"cloudfrontDefaultCertificate": True}


def test_the_apis_go_to_the_nearest_region_alone(joined: Any) -> None:
    _, stack = joined(groups={"api": {"pinningService": True}}, pinning_service=True, default_region=SECOND)
    inputs = stack.inputs(DISTRIBUTION, "world-edge-api")
    ids = [f"{role}-{region}" for role in ("api", "pinning") for region in (FIRST, SECOND)]
    assert [origin["originId"] for origin in inputs["origins"]] == [*ids, "console"]
    assert all((origin["connectionAttempts"], origin["connectionTimeout"]) == (1, 3) for origin in inputs["origins"][:4])
    assert "originGroups" not in inputs, "what writes must not come to two Regions"
    pinning = inputs["orderedCacheBehaviors"][0]
    for role, behavior, own, name in (
        ("api", inputs["defaultCacheBehavior"], routes.UNCHANGED, "world-edge-api"),
        ("pinning", pinning, source("pinning-path.js"), "world-edge-pinning-path"),
    ):
        assert behavior["targetOriginId"] == f"{role}-{SECOND}"
        assert (behavior["cachePolicyId"], behavior["originRequestPolicyId"]) == (CACHING_DISABLED, ALL_VIEWER)
        (association,) = behavior["functionAssociations"]
        assert association["eventType"] == "viewer-request"
        assert code(stack, name) == routes.code(own, role, (FIRST, SECOND), SECOND, failover=False)
    assert [behavior["pathPattern"] for behavior in inputs["orderedCacheBehaviors"]] == ["/pinning/*", "/console", "/console/*"]
    assert stack.output("pinning_service_url") == stack.output("api_url") + "/pinning"


def test_a_region_that_only_reads_takes_no_requests_to_the_api(tmp_path: Path) -> None:
    with mock_aws():
        world = World(BEHIND)
        world.deploy(FIRST)
        first = world.clusters[FIRST]
        role = {"others": {FIRST: first.output("member")}, "shared": first.output("shared_secrets"), "role": "reader"}
        world.deploy(SECOND, members=role)
        stack = world.join(tmp_path, edge={}, default_region=SECOND)
        assert code(stack, "world-edge-api") == routes.code(routes.UNCHANGED, "api", [FIRST], SECOND, failover=False)
        assert code(stack, "world-edge-gateway") == routes.code(readers.gateway_code(), "gateway", [FIRST, SECOND], SECOND, failover=True)
        told = json.loads(stack.inputs("aws:s3/bucketObjectv2:BucketObjectv2", "world-edge-console-config.json")["content"])
        assert [node["name"] for node in told["nodes"]] == ["eu-west-1a"]


def test_names_for_the_world_and_for_each_region(joined: Any) -> None:
    account = Account(FIRST)
    _, stack = joined(edge=in_python(named(account)))
    hosts = ["api.ipfs.example.com", "api-eu-west-1.ipfs.example.com", "api-us-east-1.ipfs.example.com"]
    assert stack.inputs(DISTRIBUTION, "world-edge-gateway")["aliases"] == ["gateway.ipfs.example.com"]
    assert stack.inputs(DISTRIBUTION, "world-edge-api")["aliases"] == hosts
    (certificate,) = stack.registered("aws:acm/certificate:Certificate")
    assert certificate.inputs["region"] == "us-east-1"
    assert sorted([certificate.inputs["domainName"], *certificate.inputs["subjectAlternativeNames"]]) == sorted(["gateway.ipfs.example.com", *hosts])
    (found,) = account.client("route53").list_hosted_zones()["HostedZones"][:1]
    records = account.client("route53").list_resource_record_sets(HostedZoneId=found["Id"])["ResourceRecordSets"]
    leading = {(record["Name"].rstrip("."), record["Type"]) for record in records if "AliasTarget" in record}
    assert leading == {(host, type_) for host in ["gateway.ipfs.example.com", *hosts] for type_ in ("A", "AAAA")}
    assert (stack.output("gateway_url"), stack.output("api_url")) == ("https://gateway.ipfs.example.com", "https://api.ipfs.example.com")
    assert stack.output("api_urls") == {FIRST: f"https://{hosts[1]}", SECOND: f"https://{hosts[2]}"}
    assert 'var NAMED = ["api-",".ipfs.example.com"];' in code(stack, "world-edge-api")
    assert "var NAMED = [];" in code(stack, "world-edge-gateway")
    assert stack.output("dns_records") == {}


def test_records_that_are_the_users_to_make(joined: Any) -> None:
    certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
    _, stack = joined(edge={"domain": "ipfs.example.com", "certificate_arn": certificate, "api_name": "rest"})
    names = ["gateway", "rest", "rest-eu-west-1", "rest-us-east-1"]
    assert sorted(stack.output("dns_records")) == sorted(f"{name}.ipfs.example.com" for name in names)
    assert stack.inputs(DISTRIBUTION, "world-edge-api")["viewerCertificate"]["acmCertificateArn"] == certificate


def test_a_password_for_readers(joined: Any) -> None:
    _, stack = joined(gateway={"authentication": "basic", "username": "alice", "password": "correct-horse-battery"})
    own = code(stack, "world-edge-readers-basic-auth")
    salt = own.partition('var CREDENTIALS = "')[2].partition(":")[0]
    assert own == routes.code(readers.gateway_code(readers.salted_hash(salt, "alice:correct-horse-battery")), "gateway", [FIRST, SECOND], FIRST, failover=True)
    assert (stack.output("gateway_username"), stack.output("gateway_password")) == ("alice", "correct-horse-battery")
    secret = [r.name for r in stack.deployment.registrations if "correct-horse-battery" in json.dumps(r.inputs, default=str)]
    assert secret == []


def test_a_generated_password(joined: Any) -> None:
    _, stack = joined(gateway={"authentication": "basic"})
    pair = f"{stack.output('gateway_username')}:{stack.output('gateway_password')}"
    salt = stack.inputs("random:index/randomPassword:RandomPassword", "world-edge-readers-salt")
    assert salt == {"length": 64, "special": False}
    hashed = code(stack, "world-edge-readers-basic-auth").partition('var CREDENTIALS = "')[2].partition('"')[0]
    assert hashed == readers.salted_hash(hashed.partition(":")[0], pair)


@pytest.mark.parametrize(("default", "order"), [("", (FIRST, SECOND)), (SECOND, (SECOND, FIRST))])
def test_readers_with_tokens_have_a_fixed_order_of_two_regions(joined: Any, default: str, order: tuple[str, str]) -> None:
    """A function of Lambda@Edge takes the place of the one that chooses."""
    tokens = {"authentication": "token", "user_pool_id": POOL, "user_pool_client_id": CLIENT}
    _, stack = joined(gateway=tokens, **({"default_region": default} if default else {}))
    inputs = stack.inputs(DISTRIBUTION, "world-edge-gateway")
    members = [{"originId": f"gateway-{region}"} for region in order]
    assert inputs["originGroups"] == [{"originId": "gateway", "failoverCriteria": {"statusCodes": FAILOVER}, "members": members}]
    behavior = inputs["defaultCacheBehavior"]
    assert behavior["targetOriginId"] == "gateway"
    assert "functionAssociations" not in behavior
    events = [association["eventType"] for association in behavior["lambdaFunctionAssociations"]]
    assert events == ["viewer-request", "viewer-response"], "VPC origins take no functions of their own"
    assert sorted(r.name for r in stack.registered(FUNCTION)) == ["world-edge-api", "world-edge-console"]
    assert stack.output("gateway_user_pool_id") == POOL


def test_websites_and_a_subdomain_gateway(joined: Any) -> None:
    edge = named(Account(FIRST), subdomainGateway=True, websites=["www.example.com", "example.com"])
    _, stack = joined(groups={"edge": {"mode": "origin", **edge}}, edge=in_python(edge))
    own = ["gateway.ipfs.example.com", "*.ipfs.gateway.ipfs.example.com", "*.ipns.gateway.ipfs.example.com"]
    inputs = stack.inputs(DISTRIBUTION, "world-edge-gateway")
    assert inputs["aliases"] == [*own, "www.example.com", "example.com"]
    assert code(stack, "world-edge-gateway") == routes.code(readers.gateway_code(own_names=own), "gateway", [FIRST, SECOND], FIRST, failover=True)
    key = stack.inputs("aws:cloudfront/cachePolicy:CachePolicy", "world-edge-gateway")["parametersInCacheKeyAndForwardedToOrigin"]
    assert "Host" in key["headersConfig"]["headers"]["items"]
    assert sorted(stack.output("websites")) == ["example.com", "www.example.com"]
    assert stack.output("gateway_distribution_id") in stack.output("publisher_policy")


def test_the_host_is_forwarded_to_load_balancers_with_certificates(joined: Any) -> None:
    edge = named(Account(FIRST))
    _, stack = joined(groups={"edge": {"mode": "origin", **edge}}, edge=in_python(edge))
    assert stack.inputs(DISTRIBUTION, "world-edge-gateway")["defaultCacheBehavior"]["originRequestPolicyId"] == "bf0718e1-ba1e-49d1-88b1-f726733018ae"


def test_the_console_knows_the_nodes_of_all_regions(joined: Any) -> None:
    world, stack = joined()
    told = json.loads(stack.inputs("aws:s3/bucketObjectv2:BucketObjectv2", "world-edge-console-config.json")["content"])
    assert [(node["name"], node["zone"]) for node in told["nodes"]] == [("eu-west-1a", "eu-west-1a"), ("us-east-1a", "us-east-1a")]
    peers = [peer for cluster in world.clusters.values() for peer in cluster.output("cluster_peer_ids").values()]
    assert [node["clusterPeerId"] for node in told["nodes"]] == peers
    assert (told["gateway"], told["replication"], told["storageMaxGib"]) == (stack.output("gateway_url"), {"min": -1, "max": -1}, 100)
    assert stack.output("console_url") == stack.output("api_url") + "/console/"


def test_the_console_knows_how_many_copies_there_are_in_all_regions(joined: Any) -> None:
    groups = {"pinning": {"replicasPerRegion": 1}, "swarm": {"mode": "private"}}
    _, stack = joined(groups=groups)
    told = json.loads(stack.inputs("aws:s3/bucketObjectv2:BucketObjectv2", "world-edge-console-config.json")["content"])
    assert told["replication"] == {"min": 1, "max": 2}


def test_outputs_of_other_stacks_make_the_same_edge(tmp_path: Path) -> None:
    found = []
    for later in (False, True):
        with mock_aws():
            world = World(BEHIND)
            for region in (FIRST, SECOND):
                world.deploy(region)
            joined = world.join(tmp_path, later=later, edge={})
            found.append(sorted((r.type, r.name, r.parent) for r in joined.deployment.registrations))
            assert [origin["originId"] for origin in joined.inputs(DISTRIBUTION, "world-edge-gateway")["origins"]] == [f"gateway-{FIRST}", f"gateway-{SECOND}"]
    assert found[0] == found[1]


def test_without_an_edge_there_is_none(tmp_path: Path) -> None:
    with mock_aws():
        world = World(BEHIND)
        for region in (FIRST, SECOND):
            world.deploy(region)
        stack = world.join(tmp_path)
        assert not [r for r in stack.deployment.registrations if "cloudfront" in r.type]
        assert (stack.output("gateway_url"), stack.output("edge_regions"), stack.output("api_urls")) == (None, [], {})


# --- what does not fit ------------------------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with mock_aws():
        world = World(BEHIND)
        world.deploy(FIRST, edge={"mode": "origin", "domain": "other.example.com"})
        world.deploy(SECOND, edge={"mode": "none"})
        edge = {"domain": "ipfs.example.com", "zone_id": zone(Account(FIRST)), "scheme": "internet-facing", "price_class": "cheap", "access_log_days": 3}
        with pytest.raises(InvalidInput) as refused:
            world.join(tmp_path, edge=edge, gateway={"open": True, "authentication": "magic"}, pinning_service=True, default_region="ap-south-1")
        told = "\n".join(refused.value.problems)
        for problem in (
            "edge.scheme: has no effect: it is for a load balancer, and those are the Regions' own; give it to them.",
            "edge.access_log_days: has no effect: it is for a load balancer",
            "edge.price_class: 'cheap' must be one of: PriceClass_100",
            "gateway.open: has no effect: what the gateways serve is decided by each Region's stack",
            "gateway.authentication: 'magic' must be one of: none, basic, token",
            "default_region: 'ap-south-1' must be one of the members: eu-west-1, us-east-1.",
            "members['eu-west-1']: does not offer the Pinning Service API; set its api.pinning_service to true",
            "members['eu-west-1']: its gateway's name is gateway.other.example.com, and here it is gateway.ipfs.example.com",
            "members['eu-west-1']: its REST API's name is api.other.example.com, and here it is api.ipfs.example.com",
            "members['us-east-1']: its stack has no load balancer for the edge; set its edge.mode to origin, and deploy it first.",
        ):
            assert problem in told, told
        assert len(refused.value.problems) == 10, told


def test_inputs_of_an_edge_that_there_is_not_are_refused(tmp_path: Path) -> None:
    with mock_aws():
        world = World(BEHIND)
        for region in (FIRST, SECOND):
            world.deploy(region)
        with pytest.raises(InvalidInput) as refused:
            world.join(tmp_path, gateway={"authentication": "basic"}, pinning_service=True, default_region=FIRST)
        assert sorted(refused.value.problems) == [
            "default_region: has no effect: there is no edge. Leave it out.",
            "gateway: has no effect: there is no edge. Leave it out.",
            "pinning_service: has no effect: there is no edge. Leave it out.",
        ]


def test_regions_that_differ_from_the_edge_are_refused(tmp_path: Path) -> None:
    with mock_aws():
        account = Account(FIRST)
        own = named(account, subdomainGateway=True, websites=["www.example.com"])
        world = World(BEHIND)
        world.deploy(FIRST, edge={"mode": "origin", **own})
        world.deploy(SECOND)
        with pytest.raises(InvalidInput) as refused:
            world.join(tmp_path, edge=in_python({**own, "websites": ["example.com"]}))
        same = "give that stack and this one the same domain and names."
        assert refused.value.problems == [
            "members['eu-west-1']: its websites are www.example.com, and here they are example.com; make both the same.",
            f"members['us-east-1']: its gateway's name is none, and here it is gateway.ipfs.example.com; {same}",
            f"members['us-east-1']: its REST API's name is none, and here it is api.ipfs.example.com; {same}",
            "members['us-east-1']: its subdomain_gateway is false, and here it is true; make both the same.",
            "members['us-east-1']: its websites are none, and here they are example.com; make both the same.",
            "members['us-east-1']: its load balancer has no certificate, and that of eu-west-1 has one; give all Regions one, or none.",
        ]
