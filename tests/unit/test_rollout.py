import dataclasses

import pytest
from ipfs_cluster.node import rollout
from ipfs_cluster.node.rollout import Service

from tests.helpers.support import ROOT

FAILED = "(service ipfs-node-eu-west-1a) (deployment ecs-svc/2) deployment failed: tasks failed to start."
STEADY = "(service ipfs-node-eu-west-1a) has reached a steady state."
NO_PLACE = "(service ipfs-node-eu-west-1a) was unable to place a task. Reason: Capacity is unavailable at this time."


def definition(revision: int) -> str:
    return f"arn:aws:ecs:eu-west-1:123456789012:task-definition/ipfs-cluster-dev-ipfs-eu-west-1a:{revision}"


DONE = Service(
    node="eu-west-1a",
    name="ipfs-node-eu-west-1a",
    region="eu-west-1",
    cluster="ipfs-cluster-1a2b",
    asked=definition(2),
    task_definition=definition(2),
    running=1,
    events=[STEADY],
)


def test_a_deployment_that_is_done() -> None:
    assert (rollout.problem(DONE), rollout.warning(DONE)) == ("", "")


@pytest.mark.parametrize("running", [0, 1])
def test_another_revision_than_was_asked(running: int) -> None:
    problem = rollout.problem(dataclasses.replace(DONE, task_definition=definition(1), running=running, events=[STEADY, FAILED]))
    assert problem.startswith("node eu-west-1a: ECS runs ipfs-cluster-dev-ipfs-eu-west-1a:1 and not ipfs-cluster-dev-ipfs-eu-west-1a:2, which was asked for")
    assert f'(ECS: "{FAILED.rstrip(".")}")' in problem
    assert "`pulumi up --refresh`" in problem


def test_the_cause_is_told_and_not_what_followed() -> None:
    events = [
        STEADY,
        "(service ipfs-node-eu-west-1a) has started 1 tasks: (task 1).",
        "(service ipfs-node-eu-west-1a) rolling back to deployment ecs-svc/1.",
        FAILED,
        "(service ipfs-node-eu-west-1a) has stopped 1 running tasks: (task 2).",
        NO_PLACE,
        STEADY,
        "(service ipfs-node-eu-west-1a) was unable to place a task. Reason: of long ago.",
    ]
    problem = rollout.problem(dataclasses.replace(DONE, task_definition=definition(1), events=events))
    assert f'(ECS: "{NO_PLACE.rstrip(".")}")' in problem


@pytest.mark.parametrize("events", [[], [FAILED], [NO_PLACE], [NO_PLACE, FAILED, STEADY]], ids=["none", "failed", "never steady", "steady before"])
def test_no_task_and_no_deployment_that_was_done(events: list[str]) -> None:
    problem = rollout.problem(dataclasses.replace(DONE, running=0, events=events))
    assert problem.startswith("node eu-west-1a: service ipfs-node-eu-west-1a runs no task")
    assert rollout.redeploy(DONE) in problem
    assert rollout.warning(dataclasses.replace(DONE, running=0, events=events)) == ""


@pytest.mark.parametrize("events", [[STEADY], [NO_PLACE, STEADY, FAILED], [NO_PLACE, "(service x) (deployment ecs-svc/2) deployment completed."]])
def test_a_task_that_was_lost_later_holds_up_nothing(events: list[str]) -> None:
    lost = dataclasses.replace(DONE, running=0, events=events)
    assert rollout.problem(lost) == ""
    assert rollout.warning(lost).startswith("node eu-west-1a: service ipfs-node-eu-west-1a was deployed, but runs no task at the moment")


def test_the_command_names_region_cluster_and_service() -> None:
    assert rollout.redeploy(DONE) == (
        "aws ecs update-service --region eu-west-1 --cluster ipfs-cluster-1a2b --service ipfs-node-eu-west-1a --force-new-deployment && "
        "aws ecs wait services-stable --region eu-west-1 --cluster ipfs-cluster-1a2b --services ipfs-node-eu-west-1a"
    )


def test_the_help_is_there() -> None:
    file, _, anchor = rollout.HELP.partition("#")
    headings = [line.lstrip("# ").lower().replace(" ", "-") for line in (ROOT / file).read_text().splitlines() if line.startswith("#")]
    assert anchor in headings
