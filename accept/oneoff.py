"""Small tasks in addition to the nodes, for tests from within the VPC."""

import secrets
from dataclasses import dataclass
from typing import Any

from .context import Context
from .errors import ProbeFailedError


def random_bytes(size: int) -> bytes:
    """A CID whose content no one has."""
    return secrets.token_bytes(size)


@dataclass(frozen=True)
class Ended:
    """How a task ended."""

    exit_code: int | None
    reason: str
    """Why ECS stopped it."""
    lines: list[str]
    """The task's output."""


def tags(ctx: Context, what: str) -> list[dict[str, str]]:
    """The cluster's tag in ECS's format, so that the search for leftovers finds it."""
    return [{"key": "ipfs-cluster", "value": ctx.flat}, {"key": "Name", "value": f"accept-{what}"}]


def family(ctx: Context, what: str) -> str:
    """The family of one of the kit's task definitions."""
    return f"{ctx.flat}-accept-{what}"


def register(ctx: Context, what: str, script: str, *, image: str = "", execution_role: str = "") -> str:
    """Registers a task of one container that runs a shell script, with the first node's image and execution role. Returns the revision's ARN."""
    node = ctx.nodes[0]
    definition = ctx.ecs.definition(node)
    container = next(one for one in definition["containerDefinitions"] if one["name"] == "ipfs")
    options = {**container["logConfiguration"]["options"], "awslogs-stream-prefix": f"accept-{what}"}
    registered = ctx.aws.call(
        "ecs",
        "register_task_definition",
        family=family(ctx, what),
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        runtimePlatform=definition["runtimePlatform"],
        executionRoleArn=execution_role or definition["executionRoleArn"],
        containerDefinitions=[
            {
                "name": what,
                "image": image or container["image"],
                "essential": True,
                "entryPoint": ["/bin/sh", "-c"],
                "command": [script],
                "logConfiguration": {"logDriver": "awslogs", "options": options},
            }
        ],
        tags=tags(ctx, what),
    )
    return str(registered["taskDefinition"]["taskDefinitionArn"])


def network(ctx: Context) -> dict[str, Any]:
    """The first node's subnet and security group."""
    return dict(ctx.ecs.services()[ctx.nodes[0]]["networkConfiguration"])


def start(ctx: Context, what: str, revision: str) -> str:
    """Starts a task and returns its ARN. Raises ProbeFailedError."""
    answer = ctx.aws.call(
        "ecs",
        "run_task",
        cluster=ctx.ecs.cluster,
        taskDefinition=revision,
        launchType="FARGATE",
        networkConfiguration=network(ctx),
        startedBy=started_by(ctx, what),
        tags=tags(ctx, what),
    )
    if not answer["tasks"]:
        raise ProbeFailedError(f"ECS starts no task: {answer['failures']}")
    return str(answer["tasks"][0]["taskArn"])


def started_by(ctx: Context, what: str) -> str:
    """The startedBy value that identifies the kit's tasks, at most 36 characters."""
    return f"accept-{what}-{ctx.stack.name}"[:36]


def wait_stopped(ctx: Context, task: str, minutes: float = 15) -> Ended:
    """Waits until a task has ended. Raises ProbeFailedError."""

    def look() -> dict[str, Any] | None:
        found = ctx.aws.call("ecs", "describe_tasks", cluster=ctx.ecs.cluster, tasks=[task])["tasks"]
        return found[0] if found and found[0]["lastStatus"] == "STOPPED" else None

    ended = ctx.clock.until("a task of the kit's ends", look, minutes)
    (container,) = ended["containers"]
    reason = " ".join(filter(None, [ended.get("stoppedReason", ""), container.get("reason", "")]))
    return Ended(container.get("exitCode"), reason, log_lines(ctx, container["name"], task))


def log_lines(ctx: Context, what: str, task: str) -> list[str]:
    """A task's output."""
    stream = f"accept-{what}/{what}/{task.rpartition('/')[2]}"
    group = f"{ctx.path}/{ctx.nodes[0]}/ipfs"
    events = ctx.aws.every("logs", "filter_log_events", "events", logGroupName=group, logStreamNamePrefix=stream)
    return [event["message"].strip() for event in events]


def run(ctx: Context, what: str, script: str, **more: Any) -> Ended:
    """Registers a task definition, runs a task to its end and removes both."""
    command = f"aws ecs list-task-definitions --region {ctx.aws.region} --family-prefix {family(ctx, what)}  # deregister them"
    stop = f"aws ecs list-tasks --region {ctx.aws.region} --cluster {ctx.ecs.cluster} --started-by {started_by(ctx, what)}  # stop them"
    with (
        ctx.loose("task definitions", family(ctx, what), command),
        ctx.loose("task", started_by(ctx, what), stop, cluster=ctx.ecs.cluster),
    ):
        return wait_stopped(ctx, start(ctx, what, register(ctx, what, script, **more)))
