"""What runs before ipfs-cluster's daemon, with a stand-in for its program."""

import shutil
import subprocess
from pathlib import Path

import pytest
from ipfs_cluster.daemons import scripts
from ipfs_cluster.spelling import as_in_python

# It makes what `init` and the daemon make, and notes what it is asked for. Like the real one, `init` writes over no configuration.
FAKE = r"""#!/bin/sh
echo "$*" >> "$NOTES"
case "$*" in init*) [ ! -e service.json ] || exit 1; echo "{}" > service.json ;; *" daemon") [ -d pebble ] || mkdir -p leveldb ;; esac
"""


class Start:
    def __init__(self, folder: Path, shell: list[str]) -> None:
        self.path, self.shell, self.notes = folder / "data", shell, folder / "notes"
        self.path.mkdir()
        for name in ("ipfs-cluster-service", "entrypoint.sh"):
            (folder / name).write_text(FAKE)
            (folder / name).chmod(0o755)
        self.script = scripts.read("start_cluster.sh", as_in_python).replace("/usr/local/bin/", f"{folder}/")

    def run(self) -> list[str]:
        """What the program is asked for."""
        self.notes.unlink(missing_ok=True)
        folder = self.notes.parent
        environment = {"PATH": f"{folder}:/usr/bin:/bin", "IPFS_CLUSTER_PATH": str(self.path), "NOTES": str(self.notes), "LOG_LEVEL": "warn"}
        subprocess.run([*self.shell, "-c", self.script], env=environment, check=True, capture_output=True)
        return self.notes.read_text().splitlines()


@pytest.fixture(params=[["dash"], ["busybox", "sh"], ["sh"]], ids=lambda shell: shell[0])
def start(tmp_path: Path, request: pytest.FixtureRequest) -> Start:
    if shutil.which(request.param[0]) is None:
        pytest.skip(f"{request.param[0]} is not installed")
    return Start(tmp_path, request.param)


INIT = "init --consensus crdt --datastore leveldb"
DAEMON = "--loglevel warn daemon"


def test_every_start_but_the_first_goes_through_the_pinset(start: Start) -> None:
    assert start.run() == [INIT, DAEMON], "nothing to go through"
    assert start.run() == [INIT, "state crdt mark-dirty", DAEMON]
    assert start.run() == [INIT, "state crdt mark-dirty", DAEMON]


def test_a_pinset_stays_in_its_store(start: Start) -> None:
    (start.path / "pebble").mkdir()
    assert start.run() == ["init --consensus crdt --datastore pebble", "state crdt mark-dirty", DAEMON]


def test_settings_of_before_are_forgotten(start: Start) -> None:
    (start.path / "service.json").write_text("old")
    start.run()
    assert (start.path / "service.json").read_text() == "{}\n"
