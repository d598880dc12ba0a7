"""What a node keeps its data on."""

from typing import Optional

import pulumi
import pulumi_aws as aws

from . import permissions, task
from .args import StorageSettings, check_key_arn, checked
from .tags import Tags


class NodeStorage(pulumi.ComponentResource):
    """A node's EFS One Zone file system, with an access point for each daemon, admitting this node alone."""

    def __init__(
        self,
        name: str,
        settings: StorageSettings,
        zone: str,
        subnet_id: pulumi.Input[str],
        security_group_id: pulumi.Input[str],
        task_role_arn: pulumi.Output[str],
        tags: Tags,
        opts: Optional[pulumi.ResourceOptions] = None,
    ) -> None:
        super().__init__("ipfs-cluster:index:NodeStorage", name, {}, opts)
        own = pulumi.ResourceOptions(parent=self)
        self.file_system: aws.efs.FileSystem = aws.efs.FileSystem(
            f"{name}-file-system",
            availability_zone_name=zone,
            encrypted=True,
            kms_key_id=checked("storage.kms_key_arn", settings["kms_key_arn"], check_key_arn) if "kms_key_arn" in settings else None,
            throughput_mode="elastic",
            tags=tags.named(name),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=settings["retain_on_delete"]),
        )
        self.access_points: dict[str, aws.efs.AccessPoint] = {
            volume: aws.efs.AccessPoint(
                f"{name}-{volume}",
                file_system_id=self.file_system.id,
                posix_user={"uid": task.UID, "gid": task.GID},
                root_directory={
                    "path": f"/{volume}",
                    "creation_info": {"owner_uid": task.UID, "owner_gid": task.GID, "permissions": "0755"},
                },
                tags=tags.named(f"{name}-{volume}"),
                opts=own,
            )
            for volume in (task.KUBO_VOLUME, task.CLUSTER_VOLUME)
        }
        """By the name of the task's volume."""
        self.access_point_arns: list[pulumi.Output[str]] = [point.arn for point in self.access_points.values()]
        policy = aws.efs.FileSystemPolicy(
            f"{name}-policy",
            file_system_id=self.file_system.id,
            policy=pulumi.Output.json_dumps(
                pulumi.Output.all(self.file_system.arn, task_role_arn, *self.access_point_arns).apply(
                    lambda arns: permissions.file_system_policy(arns[0], arns[2:], arns[1])
                )
            ),
            opts=own,
        )
        # A One Zone file system has one mount target, so the old one goes before a new one comes.
        mount_target = aws.efs.MountTarget(
            f"{name}-mount-target",
            file_system_id=self.file_system.id,
            subnet_id=subnet_id,
            security_groups=[security_group_id],
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.ready: list[pulumi.Resource] = [mount_target, policy, *self.access_points.values()]
        """What must be there before a task mounts the file system."""
        self.register_outputs({"fileSystemId": self.file_system.id})
