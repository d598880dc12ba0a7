"""The architecture, in code: network, credentials, load balancer, nodes, edge."""

import dataclasses
from typing import Any

import pulumi
import pulumi_aws as aws

from . import following, lookups, registries
from .context import ClusterContext, Tags, output_map
from .credentials.credentials import Credentials
from .daemons.pinset_export import family_of
from .edge.addresses import Addresses, targets
from .edge.distributions import Distributions
from .edge.domain import Domain
from .edge.front import Front, front
from .edge.load_balancer import LoadBalancer
from .edge.plan import CERTIFICATE_REGION, Plan, load_balancer_zones
from .edge.readers import Readers
from .inputs.edge import plan as edge_plan
from .inputs.network import subnet_zones
from .inputs.problems import spell_text
from .inputs.resolve import IpfsClusterArgs, ResolvedInputs, Surroundings, resolve
from .inputs.sizes import size_warnings
from .inputs.storage import left_behind, left_behind_warning
from .inputs.tags import OWN_TAG
from .monitoring.alarms import Watched
from .monitoring.metrics import Metrics
from .monitoring.monitoring import MonitoredParts, Monitoring
from .naming import Names
from .network.network import Network, SubnetZones
from .network.zones import NodePlacement, place
from .node.node import ClusterParts, IpfsNode
from .regions import membership
from .spelling import camel_case, current_spelling
from .storage.backup import Backup
from .storage.file_systems import ALL_NODES
from .storage.pinset_export import ExportParts, PinsetExport
from .storage.storage import SharedStorage, StorageContext


class IpfsCluster(pulumi.ComponentResource):
    """An IPFS pinning cluster on AWS: nodes of kubo and ipfs-cluster on Fargate and EFS, spread over availability zones."""

    gateway_url: pulumi.Output[str] | None
    """URL of the gateway; none with edge.mode none."""
    api_url: pulumi.Output[str] | None
    """URL of the REST API; none with edge.mode none."""
    pinning_service_url: pulumi.Output[str] | None
    """URL of the Pinning Service API, as `ipfs pin remote service add` takes it; none where it is not offered."""
    ctl_command: pulumi.Output[str] | None
    """A command line of ipfs-cluster-ctl against the REST API, to run where the stack is; none with edge.mode none."""
    console_url: pulumi.Output[str] | None
    """URL of the console, a page for browsers; none without CloudFront or with edge.console false."""
    curl_command: pulumi.Output[str] | None
    """A command line of curl against the REST API, to run where the stack is; none with edge.mode none."""
    gateway_distribution_id: pulumi.Output[str] | None
    """ID of the gateway's CloudFront distribution, for invalidations; none without CloudFront."""
    api_distribution_id: pulumi.Output[str] | None
    """ID of the REST API's CloudFront distribution; none without CloudFront."""
    dns_records: pulumi.Output[dict[str, str]]
    """The records to create if edge.domain has no edge.zone_id: the target (CNAME or alias) of each name; otherwise empty."""
    websites: pulumi.Output[dict[str, str]]
    """The websites of edge.websites, by host: ID of the hosted zone that their DNSLink record belongs in, empty where that is not the stack's."""
    publisher_policy: pulumi.Output[str] | None
    """IAM policy (JSON) for those who publish websites: to set the DNSLink records, and to invalidate what CloudFront holds; none without websites."""
    gateway_username: pulumi.Output[str] | None
    """User name of the gateway; none unless it requires one."""
    gateway_password: pulumi.Output[str] | None
    """Password of the gateway, a secret; none unless it requires one."""
    gateway_user_pool_id: pulumi.Output[str] | None
    """ID of the Cognito user pool whose tokens the gateway accepts; none unless it requires tokens."""
    gateway_user_pool_client_id: pulumi.Output[str] | None
    """ID of the user pool's app client; none unless the gateway requires tokens."""
    pinning_service_username: pulumi.Output[str] | None
    """User name of the Pinning Service API; none where it is not offered."""
    pinning_service_password: pulumi.Output[str] | None
    """Password of the Pinning Service API, a secret; none where it is not offered."""
    pinset_bucket: pulumi.Output[str] | None
    """Name of the bucket with the exports of the pinset; none with backup.pinset_schedule never."""
    backup_vault_name: pulumi.Output[str] | None
    """Name of the AWS Backup vault; none with backup.nodes none."""
    backup_role_arn: pulumi.Output[str] | None
    """ARN of the role with which AWS Backup backs up and restores; none with backup.nodes none."""
    retained: pulumi.Output[dict[str, str]]
    """What stays in the account when the stack is destroyed: ARNs, by what they are. For task definitions, the ARN of the family."""
    alarm_topic_arn: pulumi.Output[str] | None
    """ARN of the SNS topic that alarms go to; none without monitoring."""
    dashboard_url: pulumi.Output[str] | None
    """URL of the CloudWatch dashboard; none without monitoring."""
    vpc_id: pulumi.Output[str]
    """ID of the cluster's VPC."""
    cluster_arn: pulumi.Output[str]
    """ARN of the ECS cluster."""
    api_username: pulumi.Output[str] | None
    """User name of the REST API; none if credentials.api_credentials_parameter holds it."""
    api_password: pulumi.Output[str] | None
    """Password of the REST API, a secret; none if credentials.api_credentials_parameter holds it."""
    api_users: pulumi.Output[dict[str, str]]
    """Password of each further user of the APIs, by name, a secret; empty without api.users."""
    api_credentials_parameter: pulumi.Output[str]
    """Name of the SSM parameter that holds the REST API's credentials as `user:password`."""
    kubo_peer_ids: pulumi.Output[dict[str, str]]
    """Peer ID of each node's kubo, by node."""
    cluster_peer_ids: pulumi.Output[dict[str, str]]
    """Peer ID of each node's ipfs-cluster, by node."""
    file_system_ids: pulumi.Output[dict[str, str]]
    """ID of each node's EFS file system, by node."""
    block_buckets: pulumi.Output[dict[str, str]]
    """Name of the S3 bucket with each node's blocks, by node; empty unless storage.datastore is s3."""
    dns_names: pulumi.Output[dict[str, str]]
    """Private DNS name of each node, by node."""
    member: pulumi.Output[str]
    """What the stacks of the cluster's other Regions, and IpfsGlobal, need to know of this one (JSON, no secrets)."""
    shared_secrets: pulumi.Output[str]
    """What the stacks of the cluster's other Regions take for members.shared: the cluster secret, a private swarm's key, and the logins of
    the APIs (JSON), a secret."""
    regions: pulumi.Output[dict[str, str]]
    """Peer ID of each node's ipfs-cluster, by Region and node with a space between them, of all Regions that take pins; empty unless there are
    other Regions."""
    read_only: pulumi.Output[bool]
    """Whether the cluster only follows others, so that its APIs refuse what would change the pinset."""
    execute_commands: pulumi.Output[dict[str, str]]
    """A command line that opens a shell in each node's ipfs-cluster container, by node; empty without ECS Exec."""

    def __init__(self, name: str, args: IpfsClusterArgs = {}, opts: pulumi.ResourceOptions | None = None) -> None:  # noqa: B006 (the analyzer takes no Optional)
        """Raises InvalidInput, before any resource is created, with every problem that the inputs have."""
        super().__init__("ipfs-cluster:index:IpfsCluster", name, {}, opts)
        self._name, self._own = name, pulumi.ResourceOptions(parent=self)
        account = lookups.account(self)
        names = Names(component=name, stack=pulumi.get_stack(), project=pulumi.get_project())
        surroundings = lookups.surroundings(self, account, names, args)
        inputs = self._inputs = resolve(names, args, surroundings)
        context = self._context = ClusterContext(
            account=account,
            names=names,
            tags=Tags({OWN_TAG: names.flat, **inputs.tags}),
            retain=inputs.storage.retain_on_delete,
            log_retention_days=inputs.monitoring.log_retention_days,
            spelling=current_spelling(),
        )
        named = [account.region] if inputs.edge.mode == "origin" else []
        found = edge_plan(inputs.edge, inputs.api.pinning_service, surroundings.hosted_zone, named)
        plan = self._plan = dataclasses.replace(found, read_only=inputs.read_only)
        placements = place(inputs.nodes.count, inputs.nodes.zones)
        self._zones = {placement.node: placement.zone for placement in placements}
        zones = _subnet_zones(placements, inputs, plan, surroundings)
        self._warn_of_unused_file_systems(placements, surroundings)
        for text in size_warnings(inputs):
            pulumi.log.warn(spell_text(text, context.spelling), self)

        self.network: Network = Network(
            f"{name}-network", network=inputs.network, zones=zones, plan=plan, private=inputs.swarm.is_private, context=context, opts=self._own
        )
        self.credentials: Credentials = Credentials(
            f"{name}-credentials", inputs=inputs, plan=plan, nodes=[placement.node for placement in placements], context=context, opts=self._own
        )
        certified = plan.hosts and (plan.cloudfront or plan.https)
        self.domain: Domain | None = Domain(f"{name}-domain", edge=inputs.edge, plan=plan, context=context, opts=self._own) if certified else None
        self.load_balancer: LoadBalancer | None = None
        if plan.load_balancer:
            self.load_balancer = LoadBalancer(
                name,
                edge=inputs.edge,
                plan=plan,
                network=self.network,
                certificate_arn=self.domain.load_balancer_certificate_arn if self.domain else None,
                origin_secret=self.credentials.origin_secret,
                context=context,
                opts=self._own,
            )
        self.ecs_cluster: aws.ecs.Cluster
        self.shared_storage: SharedStorage | None
        self.metrics: Metrics | None
        self.image_cache: registries.ImageCache | None
        parts = self._cluster_parts(zones)
        self.nodes: dict[str, IpfsNode] = {}
        before: IpfsNode | None = None
        for index, placement in enumerate(placements):
            spot = inputs.nodes.is_spot(index)
            before = IpfsNode(f"{name}-{placement.node}", placement=placement, parts=parts, spot=spot, after=before, opts=self._own)
            self.nodes[placement.node] = before

        self.backup: Backup | None = self._backup()
        self.pinset_export: PinsetExport | None = self._pinset_export(parts)
        before_it = self._front()
        self.readers: Readers | None = before_it.readers
        self.distributions: Distributions | None = before_it.distributions
        self._reached = None if plan.behind_others else self.load_balancer  # where clients reach it, or distributions of this stack do
        if self.domain:
            self.domain.point(targets(plan, self._reached, self.distributions))
        self.monitoring: Monitoring | None = self._monitoring() if inputs.monitoring.enabled else None
        self._set_outputs()
        edge = membership.origin(inputs, plan, self.load_balancer, before_it.origins) if self.load_balancer and before_it.origins else None
        self.member = membership.output(inputs, self.network, parts.namespace, self.credentials, context, edge)
        self.shared_secrets = self.credentials.shared
        self.regions = membership.nodes(inputs, parts.others, self.credentials, context)
        self.register_outputs({camel_case(output): getattr(self, output) for output in IpfsCluster.__annotations__})

    def _warn_of_unused_file_systems(self, placements: list[NodePlacement], surroundings: Surroundings) -> None:
        """Warns, once, of file systems that hold a node's data and that no stack uses. The engine keeps its state to itself."""
        held = left_behind(self._inputs.storage, [placement.node for placement in placements], surroundings.file_systems)
        unused = lookups.without_access_points(self, held)
        if unused:
            pulumi.log.warn(spell_text(left_behind_warning(unused), self._context.spelling), self)

    def _cluster_parts(self, zones: SubnetZones) -> ClusterParts:
        """What all nodes share: the ECS cluster, the namespace of their names, storage, metrics, images."""
        name, inputs, context = self._name, self._inputs, self._context
        self.ecs_cluster = aws.ecs.Cluster(
            f"{name}-cluster",
            settings=[{"name": "containerInsights", "value": inputs.monitoring.container_insights}],
            tags=context.tags.named(name),
            opts=self._own,
        )
        namespace = aws.servicediscovery.PrivateDnsNamespace(
            f"{name}-namespace",
            name=context.names.namespace,
            vpc=self.network.vpc_id,
            description="Nodes of the IPFS cluster",
            tags=context.tags.named(name),
            opts=self._own,
        )
        # After the namespace, which takes a minute: the first cluster of an account makes ECS's service-linked role, and this needs it.
        capacity = aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity",
            cluster_name=self.ecs_cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        storage = StorageContext(storage=inputs.storage, network=self.network, cluster=context)
        shared, collected, cached = inputs.storage.is_shared, inputs.monitoring.has_collector, registries.cached(inputs.nodes)
        self.shared_storage = SharedStorage(f"{name}-storage", zones=zones.nodes, context=storage, opts=self._own) if shared else None
        self.metrics = Metrics(f"{name}-metrics", monitoring=inputs.monitoring, context=context, opts=self._own) if collected else None
        self.image_cache = registries.ImageCache(f"{name}-images", nodes=inputs.nodes, context=context, opts=self._own) if cached else None
        return ClusterParts(
            inputs=inputs,
            context=context,
            plan=self._plan,
            network=self.network,
            credentials=self.credentials,
            ecs_cluster=self.ecs_cluster,
            capacity=capacity,
            namespace=namespace,
            storage=storage,
            shared_storage=self.shared_storage,
            load_balancer=self.load_balancer,
            metrics=self.metrics,
            registries=registries.resolve(inputs.nodes, context),
            image_cache=self.image_cache,
            others=membership.others(inputs, self.network, context),
            followed=following.followed(name, inputs, self.network, context, self._own),
        )

    def _backup(self) -> Backup | None:
        which, storages = self._inputs.backup.nodes, [node.storage for node in self.nodes.values()]
        if which == "none":
            return None
        arns = [storages[0].file_system_arn]
        if which == "all":
            shared = [self.shared_storage.file_system.arn] if self.shared_storage else []
            arns = [*shared, *(storage.file_system_arn for storage in storages if not storage.is_shared)]
        return Backup(f"{self._name}-backup", backup=self._inputs.backup, file_system_arns=arns, context=self._context, opts=self._own)

    def _pinset_export(self, parts: ClusterParts) -> PinsetExport | None:
        if not self._inputs.backup.exports_pinset:
            return None
        used = ExportParts(
            ecs_cluster=self.ecs_cluster,
            network=self.network,
            registries=parts.registries,
            image_cache=self.image_cache,
            api=self.credentials.api,
            hosts=[node.dns_name for node in self.nodes.values()],
        )
        return PinsetExport(f"{self._name}-pinset", inputs=self._inputs, parts=used, context=self._context, opts=self._own)

    def _front(self) -> Front:
        """What is in front of the load balancer."""
        if self.load_balancer is None:
            return Front()
        return front(
            self._name,
            inputs=self._inputs,
            plan=self._plan,
            load_balancer=self.load_balancer,
            domain=self.domain,
            credentials=self.credentials,
            zones=self._zones,
            context=self._context,
            opts=self._own,
        )

    def _monitoring(self) -> Monitoring:
        parts = MonitoredParts(
            watched=self._watched(),
            logs={name: node.log_groups for name, node in self.nodes.items()},
            deployed=[node.ready for node in self.nodes.values()],
            backup=self.backup,
            export=self.pinset_export,
            ecs_cluster_arn=self.ecs_cluster.arn,
        )
        return Monitoring(f"{self._name}-monitoring", monitoring=self._inputs.monitoring, parts=parts, context=self._context, opts=self._own)

    def _watched(self) -> Watched:
        balancer, shared, names = self.load_balancer, self.shared_storage, self._context.names
        certificates: dict[str, Any] = {}
        if self.domain:
            if self.domain.load_balancer_certificate_arn is not None:
                certificates[self._context.account.region] = self.domain.load_balancer_certificate_arn
            if self.domain.certificate_arn is not None:
                certificates[CERTIFICATE_REGION] = self.domain.certificate_arn
        own = {name: node.storage.file_system_id for name, node in self.nodes.items() if not node.storage.is_shared}
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
            storage=self._inputs.storage,
            pinset_schedule=self._inputs.backup.pinset_schedule if self._inputs.backup.exports_pinset else "",
            read_only=self._inputs.read_only,
            other_regions=bool(self._inputs.members.others),
            copies_in_each=self._inputs.pinning.replicas_per_region is not None,
        )

    def _set_outputs(self) -> None:
        addresses = Addresses(
            plan=self._plan,
            balancer=self._reached,
            distributions=self.distributions,
            domain=self.domain,
            credentials=self.credentials,
            account=self._context.account,
        )
        self.gateway_url = addresses.gateway_url
        self.api_url = addresses.api_url
        self.pinning_service_url = addresses.pinning_service_url
        self.console_url, self.ctl_command, self.curl_command = addresses.console_url, addresses.ctl_command, addresses.curl_command
        self.dns_records = output_map(addresses.records)
        self.gateway_distribution_id = self.distributions.gateway.id if self.distributions else None
        self.api_distribution_id = self.distributions.api.id if self.distributions else None
        self.websites, self.publisher_policy = output_map(addresses.websites), addresses.publisher_policy
        gateway, pinning, readers = self.credentials.gateway, self.credentials.pinning_service, self.readers
        self.gateway_username, self.gateway_password = (gateway.username, gateway.password) if gateway else (None, None)
        self.gateway_user_pool_id, self.gateway_user_pool_client_id = (readers.user_pool_id, readers.user_pool_client_id) if readers else (None, None)
        self.pinning_service_username, self.pinning_service_password = (pinning.username, pinning.password) if pinning else (None, None)
        self.pinset_bucket = self.pinset_export.bucket.bucket if self.pinset_export else None
        self.backup_vault_name, self.backup_role_arn = (self.backup.vault_name, self.backup.role_arn) if self.backup else (None, None)
        self.retained = output_map(self._retained())
        self.alarm_topic_arn = self.monitoring.topic_arn if self.monitoring else None
        self.dashboard_url = pulumi.Output.from_input(self.monitoring.dashboard_url) if self.monitoring else None
        self.read_only = pulumi.Output.from_input(self._inputs.read_only)
        self.vpc_id, self.cluster_arn = self.network.vpc_id, self.ecs_cluster.arn
        self.api_username, self.api_password = self.credentials.api_username, self.credentials.api_password
        self.api_users = output_map({name: user.password for name, user in self.credentials.api_users.items()})
        self.api_credentials_parameter = self.credentials.api_parameter
        self.kubo_peer_ids = output_map({node: own.kubo_peer_id for node, own in self.credentials.nodes.items()})
        self.cluster_peer_ids = output_map({node: own.cluster_peer_id for node, own in self.credentials.nodes.items()})
        self.file_system_ids = output_map({name: node.storage.file_system_id for name, node in self.nodes.items()})
        self.block_buckets = output_map({name: node.storage.bucket for name, node in self.nodes.items() if node.storage.bucket is not None})
        self.dns_names = output_map({name: node.dns_name for name, node in self.nodes.items()})
        can_execute = self._inputs.nodes.enable_execute_command
        self.execute_commands = output_map({name: node.execute_command for name, node in self.nodes.items()} if can_execute else {})

    def _retained(self) -> dict[str, pulumi.Output[str]]:
        """What a destroy leaves: the ARNs, by what it is."""
        definitions = {name: node.task_definition for name, node in self.nodes.items()}
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


def _subnet_zones(placements: list[NodePlacement], inputs: ResolvedInputs, plan: Plan, surroundings: Surroundings) -> SubnetZones:
    used = sorted({placement.zone for placement in placements})
    others = subnet_zones(inputs.network, surroundings.usable_zones(inputs.storage.file_system))
    return SubnetZones(nodes=used, load_balancer=load_balancer_zones(used, others) if plan.load_balancer else [], internal=plan.internal)
