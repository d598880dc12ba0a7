"""The pinset, written to S3 on a schedule."""

import json
from collections.abc import Sequence
from typing import Any, Optional

import pulumi
import pulumi_aws as aws

from .. import permissions
from ..args import BackupSettings, NodeSettings
from ..credentials.credentials import StoredSecret
from ..daemons import task
from ..daemons.images import Registries
from ..naming import Names
from ..network.firewall import egress, ingress
from ..network.network import Network
from ..node.registries import ImageCache
from ..permissions import Account
from ..tags import Tags
from .buckets import closed_bucket

OBJECT = "pinset.json"
"""The object's key; its earlier versions are the earlier exports."""

_FOLDER = "/export"


def containers(
    settings: BackupSettings,
    nodes: NodeSettings,
    registries: Registries,
    hosts: Sequence[str],
    bucket: str,
    api: task.Secret,
    region: str,
    log_group: str,
) -> list[dict[str, Any]]:
    """The task's containers, pure: one asks the first node that answers for all pins, the other one sends them to S3."""
    hosts_option = ",".join(f"/dns4/{host}/tcp/{task.API_PORT}" for host in hosts)
    file = f"{_FOLDER}/{OBJECT}"
    logs = task.log_configuration(log_group, region, "1m")
    shared = {"sourceVolume": "export", "containerPath": _FOLDER}
    pins, upload = registries.source(nodes["cluster_image"]), registries.source(settings["pinset_image"])
    return [
        {
            "name": "pins",
            **pins.properties(),
            "essential": False,
            # The task's own volume belongs to root.
            "user": "0",  # its group would have to be a positive number
            "entryPoint": ["/bin/sh", "-c"],
            "command": [
                f'set -eu; ipfs-cluster-ctl --force-http --enc json --host {hosts_option} pin ls > {file}; echo "$(grep -c "^{{" {file} || true) pins"'
            ],
            "secrets": [{"name": "CLUSTER_CREDENTIALS", "valueFrom": api.arn}],
            "mountPoints": [shared],
            "logConfiguration": logs,
        },
        {
            "name": "upload",
            **upload.properties(),
            "essential": True,
            "dependsOn": [{"containerName": "pins", "condition": "SUCCESS"}],
            "command": ["s3", "cp", "--no-progress", file, f"s3://{bucket}/{OBJECT}"],
            "mountPoints": [{**shared, "readOnly": True}],
            "logConfiguration": logs,
        },
    ]


def family_of(task_definition_arn: str) -> str:
    """The ARN of a task definition without its revision, by which ECS finds the newest one."""
    return task_definition_arn.rpartition(":")[0]


class PinsetExport(pulumi.ComponentResource):
    """A bucket, and a small task that EventBridge Scheduler starts."""

    def __init__(
        self,
        name: str,
        settings: BackupSettings,
        nodes: NodeSettings,
        registries: pulumi.Output[Registries],
        image_cache: Optional[ImageCache],
        retain: bool,
        log_retention_days: int,
        hosts: Sequence[str],
        api: StoredSecret,
        key_arn: Optional[pulumi.Input[str]],
        cluster: aws.ecs.Cluster,
        network: Network,
        names: Names,
        account: Account,
        tags: Tags,
        opts: Optional[pulumi.ResourceOptions] = None,
    ) -> None:
        """``hosts`` are the nodes' DNS names, ``key_arn`` is the KMS key of the parameter ``api``, ``retain`` keeps the bucket."""
        super().__init__("ipfs-cluster:index:PinsetExport", name, {}, opts)
        self._name, self._account, self._tags = name, account, tags
        self._own = pulumi.ResourceOptions(parent=self)

        self.bucket: aws.s3.Bucket = self._bucket(settings["pinset_retention_days"], retain)
        self.kept: dict[str, pulumi.Output[str]] = {"pinset bucket": self.bucket.arn} if retain else {}
        """What a destroy leaves: the ARNs, by what it is."""
        logs = aws.cloudwatch.LogGroup(name, name=f"{names.path}/pinset-export", retention_in_days=log_retention_days, tags=tags.named(name), opts=self._own)
        self.log_group: aws.cloudwatch.LogGroup = logs
        """Of the export's task."""
        execution = self._role("execution", permissions.execution_trust_policy(account))
        images = [nodes["cluster_image"], settings["pinset_image"]]
        self._policy(
            "execution",
            execution,
            pulumi.Output.all(api.arn, logs.name, key_arn, registries, nodes.get("registry_credentials_key_arn")).apply(
                lambda known: permissions.execution_policy(
                    account, [known[3].source(i) for i in images], [known[0]], [account.arn("logs", f"log-group:{known[1]}")], known[2], known[4]
                )
            ),
        )
        role = self._role("task", permissions.trust_policy(account))
        self._policy("task", role, self.bucket.arn.apply(lambda arn: permissions.upload_policy(f"{arn}/{OBJECT}")))
        definition = self.task_definition = aws.ecs.TaskDefinition(
            f"{name}-task",
            family=f"{names.flat}-pinset-export",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu="256",
            memory="512",
            runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": nodes["architecture"]},
            execution_role_arn=execution.arn,
            task_role_arn=role.arn,
            volumes=[{"name": "export"}],
            container_definitions=pulumi.Output.all(api.arn, api.version, self.bucket.bucket, logs.name, registries).apply(
                lambda known: json.dumps(containers(settings, nodes, known[4], hosts, known[2], task.Secret(known[0], known[1]), account.region, known[3]))
            ),
            tags=tags.named(name),
            opts=self._own,
        )
        # Without the revision, so that an update of the task changes nothing for those who name it; the newest one is run.
        self.family_arn: pulumi.Output[str] = definition.arn.apply(family_of)
        """ARN of the export's task definitions, without their revision."""
        self._schedule(settings, cluster, execution, role, self._security_group(network), network, image_cache)
        self.register_outputs({"bucket": self.bucket.bucket})

    def _bucket(self, retention_days: int, retain: bool) -> aws.s3.Bucket:
        bucket, _ = closed_bucket(
            self._name,
            self,
            self._tags,
            retain=retain,
            # The newest export is never deleted.
            rule={"id": "earlier-exports", "noncurrent_version_expiration": {"noncurrent_days": retention_days}},
            policy=permissions.only_over_tls_policy,
            versioned=True,
        )
        return bucket

    def _security_group(self, network: Network) -> aws.ec2.SecurityGroup:
        name, tags, own = self._name, self._tags, self._own
        group = aws.ec2.SecurityGroup(name, vpc_id=network.vpc_id, description="Export of the IPFS pinset", tags=tags.named(name), opts=own)
        nodes = network.nodes_security_group_id
        ingress(f"{name}-nodes", nodes, "tcp", task.API_PORT, "The REST API from the export of the pinset", tags, own, source=group.id)
        egress(f"{name}-to-nodes", group.id, "tcp", task.API_PORT, "The REST API of nodes", tags, own, target=nodes)
        egress(f"{name}-to-https", group.id, "tcp", 443, "Images, secrets, logs and S3", tags, own)
        return group

    def _schedule(
        self,
        settings: BackupSettings,
        cluster: aws.ecs.Cluster,
        execution: aws.iam.Role,
        task_role: aws.iam.Role,
        group: aws.ec2.SecurityGroup,
        network: Network,
        image_cache: Optional[ImageCache],
    ) -> None:
        role = self._role("schedule", permissions.service_trust_policy(self._account, "scheduler.amazonaws.com"))
        family = self.family_arn
        may = self._policy(
            "schedule",
            role,
            pulumi.Output.all(family, cluster.arn, execution.arn, task_role.arn).apply(
                lambda known: permissions.run_task_policy(known[0], known[1], known[2:])
            ),
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
            schedule_expression=settings["pinset_schedule"],
            flexible_time_window={"mode": "OFF"},
            target=target,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may, *([image_cache] if image_cache else [])]),
        )

    def _role(self, kind: str, trust: permissions.Policy) -> aws.iam.Role:
        return aws.iam.Role(
            f"{self._name}-{kind}",
            description="Export of the IPFS pinset",
            assume_role_policy=json.dumps(trust),
            tags=self._tags.named(f"{self._name}-{kind}"),
            opts=self._own,
        )

    def _policy(self, kind: str, role: aws.iam.Role, policy: pulumi.Output[permissions.Policy]) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(f"{self._name}-{kind}", role=role.id, policy=pulumi.Output.json_dumps(policy), opts=self._own)
