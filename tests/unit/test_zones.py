import pytest
from ipfs_cluster.network import zones
from ipfs_cluster.network.network import public_cidr
from ipfs_cluster.network.zones import NodePlacement, Zone


def test_nodes_go_round_the_zones() -> None:
    assert [place.node for place in zones.place(5, ["a", "b", "c"])] == ["a", "b", "c", "a-2", "b-2"]


@pytest.mark.parametrize("count", range(1, 9))
def test_one_node_more_moves_no_other(count: int) -> None:
    names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert zones.place(count + 1, names)[:count] == zones.place(count, names)


def test_a_place_names_its_node() -> None:
    assert NodePlacement("eu-west-1a", 1).node == "eu-west-1a"
    assert NodePlacement("eu-west-1a", 3).node == "eu-west-1a-3"


@pytest.mark.parametrize(
    ("region", "ids", "fitting"),
    [
        ("us-east-1", ["use1-az1", "use1-az3", "use1-az6"], ["use1-az1", "use1-az6"]),
        ("us-west-1", ["usw1-az1", "usw1-az2", "usw1-az3"], ["usw1-az1", "usw1-az3"]),
        ("eu-west-1", ["euw1-az3", "euw1-az2", "euw1-az1"], ["euw1-az3", "euw1-az2", "euw1-az1"]),
        ("ap-northeast-1", ["apne1-az1", "apne1-az2", "apne1-az4"], ["apne1-az1", "apne1-az4"]),
        ("us-west-2", ["usw2-lax1-az1"], []),
        ("il-central-1", ["ilc1-az1"], []),
    ],
)
def test_zones_that_can_hold_a_node(region: str, ids: list[str], fitting: list[str]) -> None:
    found = zones.suitable(region, [Zone(f"zone-{index}", id_) for index, id_ in enumerate(ids)], "one-zone")
    assert [zone.id for zone in found] == fitting


@pytest.mark.parametrize(
    ("region", "ids", "fitting"),
    [
        ("il-central-1", ["ilc1-az1", "ilc1-az2", "ilc1-az3"], ["ilc1-az1", "ilc1-az2", "ilc1-az3"]),
        ("il-central-1", ["ilc1-tlv1-az1"], []),
        # The zones of a Region with One Zone are the same for both kinds, so that no node of a stack that is there moves.
        ("eu-west-2", ["euw2-az1", "euw2-az2", "euw2-az3"], ["euw2-az1", "euw2-az2"]),
        ("us-gov-west-1", ["usgw1-az1"], []),
    ],
)
def test_zones_that_can_hold_a_node_on_a_regional_file_system(region: str, ids: list[str], fitting: list[str]) -> None:
    found = zones.suitable(region, [Zone(id_, id_) for id_ in ids], "regional")
    assert [zone.id for zone in found] == fitting


def test_zones_are_taken_by_name() -> None:
    found = zones.suitable("eu-west-1", [Zone("eu-west-1c", "euw1-az1"), Zone("eu-west-1a", "euw1-az3")], "one-zone")
    assert [zone.name for zone in found] == ["eu-west-1a", "eu-west-1c"]


@pytest.mark.parametrize(
    ("cidr", "zone", "subnet"),
    [
        ("10.94.0.0/16", "eu-west-1a", "10.94.0.0/21"),
        ("10.94.0.0/16", "eu-west-1c", "10.94.16.0/21"),
        ("10.94.0.0/16", "us-east-1f", "10.94.40.0/21"),
        ("192.168.4.0/22", "eu-west-1b", "192.168.4.32/27"),
    ],
)
def test_a_subnet_follows_from_its_zone_alone(cidr: str, zone: str, subnet: str) -> None:
    assert public_cidr(cidr, zone) == subnet
