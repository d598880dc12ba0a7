"""The package as programs in other languages use it: the engine runs its provider, which makes the components."""

import sys
from pathlib import Path
from typing import Any

from tests.helpers.engine import Stack, needs_engine
from tests.helpers.regions import FIRST, RANGES, SECOND
from tests.helpers.support import ROOT
from tests.helpers.world import World

pytestmark = needs_engine

# As a generated SDK declares a component; its inputs are camelCase.
PROGRAM = """
import pulumi


class Remote(pulumi.ComponentResource):
    def __init__(self, component, name, inputs, outputs):
        super().__init__(f"ipfs-cluster:index:{component}", name, {**inputs, **dict.fromkeys(outputs)}, None, True)


config = pulumi.Config()
inputs = config.require_object("inputs")
inputs["allRegions"]["api"] = {"password": config.require_secret("password")}
made = Remote("IpfsGlobalCluster", "ipfs", inputs, ["members", "apiPassword", "peeringConnectionIds"])
for name in ("members", "apiPassword", "peeringConnectionIds"):
    pulumi.export(name, getattr(made, name))
"""
SMALL: dict[str, Any] = {
    "edge": {"mode": "none"},
    "backup": {"nodes": "none", "pinsetSchedule": "never"},
    "nodes": {"count": 1},
    "monitoring": {"enabled": False},
}
PASSWORD = "correct-horse-battery"


def remote(folder: Path) -> Stack:
    """A stack with the program, and the package's provider as a plugin."""
    stack = Stack(folder / "stack", World(folder / "world.json", FIRST), program=PROGRAM)
    plugin = stack.folder / "bin" / "pulumi-resource-ipfs-cluster"
    plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{stack.folder}/provider.py" "$@"\n')
    plugin.chmod(0o755)
    at_once = "import ipfs_cluster.storage.storage\n\nipfs_cluster.storage.storage.RESOLVES_AFTER_SECONDS = 0\n"
    (stack.folder / "provider.py").write_text(at_once + (ROOT / "components" / "__main__.py").read_text())
    return stack


def configure(stack: Stack, second: str = RANGES[SECOND], **groups: Any) -> None:
    regions = {FIRST: {"network": {"cidr": RANGES[FIRST]}}, SECOND: {"network": {"cidr": second}}}
    stack.configure(inputs={"allRegions": {**SMALL, **groups}, "regions": regions})
    assert stack.run("config", "set", "--secret", "password", PASSWORD).returncode == 0


def test_all_regions_in_one_program_of_another_language(tmp_path: Path) -> None:
    stack = remote(tmp_path)
    configure(stack)
    preview = stack.run("preview", "--color=never")
    assert preview.returncode == 0, preview.stdout
    up = stack.up()
    assert up.returncode == 0, up.stdout
    again = stack.up("--expect-no-changes")
    assert again.returncode == 0, again.stdout
    assert '"eu-west-1 us-east-1":' in stack.run("stack", "output", "--json", "peeringConnectionIds").stdout
    assert stack.run("stack", "output", "--show-secrets", "apiPassword").stdout.strip() == PASSWORD
    assert PASSWORD not in stack.run("stack", "export").stdout


def test_what_is_refused_is_named_by_its_input(tmp_path: Path) -> None:
    stack = remote(tmp_path)
    configure(stack, second="10.94.128.0/17")
    refused = stack.up()
    assert refused.returncode != 0
    assert "its VPC's range 10.94.128.0/17 overlaps with 10.94.0.0/16 of eu-west-1" in refused.stdout
    assert 'regions["us-east-1"]' in refused.stdout
    assert stack.world.done() == []
