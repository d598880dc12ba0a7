"""The verifier beside kubo, with stand-ins for kubo and the other nodes' gateways."""

import json
import os
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

# A block is a file in a flatfs, which has its size, or "bad". What another node has is in a folder of the node's name.
WGET = r"""#!/bin/sh
for url; do :; done
if [ -e "$WORLD/hung" ]; then exit 1; fi
cid=${url#*arg=}; cid=${cid%%&*}
case "$url" in
*/pin/ls?type=recursive*) cat "$WORLD/pins" ;;
*/pin/ls?type=direct*) ;;
*/pin/ls?arg=*) grep -q "\"$cid\"" "$WORLD/pins" ;;
*/block/stat?arg=*) [ -s "$WORLD/repo/blocks/AA/KEY$cid.data" ] && ! grep -q bad "$WORLD/repo/blocks/AA/KEY$cid.data" &&
    echo "{\"Key\":\"$cid\",\"Size\":$(cat "$WORLD/repo/blocks/AA/KEY$cid.data")}" ;;
*/dag/get?arg=*) cat "$WORLD/links/$cid" ;;
http://*:8080/ipfs/*) host=${url#http://}; cid=${url##*/}; cp "$WORLD/${host%%:*}/${cid%%?format=raw}" "$3" ;;
*) echo "not known: $*" >> "$WORLD/wrong"; exit 1 ;;
esac
"""
IPFS = r"""#!/bin/sh
for cid; do :; done
case "$*" in
"cid format -b base32upper -f %M "*) printf 'KEY%s' "$cid" ;;
*"block stat --offline "*)
    if [ -e "$WORLD/hung" ]; then echo "Error: connection refused" >&2; exit 1; fi
    if [ ! -e "$WORLD/repo/blocks/AA/KEY$cid.data" ]; then echo "Error: block was not found locally (offline): $cid" >&2; exit 1; fi
    if grep -q bad "$WORLD/repo/blocks/AA/KEY$cid.data"; then echo "Error: block in storage has different hash than requested" >&2; exit 1; fi ;;
*"block put --cid-codec=raw --mhtype=sha2-256 --allow-big-block block")
    read -r hash size < block; file="$WORLD/repo/blocks/AA/KEY$hash.data"; [ -e "$file" ] || echo "$size" > "$file" ;;
*) echo "not known: $*" >> "$WORLD/wrong"; exit 1 ;;
esac
"""


class Verifier:
    def __init__(self, folder: Path) -> None:
        self.folder, self.blocks = folder, folder / "repo" / "blocks" / "AA"
        for name in ("repo/blocks/AA", "links", "b.example", "c.example"):
            (folder / name).mkdir(parents=True)
        for name, text in {"ipfs": IPFS, "wget": WGET, "sleep": SLEEP, "date": DATE}.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        self.script = scripts.read("verifier.sh", as_in_python).replace("/tmp/", f"{folder}/")  # noqa: S108
        # By their paths, because a busybox may prefer its own.
        for name in ("wget ", "sleep ", "date "):
            assert name in self.script
            self.script = self.script.replace(name, f"{folder}/{name}")
        self.seconds(0)
        self.pins()
        self.process: subprocess.Popen[bytes] | None = None

    def pins(self, *cids: str) -> None:
        (self.folder / "pins").write_text("".join(f'{{"Cid":"{cid}","Type":"recursive"}}\n' for cid in cids))

    def block(self, cid: str, state: str, links: Sequence[str] = (), **others: str) -> None:
        """A block of a size, "bad", or (empty) none; its links; and what other nodes have under its CID: the hash of what they have."""
        if state:
            (self.blocks / f"KEY{cid}.data").write_text(state)
        (self.folder / "links" / cid).write_text(json.dumps({"Data": {"/": {"bytes": "CAE"}}, "Links": [{"Hash": {"/": link}} for link in links]}))
        for node, has in others.items():
            (self.folder / f"{node}.example" / cid).write_text(f"{has} 5000\n")

    def seconds(self, number: int) -> None:
        (self.folder / "seconds").write_text(str(number))

    def start(self, rate: int = 4096) -> None:
        self.process = subprocess.Popen(
            ["busybox", "sh", "-c", self.script],
            env={
                "PATH": f"{self.folder}:/usr/bin:/bin",
                "WORLD": str(self.folder),
                "TMPDIR": str(self.folder),
                "IPFS_PATH": str(self.folder / "repo"),
                "NODE": "a",
                "PEERS": "b.example c.example",
                "VERIFIER_BYTES_PER_SECOND": str(rate),
            },
            stdout=(self.folder / "said").open("w"),
            stderr=(self.folder / "errors").open("w"),
            start_new_session=True,
        )

    def read_all(self) -> None:
        """Has all read at once, from its next pause on."""
        (self.folder / "verify").touch()
        if self.process is None:
            self.start()
        else:
            (self.folder / "go").touch()
        until("all is read", lambda: not (self.folder / "verify").exists())

    def slept(self) -> list[int]:
        file = self.folder / "slept"
        return [int(seconds) for seconds in file.read_text().split()] if file.exists() else []

    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "said").read_text().splitlines()]

    def last(self) -> Mapping[str, int]:
        return {key: self.said()[-1][key] for key in ("blocks", "mended", "damaged")}

    def state(self, cid: str) -> str:
        return (self.blocks / f"KEY{cid}.data").read_text().strip()

    def kept(self) -> list[str]:
        folder = self.folder / "repo" / "damaged"
        return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def verifier(tmp_path: Path) -> Iterator[Verifier]:
    if shutil.which("busybox") is None:
        pytest.skip("busybox is not installed")
    made = Verifier(tmp_path)
    yield made
    if made.process is not None:
        os.killpg(made.process.pid, signal.SIGKILL)
        made.process.wait()
    assert not (tmp_path / "wrong").exists(), (tmp_path / "wrong").read_text()


def test_whole_trees_are_read_once(verifier: Verifier) -> None:
    verifier.pins("p1", "p2")
    verifier.block("p1", "100", ["n1", "bafkrei1"])
    verifier.block("n1", "100", ["bafkrei1", "bafkrei2"])
    verifier.block("p2", "100")
    for leaf in ("bafkrei1", "bafkrei2"):
        verifier.block(leaf, "100", ["raw blocks have no links"])
    verifier.read_all()
    assert [line["msg"] for line in verifier.said()] == ["all blocks of all pins are read at once", "pins read: all"]
    assert verifier.last() == {"blocks": 5, "mended": 0, "damaged": 0}
    assert verifier.said()[-1] == {"ts": "then", "level": "info", "logger": "verifier", "node": "a", "msg": "pins read: all", **verifier.last()}


def test_what_is_damaged_or_missing_comes_from_another_node(verifier: Verifier) -> None:
    verifier.pins("p1", "p2")
    verifier.block("p1", "100", ["n1", "bafkrei1"])
    verifier.block("n1", "", ["bafkrei2"], c="n1")  # missing, and so is what it leads to
    verifier.block("bafkrei1", "bad", b="bafkrei1")
    verifier.block("bafkrei2", "", b="bafkrei2")
    verifier.block("p2", "bad", b="another", c="p2")  # the first node that answers has other bytes
    verifier.read_all()
    assert verifier.last()["mended"] == 4
    assert verifier.last()["damaged"] == 0
    assert {verifier.state(cid) for cid in ("n1", "bafkrei1", "bafkrei2", "p2")} == {"5000"}
    assert verifier.kept() == ["KEYbafkrei1.data", "KEYp2.data"], "nothing is deleted"
    errors = [line["msg"] for line in verifier.said() if line["level"] == "error"]
    assert "block p2 of pin p2: Error: block in storage has different hash than requested" in errors
    assert "block n1 of pin p1: Error: block was not found locally (offline): n1" in errors


def test_what_no_other_node_has_stays_as_it_is_and_is_counted(verifier: Verifier) -> None:
    verifier.pins("p1", "p2")
    verifier.block("p1", "bad", b="another")
    verifier.block("p2", "")
    verifier.read_all()
    assert (verifier.last()["mended"], verifier.last()["damaged"]) == (0, 2)
    assert verifier.state("p1") == "bad", "a node that had other bytes changes nothing"
    assert verifier.kept() == []
    verifier.block("p1", "", c="p1")
    verifier.block("p2", "100")
    until("it rests", lambda: len(verifier.slept()) > 0)
    verifier.read_all()
    assert (verifier.last()["mended"], verifier.last()["damaged"]) == (1, 0)


def test_what_was_unpinned_meanwhile_is_left_alone(verifier: Verifier) -> None:
    verifier.pins("p1")
    verifier.block("p1", "100", ["bafkrei1"])
    (verifier.folder / "links" / "p1").write_text('{"Links":[{"Hash":{"/":"bafkrei1"}}]}')
    (verifier.folder / "wget").write_text(WGET.replace('grep -q "\\"$cid\\"" "$WORLD/pins"', "exit 1"))
    verifier.read_all()
    assert verifier.last() == {"blocks": 2, "mended": 0, "damaged": 0}


def test_it_reads_slowly_and_goes_on_where_it_was(verifier: Verifier) -> None:
    verifier.pins("p1", "p2")
    verifier.block("p1", str(8 * 4096 * 5))
    verifier.block("p2", "10")
    verifier.start()
    until("it waits at first", lambda: verifier.slept() == [10])
    verifier.seconds(300)
    for count in range(2, 7):
        (verifier.folder / "go").touch()
        until("it waits again", lambda count=count: len(verifier.slept()) == count)  # type: ignore[misc]
    assert verifier.slept() == [10, 10, 10, 10, 10, 8], "40 seconds for the first block, for a small one as for 32 KiB"
    assert (verifier.folder / "repo" / "verifier" / "position").read_text() == "p1\n"


def test_it_waits_for_a_kubo_that_does_not_answer(verifier: Verifier) -> None:
    verifier.pins("p1")
    verifier.block("p1", "100")
    (verifier.folder / "hung").touch()
    (verifier.folder / "verify").touch()
    verifier.start()
    until("it waits", lambda: verifier.slept() == [10])
    (verifier.folder / "hung").unlink()
    verifier.read_all()
    assert verifier.last() == {"blocks": 1, "mended": 0, "damaged": 0}


def test_where_reads_cost_it_reads_only_when_it_is_asked_to(verifier: Verifier) -> None:
    verifier.pins("p1")
    verifier.block("p1", "100")
    verifier.start(rate=0)
    until("it waits", lambda: len(verifier.slept()) == 1)
    verifier.seconds(3000)
    (verifier.folder / "go").touch()
    until("it still waits", lambda: len(verifier.slept()) == 2)
    assert verifier.said() == []
    verifier.read_all()
    assert verifier.last() == {"blocks": 1, "mended": 0, "damaged": 0}
