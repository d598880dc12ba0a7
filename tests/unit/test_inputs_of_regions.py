"""The inputs of IpfsGlobalCluster: what each Region's cluster gets of them, and what is refused."""

from typing import Any, cast

import pulumi
import pytest
from ipfs_cluster import InvalidInput, IpfsGlobalClusterArgs, RegionSettings
from ipfs_cluster.inputs import regions
from ipfs_cluster.inputs.problems import Key, path
from ipfs_cluster.inputs.resolve import IpfsClusterArgs
from ipfs_cluster.naming import Names

NAMES = Names("ipfs", "prod", "pins")
SHARED = pulumi.Output.from_input("shared")


def resolve(**args: Any) -> regions.ResolvedRegions:
    return regions.resolve(NAMES, cast("IpfsGlobalClusterArgs", args))


def refused(**args: Any) -> list[str]:
    with pytest.raises(InvalidInput) as error:
        resolve(**args)
    assert str(error.value).startswith(f"IpfsGlobalCluster 'ipfs': {len(error.value.problems)} problem(s)")
    return error.value.problems


def test_a_region_takes_all_that_a_cluster_does_but_for_whom_it_belongs_to() -> None:
    of_a_cluster = {name: type_ for name, type_ in IpfsClusterArgs.__annotations__.items() if name not in ("members", "follow")}
    assert {name: type_ for name, type_ in RegionSettings.__annotations__.items() if name != "role"} == of_a_cluster


def test_a_regions_own_inputs_go_before_those_for_all() -> None:
    given = resolve(
        all_regions={"nodes": {"count": 2, "memory": 4096}, "tags": {"team": "storage", "place": "anywhere"}},
        regions={"us-east-1": {"nodes": {"count": 3}, "tags": {"place": "america"}}, "eu-west-1": {}},
        tags={"cost": "7", "team": "none"},
    )
    assert list(given.regions) == ["eu-west-1", "us-east-1"], "whatever the order that they were given in"
    assert given.settings("us-east-1") == {"nodes": {"count": 3, "memory": 4096}, "tags": {"cost": "7", "team": "storage", "place": "america"}}
    assert given.settings("eu-west-1") == {"nodes": {"count": 2, "memory": 4096}, "tags": {"cost": "7", "team": "storage", "place": "anywhere"}}
    assert given.name("ipfs", "us-east-1") == "ipfs-use1"


def test_what_the_regions_have_in_common_is_left_out_of_each() -> None:
    given = resolve(
        all_regions={"api": {"username": "me", "pinning_service": True, "users": ["ci"]}, "credentials": {"cluster_secret_version": 2, "kms_key_arn": "key"}},
        regions={"us-east-1": {}, "eu-west-1": {}},
    )
    others = {"us-east-1": SHARED}
    assert given.cluster("eu-west-1", others) == {**given.all_regions, "members": {"others": others}}
    assert given.cluster("eu-west-1", others, SHARED) == {
        "api": {"pinning_service": True, "users": ["ci"]},
        "credentials": {"kms_key_arn": "key"},
        "members": {"others": others, "shared": SHARED},
    }


def test_with_one_edge_for_all_the_regions_are_behind_it() -> None:
    edge = {"domain": "ipfs.example.com", "zone_id": "Z1", "price_class": "PriceClass_100"}
    two: dict[str, Any] = {"us-east-1": {}, "eu-west-1": {}}
    given = resolve(all_regions={"api": {"pinning_service": True}}, edge=edge, gateway={"authentication": "basic"}, regions=two, tags={"a": "b"})
    assert given.settings("us-east-1")["edge"] == {"mode": "origin"}
    assert given.world({"us-east-1": "member"}) == {
        "members": {"us-east-1": "member"},
        "link": "peering",
        "tags": {"a": "b"},
        "edge": edge,
        "gateway": {"authentication": "basic"},
        "pinning_service": True,
    }
    sites = resolve(edge={**edge, "websites": ["www.example.com"]}, regions={"us-east-1": {}, "eu-west-1": {}})
    assert sites.settings("us-east-1")["edge"] == {"mode": "origin", "domain": "ipfs.example.com", "zone_id": "Z1", "websites": ["www.example.com"]}


def test_a_reader_has_no_pinning_of_its_own() -> None:
    given = resolve(all_regions={"pinning": {"batch_milliseconds": 500}}, regions={"us-east-1": {"role": "reader"}, "eu-west-1": {}})
    assert given.cluster("us-east-1", {}, SHARED).get("members") == {"others": {}, "shared": SHARED, "role": "reader"}
    assert given.settings("us-east-1") == {}
    assert given.settings("eu-west-1") == {"pinning": {"batch_milliseconds": 500}}


@pytest.mark.parametrize(
    ("problem", "where"),
    [
        (("name",), ("name",)),
        (("aws:region",), path("regions", Key("eu-west-1"))),
        (path("nodes.count"), path("regions", Key("eu-west-1"), "nodes.count")),
        (path("nodes.memory"), path("all_regions.nodes.memory")),
        (path("network.cidr"), path("regions", Key("eu-west-1"), "network.cidr")),
        (path("tags", Key("aws:x")), path("tags", Key("aws:x"))),
    ],
)
def test_a_problem_of_a_region_is_told_where_its_input_was_given(problem: Any, where: Any) -> None:
    given = resolve(all_regions={"nodes": {"count": 2, "memory": 1}}, regions={"eu-west-1": {"nodes": {"count": 3}}})
    given = regions.ResolvedRegions(regions=given.regions, all_regions=given.all_regions, tags={"aws:x": "1"})
    assert given.where("eu-west-1", problem) == where


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "regions: there is no Region; give one or more, each with its own inputs"),
    ({"regions": {}}, "regions: there is no Region"),
    ({"regions": {"eu-west-9": {}}}, "regions['eu-west-9']: nodes cannot be in eu-west-9, which lacks EFS"),
    ({"regions": {"eu-west-1": {"members": {}}}}, "regions['eu-west-1'].members: there is no such input; regions['eu-west-1'] takes role, network"),
    ({"regions": {"eu-west-1": {"nodes": {"count": "3"}}}}, "regions['eu-west-1'].nodes.count: '3' must be a whole number."),
    ({"regions": {"eu-west-1": {"api": {"username": "x"}}}}, "regions['eu-west-1'].api: is the same in all Regions; give it in all_regions."),
    (
        {"regions": {"eu-west-1": {"credentials": {"cluster_secret_version": 2}}}},
        "regions['eu-west-1'].credentials.cluster_secret_version: is the same in all Regions; give it in all_regions.",
    ),
    ({"regions": {"eu-west-1": {}}, "all_regions": {"nodes": 3}}, "all_regions.nodes: 3 must be a mapping; it takes"),
    ({"regions": {"eu-west-1": {"role": "both"}}}, "regions['eu-west-1'].role: 'both' must be one of: writer, reader."),
    ({"regions": {"eu-west-1": {}}, "all_regions": {"role": "reader"}}, "all_regions.role: is each Region's own; give it in regions."),
    ({"regions": {"eu-west-1": {}}, "edge": {}}, "edge: is for two Regions or more; with one, give all_regions.edge and all_regions.gateway."),
    ({"regions": {"eu-west-1": {}}, "link": "vpn"}, "link: 'vpn' must be one of: peering, none."),
    ({"regions": {"eu-west-1": {}}, "tags": {"aws:x": "1"}}, "tags['aws:x']: AWS does not take such a key"),
    ({"regions": {"eu-west-1": {}}, "region": {}}, "region: there is no such input; IpfsGlobalCluster takes regions, all_regions, link, edge"),
]


@pytest.mark.parametrize(("args", "text"), REFUSED, ids=range(len(REFUSED)))
def test_refused(args: dict[str, Any], text: str) -> None:
    found = refused(**args)
    assert len(found) == 1
    assert found[0].replace("\ue000", "").replace("\ue001", "").startswith(text)


def test_all_problems_at_once() -> None:
    assert len(refused(regions={"eu-west-9": {"api": {}}}, link="vpn", tags={"aws:x": "1"})) == 4
