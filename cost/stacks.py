"""The resources that a stack registers, and those of the AWS sample."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moto import mock_aws

from sandbox import simulation
from sandbox.account import Account
from sandbox.regions.commands import PROGRAM as JOINS
from sandbox.regions.file import Regions
from sandbox.simulation import Configuration

from .prices import Inputs, Resources

ROOT = Path(__file__).resolve().parent.parent
LARGE: Mapping[str, Any] = {"nodes": {"count": 6, "cpu": 2048, "memory": 8192}, "storage": {"maxGib": 2000}}
"""The settings of the large deployment."""


def configured(groups: Mapping[str, Any]) -> Configuration:
    """A stack with these settings and the defaults."""
    return Configuration.of(groups, "cost", "us-east-1")


def registered(configuration: Configuration) -> Resources:
    """The resources that the program registers with a configuration, by type. It runs in a simulated account."""
    with mock_aws():
        deployment = simulation.run(ROOT / "__main__.py", configuration, Account(configuration.region))
    return _of(deployment)


def _of(deployment: simulation.Deployment) -> Resources:
    found: dict[str, list[Inputs]] = {}
    for registration in deployment.registrations:
        if registration.type.startswith("aws:"):
            found.setdefault(registration.type, []).append(registration.inputs)
    return found


def of_regions(described: Regions) -> dict[str, Resources]:
    """The resources of the stacks of a cluster over several Regions, by stack, and of the one that joins them."""

    def run(program: Path, configuration: Configuration) -> simulation.Deployment:
        return simulation.run(program, configuration, Account(configuration.region, salt=configuration.stack))

    program, alone = ROOT / "__main__.py", dict[str, Any]()
    for region, configuration in described.stacks.items():
        with mock_aws():
            alone[region] = run(program, configuration).exports
    first = next(iter(alone))
    found, members = dict[str, Resources](), dict[str, str]()
    with mock_aws():
        for region, configuration in described.stacks.items():
            others = {name: exports["member"].value for name, exports in alone.items() if name != region}
            shared = {} if region == first else {"shared": alone[first]["shared_secrets"].value}
            deployment = run(program, configuration.having("members", {"others": others, **shared}))
            found[f"{configuration.stack} ({region})"] = _of(deployment)
            members[region] = deployment.exports["member"].value
        world = Configuration(described.stacks[first].project, described.name, {"aws:region": first})
        found[f"{described.name}, which joins them"] = _of(run(JOINS, world.having("world", {**described.inputs, "members": members})))
    return found


def sample() -> Resources:
    """The resources of the AWS sample that cost something: github.com/aws-samples/ipfs-cluster-fargate, CloudFormation, commit 86ff84f."""
    zones = ("a", "b", "c")
    platform = {"cpuArchitecture": "X86_64"}
    return {
        "aws:ecs/cluster:Cluster": [{}],
        "aws:ecs/taskDefinition:TaskDefinition": [{"family": zone, "cpu": "1024", "memory": "2048", "runtimePlatform": platform} for zone in zones],
        "aws:ecs/service:Service": [
            {
                "name": zone,
                "taskDefinition": f"task-definition/{zone}:1",
                "desiredCount": 1,
                "capacityProviderStrategies": [{"capacityProvider": "FARGATE" if zone == "a" else "FARGATE_SPOT"}],
                "networkConfiguration": {"assignPublicIp": True},
            }
            for zone in zones
        ],
        "aws:efs/fileSystem:FileSystem": [
            {"tags": {"Name": zone}, "availabilityZoneName": zone, "throughputMode": "provisioned", "provisionedThroughputInMibps": 1} for zone in zones
        ],
        "aws:lb/loadBalancer:LoadBalancer": [{"internal": False, "subnets": list(zones)}],
        "aws:cloudfront/distribution:Distribution": [{}, {}],
        "aws:cloudwatch/logGroup:LogGroup": [{"retentionInDays": 30} for _ in zones],
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": [{}],
    }
