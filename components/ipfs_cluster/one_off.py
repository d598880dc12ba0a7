"""A node whose service is stopped, and tasks of its own that do one thing in its directories: what the commands for operators share.

Only the node's own role, through its own access points, reaches its directories. So such a task is the node's task definition with another command
for its first container, which ends with a code other than 0: the daemons, which wait for its success, do not start.
"""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .check import CheckFailedError

POLL_SECONDS = 5.0
"""How long to wait before asking again."""
_STOP_SECONDS = 15 * 60
"""How long a task may take to stop, or to start, do its work and end."""
DONE = 3
"""What a container ends with that has done its work."""


class NodeFailedError(Exception):
    """Something cannot be done with a node; the text says why, and how the node was left."""


def until(what: str, seconds: float, condition: Callable[[], bool]) -> None:
    """Waits for a condition. Raises NodeFailedError, with ``what`` has not come, after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NodeFailedError(f"{what} within {seconds / 60:.0f} minutes")
        time.sleep(POLL_SECONDS)


@dataclass(frozen=True)
class Node:
    """A node's service in ECS."""

    name: str
    ecs: Any
    """A boto3 client of ECS in the node's Region."""
    cluster: str
    """The ECS cluster's ARN."""

    @property
    def service(self) -> str:
        """The service's name."""
        return f"ipfs-node-{self.name}"

    def stop(self) -> None:
        """Stops the node and waits for that. Raises NodeFailedError."""
        self.ecs.update_service(cluster=self.cluster, service=self.service, desiredCount=0)
        until(
            f"the task of {self.name} has not stopped",
            _STOP_SECONDS,
            lambda: not self.ecs.list_tasks(cluster=self.cluster, serviceName=self.service)["taskArns"],
        )

    def start(self) -> None:
        """Starts the node."""
        self.ecs.update_service(cluster=self.cluster, service=self.service, desiredCount=1)

    def run(self, command: str) -> str:
        """Starts a task in which the configure container runs ``command``, and gives its ARN. Raises NodeFailedError."""
        (service,) = self.ecs.describe_services(cluster=self.cluster, services=[self.service])["services"]
        started = self.ecs.run_task(
            cluster=self.cluster,
            launchType="FARGATE",
            taskDefinition=service["taskDefinition"],
            networkConfiguration=service["networkConfiguration"],
            overrides={"containerOverrides": [{"name": "configure", "command": [command]}]},
        )
        if not started["tasks"]:
            raise NodeFailedError(f"ECS starts no task of {self.name}: {started.get('failures')}; nothing was changed, and the node starts again")
        return str(started["tasks"][0]["taskArn"])

    def exit_code(self, task: str) -> int | None:
        """What the configure container of a task ended with. Raises NodeFailedError."""
        until(f"the task {task} of {self.name} has not ended", _STOP_SECONDS, lambda: self._task(task)["lastStatus"] == "STOPPED")
        return next((container.get("exitCode") for container in self._task(task)["containers"] if container["name"] == "configure"), None)

    def address(self, task: str) -> str:
        """The private address of a task, once it has one. Raises NodeFailedError."""
        found: dict[str, str] = {}

        def placed() -> bool:
            # Its own state stays PENDING, since the daemons wait for the container that runs.
            described = self._task(task)
            if described["lastStatus"] == "STOPPED":
                raise NodeFailedError(f"the task {task} of {self.name} ended at once: {described.get('stoppedReason')}; see its configure log")
            found.update({detail["name"]: detail["value"] for one in described.get("attachments", []) for detail in one["details"]})
            return "privateIPv4Address" in found

        until(f"the task {task} of {self.name} gets no address", _STOP_SECONDS, placed)
        return found["privateIPv4Address"]

    def end(self, task: str, *, wait: bool = False) -> None:
        """Stops a task, and with ``wait`` waits for that. Raises NodeFailedError."""
        self.ecs.stop_task(cluster=self.cluster, task=task)
        if wait:
            until(f"the task {task} of {self.name} has not stopped", _STOP_SECONDS, lambda: self._task(task)["lastStatus"] == "STOPPED")

    def _task(self, task: str) -> Any:
        (described,) = self.ecs.describe_tasks(cluster=self.cluster, tasks=[task])["tasks"]
        return described


def ecs_of(outputs: Mapping[str, Any]) -> Any:
    """A boto3 client of ECS in the Region of a stack."""
    import boto3  # the rest of the package does without

    return boto3.client("ecs", region_name=str(outputs["cluster_arn"]).split(":")[3])


def exit_code(work: Callable[[], None]) -> int:
    """Does the work of a command; prints what went wrong, and gives the command's exit code."""
    try:
        import boto3  # noqa: F401 (before anything is read or changed)
    except ImportError:
        print("error: boto3 is missing: pip install boto3", file=sys.stderr)
        return 2
    try:
        work()
    except (OSError, ValueError, KeyError) as error:
        print(f"error: the outputs cannot be read: {error}", file=sys.stderr)
        return 2
    except (CheckFailedError, NodeFailedError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0
