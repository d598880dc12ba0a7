"""A cluster over several Regions, deployed to one simulated account: what the stacks give each other, and what changes in the nodes."""

import ipaddress
import json
from typing import Any

import pytest
from ipfs_cluster.daemons import scripts
from ipfs_cluster.regions import shared_secrets
from ipfs_cluster.spelling import as_in_python
from moto import mock_aws

from tests.helpers.regions import FIRST, RANGES, SECOND, SMALL, STACKS, World, again, alone
from tests.helpers.support import Deployed, environment, secrets

PRIVATE = {**SMALL, "swarm": {"mode": "private"}, "api": {"pinningService": True, "users": ["ci"]}}
NODES = {FIRST: ["eu-west-1a", "eu-west-1b"], SECOND: ["us-east-1a", "us-east-1b"]}
SHARED = ["api-credentials", "api-users", "cluster-secret", "pinning-service-credentials", "pinning-service-users", "swarm-key", "users/ci"]

# What changes in ipfs-cluster's environment as soon as there is another Region, besides the peers.
SETTINGS = {
    "CLUSTER_CRDT_BATCHING_MAXBATCHAGE": "1000ms",
    "CLUSTER_CRDT_BATCHING_MAXBATCHSIZE": "300",
    "CLUSTER_DIALPEERTIMEOUT": "3s",
    "CLUSTER_DISK_METRICTTL": "10s",
    "CLUSTER_TAGS_METRICTTL": "10s",
    "LIBP2P_TCP_REUSEPORT": "false",
}


Parameters = dict[str, dict[str, Any]]
"""A stack's SSM parameters, by name below its path."""


@pytest.fixture(scope="module")
def deployed_world() -> tuple[World, dict[str, Parameters]]:
    """Two Regions with a private swarm, the first without the second; and the parameters of each."""
    with mock_aws():
        found = World(PRIVATE)
        for region in (FIRST, SECOND):
            found.deploy(region)
        return found, {region: parameters(stack, STACKS[region]) for region, stack in found.clusters.items()}


def parameters(stack: Deployed, name: str) -> Parameters:
    path = f"/ipfs/ipfs-cluster/{name}"
    pages = stack.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True, WithDecryption=True)
    return {parameter["Name"].removeprefix(f"{path}/"): parameter for page in pages for parameter in page["Parameters"]}


@pytest.fixture(scope="module")
def world(deployed_world: tuple[World, dict[str, Parameters]]) -> World:
    return deployed_world[0]


@pytest.fixture(scope="module")
def stored(deployed_world: tuple[World, dict[str, Parameters]]) -> dict[str, Parameters]:
    return deployed_world[1]


@pytest.fixture(scope="module")
def both(world: World) -> dict[str, Deployed]:
    """Both Regions as they are in the end."""
    return {FIRST: again(world, FIRST), SECOND: world.clusters[SECOND]}


def cluster_environment(stack: Deployed, node: str) -> dict[str, str]:
    return environment(stack.containers(node)["ipfs-cluster"])


def kubo_settings(stack: Deployed, node: str) -> Any:
    return json.loads(environment(stack.containers(node)["configure"])["KUBO_CONFIG"])


def peers(stack: Deployed) -> dict[str, dict[str, str]]:
    return {peer["node"]: peer for peer in json.loads(stack.output("member"))["peers"]}


def test_a_member_says_where_its_nodes_are(world: World) -> None:
    stack = world.clusters[SECOND]
    member = json.loads(stack.output("member"))
    nodes, network = member.pop("peers"), member.pop("vpc")
    outputs = {(one.type, one.name): one.outputs for one in stack.account.made}
    zone = outputs["aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "ipfs-namespace"]["hostedZone"]
    group = outputs["aws:ec2/securityGroup:SecurityGroup", "ipfs-network-nodes"]["id"]
    assert member == {
        "version": 1,
        "region": SECOND,
        "account": "123456789012",
        "swarmMode": "private",
        "replicasPerRegion": None,
        "zone": {"name": "ipfs.america.ipfs-cluster.internal", "id": zone},
    }
    assert network == {
        "id": stack.output("vpc_id"),
        "ranges": ["10.95.0.0/16"],
        "routeTables": {"public": outputs["aws:ec2/routeTable:RouteTable", "ipfs-network-public"]["id"]},
        "securityGroup": group,
    }
    assert [node["node"] for node in nodes] == NODES[SECOND]
    for node in nodes:
        assert node == {
            "node": node["node"],
            "dnsName": f"ipfs-node-{node['node']}.ipfs.america.ipfs-cluster.internal",
            "kuboPeerId": stack.output("kubo_peer_ids")[node["node"]],
            "clusterPeerId": stack.output("cluster_peer_ids")[node["node"]],
        }


def test_a_member_has_no_secret_and_the_shared_secrets_are_one(world: World, stored: dict[str, Parameters]) -> None:
    for region, stack in world.clusters.items():
        exports = stack.deployment.exports
        assert not exports["member"].secret
        assert exports["shared_secrets"].secret
        values = [parameter["Value"] for parameter in stored[region].values() if parameter["Type"] == "SecureString"]
        assert len(values) == len(SHARED) + 4
        assert not [value for value in values if value in exports["member"].value]


@pytest.mark.parametrize("members", [{}, {"members": {"others": {}}}])
def test_without_another_region_nothing_changes(world: World, members: dict[str, Any]) -> None:
    with mock_aws():
        stack = alone(FIRST, {**PRIVATE, "network": {"cidr": RANGES[FIRST]}, **members}, world.clusters[FIRST].account.randomness)
    for node in NODES[FIRST]:
        found = stack.containers(node)
        assert found == world.clusters[FIRST].containers(node)
        assert not set(SETTINGS) - {"CLUSTER_DIALPEERTIMEOUT"} & set(environment(found["ipfs-cluster"]))


def test_all_nodes_know_and_trust_the_nodes_of_all_regions(both: dict[str, Deployed]) -> None:
    everyone = {**peers(both[FIRST]), **peers(both[SECOND])}
    # In the same order everywhere, by which the keepers take turns: by Region, the second one first.
    order = [*NODES[FIRST], *NODES[SECOND]]
    for region, stack in both.items():
        for node in NODES[region]:
            found = cluster_environment(stack, node)
            addresses = [f"/dns4/{everyone[name]['dnsName']}/tcp/9096/p2p/{everyone[name]['clusterPeerId']}" for name in order]
            assert found["CLUSTER_PEERADDRESSES"] == ",".join(addresses)
            assert found["CLUSTER_CRDT_TRUSTEDPEERS"] == ",".join(everyone[name]["clusterPeerId"] for name in order)
            assert found["CLUSTER_ID"] == everyone[node]["clusterPeerId"]
            assert kubo_settings(stack, node)["Peering"]["Peers"] == [
                {"ID": everyone[name]["kuboPeerId"], "Addrs": [f"/dns4/{everyone[name]['dnsName']}/tcp/4001"]} for name in order if name != node
            ]
            assert environment(stack.containers(node)["ipfs"])["PEERS"] == " ".join(everyone[name]["dnsName"] for name in order if name != node)


def test_what_else_changes_with_another_region(world: World, both: dict[str, Deployed]) -> None:
    """Nothing but the peers and these settings."""
    before, after = (stack.containers("eu-west-1a") for stack in (world.clusters[FIRST], both[FIRST]))
    old, new = environment(before["ipfs-cluster"]), environment(after["ipfs-cluster"])
    everyone = {**peers(both[FIRST]), **peers(both[SECOND])}
    assert {name: value for name, value in new.items() if old.get(name) != value} == {
        **SETTINGS,
        "CLUSTER_PEERADDRESSES": new["CLUSTER_PEERADDRESSES"],
        "CLUSTER_CRDT_TRUSTEDPEERS": new["CLUSTER_CRDT_TRUSTEDPEERS"],
        "KEEPER_SCRIPT": f"(\n{scripts.read('regions.sh', as_in_python)}) &\n{old['KEEPER_SCRIPT']}",
        "REGION_COPIES": "0",
        "REGION_NODES": "\n".join(
            f"{region} {node} {everyone[node]['clusterPeerId']} {everyone[node]['kuboPeerId']} {everyone[node]['dnsName']} writer"
            for region in (FIRST, SECOND)
            for node in NODES[region]
        ),
    }
    assert not set(old) - set(new)
    assert before["ipfs"].pop("systemControls") == [{"namespace": "net.ipv4.tcp_retries2", "value": "4"}]
    assert after["ipfs"].pop("systemControls") == [
        {"namespace": "net.ipv4.tcp_retries2", "value": "4"},
        {"namespace": "net.ipv4.tcp_mtu_probing", "value": "1"},
    ]
    for name in ("configure", "ipfs", "ipfs-cluster"):
        for containers in (before, after):
            containers[name].pop("environment")
            containers[name].pop("dockerLabels", None)
            containers[name].pop("secrets", None)
        assert before[name] == after[name]


def test_the_regions_share_their_secrets_and_no_private_key(world: World, stored: dict[str, Parameters]) -> None:
    one, other = stored[FIRST], stored[SECOND]
    keys = {region: {f"nodes/{node}/{daemon}-private-key" for node in NODES[region] for daemon in ("kubo", "cluster")} for region in NODES}
    assert set(one) == {"stack", *SHARED, *keys[FIRST]}
    assert set(other) == {"stack", *SHARED, *keys[SECOND]}
    for name in SHARED:
        assert one[name]["Value"] == other[name]["Value"], name
        assert other[name]["Type"] == "SecureString"
    private = [found[name]["Value"] for found, region in ((one, FIRST), (other, SECOND)) for name in keys[region]]
    assert len(set(private)) == 8
    for stack in world.clusters.values():
        assert not [key for key in private if key in stack.output("shared_secrets")]
    assert world.clusters[FIRST].output("shared_secrets") == world.clusters[SECOND].output("shared_secrets")


def test_people_log_in_the_same_in_all_regions(world: World) -> None:
    for output in ("api_username", "api_password", "api_users", "pinning_service_username", "pinning_service_password"):
        assert world.clusters[FIRST].output(output) == world.clusters[SECOND].output(output)
        assert world.clusters[SECOND].deployment.exports[output].secret is ("username" not in output)
    passwords = [r.name for r in world.clusters[SECOND].registered("random:index/randomPassword:RandomPassword")]
    assert sorted(passwords) == sorted(f"ipfs-credentials-{node}-{daemon}-identity" for node in NODES[SECOND] for daemon in ("kubo", "cluster"))


def test_a_public_swarm_reaches_the_other_regions_ranges() -> None:
    """Kubo filters private ranges, but for those of the Regions."""
    with mock_aws():
        world = World()
        world.deploy(FIRST)
        stack = world.deploy(SECOND)
        swarm = kubo_settings(stack, "us-east-1a")
        filters = [address.split("/") for address in swarm["Swarm"]["AddrFilters"] if address.startswith("/ip4/")]
        networks = [ipaddress.IPv4Network(f"{parts[2]}/{parts[4]}") for parts in filters]
        reached = [network for network in ipaddress.IPv4Network("10.0.0.0/8").subnets(new_prefix=16) if not any(network.overlaps(n) for n in networks)]
        assert [str(network) for network in reached] == [RANGES[FIRST], RANGES[SECOND]]
        assert "/ip4/10.0.0.0/ipcidr/8" in swarm["Addresses"]["NoAnnounce"]


def test_what_the_first_region_does_not_share_is_named() -> None:
    """It keeps the keys in parameters of its own, or does not have them: each Region then has to have the same."""
    own = {"clusterSecretParameter": "/own/cluster-secret", "apiCredentialsParameter": "/own/api", "swarmKeyParameter": "/own/swarm-key"}
    lacking: dict[str, Any] = {
        "clusterSecret, which the first Region keeps in an SSM parameter of its own": {
            "credentials": {name: own[name] for name in own if "luster" not in name}
        },
        "api, which the first Region keeps in an SSM parameter of its own": {"credentials": {name: own[name] for name in own if "api" not in name}},
        "swarmKey, which the first Region keeps in an SSM parameter of its own": {"credentials": {name: own[name] for name in own if "swarm" not in name}},
        "pinningService; set api.pinningService in the first Region too": {"credentials": own, "api": {"pinningService": True}},
    }
    with mock_aws():
        first = alone(FIRST, {**PRIVATE, "nodes": {"count": 1}, "api": {}, "credentials": own})
        shared = first.output("shared_secrets")
    assert json.loads(shared) == {"version": 1, "secrets": {}}
    base = {**PRIVATE, "nodes": {"count": 1}, "api": {}, "network": {"cidr": RANGES[SECOND]}, "members": {"shared": shared}}
    for text, groups in lacking.items():
        with mock_aws(), pytest.raises(Exception, match=f"members.shared: lacks {text}"):
            alone(SECOND, {**base, **groups})
    some = shared_secrets.text({"clusterSecret": "0" * 64, "swarmKey": "x", "api": "me:correct-horse-battery"})
    with mock_aws(), pytest.raises(Exception, match=r"members\.shared: lacks user/ci; add the user to api\.users in the first Region too"):
        alone(SECOND, {**base, "members": {"shared": some}, "api": {"users": ["ci"]}})
    with mock_aws():
        second = alone(SECOND, {**base, "credentials": own})
        given = secrets(second.containers("us-east-1a")["ipfs-cluster"])
        assert given["CLUSTER_SECRET"] == "arn:aws:ssm:us-east-1:123456789012:parameter/own/cluster-secret"


def test_batching_can_be_switched_off() -> None:
    with mock_aws():
        world = World({**SMALL, "pinning": {"batchMilliseconds": 0}})
        world.deploy(FIRST)
        assert not [name for name in cluster_environment(world.deploy(SECOND), "us-east-1a") if "BATCHING" in name]


def test_copies_in_each_region() -> None:
    with mock_aws():
        world = World({**SMALL, "pinning": {"replicasPerRegion": 2}, "gateway": {"open": True}})
        first, second = world.deploy(FIRST), world.deploy(SECOND)
        for stack, most in ((first, "2"), (second, "4")):
            (node, *_) = peers(stack)
            found = cluster_environment(stack, node)
            assert found["CLUSTER_REPLICATIONFACTORMIN"] == "2"
            assert found["CLUSTER_REPLICATIONFACTORMAX"] == most
            assert found["CLUSTER_TAGS_TAGS"] == f"group:{node},region:{node[:-1]}"
            assert found["CLUSTER_BALANCED_ALLOCATEBY"] == "tag:region,tag:group,freespace"
            assert json.loads(stack.output("member"))["replicasPerRegion"] == 2
        assert cluster_environment(second, "us-east-1a")["REGION_COPIES"] == "2"
        assert "REGION_COPIES" not in cluster_environment(first, "eu-west-1a")


def test_the_nodes_of_all_regions_are_an_output(world: World, both: dict[str, Deployed]) -> None:
    assert world.clusters[FIRST].output("regions") == {}
    everyone = {f"{region} {node}": peers(both[region])[node]["clusterPeerId"] for region in NODES for node in NODES[region]}
    for stack in both.values():
        assert stack.output("regions") == everyone


def test_the_console_is_told_how_many_nodes_hold_a_pin() -> None:
    with mock_aws():
        world = World({**SMALL, "pinning": {"replicasPerRegion": 1}, "gateway": {"open": True}})
        world.deploy(FIRST)
        second = world.deploy(SECOND, edge={})
        told = json.loads(second.inputs("aws:s3/bucketObjectv2:BucketObjectv2", "ipfs-edge-console-config.json")["content"])
        assert (told["replication"], told["readOnly"]) == ({"min": 1, "max": 2}, False)
