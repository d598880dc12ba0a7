"""The nodes' services and tasks in ECS."""

from typing import Any

from .aws import Aws
from .clock import Clock
from .errors import ProbeFailedError


class Ecs:
    """The nodes' services and tasks in ECS."""

    def __init__(self, aws: Aws, clock: Clock, cluster: str, nodes: list[str]) -> None:
        self._aws, self._clock, self.cluster, self.nodes = aws, clock, cluster, nodes

    @staticmethod
    def service_name(node: str) -> str:
        """A node's service."""
        return f"ipfs-node-{node}"

    def services(self) -> dict[str, dict[str, Any]]:
        """Each node's service, as ECS describes it. Raises ProbeFailedError if one is missing."""
        wanted = [self.service_name(node) for node in self.nodes]
        found: dict[str, dict[str, Any]] = {}
        for begin in range(0, len(wanted), 10):  # it accepts ten at once
            answer = self._aws.call("ecs", "describe_services", cluster=self.cluster, services=wanted[begin : begin + 10])
            found |= {one["serviceName"]: one for one in answer["services"] if one["status"] == "ACTIVE"}
        missing = [name for name in wanted if name not in found]
        if missing:
            raise ProbeFailedError(f"ECS has no service {', '.join(missing)}")
        return {node: found[self.service_name(node)] for node in self.nodes}

    def revisions(self) -> dict[str, str]:
        """The ARN of the task definition that each node's service runs."""
        return {node: str(service["taskDefinition"]) for node, service in self.services().items()}

    def tasks(self, node: str, status: str = "RUNNING") -> list[dict[str, Any]]:
        """A node's tasks."""
        arns = self._aws.every("ecs", "list_tasks", "taskArns", cluster=self.cluster, serviceName=self.service_name(node), desiredStatus=status)
        return list(self._aws.call("ecs", "describe_tasks", cluster=self.cluster, tasks=arns)["tasks"]) if arns else []

    def wait_healthy(self, node: str, other_than: str = "", minutes: float = 20) -> float:
        """Waits until a node has a healthy task that is not ``other_than`` (an ARN); gives the minutes. Raises ProbeFailedError."""
        began = self._clock.now()

        def look() -> bool:
            return any(task["taskArn"] != other_than and task["lastStatus"] == "RUNNING" and task.get("healthStatus") == "HEALTHY" for task in self.tasks(node))

        self._clock.until(f"the task of node {node} is healthy", look, minutes)
        return (self._clock.now() - began) / 60

    def definition(self, node: str) -> dict[str, Any]:
        """The task definition that a node's service runs, as ECS describes it."""
        return dict(self._aws.call("ecs", "describe_task_definition", taskDefinition=self.revisions()[node])["taskDefinition"])
