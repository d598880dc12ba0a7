"""One node: everything that one availability zone holds of the cluster."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

import pulumi
import pulumi_aws as aws

from .. import permissions
from ..context import ClusterContext
from ..credentials.credentials import Credentials, StoredSecret
from ..daemons import collector, health, task
from ..daemons.following import Followed
from ..daemons.images import Registries
from ..daemons.regions import Regions
from ..edge.load_balancer import LoadBalancer
from ..edge.plan import Plan
from ..inputs.resolve import ResolvedInputs
from ..monitoring.metrics import Metrics
from ..network.network import Network
from ..network.zones import NodePlacement
from ..regions import member
from ..regions.member import Member, all_peers
from ..registries import ImageCache
from ..storage.storage import NodeStorage, SharedStorage, StorageContext
from . import rollout


@dataclass(frozen=True, kw_only=True)
class ClusterParts:
    """What all nodes of a cluster share."""

    inputs: ResolvedInputs
    context: ClusterContext
    plan: Plan
    network: Network
    credentials: Credentials
    ecs_cluster: aws.ecs.Cluster
    capacity: aws.ecs.ClusterCapacityProviders
    namespace: aws.servicediscovery.PrivateDnsNamespace
    storage: StorageContext
    shared_storage: SharedStorage | None
    load_balancer: LoadBalancer | None
    metrics: Metrics | None
    registries: pulumi.Output[Registries]
    image_cache: ImageCache | None
    others: pulumi.Output[list[Member]]
    """The other Regions."""
    followed: pulumi.Output[Followed | None]
    """The other cluster that this one follows, if it does."""


# How long ECS leaves a new task alone, whatever the load balancer's and the containers' health checks say (ECS API Reference,
# CreateService). Kubo and, after it, ipfs-cluster may take a start period each, so that a slow first start is not taken for a failure.
_GRACE_SECONDS = 2 * health.START_PERIOD_SECONDS


class IpfsNode(pulumi.ComponentResource):
    """A node: one Fargate task of kubo and ipfs-cluster, with its own file system, DNS name, logs and roles."""

    def __init__(
        self,
        name: str,
        *,
        placement: NodePlacement,
        parts: ClusterParts,
        spot: bool,
        after: Optional["IpfsNode"],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """``after`` is the node whose deployment must be done before this one's begins."""
        super().__init__("ipfs-cluster:index:IpfsNode", name, {}, opts)
        self._name, self._parts, self._placement, self._node = name, parts, placement, placement.node
        self._own = pulumi.ResourceOptions(parent=self)
        context, inputs = parts.context, parts.inputs
        nodes, tags, names = inputs.nodes, context.tags, context.names

        self.dns_name: str = names.dns_name(self._node)
        """Where the other nodes find this one."""
        task_role = self._role("task", "Containers of", permissions.trust_policy(context.account))
        self.storage: NodeStorage = NodeStorage(
            f"{name}-storage",
            node=self._node,
            zone=placement.zone,
            shared=parts.shared_storage,
            task_role_arn=task_role.arn,
            context=parts.storage,
            opts=self._own,
        )
        task_policy = self._policy(
            "task",
            task_role,
            pulumi.Output.all(
                file_system=self.storage.file_system_arn,
                access_points=self.storage.access_point_arns,
                bucket=self.storage.bucket_arn,
                metrics=parts.metrics.statement if parts.metrics else None,
            ).apply(
                lambda resolved: permissions.task_policy(
                    resolved["file_system"], resolved["access_points"], resolved["bucket"], resolved["metrics"], nodes.enable_execute_command
                )
            ),
        )
        log_groups: dict[str, aws.cloudwatch.LogGroup] = {
            container: aws.cloudwatch.LogGroup(
                f"{name}-{container}",
                name=names.log_group(self._node, container),
                retention_in_days=context.log_retention_days,
                tags=tags.named(f"{name}-{container}"),
                opts=self._own,
            )
            for container in (*task.CONTAINERS, *([collector.CONTAINER] if parts.metrics else []))
        }
        self.log_groups: Mapping[str, aws.cloudwatch.LogGroup] = log_groups
        """By container."""
        execution_role = self._role("execution", "Start of", permissions.execution_trust_policy(context.account))
        execution_policy = self._policy("execution", execution_role, self._execution_policy(log_groups))
        discovery = aws.servicediscovery.Service(
            f"{name}-name",
            name=names.service(self._node),
            dns_config={
                "namespace_id": parts.namespace.id,
                "routing_policy": "MULTIVALUE",
                # A replaced task has a new address: the others look again after 10 seconds.
                "dns_records": [{"type": "A", "ttl": 10}],
            },
            force_destroy=True,  # ECS takes a stopped task's entry out a little later than it says that the service is gone
            tags=tags.named(f"{name}-name"),
            opts=self._own,
        )
        self.task_definition: aws.ecs.TaskDefinition = aws.ecs.TaskDefinition(
            f"{name}-task",
            family=f"{names.flat}-{self._node}",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(nodes.cpu),
            memory=str(nodes.memory),
            runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": nodes.architecture},
            execution_role_arn=execution_role.arn,
            task_role_arn=task_role.arn,
            volumes=[
                {
                    "name": volume,
                    "efs_volume_configuration": {
                        "file_system_id": self.storage.file_system_id,
                        "transit_encryption": "ENABLED",
                        "authorization_config": {"access_point_id": point, "iam": "ENABLED"},
                    },
                }
                for volume, point in self.storage.access_point_ids.items()
            ],
            container_definitions=self._containers(log_groups),
            # ECS goes back to a former revision when a deployment fails, and may do so after this run: it stays active.
            skip_destroy=True,
            tags=tags.named(f"{name}-task"),
            opts=self._own,
        )
        self.service: aws.ecs.Service = aws.ecs.Service(
            f"{name}-service",
            name=names.service(self._node),
            cluster=parts.ecs_cluster.arn,
            task_definition=self.task_definition.arn,
            # One task on the file system, never two: the old one ends before the new one starts.
            desired_count=1,
            deployment_minimum_healthy_percent=0,
            deployment_maximum_percent=100,
            availability_zone_rebalancing="DISABLED",
            deployment_circuit_breaker={"enable": True, "rollback": True},
            # A strategy also where there is no choice, since the change from a launch type to one replaces the service …
            capacity_provider_strategies=[{"capacity_provider": "FARGATE_SPOT" if spot else "FARGATE", "weight": 1}],
            # … and so would a change of the strategy without this.
            force_new_deployment=True,
            network_configuration={
                "subnets": [parts.network.subnet_ids[placement.zone]],
                "security_groups": [parts.network.nodes_security_group_id],
                "assign_public_ip": True,
            },
            service_registries={"registry_arn": discovery.arn},
            **self._registered(),
            enable_execute_command=nodes.enable_execute_command,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=True,
            tags=tags.named(f"{name}-service"),
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=True,
                depends_on=[
                    *self.storage.ready,
                    task_policy,
                    execution_policy,
                    parts.network,
                    parts.capacity,
                    *([parts.load_balancer] if parts.load_balancer else []),
                    *([parts.image_cache] if parts.image_cache else []),
                    # Nodes roll one after another, so that an update never takes the cluster down.
                    *([after.ready] if after else []),
                ],
                # A repository of millions of blocks may take long to migrate or to open: an hour instead of the provider's 20 minutes.
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="60m"),
                hooks=pulumi.ResourceHookBinding(
                    before_create=[pulumi.ResourceHook(f"{name}-service-mounts", self._wait_for_name)],
                    on_error=[pulumi.ErrorHook(f"{name}-service-failed", self._explain)],
                ),
            ),
        )
        self.ready: pulumi.Output[aws.ecs.Service] = self._deployed()
        """The service, once ECS runs what it was asked to. Fails with what is wrong and what to do."""
        self.register_outputs({"dnsName": self.dns_name, "fileSystemId": self.storage.file_system_id})

    def _registered(self) -> dict[str, Any]:
        """Where the service registers its task, in addition to Cloud Map."""
        balancer = self._parts.load_balancer
        if balancer is None:
            return {}
        targets = [
            {"target_group_arn": balancer.target_groups[e.role].arn, "container_name": e.container, "container_port": e.container_port}
            for e in self._parts.plan.endpoints
        ]
        return {"load_balancers": targets, "health_check_grace_period_seconds": _GRACE_SECONDS}

    def _deployed(self) -> pulumi.Output[aws.ecs.Service]:
        if pulumi.runtime.is_dry_run():  # what ECS runs before an update says nothing of it
            return pulumi.Output.from_input(self.service)
        cluster = self._parts.ecs_cluster
        look_up = pulumi.InvokeOutputOptions(parent=self, depends_on=[self.service])
        running = aws.ecs.get_service_output(service_name=self.service.name, cluster_arn=cluster.arn, opts=look_up)

        def check(answer: Mapping[str, Any]) -> aws.ecs.Service:
            service = rollout.Service(
                node=self._node,
                name=answer["service"].service_name,
                region=self._parts.context.account.region,
                cluster=answer["cluster"],
                asked=answer["asked"],
                task_definition=answer["service"].task_definition,
                running=answer["service"].running_count,
                events=[event.message for event in answer["service"].events],
            )
            if wrong := rollout.problem(service):
                raise pulumi.RunError(wrong)
            if unusual := rollout.warning(service):
                pulumi.log.warn(unusual, self)
            return self.service

        return pulumi.Output.all(service=running, asked=self.task_definition.arn, cluster=cluster.name).apply(check)

    def _explain(self, failed: pulumi.ErrorHookArgs) -> bool:
        """Says what to do when the provider could not bring the service to what was asked; does not try again."""
        if failed.failed_operation != "delete":
            pulumi.log.error(rollout.failure(self._node), self)
        return False

    async def _wait_for_name(self, _: pulumi.ResourceHookArgs) -> None:
        """Three starts that cannot mount would end the deployment."""
        seconds = self.storage.seconds_until_name_resolves()
        if seconds > 0:
            pulumi.log.info(f"waiting {seconds:.0f} s, until the name of the file system resolves in the new mount target's zone", self, ephemeral=True)
            await asyncio.sleep(seconds)

    @property
    def execute_command(self) -> pulumi.Output[str]:
        """A command line that opens a shell in the node's ipfs-cluster container."""
        cluster, service, region = self._parts.ecs_cluster.name, self.service.name, self._parts.context.account.region
        return pulumi.Output.format(
            "aws ecs execute-command --region {0} --cluster {1} --container ipfs-cluster --interactive --command /bin/sh "
            "--task $(aws ecs list-tasks --region {0} --cluster {1} --service-name {2} --query 'taskArns[0]' --output text)",
            region,
            cluster,
            service,
        )

    def _role(self, kind: str, what: str, trust: permissions.Policy) -> aws.iam.Role:
        return aws.iam.Role(
            f"{self._name}-{kind}",
            description=f"{what} IPFS node {self._node}",
            assume_role_policy=json.dumps(trust),
            tags=self._parts.context.tags.named(f"{self._name}-{kind}"),
            opts=self._own,
        )

    def _policy(self, kind: str, role: aws.iam.Role, policy: pulumi.Output[permissions.Policy]) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(f"{self._name}-{kind}", role=role.id, policy=pulumi.Output.json_dumps(policy), opts=self._own)

    def _secrets(self) -> Mapping[str, StoredSecret]:
        """The node's own keys and what all share. Nothing of another node."""
        credentials = self._parts.credentials
        own = credentials.nodes[self._node]
        secrets = {
            "api-credentials": credentials.api,
            "cluster-private-key": own.cluster_private_key,
            "cluster-secret": credentials.followed_secret or credentials.cluster_secret,
            "kubo-private-key": own.kubo_private_key,
            **credentials.all_users,
        }
        if credentials.swarm_key is not None:
            secrets["swarm-key"] = credentials.swarm_key
        if credentials.pinning_service is not None:
            secrets["pinning-service-credentials"] = credentials.pinning_service.stored
        if self._parts.metrics is not None:
            secrets["collector-configuration"] = self._parts.metrics.configuration
        return secrets

    def _execution_policy(self, log_groups: Mapping[str, aws.cloudwatch.LogGroup]) -> pulumi.Output[permissions.Policy]:
        inputs, account = self._parts.inputs, self._parts.context.account
        return pulumi.Output.all(
            parameters=[secret.arn for secret in self._secrets().values()],
            log_groups=[group.name for group in log_groups.values()],
            key=inputs.credentials.kms_key_arn,
            registries=self._parts.registries,
            registry_key=inputs.nodes.registry_credentials_key_arn,
        ).apply(
            lambda resolved: permissions.execution_policy(
                account,
                [resolved["registries"].source(i) for i in (inputs.nodes.kubo_image, inputs.nodes.cluster_image, *self._collector_images())],
                resolved["parameters"],
                [account.arn("logs", f"log-group:{group}") for group in resolved["log_groups"]],
                resolved["key"],
                resolved["registry_key"],
            )
        )

    def _collector_images(self) -> list[str]:
        return [self._parts.inputs.monitoring.metrics_image] if self._parts.metrics else []

    def _containers(self, log_groups: Mapping[str, aws.cloudwatch.LogGroup]) -> pulumi.Output[str]:
        parts = self._parts
        inputs, context = parts.inputs, parts.context
        nodes, swarm, pinning, storage = inputs.nodes, inputs.swarm, inputs.pinning, inputs.storage

        low, high = pinning.factors(inputs.members.regions)

        def define(resolved: Mapping[str, Any]) -> pulumi.Output[str]:
            own = [task.Peer(node, context.names.dns_name(node), *ids) for node, ids in resolved["peer_ids"].items()]
            others: list[Member] = resolved["others"]
            is_reader = inputs.members.is_reader
            readers = [*([peer.cluster_peer_id for peer in own] if is_reader else []), *member.readers(others)]
            definitions = task.containers(
                task.Task(
                    node=self._node,
                    zone=self._placement.zone,
                    peers=all_peers(context.account.region, own, others),
                    region=context.account.region,
                    log_groups=resolved["log_groups"],
                    memory_mib=nodes.memory,
                    kubo_image=nodes.kubo_image,
                    cluster_image=nodes.cluster_image,
                    private=swarm.is_private,
                    vpc_cidrs=[*resolved["vpc_cidrs"], *(range_ for other in others for range_ in other.ranges)],
                    bootstrap_peers=swarm.entry_peers,
                    routing=swarm.routing,
                    # In a private swarm with partial replication all that can be fetched is the cluster's own.
                    no_fetch=not inputs.gateway.open and pinning.is_everywhere,
                    storage_max_gib=storage.max_gib,
                    low_water=swarm.conn_mgr_low_water,
                    high_water=swarm.conn_mgr_high_water,
                    replication_min=low,
                    replication_max=high,
                    batch_milliseconds=0 if inputs.read_only else pinning.batch(bool(others)),
                    regions=Regions(bool(others), pinning.replicas_per_region or 0, member.nodes(context.account.region, own, others, readers)),
                    readers=readers,
                    followed=member.followed(others) if is_reader else resolved["followed"],
                    kubo_config=nodes.kubo_config,
                    cluster_environment=nodes.cluster_environment,
                    datastore=storage.datastore,
                    bucket=resolved["bucket"] or "",
                    unixfs_profile=storage.unixfs_profile,
                    # A read moves a file out of Infrequent Access.
                    verified_bytes_per_second=0 if storage.transition_to_ia_days else task.VERIFIED_BYTES_PER_SECOND,
                    subdomain_gateway=parts.plan.gateway_host if parts.plan.subdomain_gateway else "",
                    gateway_host=parts.plan.gateway_host if parts.plan.websites else "",
                    pinning_service=parts.plan.pinning_service,
                    kubo_log_level=inputs.monitoring.kubo_log_level,
                    cluster_log_level=inputs.monitoring.cluster_log_level,
                    collector_image="".join(self._collector_images()),
                    registries=resolved["registries"],
                    spelling=context.spelling,
                    secrets={secret: task.Secret(*reference) for secret, reference in resolved["secrets"].items()},
                )
            )
            return pulumi.Output.json_dumps(definitions)

        return pulumi.Output.all(
            peer_ids={node: [own.kubo_peer_id, own.cluster_peer_id] for node, own in parts.credentials.nodes.items()},
            log_groups={container: group.name for container, group in log_groups.items()},
            vpc_cidrs=parts.network.vpc_cidrs,
            bucket=self.storage.bucket,
            others=parts.others,
            followed=parts.followed,
            registries=parts.registries,
            secrets={secret: [reference.arn, reference.version] for secret, reference in self._secrets().items()},
        ).apply(define)
