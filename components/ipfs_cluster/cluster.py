"""The architecture, in code: network, credentials, load balancer, nodes, edge."""

from collections.abc import Mapping
from typing import Any, Optional, cast

import pulumi
import pulumi_aws as aws

from . import args as inputs
from .args import IpfsClusterArgs
from .config import camel_case
from .credentials.credentials import Credentials
from .edge import plan as edge
from .edge.access_logs import AccessLogs
from .edge.addresses import Addresses
from .edge.distributions import Distributions
from .edge.domain import Domain
from .edge.load_balancer import LoadBalancer
from .edge.readers import Readers
from .monitoring.alarms import Watched
from .monitoring.metrics import Metrics
from .monitoring.monitoring import Monitoring
from .naming import Names
from .network.network import Network, Zones
from .network.zones import Zone, place, suitable
from .node import registries
from .node.node import IpfsNode, Site
from .permissions import Account
from .storage import file_systems as filesystems
from .storage.backup import Backup
from .storage.file_systems import ALL_NODES, Found
from .storage.pinset_export import PinsetExport, family_of
from .storage.storage import Ground, SharedStorage
from .tags import Tags


class IpfsCluster(pulumi.ComponentResource):
    """An IPFS pinning cluster on AWS: nodes of kubo and ipfs-cluster on Fargate and EFS, spread over availability zones."""

    gateway_url: Optional[pulumi.Output[str]]
    """Where the gateway is; none with edge.mode none."""
    api_url: Optional[pulumi.Output[str]]
    """Where the REST API is; none with edge.mode none."""
    pinning_service_url: Optional[pulumi.Output[str]]
    """Where the Pinning Service API is, as `ipfs pin remote service add` takes it; none where it is not offered."""
    ctl_command: Optional[pulumi.Output[str]]
    """A command line of ipfs-cluster-ctl against the REST API, to be run where the stack is; none with edge.mode none."""
    curl_command: Optional[pulumi.Output[str]]
    """A command line of curl against the REST API, to be run where the stack is; none with edge.mode none."""
    gateway_distribution_id: Optional[pulumi.Output[str]]
    """ID of the gateway's CloudFront distribution, for invalidations; none without CloudFront."""
    api_distribution_id: Optional[pulumi.Output[str]]
    """ID of the REST API's CloudFront distribution; none without CloudFront."""
    dns_records: pulumi.Output[dict[str, str]]
    """The records to create where edge.domain has no edge.zone_id: the target (CNAME or alias) of each name; else empty."""
    gateway_username: Optional[pulumi.Output[str]]
    """User name of the gateway; none unless it asks for one."""
    gateway_password: Optional[pulumi.Output[str]]
    """Password of the gateway, a secret; none unless it asks for one."""
    gateway_user_pool_id: Optional[pulumi.Output[str]]
    """ID of the Cognito user pool whose tokens the gateway takes; none unless it asks for one."""
    gateway_user_pool_client_id: Optional[pulumi.Output[str]]
    """ID of the user pool's app client; none unless the gateway asks for tokens."""
    pinning_service_username: Optional[pulumi.Output[str]]
    """User name of the Pinning Service API; none where it is not offered."""
    pinning_service_password: Optional[pulumi.Output[str]]
    """Password of the Pinning Service API, a secret; none where it is not offered."""
    pinset_bucket: Optional[pulumi.Output[str]]
    """Name of the bucket with the exports of the pinset; none with backup.pinset_schedule never."""
    backup_vault_name: Optional[pulumi.Output[str]]
    """Name of the AWS Backup vault; none with backup.nodes none."""
    backup_role_arn: Optional[pulumi.Output[str]]
    """ARN of the role by which AWS Backup backs up and restores; none with backup.nodes none."""
    retained: pulumi.Output[dict[str, str]]
    """What stays in the account when the stack is destroyed: the ARN of each, by what it is. Of task definitions it is the family's."""
    alarm_topic_arn: Optional[pulumi.Output[str]]
    """ARN of the SNS topic that alarms go to; none without monitoring."""
    dashboard_url: Optional[pulumi.Output[str]]
    """Where CloudWatch shows the dashboard; none without monitoring."""
    vpc_id: pulumi.Output[str]
    """ID of the VPC that the cluster is in."""
    cluster_arn: pulumi.Output[str]
    """ARN of the ECS cluster."""
    api_username: Optional[pulumi.Output[str]]
    """User name of the REST API; none where credentials.api_credentials_parameter holds it."""
    api_password: Optional[pulumi.Output[str]]
    """Password of the REST API, a secret; none where credentials.api_credentials_parameter holds it."""
    api_credentials_parameter: pulumi.Output[str]
    """Name of the SSM parameter that holds the REST API's credentials as `user:password`."""
    kubo_peer_ids: pulumi.Output[dict[str, str]]
    """Peer ID of each node's kubo, by node."""
    cluster_peer_ids: pulumi.Output[dict[str, str]]
    """Peer ID of each node's ipfs-cluster, by node."""
    file_system_ids: pulumi.Output[dict[str, str]]
    """ID of each node's EFS file system, by node."""
    block_buckets: pulumi.Output[dict[str, str]]
    """Name of the S3 bucket that each node's blocks are in, by node; empty unless storage.datastore is s3."""
    dns_names: pulumi.Output[dict[str, str]]
    """Private DNS name of each node, by node."""
    execute_commands: pulumi.Output[dict[str, str]]
    """A command line that opens a shell in each node's ipfs-cluster container, by node; empty without ECS Exec."""

    def __init__(self, name: str, args: IpfsClusterArgs = {}, opts: Optional[pulumi.ResourceOptions] = None) -> None:  # noqa: B006 (the analyzer takes no Optional)
        """Raises InvalidInput, before any resource is made, naming every problem with the inputs."""
        super().__init__("ipfs-cluster:index:IpfsCluster", name, {}, opts)
        own = pulumi.ResourceOptions(parent=self)
        account, available = _look_up(self)
        self._region = account.region
        names = Names(component=name, stack=pulumi.get_stack(), project=pulumi.get_project())
        file_systems = _file_systems(self, names)
        settings = inputs.resolve(names, args, account.region, available, _hosted_zone(self, args), file_systems)
        plan = edge.plan(settings["edge"], settings["api"])
        nodes, private = settings["nodes"], settings["swarm"]["mode"] == "private"
        tags = Tags({"ipfs-cluster": names.flat, **settings["tags"]})
        places = place(nodes["count"], nodes["zones"])
        usable = [zone.name for zone in suitable(account.region, available, settings["storage"]["file_system"])]
        zones = _zones([place.zone for place in places], settings, plan, usable)
        self._warn_of_kept(settings["storage"], [place.node for place in places], file_systems)

        self.network: Network = Network(f"{name}-network", settings["network"], zones, private, account.region, tags, opts=own)
        self.credentials: Credentials = Credentials(
            f"{name}-credentials",
            settings["credentials"],
            settings["api"],
            settings["gateway"],
            settings["storage"]["retain_on_delete"],
            [place.node for place in places],
            private,
            names,
            account,
            tags,
            opts=own,
        )
        self.domain: Optional[Domain] = Domain(f"{name}-domain", settings["edge"], plan, account.region, tags, opts=own) if plan.hosts else None
        # An internet-facing load balancer can be reached by every distribution of everyone.
        origin_secret = self.credentials.random("origin-secret") if plan.cloudfront and not plan.internal else None
        self.load_balancer: Optional[LoadBalancer] = None
        if plan.load_balancer:
            certificate = self.domain.load_balancer_certificate_arn if self.domain else None
            self.load_balancer = LoadBalancer(name, settings["edge"], plan, self.network, certificate, origin_secret, account, tags, opts=own)
        else:
            self.network.admit_vpc(plan.endpoints)
        self.ecs_cluster: aws.ecs.Cluster = aws.ecs.Cluster(
            f"{name}-cluster",
            settings=[{"name": "containerInsights", "value": settings["monitoring"]["container_insights"]}],
            tags=tags.named(name),
            opts=own,
        )
        namespace = aws.servicediscovery.PrivateDnsNamespace(
            f"{name}-namespace", name=names.namespace, vpc=self.network.vpc_id, description="Nodes of the IPFS cluster", tags=tags.named(name), opts=own
        )
        # After the namespace, which takes a minute: the first cluster of an account makes ECS's service-linked role, and this needs it.
        capacity = aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity",
            cluster_name=self.ecs_cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        ground = Ground(settings["storage"], account, self.network, tags)
        self.shared_storage: Optional[SharedStorage] = None
        if settings["storage"]["file_system"] == "regional":
            self.shared_storage = SharedStorage(f"{name}-storage", zones.nodes, ground, opts=own)
        self.metrics: Optional[Metrics] = None
        if settings["monitoring"]["metrics"] != "none":
            self.metrics = Metrics(f"{name}-metrics", settings["monitoring"], names, account, tags, opts=own)
        sources = registries.resolve(nodes, names, account)
        self.image_cache: Optional[registries.ImageCache] = (
            registries.ImageCache(f"{name}-images", names, nodes, opts=own) if registries.cached(nodes) else None
        )
        site = Site(
            settings,
            account,
            names,
            tags,
            self.network,
            self.credentials,
            self.ecs_cluster,
            capacity,
            namespace,
            ground,
            self.shared_storage,
            plan,
            self.load_balancer,
            self.metrics,
            sources,
            self.image_cache,
        )
        self.nodes: dict[str, IpfsNode] = {}
        before: Optional[IpfsNode] = None
        for index, place_ in enumerate(places):
            spot = nodes["spot"] == "all" or (nodes["spot"] == "all-but-one" and index > 0)
            before = IpfsNode(f"{name}-{place_.node}", place_, site, spot, after=before, opts=own)
            self.nodes[place_.node] = before

        self.backup: Optional[Backup] = None
        if settings["backup"]["nodes"] != "none":
            storages = [self.nodes[place_.node].storage for place_ in places]
            shared = [self.shared_storage.file_system.arn] if self.shared_storage else []
            arns = [*shared, *(storage.file_system_arn for storage in storages if not storage.is_shared)]
            if settings["backup"]["nodes"] == "one":
                arns = [storages[0].file_system_arn]
            self.backup = Backup(f"{name}-backup", settings["backup"], arns, settings["storage"]["retain_on_delete"], account, tags, opts=own)
        self.pinset_export: Optional[PinsetExport] = None
        if settings["backup"]["pinset_schedule"] != inputs.NEVER:
            self.pinset_export = PinsetExport(
                f"{name}-pinset",
                settings["backup"],
                nodes,
                sources,
                self.image_cache,
                settings["storage"]["retain_on_delete"],
                settings["monitoring"]["log_retention_days"],
                [node.dns_name for node in self.nodes.values()],
                self.credentials.api,
                settings["credentials"].get("kms_key_arn"),
                self.ecs_cluster,
                self.network,
                names,
                account,
                tags,
                opts=own,
            )
        self.readers: Optional[Readers] = None
        self.distributions: Optional[Distributions] = None
        if plan.cloudfront and self.load_balancer:
            if settings["gateway"]["authentication"] != "none":
                retain = settings["storage"]["retain_on_delete"]
                self.readers = Readers(f"{name}-readers", settings["gateway"], self.credentials, retain, account, tags, opts=own)
            certificate = self.domain.certificate_arn if self.domain else None
            self.distributions = Distributions(
                f"{name}-edge", settings["edge"], plan, self.load_balancer, certificate, origin_secret, self.readers, tags, opts=own
            )
            if self.load_balancer.log_bucket is not None:
                AccessLogs(f"{name}-edge-logs", self.distributions, self.load_balancer, tags, opts=own)

        self.monitoring: Optional[Monitoring] = None
        if settings["monitoring"]["enabled"]:
            self.monitoring = Monitoring(
                f"{name}-monitoring",
                settings["monitoring"],
                self._watched(settings, names),
                {node: known.log_groups for node, known in self.nodes.items()},
                [known.ready for known in self.nodes.values()],
                self.backup,
                self.pinset_export,
                self.ecs_cluster.arn,
                names,
                account,
                tags,
                opts=own,
            )

        addresses = Addresses(plan, self.load_balancer, self.distributions, self.domain, self.credentials, account)
        self.gateway_url = addresses.gateway_url
        self.api_url = addresses.api_url
        self.pinning_service_url = addresses.pinning_service_url
        self.ctl_command = addresses.ctl_command
        self.curl_command = addresses.curl_command
        self.dns_records = _map(addresses.records)
        self.gateway_distribution_id = self.distributions.gateway.id if self.distributions else None
        self.api_distribution_id = self.distributions.api.id if self.distributions else None
        gateway, pinning, readers = self.credentials.gateway, self.credentials.pinning_service, self.readers
        self.gateway_username, self.gateway_password = (gateway.username, gateway.password) if gateway else (None, None)
        self.gateway_user_pool_id, self.gateway_user_pool_client_id = (readers.user_pool_id, readers.user_pool_client_id) if readers else (None, None)
        self.pinning_service_username, self.pinning_service_password = (pinning.username, pinning.password) if pinning else (None, None)
        self.pinset_bucket = self.pinset_export.bucket.bucket if self.pinset_export else None
        self.backup_vault_name, self.backup_role_arn = (self.backup.vault_name, self.backup.role_arn) if self.backup else (None, None)
        self.retained = _map(self._kept())
        self.alarm_topic_arn = self.monitoring.topic_arn if self.monitoring else None
        self.dashboard_url = pulumi.Output.from_input(self.monitoring.dashboard_url) if self.monitoring else None
        self.vpc_id = self.network.vpc_id
        self.cluster_arn = self.ecs_cluster.arn
        self.api_username = self.credentials.api_username
        self.api_password = self.credentials.api_password
        self.api_credentials_parameter = self.credentials.api_parameter
        self.kubo_peer_ids = _map({node: known.kubo_peer_id for node, known in self.credentials.nodes.items()})
        self.cluster_peer_ids = _map({node: known.cluster_peer_id for node, known in self.credentials.nodes.items()})
        self.file_system_ids = _map({node: known.storage.file_system_id for node, known in self.nodes.items()})
        self.block_buckets = _map({node: known.storage.bucket for node, known in self.nodes.items() if known.storage.bucket is not None})
        self.dns_names = _map({node: known.dns_name for node, known in self.nodes.items()})
        commands = {node: known.execute_command for node, known in self.nodes.items()} if nodes["enable_execute_command"] else {}
        self.execute_commands = _map(commands)
        self.register_outputs({camel_case(output): getattr(self, output) for output in IpfsCluster.__annotations__})

    def _warn_of_kept(self, storage: inputs.StorageSettings, nodes: list[str], there: list[Found]) -> None:
        """Warns, once, of file systems that hold a node's data and that no stack uses.

        The engine keeps its state to itself. But a file system that is in use has access points, which are deleted with the node.
        """
        kept = [found for found in filesystems.in_question(storage, nodes, there) if not _has_access_points(self, found)]
        if kept:
            pulumi.log.warn(filesystems.left_aside(kept), self)

    def _kept(self) -> dict[str, pulumi.Output[str]]:
        """What a destroy leaves: the ARNs, by what it is."""
        definitions = {node: known.task_definition for node, known in self.nodes.items()}
        if self.pinset_export:
            definitions["the pinset export"] = self.pinset_export.task_definition
        parts = (
            self.shared_storage,
            *(node.storage for node in self.nodes.values()),
            self.credentials,
            self.domain,
            self.backup,
            self.pinset_export,
            self.readers,
        )
        return {
            **{what: arn for part in parts if part for what, arn in part.kept.items()},
            **{f"task definitions of {what}": definition.arn.apply(family_of) for what, definition in definitions.items()},
        }

    def _watched(self, settings: IpfsClusterArgs, names: Names) -> Watched:
        balancer, shared = self.load_balancer, self.shared_storage
        certificates: dict[str, Any] = {}
        if self.domain:
            if self.domain.load_balancer_certificate_arn is not None:
                certificates[self._region] = self.domain.load_balancer_certificate_arn
            if self.domain.certificate_arn is not None:
                certificates[edge.CERTIFICATE_REGION] = self.domain.certificate_arn
        own = {node: known.storage.file_system_id for node, known in self.nodes.items() if not known.storage.is_shared}
        return Watched(
            namespace=names.metrics,
            cluster=names.flat,
            ecs_cluster=self.ecs_cluster.name,
            services={node: names.service(node) for node in self.nodes},
            load_balancer=balancer.balancer.arn_suffix if balancer else None,
            target_groups={role: group.arn_suffix for role, group in balancer.target_groups.items()} if balancer else {},
            file_systems={**({ALL_NODES: shared.file_system.id} if shared else {}), **own},
            distributions={"gateway": self.distributions.gateway.id, "api": self.distributions.api.id} if self.distributions else {},
            certificates=certificates,
            storage=cast(Mapping[str, Any], settings["storage"]),
            pinset_schedule=settings["backup"].get("pinset_schedule", ""),
        )


def _zones(nodes: list[str], settings: IpfsClusterArgs, plan: edge.Plan, suitable: list[str]) -> Zones:
    network = settings["network"]
    others: Mapping[str, Any] | list[str] = network.get("load_balancer_subnet_ids") or network.get("subnet_ids") or suitable
    used = sorted(set(nodes))
    return Zones(used, edge.load_balancer_zones(used, list(others)) if plan.load_balancer else [], plan.internal)


def _file_systems(parent: pulumi.Resource, names: Names) -> list[Found]:
    """The cluster's file systems that are in the account, so that none with data is left behind unnoticed."""
    found = aws.resourcegroupstaggingapi.get_resources(
        tag_filters=[{"key": "ipfs-cluster", "values": [names.flat]}],
        resource_type_filters=["elasticfilesystem:file-system"],
        opts=pulumi.InvokeOptions(parent=parent),
    )
    return [Found(resource.resource_arn, resource.tags) for resource in found.resource_tag_mapping_lists]


def _has_access_points(parent: pulumi.Resource, found: Found) -> bool:
    """Whether a file system can be used by a task; true also where that cannot be known, since a deleted one stands in the list of tags for a while."""
    try:
        return bool(aws.efs.get_access_points(file_system_id=found.id, opts=pulumi.InvokeOptions(parent=parent)).ids)
    except Exception:  # the SDK raises just this for a look-up that failed
        return True


def _hosted_zone(parent: pulumi.Resource, args: IpfsClusterArgs) -> Optional[edge.HostedZone]:
    """The hosted zone of edge.zone_id, unless that is another resource's output; asked at once, so that a domain outside it is refused."""
    given: Any = args.get("edge")
    zone_id = given.get("zone_id") if isinstance(given, Mapping) else None
    if not isinstance(zone_id, str) or not edge.is_zone_id(zone_id) or not isinstance(given.get("domain"), str):
        return None
    zone = aws.route53.get_zone(zone_id=zone_id, opts=pulumi.InvokeOptions(parent=parent))
    return edge.HostedZone(zone.name, bool(zone.private_zone))


def _map(values: Mapping[str, pulumi.Input[str]]) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(list(values), *values.values()).apply(lambda known: dict(zip(known[0], known[1:], strict=True)))


def _look_up(parent: pulumi.Resource) -> tuple[Account, list[Zone]]:
    """Where the stack is deployed to. Asked at once and not as Outputs, since the number of resources depends on it."""
    options = pulumi.InvokeOptions(parent=parent)
    zones = aws.get_availability_zones(filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}], opts=options)
    account = Account(
        id=aws.get_caller_identity(opts=options).account_id,
        region=aws.get_region(opts=options).region,
        partition=aws.get_partition(opts=options).partition,
    )
    return account, [Zone(name, id_) for name, id_ in zip(zones.names, zones.zone_ids, strict=True)]
