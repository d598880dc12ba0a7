"""Backups, restores and exports, as the documentation describes them."""

import json
from typing import Any

from ..context import Context
from ..errors import NotApplicableError, ProbeFailedError
from ..results import Probe, Result


def restore(ctx: Context) -> Result:
    """A backup on demand, and a restore of it into a new file system."""
    vault = ctx.find("aws:backup/vault:Vault")
    role = next((one["arn"] for one in ctx.state.resources if one["type"] == "aws:iam/role:Role" and one["name"].endswith("-backup")), "")
    node = ctx.nodes[0]
    system = ctx.output("file_system_ids")[node]
    described = ctx.aws.call("efs", "describe_file_systems", FileSystemId=system)["FileSystems"][0]
    cid = ctx.add(b"to be backed up" + ctx.stack.name.encode())
    ctx.wait_pinned(cid)
    began = ctx.clock.now()
    job = ctx.aws.call(
        "backup",
        "start_backup_job",
        BackupVaultName=vault,
        ResourceArn=described["FileSystemArn"],
        IamRoleArn=role,
        RecoveryPointTags={"ipfs-cluster": ctx.flat},
    )["BackupJobId"]
    by_hand = f"aws backup list-recovery-points-by-backup-vault --region {ctx.aws.region} --backup-vault-name {vault}  # delete-recovery-point each"
    with ctx.loose("recovery point", job, by_hand, vault=vault):
        done = _ended(ctx, "the backup job", lambda: ctx.aws.call("backup", "describe_backup_job", BackupJobId=job), "State", 60)
        if done["State"] != "COMPLETED":
            raise ProbeFailedError(f"the backup job ends as {done['State']}: {done.get('StatusMessage', '')}")
        backed_up = (ctx.clock.now() - began) / 60
        point, token = done["RecoveryPointArn"], f"accept-restore-{ctx.stack.name}"
        by_hand = f"aws efs describe-file-systems --region {ctx.aws.region} --creation-token {token}  # delete it"
        with ctx.loose("file system", token, by_hand):
            began = ctx.clock.now()
            metadata = restore_metadata(system, token, described.get("AvailabilityZoneName", ""))
            started = ctx.aws.call("backup", "start_restore_job", RecoveryPointArn=point, IamRoleArn=role, Metadata=metadata, ResourceType="EFS")[
                "RestoreJobId"
            ]
            ended = _ended(ctx, "the restore job", lambda: ctx.aws.call("backup", "describe_restore_job", RestoreJobId=started), "Status", 90)
            if ended["Status"] != "COMPLETED":
                raise ProbeFailedError(f"the restore job ends as {ended['Status']}: {ended.get('StatusMessage', '')}; its metadata was {json.dumps(metadata)}")
            restored = (ctx.clock.now() - began) / 60
            systems = ctx.aws.call("efs", "describe_file_systems", CreationToken=token)["FileSystems"]
            if not systems:
                raise ProbeFailedError(f"the restore job is COMPLETED, but there is no file system with the creation token {token}")
            wrong = [
                f"{key} {systems[0].get(key)!r} in place of {described.get(key)!r}"
                for key in ("AvailabilityZoneName", "Encrypted")
                if systems[0].get(key) != described.get(key)
            ]
            if wrong:
                raise ProbeFailedError(f"the restored file system is another kind: {', '.join(wrong)}")
            size = systems[0].get("SizeInBytes", {}).get("Value", 0)
    ctx.unpin([cid])
    evidence = [f"backup of {node} in {backed_up:.1f} minutes", f"restored in {restored:.1f} minutes into a new file system of {size} bytes, in the same zone"]
    key = "the default key" if "KmsKeyId" not in metadata else "a key named"
    return Result(evidence, {"restore-encrypted": f"yes, with {key}: the new file system is {'encrypted' if systems[0]['Encrypted'] else 'NOT encrypted'}"})


def restore_metadata(system: str, token: str, zone: str) -> dict[str, str]:
    """The metadata of a restore into a new file system, as in the documentation."""
    metadata = {"newFileSystem": "true", "Encrypted": "true", "PerformanceMode": "generalPurpose", "CreationToken": token, "file-system-id": system}
    return {**metadata, "singleAzFilesystem": "true", "availabilityZoneName": zone} if zone else metadata


def _ended(ctx: Context, what: str, look: Any, key: str, minutes: float) -> dict[str, Any]:
    over = ("COMPLETED", "FAILED", "ABORTED", "EXPIRED", "PARTIAL")

    def seen() -> dict[str, Any] | None:
        found: dict[str, Any] = look()
        return found if found[key] in over else None

    return ctx.clock.until(f"{what} is over", seen, minutes, 20)


def pinset(ctx: Context) -> Result:
    """Runs the export now, instead of waiting for its schedule, and reads it."""
    if not ctx.has_output("pinset_bucket"):
        raise NotApplicableError("the export of the pinset is disabled")
    cid = ctx.add(b"to be exported" + ctx.stack.name.encode())
    ctx.wait_pinned(cid)
    group, _, name = ctx.find("aws:scheduler/schedule:Schedule").rpartition("/")
    target = ctx.aws.call("scheduler", "get_schedule", **({"GroupName": group} if group else {}), Name=name)["Target"]
    given = target["EcsParameters"]
    network = given["NetworkConfiguration"]["awsvpcConfiguration"]
    started = f"accept-pinset-{ctx.stack.name}"[:36]
    by_hand = f"aws ecs list-tasks --region {ctx.aws.region} --cluster {target['Arn']} --started-by {started}  # stop them"
    with ctx.loose("task", started, by_hand, cluster=target["Arn"]):
        answer = ctx.aws.call(
            "ecs",
            "run_task",
            cluster=target["Arn"],
            taskDefinition=given["TaskDefinitionArn"],
            launchType="FARGATE",
            startedBy=started,
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": network["Subnets"], "securityGroups": network["SecurityGroups"], "assignPublicIp": network["AssignPublicIp"]}
            },
        )
        if not answer["tasks"]:
            raise ProbeFailedError(f"ECS starts no task: {answer['failures']}")
        task = answer["tasks"][0]["taskArn"]

        def look() -> dict[str, Any] | None:
            (found,) = ctx.aws.call("ecs", "describe_tasks", cluster=target["Arn"], tasks=[task])["tasks"]
            return found if found["lastStatus"] == "STOPPED" else None

        ended = ctx.clock.until("the export's task ends", look, 15)
    failed = [f"{one['name']}: {one.get('exitCode')} {one.get('reason', '')}".strip() for one in ended["containers"] if one.get("exitCode") != 0]
    if failed:
        raise ProbeFailedError(f"the export ends with {'; '.join(failed)} {ended.get('stoppedReason', '')}".strip())
    bucket = ctx.output("pinset_bucket")
    body = ctx.aws.call("s3", "get_object", Bucket=bucket, Key="pinset.json")["Body"].read().decode()
    ctx.unpin([cid])
    cids = [_cid(json.loads(line)) for line in body.splitlines() if line.strip()]
    if cid not in cids:
        raise ProbeFailedError(f"the export holds {len(cids)} pins, and not the one created just before: {cid}")
    return Result([f"the export holds {len(cids)} pins, the newest among them"])


def _cid(pin: dict[str, Any]) -> str:
    value = pin["cid"]
    return str(value["/"] if isinstance(value, dict) else value)


PROBES = (
    Probe("restore", "The documented commands create and restore a backup.", 40, restore, ("restore-encrypted",)),
    Probe("pinset", "The export of the pinset runs and holds what is pinned.", 4, pinset),
)
