"""Parts of the console, run in Node.js without a browser."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.support import ROOT

CONSOLE = ROOT / "console"
_ESBUILD = CONSOLE / "node_modules" / ".bin" / "esbuild"

needs_packages = pytest.mark.skipif(
    shutil.which("node") is None or not _ESBUILD.exists(), reason="Node.js, or the packages of console/, are not installed: run `npm ci` in console/"
)


def bundle(script: str, folder: Path, *options: str) -> Path:
    """Makes a script of console/tests, with what it imports, into one file that Node.js runs. ``options`` are further ones of esbuild."""
    made = folder / Path(script).with_suffix(".mjs").name
    arguments = ["--bundle", "--platform=node", "--format=esm", "--log-level=warning", f"--outfile={made}", *options]
    subprocess.run([str(_ESBUILD), f"tests/{script}", *arguments], cwd=CONSOLE, check=True)
    return made


def answers(script: Path, asked: Mapping[Path, object]) -> list[Any]:
    """What a script says of each path, with what it is asked for it."""
    arguments = [f"{path}=>{what}" for path, what in asked.items()]
    done = subprocess.run(["node", str(script), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
