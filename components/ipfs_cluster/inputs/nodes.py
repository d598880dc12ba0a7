"""Pure: the inputs of the nodes: number, zones, size, images, registries."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict

import pulumi

from ..daemons import images
from ..network.zones import DEFAULT_ZONES, NODES_PER_ZONE, NodePlacement, place, regions
from . import checks, owned
from .network import ResolvedNetwork
from .problems import Key, Problem, Problems, path, ref


class NodeSettings(TypedDict):
    """Number, zones, size and images of the nodes."""

    count: NotRequired[int]
    """Number of nodes, from 1 to three per zone. They are assigned to the zones round-robin. Default: 3."""
    zones: NotRequired[list[str]]
    """Availability zones to place nodes in, by name, in order. Append, never insert: a zone's position in the list decides
    which nodes run there. Default: the Region's first three that have EFS One Zone."""
    cpu: NotRequired[int]
    """CPU units of each node's task, 1024 to the vCPU. Default: 512."""
    memory: NotRequired[int]
    """Memory of each node's task in MiB, one of the sizes that Fargate offers for the CPU units. The limits of both daemons
    are derived from it. Default: 2048."""
    architecture: NotRequired[str]
    """The processor: ARM64 (cheaper) or X86_64. Default: ARM64."""
    spot: NotRequired[str]
    """Which nodes run on Fargate Spot: none, all-but-one or all. Spot is cheaper, but AWS stops tasks at two minutes' notice, and
    there is no fallback. Default: none."""
    enable_execute_command: NotRequired[bool]
    """Whether ECS Exec can open a shell in the containers. The task roles get its permissions only if so. Default: true."""
    kubo_image: NotRequired[str]
    """Image of the configure and ipfs containers, with a tag or digest; if it has both, the digest counts. Default: ipfs/kubo:v0.43.1."""
    cluster_image: NotRequired[str]
    """Image of the ipfs-cluster container, with a tag or digest; if it has both, the digest counts. Default: ipfs/ipfs-cluster:v1.1.6."""
    registry_mirrors: NotRequired[dict[str, str]]
    """Mirrors to pull images from, by the registry's host (docker.io, public.ecr.aws): the address of a mirror, like
    123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker-hub, or pull-through-cache, which creates a cache in the account's ECR. They apply
    to all images, monitoring.metrics_image and backup.pinset_image too. Default: none, each image comes from the registry in its name."""
    registry_credentials: NotRequired[dict[str, pulumi.Input[str]]]
    """ARN of the Secrets Manager secret with user name and password, by the host of the registry that needs them (docker.io). With a
    pull-through cache of that host ECR uses it, otherwise ECS. Default: none."""
    registry_credentials_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts those secrets. Default: the account's aws/secretsmanager."""
    kubo_config: NotRequired[dict[str, Any]]
    """Further kubo settings by dotted name, as in `ipfs config --json NAME VALUE`, applied last. Not for secrets: the task
    definition shows them. Default: none."""
    cluster_environment: NotRequired[dict[str, str]]
    """Further CLUSTER_… settings of ipfs-cluster. Not for secrets: the task definition shows them. Default: none."""


@dataclass(frozen=True, kw_only=True)
class ResolvedNodes:
    """`NodeSettings` with its defaults."""

    count: int = 3
    zones: Sequence[str] = ()
    """Once resolved: those that the nodes live in, in order."""
    cpu: int = 512
    memory: int = 2048
    architecture: str = "ARM64"
    spot: str = "none"
    enable_execute_command: bool = True
    kubo_image: str = "ipfs/kubo:v0.43.1"
    cluster_image: str = "ipfs/ipfs-cluster:v1.1.6"
    registry_mirrors: Mapping[str, str] = field(default_factory=dict)
    registry_credentials: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    registry_credentials_key_arn: pulumi.Input[str] | None = None
    kubo_config: Mapping[str, Any] = field(default_factory=dict)
    cluster_environment: Mapping[str, str] = field(default_factory=dict)

    def chosen_zones(self, network: ResolvedNetwork, usable: Sequence[str]) -> list[str]:
        """The zones that the nodes live in: those given, else those with a subnet, else the first usable ones of the Region."""
        if self.zones:
            return list(self.zones)
        if network.subnet_ids:
            return [name for name in usable if name in network.subnet_ids]
        return list(usable[:DEFAULT_ZONES])

    def placements(self, network: ResolvedNetwork, usable: Sequence[str]) -> list[NodePlacement]:
        """Where the nodes will live; nowhere while their number or zones cannot be used."""
        chosen = self.chosen_zones(network, usable)
        possible = 0 < self.count <= len(chosen) * NODES_PER_ZONE
        return place(self.count, chosen) if possible else []

    def is_spot(self, index: int) -> bool:
        """Whether the node of this index runs on Fargate Spot."""
        return self.spot == "all" or (self.spot == "all-but-one" and index > 0)


# Fargate's memory sizes in MiB for each number of CPU units: ECS Developer Guide, "Task size", November 2026.
FARGATE_MEMORY: Mapping[int, Sequence[int]] = {
    256: [512, 1024, 2048],
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}
# With less, kubo is killed for memory while it still starts.
_LEAST_MEMORY = 1024
# What follows the component's name in the longest IAM role name, besides the node's, with Pulumi's random suffix.
_ROLE_SUFFIX = "-execution-1234567"
_LONGEST_ROLE_NAME = 64


def problems(nodes: ResolvedNodes, given: Mapping[str, Any]) -> Problems:
    """What is wrong with the nodes, apart from Region, zones and registries. ``given`` is the group as it was given."""
    cpu, memory = nodes.cpu, nodes.memory
    if cpu not in FARGATE_MEMORY:
        yield Problem(path("nodes.cpu"), f"{cpu} is not a Fargate size; use one of {checks.listing(FARGATE_MEMORY)}.")
    elif memory not in FARGATE_MEMORY[cpu]:
        fitting = [size for size in FARGATE_MEMORY[cpu] if size >= _LEAST_MEMORY]
        yield Problem(path("nodes.memory"), f"Fargate has no {memory} MiB for {ref('nodes.cpu')} {cpu}; use one of {checks.listing(fitting)}.")
    elif memory < _LEAST_MEMORY:
        yield Problem(path("nodes.memory"), f"{memory} MiB is too little for both daemons; use {_LEAST_MEMORY} or more.")
    yield from checks.choice(path("nodes.architecture"), nodes.architecture, ("ARM64", "X86_64"))
    yield from checks.choice(path("nodes.spot"), nodes.spot, ("none", "all-but-one", "all"))
    yield from checks.image(path("nodes.kubo_image"), nodes.kubo_image)
    yield from checks.image(path("nodes.cluster_image"), nodes.cluster_image)
    for setting in nodes.kubo_config:
        where, use = path("nodes.kubo_config", Key(setting)), owned.instead_of_kubo_setting(setting)
        if use:
            yield Problem(where, f"the program sets this itself; {use}.")
        elif not re.fullmatch(r"[A-Za-z][\w-]*(\.[\w-]+)*", setting):
            yield Problem(where, "is not the name of a kubo setting; give one like Gateway.MaxConcurrentRequests.")
    for variable in nodes.cluster_environment:
        where, use = path("nodes.cluster_environment", Key(variable)), owned.instead_of_cluster_variable(variable)
        if use:
            yield Problem(where, f"the program sets this itself; {use}.")
        elif not re.fullmatch(r"CLUSTER_[A-Z0-9_]+", variable):
            yield Problem(where, "is not a setting of ipfs-cluster; give one like CLUSTER_STATELESS_CONCURRENTPINS.")
    if "zones" in given and not nodes.zones:
        yield Problem(path("nodes.zones"), "the list is empty; name at least one zone, or leave it out.")


def zone_problems(name: str, nodes: ResolvedNodes, network: ResolvedNetwork, file_system: str, region: str, usable: Sequence[str]) -> Problems:
    """What is wrong with the Region, the zones and the number of nodes. ``name`` is the component's."""
    if not usable:
        possible = regions(file_system)
        if region in regions("regional"):
            text = f"{region} has no EFS One Zone; set {ref('storage.file_system')} to regional, or use one of {checks.listing(possible)}."
        else:
            text = f"nodes cannot be in {region}, which lacks EFS, Fargate on ARM64 or CloudFront VPC origins; use one of {checks.listing(possible)}."
        yield Problem(("aws:region",), text)
        return
    for zone in network.subnet_ids:
        if zone not in usable:
            yield Problem(path("network.subnet_ids"), f"{zone!r} cannot hold a node; in {region} these can: {checks.listing(usable)}.")
    for zone in sorted({zone for zone in nodes.zones if list(nodes.zones).count(zone) > 1}):
        times = list(nodes.zones).count(zone)
        yield Problem(path("nodes.zones"), f"{zone!r} is listed {times} times; list a zone once, several nodes share it by {ref('nodes.count')}.")
    for zone in dict.fromkeys(nodes.zones):
        if zone not in usable:
            yield Problem(path("nodes.zones"), f"{zone!r} cannot hold a node; in {region} these can: {checks.listing(usable)}.")
        elif network.subnet_ids and zone not in network.subnet_ids:
            yield Problem(path("nodes.zones"), f"{zone!r} has no subnet; add it to {ref('network.subnet_ids')}, or leave the zone out.")
    yield from _count_problems(name, nodes, list(dict.fromkeys(nodes.chosen_zones(network, usable))))


def _count_problems(name: str, nodes: ResolvedNodes, chosen: list[str]) -> Problems:
    count, most = nodes.count, len(chosen) * NODES_PER_ZONE
    if count < 1:
        yield Problem(path("nodes.count"), f"{count} is too few; use 1 or more.")
    elif chosen and count > most:
        which = f"{len(chosen)} zone(s) ({checks.listing(chosen)})"
        yield Problem(path("nodes.count"), f"{count} is too many for {which}; use up to {most}, or name more in {ref('nodes.zones')}.")
    elif chosen:
        longest = max(len(placement.node) for placement in place(count, chosen))
        room = _LONGEST_ROLE_NAME - longest - 1 - len(_ROLE_SUFFIX)
        if len(name) > room:
            role = f"{name}-{chosen[0]}-execution-…"
            yield Problem(("name",), f"{name!r} has {len(name)} characters, which is too long for IAM role names like {role}; use up to {room}.")


# --- registries -------------------------------------------------------------------------------------------------------

_MIRROR = re.compile(r"(?P<host>[a-z0-9][a-z0-9.-]*(:\d+)?)(/[a-z0-9][a-z0-9._-]*)*")
_SECRET = re.compile(r"arn:aws[\w-]*:secretsmanager:(?P<region>[\w-]+):\d{12}:secret:(?P<name>[\w/+=.@-]+)-[A-Za-z0-9]{6}")
# ECR takes no other names for the secret of a cache.
_CACHE_SECRET = "ecr-pullthroughcache/"  # noqa: S105 (the start of its name)


def registry_problems(nodes: ResolvedNodes, used: Sequence[str], region: str) -> Problems:
    """What is wrong with mirrors and credentials of registries. ``used`` are all images, by name."""
    mirrors, credentials = nodes.registry_mirrors, nodes.registry_credentials
    hosts = sorted({images.parse(image).host for image in used})
    pulled = {host for host in hosts if host not in mirrors}
    for host, mirror in mirrors.items():
        where = path("nodes.registry_mirrors", Key(host))
        if host not in hosts:
            yield Problem(where, f"no image comes from there; images come from {checks.listing(hosts)}.")
        elif mirror == images.CACHE:
            yield from _cache_problems(host, credentials, region)
            pulled.add(host)
        elif _MIRROR.fullmatch(mirror) is None or not re.search(r"[.:]", mirror.partition("/")[0]):
            example = f"123456789012.dkr.ecr.{region}.amazonaws.com/docker-hub"
            yield Problem(where, f"{mirror!r} is not the address of a registry; give its host and path like {example}, or {images.CACHE}.")
        else:
            pulled.add(mirror.partition("/")[0])
    for host, arn in credentials.items():
        where = path("nodes.registry_credentials", Key(host))
        if host == "public.ecr.aws" or images.is_ecr(host):
            yield Problem(where, "ECR takes none, the nodes' execution roles may pull; leave it out.")
        elif host not in pulled:
            yield Problem(where, f"nothing is pulled from there; images are pulled from {checks.listing(sorted(pulled))}.")
        else:
            yield from checks.now(where, arn, secret_problem)
    key = nodes.registry_credentials_key_arn
    yield from checks.now(path("nodes.registry_credentials_key_arn"), key, checks.key_arn_problem)
    if key is not None and not credentials:
        text = f"is for {ref('nodes.registry_credentials')}, which are not given; give those too, or leave it out."
        yield Problem(path("nodes.registry_credentials_key_arn"), text)


def _cache_problems(host: str, credentials: Mapping[str, Any], region: str) -> Problems:
    where, mine = path("nodes.registry_mirrors", Key(host)), path("nodes.registry_credentials", Key(host))
    if host not in images.CACHEABLE:
        yield Problem(where, f"ECR keeps caches of {checks.listing(images.CACHEABLE)} only; give the address of a mirror.")
        return
    what = f"the ARN of a secret in {region} whose name begins with {_CACHE_SECRET}"
    arn = credentials.get(host)
    if arn is None:
        if images.CACHEABLE[host].needs_credentials:
            yield Problem(where, f"ECR asks {host} with an account only; give {ref(*mine)}, {what}.")
        return
    match = _SECRET.fullmatch(arn) if isinstance(arn, str) else None
    if match and not (match["region"] == region and match["name"].startswith(_CACHE_SECRET)):
        yield Problem(mine, f"{arn!r} cannot be used for a cache; give {what}.")


def secret_problem(value: str) -> str | None:
    """What is wrong with a secret's ARN."""
    example = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:docker-hub-AbCdEf"
    return None if _SECRET.fullmatch(value) else f"is not the ARN of a secret; give all of it, like {example}"
