"""What tests with the real engine share: a stack of their own, where the Pulumi CLI and the random provider are."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.provider import World
from tests.helpers.support import ROOT, UNMONITORED

# The language host of Python comes with the CLI; the engine fetches the random provider unless it is on PATH or was fetched before.
_NEEDED = ("pulumi", "pulumi-language-python", "pulumi-resource-random")


def _reason_to_skip() -> str:
    missing = [program for program in _NEEDED if shutil.which(program) is None]
    return f"the Pulumi CLI is not complete on PATH: no {', '.join(missing)}" if missing else ""


REASON = _reason_to_skip()
needs_engine = pytest.mark.skipif(bool(REASON), reason=REASON)


class Stack:
    """The program as a stack of the real engine, with a stand-in for AWS."""

    def __init__(self, folder: Path, world: World | None = None, **groups: Any) -> None:
        """With a ``world``, in an account that other stacks are in too."""
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.world = world or World(folder / "world.json")
        (folder / "bin").mkdir()
        plugin = folder / "bin" / "pulumi-resource-aws"
        plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.helpers.provider "{self.world.file}"\n')
        plugin.chmod(0o755)
        (folder / "state").mkdir()
        # No virtual environment of its own: the tests' Python has what the program needs.
        (folder / "Pulumi.yaml").write_text("name: ipfs-cluster\nruntime: python\n")
        # Nothing waits for names here that never resolve.
        at_once = "import ipfs_cluster.storage.storage\n\nipfs_cluster.storage.storage.RESOLVES_AFTER_SECONDS = 0\n"
        (folder / "__main__.py").write_text(at_once + (ROOT / "__main__.py").read_text())
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(plugin.parent), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "of-no-importance",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.configure(**groups)
        assert self.run("stack", "init", "test").returncode == 0

    def configure(self, **groups: Any) -> None:
        """Sets the stack's configuration; it is not monitored unless it says so."""
        values = {"aws:region": "eu-west-1", **{f"ipfs-cluster:{group}": value for group, value in {**UNMONITORED, **groups}.items()}}
        file = self.folder / "Pulumi.test.yaml"
        kept = yaml.safe_load(file.read_text()) if file.exists() else {}
        file.write_text(yaml.safe_dump({**kept, "config": values}))

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command of the CLI, with what it printed."""
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def up(self, *options: str) -> "subprocess.CompletedProcess[str]":
        """An update, with what it printed."""
        return self.run("up", "--yes", "--skip-preview", "--color=never", *options)

    def export(self) -> dict[str, Any]:
        """The state."""
        return dict(json.loads(self.run("stack", "export").stdout))
