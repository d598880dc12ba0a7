"""The inputs of members and of IpfsGlobal: what is refused, all of it before anything is made."""

import json
from collections.abc import Mapping
from typing import Any, cast

import pulumi
import pytest
from ipfs_cluster import InvalidInput, IpfsGlobalArgs
from ipfs_cluster.config import args_from_config
from ipfs_cluster.inputs import world
from ipfs_cluster.naming import Names
from ipfs_cluster.regions import member

from tests.helpers.inputs import problems, resolve
from tests.helpers.members import ACCOUNT, SHARED, TWO, made, others, text


def test_a_member_comes_back_as_it_went() -> None:
    assert member.parse(text()) == made()


def test_what_fits_is_taken() -> None:
    found = resolve({**others(us_east_1=text(), ap_northeast_1=text("ap-northeast-1")), "network": {"cidr": "10.94.0.0/16"}})
    assert found.members.regions == 3
    assert resolve({}).members.regions == 1


REFUSED: list[tuple[dict[str, Any], str]] = [
    (others(us_east_1="{}"), "members.others['us-east-1']: is not the output `member` of an IpfsCluster; give what `pulumi stack output member`"),
    (others(us_east_1="x"), "members.others['us-east-1']: is not the output `member` of an IpfsCluster"),
    (others(us_east_1=text().replace('"version":1', '"version":2')), "members.others['us-east-1']: has version 2, and this program reads version 1"),
    (others(us_east_1=text(peers=[])), "members.others['us-east-1']: is not the output `member`"),
    (others(us_east_1=text(zone="a b")), "members.others['us-east-1']: is not the output `member`"),
    (others(us_east_1=text("eu-west-2")), "members.others['us-east-1']: is the member of eu-west-2; give that of us-east-1."),
    (others(us_east_1=text(ranges=["10.94.128.0/17"])), "members.others['us-east-1']: its VPC's range 10.94.128.0/17 overlaps with 10.94.0.0/16 of eu-west-1"),
    (others(us_east_1=text(zone="ipfs.dev.ipfs-cluster.internal")), "members.others['us-east-1']: its nodes' names are in ipfs.dev.ipfs-cluster.internal"),
    (others(us_east_1=text(swarm_mode="private")), "members.others['us-east-1']: its swarm is private, and that of eu-west-1 is public"),
    (others(us_east_1=text(replicas_per_region=1)), "members.others['us-east-1']: its number of replicas per Region is 1, and that of eu-west-1 is none"),
    (others(us_east_1=text(account="210987654321")), "members.others['us-east-1']: is in account 210987654321, and eu-west-1 is in 123456789012"),
    (others(eu_west_1=text("eu-west-1")), "members.others['eu-west-1']: is this stack's own Region; leave it out."),
    (others(us_gov_west_1=text("us-gov-west-1")), "members.others['us-gov-west-1']: nodes cannot be in us-gov-west-1, which lacks EFS"),
    ({"members": {"shared": "x"}}, "members.shared: is not the output `shared_secrets` of an IpfsCluster"),
    ({"members": {"shared": '{"version":2,"secrets":{}}'}}, "members.shared: has another version than 1"),
    ({"members": {"shared": SHARED}, "api": {"username": "me"}}, "api.username: has no effect: members.shared has what the first Region's stack made"),
    (
        {"members": {"shared": SHARED}, "credentials": {"cluster_secret_version": 2}},
        "credentials.cluster_secret_version: has no effect: members.shared has what the first Region's stack made or was given. Leave it out.",
    ),
    ({"pinning": {"replicas_per_region": 0}, "gateway": {"open": True}}, "pinning.replicas_per_region: 0 is too low; use 1 or more."),
    ({"pinning": {"replicas_per_region": 4}, "gateway": {"open": True}}, "pinning.replicas_per_region: 4 is above the number of nodes of this Region"),
    (
        {"pinning": {"replicas_per_region": 1, "replication_max": 2}, "gateway": {"open": True}},
        "pinning.replication_max: has no effect: pinning.replicas_per_region says how many nodes hold a pin. Leave it out.",
    ),
    ({"pinning": {"replicas_per_region": 1}}, "gateway.open: false with pinning.replicas_per_region 1 in the public swarm would answer 404"),
    (
        {"pinning": {"replicas_per_region": 1}, "gateway": {"open": True}, "backup": {"nodes": "one"}},
        "backup.nodes: one node does not hold all pins with pinning.replicas_per_region 1; use all, or none.",
    ),
    (
        {**others(us_east_1=text(replicas_per_region=3)), "pinning": {"replicas_per_region": 3}, "gateway": {"open": True}},
        "members.others['us-east-1']: is to hold 3 copies of each pin and has 2 node(s)",
    ),
]


@pytest.mark.parametrize(("given", "start"), REFUSED, ids=[f"{number} {start.split(':')[0]}" for number, (_, start) in enumerate(REFUSED)])
def test_what_is_refused(given: dict[str, Any], start: str) -> None:
    (problem,) = problems(given)
    assert problem.startswith(start)
    assert problem.endswith(".")


def test_all_problems_at_once() -> None:
    given = others(us_east_1=text(swarm_mode="private", ranges=["10.94.0.0/16"]), ap_northeast_1=text("ap-northeast-1", ranges=["10.94.0.0/16"]))
    found = [problem.partition(";")[0] for problem in problems(given)]
    overlap = "its VPC's range 10.94.0.0/16 overlaps with 10.94.0.0/16 of"
    assert found == [
        f"members.others['ap-northeast-1']: {overlap} eu-west-1, and no route can tell them apart",
        f"members.others['us-east-1']: {overlap} eu-west-1, and no route can tell them apart",
        "members.others['us-east-1']: its swarm is private, and that of eu-west-1 is public",
        f"members.others['us-east-1']: {overlap} ap-northeast-1, and no route can tell them apart",
        "members.others['us-east-1']: its swarm is private, and that of ap-northeast-1 is public",
    ]


def test_replication_counts_the_nodes_of_all_regions() -> None:
    given = {"pinning": {"replication_min": 2, "replication_max": 4}, "gateway": {"open": True}}
    assert "is above the number of nodes" in problems(given)[0]
    assert resolve({**given, **others(us_east_1=text())}).pinning.factors(2) == (2, 4)
    assert resolve({"pinning": {"replicas_per_region": 2}, "gateway": {"open": True}}).pinning.factors(3) == (2, 6)


def test_the_shared_secrets_stay_secret() -> None:
    key, value = "ipfs-cluster:members", json.dumps({"shared": SHARED})
    pulumi.runtime.set_all_config({key: value}, [key])
    assert dict(args_from_config(pulumi.Config("ipfs-cluster"))) == {"members": {"shared": SHARED}}
    for wrong in ("correct-horse-battery", 12345678, json.dumps({"version": 1, "secrets": {"a": {"b": "correct-horse-battery"}}})):
        assert not [problem for problem in problems({"members": {"shared": wrong}}) if str(wrong) in problem or "correct-horse" in problem]


# --- IpfsGlobal -------------------------------------------------------------------------------------------------------

OWN = Names("world", "world", "ipfs-cluster")


def refused(given: Mapping[str, Any], account: str = ACCOUNT) -> list[str]:
    with pytest.raises(InvalidInput) as found:
        world.resolve(OWN, cast("IpfsGlobalArgs", given), account)
    assert str(found.value).startswith("IpfsGlobal 'world': ")
    return found.value.problems


def test_two_members_are_taken() -> None:
    assert world.resolve(OWN, {"members": dict(TWO), "link": "none"}, ACCOUNT).link == "none"
    assert list(world.known(OWN, TWO, ACCOUNT, str)) == ["eu-west-1", "us-east-1"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, ["members: 0 Region(s) need no link; give the output `member` of two or more, by Region."]),
        ({"members": {"us-east-1": TWO["us-east-1"]}}, ["members: 1 Region(s) need no link; give the output `member` of two or more, by Region."]),
        ({"members": TWO, "link": "tgw"}, ["link: 'tgw' must be one of: peering, none."]),
        ({"members": TWO, "regions": []}, ["regions: there is no such input; IpfsGlobal takes members, link, edge, gateway, pinning_service, default_reg"]),
        ({"members": [1]}, ["members: [1] must be a map."]),
        ({"members": {**TWO, "us-east-1": ""}}, ["members['us-east-1']: has no value; deploy that Region's stack first, or leave the Region out."]),
        ({"members": {**TWO, "eu-west-2": TWO["us-east-1"]}}, ["members['eu-west-2']: is the member of us-east-1; give that of eu-west-2."]),
        ({"members": {**TWO, "us-west-9": "x"}}, ["members['us-west-9']: nodes cannot be in us-west-9", "members['us-west-9']: is not the output"]),
        ({"members": TWO, "tags": {"ipfs-cluster": "x"}}, ["tags['ipfs-cluster']: the program sets such tags itself"]),
    ],
)
def test_what_global_refuses(given: dict[str, Any], wanted: list[str]) -> None:
    found = [
        problem for problem in refused(given) if "peer ID" not in problem and "range 10.95.0.0/16 overlaps" not in problem and "names are in" not in problem
    ]
    assert len(found) == len(wanted)
    assert all(problem.startswith(start) for problem, start in zip(found, wanted, strict=True))


def test_global_refuses_what_does_not_fit_together() -> None:
    same = {"ranges": ["10.94.0.0/16"], "zone": "ipfs.dev.x.internal", "peers": made().peers}
    one = text("eu-west-1", **same, replicas_per_region=3)
    other = text("us-east-1", **same, swarm_mode="private", account="210987654321")
    found = refused({"members": {"eu-west-1": one, "us-east-1": other}})
    for part in ("overlaps with", "names are in", "swarm is private", "replicas per Region is none", "has the peer ID", "is to hold 3 copies"):
        assert len([problem for problem in found if part in problem]) == 1, part
    assert [problem for problem in found if "in account" in problem] == [
        "members['us-east-1']: is in account 210987654321, and eu-west-1 is in 123456789012; all Regions must be in one account.",
        "members['us-east-1']: is in account 210987654321, and this stack is deployed to 123456789012; deploy it with credentials of 210987654321.",
    ]
