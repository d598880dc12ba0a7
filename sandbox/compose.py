"""ECS services and task definitions as a Compose file, pure: from what moto holds of ECS, SSM, EFS and Cloud Map.

As in ECS, the containers of a task share a network namespace. It belongs to a separate container (`…-task`), which has the task's DNS name and
kernel settings, so that each daemon can stop and start without the other.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ipfs_cluster.daemons.images import UPSTREAM_LABEL

GATEWAY_PORT = 8080
API_PORT = 9094

# Docker checks a container's health for the first time after an interval, and a person waits for that twice per node. So the checks are more frequent
# than in ECS, and a container may fail for as long as there. Checks of a container that is well are as seldom as in ECS.
LONGEST_HEALTH_INTERVAL_SECONDS = 1

# Containers that are useful only in AWS: the collector sends metrics to CloudWatch.
_ONLY_IN_AWS = frozenset({"metrics"})

# ECS's conditions for the start of a dependent container, by Compose's names.
_CONDITIONS = {
    "START": "service_started",
    "COMPLETE": "service_completed_successfully",
    "SUCCESS": "service_completed_successfully",
    "HEALTHY": "service_healthy",
}


@dataclass(frozen=True)
class Directory:
    """An EFS access point: a directory of a file system, with its owner and permissions."""

    file_system: str
    """The file system's name."""
    path: str
    uid: int
    gid: int
    permissions: str

    @property
    def volume(self) -> str:
        """The name of the Docker volume in its place."""
        return f"{self.file_system}{self.path.replace('/', '-')}"


@dataclass(frozen=True)
class Node:
    """An ECS service, with everything that its one task needs."""

    name: str
    """The service's name, ``ipfs-node-eu-west-1a``."""
    dns_name: str
    containers: Sequence[Mapping[str, Any]]
    """Its container definitions, as ECS holds them."""
    volumes: Mapping[str, Directory]
    """By the volume's name in the task definition."""
    secrets: Mapping[str, str]
    """The values of its secrets, by ARN."""


@dataclass(frozen=True)
class Ports:
    """A node's ports on this machine."""

    gateway: int
    api: int


@dataclass(frozen=True)
class Joint:
    """How the nodes of a Region reach those of the other Regions."""

    network: str
    """The Docker network in place of the VPC, which is there already."""
    image: str
    program: Sequence[str]
    """What carries a node's packets: the command, which takes the node's address and the ranges of the other Regions."""
    ranges: Sequence[str]
    addresses: Mapping[str, str]
    """The nodes' addresses, by DNS name."""
    others: Mapping[str, str]
    """Those of the other Regions' nodes."""


def read_nodes(client: Callable[[str], Any]) -> list[Node]:
    """The nodes of the only ECS cluster of an account; ``client`` gives its boto3 clients by service."""
    ecs, efs, ssm, discovery = client("ecs"), client("efs"), client("ssm"), client("servicediscovery")
    namespaces = {namespace["Id"]: namespace["Name"] for namespace in discovery.list_namespaces()["Namespaces"]}

    def node(service: Mapping[str, Any]) -> Node:
        definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        registered = discovery.get_service(Id=service["serviceRegistries"][0]["registryArn"].rsplit("/", 1)[1])["Service"]
        containers = [_from_upstream(container) for container in definition["containerDefinitions"] if container["name"] not in _ONLY_IN_AWS]
        arns = {secret["valueFrom"] for container in containers for secret in container.get("secrets", [])}
        return Node(
            name=service["serviceName"],
            dns_name=f"{registered['Name']}.{namespaces[registered['DnsConfig']['NamespaceId']]}",
            containers=containers,
            volumes={volume["name"]: directory(volume["efsVolumeConfiguration"]) for volume in definition["volumes"]},
            secrets={arn: ssm.get_parameter(Name=arn.partition(":parameter")[2], WithDecryption=True)["Parameter"]["Value"] for arn in sorted(arns)},
        )

    def directory(volume: Mapping[str, Any]) -> Directory:
        point = efs.describe_access_points(AccessPointId=volume["authorizationConfig"]["accessPointId"])["AccessPoints"][0]
        system = efs.describe_file_systems(FileSystemId=volume["fileSystemId"])["FileSystems"][0]
        created = point["RootDirectory"]["CreationInfo"]
        return Directory(
            file_system=next(tag["Value"] for tag in system["Tags"] if tag["Key"] == "Name"),
            path=point["RootDirectory"]["Path"],
            uid=created["OwnerUid"],
            gid=created["OwnerGid"],
            permissions=created["Permissions"],
        )

    arns = [arn for cluster in ecs.list_clusters()["clusterArns"] for arn in _all(ecs, "list_services", "serviceArns", cluster=cluster)]
    found = []
    for arn in sorted(arns):
        # One by one: describe_services takes ten at most.
        found.append(node(ecs.describe_services(cluster=arn.split("/")[1], services=[arn])["services"][0]))
    return found


def _from_upstream(container: Mapping[str, Any]) -> Mapping[str, Any]:
    """A container with its publisher's image: this machine may not reach the account's mirrors."""
    return {**container, "image": container.get("dockerLabels", {}).get(UPSTREAM_LABEL, container["image"])}


def _all(client: Any, operation: str, key: str, **query: Any) -> list[str]:
    pages = client.get_paginator(operation).paginate(**query)
    return [item for page in pages for item in page[key]]


def compose_file(
    nodes: list[Node],
    ports: Mapping[str, Ports],
    network_cidr: str,
    others: Mapping[str, Any],
    longest_health_interval: float,
    dns: str = "",
    joint: Joint | None = None,
) -> dict[str, Any]:
    """The Compose file that runs the nodes and the services ``others``. ``ports`` are the nodes' ports on this machine, by node name, ``dns`` is
    the address in their network that they resolve other names by, empty for the engine's own way. ``joint`` is for one Region of several.

    The network has the VPC's CIDR block, because kubo does not connect to other private addresses. Health checks have the interval of the task
    definition, or ``longest_health_interval`` seconds if that is shorter.
    """
    services: dict[str, Any] = dict(others)
    for node in nodes:
        services.update(_services(node, ports[node.name], longest_health_interval, dns, joint))
    volumes = sorted({directory.volume for node in nodes for directory in node.volumes.values()})
    return {
        "services": services,
        "networks": {"vpc": {"external": True, "name": joint.network} if joint else network(network_cidr)},
        "volumes": {volume: {} for volume in volumes},
    }


def network(cidr: str) -> dict[str, Any]:
    """A Docker network in place of a VPC."""
    return {"ipam": {"config": [{"subnet": cidr}]}}


def service_name(node: Node, container: str) -> str:
    """The service of a node's container in the Compose file."""
    return f"{node.name}-{container}"


def service_names(node: Node) -> list[str]:
    """All services of a node in the Compose file, in the order in which they start."""
    return [service_name(node, name) for name in ("efs", "task", *(container["name"] for container in node.containers))]


def _services(node: Node, ports: Ports, longest_health_interval: float, dns: str, joint: Joint | None) -> dict[str, Any]:
    shell = {
        "image": node.containers[0]["image"],  # the configure container's has a shell
        # In place of the volumes that the image declares: Docker would create them and leave them behind.
        "tmpfs": [mount["containerPath"] for mount in node.containers[0]["mountPoints"]],
        "entrypoint": ["/bin/sh", "-c"],
    }
    task = service_name(node, "task")
    directories = list(node.volumes.values())
    services: dict[str, Any] = {
        # Creates the directories with their owners, as EFS does at an access point's first use.
        service_name(node, "efs"): {
            **shell,
            "user": "0:0",
            "network_mode": "none",
            "command": [" && ".join(f"chown {d.uid}:{d.gid} /efs{d.path} && chmod {d.permissions} /efs{d.path}" for d in directories)],
            "volumes": [f"{d.volume}:/efs{d.path}" for d in directories],
        },
        task: {
            **shell,
            "user": "65534:65534",
            "command": [_literal('trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done')],
            "networks": {"vpc": {"aliases": [node.dns_name]}},
            **({"dns": [dns], "dns_opt": ["use-vc"]} if dns else {}),  # by TCP, which is all that the load balancer's container passes on
            "ports": [f"127.0.0.1:{ports.gateway}:{GATEWAY_PORT}", f"127.0.0.1:{ports.api}:{API_PORT}"],
            "sysctls": {setting["namespace"]: str(setting["value"]) for container in node.containers for setting in container.get("systemControls", [])},
            "restart": "on-failure",
            **(_joined(node, joint) if joint else {}),
        },
    }
    for container in node.containers:
        services[service_name(node, container["name"])] = _service(node, container, task, longest_health_interval)
    return services


def _joined(node: Node, joint: Joint) -> dict[str, Any]:
    """What differs in the container that holds a node's network namespace: it carries the packets from and to the other Regions."""
    own = joint.addresses[node.dns_name]
    return {
        "image": joint.image,
        "tmpfs": [],
        "user": "0:0",
        "entrypoint": [_literal(word) for word in joint.program],
        "command": [own, *joint.ranges],
        "cap_drop": ["ALL"],
        "cap_add": ["NET_ADMIN"],
        "devices": ["/dev/net/tun"],
        "networks": {"vpc": {"aliases": [node.dns_name], "ipv4_address": own}},
        # In place of the associations of the private hosted zones.
        "extra_hosts": [f"{name}:{address}" for name, address in sorted(joint.others.items())],
    }


def _service(node: Node, container: Mapping[str, Any], task: str, longest_health_interval: float) -> dict[str, Any]:
    environment = {variable["name"]: variable["value"] for variable in container.get("environment", [])}
    environment |= {secret["name"]: node.secrets[secret["valueFrom"]] for secret in container.get("secrets", [])}
    service: dict[str, Any] = {
        "image": container["image"],
        "network_mode": f"service:{task}",
        "depends_on": {
            service_name(node, "efs"): {"condition": "service_completed_successfully"},
            task: {"condition": "service_started"},
            **{service_name(node, needed["containerName"]): {"condition": _CONDITIONS[needed["condition"]]} for needed in container.get("dependsOn", [])},
        },
        "environment": {name: _literal(value) for name, value in sorted(environment.items())},
        "labels": container.get("dockerLabels", {}),
        "volumes": [f"{node.volumes[mount['sourceVolume']].volume}:{mount['containerPath']}" for mount in container.get("mountPoints", [])],
    }
    if container.get("user"):
        service["user"] = container["user"]
    if container.get("entryPoint"):
        service["entrypoint"] = [_literal(word) for word in container["entryPoint"]]
    if container.get("command"):
        service["command"] = [_literal(word) for word in container["command"]]
    if container.get("stopTimeout"):
        service["stop_grace_period"] = f"{container['stopTimeout']}s"
    if container.get("essential", True):
        # ECS would replace the task.
        service["restart"] = "on-failure"
    health = container.get("healthCheck")
    if health:
        interval = min(health["interval"], longest_health_interval)
        service["healthcheck"] = {
            "test": [health["command"][0], *(_literal(word) for word in health["command"][1:])],
            "interval": f"{interval}s",
            "timeout": f"{health['timeout']}s",
            "retries": -(-health["retries"] * health["interval"] // interval),
            "start_period": f"{health['startPeriod']}s",
        }
    return service


def _literal(text: str) -> str:
    # Compose would replace $NAME by its own variables.
    return text.replace("$", "$$")


def fingerprint(file: Mapping[str, Any], node: Node) -> str:
    """A node's part of the Compose file as text. A node has to be restarted if it changes."""
    return json.dumps([file["services"][name] for name in service_names(node)], sort_keys=True)
