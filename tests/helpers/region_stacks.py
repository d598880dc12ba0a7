"""What tests of several Regions with the real engine share: the stack of a Region, and what an update of a stack would do."""

from pathlib import Path
from typing import Any

from tests.helpers.engine import Stack
from tests.helpers.regions import RANGES, STACKS
from tests.helpers.world import World

SMALL: dict[str, Any] = {"edge": {"mode": "none"}, "backup": {"nodes": "none"}, "nodes": {"count": 1}}


def region_stack(folder: Path, region: str, **groups: Any) -> Stack:
    return Stack(folder / region, World(folder / f"{region}.json", region), name=STACKS[region], network={"cidr": RANGES[region]}, **SMALL, **groups)


def done(stack: Stack, *options: str) -> None:
    up = stack.up(*options)
    assert up.returncode == 0, up.stdout


def output(stack: Stack, name: str) -> str:
    return stack.run("stack", "output", "--show-secrets", name).stdout.strip()


def changes(stack: Stack) -> set[tuple[str, str]]:
    """What the next update would do, apart from the outputs and from what it reads of other stacks."""
    return {(step.operation, step.name) for step in stack.preview() if step.operation not in ("same", "read") and step.type != "pulumi:pulumi:Stack"}
