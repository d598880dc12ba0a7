"""The keeper beside ipfs-cluster's daemon, look by look, with stand-ins for what it asks."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster.daemons import scripts
from ipfs_cluster.spelling import as_in_python

from tests.helpers.stepping import DATE, SLEEP
from tests.helpers.waiting import until

PEERS = {"a": "12D3A", "b": "12D3B", "c": "12D3C"}
OWN = "a"
NOW = 180_000
"""The minute of node a, in seconds."""
# ipfs-cluster-ctl: a host's pins are in the file of its name. A host without one does not answer.
CTL = r"""#!/bin/sh
case "$*" in
"--force-http --enc json pin ls") cat "$WORLD/own" ;;
"--force-http --enc json --host /dns4/"*".example/tcp/9094 pin ls") host=${5#/dns4/}; cat "$WORLD/${host%%.*}" ;;
"--force-http --enc json peers ls") cat "$WORLD/peers" ;;
"--force-http --enc json id") echo '{"error": ""}' ;;
"--force-http --enc json --host /dns4/"*".example/tcp/9094 id") host=${5#/dns4/}; cat "$WORLD/id-of-${host%%.*}" ;;
*) echo "not known: $*" >&2; exit 1 ;;
esac
"""
WGET = r"""#!/bin/sh
case "$*" in
"-q -O - --post-data  http://127.0.0.1:5001/api/v0/pin/ls?type=recursive&stream=true") cat "$WORLD/kubo" ;;
"-q -O - --post-data  http://127.0.0.1:5001/api/v0/pin/ls?type=direct&stream=true") ;;
"-q -O /dev/null --post-data  http://127.0.0.1:5001/api/v0/pin/add?arg=/ipfs/bafkqabtlmvsxazls&recursive=false") [ ! -e "$WORLD/full" ] ;;
"-q -O /dev/null --post-data  http://127.0.0.1:5001/api/v0/pin/rm?arg=/ipfs/bafkqabtlmvsxazls&recursive=false") ;;
"-q -O /dev/null --post-data  http://127.0.0.1:5001/api/v0/shutdown") echo shutdown >> "$WORLD/shutdowns" ;;
*) echo "not known: $*" >&2; exit 1 ;;
esac
"""


def pin(cid: str, when: str = "2026-01-01T00:00:00Z", nodes: Sequence[str] = (), kind: str = "pin") -> dict[str, Any]:
    """A pin as ipfs-cluster-ctl prints it, with a name and metadata that look like other lines."""
    return {
        "replication_factor_min": -1,
        "name": 'x\n}\n    "cid": "no"',
        "user_allocations": ["12D3A"],
        "metadata": {"cid": "no", "timestamp": "no"},
        "origins": [],
        "cid": cid,
        "type": kind,
        "allocations": [PEERS[node] for node in nodes],
        "timestamp": when,
    }


class Keeper:
    def __init__(self, folder: Path, peers: Mapping[str, str], compared: Sequence[str] = ()) -> None:
        self.folder, self.peers = folder, peers
        for name, text in {"ipfs-cluster-ctl": CTL, "wget": WGET, "sleep": SLEEP, "date": DATE}.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        self.script = scripts.keeper(as_in_python, compared)
        # By their paths, because a busybox may prefer its own.
        for name in ("ipfs-cluster-ctl --", "wget ", "sleep ", "date "):
            assert name in self.script
            self.script = self.script.replace(name, f"{folder}/{name}")
        self.seconds(NOW)
        for node in peers:
            self.pins(node, [])
        self.kubo()
        self.all_well()
        self.looks = 0

    def pins(self, node: str, pins: Sequence[str | dict[str, Any]]) -> None:
        """What a node's pinset is."""
        whole = [pin(item) if isinstance(item, str) else item for item in pins]
        text = "\n".join(json.dumps(item, indent=4) for item in whole)
        (self.folder / ("own" if node == OWN else node)).write_text(text + "\n")

    def kubo(self, *cids: str) -> None:
        """What kubo has pinned."""
        (self.folder / "kubo").write_text("".join(json.dumps({"Cid": cid, "Type": "recursive"}).replace(" ", "") + "\n" for cid in cids))

    def all_well(self, error: str = "", kubo_error: str = "") -> None:
        """What ipfs-cluster says of its peers; the last one may have an error."""
        found = [{"id": peer, "error": "", "peername": node, "ipfs": {"id": "Q", "error": ""}} for node, peer in self.peers.items()]
        found[-1]["error"] = error
        found[-1]["ipfs"] = {"id": "Q", "error": kubo_error}
        (self.folder / "peers").write_text("\n".join(json.dumps(item, indent=4) for item in found))

    def seconds(self, number: int) -> None:
        """What time it is."""
        (self.folder / "seconds").write_text(str(number))

    def start(self) -> None:
        addresses = [f"/dns4/{node}.example/tcp/9096/p2p/{peer}" for node, peer in self.peers.items()]
        supervisor = 'trap "echo restart >> \\"$WORLD/restarts\\"" USR1; SUPERVISOR=$$ busybox sh -c "$KEEPER" & while :; do wait; done'
        self.process = subprocess.Popen(
            ["sh", "-c", supervisor],
            env={
                "PATH": "/usr/bin:/bin",
                "WORLD": str(self.folder),
                "TMPDIR": str(self.folder),
                "KEEPER": self.script,
                "CLUSTER_ID": PEERS[OWN],
                "CLUSTER_PEERNAME": OWN,
                "CLUSTER_PEERADDRESSES": ",".join(addresses),
            },
            stdout=(self.folder / "said").open("w"),
            stderr=(self.folder / "errors").open("w"),
            start_new_session=True,
        )

    def waits(self, times: int) -> None:
        until("the keeper waits", lambda: (self.folder / "slept").exists() and len((self.folder / "slept").read_text().splitlines()) == times)

    def look(self) -> dict[str, Any]:
        """What the next look says."""
        self.looks += 1
        self.waits(self.looks)
        before = len(self.said())
        (self.folder / "go").touch()
        self.waits(self.looks + 1)
        assert len(self.said()) > before
        return self.said()[-1]

    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "said").read_text().splitlines()]

    def restarted(self, file: str = "restarts") -> int:
        """How often the daemon was to be restarted; with `shutdowns`, kubo."""
        return self._lines(self.folder / file)

    @staticmethod
    def _lines(file: Path) -> int:
        return len(file.read_text().splitlines()) if file.exists() else 0


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    yield from _keeper(tmp_path, PEERS)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Keeper]:
    yield from _keeper(tmp_path, {OWN: PEERS[OWN]})


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Keeper]:
    """One of three that follow another cluster, whose peer d is all that it and its fellows see."""
    compared = [f"/dns4/{node}.example/tcp/9096/p2p/{peer}" for node, peer in PEERS.items()]
    yield from _keeper(tmp_path, {"d": "12D3D"}, compared)


def _keeper(folder: Path, peers: Mapping[str, str], compared: Sequence[str] = ()) -> Iterator[Keeper]:
    if shutil.which("busybox") is None:
        pytest.skip("busybox is not installed")
    made = Keeper(folder, peers, compared)
    made.start()
    yield made
    subprocess.run(["kill", "-KILL", "--", f"-{made.process.pid}"], check=False)
    made.process.wait()


def counts(said: Mapping[str, Any]) -> list[int]:
    return [said[key] for key in ("pins", "differing", "unmended", "unheld", "orphaned")]


def test_all_is_well(keeper: Keeper) -> None:
    for node in PEERS:
        keeper.pins(node, ["c1", "c2"])
    keeper.kubo("c1", "c2")
    said = keeper.look()
    assert {**said, "ts": ""} == {
        "ts": "",
        "level": "info",
        "logger": "keeper",
        "node": OWN,
        "msg": "compared",
        "pins": 2,
        "differing": 0,
        "unmended": 0,
        "unheld": 0,
        "orphaned": 0,
    }


def test_a_node_that_stays_behind_is_restarted_and_told_of_if_that_does_not_help(keeper: Keeper) -> None:
    for node in "bc":
        keeper.pins(node, ["c1", "c2", "c3"])
    keeper.pins(OWN, ["c1"])
    keeper.kubo("c1")
    assert counts(keeper.look()) == [1, 0, 0, 0, 0], "one look says nothing: something may be on its way"
    assert counts(keeper.look()) == [1, 2, 0, 0, 0]
    assert keeper.restarted() == 0
    assert counts(keeper.look()) == [1, 2, 0, 0, 0]
    until("the daemon is restarted", lambda: keeper.restarted() == 1)
    keeper.seconds(NOW + 1800)
    said = keeper.look()
    assert counts(said) == [1, 2, 2, 0, 0]
    assert (said["level"], said["stuck"]) == ("error", "c2 c3 ")
    keeper.pins(OWN, ["c1", "c2"])
    assert counts(keeper.look()) == [2, 1, 2, 0, 0], "it catches up"
    keeper.pins(OWN, ["c1", "c2", "c3"])
    keeper.kubo("c1", "c2", "c3")
    assert counts(keeper.look()) == [3, 0, 0, 0, 0]
    assert keeper.restarted() == 1


def test_a_node_that_catches_up_is_left_alone(keeper: Keeper) -> None:
    pins = [f"c{number}" for number in range(1, 9)]
    for node in "bc":
        keeper.pins(node, pins)
    for known in range(7):
        keeper.pins(OWN, pins[:known])
        keeper.look()
    assert keeper.restarted() == 0


def test_what_is_on_its_way_in_each_look_is_not_what_stays_behind(keeper: Keeper) -> None:
    for number in range(6):
        for node in "bc":
            keeper.pins(node, [f"c{n}" for n in range(number + 2)])
        keeper.pins(OWN, [f"c{n}" for n in range(number + 1)])
        assert keeper.look()["differing"] == 0
    assert keeper.restarted() == 0


def test_a_pin_that_only_this_node_still_has(keeper: Keeper) -> None:
    keeper.pins(OWN, ["c1"])
    keeper.kubo("c1")
    for _ in range(3):
        keeper.look()
    until("the daemon is restarted", lambda: keeper.restarted() == 1)


def test_a_pin_that_another_node_lacks_is_for_that_node(keeper: Keeper) -> None:
    for node in "ab":
        keeper.pins(node, ["c1"])
    keeper.kubo("c1")
    assert [keeper.look()["differing"] for _ in range(4)] == [0, 0, 0, 0]
    assert keeper.restarted() == 0


def test_a_pin_that_was_pinned_anew_is_another_one(keeper: Keeper) -> None:
    for node in "bc":
        keeper.pins(node, [pin("c1", when="2026-02-02T00:00:00Z")])
    keeper.pins(OWN, ["c1"])
    keeper.kubo("c1")
    keeper.look()
    assert keeper.look()["differing"] == 2


@pytest.mark.parametrize("trouble", [{"error": "dial backoff"}, {"kubo_error": "not answering"}])
def test_no_node_is_restarted_while_another_is_down(keeper: Keeper, trouble: dict[str, str]) -> None:
    for node in "bc":
        keeper.pins(node, ["c1"])
    keeper.all_well(**trouble)
    for _ in range(3):
        keeper.look()
    assert "there is a restart as soon as all nodes are well" in " ".join(line["msg"] for line in keeper.said())
    assert keeper.restarted() == 0
    keeper.all_well()
    keeper.look()
    until("the daemon is restarted", lambda: keeper.restarted() == 1)


def test_each_node_has_its_minute(keeper: Keeper) -> None:
    for node in "bc":
        keeper.pins(node, ["c1"])
    keeper.seconds(NOW + 60)
    for _ in range(2):
        keeper.look()
    (keeper.folder / "go").touch()
    until("it waits for its turn", lambda: (keeper.folder / "slept").read_text().splitlines()[-1] == "1")
    assert keeper.restarted() == 0
    keeper.seconds(NOW + 180)
    (keeper.folder / "go").touch()
    until("the daemon is restarted", lambda: keeper.restarted() == 1)


def test_a_node_that_does_not_answer_stops_the_comparison(keeper: Keeper) -> None:
    (keeper.folder / "b").unlink()
    said = keeper.look()
    assert (said["level"], said["msg"]) == ("info", "not compared: a node or kubo does not answer")
    assert "pins" not in said


def test_what_kubo_lacks_and_has_too_much(keeper: Keeper) -> None:
    pins: list[str | dict[str, Any]] = ["c1", pin("c2", nodes="ab"), pin("c3", nodes="bc"), pin("c4", kind="meta-pin")]
    for node in PEERS:
        keeper.pins(node, pins)
    keeper.kubo("c1", "c3")
    assert counts(keeper.look()) == [3, 0, 0, 0, 0], "one look says nothing: kubo may be at it"
    assert counts(keeper.look()) == [3, 0, 0, 1, 1], "c2 is missing, c3 is for the others"
    keeper.kubo()
    keeper.look()
    assert counts(keeper.look()) == [3, 0, 0, 2, 0]


def test_a_kubo_that_takes_no_pin_is_restarted_and_told_of_if_that_does_not_help(keeper: Keeper) -> None:
    (keeper.folder / "full").touch()
    assert counts(keeper.look()) == [0, 0, 0, 0, 0]
    assert keeper.restarted("shutdowns") == 0, "one look says nothing"
    assert counts(keeper.look()) == [0, 0, 0, 0, 0]
    assert keeper.restarted("shutdowns") == 1
    assert "kubo takes no pin: it is restarted" in keeper.said()[-2]["msg"]
    keeper.seconds(NOW + 1800)
    said = keeper.look()
    assert (said["level"], counts(said)) == ("error", [0, 0, 1, 0, 0])
    keeper.seconds(NOW + 3600)
    keeper.look()
    assert keeper.restarted("shutdowns") == 2, "once an hour"
    (keeper.folder / "full").unlink()
    said = keeper.look()
    assert (said["level"], counts(said)) == ("info", [0, 0, 0, 0, 0])
    assert (keeper.restarted("shutdowns"), keeper.restarted()) == (2, 0)


def test_no_kubo_is_restarted_while_another_node_is_down(keeper: Keeper) -> None:
    (keeper.folder / "full").touch()
    keeper.all_well(error="dial backoff")
    keeper.look()
    keeper.look()
    assert keeper.said()[-2]["msg"] == "kubo takes no pin; there is a restart as soon as all nodes are well"
    assert keeper.restarted("shutdowns") == 0


def test_a_cluster_of_one_node(alone: Keeper) -> None:
    alone.pins(OWN, ["c1"])
    alone.kubo("c1", "c2")
    alone.look()
    assert counts(alone.look()) == [1, 0, 0, 0, 1]


def test_how_long_it_waits(keeper: Keeper) -> None:
    for node in PEERS:
        keeper.pins(node, [f"c{number}" for number in range(10_000)])
    keeper.look()
    keeper.look()
    assert (keeper.folder / "slept").read_text().split() == ["60", "500", "500"]


def test_it_ends_with_the_supervisor(keeper: Keeper) -> None:
    keeper.waits(1)
    keeper.process.send_signal(signal.SIGKILL)
    keeper.process.wait()
    (keeper.folder / "go").touch()
    keeper.waits(1)
    until("its folder is gone", lambda: not list(keeper.folder.glob("tmp.*")))


def test_those_who_follow_compare_with_each_other(follower: Keeper) -> None:
    """And not with the cluster that they follow, whose API they have no password of."""
    for node in "bc":
        follower.pins(node, ["c1"])
        (follower.folder / f"id-of-{node}").write_text('{"ipfs": {"error": "not answering"}}')
    follower.pins(OWN, [])
    for _ in range(3):
        follower.look()
    assert "there is a restart as soon as all nodes are well" in follower.said()[-2]["msg"]
    assert follower.restarted() == 0
    for node in "bc":
        (follower.folder / f"id-of-{node}").write_text('{"ipfs": {"error": ""}}')
    assert follower.look()["differing"] == 1
    until("the daemon is restarted", lambda: follower.restarted() == 1)
