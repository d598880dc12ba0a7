"""File systems of the nodes, with their access points, policies and mount targets."""

import time
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from .. import permissions
from ..context import ClusterContext
from ..daemons import task
from ..inputs import checks
from ..inputs.problems import path
from ..inputs.storage import ResolvedExistingFileSystem, ResolvedStorage
from ..network.network import Network
from . import file_systems
from .buckets import closed_bucket

RESOLVES_AFTER_SECONDS = 90
"""How long after a mount target is available the file system's name may not resolve in its zone (EFS User Guide, "Mounting with a
DNS name": "we recommend that you wait 90 seconds after creating a mount target")."""

Kept = dict[str, pulumi.Output[str]]
"""What a destroy leaves: the ARNs, by what it is."""

_VOLUMES = (task.KUBO_VOLUME, task.CLUSTER_VOLUME)


@dataclass(frozen=True, kw_only=True)
class StorageContext:
    """What all nodes' storage has in common."""

    storage: ResolvedStorage
    network: Network
    cluster: ClusterContext


def _file_system(name: str, zone: str | None, holder: str, context: StorageContext, opts: pulumi.ResourceOptions) -> aws.efs.FileSystem:
    """An encrypted file system, One Zone if there is a ``zone``; ``holder`` is the node that it is for, or all of them."""
    storage, throughput = context.storage, context.storage.provisioned_throughput_mibps
    key, where = storage.kms_key_arn, path("storage.kms_key_arn")
    file_system = aws.efs.FileSystem(
        f"{name}-file-system",
        availability_zone_name=zone,
        encrypted=True,
        kms_key_id=None if key is None else checks.later(context.cluster.spelling, where, key, checks.key_arn_problem),
        throughput_mode=storage.throughput_mode,
        provisioned_throughput_in_mibps=None if throughput is None else float(throughput),
        lifecycle_policies=_lifecycle(storage),
        tags={**context.cluster.tags.named(name), **file_systems.identifying_tags(storage.file_system, key, holder)},
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=context.cluster.retain)),
    )
    # Otherwise a One Zone file system comes with AWS's daily backup, in addition to those of the plan.
    aws.efs.BackupPolicy(f"{name}-automatic-backup", file_system_id=file_system.id, backup_policy={"status": "DISABLED"}, opts=opts)
    return file_system


def _lifecycle(storage: ResolvedStorage) -> Any:
    """The lifecycle policies, each an object with one key as EFS wants it; none if files stay where they are."""
    if storage.transition_to_ia_days is None:
        return None
    policies = [{"transition_to_ia": file_systems.after(storage.transition_to_ia_days)}]
    if storage.transition_to_archive_days is not None:
        policies.append({"transition_to_archive": file_systems.after(storage.transition_to_archive_days)})
    return [*policies, {"transition_to_primary_storage_class": "AFTER_1_ACCESS"}]


class MountTargetAge:
    """How long a mount target has been there, as far as this run knows."""

    def __init__(self) -> None:
        self._made: float | None = None

    def hooks(self, name: str) -> pulumi.ResourceHookBinding:
        """Notes when the mount target is created; ``name`` is the resource's."""

        def note(_: pulumi.ResourceHookArgs) -> None:
            self._made = time.monotonic()

        return pulumi.ResourceHookBinding(after_create=[pulumi.ResourceHook(f"{name}-made", note)])

    def seconds_until_name_resolves(self) -> float:
        """How long to wait before something mounts by it; 0 if it was not created in this run."""
        return 0 if self._made is None else max(0, self._made + RESOLVES_AFTER_SECONDS - time.monotonic())


class SharedStorage(pulumi.ComponentResource):
    """One regional file system for all nodes, with a mount target in each zone.

    It admits clients only through access points. The nodes' roles say through which.
    """

    def __init__(self, name: str, *, zones: list[str], context: StorageContext, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ipfs-cluster:index:SharedStorage", name, {}, opts)
        own, retain, network = pulumi.ResourceOptions(parent=self), context.cluster.retain, context.network
        self.file_system: aws.efs.FileSystem = _file_system(name, None, file_systems.ALL_NODES, context, own)
        self.kept: Kept = {"file system of all nodes": self.file_system.arn} if retain else {}
        policy = aws.efs.FileSystemPolicy(
            f"{name}-policy",
            file_system_id=self.file_system.id,
            policy=pulumi.Output.json_dumps(self.file_system.arn.apply(permissions.shared_file_system_policy)),
            # Without a policy a file system admits everyone who reaches it.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=retain),
        )
        self.ready: dict[str, list[pulumi.Resource]] = {}
        """What must be there before a task of a zone mounts the file system."""
        self.ages: dict[str, MountTargetAge] = {zone: MountTargetAge() for zone in zones}
        """Those of the mount targets, by zone."""
        for zone in zones:
            target = aws.efs.MountTarget(
                f"{name}-{zone}",
                file_system_id=self.file_system.id,
                subnet_id=network.subnet_ids[zone],
                security_groups=[network.storage_security_group_id],
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, hooks=self.ages[zone].hooks(f"{name}-{zone}")),
            )
            self.ready[zone] = [policy, target]
        self.register_outputs({"fileSystemId": self.file_system.id})


class NodeStorage(pulumi.ComponentResource):
    """A node's directories on its own file system, on the shared one or on an existing one, with an access point
    for each daemon.
    """

    def __init__(
        self,
        name: str,
        *,
        node: str,
        zone: str,
        shared: SharedStorage | None,
        task_role_arn: pulumi.Output[str],
        context: StorageContext,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("ipfs-cluster:index:NodeStorage", name, {}, opts)
        self._name, self._node, self._context = name, node, context
        self._own = pulumi.ResourceOptions(parent=self)
        existing, account = context.storage.existing.get(node), context.cluster.account

        self.is_shared: bool = shared is not None and existing is None
        """Whether it is on the file system that all nodes share."""
        self.file_system_id: pulumi.Output[str]
        self.file_system_arn: pulumi.Output[str]
        self.ready: list[pulumi.Resource] = []
        """What must be there before a task mounts the file system."""
        self._age = MountTargetAge()
        self.kept: Kept = {}
        mount_target, retain = True, context.cluster.retain
        if existing is not None and existing.file_system_id is not None:
            self.file_system_id = pulumi.Output.from_input(existing.file_system_id)
            self.file_system_arn = self.file_system_id.apply(lambda id_: account.arn("elasticfilesystem", f"file-system/{id_}"))
            mount_target = existing.create_mount_target
            self.kept[f"taken over: file system of {node}"] = self.file_system_arn
        elif shared is not None:
            self.file_system_id, self.file_system_arn = shared.file_system.id, shared.file_system.arn
            self.ready += shared.ready[zone]
            self._age = shared.ages[zone]
        else:
            file_system = _file_system(name, zone, node, context, self._own)
            self.file_system_id, self.file_system_arn = file_system.id, file_system.arn
            if retain:
                self.kept[f"file system of {node}"] = file_system.arn

        self.access_point_ids: dict[str, pulumi.Output[str]] = {}
        """By the name of the task's volume."""
        self.access_point_arns: list[pulumi.Output[str]] = []
        self._access_points(existing, f"/{node}" if self.is_shared else "")
        self.bucket: pulumi.Output[str] | None = None
        """Name of the bucket that the node's blocks are in; none where they are on the file system."""
        taken_over = existing.bucket if existing is not None else None
        if context.storage.is_in_s3:
            self.bucket = pulumi.Output.from_input(taken_over) if taken_over is not None else self._blocks()
        self.bucket_arn: pulumi.Output[str] | None = None
        if self.bucket is not None:
            self.bucket_arn = self.bucket.apply(lambda bucket: f"arn:{account.partition}:s3:::{bucket}")
            if retain or taken_over is not None:
                self.kept[f"{'taken over: ' if taken_over is not None else ''}blocks of {node}"] = self.bucket_arn
        if not self.is_shared:
            self._admit_node(task_role_arn, mount_target, zone, keep=retain or existing is not None)
        self.register_outputs({"fileSystemId": self.file_system_id})

    def seconds_until_name_resolves(self) -> float:
        """How long a task that mounts the file system should wait, because its mount target is new."""
        return self._age.seconds_until_name_resolves()

    def _blocks(self) -> pulumi.Output[str]:
        # Nothing expires: an expired block would break a pin. No versions: they would keep collected garbage.
        bucket, policy = closed_bucket(
            f"{self._name.removesuffix('-storage')}-blocks",  # S3 takes 63 characters
            self,
            self._context.cluster.tags,
            retain=self._context.cluster.retain,
            rule=None,
            policy=permissions.only_over_tls_policy,
        )
        self.ready.append(policy)
        return bucket.bucket

    def _access_points(self, existing: ResolvedExistingFileSystem | None, root: str) -> None:
        given = (existing.kubo_access_point_id, existing.cluster_access_point_id) if existing is not None else (None, None)
        for volume, point_id in zip(_VOLUMES, given, strict=True):
            if point_id is not None:
                id_ = pulumi.Output.from_input(point_id)
                self.access_point_ids[volume] = id_
                self.access_point_arns.append(id_.apply(lambda point: self._context.cluster.account.arn("elasticfilesystem", f"access-point/{point}")))
                continue
            directory = existing.path.rstrip("/") if existing is not None else root
            point = aws.efs.AccessPoint(
                f"{self._name}-{volume}",
                file_system_id=self.file_system_id,
                posix_user={"uid": task.UID, "gid": task.GID},
                root_directory={
                    "path": f"{directory}/{volume}",
                    "creation_info": {"owner_uid": task.UID, "owner_gid": task.GID, "permissions": "0755"},
                },
                tags=self._context.cluster.tags.named(f"{self._name}-{volume}"),
                opts=self._own,
            )
            self.access_point_ids[volume] = point.id
            self.access_point_arns.append(point.arn)
            self.ready.append(point)

    def _admit_node(self, task_role_arn: pulumi.Output[str], mount_target: bool, zone: str, keep: bool) -> None:
        """Admits only this node. ``keep`` says that the file system outlives the node: then its policy does too, and admits no one any more."""
        policy = aws.efs.FileSystemPolicy(
            f"{self._name}-policy",
            file_system_id=self.file_system_id,
            policy=pulumi.Output.json_dumps(
                pulumi.Output.all(self.file_system_arn, task_role_arn, *self.access_point_arns).apply(
                    lambda arns: permissions.file_system_policy(arns[0], arns[2:], arns[1])
                )
            ),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=keep),
        )
        self.ready.append(policy)
        if mount_target:
            # A One Zone file system has one mount target, so the old one goes before a new one comes.
            target = aws.efs.MountTarget(
                f"{self._name}-mount-target",
                file_system_id=self.file_system_id,
                subnet_id=self._context.network.subnet_ids[zone],
                security_groups=[self._context.network.storage_security_group_id],
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, hooks=self._age.hooks(f"{self._name}-mount-target")),
            )
            self.ready.append(target)
