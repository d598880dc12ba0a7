"""A cluster that begins to follow another one and ends it, and a Region that changes its role, on the real engine: nothing else is touched."""

from pathlib import Path
from typing import Any

from tests.helpers.engine import Stack, needs_engine
from tests.helpers.inputs import PEER_ID
from tests.helpers.regions import FIRST, RANGES, SECOND, STACKS
from tests.helpers.world import World

pytestmark = needs_engine

SMALL: dict[str, Any] = {"edge": {"mode": "load-balancer"}, "backup": {"nodes": "none", "pinsetSchedule": "never"}, "nodes": {"count": 1}}
FOLLOW = {"secretParameter": "/theirs/secret", "trustedPeers": [PEER_ID], "peerAddresses": [f"/dns4/peer.example.com/tcp/9096/p2p/{PEER_ID}"]}
RULES = ("ipfs-api-read-only", "ipfs-api-token")


def updated(stack: Stack) -> None:
    done = stack.up()
    assert done.returncode == 0, done.stdout


def changes(stack: Stack) -> set[tuple[str, str]]:
    """What the next update would do, apart from the outputs and from what it reads."""
    return {(step.operation, step.name) for step in stack.preview() if step.operation not in ("same", "read") and step.type != "pulumi:pulumi:Stack"}


def rolled(node: str) -> set[tuple[str, str]]:
    """A new revision of the task definition, and what runs it."""
    return {("replace", f"ipfs-{node}-task"), ("update", f"ipfs-{node}-service")}


def test_follow_comes_and_goes(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "stack", World(tmp_path / "account.json", FIRST), **SMALL)
    updated(stack)
    # The role that starts the node may read the other secret, and the load balancer refuses writes.
    node = rolled("eu-west-1a") | {("update", "ipfs-eu-west-1a-execution")}
    stack.configure(**SMALL, follow=FOLLOW)
    assert changes(stack) == node | {("create", rule) for rule in RULES}
    updated(stack)
    assert changes(stack) == set()
    stack.configure(**SMALL)
    assert changes(stack) == node | {("delete", rule) for rule in RULES}
    updated(stack)
    assert changes(stack) == set()
    done = stack.world.done()
    last_of = {name: max(place for place, (_, _, other) in enumerate(done) if other == name) for name in ("ipfs-eu-west-1a-service", *RULES)}
    assert all(last_of[rule] > last_of["ipfs-eu-west-1a-service"] for rule in RULES), "it takes writes once the nodes do"


def test_a_region_becomes_a_reader(tmp_path: Path) -> None:
    def region(name: str, **groups: Any) -> Stack:
        return Stack(tmp_path / name, World(tmp_path / f"{name}.json", name), name=STACKS[name], network={"cidr": RANGES[name]}, **SMALL, **groups)

    def output(stack: Stack, name: str) -> str:
        return stack.run("stack", "output", "--show-secrets", name).stdout.strip()

    first = region(FIRST)
    updated(first)
    of_first = output(first, "member")
    members = {"others": {FIRST: of_first}, "shared": output(first, "shared_secrets")}
    second = region(SECOND, members=members)
    updated(second)
    first.configure(**SMALL, network={"cidr": RANGES[FIRST]}, members={"others": {SECOND: output(second, "member")}})
    updated(first)

    second.configure(**SMALL, network={"cidr": RANGES[SECOND]}, members={**members, "role": "reader"})
    assert changes(second) == rolled("us-east-1a") | {("create", rule) for rule in RULES}
    updated(second)
    assert changes(second) == set()
    # The writer no longer knows and trusts it. Its own member is the same, so nothing goes round.
    first.configure(**SMALL, network={"cidr": RANGES[FIRST]}, members={"others": {SECOND: output(second, "member")}})
    assert changes(first) == rolled("eu-west-1a")
    updated(first)
    assert output(first, "member") == of_first
