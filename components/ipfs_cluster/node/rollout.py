"""Pure: whether ECS runs what was asked: what a service says of itself against the task definition that it was given.

The provider waits for a service's deployment only in the run that changes the service. If that run fails, the state already holds the new
task definition, and the next run finds nothing to do. So every run looks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

FAILED = "deployment failed"
STEADY = ("has reached a steady state", "deployment completed")
"""What ECS says of a deployment (Amazon ECS Developer Guide, "Service event messages")."""

_CAUSES = ("unable to", "failed container health checks", "unhealthy", "Reason:")

HELP = "docs/operations.md#when-a-deployment-does-not-come-up"


@dataclass(frozen=True)
class Service:
    """A node's service as ECS describes it."""

    node: str
    name: str
    region: str
    cluster: str
    """Name of the ECS cluster."""
    asked: str
    """ARN of the task definition that the program asked for."""
    task_definition: str
    """ARN of the one that ECS runs."""
    running: int
    """Number of tasks that run."""
    events: Sequence[str]
    """What ECS reported, newest first."""


def problem(service: Service) -> str:
    """What is wrong with a node's deployment and what to do next, as sentences for the user; empty if it is complete."""
    name, asked, ran = service.name, _revision(service.asked), _revision(service.task_definition)
    if service.task_definition != service.asked:
        return (
            f"node {service.node}: ECS runs {ran} and not {asked}, which was asked for: the update of service {name} failed, and ECS rolled back to "
            f"the previous revision{_reason(service.events)}. Later nodes were not changed. Fix the cause ({HELP}), then run `pulumi up` if that "
            f"changed the settings or the program, or `pulumi up --refresh` to try {asked} again."
        )
    if service.running < 1 and not _was_steady(service.events):
        return (
            f"node {service.node}: service {name} runs no task: the deployment of {asked} failed or is not finished, and ECS has no previous "
            f"revision to roll back to{_reason(service.events)}. Later nodes were not changed. Fix the cause ({HELP}), then run `pulumi up` if that "
            f"changed the settings or the program, otherwise `{redeploy(service)}` and `pulumi up`."
        )
    return ""


def warning(service: Service) -> str:
    """What the user should know although the deployment is done; mostly empty."""
    if service.running < 1 and not problem(service):
        return (
            f"node {service.node}: service {service.name} was deployed, but runs no task at the moment{_reason(service.events)}. "
            f"The other nodes are updated anyway. If it does not come back: {HELP}"
        )
    return ""


def redeploy(service: Service) -> str:
    """The command that makes ECS deploy the same revision again, and waits for it."""
    where = f"--region {service.region} --cluster {service.cluster}"
    return f"aws ecs update-service {where} --service {service.name} --force-new-deployment && aws ecs wait services-stable {where} --services {service.name}"


def failure(node: str) -> str:
    """What to do after the provider reported that a node's service could not be created or updated."""
    return (
        f"node {node}: its ECS service could not be created or updated; the provider's reason is below. Later nodes were not changed, and a task that ran "
        f"before keeps running or is started again. Fix the cause ({HELP}), then run `pulumi up`: it says what ECS runs, and what to do if that is not what "
        "was asked."
    )


def _was_steady(events: Sequence[str]) -> bool:
    """Whether the last deployment was done: a task that is missing now was lost later."""
    for event in events:
        if FAILED in event:
            return False
        if _is_steady(event):
            return True
    return False


def _is_steady(event: str) -> bool:
    return any(words in event for words in STEADY)


def _reason(events: Sequence[str]) -> str:
    """The latest event that names a cause of the last failure; otherwise the failure itself; otherwise the latest event."""
    failed = next((index for index, event in enumerate(events) if FAILED in event), 0)
    before = next((index for index, event in enumerate(events) if index > failed and _is_steady(event)), len(events))
    relevant = [event for event in events[failed:before] if not _is_steady(event)] or list(events[:1])
    causes = [event for event in relevant if any(words in event for words in _CAUSES)]
    return f' (ECS: "{[*causes, *relevant][0].rstrip(".")}")' if relevant else ""


def _revision(arn: str) -> str:
    """``family:7`` of a task definition's ARN."""
    return arn.rpartition("/")[2]
