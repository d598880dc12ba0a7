"""The script that looks at the other Regions, on a node, look by look, with stand-ins for what it asks."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ipfs_cluster.daemons import scripts
from ipfs_cluster.spelling import as_in_python

from tests.helpers.cluster_ctl import STAND_IN
from tests.helpers.stepping import SLEEP
from tests.helpers.waiting import until

NODES = {"a1": "eu-west-1", "a2": "eu-west-1", "a3": "eu-west-1", "b1": "us-east-1", "b2": "us-east-1"}
NOW = 1_800_000_000
"""In seconds; 2027-01-15T08:00:00Z."""
THEN = "2027-01-01T00:00:00Z"
WGET = r"""#!/bin/sh
case "$*" in
"-q -O - --post-data  http://127.0.0.1:5001/api/v0/stats/bw?peer=K"*) printf '{"TotalIn":5,"TotalOut":%s,"RateIn":0,"RateOut":0}\n' "$(cat "$WORLD/sent")" ;;
*) echo "not known: $*" >&2; exit 1 ;;
esac
"""
PAUSE = SLEEP.replace("#!/bin/sh\n", '#!/bin/sh\ncase "$1" in 3|5) exit ;; esac\n')  # those within a look do not wait for the test
DATE = """#!/bin/sh
if [ "$1" = +%s ]; then cat "$WORLD/seconds"; else exec busybox date "$@"; fi
"""


def pin(cid: str, nodes: Sequence[str], least: int = 1, most: int = 2, **more: Any) -> dict[str, Any]:
    """A pin as ipfs-cluster-ctl prints it."""
    return {
        "replication_factor_min": least,
        "replication_factor_max": most,
        "name": "",
        "mode": "recursive",
        "shard_size": 0,
        "user_allocations": None,
        "expire_at": "0001-01-01T00:00:00Z",
        "metadata": None,
        "pin_update": None,
        "origins": [],
        "cid": cid,
        "type": "pin",
        "allocations": list(nodes),
        "max_depth": -1,
        "reference": None,
        "timestamp": THEN,
        **more,
    }


class Looks:
    """The script on a node, one look after another."""

    def __init__(self, folder: Path, own: str, copies: int, nodes: Mapping[str, str], readers: Sequence[str]) -> None:
        self.folder, self.own, self.copies, self.nodes, self.readers = folder, own, copies, nodes, readers
        for name, text in {"ipfs-cluster-ctl": STAND_IN, "wget": WGET, "sleep": PAUSE, "date": DATE}.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        self.script = scripts.read("regions.sh", as_in_python)
        # By their paths, because a busybox may prefer its own.
        for name in ("ipfs-cluster-ctl --", "wget ", "sleep ", "date "):
            assert name in self.script
            self.script = self.script.replace(name, f"{folder}/{name}")
        self.seconds(NOW)
        self.sent(0)
        self.world: dict[str, Any] = {"own": own, "pins": {}, "peers": {}, "behind": {}, "readers": {}, "bandwidth": 0, "refuses": ""}
        self.all_well()
        self.looks = 0

    def seconds(self, number: int) -> None:
        """What time it is."""
        (self.folder / "seconds").write_text(str(number))

    def sent(self, number: int) -> None:
        """What kubo has sent to each other node."""
        (self.folder / "sent").write_text(str(number))

    def all_well(self, **errors: str) -> None:
        """What ipfs-cluster says of its peers: an error, "kubo: …" for one of kubo, or "gone" for one that is not listed."""
        self.world["peers"] = {node: errors.get(node, "") for node in self.nodes if node not in self.readers}

    def pins(self, *pins: dict[str, Any]) -> None:
        """What the pinset is."""
        self.world["pins"] = {one["cid"]: one for one in pins}

    def start(self) -> None:
        self._write()
        places = [f"{region} {node} {node} K{node} {node}.example {'reader' if node in self.readers else 'writer'}" for node, region in self.nodes.items()]
        self.process = subprocess.Popen(
            ["sh", "-c", 'SUPERVISOR=$$ busybox sh -c "$LOOKS" & while :; do wait; done'],
            env={
                "PATH": "/usr/bin:/bin",
                "WORLD": str(self.folder),
                "TMPDIR": str(self.folder),
                "LOOKS": self.script,
                "CLUSTER_ID": self.own,
                "CLUSTER_PEERNAME": self.own,
                "REGION_NODES": "\n".join(places),
                "REGION_COPIES": str(self.copies),
            },
            stdout=(self.folder / "said").open("w"),
            stderr=(self.folder / "errors").open("w"),
            start_new_session=True,
        )

    def _write(self) -> None:
        (self.folder / "world.json").write_text(json.dumps(self.world))

    def waits(self, times: int) -> None:
        until("the script waits", lambda: (self.folder / "slept").exists() and len((self.folder / "slept").read_text().splitlines()) == times)

    def look(self, times: int = 1) -> dict[str, Any]:
        """What the last of so many looks says."""
        for _ in range(times):
            self.looks += 1
            self.waits(self.looks)
            self._write()
            before = len(self.said())
            (self.folder / "go").touch()
            self.waits(self.looks + 1)
            self.world = json.loads((self.folder / "world.json").read_text())
            assert len(self.said()) > before, (self.folder / "errors").read_text()
        return [line for line in self.said() if line["msg"] == "seen"][-1]

    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "said").read_text().splitlines()]

    def pinned(self) -> list[list[str]]:
        """The arguments with which was pinned."""
        file = self.folder / "pinned"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def held(self, cid: str) -> tuple[list[str], int, int]:
        """Where a pin is, and its numbers."""
        one = self.world["pins"][cid]
        return sorted(one["allocations"]), one["replication_factor_min"], one["replication_factor_max"]
