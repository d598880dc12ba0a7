"""EFS, AWS Backup, S3 and EventBridge Scheduler."""

import io
import json
from collections.abc import Callable
from typing import Any

from tests.accept.cloud.base import NOW, Base
from tests.helpers.world import ACCOUNT, REGION


class Storage(Base):
    """EFS, AWS Backup, S3 and EventBridge Scheduler."""

    def backup_start_backup_job(self, p: Any) -> dict[str, Any]:
        id_ = f"job-{len(self.jobs)}"
        self.jobs[id_] = {"looks": 0, "vault": p["BackupVaultName"], "point": f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:{id_}"}
        return {"BackupJobId": id_}

    def backup_describe_backup_job(self, p: Any) -> dict[str, Any]:
        job = self.jobs[p["BackupJobId"]]
        job["looks"] += 1
        if job["looks"] < 2:
            return {"State": "RUNNING"}
        self.vaults.setdefault(job["vault"], [])
        if job["point"] not in self.vaults[job["vault"]] and not job.get("deleted"):
            self.vaults[job["vault"]].append(job["point"])
        return {"State": "COMPLETED", "RecoveryPointArn": job["point"]}

    def backup_start_restore_job(self, p: Any) -> dict[str, Any]:
        token = p["Metadata"]["CreationToken"]
        zone = p["Metadata"].get("availabilityZoneName") if p["Metadata"].get("singleAzFilesystem") == "true" else None
        made = self._file_system(f"fs-0000000{len(self.file_systems)}", token)
        self.file_systems[made["FileSystemId"]] = {key: value for key, value in {**made, "AvailabilityZoneName": zone}.items() if value is not None}
        return {"RestoreJobId": "restore-1"}

    def backup_describe_restore_job(self, p: Any) -> dict[str, Any]:
        return {"Status": "COMPLETED"}

    def backup_delete_recovery_point(self, p: Any) -> dict[str, Any]:
        self.vaults[p["BackupVaultName"]].remove(p["RecoveryPointArn"])
        for job in self.jobs.values():
            if job["point"] == p["RecoveryPointArn"]:
                job["deleted"] = True
        return {}

    def backup_create_backup_vault(self, p: Any) -> dict[str, Any]:
        self.vaults[p["BackupVaultName"]] = []
        return {}

    def backup_list_recovery_points_by_backup_vault(self, p: Any) -> dict[str, Any]:
        return {"RecoveryPoints": [{"RecoveryPointArn": arn, "Status": "EXPIRED"} for arn in self.vaults[p["BackupVaultName"]]]}

    def backup_delete_backup_vault(self, p: Any) -> dict[str, Any]:
        assert not self.vaults.pop(p["BackupVaultName"])
        return {}

    def scheduler_get_schedule(self, p: Any) -> dict[str, Any]:
        network = {"awsvpcConfiguration": {"Subnets": ["subnet-0000000000a"], "SecurityGroups": ["sg-export"], "AssignPublicIp": "ENABLED"}}
        target = {
            "Arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/c",
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/schedule",
            "EcsParameters": {"TaskDefinitionArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/export", "NetworkConfiguration": network},
        }
        return {"Target": target}

    def s3_get_object(self, p: Any) -> dict[str, Any]:
        return {"Body": io.BytesIO("\n".join(json.dumps({"cid": cid}) for cid in self.exported()).encode())}

    exported: Callable[[], list[str]] = staticmethod(list)
    """The pins that an export holds."""

    def efs_describe_lifecycle_configuration(self, p: Any) -> dict[str, Any]:
        return {"LifecyclePolicies": [{"TransitionToIA": "AFTER_30_DAYS"}, {"TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"}]}

    def efs_describe_file_systems(self, p: Any) -> dict[str, Any]:
        if "CreationToken" in p:
            return {"FileSystems": [one for one in self.file_systems.values() if one["CreationToken"] == p["CreationToken"]]}
        return {"FileSystems": [self.file_systems.get(p["FileSystemId"]) or self._file_system(p["FileSystemId"], "own")]}

    def _file_system(self, id_: str, token: str, **more: Any) -> dict[str, Any]:
        return {
            "FileSystemId": id_,
            "OwnerId": ACCOUNT,
            "CreationToken": token,
            "CreationTime": NOW,
            "LifeCycleState": "available",
            "NumberOfMountTargets": 0,
            "SizeInBytes": {"Value": 6144},
            "PerformanceMode": "generalPurpose",
            "Tags": [],
            "FileSystemArn": f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/{id_}",
            "AvailabilityZoneName": f"{REGION}a",
            "Encrypted": True,
            **more,
        }

    def efs_create_file_system(self, p: Any) -> dict[str, Any]:
        id_ = f"fs-0000000{len(self.file_systems)}"
        self.file_systems[id_] = self._file_system(id_, p["CreationToken"])
        return self.file_systems[id_]

    def efs_delete_file_system(self, p: Any) -> dict[str, Any]:
        assert p["FileSystemId"] not in self.mount_targets.values()
        del self.file_systems[p["FileSystemId"]]
        return {}

    def efs_create_mount_target(self, p: Any) -> dict[str, Any]:
        self.mount_targets["fsmt-0000000kit"] = p["FileSystemId"]
        return {"MountTargetId": "fsmt-0000000kit", "FileSystemId": p["FileSystemId"], "SubnetId": p["SubnetId"], "LifeCycleState": "creating"}

    def efs_describe_mount_targets(self, p: Any) -> dict[str, Any]:
        return {
            "MountTargets": [
                {"MountTargetId": id_, "FileSystemId": of, "SubnetId": "subnet-0000000000a", "LifeCycleState": "available"}
                for id_, of in self.mount_targets.items()
                if of == p["FileSystemId"]
            ]
        }

    def efs_delete_mount_target(self, p: Any) -> dict[str, Any]:
        del self.mount_targets[p["MountTargetId"]]
        return {}
