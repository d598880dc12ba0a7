"""What runs around kubo, with a stand-in for its image's start script."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ipfs_cluster.daemons import scripts
from ipfs_cluster.spelling import as_in_python

from tests.helpers.waiting import PATIENCE_SECONDS, until

# It ends when asked to by TERM, as kubo does, or with the code in the file "code".
FAKE = r"""#!/bin/sh
trap 'echo stopped >> "$NOTES"; exit 0' TERM
echo "$*" >> "$NOTES"
while [ ! -e "$NOTES.code" ]; do sleep 0.05; done
code=$(cat "$NOTES.code")
rm "$NOTES.code"
exit "$code"
"""
DAEMON = "daemon --migrate=true --agent-version-suffix=docker"


class Container:
    def __init__(self, folder: Path, shell: list[str]) -> None:
        self.notes, self.code = folder / "notes", folder / "notes.code"
        self.notes.touch()
        (folder / "start_ipfs").write_text(FAKE)
        (folder / "start_ipfs").chmod(0o755)
        script = scripts.read("start_kubo.sh", as_in_python)
        for here, there in {"/usr/local/bin/": f"{folder}/", "/tmp/verifier": f"{folder}/verifier", "sleep 60": "sleep 0.1"}.items():  # noqa: S108
            assert here in script
            script = script.replace(here, there)
        environment = {"PATH": "/usr/bin:/bin", "NOTES": str(self.notes), "VERIFIER_SCRIPT": 'echo verified >> "$NOTES.verifier"'}
        self.process = subprocess.Popen([*shell, "-c", script], env=environment, start_new_session=True)

    def ends(self, code: int) -> None:
        """Kubo ends by itself."""
        (self.notes.parent / "new").write_text(str(code))
        (self.notes.parent / "new").rename(self.code)

    def said(self, lines: list[str]) -> None:
        until(f"kubo did {lines}", lambda: self.notes.read_text().splitlines() == lines)


@pytest.fixture(params=[["sh"], ["busybox", "sh"]], ids=["sh", "busybox"])
def container(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Container]:
    if shutil.which(request.param[0]) is None:
        pytest.skip(f"{request.param[0]} is not installed")
    made = Container(tmp_path, request.param)
    yield made
    subprocess.run(["kill", "-KILL", "--", f"-{made.process.pid}"], check=False, capture_output=True)
    made.process.wait()


def test_a_stop_is_passed_on_and_waited_for(container: Container) -> None:
    container.said([DAEMON])
    until("the verifier runs", (container.notes.parent / "notes.verifier").exists)
    container.process.terminate()
    assert container.process.wait(timeout=PATIENCE_SECONDS) == 0
    container.said([DAEMON, "stopped"])


def test_kubo_that_ends_by_request_is_started_again(container: Container) -> None:
    container.said([DAEMON])
    container.ends(0)
    container.said([DAEMON, DAEMON])
    assert container.process.poll() is None
    container.process.terminate()
    assert container.process.wait(timeout=PATIENCE_SECONDS) == 0


def test_kubo_that_fails_ends_the_container(container: Container) -> None:
    container.said([DAEMON])
    container.ends(3)
    assert container.process.wait(timeout=PATIENCE_SECONDS) == 3
    container.said([DAEMON])
