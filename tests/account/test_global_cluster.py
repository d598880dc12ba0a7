"""IpfsGlobalCluster in a simulated account: the clusters of two and of three Regions in one program."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster import InvalidInput, IpfsCluster
from moto import mock_aws

from sandbox import simulation
from tests.helpers.regions import FIRST, RANGES, REGIONS, SECOND, THIRD, Regions, below
from tests.helpers.support import Deployed, environment, inputs_of, secrets, zone

SHORT = {FIRST: "euw1", SECOND: "use1", THIRD: "apne1"}
SMALL: dict[str, Any] = {"nodes": {"count": 2}, "edge": {"mode": "none"}, "monitoring": {"enabled": False}, "backup": {"pinset_schedule": "never"}}
PROGRAM = """
import json
import pulumi
from ipfs_cluster import IpfsGlobalCluster

made = IpfsGlobalCluster("ipfs", json.loads(pulumi.Config().require("inputs")))
for name in IpfsGlobalCluster.__annotations__:
    pulumi.export(name, getattr(made, name))
"""
CONFIGURED = {"aws:profile": "work", "aws:defaultTags": '{"tags": {"owner": "me"}}', "aws:maxRetries": "9", "aws:skipMetadataApiCheck": "true"}


def given(*regions: str, **inputs: Any) -> dict[str, Any]:
    return {"regions": {region: {"network": {"cidr": RANGES[region]}} for region in regions}, "all_regions": SMALL, **inputs}


def deploy(folder: Path, inputs: dict[str, Any], account: Regions) -> Deployed:
    program = folder / "program.py"
    program.write_text(PROGRAM)
    # What is asked or made without a provider would come to a Region that has none of it.
    values = {"aws:region": "us-west-2", "pins:inputs": json.dumps(inputs), **CONFIGURED}
    return Deployed(account, simulation.run(program, simulation.Configuration("pins", "prod", values), account), inputs)


@pytest.fixture(scope="module", params=[(FIRST, SECOND), REGIONS], ids=["two", "three"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Deployed, Regions, tuple[str, ...]]:
    with mock_aws():
        account = Regions("us-west-2")
        all_regions = {**SMALL, "api": {"users": ["ci"], "pinning_service": True, "username": "admin"}, "swarm": {"mode": "private"}}
        inputs = given(*request.param, all_regions=all_regions, tags={"team": "storage"})
        return deploy(tmp_path_factory.mktemp("world"), inputs, account), account, request.param


World = tuple[Deployed, Regions, tuple[str, ...]]


def containers(stack: Deployed, region: str, node: str) -> dict[str, dict[str, Any]]:
    definition = stack.inputs("aws:ecs/taskDefinition:TaskDefinition", f"ipfs-{SHORT[region]}-{node}-task")["containerDefinitions"]
    return {container["name"]: container for container in json.loads(definition)}


def parameter(account: Regions, region: str, name: str) -> str:
    path = f"/ipfs-{SHORT[region]}/pins/prod/{name}"
    return next(str(made.inputs["value"]) for made in account.elsewhere[region].made if made.inputs.get("name") == path)


def test_all_of_a_region_is_made_there_and_asked_there(world: World) -> None:
    stack, account, regions = world
    for region in regions:
        own = [r for r in below(stack, f"ipfs-{SHORT[region]}") if r.type.startswith("aws:")]
        assert len(own) > 60
        assert {r.request.provider.rpartition("::")[2] for r in own} == {region}
        arns = [made.outputs["arn"] for made in account.elsewhere[region].made if made.type == "aws:ecs/cluster:Cluster"]
        assert [arn.split(":")[3] for arn in arns] == [region]
    assert {provider for provider, token in account.asked if "getAvailabilityZones" in token} == set(regions)


def test_a_regions_provider_is_configured_as_the_stacks(world: World) -> None:
    stack, _, regions = world
    made = {r.name: {**inputs_of(r)} for r in stack.registered("pulumi:providers:aws")}
    assert set(made) == {f"ipfs-{region}" for region in regions}
    for region in regions:
        assert {key: value for key, value in made[f"ipfs-{region}"].items() if key not in ("skipCredentialsValidation", "skipRegionValidation")} == {
            "region": region,
            "profile": "work",
            "defaultTags": '{"tags": {"owner": "me"}}',
            "maxRetries": "9",
            "skipMetadataApiCheck": "true",
        }


def test_every_node_knows_and_trusts_all_of_all_regions(world: World) -> None:
    stack, _, regions = world
    members = {region: json.loads(text) for region, text in stack.output("members").items()}
    assert set(members) == set(regions)
    peers = {peer["clusterPeerId"] for member in members.values() for peer in member["peers"]}
    assert len(peers) == 2 * len(regions)
    for region in regions:
        for node in (peer["node"] for peer in members[region]["peers"]):
            settings = environment(containers(stack, region, node)["ipfs-cluster"])
            assert set(settings["CLUSTER_CRDT_TRUSTEDPEERS"].split(",")) == peers
            assert {address.rpartition("/")[2] for address in settings["CLUSTER_PEERADDRESSES"].split(",")} == peers
            assert settings["CLUSTER_CRDT_BATCHING_MAXBATCHAGE"] == "1000ms"


def test_the_regions_have_the_same_secrets_and_keys_of_their_own(world: World) -> None:
    stack, account, regions = world
    for name in ("cluster-secret", "swarm-key", "api-credentials", "pinning-service-credentials", "users/ci", "api-users", "pinning-service-users"):
        assert len({parameter(account, region, name) for region in regions}) == 1, name
    assert parameter(account, FIRST, "api-credentials") == f"{stack.output('api_username')}:{stack.output('api_password')}"
    assert parameter(account, FIRST, "users/ci") == f"ci:{stack.output('api_users')['ci']}"
    assert stack.output("api_username") == "admin"
    keys = [secrets(containers(stack, region, f"{region}a")["configure"])["KUBO_PRIVATE_KEY"] for region in regions]
    assert [arn.split(":")[3] for arn in keys] == list(regions)
    for output in ("api_password", "api_users", "cluster_outputs"):
        assert stack.deployment.exports[output].secret


def test_the_networks_are_joined(world: World) -> None:
    stack, _, regions = world
    pairs = [" ".join(pair) for pair in itertools.combinations(sorted(regions), 2)]
    assert sorted(stack.output("peering_connection_ids")) == pairs
    for region in regions:
        routes = {inputs_of(r)["destinationCidrBlock"] for r in stack.registered("aws:ec2/route:Route") if inputs_of(r).get("region") == region}
        assert routes == {RANGES[other] for other in regions if other != region}
    for resource in below(stack, "ipfs"):
        if "tags" in inputs_of(resource):
            assert inputs_of(resource)["tags"]["team"] == "storage", resource.name


def test_its_own_resources_keep_their_names(world: World) -> None:
    """The engine knows them by type, name and parent. Those of the clusters and of the link are recorded with these components."""
    stack, _, regions = world
    (whole,) = stack.registered("ipfs-cluster:index:IpfsGlobalCluster")
    (own,) = stack.registered("ipfs-cluster:index:SharedSecrets")
    assert {f"{r.type.rpartition(':')[2]} {r.name}" for r in stack.deployment.registrations if r.parent == whole.urn} == {
        "IpfsGlobal ipfs",
        "SharedSecrets ipfs-secrets",
        *(f"IpfsCluster ipfs-{SHORT[region]}" for region in regions),
        *(f"aws ipfs-{region}" for region in regions),
    }
    assert {f"{r.type.rpartition(':')[2]} {r.name}" for r in stack.deployment.registrations if r.parent == own.urn} == {
        "RandomPassword ipfs-secrets-api-password",
        "RandomPassword ipfs-secrets-cluster-secret",
        "RandomPassword ipfs-secrets-pinning-service-password",
        "RandomPassword ipfs-secrets-swarm-key",
        "RandomPassword ipfs-secrets-users-ci-password",
        "RandomPet ipfs-secrets-pinning-service-user",
    }


def test_the_link_goes_before_the_networks(world: World) -> None:
    stack, _, regions = world
    networks = {r.urn for r in stack.registered("aws:ec2/vpc:Vpc")}
    for resource in (*stack.registered("aws:ec2/vpcPeeringConnection:VpcPeeringConnection"), *stack.registered("aws:route53/zoneAssociation:ZoneAssociation")):
        assert networks <= set(resource.request.dependencies) or len(regions) > 2
        assert len(networks & set(resource.request.dependencies)) >= 2


def test_the_outputs_of_a_cluster_are_those_that_the_tools_take(world: World) -> None:
    stack, _, regions = world
    for region in regions:
        found = json.loads(stack.output("cluster_outputs")[region])
        assert list(found) == list(IpfsCluster.__annotations__)
        assert found["member"] == stack.output("members")[region]
        assert found["api_password"] == stack.output("api_password")


def test_one_region_has_the_same_secrets_when_another_comes(tmp_path: Path) -> None:
    with mock_aws():
        account = Regions("us-west-2")
        alone = deploy(tmp_path, given(FIRST), account)
        assert alone.output("peering_connection_ids") == {}
        assert not alone.registered("ipfs-cluster:index:IpfsGlobal")
        made = sorted((r.type, r.name) for r in below(alone, "ipfs-secrets") + below(alone, "ipfs-euw1"))
    with mock_aws():
        two = deploy(tmp_path, given(FIRST, SECOND), Regions("us-west-2"))
        assert sorted((r.type, r.name) for r in below(two, "ipfs-secrets") + below(two, "ipfs-euw1")) == made


def test_urls_by_region(tmp_path: Path) -> None:
    with mock_aws():
        account = Regions("us-west-2")
        edge = {"domain": "europe.example.com", "zone_id": zone(account)}
        inputs = given(FIRST, SECOND, all_regions={**SMALL, "edge": {}, "nodes": {"count": 1}})
        inputs["regions"][FIRST]["edge"] = edge
        stack = deploy(tmp_path, inputs, account)
        assert set(stack.output("gateway_urls")) == set(stack.output("api_urls")) == {FIRST, SECOND}
        assert stack.output("gateway_urls")[FIRST] == "https://gateway.europe.example.com"
        assert stack.output("api_urls")[FIRST] == "https://api.europe.example.com"


def test_one_edge_for_all_regions_and_one_that_reads(tmp_path: Path) -> None:
    with mock_aws():
        account = Regions("us-west-2")
        edge = {"domain": "ipfs.example.com", "zone_id": zone(account)}
        inputs = given(FIRST, SECOND, all_regions={"nodes": {"count": 1}, "monitoring": {"enabled": False}}, edge=edge, default_region=SECOND)
        inputs["regions"][SECOND]["role"] = "reader"
        with pytest.raises(InvalidInput) as refused:
            deploy(tmp_path, {**inputs, "edge": {"domain": "ipfs.example.org", "zone_id": edge["zone_id"]}, "default_region": THIRD}, Regions("us-west-2"))
        assert [problem.partition(":")[0] for problem in refused.value.problems] == ["default_region", "edge.domain"]
    with mock_aws():
        account = Regions("us-west-2")
        inputs["edge"]["zone_id"] = zone(account)
        stack = deploy(tmp_path, inputs, account)
        assert (stack.output("gateway_url"), stack.output("api_url")) == ("https://gateway.ipfs.example.com", "https://api.ipfs.example.com")
        assert stack.output("gateway_urls") == {}
        assert set(stack.output("api_urls")) == {FIRST, SECOND}
        assert json.loads(stack.output("global_outputs"))["edge_regions"] == [FIRST, SECOND]
        assert json.loads(stack.output("cluster_outputs")[SECOND])["read_only"] is True
        assert len(stack.registered("aws:cloudfront/distribution:Distribution")) == 2


def test_all_problems_of_all_regions_at_once(tmp_path: Path) -> None:
    with mock_aws():
        account = Regions("us-west-2")
        edge = {"domain": "ipfs.example.com", "zone_id": zone(account)}
        inputs = given(FIRST, SECOND, THIRD, all_regions={**SMALL, "edge": edge, "nodes": {"count": 1, "memory": 1}, "api": {"password": "short"}})
        inputs["regions"][THIRD] |= {"storage": {"max_gib": 0}}
        with pytest.raises(InvalidInput) as refused:
            deploy(tmp_path, inputs, account)
        assert [problem.partition(";")[0] for problem in refused.value.problems] == [
            "all_regions.nodes.memory: Fargate has no 1 MiB for nodes.cpu 512",
            f"regions['{THIRD}'].storage.max_gib: 0 is too low",
            "all_regions.api.password: (not shown) has 5 characters",
        ]
        assert not [made for other in account.elsewhere.values() for made in other.made if made.name]

        inputs = given(FIRST, SECOND, all_regions={**SMALL, "edge": edge, "nodes": {"count": 1}})
        inputs["regions"][SECOND] = {"network": {"cidr": "10.94.128.0/17"}, "swarm": {"mode": "private"}}
        with pytest.raises(InvalidInput) as refused:
            deploy(tmp_path, inputs, Regions("us-west-2"))
        assert [problem.partition(";")[0] for problem in refused.value.problems] == [
            f"regions['{SECOND}']: its VPC's range 10.94.128.0/17 overlaps with 10.94.0.0/16 of {FIRST}, and no route can tell them apart",
            f"regions['{SECOND}']: its swarm is private, and that of {FIRST} is public",
            f"all_regions.edge.domain: gateway.ipfs.example.com is a name of {FIRST} too",
            f"all_regions.edge.domain: api.ipfs.example.com is a name of {FIRST} too",
        ]
