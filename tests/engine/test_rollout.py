"""What the next `pulumi up` does after a deployment of a node failed, on the real engine."""

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.engine import Stack, needs_engine
from tests.helpers.world import SERVICE, World

pytestmark = needs_engine

# What has nothing to do with nodes is left out: every run of the engine takes its time for each resource.
SMALL: dict[str, Any] = {"edge": {"mode": "none"}, "backup": {"nodes": "none"}}

GOOD, BAD = "ipfs/kubo:v0.43.1", "ipfs/kubo:v0.43.9"
NODES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def revisions(world: World) -> dict[str, tuple[int, int]]:
    """By node: the revision that its service has, and how many tasks run."""
    found = {name.removeprefix("ipfs-node-"): service for name, service in world.services().items()}
    return {node: (int(service["taskDefinition"].rpartition(":")[2]), service["runningCount"]) for node, service in sorted(found.items())}


def services_changed(world: World, since: int) -> list[str]:
    return [f"{operation} {name}" for operation, type_, name in world.done()[since:] if type_ == SERVICE]


def assert_what_runs_is_active(world: World) -> None:
    known = world.revisions()
    for service in world.services().values():
        assert known[service["taskDefinition"]]["active"]


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path / "stack", **SMALL)


def test_an_update_that_failed_is_not_green_until_it_is_done(stack: Stack) -> None:
    assert stack.up().returncode == 0
    assert revisions(stack.world) == dict.fromkeys(NODES, (1, 1))
    stack.world.break_image(BAD)
    stack.configure(nodes={"kuboImage": BAD}, **SMALL)

    failed = stack.up()
    assert failed.returncode != 0
    assert "error: node eu-west-1a: its ECS service could not be created or updated" in failed.stdout
    assert "CannotPullContainerError" in failed.stdout
    for _ in range(2):
        since = len(stack.world.done())
        again = stack.up()
        assert again.returncode != 0
        assert "error: node eu-west-1a: ECS runs ipfs-cluster-test-ipfs-eu-west-1a:1 and not ipfs-cluster-test-ipfs-eu-west-1a:2" in again.stdout
        assert 'ECS: "(service ipfs-node-eu-west-1a) (deployment ecs-svc/1) deployment failed: tasks failed to start"' in again.stdout
        assert "`pulumi up --refresh`" in again.stdout
        assert revisions(stack.world) == dict.fromkeys(NODES, (1, 1))
        assert set(services_changed(stack.world, since)) <= {"update ipfs-eu-west-1a-service"}
        assert_what_runs_is_active(stack.world)

    # The cause was elsewhere, and is gone: the command of the message.
    stack.world.mend_images()
    assert stack.up().returncode != 0
    assert stack.up("--refresh").returncode == 0
    assert revisions(stack.world) == dict.fromkeys(NODES, (2, 1))
    assert_what_runs_is_active(stack.world)
    assert "unchanged" in stack.up("--expect-no-changes").stdout


def test_an_image_that_is_put_right_is_deployed_at_once(stack: Stack) -> None:
    assert stack.up().returncode == 0
    stack.world.break_image(BAD)
    stack.configure(nodes={"kuboImage": BAD}, **SMALL)
    assert stack.up().returncode != 0
    stack.configure(nodes={"kuboImage": GOOD}, **SMALL)
    assert stack.up().returncode == 0
    # Nodes that were not reached go on to the newest revision as well.
    assert all(running == 1 for _, running in revisions(stack.world).values())
    known = stack.world.revisions()
    assert all(GOOD in known[service["taskDefinition"]]["images"] for service in stack.world.services().values())
    assert_what_runs_is_active(stack.world)


def test_a_first_deployment_that_failed_is_not_green_until_it_runs(stack: Stack) -> None:
    stack.world.break_image(GOOD)
    assert stack.up().returncode != 0
    assert revisions(stack.world) == {"eu-west-1a": (1, 0)}
    again = stack.up()
    assert again.returncode != 0
    assert "error: node eu-west-1a: service ipfs-node-eu-west-1a runs no task" in again.stdout
    (command,) = {part for part in again.stdout.split("`") if part.startswith("aws ecs update-service")}
    assert "--region eu-west-1 --cluster cluster-" in command
    assert command.split(" && ")[0].endswith("--service ipfs-node-eu-west-1a --force-new-deployment")
    assert revisions(stack.world) == {"eu-west-1a": (1, 0)}, "no node was made after it"
    stack.world.mend_images()
    stack.world.redeploy("ipfs-node-eu-west-1a")
    assert stack.up().returncode == 0
    assert revisions(stack.world) == dict.fromkeys(NODES, (1, 1))


def test_a_node_that_lost_its_task_later_does_not_hold_up_the_others(stack: Stack) -> None:
    """A zone is lost: the cluster can still be given a node elsewhere."""
    assert stack.up().returncode == 0
    with stack.world.change() as content:
        service = content["services"]["ipfs-node-eu-west-1a"]
        service["runningCount"] = 0
        service["events"].insert(0, "(service ipfs-node-eu-west-1a) was unable to place a task. Reason: Capacity is unavailable at this time.")
    done = stack.up()
    assert done.returncode == 0
    assert "warning: node eu-west-1a: service ipfs-node-eu-west-1a was deployed, but runs no task at the moment" in done.stdout
    assert "Capacity is unavailable at this time" in done.stdout


def test_nothing_of_this_is_asked_in_a_preview(stack: Stack) -> None:
    assert stack.run("preview", "--color=never").returncode == 0
    assert stack.up().returncode == 0
    stack.world.break_image(BAD)
    stack.configure(nodes={"kuboImage": BAD}, **SMALL)
    assert stack.up().returncode != 0
    assert stack.run("preview", "--color=never").returncode == 0
    destroyed = stack.run("destroy", "--yes", "--skip-preview", "--color=never")
    assert destroyed.returncode == 0, destroyed.stdout
    assert stack.world.services() == {}
    nodes = [known for known in stack.world.revisions().values() if "-eu-west-1" in known["family"]]
    assert nodes
    assert all(known["active"] for known in nodes), "revisions stay, for a deployment to go back to"


def test_a_second_stack_of_the_same_names_changes_nothing(stack: Stack, tmp_path: Path) -> None:
    assert stack.up().returncode == 0
    before = stack.world.read()
    second = Stack(tmp_path / "second", stack.world, **SMALL)  # with a backend of its own
    failed = second.up()
    assert failed.returncode != 0
    assert "error: the SSM parameter /ipfs/ipfs-cluster/test/stack exists already" in failed.stdout
    made = [name for operation, type_, name in stack.world.done()[len(before["done"]) :] if type_.endswith(":Parameter")]
    assert not [name for name in made if name.endswith("private-key")]
    assert "ipfs-credentials-eu-west-1a-kubo-private-key" in {name for _, _, name in before["done"]}


def test_a_new_mount_target_is_given_time_until_its_name_resolves(stack: Stack) -> None:
    program = stack.folder / "__main__.py"
    program.write_text(program.read_text().replace("RESOLVES_AFTER_SECONDS = 0", "RESOLVES_AFTER_SECONDS = 8"))
    stack.configure(nodes={"count": 1}, **SMALL)
    first = stack.up()
    assert first.returncode == 0
    assert "until the name of the file system resolves" in first.stdout
    stack.configure(nodes={"count": 1, "memory": 3072}, **SMALL)
    second = stack.up()
    assert second.returncode == 0, second.stdout
    assert "until the name of the file system resolves" not in second.stdout
