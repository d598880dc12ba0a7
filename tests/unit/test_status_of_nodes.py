"""`ipfs-cluster status` without a CID: what each node has of all pins, against a stand-in for the REST API."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from ipfs_cluster_cli import status_command, web
from ipfs_cluster_cli.commands import commands

from tests.helpers import rest_api
from tests.helpers.rest_api import NODES, Cluster

A, B, C = NODES.values()


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster with four pins; ten seconds go by between two looks."""
    monkeypatch.setattr(web.Patience, "seconds", lambda self, attempt, asked=0.0: 0.0)
    monkeypatch.setattr(status_command, "PAUSE_SECONDS", 0.0)
    moments = iter(range(0, 1000, 10))
    monkeypatch.setattr(status_command, "_now", lambda: float(next(moments)))
    for name in list(os.environ):
        if "CLUSTER" in name or "GATEWAY" in name:
            monkeypatch.delenv(name)
    with rest_api.cluster() as made:
        for number in range(4):
            made.pins[f"bafk{number}"] = rest_api.pin(f"bafk{number}", {})
        yield made


def run(cluster: Cluster, *words: str) -> Result:
    return CliRunner().invoke(commands, ["status", *words, "--outputs", "-"], input=json.dumps(cluster.outputs()))


def catching_up(cluster: Cluster, *looks: str) -> None:
    """In each look, and from then on as in the last one, what the node c says of each pin: a letter each, . for one that it does not know."""
    words = {"p": "pinned", "q": "pin_queued", "f": "pinning", "e": "pin_error", "u": "unexpectedly_unpinned", "r": "remote"}
    left = list(looks)

    def shown(items: list[Any]) -> list[Any]:
        if items and "peer_map" in items[0]:
            states = left.pop(0) if len(left) > 1 else left[0]
            for item, letter in zip(items, states, strict=True):
                if letter == ".":
                    del item["peer_map"][C]
                else:
                    item["peer_map"][C]["status"] = words[letter]
        return items

    cluster.shown = shown


def test_all_nodes_have_all(cluster: Cluster) -> None:
    done = run(cluster)
    assert (done.exit_code, done.stdout.splitlines()) == (0, ["4 pins", *(f"  ✓ {node} has all 4" for node in NODES)])
    assert [request.path for request in cluster.asked] == ["/allocations", "/peers", "/pins"]


def test_a_node_that_catches_up(cluster: Cluster) -> None:
    catching_up(cluster, "q...", "pqf.")
    done = run(cluster)
    assert done.exit_code == 3
    assert done.stdout.splitlines()[3] == "  … ipfs-node-c has 1 of 4 pins (25 percent): 2 on the way, 1 not known to it yet; 0.1 a second, 30 s left"
    assert done.stderr == "error: Not all nodes have what they should.\n"


def test_a_node_that_does_not_get_on(cluster: Cluster) -> None:
    catching_up(cluster, "ppeu")
    done = run(cluster)
    said = "  … ipfs-node-c has 2 of 4 pins (50 percent): 1 on the way, 1 failed, which it tries again; none came since the last look"
    assert (done.exit_code, done.stdout.splitlines()[3]) == (3, said)


def test_watched_until_it_has_all(cluster: Cluster) -> None:
    catching_up(cluster, "....", "pp.q", "pppp")
    done = run(cluster, "--watch")
    assert done.exit_code == 0
    assert [line for line in done.stdout.splitlines() if "node-c" in line] == [
        "  … ipfs-node-c has 0 of 4 pins (0 percent): 4 not known to it yet",
        "  … ipfs-node-c has 2 of 4 pins (50 percent): 1 on the way, 1 not known to it yet; 0.2 a second, 10 s left",
        "  ✓ ipfs-node-c has all 4",
    ]


def test_as_json(cluster: Cluster) -> None:
    catching_up(cluster, "qqq.", "ppfe")
    done = run(cluster, "--json")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["pins"], said["complete"]) == (3, 4, False)
    assert said["nodes"][0] == {"node": "ipfs-node-a", "wanted": 4, "held": 4, "coming": 0, "unknown": 0, "failed": 0, "per_second": 0.0}
    lacking = {"wanted": 4, "held": 2, "coming": 1, "unknown": 0, "failed": 1, "per_second": 0.2, "seconds_left": 10}
    assert said["nodes"][2] == {"node": "ipfs-node-c", **lacking}


def test_pins_that_a_node_need_not_have(cluster: Cluster) -> None:
    cluster.pins["bafk0"]["allocations"] = [A, B]
    catching_up(cluster, "rppp")
    done = run(cluster)
    assert (done.exit_code, done.stdout.splitlines()[3]) == (0, "  ✓ ipfs-node-c has all 3")


def test_a_node_that_does_not_answer(cluster: Cluster) -> None:
    cluster.always.append(("GET /peers", rest_api.status(200, json.dumps({"id": A}) + "\n" + json.dumps({"id": B, "error": "dial backoff"}) + "\n")))
    done = run(cluster)
    assert (done.exit_code, done.stdout.splitlines()[1:]) == (
        3,
        ["  ✓ ipfs-node-a has all 4", "  … ipfs-node-b does not answer: dial backoff", "  … ipfs-node-c does not answer: the others do not see it"],
    )


def test_of_too_many_pins_the_queues_are_shown(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_command, "MOST_STATES", 12)
    assert run(cluster).exit_code == 0
    cluster.asked.clear()
    monkeypatch.setattr(status_command, "MOST_STATES", 11)
    queues = [{"peer": A, "value": "0", "valid": True}, {"peer": B, "value": "38970", "valid": True}, {"peer": C, "value": "7", "valid": False}]
    cluster.always.append(("GET /monitor/metrics/pinqueue", rest_api.status(200, json.dumps(queues))))
    done = run(cluster)
    assert (done.exit_code, [request.path for request in cluster.asked]) == (2, ["/allocations", "/monitor/metrics/pinqueue"])
    assert done.stdout.splitlines() == [
        "  ipfs-node-a has 0 pins in its queue",
        "  ipfs-node-b has 38,970 pins in its queue",
        "  ipfs-node-c says nothing of its queue",
    ]
    assert done.stderr.startswith("error: There are more than 3 pins, too many to ask the nodes for all of them at once, so only what waits")


def test_watching_is_for_all_pins(cluster: Cluster) -> None:
    done = run(cluster, "bafk0", "--watch")
    assert (done.exit_code, done.stderr) == (2, "error: --watch is for all pins: leave out either the CID or --watch.\n")
