"""The whole program, deployed to a simulated account that is then asked what it holds."""

import base64
import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from ipfs_cluster.credentials import identity

from sandbox.account import Account
from tests.helpers.account import services, task_definition
from tests.helpers.support import Deployed, Groups, deployed, environment, secrets

ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def existing_vpc(account: Account) -> Groups:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = {
        zone: ec2.create_subnet(VpcId=vpc, AvailabilityZone=zone, CidrBlock=f"10.20.{index}.0/24")["Subnet"]["SubnetId"] for index, zone in enumerate(ZONES)
    }
    return {"network": {"vpcId": vpc, "subnetIds": subnets}}


def one_node_in_an_existing_vpc(account: Account) -> Groups:
    return {**existing_vpc(account), "nodes": {"count": 1}}


def existing_private_vpc(account: Account) -> Groups:
    return {**existing_vpc(account), "nodes": {"count": 4}, "swarm": {"mode": "private"}}


SCENARIOS: dict[str, Any] = {
    "nothing configured": {},
    "one node": {"nodes": {"count": 1}},
    "four nodes": {"nodes": {"count": 4}},
    "private": {"swarm": {"mode": "private"}},
    "one private node in the default VPC": {"nodes": {"count": 1}, "swarm": {"mode": "private"}, "network": {"useDefaultVpc": True}},
    "one node in an existing VPC": one_node_in_an_existing_vpc,
    "four private nodes in an existing VPC": existing_private_vpc,
}


@pytest.fixture(scope="module", params=list(SCENARIOS.values()), ids=list(SCENARIOS))
def stack(request: pytest.FixtureRequest) -> Iterator[Deployed]:
    with deployed(request.param) as found:
        yield found


def nodes_of(stack: Deployed) -> list[str]:
    count = stack.groups.get("nodes", {}).get("count", 3)
    return ["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1a-2"][:count]


def is_private(stack: Deployed) -> bool:
    return bool(stack.groups.get("swarm", {}).get("mode") == "private")


def parameter(stack: Deployed, arn: str) -> str:
    name = arn.partition(":parameter")[2]
    return str(stack.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])


def test_a_service_for_each_node(stack: Deployed) -> None:
    found = services(stack)
    assert sorted(found) == sorted(f"ipfs-node-{node}" for node in nodes_of(stack))
    ec2 = stack.client("ec2")
    for name, service in found.items():
        assert service["desiredCount"] == 1
        network = service["networkConfiguration"]["awsvpcConfiguration"]
        assert network["assignPublicIp"] == "ENABLED"
        (subnet,) = ec2.describe_subnets(SubnetIds=network["subnets"])["Subnets"]
        assert subnet["AvailabilityZone"] == re.sub(r"-\d$", "", name.removeprefix("ipfs-node-"))
        assert subnet["VpcId"] == stack.output("vpc_id")


def test_each_daemon_has_its_own_directory_of_the_nodes_own_file_system(stack: Deployed) -> None:
    efs = stack.client("efs")
    systems = stack.output("file_system_ids")
    assert sorted(systems) == sorted(nodes_of(stack))
    assert len(set(systems.values())) == len(systems)
    for node, system_id in systems.items():
        (system,) = efs.describe_file_systems(FileSystemId=system_id)["FileSystems"]
        assert system["AvailabilityZoneName"] == re.sub(r"-\d$", "", node)
        assert (system["Encrypted"], system["ThroughputMode"]) == (True, "elastic")
        (target,) = efs.describe_mount_targets(FileSystemId=system_id)["MountTargets"]
        assert target["AvailabilityZoneName"] == system["AvailabilityZoneName"]
        points = {point["AccessPointId"]: point for point in efs.describe_access_points(FileSystemId=system_id)["AccessPoints"]}
        task = task_definition(stack, node)
        mounted = {}
        for volume in task["volumes"]:
            configuration = volume["efsVolumeConfiguration"]
            assert (configuration["fileSystemId"], configuration["transitEncryption"]) == (system_id, "ENABLED")
            assert configuration["authorizationConfig"]["iam"] == "ENABLED"
            mounted[volume["name"]] = points.pop(configuration["authorizationConfig"]["accessPointId"])
        assert points == {}
        assert {name: point["RootDirectory"]["Path"] for name, point in mounted.items()} == {"ipfs": "/ipfs", "ipfs-cluster": "/ipfs-cluster"}
        for point in mounted.values():
            assert (point["PosixUser"]["Uid"], point["PosixUser"]["Gid"]) == (1000, 100)
            assert point["RootDirectory"]["CreationInfo"] == {"OwnerUid": 1000, "OwnerGid": 100, "Permissions": "0755"}


def test_identities_are_the_nodes_own_and_fit_together(stack: Deployed) -> None:
    kubo_ids, cluster_ids = stack.output("kubo_peer_ids"), stack.output("cluster_peer_ids")
    assert len({*kubo_ids.values(), *cluster_ids.values()}) == 2 * len(nodes_of(stack))
    for node in nodes_of(stack):
        containers = {container["name"]: container for container in task_definition(stack, node)["containerDefinitions"]}
        configure, cluster = containers["configure"], containers["ipfs-cluster"]
        for container, variable, peer_id in ((configure, "KUBO_PRIVATE_KEY", kubo_ids[node]), (cluster, "CLUSTER_PRIVATEKEY", cluster_ids[node])):
            private_key = parameter(stack, secrets(container)[variable])
            assert identity.identity_from(base64.b64decode(private_key)[4:36]) == identity.Identity(peer_id, private_key)
        assert environment(configure)["KUBO_PEER_ID"] == kubo_ids[node]
        assert environment(cluster)["CLUSTER_ID"] == cluster_ids[node]
        assert not containers["ipfs"].get("secrets"), "kubo's key is given to the configure container alone"


def test_every_node_knows_and_trusts_all_nodes(stack: Deployed) -> None:
    kubo_ids, cluster_ids, names = stack.output("kubo_peer_ids"), stack.output("cluster_peer_ids"), stack.output("dns_names")
    for node in nodes_of(stack):
        containers = {container["name"]: container for container in task_definition(stack, node)["containerDefinitions"]}
        cluster = environment(containers["ipfs-cluster"])
        assert set(cluster["CLUSTER_CRDT_TRUSTEDPEERS"].split(",")) == set(cluster_ids.values())
        assert cluster["CLUSTER_TAGS_TAGS"] == f"group:{re.sub('-[0-9]$', '', node)}", "replicas go to different zones"
        addresses = {f"/dns4/{names[other]}/tcp/9096/p2p/{cluster_ids[other]}" for other in nodes_of(stack)}
        assert set(cluster["CLUSTER_PEERADDRESSES"].split(",")) == addresses
        peering = json.loads(environment(containers["configure"])["KUBO_CONFIG"])["Peering"]["Peers"]
        assert {(peer["ID"], *peer["Addrs"]) for peer in peering} == {
            (kubo_ids[other], f"/dns4/{names[other]}/tcp/4001") for other in nodes_of(stack) if other != node
        }


def test_names_in_cloud_map(stack: Deployed) -> None:
    discovery = stack.client("servicediscovery")
    (namespace,) = discovery.list_namespaces()["Namespaces"]
    assert namespace["Name"] == "ipfs.test.ipfs-cluster.internal"
    found = {service["Name"]: service for service in discovery.list_services()["Services"]}
    assert sorted(found) == sorted(f"ipfs-node-{node}" for node in nodes_of(stack))
    registered = services(stack)
    for name, service in found.items():
        assert service["DnsConfig"]["DnsRecords"] == [{"Type": "A", "TTL": 10}]
        assert registered[name]["serviceRegistries"][0]["registryArn"] == service["Arn"]


def test_secrets_in_ssm(stack: Deployed) -> None:
    ssm = stack.client("ssm")
    found = [page for pages in ssm.get_paginator("describe_parameters").paginate() for page in pages["Parameters"] if not page["Name"].endswith("/stack")]
    shared = ["api-credentials", "cluster-secret", *(["swarm-key"] if is_private(stack) else [])]
    own = [f"nodes/{node}/{daemon}-private-key" for node in nodes_of(stack) for daemon in ("cluster", "kubo")]
    assert sorted(p["Name"] for p in found) == sorted(f"/ipfs/ipfs-cluster/test/{name}" for name in [*shared, *own])
    assert {p["Type"] for p in found} == {"SecureString"}
    values = {name: parameter(stack, f":parameter/ipfs/ipfs-cluster/test/{name}") for name in shared}
    assert re.fullmatch("[0-9a-f]{64}", values["cluster-secret"])
    assert values["api-credentials"] == f"{stack.output('api_username')}:{stack.output('api_password')}"
    assert re.fullmatch(r"[a-z]+-[a-z]+:[A-Za-z0-9]{32}", values["api-credentials"])
    if is_private(stack):
        assert re.fullmatch("/key/swarm/psk/1.0.0/\n/base16/\n[0-9a-f]{64}", values["swarm-key"])


def test_logs(stack: Deployed) -> None:
    groups = stack.client("logs").describe_log_groups()["logGroups"]
    expected = {f"/ipfs/ipfs-cluster/test/{node}/{container}" for node in nodes_of(stack) for container in ("configure", "ipfs", "ipfs-cluster")}
    expected.add("/ipfs/ipfs-cluster/test/pinset-export")
    assert {group["logGroupName"] for group in groups} == expected
    assert {group["retentionInDays"] for group in groups} == {30}


def test_who_may_talk_to_whom(stack: Deployed) -> None:
    ec2 = stack.client("ec2")
    groups = {
        tag["Value"]: group
        for group in ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [stack.output("vpc_id")]}])["SecurityGroups"]
        for tag in group.get("Tags", [])
        if tag["Key"] == "Name"
    }
    names = {group["GroupId"]: name.removeprefix("ipfs-network-") for name, group in groups.items()}
    between = {("tcp", 9096, "nodes"), ("tcp", 9094, "nodes"), ("tcp", 8080, "nodes")}
    others = {("tcp", 8080, "ipfs-alb-gateway"), ("tcp", 9094, "ipfs-alb-api"), ("tcp", 9094, "ipfs-pinset")}

    def rules(group: str, direction: str) -> set[tuple[str, int | None, str]]:
        return {
            (permission["IpProtocol"], permission.get("FromPort"), other)
            for permission in groups[f"ipfs-network-{group}"][direction]
            for other in [names[pair["GroupId"]] for pair in permission["UserIdGroupPairs"]] + [block["CidrIp"] for block in permission["IpRanges"]]
        }

    assert rules("storage", "IpPermissions") == {("tcp", 2049, "nodes")}
    assert rules("storage", "IpPermissionsEgress") == set()
    if is_private(stack):
        assert rules("nodes", "IpPermissions") == {*between, ("tcp", 4001, "nodes"), *others}
        assert rules("nodes", "IpPermissionsEgress") == {
            *between,
            ("tcp", 4001, "nodes"),
            ("tcp", 2049, "storage"),
            ("tcp", 443, "0.0.0.0/0"),
        }
    else:
        world = {("tcp", 4001, "0.0.0.0/0"), ("udp", 4001, "0.0.0.0/0")}
        assert rules("nodes", "IpPermissions") == {*between, *world, *others}
        assert rules("nodes", "IpPermissionsEgress") == {("-1", None, "0.0.0.0/0")}
    for name, service in services(stack).items():
        attached = service["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
        assert [names[group] for group in attached] == ["nodes"], name


def test_the_own_vpc(stack: Deployed) -> None:
    ec2 = stack.client("ec2")
    vpc_id = stack.output("vpc_id")
    if "network" in stack.groups:
        assert len(ec2.describe_vpcs()["Vpcs"]) == (1 if stack.groups["network"].get("useDefaultVpc") else 2), "no other VPC is made"
        assert not stack.registered("aws:ec2/subnet:Subnet")
        return
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        answer = ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)
        assert answer[attribute[0].upper() + attribute[1:]]["Value"] is True
    of_vpc = [{"Name": "vpc-id", "Values": [vpc_id]}]
    subnets = ec2.describe_subnets(Filters=of_vpc)["Subnets"]
    private = [s for s in subnets if ipaddress.IPv4Network(s["CidrBlock"]).subnet_of(ipaddress.IPv4Network("10.94.128.0/17"))]
    public = [s for s in subnets if s not in private]
    zones = sorted({re.sub(r"-\d$", "", node) for node in nodes_of(stack)})
    assert sorted(s["AvailabilityZone"] for s in public) == zones
    assert sorted(s["AvailabilityZone"] for s in private) == (zones if len(zones) > 1 else ["eu-west-1a", "eu-west-1b"]), "a load balancer needs two"
    (gateway,) = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc_id]}])["InternetGateways"]
    tables = {tag["Value"]: t for t in ec2.describe_route_tables(Filters=of_vpc)["RouteTables"] for tag in t.get("Tags", []) if tag["Key"] == "Name"}
    table, inside = tables["ipfs-network-public"], tables["ipfs-network-private"]
    assert {a["SubnetId"] for a in inside["Associations"] if "SubnetId" in a} == {s["SubnetId"] for s in private}
    assert [r["GatewayId"] for r in inside["Routes"]] == ["local"], "no way out"
    assert any(r.get("GatewayId") == gateway["InternetGatewayId"] and r["DestinationCidrBlock"] == "0.0.0.0/0" for r in table["Routes"])
    assert {a["SubnetId"] for a in table["Associations"] if "SubnetId" in a} == {s["SubnetId"] for s in public}
    (endpoint,) = ec2.describe_vpc_endpoints(Filters=of_vpc)["VpcEndpoints"]
    assert (endpoint["ServiceName"], endpoint["VpcEndpointType"]) == ("com.amazonaws.eu-west-1.s3", "Gateway")
    assert endpoint["RouteTableIds"] == [table["RouteTableId"]]
    assert ec2.describe_nat_gateways(Filter=of_vpc)["NatGateways"] == []


def test_the_vpcs_own_range_is_never_filtered(stack: Deployed) -> None:
    (vpc,) = stack.client("ec2").describe_vpcs(VpcIds=[stack.output("vpc_id")])["Vpcs"]
    for node in nodes_of(stack):
        container = next(c for c in task_definition(stack, node)["containerDefinitions"] if c["name"] == "configure")
        filters = json.loads(environment(container)["KUBO_CONFIG"])["Swarm"]["AddrFilters"]
        assert bool(filters) is not is_private(stack)
        for address in filters:
            _, family, block, _, length = address.split("/")
            if family == "ip4":
                assert not ipaddress.ip_network(f"{block}/{length}").overlaps(ipaddress.ip_network(vpc["CidrBlock"]))


def test_no_secret_is_in_plain_text_where_people_look(stack: Deployed) -> None:
    ssm = boto3.client("ssm", region_name="eu-west-1")
    names = [p["Name"] for pages in ssm.get_paginator("describe_parameters").paginate() for p in pages["Parameters"]]
    values = [ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] for name in names]
    hidden = {part for value in values for part in (value, value.rpartition(":")[2], value.rpartition("\n")[2])}
    assert len(hidden) >= len(names)
    shown = json.dumps([task_definition(stack, node) for node in nodes_of(stack)], default=str)
    shown += json.dumps({name: export.value for name, export in stack.deployment.exports.items() if not export.secret})
    assert [name for name, value in zip(names, values, strict=True) if value in shown or value.rpartition(":")[2] in shown] == []
    assert stack.deployment.exports["api_password"].secret
