"""What tests with the real engine share: a stack of their own, where the Pulumi CLI and the random provider are."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.support import ROOT, UNMONITORED
from tests.helpers.world import World

# The language host of Python comes with the CLI; the engine fetches the random provider unless it is on PATH or was fetched before.
_NEEDED = ("pulumi", "pulumi-language-python", "pulumi-resource-random")

PASSPHRASE = "of-no-importance"

# Nothing waits for names here that never resolve.
_AT_ONCE = "import ipfs_cluster.storage.storage\n\nipfs_cluster.storage.storage.RESOLVES_AFTER_SECONDS = 0\n"


def _reason_to_skip() -> str:
    missing = [program for program in _NEEDED if shutil.which(program) is None]
    return f"the Pulumi CLI is not complete on PATH: no {', '.join(missing)}" if missing else ""


REASON = _reason_to_skip()
needs_engine = pytest.mark.skipif(bool(REASON), reason=REASON)


@dataclass(frozen=True)
class Step:
    """What the engine would do with a resource."""

    operation: str
    type: str
    name: str


class Stack:
    """The program as a stack of the real engine, with a stand-in for AWS."""

    def __init__(
        self,
        folder: Path,
        world: World | None = None,
        *,
        checkout: Path = ROOT,
        name: str = "test",
        program: str = "",
        environment: Mapping[str, str] = {},
        **groups: Any,
    ) -> None:
        """With a ``world``, in an account that other stacks are in too. With a ``checkout``, the program and component of that folder.

        ``name`` is the stack's, ``program`` one of its own, ``environment`` what its commands get in addition.
        """
        folder.mkdir(exist_ok=True)
        self.folder, self.name = folder, name
        self.world = world or World(folder / "world.json")
        (folder / "bin").mkdir()
        plugin = folder / "bin" / "pulumi-resource-aws"
        plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.helpers.provider "{self.world.file}" {self.world.region}\n')
        plugin.chmod(0o755)
        (folder / "state").mkdir()
        # No virtual environment of its own: the tests' Python has what the program needs.
        (folder / "Pulumi.yaml").write_text("name: ipfs-cluster\nruntime: python\n")
        (folder / "__main__.py").write_text(program or (_AT_ONCE if checkout == ROOT else "") + (checkout / "__main__.py").read_text())
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(plugin.parent), str(Path(sys.executable).parent), os.environ["PATH"]]),
            # The checkout's own component, also where another one is installed; and the stand-in.
            "PYTHONPATH": os.pathsep.join([str(checkout / "components"), str(ROOT)]),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **environment,
        }
        self.configure(**groups)
        assert self.run("stack", "init", name).returncode == 0

    def configure(self, **groups: Any) -> None:
        """Sets the stack's configuration; it is not monitored unless it says so."""
        values = {"aws:region": self.world.region, **{f"ipfs-cluster:{group}": value for group, value in {**UNMONITORED, **groups}.items()}}
        file = self.folder / f"Pulumi.{self.name}.yaml"
        kept = yaml.safe_load(file.read_text()) if file.exists() else {}
        file.write_text(yaml.safe_dump({**kept, "config": values}))

    def run(self, *arguments: str, errors: int = subprocess.STDOUT) -> "subprocess.CompletedProcess[str]":
        """A command of the CLI, with what it printed."""
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )

    def up(self, *options: str) -> "subprocess.CompletedProcess[str]":
        """An update, with what it printed."""
        return self.run("up", "--yes", "--skip-preview", "--color=never", *options)

    def preview(self) -> list[Step]:
        """What an update would do, with each resource that the program has or the state lists."""
        planned = self.run("preview", "--json", "--show-sames", errors=subprocess.PIPE)
        assert planned.returncode == 0, planned.stdout + planned.stderr
        urns = [(step["op"], *step["urn"].split("::")[2:]) for step in json.loads(planned.stdout)["steps"]]
        return [Step(operation, types.rpartition("$")[2], name) for operation, types, name in urns]

    def export(self) -> dict[str, Any]:
        """The state."""
        return dict(json.loads(self.run("stack", "export").stdout))
