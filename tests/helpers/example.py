"""The scripts in examples/: imported, and run as a user runs them."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.helpers.support import EXAMPLES

needs_command = pytest.mark.skipif(importlib.util.find_spec("ipfs_cluster_cli") is None, reason="the command ipfs-cluster is not installed")


def load(folder: str, script: str) -> ModuleType:
    """A script in a folder of examples/, as a module."""
    name = f"example_{Path(script).stem}"
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / folder / script)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def with_command(folder: Path) -> Path:
    """A folder for PATH with the command `ipfs-cluster` of this Python."""
    program = folder / "ipfs-cluster"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"#!{sys.executable}\nfrom ipfs_cluster_cli.commands import main\nmain()\n")
    program.chmod(0o755)
    return folder


def run(*command: str | Path, folder: Path, path: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command in a folder, with ``path`` before all others on PATH."""
    environment = {**os.environ, **variables}
    if path:
        environment["PATH"] = os.pathsep.join([str(path), os.environ["PATH"]])
    return subprocess.run([str(word) for word in command], cwd=folder, env=environment, capture_output=True, text=True, check=False)
