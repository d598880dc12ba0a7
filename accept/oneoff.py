"""Small tasks beside the nodes, for what can be seen only from within the VPC."""

import secrets
from dataclasses import dataclass
from typing import Any

from .context import Context
from .errors import ProbeFailedError


def random_bytes(size: int) -> bytes:
    """Content that no one has."""
    return secrets.token_bytes(size)


@dataclass(frozen=True)
class Ended:
    """How a task ended."""

    exit_code: int | None
    reason: str
    """Why ECS stopped it."""
    lines: list[str]
    """What it printed."""


def tags(ctx: Context, what: str) -> list[dict[str, str]]:
    """The cluster's tag, so that a search for what is left finds it, in ECS's spelling."""
    return [{"key": "ipfs-cluster", "value": ctx.flat}, {"key": "Name", "value": f"accept-{what}"}]


def family(ctx: Context, what: str) -> str:
    """The family of a task definition of the kit's."""
    return f"{ctx.flat}-accept-{what}"


def register(ctx: Context, what: str, script: str, *, image: str = "", execution_role: str = "") -> str:
    """Registers a task of one container that runs a shell script, with the first node's image and execution role; gives the revision's ARN."""
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
    """Starts a task; gives its ARN. Raises ProbeFailedError."""
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
    """By which the kit's tasks are found, 36 characters at most."""
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
    """What a task printed."""
    stream = f"accept-{what}/{what}/{task.rpartition('/')[2]}"
    group = f"{ctx.path}/{ctx.nodes[0]}/ipfs"
    events = ctx.aws.every("logs", "filter_log_events", "events", logGroupName=group, logStreamNamePrefix=stream)
    return [event["message"].strip() for event in events]


def run(ctx: Context, what: str, script: str, **more: Any) -> Ended:
    """Registers a task, runs it to its end and takes both back."""
    command = f"aws ecs list-task-definitions --region {ctx.aws.region} --family-prefix {family(ctx, what)}  # deregister them"
    stop = f"aws ecs list-tasks --region {ctx.aws.region} --cluster {ctx.ecs.cluster} --started-by {started_by(ctx, what)}  # stop them"
    with (
        ctx.loose("task definitions", family(ctx, what), command),
        ctx.loose("task", started_by(ctx, what), stop, cluster=ctx.ecs.cluster),
    ):
        return wait_stopped(ctx, start(ctx, what, register(ctx, what, script, **more)))
