"""What a load asks of each node, and where the design stops: `make size`, and the table of docs/sizing.md."""

import re

import pytest
from ipfs_cluster.daemons import collector, task
from ipfs_cluster.network.zones import _ONE_ZONE

from cost import sizing
from cost.__main__ import SIZING_DOCS, documented, main, sizes
from cost.prices import read_price_file
from cost.sizing import Load, Size


def test_the_page_has_what_is_computed_now() -> None:
    assert documented(SIZING_DOCS.read_text(), sizes()) == SIZING_DOCS.read_text(), "regenerate it with: make cost STACK=docs"


def test_a_load_by_hand() -> None:
    """Half of the nodes hold each pin, and each node half a million pins of 5 TiB in blocks of 1 MiB."""
    needed = sizing.size(Load(pins=1_000_000, tib=10, nodes=6, copies=3))
    assert (needed.pins, needed.gib, needed.blocks) == (500_000, 5 * 1024, 5 * 1024 * 1024)
    assert round(needed.listing_mib) == round(80 + 66 + 500_000 * (1130 + 350 + 150) / 2**20) == 923
    assert round(needed.filling_mib) == round(923.2 + 500_000 * 2400 / 2**20) == 2068
    assert round(needed.database_gib, 2) == round((1_000_000 * 1000 + 500_000 * 190) / 2**30, 2) == 1.02
    assert round(needed.list_gib, 2) == 0.36
    assert round(needed.add_hours, 2) == round(1_000_000 / 60 / 3600, 2) == 4.63


@pytest.mark.parametrize(
    ("load", "hours"),
    [
        (Load(pins=1_000_000, tib=0, nodes=15, copies=3), 1_000_000 * (2 * 0.0032 + 0.001) / 3600),  # the pinset's history
        (Load(pins=1_000_000, tib=0), 1_000_000 * 5 * 0.0032 / 3600),  # kubo's writes of the pins, one after another
        (Load(pins=1, tib=1, block_kib=256), 4 * 1024 * 1024 * 7 / 7000 / 3600),  # the file system's writes
        (Load(pins=1, tib=1, s3=True), 1024 * 1024 / 500 / 3600),  # the transfer
    ],
)
def test_what_bounds_a_new_node(load: Load, hours: float) -> None:
    assert sizing.size(load).fill_hours == pytest.approx(hours)


@pytest.mark.parametrize(
    ("pins", "wanted"),
    [(1, (512, 2048)), (150_000, (512, 2048)), (160_000, (512, 3072)), (1_000_000, (1024, 8192)), (20_000_000, (0, 0))],
)
def test_the_size_of_a_task_is_one_that_can_fetch_all_pins(pins: int, wanted: tuple[int, int]) -> None:
    needed = sizing.size(Load(pins=pins, tib=0))
    assert (needed.cpu, needed.memory) == wanted
    if needed.memory:
        assert task.memory(needed.memory - collector.MEMORY_MIB).cluster >= 66 + pins * 2400 / 2**20


def test_small_pins_are_a_block_each() -> None:
    assert sizing.size(Load(pins=1_000_000, tib=0.1)).blocks == 1_000_000


def test_no_more_copies_than_nodes() -> None:
    assert Load(pins=1, tib=1, nodes=3, copies=5).share == 1
    assert Load(pins=1, tib=1, nodes=3).share == 1
    assert Load(pins=1, tib=1, nodes=6, copies=2).share == pytest.approx(1 / 3)


def stopped(**given: float) -> set[str]:
    """What stops a load, by a word that only that sentence has."""
    load = Load(**{"pins": 10, "tib": 0.0, **given})  # type: ignore[arg-type]
    lines = list(sizing.stops(load, sizing.size(load)))
    found = {word for word in ("clusters", "Fargate", "keeper", "export", "restore", "S3") if any(word in line for line in lines)}
    assert len(found) == len(lines), lines
    return found


def test_where_the_design_stops() -> None:
    assert stopped() == set()
    assert stopped(nodes=15) == set()
    assert stopped(nodes=16) == {"clusters"}
    assert stopped(pins=12_000_000, nodes=15, copies=1) == set()
    assert stopped(pins=12_100_000, nodes=15, copies=1) == {"keeper"}
    assert stopped(pins=35_000_000, nodes=15, copies=1) == {"keeper"}
    assert stopped(pins=36_000_000, nodes=15, copies=1) == {"keeper", "restore"}
    assert stopped(pins=49_000_000, nodes=15, copies=1) == {"keeper", "restore"}
    assert stopped(pins=50_000_000, nodes=15, copies=1) == {"keeper", "restore", "export"}
    assert stopped(pins=18_000_000) == {"keeper", "restore"}
    assert stopped(pins=19_000_000) == {"keeper", "restore", "Fargate"}
    assert stopped(tib=5) == set()
    assert stopped(tib=6) == {"S3"}
    assert stopped(tib=6, s3=1) == set()


def test_no_region_has_more_zones() -> None:
    assert max(map(len, _ONE_ZONE.values())) == sizing.MOST_ZONES


def test_what_the_nodes_cost() -> None:
    """Three nodes of 0.5 vCPU and 2 GiB for a month of 730 hours, and a million files of 6 KiB each on EFS."""
    prices, _ = read_price_file()
    needed = Size(pins=1, blocks=2**20, gib=0, database_gib=2, listing_mib=0, filling_mib=0, cpu=512, memory=2048, add_hours=0, fill_hours=0, list_gib=0)
    lines = sizing.bill(Load(pins=1, tib=0, block_kib=1), needed)
    assert prices.usd(lines) == [pytest.approx(3 * usd) for usd in (730 * 0.5 * 0.03238, 730 * 2 * 0.00356, 8 * 0.16)]
    in_s3 = sizing.bill(Load(pins=1, tib=0, s3=True), needed)
    assert [(line.part, line.quantity) for line in in_s3[2:]] == [("EFS", 6), ("S3", 0)]


def test_what_it_costs_to_write_it_once() -> None:
    """A TiB on each of three nodes in blocks of 1 MiB, and a million pins: seven synchronous writes of 32 KiB each on every node."""
    prices, _ = read_price_file()
    pins_gib = 1_000_000 * 7 * 32 / 2**20
    for load, usd in (
        (Load(pins=1_000_000, tib=1), 3 * (1024 * (1024 + 24) / 1024 + pins_gib) * 0.06),
        (Load(pins=1_000_000, tib=1, s3=True), 3 * (pins_gib * 0.06 + 1024 * 1024 / 1000 * 0.005)),
    ):
        assert sum(prices.usd(sizing.filling(load, sizing.size(load)))) == pytest.approx(usd)


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["size", "pins=1e6", "tib=10", "nodes=20", "copies=3", "s3=1"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "1,000,000 pins, 10 TiB in blocks of 1024 KiB, on 20 nodes, 3 copies. Each node:"
    assert said[1] == "  holds 150,000 pins, 1,536 GiB in 1,572,864 objects in S3, and databases of 1.0 GiB on EFS"
    assert said[2].endswith("nodes.cpu 512, nodes.memory 2048")
    assert said[-1].startswith("! 20 nodes are too many for one cluster")


@pytest.mark.parametrize("words", [[], ["pins=1"], ["pins=x", "tib=1"], ["pins=1", "tib=1", "shoes=2"], ["pins=0", "tib=1"], ["pins=1", "tib=-1"]])
def test_a_load_that_is_none(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["size", *words]) == 2
    assert capsys.readouterr().err == "error: give pins=number tib=number, and others of pins, tib, nodes, copies, block_kib, s3, as name=number\n"


def test_the_documented_sizes_are_those_that_are_computed() -> None:
    page = (SIZING_DOCS.parent / "configuration.md").read_text()
    rows = re.findall(r"^\| up to ([\d,]+) \| \d+ / (\d+)", page, re.MULTILINE)
    assert len(rows) == 5
    assert [sizing.size(Load(pins=int(pins.replace(",", "")), tib=0)).memory for pins, _ in rows] == [int(memory) for _, memory in rows]
