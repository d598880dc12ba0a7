"""Pure: all inputs of IpfsCluster, and what they come to."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict

import pulumi

from ..daemons.images import names_a_version
from ..edge.plan import HostedZone
from ..naming import Names
from ..network import zones
from ..storage.file_systems import DeployedFileSystem
from . import api, backup, credentials, edge, fields, gateway, monitoring, names, network, nodes, pinning, storage, swarm, tags
from .api import ApiSettings, ResolvedApi
from .backup import BackupSettings, ResolvedBackup
from .credentials import CredentialSettings, ResolvedCredentials
from .edge import EdgeSettings, ResolvedEdge
from .gateway import GatewaySettings, ResolvedGateway
from .monitoring import MonitoringSettings, ResolvedMonitoring
from .network import NetworkSettings, ResolvedNetwork
from .nodes import NodeSettings, ResolvedNodes
from .pinning import PinningSettings, ResolvedPinning
from .problems import InvalidInput, Problem, Problems, current_spelling
from .storage import ResolvedStorage, StorageSettings
from .swarm import ResolvedSwarm, SwarmSettings


class IpfsClusterArgs(TypedDict):
    """The inputs of IpfsCluster, in groups; all may be left out."""

    network: NotRequired[NetworkSettings]
    """Where the cluster stands. Default: a VPC of its own."""
    nodes: NotRequired[NodeSettings]
    """How many nodes, where, how large and of what. Default: three, one in each of three zones."""
    storage: NotRequired[StorageSettings]
    """What nodes keep their data on. Default: an encrypted EFS One Zone file system each."""
    backup: NotRequired[BackupSettings]
    """Copies of that data. Default: of one node's file system, daily, for 35 days."""
    swarm: NotRequired[SwarmSettings]
    """Whom kubo talks to. Default: the public IPFS network."""
    pinning: NotRequired[PinningSettings]
    """How many nodes hold a pin. Default: all."""
    gateway: NotRequired[GatewaySettings]
    """What the gateway serves, and to whom. Default: what the cluster holds, to everyone."""
    api: NotRequired[ApiSettings]
    """The REST API's credentials, and the Pinning Service API. Default: made by pulumi-random; none."""
    edge: NotRequired[EdgeSettings]
    """How gateway and REST API are reached. Default: by CloudFront, under the names that it gives."""
    credentials: NotRequired[CredentialSettings]
    """Where keys and secrets come from and are kept. Default: made by pulumi-random, kept in SSM."""
    monitoring: NotRequired[MonitoringSettings]
    """Logs, metrics, alarms and a dashboard. Default: all of it, logs for 30 days; nobody is told before there are alarm_emails or an
    alarm_topic_arn."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for everything that can be tagged. Default: none but the cluster's own."""


@dataclass(frozen=True, kw_only=True)
class ResolvedInputs:
    """`IpfsClusterArgs` with all defaults."""

    network: ResolvedNetwork = field(default_factory=ResolvedNetwork)
    nodes: ResolvedNodes = field(default_factory=ResolvedNodes)
    storage: ResolvedStorage = field(default_factory=ResolvedStorage)
    backup: ResolvedBackup = field(default_factory=ResolvedBackup)
    swarm: ResolvedSwarm = field(default_factory=ResolvedSwarm)
    pinning: ResolvedPinning = field(default_factory=ResolvedPinning)
    gateway: ResolvedGateway = field(default_factory=ResolvedGateway)
    api: ResolvedApi = field(default_factory=ResolvedApi)
    edge: ResolvedEdge = field(default_factory=ResolvedEdge)
    credentials: ResolvedCredentials = field(default_factory=ResolvedCredentials)
    monitoring: ResolvedMonitoring = field(default_factory=ResolvedMonitoring)
    tags: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


GROUPS: Mapping[str, type] = {f.name: f.default_factory for f in dataclasses.fields(ResolvedInputs) if f.name != "tags"}  # type: ignore[misc]
"""The resolved type of each group."""
SHAPE = fields.group_shape(IpfsClusterArgs)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the account and Region have."""

    region: str
    zones: Sequence[zones.Zone]
    """The Region's availability zones."""
    hosted_zone: HostedZone | None = None
    """That of edge.zone_id, if it is known already."""
    file_systems: Sequence[DeployedFileSystem] = ()
    """The file systems with this cluster's tag."""
    parameter_arns: Sequence[str] = ()
    """The SSM parameters with this cluster's tag."""

    def usable_zones(self, file_system: str) -> list[str]:
        """The zones that can hold a node with a kind of file system, by name."""
        return [zone.name for zone in zones.suitable(self.region, self.zones, file_system)]


def resolve(cluster: Names, args: IpfsClusterArgs, surroundings: Surroundings) -> ResolvedInputs:
    """``args`` with all defaults, and with the zones that are meant. Raises InvalidInput with every problem found.

    Numbers that came as floats, as they do from other languages, become whole ones.
    """
    present = {name: value for name, value in fields.whole(dict(args)).items() if value is not None}
    given = _well_typed(present)
    inputs = ResolvedInputs(
        **{group: fields.resolved(resolved, given[group]) for group, resolved in GROUPS.items()},
        tags=given["tags"],
    )
    found = list(_problems(cluster, present, given, inputs, surroundings))
    if found:
        raise InvalidInput(cluster.component, found, current_spelling())
    usable = surroundings.usable_zones(inputs.storage.file_system)
    watched = inputs.monitoring if inputs.monitoring.enabled else dataclasses.replace(inputs.monitoring, metrics="none", container_insights="disabled")
    return dataclasses.replace(
        inputs,
        nodes=dataclasses.replace(inputs.nodes, zones=inputs.nodes.chosen_zones(inputs.network, usable)),
        backup=dataclasses.replace(inputs.backup, nodes=inputs.backup.which_nodes(inputs.pinning)),
        monitoring=watched,
    )


def _well_typed(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The groups without what is of another type, which is a problem of its own."""
    groups = {name: fields.well_typed(SHAPE.fields[name], given.get(name)) for name in GROUPS}
    own = given.get("tags")
    sound = isinstance(own, Mapping) and not any(fields.type_problems(("tags",), SHAPE.fields["tags"], own))
    return {**groups, "tags": dict(own) if sound and own else {}}


def _problems(
    cluster: Names, present: Mapping[str, Any], given: Mapping[str, Mapping[str, Any]], inputs: ResolvedInputs, surroundings: Surroundings
) -> Problems:
    region = surroundings.region
    yield from fields.type_problems((), SHAPE, present)
    yield from names.problems(cluster)
    yield from names.conflict_problems(cluster, list(surroundings.parameter_arns))
    usable = surroundings.usable_zones(inputs.storage.file_system)
    places = inputs.nodes.placements(inputs.network, usable)
    known, zones_ = [place.node for place in places], sorted({place.zone for place in places})
    yield from network.problems(inputs.network, given["network"])
    yield from nodes.problems(inputs.nodes)
    if "zones" in given["nodes"] and not inputs.nodes.zones:
        yield Problem(("nodes", "zones"), "the list is empty; name at least one zone, or leave it out.")
    yield from nodes.zone_problems(cluster.component, inputs.nodes, inputs.network, inputs.storage.file_system, region, usable)
    yield from storage.problems(inputs.storage, inputs.nodes, known)
    yield from storage.replacement_problems(inputs.storage, known, surroundings.file_systems)
    yield from backup.problems(inputs.backup, given["backup"], inputs.pinning)
    yield from swarm.problems(inputs.swarm)
    yield from pinning.problems(inputs.pinning, inputs.nodes.count)
    yield from gateway.problems(inputs.gateway, given["gateway"], inputs.swarm, inputs.pinning, inputs.edge.mode)
    yield from edge.problems(inputs.edge, given["edge"], cluster.component, region, surroundings.hosted_zone)
    if places:  # otherwise that is the problem, and named
        yield from edge.subnet_problems(inputs.edge, inputs.network, zones_, usable)
    yield from api.problems(inputs.api, given["api"], inputs.credentials.api_credentials_parameter is not None)
    yield from credentials.problems(inputs.credentials, given["credentials"], inputs.api, inputs.gateway, inputs.swarm, known)
    yield from monitoring.problems(inputs.monitoring, given["monitoring"], region, inputs.edge.mode)
    yield from nodes.registry_problems(inputs.nodes, _images(inputs), region)
    yield from tags.problems(inputs.tags)


def _images(inputs: ResolvedInputs) -> list[str]:
    """All images that say which version, used or not."""
    images = (inputs.nodes.kubo_image, inputs.nodes.cluster_image, inputs.monitoring.metrics_image, inputs.backup.pinset_image)
    return list(filter(names_a_version, images))
