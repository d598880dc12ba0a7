"""The shell scripts, under ShellCheck."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.support import ROOT

SCRIPTS = [ROOT / ".ci" / "run", *sorted(file for folder in ("bench", "components", "examples", "sandbox", "tests") for file in (ROOT / folder).rglob("*.sh"))]
SHELLCHECK = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which("shellcheck")


@pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script.relative_to(ROOT)))
def test_shellcheck_finds_nothing(script: Path) -> None:
    done = subprocess.run([str(SHELLCHECK), str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_containers_scripts_are_among_them() -> None:
    assert {script.name for script in SCRIPTS} >= {"run", "configure.sh", "start_cluster.sh"}
