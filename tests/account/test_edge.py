"""What the edge is on AWS, by each choice of the user. Where moto lacks an API the resource's exact inputs are asked."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from ipfs_cluster.edge import plan as edge
from ipfs_cluster.edge import readers

from sandbox.account import Account
from tests.account.test_deployment import services
from tests.account.test_permissions import NODES, policies
from tests.helpers.iam import allowed
from tests.helpers.support import Deployed, Groups, environment, secrets, zone
from tests.helpers.support import deployed_small as deployed

CLOUDFRONT_ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mine/0a1b2c3d"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
GATEWAY, API = "ipfs-edge-gateway", "ipfs-edge-api"
ALL_VIEWER, CACHING_DISABLED = "216adef6-5c7f-47e4-b989-5492eafa07d3", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


def with_zone(**more: Any) -> Callable[[Account], Groups]:
    """A domain in a zone of the account; ``more`` are further settings of the edge."""
    return lambda account: {"edge": {"domain": "ipfs.example.com", "zoneId": zone(account), **more}}


def three(groups: Callable[[Account], Groups]) -> Callable[[Account], Groups]:
    return lambda account: {**groups(account), "nodes": {"count": 3}}


def balancer(stack: Deployed) -> dict[str, Any]:
    (found,) = stack.client("elbv2").describe_load_balancers()["LoadBalancers"]
    return dict(found)


def listeners(stack: Deployed) -> dict[int, dict[str, Any]]:
    found = stack.client("elbv2").describe_listeners(LoadBalancerArn=balancer(stack)["LoadBalancerArn"])["Listeners"]
    return {listener["Port"]: listener for listener in found}


def target_groups(stack: Deployed) -> dict[str, dict[str, Any]]:
    found = stack.client("elbv2").describe_target_groups()["TargetGroups"]
    return {group["TargetGroupName"].rpartition("-")[0]: group for group in found}


def distribution(stack: Deployed, which: str) -> dict[str, Any]:
    return dict(stack.client("cloudfront").get_distribution(Id=stack.output(f"{which}_distribution_id"))["Distribution"]["DistributionConfig"])


def ingress(stack: Deployed, group: str) -> list[tuple[int, str]]:
    """Ports and sources that a security group, by its name tag, admits."""
    ec2 = stack.client("ec2")
    (found,) = ec2.describe_security_groups(Filters=[{"Name": "tag:Name", "Values": [group]}])["SecurityGroups"]
    lists = {known["PrefixListId"]: known["PrefixListName"] for known in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    rules = []
    for permission in found["IpPermissions"]:
        assert permission["FromPort"] == permission["ToPort"]
        sources = [lists[known["PrefixListId"]] for known in permission["PrefixListIds"]]
        sources += [block["CidrIp"] for block in permission["IpRanges"]] + [pair["GroupId"] for pair in permission["UserIdGroupPairs"]]
        rules += [(permission["FromPort"], source) for source in sources]
    return sorted(rules)


# --- the load balancer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 5])
def test_the_load_balancer(count: int) -> None:
    with deployed({"nodes": {"count": count}}) as stack:
        elb, ec2 = stack.client("elbv2"), stack.client("ec2")
        found = balancer(stack)
        assert (found["Type"], found["Scheme"]) == ("application", "internal")
        subnets = ec2.describe_subnets(SubnetIds=[zone["SubnetId"] for zone in found["AvailabilityZones"]])["Subnets"]
        assert len(subnets) == min(3, max(2, count))
        for subnet in subnets:
            (table,) = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}])["RouteTables"]
            assert not [route for route in table["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0"], "private"
        (registered_,) = stack.registered("aws:lb/loadBalancer:LoadBalancer")
        assert any(urn.endswith("InternetGateway::ipfs-network-internet") for urn in registered_.request.dependencies), "VPC origins need it"
        attributes = {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(LoadBalancerArn=found["LoadBalancerArn"])["Attributes"]}
        assert attributes["idle_timeout.timeout_seconds"] == "600"
        assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
        assert attributes["routing.http.preserve_host_header.enabled"] == "true"
        assert attributes.get("access_logs.s3.enabled", "false") == "false"

        groups = target_groups(stack)
        held = {
            name: (g["Protocol"], g["Port"], g["TargetType"], g["HealthCheckPath"], g["Matcher"]["HttpCode"], g["HealthCheckProtocol"])
            for name, g in groups.items()
        }
        assert held == {
            "ipfs-gateway": ("HTTP", 8080, "ip", "/ipfs/bafkqaaa?format=raw", "200", "HTTP"),
            "ipfs-api": ("HTTP", 9094, "ip", "/health", "204", "HTTP"),
        }
        for described in groups.values():
            assert (described["HealthCheckIntervalSeconds"], described["HealthCheckTimeoutSeconds"]) == (10, 5)
            assert (described["HealthyThresholdCount"], described["UnhealthyThresholdCount"]) == (2, 2)
            delay = {a["Key"]: a["Value"] for a in elb.describe_target_group_attributes(TargetGroupArn=described["TargetGroupArn"])["Attributes"]}
            assert delay["deregistration_delay.timeout_seconds"] == "30"

        for port, group in ((80, "ipfs-gateway"), (9094, "ipfs-api")):
            listener = listeners(stack)[port]
            assert listener["Protocol"] == "HTTP"
            assert [(a["Type"], a["TargetGroupArn"]) for a in listener["DefaultActions"]] == [("forward", groups[group]["TargetGroupArn"])]
        assert set(listeners(stack)) == {80, 9094}

        for name, service in services(stack).items():
            registered = {(t["targetGroupArn"], t["containerName"], t["containerPort"]) for t in service["loadBalancers"]}
            assert registered == {
                (groups["ipfs-gateway"]["TargetGroupArn"], "ipfs", 8080),
                (groups["ipfs-api"]["TargetGroupArn"], "ipfs-cluster", 9094),
            }, name
        for node in stack.output("dns_names"):
            inputs = stack.inputs("aws:ecs/service:Service", f"ipfs-{node}-service")
            assert inputs["healthCheckGracePeriodSeconds"] == 600
            (service_,) = (r for r in stack.registered("aws:ecs/service:Service") if r.name == f"ipfs-{node}-service")
            needed = [urn.rpartition(":")[0].rpartition(":")[0].rpartition(":")[2] + " " + urn.rpartition(":")[2] for urn in service_.request.dependencies]
            assert {"Listener ipfs-gateway", "Listener ipfs-api"} <= set(needed), "a target group without a listener takes no targets"


def test_cloudfront_alone_reaches_an_internal_load_balancer() -> None:
    with deployed() as stack:
        origin_facing = "com.amazonaws.global.cloudfront.origin-facing"
        assert ingress(stack, "ipfs-alb-gateway") == [(80, origin_facing)]
        assert ingress(stack, "ipfs-alb-api") == [(9094, origin_facing)]
        groups = {g["GroupId"]: g for g in stack.client("ec2").describe_security_groups()["SecurityGroups"]}
        attached = balancer(stack)["SecurityGroups"]
        assert len(attached) == 2, "the prefix list counts 55 of the 60 rules of a group"
        nodes = services(stack)["ipfs-node-eu-west-1a"]["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
        out = {(p["FromPort"], pair["GroupId"]) for group in attached for p in groups[group]["IpPermissionsEgress"] for pair in p["UserIdGroupPairs"]}
        assert out == {(8080, nodes[0]), (9094, nodes[0])}
        assert not [b for group in attached for p in groups[group]["IpPermissionsEgress"] for b in p["IpRanges"]]

        origins = {r.name: stack.inputs(r.type, r.name) for r in stack.registered("aws:cloudfront/vpcOrigin:VpcOrigin")}
        for role, port in (("gateway", 80), ("api", 9094)):
            config = origins[f"ipfs-edge-{role}-origin"]["vpcOriginEndpointConfig"]
            name = config.pop("name")
            assert name.startswith(f"ipfs-edge-{role}-origin-")
            assert config == {
                "arn": balancer(stack)["LoadBalancerArn"],
                "httpPort": port,
                "httpsPort": 443,
                "originProtocolPolicy": "http-only",
                "originSslProtocols": {"items": ["TLSv1.2"], "quantity": 1},
            }
        for registration in stack.registered("aws:cloudfront/vpcOrigin:VpcOrigin"):
            assert list(registration.request.ignoreChanges) == ["tags", "tagsAll"], "what is in use cannot be changed"
            assert list(registration.request.replaceOnChanges) == ["vpcOriginEndpointConfig"]
            assert any(urn.endswith(("::ipfs-gateway", "::ipfs-api")) for urn in registration.request.dependencies)


def test_a_public_load_balancer_answers_cloudfront_alone() -> None:
    with deployed(three(with_zone(scheme="internet-facing"))) as stack:
        assert balancer(stack)["Scheme"] == "internet-facing"
        public = {r.name for r in stack.registered("aws:ec2/subnet:Subnet")}
        assert public == {f"ipfs-network-public-{zone}" for zone in NODES}
        assert ingress(stack, "ipfs-alb-gateway") == [(443, "com.amazonaws.global.cloudfront.origin-facing")]
        assert ingress(stack, "ipfs-alb-api") == [(9443, "com.amazonaws.global.cloudfront.origin-facing")]
        secret = stack.account.randomness.made["RandomPassword ipfs-credentials-origin-secret"]["value"]
        assert secret.isalnum()
        assert len(secret) == 64
        elb = stack.client("elbv2")
        for port, group in ((443, "ipfs-gateway"), (9443, "ipfs-api")):
            listener = listeners(stack)[port]
            (refusal,) = listener["DefaultActions"]
            assert (refusal["Type"], refusal["FixedResponseConfig"]["StatusCode"]) == ("fixed-response", "403")
            (rule,) = (rule for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"] if not rule["IsDefault"])
            (condition,) = rule["Conditions"]
            assert condition["HttpHeaderConfig"] == {"HttpHeaderName": "X-Origin-Secret", "Values": [secret]}
            assert rule["Actions"][0]["TargetGroupArn"] == target_groups(stack)[group]["TargetGroupArn"]
        for which, port in (("gateway", 443), ("api", 9443)):
            (origin,) = distribution(stack, which)["Origins"]["Items"]
            assert origin["DomainName"] == balancer(stack)["DNSName"]
            assert origin["CustomHeaders"]["Items"] == [{"HeaderName": "X-Origin-Secret", "HeaderValue": secret}]
            config = origin["CustomOriginConfig"]
            assert (config["OriginProtocolPolicy"], config["HTTPSPort"], config["OriginReadTimeout"]) == ("https-only", port, 120)
        assert not stack.registered("aws:cloudfront/vpcOrigin:VpcOrigin")


def test_a_load_balancer_alone_for_named_clients() -> None:
    clients = ["203.0.113.0/24", "198.51.100.7/32"]
    with deployed(with_zone(mode="load-balancer", scheme="internet-facing", allowedCidrs=clients)) as stack:
        assert ingress(stack, "ipfs-alb-gateway") == sorted((443, cidr) for cidr in clients)
        assert ingress(stack, "ipfs-alb-api") == sorted((9443, cidr) for cidr in clients)
        assert {listener["Protocol"] for listener in listeners(stack).values()} == {"HTTPS"}
        assert (stack.output("gateway_url"), stack.output("api_url")) == ("https://gateway.ipfs.example.com", "https://api.ipfs.example.com:9443")
        assert not [r for r in stack.deployment.registrations if "cloudfront" in r.type]
        assert not stack.registered("aws:lb/listenerRule:ListenerRule")
        names = {(record["Name"], record["Type"]) for record in records(stack) if "AliasTarget" in record}
        assert names == {("gateway.ipfs.example.com.", "A"), ("api.ipfs.example.com.", "A")}
        assert {record["AliasTarget"]["DNSName"].rstrip(".") for record in records(stack) if "AliasTarget" in record} == {balancer(stack)["DNSName"]}


def test_a_load_balancer_alone_for_the_vpc() -> None:
    with deployed({"edge": {"mode": "load-balancer"}, "api": {"pinningService": True}}) as stack:
        assert balancer(stack)["Scheme"] == "internal"
        for group, port in (("gateway", 80), ("api", 9094), ("pinning", 9097)):
            ((found, prefix_list),) = ingress(stack, f"ipfs-alb-{group}")
            assert found == port
            assert prefix_list.startswith("ipfs-network-ranges-")
        ec2 = stack.client("ec2")
        (own,) = (known for known in ec2.describe_managed_prefix_lists()["PrefixLists"] if known["PrefixListName"].startswith("ipfs-"))
        entries = ec2.get_managed_prefix_list_entries(PrefixListId=own["PrefixListId"])["Entries"]
        assert [entry["Cidr"] for entry in entries] == ["10.94.0.0/16"]
        dns = balancer(stack)["DNSName"]
        assert stack.output("gateway_url") == f"http://{dns}"
        assert stack.output("api_url") == f"http://{dns}:9094"
        assert stack.output("pinning_service_url") == f"http://{dns}:9097"
        assert f"--host /dns4/{dns}/tcp/9094 --force-http" in stack.output("ctl_command")


def test_no_edge() -> None:
    with deployed({"edge": {"mode": "none"}, "api": {"pinningService": True}}) as stack:
        assert stack.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
        assert stack.client("cloudfront").list_distributions()["DistributionList"].get("Items", []) == []
        within = [(port, source) for port, source in ingress(stack, "ipfs-network-nodes") if source.startswith("ipfs-network-ranges-")]
        assert [port for port, _ in within] == [8080, 9094, 9097]
        for service in services(stack).values():
            assert service["loadBalancers"] == []
        inputs = stack.inputs("aws:ecs/service:Service", "ipfs-eu-west-1a-service")
        assert "healthCheckGracePeriodSeconds" not in inputs
        assert {stack.output(name) for name in ("gateway_url", "api_url", "ctl_command", "pinning_service_url", "gateway_distribution_id")} == {None}
        assert not [r for r in stack.registered("aws:ec2/subnet:Subnet") if "private" in r.name]


def test_subnets_of_ones_own() -> None:
    def groups(account: Account) -> Groups:
        ec2 = account.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})

        def subnets(first: int) -> dict[str, str]:
            return {
                zone: ec2.create_subnet(VpcId=vpc, AvailabilityZone=zone, CidrBlock=f"10.20.{first + index}.0/27")["Subnet"]["SubnetId"]
                for index, zone in enumerate(NODES)
            }

        return {"network": {"vpcId": vpc, "subnetIds": subnets(0), "loadBalancerSubnetIds": subnets(10)}, "nodes": {"count": 3}}

    with deployed(groups) as stack:
        assert {z["SubnetId"] for z in balancer(stack)["AvailabilityZones"]} == set(stack.groups["network"]["loadBalancerSubnetIds"].values())


@pytest.mark.parametrize(
    ("cidr", "zone_", "message"),
    [
        ("10.20.9.0/28", "eu-west-1b", r"network.loadBalancerSubnetIds\['eu-west-1b'\]: subnet-\w+ \(10.20.9.0/28\) is too small .* /27 or larger"),
        ("10.20.9.0/24", "eu-west-1c", r"network.loadBalancerSubnetIds\['eu-west-1b'\]: subnet-\w+ is in eu-west-1c; give a subnet in eu-west-1b"),
    ],
)
def test_subnets_that_cannot_carry_a_load_balancer(cidr: str, zone_: str, message: str) -> None:
    def groups(account: Account) -> Groups:
        ec2 = account.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        one = ec2.create_subnet(VpcId=vpc, AvailabilityZone="eu-west-1a", CidrBlock="10.20.1.0/24")["Subnet"]["SubnetId"]
        other = ec2.create_subnet(VpcId=vpc, AvailabilityZone=zone_, CidrBlock=cidr)["Subnet"]["SubnetId"]
        network = {"vpcId": vpc, "subnetIds": {"eu-west-1a": one}, "loadBalancerSubnetIds": {"eu-west-1a": one, "eu-west-1b": other}}
        return {"network": network, "nodes": {"count": 1}}

    with pytest.raises(Exception, match=message), deployed(groups):
        pass


def test_access_logs() -> None:
    with deployed({"edge": {"accessLogDays": 14}, "backup": {"pinsetSchedule": "never"}}) as stack:
        s3, elb = stack.client("s3"), stack.client("elbv2")
        (bucket,) = [b["Name"] for b in s3.list_buckets()["Buckets"]]
        attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=balancer(stack)["LoadBalancerArn"])["Attributes"]
        assert {"Key": "access_logs.s3.enabled", "Value": "true"} in attributes
        assert {"Key": "access_logs.s3.bucket", "Value": bucket} in attributes
        assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
        (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert (rule["Status"], rule["Expiration"]["Days"]) == ("Enabled", 14)
        assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7
        deliver, write, deny = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
        assert write["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
        assert write["Resource"] == f"arn:aws:s3:::{bucket}/AWSLogs/123456789012/*"
        assert write["Condition"] == {"ArnLike": {"aws:SourceArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/*"}}
        assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        assert stack.inputs("aws:s3/bucket:Bucket", "ipfs-access-logs")["forceDestroy"] is True
        (registered,) = stack.registered("aws:lb/loadBalancer:LoadBalancer")
        assert any(urn.endswith("BucketPolicy::ipfs-access-logs") for urn in registered.request.dependencies), "it tries to write when it is made"

        assert deliver["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
        assert deliver["Resource"] == f"arn:aws:s3:::{bucket}/AWSLogs/123456789012/*"
        assert deliver["Condition"] == {
            "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:123456789012:delivery-source:*"},
        }
        logs = stack.account.client("logs", "us-east-1")
        (destination,) = logs.describe_delivery_destinations()["deliveryDestinations"]
        assert destination["outputFormat"] == "json"
        assert destination["deliveryDestinationConfiguration"] == {"destinationResourceArn": f"arn:aws:s3:::{bucket}"}
        sources = {source["name"]: source for source in logs.describe_delivery_sources()["deliverySources"]}
        delivered = [sources[delivery["deliverySourceName"]] for delivery in logs.describe_deliveries()["deliveries"]]
        ids = [stack.output(f"{role}_distribution_id") for role in ("gateway", "api")]
        assert [(source["logType"], *source["resourceArns"]) for source in delivered] == [
            ("ACCESS_LOGS", f"arn:aws:cloudfront::123456789012:distribution/{id_}") for id_ in ids
        ]
        _, second = stack.registered("aws:cloudwatch/logDelivery:LogDelivery")
        assert any(urn.endswith("LogDelivery::ipfs-edge-logs-gateway") for urn in second.request.dependencies), "AWS refuses two at once"
        for registered in stack.registered("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"):
            assert any(urn.endswith("BucketPolicy::ipfs-access-logs") for urn in registered.request.dependencies), "else AWS adds to the policy"


def test_without_cloudfront_only_the_load_balancer_writes_access_logs() -> None:
    with deployed({"edge": {"mode": "load-balancer", "accessLogDays": 3}}) as stack:
        (bucket,) = [b["Name"] for b in stack.client("s3").list_buckets()["Buckets"] if b["Name"].startswith("ipfs-access-logs-")]
        statements = json.loads(stack.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
        assert [statement.get("Sid") for statement in statements] == ["AccessLogs", "OnlyOverTls"]
        assert not stack.registered("aws:cloudwatch/logDelivery:LogDelivery")


# --- the distributions ------------------------------------------------------------------------------------------------


def both_events(function: str) -> list[dict[str, str]]:
    return [{"eventType": event, "functionArn": function} for event in ("viewer-request", "viewer-response")]


def test_the_gateways_distribution() -> None:
    with deployed() as stack:
        config = distribution(stack, "gateway")
        assert (config["HttpVersion"], config["IsIPV6Enabled"], config["PriceClass"], config["WebACLId"]) == ("http2and3", True, "PriceClass_100", "")
        assert config["Restrictions"]["GeoRestriction"]["RestrictionType"] == "none"
        inputs = stack.inputs(DISTRIBUTION, GATEWAY)
        (origin,) = inputs["origins"]
        vpc_origin = origin.pop("vpcOriginConfig")
        assert origin == {"originId": "gateway", "domainName": balancer(stack)["DNSName"]}
        assert (vpc_origin["originReadTimeout"], vpc_origin["originKeepaliveTimeout"]) == (120, 60)
        behavior = inputs["defaultCacheBehavior"]
        for policy in ("cachePolicyId", "responseHeadersPolicyId"):
            assert behavior.pop(policy).startswith("ipfs-edge-gateway-")
        (function,) = stack.client("cloudfront").list_functions()["FunctionList"]["Items"]
        assert behavior == {
            "allowedMethods": ["GET", "HEAD", "OPTIONS"],
            "cachedMethods": ["GET", "HEAD"],
            "compress": True,
            "functionAssociations": both_events(function["FunctionMetadata"]["FunctionARN"]),
            "targetOriginId": "gateway",
            "viewerProtocolPolicy": "redirect-to-https",
        }
        assert "orderedCacheBehaviors" not in inputs
        held = stack.inputs("aws:cloudfront/function:Function", GATEWAY)
        assert (held["code"], held["publish"], held["runtime"]) == (readers.gateway_code(), True, "cloudfront-js-2.0")
        assert {e["errorCode"]: e["errorCachingMinTtl"] for e in inputs["customErrorResponses"]} == {404: 5, 500: 0, 502: 0, 503: 0, 504: 0}
        headers = stack.inputs("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy", GATEWAY)["securityHeadersConfig"]
        assert set(headers) == {"strictTransportSecurity", "referrerPolicy"}, "frames, types and scripts are the sites' own"
        assert headers["strictTransportSecurity"]["override"] is False


# What changes an answer of kubo's gateway: IPFS specifications "Path Gateway" and "Trustless Gateway", request query parameters and
# headers; `uri` and `go-get` are kubo's own, X-Archive-Request is the edge functions'. CloudFront itself answers for Range, If-None-Match and Cache-Control.
SPECIFIED_QUERY = ["filename", "download", "format", "dag-scope", "entity-bytes", "car-version", "car-order", "car-dups", "uri", "go-get"]
SPECIFIED_HEADERS = ["Accept", "Service-Worker", "X-Archive-Request"]


@pytest.mark.parametrize("subdomains", [False, True])
def test_the_cache_key_has_what_changes_an_answer(subdomains: bool) -> None:
    with deployed(with_zone(subdomainGateway=subdomains)) as stack:
        policy = stack.inputs("aws:cloudfront/cachePolicy:CachePolicy", GATEWAY)
        assert (policy["minTtl"], policy["defaultTtl"], policy["maxTtl"]) == (0, 60, 31536000)
        key = policy["parametersInCacheKeyAndForwardedToOrigin"]
        assert key["queryStringsConfig"]["queryStringBehavior"] == "whitelist"
        assert sorted(key["queryStringsConfig"]["queryStrings"]["items"]) == sorted(SPECIFIED_QUERY)
        assert len(SPECIFIED_QUERY) <= 10, "a policy takes no more"
        expected = [*SPECIFIED_HEADERS, *(["Host"] if subdomains else [])]
        assert key["headersConfig"] == {"headerBehavior": "whitelist", "headers": {"items": expected}}
        assert key["cookiesConfig"] == {"cookieBehavior": "none"}
        assert (key["enableAcceptEncodingBrotli"], key["enableAcceptEncodingGzip"]) == (True, True)


def test_the_apis_distribution() -> None:
    with deployed() as stack:
        inputs = stack.inputs(DISTRIBUTION, API)
        assert inputs["defaultCacheBehavior"] == {
            "allowedMethods": ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"],
            "cachedMethods": ["GET", "HEAD"],
            "cachePolicyId": CACHING_DISABLED,
            "compress": False,
            "originRequestPolicyId": ALL_VIEWER,
            "responseHeadersPolicyId": "67f7725c-6f97-4210-82d7-5512b31e9d03",
            "targetOriginId": "api",
            "viewerProtocolPolicy": "https-only",
        }
        (origin,) = inputs["origins"]
        assert origin["vpcOriginConfig"]["originReadTimeout"] == 120
        assert origin["connectionAttempts"] == 1, "else what is silent for 120 s is asked three times"
        config = distribution(stack, "api")
        assert config["DefaultCacheBehavior"]["CachePolicyId"] == CACHING_DISABLED
        assert config["DefaultCacheBehavior"]["OriginRequestPolicyId"] == ALL_VIEWER
        assert (
            stack.output("api_url")
            == "https://" + stack.client("cloudfront").get_distribution(Id=stack.output("api_distribution_id"))["Distribution"]["DomainName"]
        )


@pytest.mark.parametrize(("key", "kind"), [("allowedCountries", "whitelist"), ("blockedCountries", "blacklist")])
def test_price_countries_and_web_acls(key: str, kind: str) -> None:
    acls = {"gatewayWebAclArn": CLOUDFRONT_ACL, "apiWebAclArn": CLOUDFRONT_ACL.replace("mine", "other")}
    with deployed({"edge": {"priceClass": "PriceClass_All", key: ["DE", "FR"], **acls}}) as stack:
        for which in ("gateway", "api"):
            config = distribution(stack, which)
            assert config["PriceClass"] == "PriceClass_All"
            assert config["Restrictions"]["GeoRestriction"] == {"RestrictionType": kind, "Quantity": 2, "Items": ["DE", "FR"]}
            assert config["WebACLId"] == acls[f"{which}WebAclArn"]


# --- who may read, who may write --------------------------------------------------------------------------------------


def test_readers_with_a_password() -> None:
    with deployed({"gateway": {"authentication": "basic"}}) as stack:
        cloudfront = stack.client("cloudfront")
        (function,) = cloudfront.list_functions()["FunctionList"]["Items"]
        assert function["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
        inputs = stack.inputs("aws:cloudfront/function:Function", "ipfs-readers-basic-auth")
        assert "keyValueStoreAssociations" not in inputs
        assert inputs["publish"] is True
        associations = stack.inputs(DISTRIBUTION, GATEWAY)["defaultCacheBehavior"]["functionAssociations"]
        assert associations == both_events(function["FunctionMetadata"]["FunctionARN"])
        assert "functionAssociations" not in stack.inputs(DISTRIBUTION, API)["defaultCacheBehavior"]
        user, password = stack.output("gateway_username"), stack.output("gateway_password")
        salt = stack.account.randomness.made["RandomPassword ipfs-credentials-gateway-salt"]["value"]
        assert inputs["code"] == readers.gateway_code(readers.salted_hash(salt, f"{user}:{password}"))
        assert password not in inputs["code"]
        stored = stack.client("ssm").get_parameter(Name="/ipfs/ipfs-cluster/test/gateway-credentials", WithDecryption=True)["Parameter"]
        assert stored["Value"] == f"{user}:{password}"
        assert stack.deployment.exports["gateway_password"].secret


def test_readers_with_a_password_of_ones_own() -> None:
    with deployed({"gateway": {"authentication": "basic", "username": "me", "password": "correct-horse-battery"}}) as stack:
        assert (stack.output("gateway_username"), stack.output("gateway_password")) == ("me", "correct-horse-battery")
        assert not [key for key in stack.account.randomness.made if "gateway-password" in key or "gateway-user" in key]


def test_readers_with_tokens() -> None:
    with deployed({"gateway": {"authentication": "token"}}) as stack:
        cognito = stack.client("cognito-idp")
        pool_id, client_id = stack.output("gateway_user_pool_id"), stack.output("gateway_user_pool_client_id")
        pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True, "else everyone makes themselves a reader"
        assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 12
        client = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
        assert "ClientSecret" not in client
        assert "ALLOW_USER_PASSWORD_AUTH" in client["ExplicitAuthFlows"]
        lambda_ = stack.account.client("lambda", "us-east-1")
        (function,) = lambda_.list_functions()["Functions"]
        assert (function["Runtime"], function["Architectures"], function["Handler"]) == ("nodejs22.x", ["x86_64"], "index.handler")
        assert (function["MemorySize"], function["Timeout"]) == (128, 5)
        assert "Environment" not in function or not function["Environment"].get("Variables"), "Lambda@Edge has none"
        inputs = stack.inputs("aws:lambda/function:Function", "ipfs-readers-verify-token")
        assert (inputs["publish"], inputs["skipDestroy"], inputs["region"]) == (True, True, "us-east-1")
        assets = inputs["code"].assets
        assert json.loads(assets["config.json"].text) == {"userPoolId": pool_id, "clientId": client_id}
        assert assets["aws-jwt-verify"].path == str(readers.JWT_LIBRARY), "nothing is fetched"
        behavior = stack.inputs(DISTRIBUTION, GATEWAY)["defaultCacheBehavior"]
        assert behavior["lambdaFunctionAssociations"] == [
            {"eventType": event, "includeBody": False, "lambdaArn": f"{function['FunctionArn']}:1"} for event in ("viewer-request", "origin-response")
        ]
        assert "functionAssociations" not in behavior, "the two kinds cannot share the viewer's events"
        role = stack.client("iam").get_role(RoleName=function["Role"].rpartition("/")[2])["Role"]
        assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"] == ["edgelambda.amazonaws.com", "lambda.amazonaws.com"]
        may = policies(stack, function["Role"])
        group = f"arn:aws:logs:ap-south-1:123456789012:log-group:/aws/lambda/us-east-1.{function['FunctionName']}"
        assert allowed("logs:CreateLogGroup", group, may)
        assert allowed("logs:PutLogEvents", f"{group}:log-stream:x", may)
        assert not allowed("logs:PutLogEvents", f"{group}-other:log-stream:x", may)
        assert not allowed("ssm:GetParameters", "*", may)
        kept = {r.name for r in stack.registered("aws:cognito/userPool:UserPool") if r.request.retainOnDelete}
        assert kept == {"ipfs-readers-users"}, "users are data"


def test_tokens_of_a_pool_of_ones_own() -> None:
    with deployed({"gateway": {"authentication": "token", "userPoolId": "us-west-2_aBcDeFgHi", "userPoolClientId": "abc123"}}) as stack:
        assert not [r for r in stack.deployment.registrations if "cognito" in r.type]
        config = stack.inputs("aws:lambda/function:Function", "ipfs-readers-verify-token")["code"].assets["config.json"].text
        assert json.loads(config) == {"userPoolId": "us-west-2_aBcDeFgHi", "clientId": "abc123"}


def test_the_pinning_service() -> None:
    with deployed({"api": {"pinningService": True}, "nodes": {"count": 3}}) as stack:
        group = target_groups(stack)["ipfs-pinning"]
        assert (group["Port"], group["HealthCheckPath"], group["Matcher"]["HttpCode"]) == (9097, "/health", "204")
        assert set(listeners(stack)) == {80, 9094, 9097}
        inputs = stack.inputs(DISTRIBUTION, API)
        (path,) = inputs["orderedCacheBehaviors"]
        (association,) = path.pop("functionAssociations")
        assert path == {**inputs["defaultCacheBehavior"], "pathPattern": "/pinning/*", "targetOriginId": "pinning"}
        function = stack.inputs("aws:cloudfront/function:Function", "ipfs-edge-pinning-path")
        assert association["functionArn"].rpartition("/")[2].startswith("ipfs-edge-pinning-path")
        assert function["code"] == readers.source("pinning-path.js")
        assert [(origin["originId"], origin["connectionAttempts"]) for origin in inputs["origins"]] == [("api", 1), ("pinning", 1)]
        assert stack.output("pinning_service_url") == stack.output("api_url") + "/pinning"
        for node in NODES:
            container = stack.containers(node)["ipfs-cluster"]
            assert environment(container)["CLUSTER_PINSVCAPI_HTTPLISTENMULTIADDRESS"] == "/ip4/0.0.0.0/tcp/9097"
            assert not [name for name in environment(container) if "BATCHING" in name], "its clients ask for a pin at once"
            arn = secrets(container)["CLUSTER_PINSVCAPI_BASICAUTHCREDENTIALS"]
            stored = stack.client("ssm").get_parameter(Name=arn.partition(":parameter")[2], WithDecryption=True)["Parameter"]["Value"]
            assert stored == f"{stack.output('pinning_service_username')}:{stack.output('pinning_service_password')}"
            assert stored != f"{stack.output('api_username')}:{stack.output('api_password')}"
            assert {"containerPort": 9097, "hostPort": 9097, "protocol": "tcp"} in container["portMappings"]
            definition = stack.inputs("aws:ecs/taskDefinition:TaskDefinition", f"ipfs-{node}-task")
            assert allowed("ssm:GetParameters", arn, policies(stack, definition["executionRoleArn"]))


def test_without_it_the_pinning_service_stays_within_the_task() -> None:
    with deployed() as stack:
        container = stack.containers(NODES[0])["ipfs-cluster"]
        assert not [name for name in environment(container) | secrets(container) if "PINSVC" in name]
        assert set(listeners(stack)) == {80, 9094}
        assert stack.output("pinning_service_url") is None


def test_no_web_page_may_use_the_apis_with_its_users_password() -> None:
    with deployed({"api": {"pinningService": True}}) as stack:
        settings = environment(stack.containers(NODES[0])["ipfs-cluster"])
        for api in ("RESTAPI", "PINSVCAPI"):
            assert settings[f"CLUSTER_{api}_CORSALLOWEDORIGINS"] == "none"
            assert settings[f"CLUSTER_{api}_IDLETIMEOUT"] == "900s", "longer than the load balancer's 600"
            assert settings[f"CLUSTER_{api}_MAXHEADERBYTES"] == "16384"


# --- names ------------------------------------------------------------------------------------------------------------


def records(stack: Deployed) -> list[dict[str, Any]]:
    route53 = stack.client("route53")
    (found,) = (z for z in route53.list_hosted_zones()["HostedZones"] if z["Name"] == "example.com.")
    return list(route53.list_resource_record_sets(HostedZoneId=found["Id"])["ResourceRecordSets"])


@pytest.mark.parametrize("subdomains", [False, True])
def test_names_in_a_zone(subdomains: bool) -> None:
    with deployed(with_zone(subdomainGateway=subdomains)) as stack:
        host = "gateway.ipfs.example.com"
        gateway = [host, *([f"*.ipfs.{host}", f"*.ipns.{host}"] if subdomains else [])]
        hosts = [*gateway, "api.ipfs.example.com"]
        arns = {}
        for region in ("us-east-1", "eu-west-1"):
            acm = stack.account.client("acm", region)
            (summary,) = acm.list_certificates()["CertificateSummaryList"]
            certificate = acm.describe_certificate(CertificateArn=summary["CertificateArn"])["Certificate"]
            assert (certificate["DomainName"], sorted(certificate["SubjectAlternativeNames"])) == (host, sorted(hosts))
            assert {option["ValidationMethod"] for option in certificate["DomainValidationOptions"]} == {"DNS"}
            arns[region] = certificate["CertificateArn"]
            validation = stack.inputs("aws:acm/certificateValidation:CertificateValidation", f"ipfs-domain-{region}")
            assert validation["certificateArn"] == arns[region]
            assert len(validation["validationRecordFqdns"]) == len(hosts)
        proofs = [r for r in stack.registered("aws:route53/record:Record") if "-proof-" in r.name]
        assert len(proofs) == len(hosts), "one for each name, whatever the number of certificates"
        assert all(proof.request.retainOnDelete for proof in proofs), "another stack's certificate may need it"
        for which, aliases in (("gateway", gateway), ("api", ["api.ipfs.example.com"])):
            config = distribution(stack, which)
            assert config["Aliases"]["Items"] == aliases
            assert config["ViewerCertificate"]["ACMCertificateArn"] == arns["us-east-1"]
            assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
        found = {(r["Name"].replace("\\052", "*"), r["Type"]): r["AliasTarget"] for r in records(stack) if "AliasTarget" in r}
        assert set(found) == {(f"{name}.", type_) for name in hosts for type_ in ("A", "AAAA")}
        domains = {
            which: stack.client("cloudfront").get_distribution(Id=stack.output(f"{which}_distribution_id"))["Distribution"]["DomainName"]
            for which in ("gateway", "api")
        }
        for (name, _), target in found.items():
            assert target["DNSName"].rstrip(".") == domains["api" if name.startswith("api.") else "gateway"]
            assert target["HostedZoneId"] == "Z2FDTNDATAQYW2"
        for port, listener in listeners(stack).items():
            assert port in (443, 9443)
            assert (listener["Protocol"], listener["Certificates"][0]["CertificateArn"]) == ("HTTPS", arns["eu-west-1"])
            assert listener["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
        for registration in stack.registered("aws:cloudfront/vpcOrigin:VpcOrigin"):
            config = stack.inputs(registration.type, registration.name)["vpcOriginEndpointConfig"]
            assert (config["originProtocolPolicy"], config["httpsPort"]) == ("https-only", 443 if "gateway" in registration.name else 9443)
        behavior = stack.inputs(DISTRIBUTION, GATEWAY)["defaultCacheBehavior"]
        # The certificate is for the viewer's Host: it reaches the origin by the key or by this policy.
        assert behavior.get("originRequestPolicyId") == (None if subdomains else "bf0718e1-ba1e-49d1-88b1-f726733018ae")
        assert (stack.output("gateway_url"), stack.output("api_url")) == (f"https://{host}", "https://api.ipfs.example.com")
        assert stack.output("dns_records") == {}
        kubo = json.loads(environment(stack.containers(NODES[0])["configure"])["KUBO_CONFIG"])["Gateway"]
        expected = {host: {"UseSubdomains": True, "InlineDNSLink": True, "Paths": ["/ipfs", "/ipns"], "NoDNSLink": True}}
        assert kubo.get("PublicGateways") == (expected if subdomains else None)


def test_a_wildcard_and_the_name_below_which_it_is_share_their_proof() -> None:
    with deployed(with_zone(gatewayName="@", apiName="ipfs", subdomainGateway=True)) as stack:
        proofs = {r.name: r for r in stack.registered("aws:route53/record:Record") if "-proof-" in r.name}
        domain = "ipfs-example-com"
        assert set(proofs) == {f"ipfs-domain-proof-{name}" for name in (domain, f"ipfs-{domain}", f"ipns-{domain}")}
        for below in ("ipfs", "ipns"):
            (alias,) = proofs[f"ipfs-domain-proof-{below}-{domain}"].request.aliases
            assert alias.spec.name == f"ipfs-domain-proof-any-{below}-{domain}", "what it was called in stacks that are there"
        validation = stack.inputs("aws:acm/certificateValidation:CertificateValidation", "ipfs-domain-us-east-1")
        assert len(validation["validationRecordFqdns"]) == 3


def test_a_certificates_first_name_is_one_that_is_short_enough() -> None:
    name = "a" * 60
    with deployed(with_zone(gatewayName=name)) as stack:
        (summary,) = stack.account.client("acm", "us-east-1").list_certificates()["CertificateSummaryList"]
        certificate = stack.account.client("acm", "us-east-1").describe_certificate(CertificateArn=summary["CertificateArn"])["Certificate"]
        assert certificate["DomainName"] == "api.ipfs.example.com"
        assert set(certificate["SubjectAlternativeNames"]) == {"api.ipfs.example.com", f"{name}.ipfs.example.com"}


def test_names_of_ones_choice() -> None:
    with deployed(with_zone(gatewayName="@", apiName="pins.api")) as stack:
        assert (stack.output("gateway_url"), stack.output("api_url")) == ("https://ipfs.example.com", "https://pins.api.ipfs.example.com")
        assert distribution(stack, "gateway")["Aliases"]["Items"] == ["ipfs.example.com"]


def test_one_certificate_serves_both_in_us_east_1() -> None:
    with deployed(with_zone(), region="us-east-1") as stack:
        (certificate,) = stack.client("acm").list_certificates()["CertificateSummaryList"]
        assert {listener["Certificates"][0]["CertificateArn"] for listener in listeners(stack).values()} == {certificate["CertificateArn"]}


def test_certificates_of_ones_own() -> None:
    def groups(account: Account) -> Groups:
        regional = account.client("acm").request_certificate(DomainName="gateway.ipfs.example.com")["CertificateArn"]
        given = {"domain": "ipfs.example.com", "certificateArn": CERTIFICATE, "loadBalancerCertificateArn": regional, "subdomainGateway": True}
        return {"edge": given}

    with deployed(groups) as stack:
        regional = stack.groups["edge"]["loadBalancerCertificateArn"]
        assert not stack.registered("aws:acm/certificate:Certificate")
        assert not stack.registered("aws:route53/record:Record")
        assert distribution(stack, "gateway")["ViewerCertificate"]["ACMCertificateArn"] == CERTIFICATE
        assert {listener["Certificates"][0]["CertificateArn"] for listener in listeners(stack).values()} == {regional}
        cloudfront = stack.client("cloudfront")
        gateway, api = (cloudfront.get_distribution(Id=stack.output(f"{which}_distribution_id"))["Distribution"]["DomainName"] for which in ("gateway", "api"))
        assert stack.output("dns_records") == {
            "gateway.ipfs.example.com": gateway,
            "*.ipfs.gateway.ipfs.example.com": gateway,
            "*.ipns.gateway.ipfs.example.com": gateway,
            "api.ipfs.example.com": api,
        }


def test_a_certificate_for_cloudfront_alone() -> None:
    with deployed({"edge": {"domain": "ipfs.example.com", "certificateArn": CERTIFICATE}}) as stack:
        assert set(listeners(stack)) == {80, 9094}
        assert stack.output("gateway_url") == "https://gateway.ipfs.example.com"


def test_a_domain_outside_its_zone_is_refused_before_anything_is_made() -> None:
    held: list[Account] = []

    def groups(account: Account) -> Groups:
        held.append(account)
        return {"edge": {"domain": "ipfs.example.org", "zoneId": zone(account)}, "nodes": {"cpu": 333}}

    with pytest.raises(Exception, match="2 problem") as refused, deployed(groups):
        pass
    assert "'ipfs.example.org' is not within the hosted zone example.com" in str(refused.value)


# --- outputs ----------------------------------------------------------------------------------------------------------


def test_ready_command_lines() -> None:
    with deployed(with_zone()) as stack:
        credentials = '"$(pulumi stack output api_username):$(pulumi stack output api_password --show-secrets)"'
        assert stack.output("ctl_command") == f"CLUSTER_CREDENTIALS={credentials} ipfs-cluster-ctl --host /dns4/api.ipfs.example.com/tcp/443 peers ls"
        assert stack.output("curl_command") == f"curl --config <(printf 'user = \"%s\"' {credentials}) https://api.ipfs.example.com/peers"


def test_command_lines_with_credentials_of_ones_own() -> None:
    def groups(account: Account) -> Groups:
        account.client("ssm").put_parameter(Name="/mine/api", Type="SecureString", Value="user:password-of-mine")
        return {"credentials": {"apiCredentialsParameter": "/mine/api"}}

    with deployed(groups) as stack:
        ask = "aws ssm get-parameter --region eu-west-1 --with-decryption --name /mine/api --query Parameter.Value --output text"
        assert stack.output("ctl_command").startswith(f'CLUSTER_CREDENTIALS="$({ask})" ipfs-cluster-ctl --host ')


def test_endpoints_do_not_share_a_port() -> None:
    for https in (False, True):
        ports = [endpoint.port(https) for endpoint in (edge.GATEWAY, edge.API, edge.PINNING)]
        assert len(set(ports)) == 3
    assert not {e.http_port for e in (edge.GATEWAY, edge.API, edge.PINNING)} & {e.https_port for e in (edge.GATEWAY, edge.API, edge.PINNING)}, (
        "both are there while a certificate is introduced"
    )
