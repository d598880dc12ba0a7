"""The console that is shipped is what its code builds, with the packages of console/package-lock.json."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ipfs_cluster.edge import page

from tests.helpers.support import ROOT
from tools import runbook

NPM = shutil.which("npm")
NO_REGISTRY = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTCACHED")


def run(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@pytest.mark.skipif(NPM is None, reason="npm is not installed")
def test_the_built_files_are_those_of_the_code(tmp_path: Path) -> None:
    code, built = tmp_path / "console", tmp_path / "built"
    shutil.copytree(ROOT / "console", code, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy(ROOT / "LICENSE", tmp_path)
    installed = run(code, "npm", "ci", "--no-audit", "--no-fund", "--prefer-offline")
    if installed.returncode and NO_REGISTRY.search(installed.stdout):
        pytest.skip("the console's packages are not to be had: no package registry")
    assert installed.returncode == 0, installed.stdout
    done = run(code, "npm", "run", "build", "--", str(built))
    assert done.returncode == 0, done.stdout
    new = {file.relative_to(built).as_posix(): file.read_bytes() for file in built.rglob("*") if file.is_file()}
    shipped = {file: (page.FOLDER / file).read_bytes() for file in page.files() if not file.startswith("runbook.")}
    advice = "build it again: make console"
    assert new.keys() == shipped.keys(), advice
    assert [file for file in new if new[file] != shipped[file]] == [], advice


def test_the_runbook_is_that_of_the_documentation() -> None:
    assert runbook.FILE.read_text() == runbook.text(), "write it again: make generate"
