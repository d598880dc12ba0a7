"""What runs before and around ipfs-cluster's daemon, with a stand-in for its program."""

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from ipfs_cluster.daemons import scripts
from ipfs_cluster.spelling import as_in_python

from tests.helpers.waiting import PATIENCE_SECONDS, until

# It makes what `init` and the daemon make, and notes what it is asked for. Like the real one, `init` writes over no configuration.
# The daemon runs while there is a file "run", and ends at once with the exit code that the file "code" holds without one.
FAKE = r"""#!/bin/sh
echo "$*" >> "$NOTES"
case "$*" in
init*) [ ! -e service.json ] || exit 1; echo "{}" > service.json ;;
*" daemon")
    [ -d pebble ] || mkdir -p leveldb
    trap 'echo stopped | tee -a "$NOTES.probes" >> "$NOTES"; exit 0' TERM
    echo running >> "$NOTES"
    while [ -e "$NOTES.run" ]; do sleep 0.05; done
    exit "$(cat "$NOTES.code" 2> /dev/null || echo 0)"
    ;;
esac
"""
# The daemons' APIs. They answer, with an error if there is a file "wrong". Kubo does not while there is a file "hung", the daemon does
# not while there is a file "stuck". The file "probes" has in order whether kubo answered, and when the daemon was stopped.
FAKE_WGET = r"""#!/bin/sh
case "$*" in
"-q -O /dev/null --post-data  http://127.0.0.1:5001/api/v0/diag/healthy")
    silence="$NOTES.hung"
    if [ -e "$silence" ]; then echo silence >> "$NOTES.probes"; exec sleep 60; fi
    echo answer >> "$NOTES.probes"
    ;;
"-q -O /dev/null http://127.0.0.1:9094/health") silence="$NOTES.stuck" ;;
*) echo "wget $*" >> "$NOTES" ;;
esac
if [ -e "$silence" ]; then exec sleep 60; fi
[ ! -e "$NOTES.wrong" ]
"""
# An open connection to one of them, with the answers as the real ones send them.
FAKE_NC = r"""#!/bin/sh
while read -r line; do
    case "$line" in
    "POST /api/v0/diag/healthy HTTP/1.1"*)
        if [ -e "$NOTES.hung" ]; then echo silence >> "$NOTES.probes"; exec sleep 60; fi
        if [ -e "$NOTES.wrong" ]; then exit; fi
        echo answer >> "$NOTES.probes"
        printf 'HTTP/1.1 200 OK\r\nTrailer: X-Stream-Error\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"ok"\n\r\n0\r\n\r\n'
        ;;
    "GET /health HTTP/1.1"*)
        if [ -e "$NOTES.stuck" ]; then exec sleep 60; fi
        echo kept open >> "$NOTES.connections"
        printf 'HTTP/1.1 204 No Content\r\nVary: Origin\r\n\r\n'
        ;;
    esac
done
"""
# A daemon that does not stop when it is asked to.
DEAF = r"""#!/bin/sh
trap 'echo asked to stop >> "$NOTES"' TERM
echo running >> "$NOTES"
while [ -e "$NOTES.run" ]; do sleep 0.05; done
"""

# A keeper that has the daemon restarted when there is a file "lacks", and ends.
KEEPER = """echo kept >> "$NOTES.keeper"
if [ -e "$NOTES.lacks" ]; then rm "$NOTES.lacks"; kill -USR1 "$SUPERVISOR"; fi"""


class Start:
    def __init__(self, folder: Path, shell: list[str]) -> None:
        self.path, self.shell, self.notes = folder / "data", shell, folder / "notes"
        self.runs, self.code = folder / "notes.run", folder / "notes.code"
        self.path.mkdir()
        for name in ("ipfs-cluster-service", "entrypoint.sh"):
            (folder / name).write_text(FAKE)
            (folder / name).chmod(0o755)
        for name, program in {"wget": FAKE_WGET, "nc": FAKE_NC}.items():
            (folder / name).write_text(program)
            (folder / name).chmod(0o755)
        self.hung, self.stuck, self.wrong, self.probes = (folder / f"notes.{name}" for name in ("hung", "stuck", "wrong", "probes"))
        # The programs by their paths, because a busybox may prefer its own, and shorter times.
        changes = {
            "/tmp/": f"{folder}/",  # noqa: S108 (first: the folder may be in there)
            "/usr/local/bin/": f"{folder}/",
            " wget ": f" {folder}/wget ",
            " nc ": f" {folder}/nc ",
            "read -r -t 1 ": "read -r -t 0.1 ",
            "read -r -t 2 ": "read -r -t 1 ",
            "timeout 2 ": "timeout 1 ",
            "sleep 60": "sleep 0.1",
        }
        self.script = scripts.read("start_cluster.sh", as_in_python)
        for here, there in changes.items():
            assert here in self.script
            self.script = self.script.replace(here, there)

    def begin(self, stderr: int | IO[bytes] = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        self.notes.unlink(missing_ok=True)
        folder = self.notes.parent
        environment = {
            "PATH": f"{folder}:/usr/bin:/bin",
            "IPFS_CLUSTER_PATH": str(self.path),
            "KEEPER_SCRIPT": KEEPER,
            "LOG_LEVEL": "warn",
            "NOTES": str(self.notes),
        }
        return subprocess.Popen([*self.shell, "-c", self.script], env=environment, stdout=subprocess.DEVNULL, stderr=stderr)

    def run(self) -> list[str]:
        """What the program is asked for when the daemon ends at once."""
        assert self.begin().wait(timeout=PATIENCE_SECONDS) == 0
        return self.asked()

    @contextlib.contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """The container while its daemon runs."""
        self.runs.touch()
        container = self.begin()
        try:
            until("the daemon runs", lambda: self.seen("running") == 1)
            yield container
        finally:
            self.runs.unlink(missing_ok=True)
            container.kill()
            container.wait()

    def seen(self, note: str) -> int:
        return self.notes.read_text().splitlines().count(note) if self.notes.exists() else 0

    def probed(self, count: int) -> bool:
        """Whether kubo was asked that many times."""
        return self.probes.exists() and len(self.probes.read_text().splitlines()) >= count

    def asked(self) -> list[str]:
        return [line for line in self.notes.read_text().splitlines() if line not in ("running", "stopped")]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    # The image's shell is busybox's. Without it, one that has what is used of it.
    return Start(tmp_path, ["busybox", "sh"] if shutil.which("busybox") else ["bash"])


INIT = "init --consensus crdt --datastore leveldb"
DIRTY = "state crdt mark-dirty"
DAEMON = "--loglevel warn daemon"


def test_every_start_but_the_first_goes_through_the_pinset(start: Start) -> None:
    assert start.run() == [INIT, DAEMON], "nothing to go through"
    assert start.run() == [INIT, DIRTY, DAEMON]
    assert start.run() == [INIT, DIRTY, DAEMON]


def test_a_pinset_stays_in_its_store(start: Start) -> None:
    (start.path / "pebble").mkdir()
    assert start.run() == ["init --consensus crdt --datastore pebble", DIRTY, DAEMON]


def test_an_empty_identity_is_made_anew_and_another_one_stays(start: Start) -> None:
    identity = start.path / "identity.json"
    identity.touch()
    start.run()
    assert not identity.exists()
    identity.write_text("mine")
    start.run()
    assert identity.read_text() == "mine"


def test_settings_of_before_are_forgotten(start: Start) -> None:
    (start.path / "service.json").write_text("old")
    start.run()
    assert (start.path / "service.json").read_text() == "{}\n"


def test_a_daemon_that_ends_by_itself_ends_the_container_with_its_exit_code(start: Start) -> None:
    with start.running() as container:
        start.code.write_text("7")
        start.runs.unlink()
        assert container.wait(timeout=PATIENCE_SECONDS) == 7
    assert start.asked() == [INIT, DAEMON]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_of_the_container_stops_the_daemon_first(start: Start, number: signal.Signals) -> None:
    with start.running() as container:
        container.send_signal(number)
        assert container.wait(timeout=PATIENCE_SECONDS) == 0
    assert start.notes.read_text().splitlines() == [INIT, DAEMON, "running", "stopped"]


def test_a_restart_in_place(start: Start) -> None:
    with start.running() as container:
        for count in (2, 3):
            container.send_signal(signal.SIGUSR1)
            until("the daemon runs again", lambda count=count: start.seen("running") == count)  # type: ignore[misc]
        container.send_signal(signal.SIGTERM)
        assert container.wait(timeout=PATIENCE_SECONDS) == 0
    again = ["stopped", INIT, DIRTY, DAEMON, "running"]
    assert start.notes.read_text().splitlines() == [INIT, DAEMON, "running", *again, *again, "stopped"]


def test_a_container_whose_daemon_cannot_be_prepared_ends(start: Start) -> None:
    (start.notes.parent / "ipfs-cluster-service").write_text("#!/bin/sh\nexit 3\n")
    assert start.begin().wait(timeout=PATIENCE_SECONDS) == 3
    assert not start.notes.exists()


def test_a_node_whose_kubo_hangs_steps_aside_until_it_answers(start: Start) -> None:
    with start.running() as container:
        start.hung.touch()
        until("the daemon is stopped", lambda: start.seen("stopped") == 1)
        start.probes.unlink()
        until("kubo is asked on", lambda: start.probed(2))
        assert start.notes.read_text().splitlines() == [INIT, DAEMON, "running", "stopped", INIT, DIRTY], "and the daemon not started"
        start.hung.unlink()
        until("the daemon runs again", lambda: start.seen("running") == 2)
        container.send_signal(signal.SIGTERM)
        assert container.wait(timeout=PATIENCE_SECONDS) == 0
    assert start.asked() == [INIT, DAEMON, INIT, DIRTY, DAEMON]


def test_the_daemon_starts_when_kubo_answers(start: Start) -> None:
    start.wrong.touch()
    start.runs.touch()
    container = start.begin()
    try:
        until("kubo is asked", lambda: start.probed(3))
        assert start.notes.read_text().splitlines() == [INIT], "all is prepared meanwhile"
        start.wrong.unlink()
        until("the daemon runs", lambda: start.seen("running") == 1)
    finally:
        start.runs.unlink()
        container.kill()
        container.wait()


def test_probes_start_no_program_while_all_is_well(start: Start) -> None:
    connections, programs = (start.notes.parent / f"notes.{name}" for name in ("connections", "programs"))
    wget = start.notes.parent / "wget"
    wget.write_text(FAKE_WGET.replace("#!/bin/sh", '#!/bin/sh\necho started >> "$NOTES.programs"'))
    with start.running():
        until("both are asked over their connections", connections.exists)
        before = programs.read_text()
        asked = len(connections.read_text().splitlines())
        until("and again", lambda: len(connections.read_text().splitlines()) >= asked + 5)
        assert programs.read_text() == before
        start.wrong.touch()  # ends kubo's connection
        until("it is asked by a program", lambda: programs.read_text() != before)
        start.wrong.unlink()
        asked = len(connections.read_text().splitlines())
        until("and over a new connection", lambda: len(connections.read_text().splitlines()) > asked)
        assert start.seen("stopped") == 0


def test_the_second_time_it_waits_twice_as_long(start: Start) -> None:
    with start.running():
        for count, silences in ((1, 2), (2, 4)):
            start.hung.touch()
            until("the daemon is stopped", lambda count=count: start.seen("stopped") == count)  # type: ignore[misc]
            before = start.probes.read_text().split("stopped")[count - 1]
            assert before.split("answer")[-1].split() == ["silence"] * silences
            start.hung.unlink()
            until("the daemon runs again", lambda count=count: start.seen("running") == count + 1)  # type: ignore[misc]


def test_a_daemon_that_does_not_stop_is_killed_when_kubo_hangs(start: Start) -> None:
    deaf = start.notes.parent / "entrypoint.sh"
    deaf.write_text('#!/bin/sh\ntrap \'echo asked to stop >> "$NOTES"\' TERM\necho running >> "$NOTES"\nwhile :; do sleep 0.05; done\n')
    with start.running():
        start.hung.touch()
        until("the daemon is asked to stop", lambda: start.seen("asked to stop") == 1)
        start.hung.unlink()
        until("another one runs", lambda: start.seen("running") == 2)


def test_a_kubo_that_answers_with_an_error_does_not_hang(start: Start) -> None:
    with start.running() as container:
        start.wrong.touch()
        until("kubo is asked", lambda: start.probed(5))
        container.send_signal(signal.SIGTERM)
        assert container.wait(timeout=PATIENCE_SECONDS) == 0
    assert start.notes.read_text().splitlines() == [INIT, DAEMON, "running", "stopped"]


@pytest.mark.parametrize("running", [True, False], ids=["its last probe waits", "the daemon is stopped"])
def test_a_stop_of_the_container_while_kubo_hangs(start: Start, running: bool) -> None:
    with start.running() as container:
        start.probes.unlink(missing_ok=True)
        start.hung.touch()
        until("kubo is asked", lambda: start.probed(2))
        if not running:
            until("the node waits for kubo", lambda: start.seen(DIRTY) == 1)
        container.send_signal(signal.SIGTERM)
        assert container.wait(timeout=PATIENCE_SECONDS) == 0
    assert start.notes.read_text().splitlines() == [INIT, DAEMON, "running", "stopped", *([] if running else [INIT, DIRTY])]


def test_the_keeper_is_started_again_and_can_have_the_daemon_restarted(start: Start) -> None:
    kept = start.notes.parent / "notes.keeper"
    with start.running() as container:
        until("the keeper has run twice", lambda: kept.exists() and len(kept.read_text().splitlines()) >= 2)
        (start.notes.parent / "notes.lacks").touch()
        until("the daemon runs again", lambda: start.seen("running") == 2)
        container.send_signal(signal.SIGTERM)
        assert container.wait(timeout=PATIENCE_SECONDS) == 0
    assert start.notes.read_text().splitlines() == [INIT, DAEMON, "running", "stopped", INIT, DIRTY, DAEMON, "running", "stopped"]


def test_a_pinset_that_cannot_be_opened_is_told_of(start: Start) -> None:
    start.run()
    (start.notes.parent / "ipfs-cluster-service").write_text('#!/bin/sh\ncase "$*" in init*) ;; *) echo "leveldb: corrupted" >&2; exit 3 ;; esac\n')
    errors = start.notes.parent / "errors"
    with errors.open("wb") as file:
        assert start.begin(stderr=file).wait(timeout=PATIENCE_SECONDS) == 3
    assert "the pinset's datastore cannot be opened (above)" in errors.read_text()
