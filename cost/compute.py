"""The lines of tasks on Fargate, pure."""

import json
from collections.abc import Iterator

from .prices import Assumptions, Inputs, Line, Prices, Resources

_EXPORT_HOURS = 1 / 720
"""The part of a month in which the scheduled task runs: a minute or two every day."""


def services(resources: Resources, _: Assumptions, prices: Prices) -> Iterator[Line]:
    """Tasks that always run."""
    definitions = _definitions(resources)
    for service in resources["aws:ecs/service:Service"]:
        family = _family(service["taskDefinition"])
        spot = any(strategy["capacityProvider"] == "FARGATE_SPOT" for strategy in service.get("capacityProviderStrategies", []))
        share = prices.values["fargate_spot_share"]["usd"] if spot else 1
        yield from _task(definitions[family], service["desiredCount"] * share, f"a task{' on Spot' if spot else ''}, {service['name']}")
        if service["networkConfiguration"].get("assignPublicIp"):
            yield Line("public IPv4 addresses", f"of {service['name']}", service["desiredCount"], "public_ipv4_hour", hours=True)


def schedules(resources: Resources, _: Assumptions, __: Prices) -> Iterator[Line]:
    """Scheduled tasks. The first 14 million invocations of EventBridge Scheduler are free."""
    definitions = _definitions(resources)
    for schedule in resources["aws:scheduler/schedule:Schedule"]:
        family = _family(schedule["target"]["ecsParameters"]["taskDefinitionArn"])
        yield from _task(definitions[family], _EXPORT_HOURS, "the scheduled task")


def _task(definition: Inputs, count: float, what: str) -> Iterator[Line]:
    kind = f"fargate_{definition['runtimePlatform']['cpuArchitecture'].lower()}"
    yield Line("Fargate", f"vCPUs of {what}", count * int(definition["cpu"]) / 1024, f"{kind}_vcpu_hour", hours=True)
    yield Line("Fargate", f"GiB of {what}", count * int(definition["memory"]) / 1024, f"{kind}_gib_hour", hours=True)


def node_definitions(resources: Resources) -> list[Inputs]:
    """The task definition of each service."""
    definitions = _definitions(resources)
    return [definitions[_family(service["taskDefinition"])] for service in resources["aws:ecs/service:Service"]]


def public_nodes(resources: Resources) -> int:
    """How many nodes take part in the public DHT."""

    def is_public(definition: Inputs) -> bool:
        containers = json.loads(definition.get("containerDefinitions", "[]"))
        environment = {variable["name"]: variable["value"] for container in containers for variable in container.get("environment", [])}
        routing = json.loads(environment.get("KUBO_CONFIG", "{}")).get("Routing", {}).get("Type")
        return environment.get("SWARM_MODE") != "private" and routing != "none"

    return sum(is_public(definition) for definition in node_definitions(resources))


def cluster_environments(resources: Resources) -> Iterator[dict[str, str]]:
    """The environment of each node's ipfs-cluster."""
    for definition in node_definitions(resources):
        for container in json.loads(definition.get("containerDefinitions", "[]")):
            if container["name"] == "ipfs-cluster":
                yield {variable["name"]: variable["value"] for variable in container["environment"]}


def _definitions(resources: Resources) -> dict[str, Inputs]:
    return {definition["family"]: definition for definition in resources["aws:ecs/taskDefinition:TaskDefinition"]}


def _family(arn: str) -> str:
    """The family in a task definition's ARN, with a revision or without."""
    return arn.rpartition("/")[2].partition(":")[0]
