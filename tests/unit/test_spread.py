"""Which pins miss a Region, what brings them there, and the commands that say and do so."""

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from click.testing import CliRunner, Result
from ipfs_cluster import check
from ipfs_cluster.check import CheckFailedError
from ipfs_cluster_cli import spread_command, status_command, web
from ipfs_cluster_cli.commands import commands
from ipfs_cluster_cli.pins import Pin
from ipfs_cluster_cli.spread import Spread

from tests.helpers import rest_api
from tests.helpers.rest_api import NODES, Cluster

REGIONS = {"eu-west-1": {"a1": "A1", "a2": "A2", "a3": "A3"}, "us-east-1": {"b1": "B1", "b2": "B2"}}
A, B, C = NODES.values()
OUTPUTS = {
    "regions": {"eu-west-1 ipfs-node-a": A, "eu-west-1 ipfs-node-b": B, "us-east-1 ipfs-node-c": C},
    "member": json.dumps({"replicasPerRegion": 1}),
}
MEANT = {
    "name": "a name",
    "metadata": {"key": "väl=ue"},
    "expire_at": "2099-01-02T03:04:05Z",
    "mode": "direct",
    "origins": ["/dns4/example.com/tcp/4001/p2p/12D3"],
}


def of(copies: int, least: int, most: int, *allocations: str) -> dict[str, int]:
    return Spread(copies, REGIONS).lacking(Pin("c", replication=(least, most), allocations=allocations))


@pytest.mark.parametrize(
    ("lacking", "copies", "least", "most", "allocations"),
    [
        ({"us-east-1": 1}, 1, 1, 2, "A1 A2"),
        ({"eu-west-1": 1}, 1, 1, 2, "B1"),
        ({"eu-west-1": 1, "us-east-1": 1}, 1, 1, 2, "gone"),
        ({}, 1, 1, 2, "A1 B2"),
        ({"us-east-1": 1}, 2, 2, 4, "A1 A2 A3 B1"),
        ({"us-east-1": 2}, 2, 2, 3, "A1 A2"),  # the default with fewer Regions
        ({"us-east-1": 2}, 3, 3, 6, "A1 A2 A3"),  # no more than there are nodes
        ({}, 2, 2, 2, "A1 A2"),  # asked for with two copies
        ({"us-east-1": 2}, 2, 3, 5, "A1 A2 A3"),
        ({}, 1, -1, -1, ""),
        ({}, 0, 1, 2, "A1 A2"),
    ],
)
def test_what_a_pin_lacks(lacking: Mapping[str, int], copies: int, least: int, most: int, allocations: str) -> None:
    assert of(copies, least, most, *allocations.split()) == lacking


def test_what_is_asked_for_keeps_all_that_a_pin_has() -> None:
    spread = Spread(1, REGIONS)
    given = {"cid": "c", "replication_factor_min": 1, "replication_factor_max": 2, "allocations": ["A1", "A2"], **MEANT}
    before = Pin.read(given)
    kept = {
        "name": "a name",
        "meta-key": "väl=ue",
        "expire-at": "2099-01-02T03:04:05Z",
        "mode": "direct",
        "origins": "/dns4/example.com/tcp/4001/p2p/12D3",
    }
    assert spread.more(before).query() == {**kept, "replication-min": "3", "replication-max": "3", "user-allocations": "B1,B2"}
    raised = Pin.read({**given, "replication_factor_min": 3, "replication_factor_max": 3, "allocations": ["A1", "A2", "B2"]})
    assert spread.settled(raised, before).query() == {**kept, "replication-min": "1", "replication-max": "3"}


def test_of_one_region_nothing_is_asked() -> None:
    assert Spread.of({"regions": {}}, {"replicasPerRegion": 2}) == Spread()


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster with two nodes in a Region and one in another, that allocates as ipfs-cluster does."""
    monkeypatch.setattr(web.Patience, "seconds", lambda self, attempt, asked=0.0: 0.0)
    monkeypatch.setattr(spread_command, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(status_command, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(status_command, "_now", iter(range(1000)).__next__)
    for name in list(os.environ):
        if "CLUSTER" in name or "GATEWAY" in name:
            monkeypatch.delenv(name)

    def allocated(before: Mapping[str, Any], query: Mapping[str, str]) -> list[str]:
        current = list(before["allocations"])
        missing = int(query["replication-min"]) - len(current)
        return current + query.get("user-allocations", "").split(",")[: max(missing, 0)]

    with rest_api.cluster() as made:
        made.allocated = allocated
        yield made


def pinned(made: Cluster, cid: str, allocations: Sequence[str], **more: Any) -> None:
    made.pins[cid] = {**rest_api.pin(cid, {"replication-min": "1", "replication-max": "2"}), "allocations": list(allocations), **more}


def run(made: Cluster, *words: str, **outputs: Any) -> Result:
    return CliRunner().invoke(commands, [*words, "--outputs", "-"], input=json.dumps(made.outputs(**{**OUTPUTS, **outputs})))


def test_pins_are_spread_by_hand(cluster: Cluster) -> None:
    pinned(cluster, "bafk1", [A, B], **{**MEANT, "mode": ""})
    pinned(cluster, "bafk2", [A, C])
    pinned(cluster, "bafk3", [C])
    done = run(cluster, "pins", "spread")
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        [
            "  bafk1 (a name): 1 too few in us-east-1",
            "  bafk3: 1 too few in eu-west-1",
            "2 pins get their copies; `ipfs-cluster status --watch` shows how far the nodes are.",
        ],
    )
    assert done.stderr == "2 of 2 pins done\n"
    assert cluster.pins["bafk1"]["allocations"] == [A, B, C]
    assert {key: cluster.pins["bafk1"][key] for key in ("name", "metadata", "expire_at", "origins")} == {
        key: MEANT[key] for key in ("name", "metadata", "expire_at", "origins")
    }
    numbers = [(pin["replication_factor_min"], pin["replication_factor_max"]) for pin in cluster.pins.values()]
    assert numbers == [(1, 3), (1, 2), (1, 2)]
    assert not [request for request in cluster.asked if request.method == "POST" and "bafk2" in request.path]
    assert run(cluster, "pins", "spread").stdout == "Every pin is in each Region.\n"


def test_a_dry_run_changes_nothing(cluster: Cluster) -> None:
    pinned(cluster, "bafk1", [A, B])
    done = run(cluster, "pins", "spread", "--dry-run")
    assert (done.exit_code, done.stderr) == (3, "error: Pins miss a Region.\n")
    assert done.stdout == "  bafk1: 1 too few in us-east-1\n1 pin misses a Region.\n"
    assert {request.method for request in cluster.asked} == {"GET"}


def test_while_a_node_is_away_nothing_is_changed(cluster: Cluster) -> None:
    pinned(cluster, "bafk1", [A, B])
    cluster.shown = lambda items: [item for item in items if item.get("id") != C]
    done = run(cluster, "pins", "spread")
    assert done.exit_code == 1
    assert done.stderr == "error: Nothing was changed, as not all nodes answer: ipfs-node-c. Run the command again when they do.\n"
    assert {request.method for request in cluster.asked} == {"GET"}


def test_what_is_unpinned_meanwhile_stays_so(cluster: Cluster) -> None:
    pinned(cluster, "bafk1", [A, B])
    cluster.faults.append(("GET /allocations/bafk1", rest_api.status(404, '{"code": 404, "message": "not found"}')))
    done = run(cluster, "pins", "spread")
    assert done.exit_code == 1
    assert "The others were unpinned or changed meanwhile" in done.stderr
    assert {request.method for request in cluster.asked} == {"GET"}


def test_a_cluster_that_asks_for_no_copies_in_each_region(cluster: Cluster) -> None:
    without: list[dict[str, Any]] = [{"regions": {}}, {"member": json.dumps({"replicasPerRegion": None})}]
    for outputs in without:
        done = run(cluster, "pins", "spread", **outputs)
        assert (done.exit_code, done.stdout) == (2, "")
        assert "pinning.replicas_per_region is not set, or it is in one Region" in done.stderr


def test_the_status_names_them(cluster: Cluster) -> None:
    pinned(cluster, "bafk1", [A, B])
    done = run(cluster, "status")
    assert done.exit_code == 3
    assert done.stdout.splitlines()[0] == "1 pin"
    assert "error: 1 pin misses a Region, such as bafk1: 1 too few in us-east-1. While all nodes are well" in done.stderr
    assert json.loads(run(cluster, "status", "--json").stdout)["one_sided"] == ["bafk1: 1 too few in us-east-1"]
    pinned(cluster, "bafk1", [A, C])
    assert run(cluster, "status").exit_code == 0


def test_the_check_names_them(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_add", lambda api, content, cid: None)
    monkeypatch.setattr(check, "_pinned", lambda api, cid, nodes: "")
    monkeypatch.setattr(secrets, "token_bytes", lambda size: b"x" * size)
    real = check.Service.request

    def request(self: Any, method: str, path: str, *rest: Any) -> bytes:
        if path.startswith("ipfs/"):  # the gateway has what was added
            return b"x" * 256 * 1024
        return b"{}" if method == "DELETE" else real(self, method, path, *rest)

    monkeypatch.setattr(check.Service, "request", request)
    pinned(cluster, "bafk1", [A, C])
    said: list[str] = []
    check.check(cluster.outputs(**OUTPUTS), said.append)
    assert "3 of 3 see each other" in said[0]
    assert "1 of 1 are in each of 2 Regions" in said[-1]
    pinned(cluster, "bafk2", [A, B])
    with pytest.raises(CheckFailedError, match=r"^1 pin misses a Region, such as bafk2: 1 too few in us-east-1"):
        check.check(cluster.outputs(**OUTPUTS), said.append)
