"""Users of the APIs added to a stack that runs, and removed, on the real engine."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.engine import Stack, needs_engine

pytestmark = needs_engine

SMALL: dict[str, Any] = {"edge": {"mode": "none"}, "backup": {"nodes": "none"}, "nodes": {"count": 2}}
NODES = ("eu-west-1a", "eu-west-1b")
PASSWORD = "random:index/randomPassword:RandomPassword"


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path / "stack", **SMALL)


def steps(stack: Stack, users: list[str], **credentials: Any) -> set[tuple[str, str]]:
    """Operation and name of what an update to these users does in the account, and to passwords, without the task definitions' old revisions."""
    before, since = passwords(stack), len(stack.world.done())
    stack.configure(**SMALL, api={"users": users}, credentials=credentials)
    done = stack.up()
    assert done.returncode == 0, done.stdout
    after = passwords(stack)
    made = {("create", name) for name in after.keys() - before.keys()} | {("delete", name) for name in before.keys() - after.keys()}
    replaced = {("replace", name) for name in before.keys() & after.keys() if before[name] != after[name]}
    return {(operation, name) for operation, _, name in stack.world.done()[since:]} | made | replaced


def passwords(stack: Stack) -> dict[str, Any]:
    resources = json.loads(stack.run("stack", "export", "--show-secrets").stdout)["deployment"]["resources"]
    return {resource["urn"].rpartition("::")[2]: resource["outputs"]["result"] for resource in resources if resource["type"] == PASSWORD}


ROLLED = {("create", f"ipfs-{node}-task") for node in NODES} | {("update", f"ipfs-{node}-service") for node in NODES}
"""The nodes' task definitions have a new revision, and their services run it."""
REVISIONS_GONE = {("delete", f"ipfs-{node}-task") for node in NODES}


def test_a_change_of_users_concerns_them_and_what_the_nodes_are_told(stack: Stack) -> None:
    assert stack.up().returncode == 0

    added = steps(stack, ["ci", "alice"])
    own = {("create", f"ipfs-credentials-users-{user}{what}") for user in ("ci", "alice") for what in ("", "-password")}
    allowed = {("update", f"ipfs-{node}-execution") for node in NODES}
    assert added - REVISIONS_GONE == own | {("create", "ipfs-credentials-api-users")} | allowed | ROLLED

    removed = steps(stack, ["ci"])
    assert removed - REVISIONS_GONE == {
        ("delete", "ipfs-credentials-users-alice"),
        ("delete", "ipfs-credentials-users-alice-password"),
        ("update", "ipfs-credentials-api-users"),
        *ROLLED,
    }

    rotated = steps(stack, ["ci"], apiUserPasswordVersions={"ci": 2})
    assert rotated - REVISIONS_GONE == {
        ("replace", "ipfs-credentials-users-ci-password"),
        ("update", "ipfs-credentials-users-ci"),
        ("update", "ipfs-credentials-api-users"),
        *ROLLED,
    }

    none = steps(stack, [])
    assert none - REVISIONS_GONE == {
        ("delete", "ipfs-credentials-users-ci"),
        ("delete", "ipfs-credentials-users-ci-password"),
        ("delete", "ipfs-credentials-api-users"),
        *allowed,
        *ROLLED,
    }
    assert stack.up("--expect-no-changes").returncode == 0
