"""All Regions in one program, on the real engine: Regions that come, go and are lost."""

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.engine import Stack, needs_engine
from tests.helpers.regions import FIRST, RANGES, SECOND, THIRD
from tests.helpers.world import World

pytestmark = needs_engine

SMALL: dict[str, Any] = {
    "edge": {"mode": "none"},
    "backup": {"nodes": "none", "pinset_schedule": "never"},
    "nodes": {"count": 1},
    "monitoring": {"enabled": False},
}
PROGRAM = """
import ipfs_cluster.storage.storage
import pulumi
from ipfs_cluster import IpfsGlobalCluster

ipfs_cluster.storage.storage.RESOLVES_AFTER_SECONDS = 0
made = IpfsGlobalCluster("ipfs", pulumi.Config().require_object("inputs"))
for name in IpfsGlobalCluster.__annotations__:
    pulumi.export(name, getattr(made, name))
"""


def inputs(*regions: str) -> dict[str, Any]:
    return {"all_regions": SMALL, "regions": {region: {"network": {"cidr": RANGES[region]}} for region in regions}}


def done(stack: Stack, *options: str) -> None:
    up = stack.up(*options)
    assert up.returncode == 0, up.stdout


def changes(stack: Stack) -> set[tuple[str, str]]:
    """What the next update would do, apart from the outputs."""
    return {(step.operation, step.name) for step in stack.preview() if step.operation != "same" and step.type != "pulumi:pulumi:Stack"}


def rolled(short: str, node: str) -> set[tuple[str, str]]:
    """A new revision of a node's task definition, and what runs it."""
    return {("replace", f"ipfs-{short}-{node}-task"), ("update", f"ipfs-{short}-{node}-service")}


def held(stack: Stack) -> set[tuple[str, str]]:
    """URN and ID of what the state has of the second Region, and of what joins it."""
    resources = stack.export()["deployment"]["resources"]
    return {(one["urn"], one.get("id", "")) for one in resources if "ipfs-use1" in one["urn"] or SECOND in one["urn"]}


@pytest.fixture
def two(tmp_path: Path) -> Stack:
    """Two Regions, deployed."""
    stack = Stack(tmp_path / "stack", World(tmp_path / "world.json", FIRST), program=PROGRAM, inputs=inputs(FIRST, SECOND))
    assert {operation for operation, _ in changes(stack)} == {"create"}, "a preview knows nothing yet"
    done(stack)
    return stack


def test_a_region_that_comes_and_one_that_goes(two: Stack) -> None:
    assert changes(two) == set()
    two.configure(inputs=inputs(FIRST, SECOND, THIRD))
    # The others' nodes hear of it; what joins those is left alone, even while the new one is not known.
    expected = rolled("euw1", "eu-west-1a") | rolled("use1", "us-east-1a")
    found = changes(two)
    assert {change for change in found if change[0] != "create"} == expected
    assert all("apne1" in name or THIRD in name for operation, name in found if operation == "create")
    since = len(two.world.done())
    done(two)
    assert changes(two) == set()
    others = {(operation, name) for operation, _, name in two.world.done()[since:] if "apne1" not in name and THIRD not in name}
    # A replacement is a creation and a deletion (in the state alone: revisions stay registered).
    assert others == {("update", name) for operation, name in expected if operation == "update"} | {
        (operation, name) for replaced, name in expected if replaced == "replace" for operation in ("create", "delete")
    }

    # The first one goes: nothing depends on which was first.
    two.configure(inputs=inputs(SECOND, THIRD))
    expected = rolled("use1", "us-east-1a") | rolled("apne1", "ap-northeast-1a")
    found = changes(two)
    assert {change for change in found if change[0] != "delete"} == expected
    assert all("euw1" in name or FIRST in name for operation, name in found if operation == "delete")
    since = len(two.world.done())
    done(two)
    assert changes(two) == set()
    deleted = [name for operation, type_, name in two.world.done()[since:] if operation == "delete"]
    # AWS keeps a VPC that is peered.
    assert max(deleted.index(name) for name in deleted if name.startswith(f"ipfs-{FIRST}-")) < deleted.index("ipfs-euw1-network-vpc")

    secrets = [two.run("stack", "output", "--show-secrets", "api_password").stdout.strip()]
    state = two.run("stack", "export").stdout
    assert len(secrets[0]) == 32
    assert not [secret for secret in secrets if secret in state]
    destroyed = two.run("destroy", "--yes", "--skip-preview", "--color=never")
    assert destroyed.returncode == 0, destroyed.stdout


def test_a_region_that_is_lost_stops_the_update_until_it_is_left_out(two: Stack) -> None:
    two.configure(inputs=inputs(FIRST, SECOND))
    two.world.lose(SECOND)
    stopped = two.up()
    assert stopped.returncode != 0
    assert f"lookup ec2.{SECOND}.amazonaws.com: no such host" in stopped.stdout

    # As docs/regions.md has it: what belongs to the lost Region stays in the state, and is not touched.
    given = {**inputs(FIRST), "all_regions": {**SMALL, "nodes": {"count": 1, "memory": 3072}}}
    two.configure(inputs=given)
    before = held(two)
    lost = [f"--exclude=**{part}**" for part in ("ipfs-use1", SECOND)]
    since = len(two.world.done())
    done(two, *lost)
    changed = {(operation, name) for operation, _, name in two.world.done()[since:]}
    assert {name for _, name in changed} == {"ipfs-euw1-eu-west-1a-task", "ipfs-euw1-eu-west-1a-service"}
    kept = held(two)
    assert len(kept) > 50
    assert kept == before

    # It is back.
    two.world.lose()
    two.configure(inputs={**given, "regions": inputs(FIRST, SECOND)["regions"]})
    found = changes(two)
    assert found == rolled("euw1", "eu-west-1a") | rolled("use1", "us-east-1a")
    done(two)
    assert changes(two) == set()
