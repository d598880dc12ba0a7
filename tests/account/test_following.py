"""Clusters that follow another one, and Regions that only read, deployed to a simulated account."""

import json
from typing import Any

import pytest
from ipfs_cluster.edge.load_balancer import READ_ONLY
from moto import mock_aws

from tests.helpers.edge import listeners, target_groups, with_zone
from tests.helpers.iam import allowed
from tests.helpers.inputs import PEER_ID
from tests.helpers.regions import FIRST, SECOND, SMALL, World, again
from tests.helpers.support import Deployed, deployed_small, environment, secrets

ADDRESS = f"/dns4/peer.example.com/tcp/9096/p2p/{PEER_ID}"
FOLLOW = {"secretParameter": "/theirs/secret", "trustedPeers": [PEER_ID], "peerAddresses": [ADDRESS, ADDRESS.replace("9096", "9097")]}
NODE = "eu-west-1a"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

# What a node that only follows has in place of its usual settings, besides the peers. No ping and no other metric: nobody counts it.
SETTINGS = {
    "CLUSTER_FOLLOWERMODE": "true",
    "CLUSTER_MONITORPINGINTERVAL": "1300000h",
    "CLUSTER_DISK_METRICTTL": "1ns",
    "CLUSTER_PINQUEUE_METRICTTL": "1ns",
    "CLUSTER_TAGS_METRICTTL": "1ns",
    "CLUSTER_LISTENMULTIADDRESS": "/ip4/127.0.0.1/tcp/9096",
    "CLUSTER_DIALPEERTIMEOUT": "3s",
    "LIBP2P_TCP_REUSEPORT": "false",
}
WRITES = {"HttpRequestMethodConfig": {"Values": ["POST", "PUT", "PATCH", "DELETE"]}}
READS = {"HttpRequestMethodConfig": {"Values": ["GET", "HEAD", "OPTIONS"]}}
TOKEN = {"PathPatternConfig": {"Values": ["/token"]}}


def cluster_environment(stack: Deployed, node: str = NODE) -> dict[str, str]:
    return environment(stack.containers(node)["ipfs-cluster"])


def rules(stack: Deployed, port: int) -> list[tuple[str, list[dict[str, Any]], str]]:
    """A listener's rules in their order: priority, conditions, and the target group or the status and text of the answer."""
    groups = {group["TargetGroupArn"]: name for name, group in target_groups(stack).items()}

    def answer(action: dict[str, Any]) -> str:
        fixed = action.get("FixedResponseConfig")
        return f"{fixed['StatusCode']} {fixed['MessageBody']}" if fixed else groups[action["TargetGroupArn"]]

    def conditions(rule: dict[str, Any]) -> list[dict[str, Any]]:
        return [{key: value for key, value in condition.items() if key.endswith("Config")} for condition in rule["Conditions"]]

    held = stack.client("elbv2").describe_rules(ListenerArn=listeners(stack)[port]["ListenerArn"])["Rules"]
    return sorted((rule["Priority"], conditions(rule), answer(rule["Actions"][0])) for rule in held)


def test_what_a_follower_has_in_place_of_a_cluster_of_its_own() -> None:
    """Its secret, whom it trusts and reaches, and that nobody counts it. All else is as without follow, its identity too."""
    with deployed_small({"api": {"pinningService": True}}) as stack:
        before, randomness = stack.containers(NODE), stack.account.randomness
    with deployed_small({"api": {"pinningService": True}, "follow": FOLLOW}) as stack:
        after = stack.containers(NODE)
        assert stack.output("read_only") is True
        assert json.loads(stack.inputs("aws:s3/bucketObjectv2:BucketObjectv2", "ipfs-edge-console-config.json")["content"])["readOnly"] is True
        assert set(stack.account.randomness.made) == set(randomness.made), "what it makes itself stays, for when it follows no more"
    old, new = environment(before["ipfs-cluster"]), environment(after["ipfs-cluster"])
    own = {"CLUSTER_ID"}  # another account made another one
    keeper = new.pop("KEEPER_SCRIPT")
    assert keeper.startswith("CLUSTER_PEERADDRESSES=/dns4/ipfs-node-eu-west-1a.ipfs.test.ipfs-cluster.internal/tcp/9096/p2p/")
    assert keeper.count("all_well() {") == 2
    assert keeper.rpartition("\nsleep ")[2] == old.pop("KEEPER_SCRIPT").rpartition("\nsleep ")[2]
    assert {name: value for name, value in new.items() if name not in own and old.get(name) != value} == {
        **SETTINGS,
        "CLUSTER_PEERADDRESSES": ",".join(FOLLOW["peerAddresses"]),
        "CLUSTER_CRDT_TRUSTEDPEERS": PEER_ID,
    }
    assert not set(old) - set(new)
    given = secrets(after["ipfs-cluster"])
    assert given == {**secrets(before["ipfs-cluster"]), "CLUSTER_SECRET": "arn:aws:ssm:eu-west-1:123456789012:parameter/theirs/secret"}
    assert after["ipfs-cluster"]["dockerLabels"]["secret-version.cluster-secret"] == "given"


def test_a_clusters_name_is_given_only_if_it_is_another() -> None:
    with deployed_small({"follow": {**FOLLOW, "clusterName": "theirs"}}) as stack:
        assert cluster_environment(stack)["CLUSTER_CRDT_CLUSTERNAME"] == "theirs"
        policy = stack.inputs("aws:iam/rolePolicy:RolePolicy", f"ipfs-{NODE}-execution")["policy"]
        parameter = "arn:aws:ssm:eu-west-1:123456789012:parameter/theirs/secret"
        assert allowed("ssm:GetParameters", parameter, [json.loads(policy)])


def test_the_load_balancer_refuses_writes_in_words() -> None:
    with deployed_small({"api": {"pinningService": True}, "follow": FOLLOW}) as stack:
        for port, group in ((9094, "ipfs-api"), (9097, "ipfs-pinning")):
            assert rules(stack, port) == [("2", [TOKEN], group), ("3", [WRITES], f"403 {READ_ONLY}"), ("default", [], group)]
        assert rules(stack, 80) == [("default", [], "ipfs-gateway")]
    with deployed_small({"api": {"pinningService": True}}) as stack:
        assert not stack.registered("aws:lb/listenerRule:ListenerRule")


def test_a_public_load_balancer_refuses_them_too_and_still_asks_for_the_secret_header() -> None:
    def groups(account: Any) -> Any:
        return {**with_zone(scheme="internet-facing")(account), "follow": FOLLOW}

    with deployed_small(groups) as stack:
        secret = stack.account.randomness.made["RandomPassword ipfs-credentials-origin-secret"]["value"]
        proof = {"HttpHeaderConfig": {"HttpHeaderName": "X-Origin-Secret", "Values": [secret]}}
        assert rules(stack, 9443) == [
            ("1", [proof, READS], "ipfs-api"),
            ("2", [proof, TOKEN], "ipfs-api"),
            ("3", [proof, WRITES], f"403 {READ_ONLY}"),
            ("default", [], "403 Forbidden"),
        ]
        assert rules(stack, 443) == [("1", [proof], "ipfs-gateway"), ("default", [], "403 Forbidden")]


def test_its_alarms_are_on_whom_it_follows() -> None:
    for count in (1, 3):
        with deployed_small({"follow": FOLLOW, "nodes": {"count": count}, "monitoring": {}}) as stack:
            alarms = {registered.name for registered in stack.registered("aws:cloudwatch/metricAlarm:MetricAlarm")}
            assert "ipfs-monitoring-peers" not in alarms
            found = stack.inputs("aws:cloudwatch/metricAlarm:MetricAlarm", "ipfs-monitoring-followed")
            assert (found["metricName"], found["statistic"], found["comparisonOperator"], found["threshold"]) == (
                "libp2p_rcmgr_connections",
                "Minimum",
                "LessThanThreshold",
                1,
            )
            assert found["alarmDescription"].endswith("docs/operations.md#nothing-comes-from-the-followed-cluster")


def test_a_private_swarm_lets_the_followed_cluster_be_reached() -> None:
    kubo = f"/dns4/peer.example.com/tcp/4001/p2p/{PEER_ID}"
    groups = {"follow": FOLLOW, "swarm": {"mode": "private", "bootstrapPeers": [kubo]}, "credentials": {"swarmKeyParameter": "/theirs/swarm-key"}}
    with deployed_small(groups) as stack:
        rules_ = {registered.name: stack.inputs(registered.type, registered.name) for registered in stack.registered(EGRESS)}
        config = json.loads(environment(stack.containers(NODE)["configure"])["KUBO_CONFIG"])
        assert config["Peering"]["Peers"] == [{"ID": PEER_ID, "Addrs": ["/dns4/peer.example.com/tcp/4001"]}]
        opened = {name: rule for name, rule in rules_.items() if name.startswith("ipfs-to-followed-")}
        assert {name: (rule["ipProtocol"], rule["fromPort"], rule["toPort"], rule["cidrIpv4"]) for name, rule in opened.items()} == {
            f"ipfs-to-followed-{port}": ("tcp", port, port, "0.0.0.0/0") for port in (4001, 9096, 9097)
        }
    with deployed_small({"follow": FOLLOW}) as stack:  # the nodes of a public one may go anywhere
        assert not [one.name for one in stack.registered(EGRESS) if "followed" in one.name]


# --- a Region that only reads -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> dict[str, Deployed]:
    """The first Region as it is once the second one, which only reads, is there; and that one."""
    with mock_aws():
        made = World({**SMALL, "edge": {"mode": "load-balancer"}, "api": {"pinningService": True}})
        made.deploy(FIRST)
        made.deploy(SECOND, members={**made.given(SECOND)["members"], "role": "reader"})
    return {FIRST: again(made, FIRST), SECOND: made.clusters[SECOND]}


def peers(stack: Deployed) -> dict[str, dict[str, str]]:
    return {peer["node"]: peer for peer in json.loads(stack.output("member"))["peers"]}


def test_a_reader_follows_the_writers_and_nobody_counts_or_trusts_it(world: dict[str, Deployed]) -> None:
    writers, readers = peers(world[FIRST]), peers(world[SECOND])
    addresses = ",".join(f"/dns4/{peer['dnsName']}/tcp/9096/p2p/{peer['clusterPeerId']}" for peer in writers.values())
    trusted = ",".join(peer["clusterPeerId"] for peer in writers.values())
    for region, names in ((FIRST, writers), (SECOND, readers)):
        for node in names:
            found = cluster_environment(world[region], node)
            assert (found["CLUSTER_PEERADDRESSES"], found["CLUSTER_CRDT_TRUSTEDPEERS"]) == (addresses, trusted)
            assert {name: found.get(name) for name in SETTINGS} == SETTINGS or region == FIRST
            # Kubo fetches from all of them.
            swarm = json.loads(environment(world[region].containers(node)["configure"])["KUBO_CONFIG"])["Peering"]["Peers"]
            assert {peer["ID"] for peer in swarm} == {peer["kuboPeerId"] for name, peer in {**writers, **readers}.items() if name != node}
    reading = cluster_environment(world[SECOND], next(iter(readers)))
    assert not [name for name in reading if "BATCHING" in name]
    writing = cluster_environment(world[FIRST], next(iter(writers)))
    assert writing["CLUSTER_MONITORPINGINTERVAL"] == "5s"
    assert "CLUSTER_FOLLOWERMODE" not in writing
    assert writing["CLUSTER_LISTENMULTIADDRESS"] == "/ip4/0.0.0.0/tcp/9096"


def test_a_reader_says_so(world: dict[str, Deployed]) -> None:
    assert [(stack.output("read_only"), json.loads(stack.output("member")).get("role")) for stack in world.values()] == [(False, None), (True, "reader")]


def test_a_readers_load_balancer_refuses_writes_in_words() -> None:
    with mock_aws():
        made = World({**SMALL, "edge": {"mode": "load-balancer"}})
        made.deploy(FIRST, edge={"mode": "none"})
        stack = made.deploy(SECOND, members={**made.given(SECOND)["members"], "role": "reader"})
        assert [rule[2] for rule in rules(stack, 9094)] == ["ipfs-api", f"403 {READ_ONLY}", "ipfs-api"]


def test_a_reader_without_a_writer_that_is_deployed_is_refused() -> None:
    with mock_aws():
        made = World()
        first = made.deploy(FIRST)
        members = {"others": {}, "shared": first.output("shared_secrets"), "role": "reader"}
        with pytest.raises(Exception, match=r"members\.role: reader needs a Region that is a writer; deploy that one first"):
            made.deploy(SECOND, members=members)
