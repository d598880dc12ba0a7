"""IpfsGlobal in a simulated account: what joins the Regions' networks."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from sandbox.account import Account
from tests.helpers.regions import FIRST, RANGES, REGIONS, SECOND, SMALL, World, alone
from tests.helpers.support import Deployed, inputs_of, zone

PRIVATE = {**SMALL, "swarm": {"mode": "private"}}


@pytest.fixture(params=[(FIRST, SECOND), REGIONS], ids=["two", "three"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with mock_aws():
        found = World(SMALL)
        for region in request.param:
            found.deploy(region)
        yield found


def ec2(world: World, region: str) -> Any:
    return world.clusters[region].client("ec2")


def vpc(world: World, region: str) -> str:
    return str(world.clusters[region].output("vpc_id"))


def own_tables(world: World, region: str) -> list[dict[str, Any]]:
    """The route tables that the Region's stack made."""
    tables = ec2(world, region).describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc(world, region)]}])["RouteTables"]
    return [table for table in tables if any(tag["Key"] == "ipfs-cluster" for tag in table["Tags"])]


def rules(world: World, region: str, *, egress: bool) -> set[tuple[str, int, int, str]]:
    """What the nodes' group of a Region lets in, or out, by other Regions' ranges."""
    groups = ec2(world, region).describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc(world, region)]}])["SecurityGroups"]
    (group,) = (one for one in groups if one["Description"] == "Nodes of the IPFS cluster")
    permissions = group["IpPermissionsEgress" if egress else "IpPermissions"]
    found = {(p["IpProtocol"], p.get("FromPort", -1), p.get("ToPort", -1), range_["CidrIp"]) for p in permissions for range_ in p["IpRanges"]}
    return {rule for rule in found if rule[3] != "0.0.0.0/0"}


def associated(world: World, region: str) -> set[tuple[str, str]]:
    """The VPCs that a Region's names resolve in. (Moto does not add the namespace's own one.)"""
    made = world.clusters[region].account.made
    (zone_id,) = (one.outputs["hostedZone"] for one in made if one.type.endswith(":PrivateDnsNamespace"))
    return {(one["VPCRegion"], one["VPCId"]) for one in world.clusters[region].client("route53").get_hosted_zone(Id=zone_id).get("VPCs", [])}


def test_each_two_regions_are_peered_with_routes_both_ways(world: World, tmp_path: Path) -> None:
    joined = world.join(tmp_path)
    connections = joined.output("peering_connection_ids")
    assert sorted(connections) == sorted(" ".join(sorted(pair)) for pair in itertools.combinations(world.clusters, 2))
    for pair, connection in connections.items():
        one, other = pair.split()
        for region in (one, other):
            (found,) = ec2(world, region).describe_vpc_peering_connections(VpcPeeringConnectionIds=[connection])["VpcPeeringConnections"]
            assert found["Status"]["Code"] == "active"
            assert {(end["Region"], end["VpcId"]) for end in (found["RequesterVpcInfo"], found["AccepterVpcInfo"])} == {
                (one, vpc(world, one)),
                (other, vpc(world, other)),
            }
        for here, there in ((one, other), (other, one)):
            tables = own_tables(world, here)
            assert tables
            for table in tables:
                assert {"DestinationCidrBlock": RANGES[there], "VpcPeeringConnectionId": connection}.items() <= next(
                    route for route in table["Routes"] if route.get("DestinationCidrBlock") == RANGES[there]
                ).items()


def test_nodes_are_let_in_from_the_other_regions_and_found_by_their_names(world: World, tmp_path: Path) -> None:
    world.join(tmp_path)
    for region in world.clusters:
        others = [other for other in world.clusters if other != region]
        ports = [("tcp", 9096, 9096), ("tcp", 9094, 9094), ("tcp", 8080, 8080), ("icmp", 3, 4)]
        assert rules(world, region, egress=False) == {(*port, RANGES[other]) for port in ports for other in others}
        assert rules(world, region, egress=True) == set(), "a public swarm's nodes may go anywhere"
        assert associated(world, region) == {(other, vpc(world, other)) for other in others}


def test_a_private_swarm_is_let_in_and_out(tmp_path: Path) -> None:
    with mock_aws():
        world = World(PRIVATE)
        for region in (FIRST, SECOND):
            world.deploy(region)
        world.join(tmp_path)
        ports = [("tcp", 9096, 9096), ("tcp", 9094, 9094), ("tcp", 8080, 8080), ("tcp", 4001, 4001)]
        for here, there in ((FIRST, SECOND), (SECOND, FIRST)):
            assert rules(world, here, egress=False) == {(*port, RANGES[there]) for port in [*ports, ("icmp", 3, 4)]}
            assert rules(world, here, egress=True) == {(*port, RANGES[there]) for port in ports}


def test_with_a_link_of_the_users_own_there_is_none(tmp_path: Path) -> None:
    with mock_aws():
        world = World(SMALL)
        for region in (FIRST, SECOND):
            world.deploy(region)
        joined = world.join(tmp_path, link="none")
        assert joined.output("peering_connection_ids") == {}
        assert ec2(world, FIRST).describe_vpc_peering_connections()["VpcPeeringConnections"] == []
        assert {r.type.rpartition(":")[2] for r in joined.deployment.registrations} == {"IpfsGlobal", "SecurityGroupIngressRule", "ZoneAssociation"}
        assert associated(world, FIRST) == {(SECOND, vpc(world, SECOND))}
        assert ("tcp", 9096, 9096, RANGES[SECOND]) in rules(world, FIRST, egress=False)


def test_outputs_of_other_stacks_make_the_same(tmp_path: Path) -> None:
    found = []
    for later in (False, True):
        with mock_aws():
            world = World(SMALL)
            for region in (FIRST, SECOND):
                world.deploy(region)
            joined = world.join(tmp_path, later=later)
            found.append(sorted((r.type, r.name, r.parent) for r in joined.deployment.registrations))
            assert len(joined.output("peering_connection_ids")) == 1
    assert found[0] == found[1]
    assert len(found[0]) == 15


def test_everything_is_in_its_region_and_tagged(tmp_path: Path) -> None:
    with mock_aws():
        world = World(PRIVATE)
        for region in REGIONS:
            world.deploy(region)
        joined = world.join(tmp_path, tags={"team": "storage"})
        resources = [r for r in joined.deployment.registrations if r.type.startswith("aws:")]
        assert len(resources) == 3 + 3 + 6 + 6 * (5 + 4) + 6
        for resource in resources:
            inputs = inputs_of(resource)
            if not resource.type.endswith((":Route", ":ZoneAssociation")):
                assert inputs["tags"] == {"Name": inputs["tags"]["Name"], "ipfs-cluster": "ipfs-cluster-world-world", "team": "storage"}
            if not resource.type.endswith(":ZoneAssociation"):  # Route 53 has no Regions
                assert inputs["region"] in REGIONS


def existing_network(region: str, cidr: str) -> tuple[dict[str, Any], dict[str, str]]:
    """A VPC of the user's own with two subnets: the first has a route table of its own, the second the VPC's. Gives the group, and the tables."""
    ec2 = Account(region).client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc_id, **{attribute: {"Value": True}})
    base = cidr.removesuffix(".0.0/16")
    subnets = {
        f"{region}{letter}": ec2.create_subnet(VpcId=vpc_id, AvailabilityZone=f"{region}{letter}", CidrBlock=f"{base}.{number}.0/24")["Subnet"]["SubnetId"]
        for number, letter in enumerate("ab")
    }
    (main,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
    own, unused = (ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"] for _ in range(2))
    ec2.associate_route_table(RouteTableId=own, SubnetId=subnets[f"{region}a"])
    group = {"vpcId": vpc_id, "subnetIds": subnets}
    return group, {"own": own, "main": main["RouteTableId"], "unused": unused}


def test_existing_vpcs(tmp_path: Path) -> None:
    """Routes come into the tables of the cluster's subnets, and into no others of the VPC."""
    with mock_aws():
        network, tables = existing_network(SECOND, "10.120.0.0/16")
        world = World(SMALL)
        world.deploy(FIRST)
        world.deploy(SECOND, network=network)
        world.join(tmp_path)
        client = ec2(world, SECOND)
        routes = {
            name: [route.get("DestinationCidrBlock") for route in client.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]]
            for name, table in tables.items()
        }
        assert routes == {"own": ["10.120.0.0/16", RANGES[FIRST]], "main": ["10.120.0.0/16", RANGES[FIRST]], "unused": ["10.120.0.0/16"]}
        assert rules(world, FIRST, egress=False) >= {("tcp", 9096, 9096, "10.120.0.0/16")}


def test_private_subnets_of_a_load_balancer_are_routed_too(tmp_path: Path) -> None:
    with mock_aws():
        world = World({**SMALL, "edge": {"mode": "load-balancer"}})
        for region in (FIRST, SECOND):
            world.deploy(region)
        joined = world.join(tmp_path)
        for region in (FIRST, SECOND):
            assert len(own_tables(world, region)) == 2
        assert len(joined.registered("aws:ec2/route:Route")) == 4


GLOBAL = ("iam", "route53", "cloudfront", "s3", "cloudwatch/dashboard", "budgets")
"""Services whose names are for the whole account, or for all of AWS."""


def fixed_names(stack: Deployed) -> set[tuple[str, str]]:
    """The names of what is not of one Region, where the program and not Pulumi gives them."""
    found = set()
    for resource in stack.deployment.registrations:
        inputs = inputs_of(resource)
        if resource.type.removeprefix("aws:").startswith(GLOBAL) or inputs.get("region", "") not in ("", stack.account.region):
            found |= {(resource.type, str(inputs[key])) for key in ("name", "dashboardName", "domainName") if isinstance(inputs.get(key), str)}
    return found


def test_two_stacks_have_no_name_in_common_that_is_not_of_a_region() -> None:
    names = []
    for region in (FIRST, SECOND):
        with mock_aws():
            account = Account(region)
            host = f"{region}.example.com"
            edge = {"domain": host, "zoneId": zone(account), "accessLogDays": 1, "websites": [f"www.{host}"]}
            groups = {"nodes": {"count": 1}, "network": {"cidr": RANGES[region]}, "monitoring": {"monthlyBudgetUsd": 9, "alarmEmails": ["a@example.com"]}}
            names.append(fixed_names(alone(region, {**groups, "edge": edge, "gateway": {"authentication": "basic"}})))
    assert min(map(len, names)) > 5
    assert names[0] & names[1] == set()
    # Pulumi makes the names of roles, with a random end.
    assert not [name for type_, name in names[0] | names[1] if type_.startswith("aws:iam/")]
