"""Undoes what probes create or change outside the stack."""

from collections.abc import Callable, Mapping
from typing import Protocol

from .aws import Aws, code
from .clock import Clock
from .errors import SessionExpiredError
from .state import Loose, State

_GONE = {
    "ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException", "NoSuchEntity", "FileSystemNotFound", "ResourceNotFoundException",
    "NoSuchDistribution", "LoadBalancerNotFound", "MountTargetNotFound",
}  # fmt: skip


class UndoContext(Protocol):
    """The part of a probe's context that undoing needs."""

    @property
    def aws(self) -> Aws:
        """The account."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def state(self) -> State:
        """The state of the run, which lists what is to be undone."""
        ...

    def say(self, line: str, /) -> None:
        """Prints a line."""
        ...


def take_back(ctx: UndoContext, noted: Loose) -> str:
    """Undoes something. If that fails it stays in the state, and the removal tries again. Gives the reason of a failure, else nothing."""
    try:
        UNDO[noted.kind](ctx, noted)
    except SessionExpiredError:
        raise
    except Exception as error:
        if code(error) not in _GONE:
            ctx.say(f"could not undo {noted.kind} {noted.id} yet: {error}")
            return str(error)
    ctx.state.drop_loose(noted)
    return ""


def _service(ctx: UndoContext, noted: Loose) -> None:
    ctx.aws.call("ecs", "delete_service", cluster=noted.details["cluster"], service=noted.id, force=True)


def _task(ctx: UndoContext, noted: Loose) -> None:
    # Found by startedBy: an interrupted run does not know the task's ARN.
    for arn in ctx.aws.every("ecs", "list_tasks", "taskArns", cluster=noted.details["cluster"], startedBy=noted.id):
        ctx.aws.call("ecs", "stop_task", cluster=noted.details["cluster"], task=arn, reason="acceptance kit")


def _family(ctx: UndoContext, noted: Loose) -> None:
    arns = ctx.aws.every("ecs", "list_task_definitions", "taskDefinitionArns", familyPrefix=noted.id)
    for arn in arns:
        ctx.aws.call("ecs", "deregister_task_definition", taskDefinition=arn)
    inactive = ctx.aws.every("ecs", "list_task_definitions", "taskDefinitionArns", familyPrefix=noted.id, status="INACTIVE")
    for begin in range(0, len(inactive), 10):
        ctx.aws.call("ecs", "delete_task_definitions", taskDefinitions=inactive[begin : begin + 10])


def _role(ctx: UndoContext, noted: Loose) -> None:
    for policy in ctx.aws.every("iam", "list_role_policies", "PolicyNames", RoleName=noted.id):
        ctx.aws.call("iam", "delete_role_policy", RoleName=noted.id, PolicyName=policy)
    ctx.aws.call("iam", "delete_role", RoleName=noted.id)


def _file_systems(ctx: UndoContext, noted: Loose) -> None:
    """Finds it by its creation token, which is known before the file system exists."""
    for system in ctx.aws.call("efs", "describe_file_systems", CreationToken=noted.id)["FileSystems"]:
        id_ = system["FileSystemId"]
        for target in ctx.aws.every("efs", "describe_mount_targets", "MountTargets", FileSystemId=id_):
            ctx.aws.call("efs", "delete_mount_target", MountTargetId=target["MountTargetId"])

        def gone(of: str = id_) -> bool:
            return not ctx.aws.every("efs", "describe_mount_targets", "MountTargets", FileSystemId=of)

        ctx.clock.until(f"the mount targets of {id_} are gone", gone, 10)
        ctx.aws.call("efs", "delete_file_system", FileSystemId=id_)


def _recovery_points(ctx: UndoContext, noted: Loose) -> None:
    """Finds it by its job: the recovery point is known only when the job is done."""
    job = ctx.aws.call("backup", "describe_backup_job", BackupJobId=noted.id)
    if job["State"] in ("CREATED", "PENDING", "RUNNING"):
        ctx.aws.call("backup", "stop_backup_job", BackupJobId=noted.id)
        ctx.clock.until(
            "the backup job ends", lambda: ctx.aws.call("backup", "describe_backup_job", BackupJobId=noted.id)["State"] not in ("RUNNING", "ABORTING"), 15
        )
        job = ctx.aws.call("backup", "describe_backup_job", BackupJobId=noted.id)
    if job.get("RecoveryPointArn"):
        ctx.aws.call("backup", "delete_recovery_point", BackupVaultName=noted.details["vault"], RecoveryPointArn=job["RecoveryPointArn"])


def _vault(ctx: UndoContext, noted: Loose) -> None:
    for point in ctx.aws.every("backup", "list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=noted.id):
        ctx.aws.call("backup", "delete_recovery_point", BackupVaultName=noted.id, RecoveryPointArn=point["RecoveryPointArn"])
    ctx.clock.until(
        "the vault is empty", lambda: not ctx.aws.every("backup", "list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=noted.id), 15
    )
    ctx.aws.call("backup", "delete_backup_vault", BackupVaultName=noted.id)


def _distribution(ctx: UndoContext, noted: Loose) -> None:
    """Finds it by its caller reference, which is in its comment."""
    for one in ctx.aws.call("cloudfront", "list_distributions")["DistributionList"].get("Items", []):
        if one["Comment"] != noted.id:
            continue
        current = ctx.aws.call("cloudfront", "get_distribution_config", Id=one["Id"])
        if current["DistributionConfig"]["Enabled"]:
            config = {**current["DistributionConfig"], "Enabled": False}
            ctx.aws.call("cloudfront", "update_distribution", Id=one["Id"], IfMatch=current["ETag"], DistributionConfig=config)

        def deployed(of: str = one["Id"]) -> bool:
            return bool(ctx.aws.call("cloudfront", "get_distribution", Id=of)["Distribution"]["Status"] == "Deployed")

        ctx.clock.until("the distribution is switched off everywhere", deployed, 30, 20)
        tag = ctx.aws.call("cloudfront", "get_distribution_config", Id=one["Id"])["ETag"]
        ctx.aws.call("cloudfront", "delete_distribution", Id=one["Id"], IfMatch=tag)


def _subnets(ctx: UndoContext, noted: Loose) -> None:
    ctx.aws.call("elbv2", "set_subnets", LoadBalancerArn=noted.id, Subnets=noted.details["subnets"])


def _log_group(ctx: UndoContext, noted: Loose) -> None:
    ctx.aws.call("logs", "delete_log_group", logGroupName=noted.id)


UNDO: Mapping[str, Callable[[UndoContext, Loose], None]] = {
    "service": _service,
    "task": _task,
    "task definitions": _family,
    "role": _role,
    "file system": _file_systems,
    "recovery point": _recovery_points,
    "vault to expire": _vault,
    "distribution": _distribution,
    "load balancer's subnets": _subnets,
    "log group": _log_group,
}
