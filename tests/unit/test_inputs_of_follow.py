"""The inputs of follow, and the role of a Region: what is taken, and what is refused before anything is made."""

from typing import Any

import pulumi
import pytest
from ipfs_cluster import InvalidInput
from ipfs_cluster.inputs import world
from ipfs_cluster.naming import Names

from tests.helpers.inputs import PEER_ID, problems, resolve
from tests.helpers.members import ACCOUNT, SHARED, TWO, made, others, text

ADDRESS = f"/dns4/peer.example.com/tcp/9096/p2p/{PEER_ID}"
FOLLOW: dict[str, Any] = {"secret_parameter": "/theirs/secret", "trusted_peers": [PEER_ID], "peer_addresses": [ADDRESS]}


def follow(**given: Any) -> dict[str, Any]:
    return {"follow": {name: value for name, value in {**FOLLOW, **given}.items() if value is not None}}


def reader(**given: Any) -> dict[str, Any]:
    members = {"shared": SHARED, "others": {"us-east-1": text()}, **given, "role": "reader"}
    return {"members": {name: value for name, value in members.items() if value is not None}}


def test_what_is_followed() -> None:
    found = resolve(follow())
    assert (found.follow.cluster_name, found.read_only, found.follow.follows) == ("ipfs-cluster", True, True)
    assert resolve(follow(cluster_name="theirs")).follow.cluster_name == "theirs"
    assert not resolve({}).read_only
    assert not resolve({"follow": {}}).read_only


def test_a_followers_settings_that_it_needs_when_it_follows_no_more_are_taken() -> None:
    """So that a change to a cluster of its own is the removal of follow, and nothing else."""
    given = {"credentials": {"cluster_secret_parameter": "/own/secret"}, "api": {"pinning_service": True, "users": ["ci"]}, "gateway": {"open": True}}
    assert resolve({**follow(), **given}).api.pinning_service


def test_values_that_are_known_later_are_taken() -> None:
    later = pulumi.Output.from_input(PEER_ID)
    assert resolve(follow(secret_parameter=pulumi.Output.from_input("/a"), trusted_peers=[later], peer_addresses=[later])).read_only


def test_a_reader() -> None:
    assert resolve(reader()).read_only
    assert not resolve({**others(us_east_1=text(role="reader")), "members": {"others": {"us-east-1": text(role="reader")}, "role": "writer"}}).read_only


REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        follow(secret_parameter=None),
        "follow.secret_parameter: is missing; give the SSM parameter with the followed cluster's secret, or leave out follow as a whole.",
    ),
    (follow(trusted_peers=None), "follow.trusted_peers: is missing; give the IDs of the followed cluster's peers"),
    (follow(peer_addresses=[]), "follow.peer_addresses: is missing; give the multiaddress of a peer of the followed cluster"),
    (follow(secret_parameter="arn:aws:ssm:x"), "follow.secret_parameter: 'arn:aws:ssm:x' is not the name of an SSM parameter"),
    (follow(trusted_peers=["*"]), "follow.trusted_peers[0]: '*' is not a peer ID; give one like 12D3KooW…."),
    (follow(peer_addresses=["/ip4/10.0.0.1/tcp/9096"]), "follow.peer_addresses[0]: '/ip4/10.0.0.1/tcp/9096' is not the multiaddress of a peer"),
    (follow(cluster_name=" "), "follow.cluster_name: ' ' is not a name."),
    ({**follow(), "pinning": {"replication_min": -1}}, "pinning.replication_min: has no effect: the cluster in follow says how many nodes hold a pin."),
    ({**follow(), "pinning": {"batch_milliseconds": 100}}, "pinning.batch_milliseconds: has no effect: the cluster in follow says"),
    (
        {**follow(), "nodes": {"cluster_environment": {"CLUSTER_MONITORPINGINTERVAL": "2s"}}},
        "nodes.cluster_environment['CLUSTER_MONITORPINGINTERVAL']: is the program's own in a cluster that only follows others",
    ),
    (
        {**reader(), "nodes": {"cluster_environment": {"CLUSTER_CRDT_CLUSTERNAME": "x"}}},
        "nodes.cluster_environment['CLUSTER_CRDT_CLUSTERNAME']: is the program's own",
    ),
    ({**follow(), **others()}, "members.others: does not go together with follow"),
    ({"members": {"role": "owner"}}, "members.role: 'owner' must be one of: writer, reader."),
    (reader(shared=None), "members.role: reader needs members.shared, the output `shared_secrets` of a Region that is a writer."),
    (reader(others={}), "members.role: reader needs a Region that is a writer; deploy that one first, and give its output `member` in members.others."),
    (reader(others={"us-east-1": text(role="reader")}), "members.role: reader needs a Region that is a writer"),
    ({**reader(), "pinning": {"replication_max": -1}}, "pinning.replication_max: has no effect: members.role is reader, which holds what every node holds."),
    (reader(others={"us-east-1": text(replicas_per_region=2)}), "members.others['us-east-1']: a reader holds what every node holds, and pins go to some nodes"),
    (
        {**others(us_east_1=text(role="reader")), "pinning": {"replication_min": 1, "replication_max": 2}, "gateway": {"open": True}},
        "members.others['us-east-1']: is a reader, which holds what every node holds, but pins go to some nodes only; set pinning to every node",
    ),
    (
        {**others(us_east_1=text(role="reader")), "pinning": {"replicas_per_region": 1}, "gateway": {"open": True}},
        "members.others['us-east-1']: a reader holds what every node holds, and pins go to some nodes of each Region, 1; leave the number",
    ),
    (others(us_east_1=text().replace('"peers"', '"role":"x","peers"')), "members.others['us-east-1']: is not the output `member` of an IpfsCluster"),
]


@pytest.mark.parametrize(("given", "start"), REFUSED, ids=[f"{number} {start.split(':')[0]}" for number, (_, start) in enumerate(REFUSED)])
def test_what_is_refused(given: dict[str, Any], start: str) -> None:
    (problem,) = problems(given)
    assert problem.startswith(start)
    assert problem.endswith(".")


def test_all_problems_at_once() -> None:
    given = {"follow": {"trusted_peers": ["*"]}, "members": {"role": "reader"}, "pinning": {"replication_min": -1}}
    assert sorted(problem.partition(":")[0] for problem in problems(given)) == [
        "follow.peer_addresses",
        "follow.secret_parameter",
        "follow.trusted_peers[0]",
        "members.role",
        "members.role",
        "members.role",
        "pinning.replication_min",
        "pinning.replication_min",
    ]


def test_a_member_says_that_it_reads_and_is_silent_otherwise() -> None:
    assert "role" not in text()
    assert text(role="reader").endswith(',"role":"reader"}')
    assert made(role="reader").is_reader


def test_global_refuses_regions_that_only_read() -> None:
    readers = {region: value.replace(',"peers":', ',"role":"reader","peers":') for region, value in TWO.items()}
    own = Names("world", "world", "ipfs-cluster")
    with pytest.raises(InvalidInput) as refused:
        world.resolve(own, {"members": dict(readers)}, ACCOUNT)
    assert refused.value.problems == ["members['eu-west-1']: is a reader, as all others are; make one Region a writer."]
    one = {**TWO, "us-east-1": readers["us-east-1"]}
    assert world.known(own, one, ACCOUNT, str)["us-east-1"].is_reader
