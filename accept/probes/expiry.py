"""A recovery point that expires after the backup role is gone: it takes a day, so it is optional, in two parts."""

from ..context import Context
from ..errors import NotApplicableError, ProbeFailedError
from ..loose import take_back
from ..results import Probe, Result
from ..state import Loose
from .watching import when

KIND = "vault to expire"
_DAYS = 1
_GRACE_HOURS = 12
"""AWS Backup deletes a recovery point within some hours after it has expired."""


def begin(ctx: Context) -> Result:
    """A recovery point that lives for a day, in the kit's own vault."""
    if not ctx.state.notes.get("expiry"):
        raise NotApplicableError("only with EXPIRY=1: it leaves a recovery point for a day, and the run is resumed then")
    name = f"accept-{ctx.stack.name}-expiry"
    command = f"aws backup list-recovery-points-by-backup-vault --region {ctx.aws.region} --backup-vault-name {name}  # delete each, then the vault"
    noted = ctx.state.add_loose(Loose(KIND, name, ctx.aws.region, {}, command))
    try:
        ctx.aws.call("backup", "create_backup_vault", BackupVaultName=name, BackupVaultTags={"ipfs-cluster": ctx.flat})
        role = next(one["arn"] for one in ctx.state.resources if one["type"] == "aws:iam/role:Role" and one["name"].endswith("-backup"))
        system = ctx.aws.call("efs", "describe_file_systems", FileSystemId=ctx.output("file_system_ids")[ctx.nodes[0]])["FileSystems"][0]
        job = ctx.aws.call(
            "backup", "start_backup_job", BackupVaultName=name, ResourceArn=system["FileSystemArn"], IamRoleArn=role, Lifecycle={"DeleteAfterDays": _DAYS}
        )["BackupJobId"]
        over = ("COMPLETED", "FAILED", "ABORTED", "EXPIRED", "PARTIAL")
        ctx.clock.until("the backup is done", lambda: ctx.aws.call("backup", "describe_backup_job", BackupJobId=job)["State"] in over, 60, 20)
    except BaseException:
        take_back(ctx, noted)
        raise
    due = ctx.clock.now() + (_DAYS * 24 + _GRACE_HOURS) * 3600
    ctx.state.notes["expires"] = due
    return Result([f"vault {name} stays on purpose; resume the run after {when(due):%Y-%m-%d %H:%M} UTC"])


def end(ctx: Context) -> Result:
    """Whether it is gone by now."""
    noted = next((one for one in ctx.state.loose if one.kind == KIND), None)
    if noted is None:
        raise NotApplicableError("only with EXPIRY=1")
    due = ctx.state.notes["expires"]
    if ctx.clock.now() < due:
        raise NotApplicableError(f"vault {noted.id} stays on purpose until then: resume the run after {when(due):%Y-%m-%d %H:%M} UTC")
    left = ctx.aws.every("backup", "list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=noted.id)
    observed = ", ".join(f"{one['Status']} {one.get('StatusMessage', '')}".strip() for one in left)
    failed = take_back(ctx, noted)
    if failed:
        raise ProbeFailedError(f"the vault {noted.id} could not be deleted: {failed}")
    return Result(
        [f"a day and {_GRACE_HOURS} hours after the backup, long after its role was deleted"],
        {"backup-expiry": f"no: it still exists ({observed})" if left else "yes"},
    )


BEGIN = Probe("expiry-begin", "A recovery point exists that will expire.", 12, begin)
END = Probe("expiry", "What happens to recovery points whose role is gone.", 1, end, ("backup-expiry",), needs=(), removal=True)
