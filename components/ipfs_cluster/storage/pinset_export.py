"""The pinset, written to S3 on a schedule."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from .. import permissions
from ..context import ClusterContext
from ..credentials.credentials import StoredSecret
from ..daemons import task
from ..daemons.images import Registries
from ..daemons.pinset_export import OBJECT, Export, containers, family_of
from ..inputs.resolve import ResolvedInputs
from ..network.firewall import egress, ingress
from ..network.network import Network
from ..registries import ImageCache
from .buckets import closed_bucket


@dataclass(frozen=True, kw_only=True)
class ExportParts:
    """What of the cluster the export uses."""

    ecs_cluster: aws.ecs.Cluster
    network: Network
    registries: pulumi.Output[Registries]
    image_cache: ImageCache | None
    api: StoredSecret
    """The REST API's credentials."""
    hosts: Sequence[str]
    """The nodes' DNS names."""


class PinsetExport(pulumi.ComponentResource):
    """A bucket, and a small task that EventBridge Scheduler starts."""

    def __init__(self, name: str, *, inputs: ResolvedInputs, parts: ExportParts, context: ClusterContext, opts: pulumi.ResourceOptions | None = None) -> None:
        """The bucket is retained, with the exports, if the cluster's data is."""
        super().__init__("ipfs-cluster:index:PinsetExport", name, {}, opts)
        self._name, self._inputs, self._parts, self._context = name, inputs, parts, context
        self._own = pulumi.ResourceOptions(parent=self)
        names, tags = context.names, context.tags

        self.bucket: aws.s3.Bucket = self._bucket()
        self.kept: dict[str, pulumi.Output[str]] = {"pinset bucket": self.bucket.arn} if context.retain else {}
        """What a destroy leaves: the ARNs, by what it is."""
        self.log_group: aws.cloudwatch.LogGroup = aws.cloudwatch.LogGroup(
            name, name=f"{names.path}/pinset-export", retention_in_days=context.log_retention_days, tags=tags.named(name), opts=self._own
        )
        """Of the export's task."""
        execution = self._role("execution", permissions.execution_trust_policy(context.account))
        self._policy("execution", execution, self._execution_policy())
        role = self._role("task", permissions.trust_policy(context.account))
        self._policy("task", role, self.bucket.arn.apply(lambda arn: permissions.upload_policy(f"{arn}/{OBJECT}")))
        self.task_definition: aws.ecs.TaskDefinition = aws.ecs.TaskDefinition(
            f"{name}-task",
            family=f"{names.flat}-pinset-export",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu="256",
            memory="512",
            runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": inputs.nodes.architecture},
            execution_role_arn=execution.arn,
            task_role_arn=role.arn,
            volumes=[{"name": "export"}],
            container_definitions=self._containers(),
            tags=tags.named(name),
            opts=self._own,
        )
        # Without the revision, so that an update of the task changes nothing for those who name it; the newest one is run.
        self.family_arn: pulumi.Output[str] = self.task_definition.arn.apply(family_of)
        """ARN of the export's task definitions, without their revision."""
        self._schedule(execution, role, self._security_group())
        self.register_outputs({"bucket": self.bucket.bucket})

    def _execution_policy(self) -> pulumi.Output[permissions.Policy]:
        inputs, account, parts = self._inputs, self._context.account, self._parts
        return pulumi.Output.all(
            parameter=parts.api.arn,
            log_group=self.log_group.name,
            key=inputs.credentials.kms_key_arn,
            registries=parts.registries,
            registry_key=inputs.nodes.registry_credentials_key_arn,
        ).apply(
            lambda resolved: permissions.execution_policy(
                account,
                [resolved["registries"].source(image) for image in (inputs.nodes.cluster_image, inputs.backup.pinset_image)],
                [resolved["parameter"]],
                [account.arn("logs", f"log-group:{resolved['log_group']}")],
                resolved["key"],
                resolved["registry_key"],
            )
        )

    def _containers(self) -> pulumi.Output[str]:
        inputs, parts, region = self._inputs, self._parts, self._context.account.region

        def define(resolved: dict[str, Any]) -> str:
            export = Export(
                cluster_image=inputs.nodes.cluster_image,
                upload_image=inputs.backup.pinset_image,
                registries=resolved["registries"],
                hosts=parts.hosts,
                bucket=resolved["bucket"],
                api=task.Secret(resolved["api"], resolved["version"]),
                region=region,
                log_group=resolved["log_group"],
            )
            return json.dumps(containers(export))

        return pulumi.Output.all(
            api=parts.api.arn, version=parts.api.version, bucket=self.bucket.bucket, log_group=self.log_group.name, registries=parts.registries
        ).apply(define)

    def _bucket(self) -> aws.s3.Bucket:
        bucket, _ = closed_bucket(
            self._name,
            self,
            self._context.tags,
            retain=self._context.retain,
            # The newest export is never deleted.
            rule={"id": "earlier-exports", "noncurrent_version_expiration": {"noncurrent_days": self._inputs.backup.pinset_retention_days}},
            policy=permissions.only_over_tls_policy,
            versioned=True,
        )
        return bucket

    def _security_group(self) -> aws.ec2.SecurityGroup:
        name, tags, own, network = self._name, self._context.tags, self._own, self._parts.network
        group = aws.ec2.SecurityGroup(name, vpc_id=network.vpc_id, description="Export of the IPFS pinset", tags=tags.named(name), opts=own)
        nodes = network.nodes_security_group_id
        ingress(f"{name}-nodes", nodes, "tcp", task.API_PORT, "The REST API from the export of the pinset", tags, own, source=group.id)
        egress(f"{name}-to-nodes", group.id, "tcp", task.API_PORT, "The REST API of nodes", tags, own, target=nodes)
        egress(f"{name}-to-https", group.id, "tcp", 443, "Images, secrets, logs and S3", tags, own)
        return group

    def _schedule(self, execution: aws.iam.Role, task_role: aws.iam.Role, group: aws.ec2.SecurityGroup) -> None:
        role = self._role("schedule", permissions.service_trust_policy(self._context.account, "scheduler.amazonaws.com"))
        family, cluster, network, image_cache = self.family_arn, self._parts.ecs_cluster, self._parts.network, self._parts.image_cache
        schedule_policy = self._policy(
            "schedule",
            role,
            pulumi.Output.all(family, cluster.arn, execution.arn, task_role.arn).apply(lambda arns: permissions.run_task_policy(arns[0], arns[1], arns[2:])),
        )
        target: Any = {
            "arn": cluster.arn,
            "role_arn": role.arn,
            "ecs_parameters": {
                "task_definition_arn": family,
                "launch_type": "FARGATE",
                "network_configuration": {"subnets": list(network.subnet_ids.values()), "security_groups": [group.id], "assign_public_ip": True},
                "propagate_tags": "TASK_DEFINITION",
            },
            "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 3},
        }
        aws.scheduler.Schedule(
            self._name,
            schedule_expression=self._inputs.backup.pinset_schedule,
            flexible_time_window={"mode": "OFF"},
            target=target,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[schedule_policy, *([image_cache] if image_cache else [])]),
        )

    def _role(self, kind: str, trust: permissions.Policy) -> aws.iam.Role:
        return aws.iam.Role(
            f"{self._name}-{kind}",
            description="Export of the IPFS pinset",
            assume_role_policy=json.dumps(trust),
            tags=self._context.tags.named(f"{self._name}-{kind}"),
            opts=self._own,
        )

    def _policy(self, kind: str, role: aws.iam.Role, policy: pulumi.Output[permissions.Policy]) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(f"{self._name}-{kind}", role=role.id, policy=pulumi.Output.json_dumps(policy), opts=self._own)
