"""AWS Backup: vaults and plans."""

from .aws import Aws
from .registry import creates, records
from .values import Created, Inputs, physical_name

records("aws:backup/selection:Selection")


@creates("aws:backup/vault:Vault", reads=("tags",), ignored={"forceDestroy": "only the provider uses it, when it deletes the resource"})
def _vault(aws: Aws, name: str, inputs: Inputs) -> Created:
    given = {"backupVaultName": physical_name(name), **inputs}
    vault = aws.send("backup", "create_backup_vault", given, {"tags": "BackupVaultTags"})
    return vault["BackupVaultName"], {"arn": vault["BackupVaultArn"], "name": vault["BackupVaultName"]}


@creates("aws:backup/plan:Plan", reads=("rules", "tags"))
def _plan(aws: Aws, name: str, inputs: Inputs) -> Created:
    names = {
        "tags": "BackupPlanTags",
        "rules.targetVaultName": "TargetBackupVaultName",
        "rules.schedule": "ScheduleExpression",
        "rules.completionWindow": "CompletionWindowMinutes",
        "lifecycle.deleteAfter": "DeleteAfterDays",
        "lifecycle.coldStorageAfter": "MoveToColdStorageAfterDays",
    }
    given = {"backupPlan": {"backupPlanName": physical_name(name), "rules": inputs.pop("rules")}, **inputs}
    plan = aws.send("backup", "create_backup_plan", given, names)
    return plan["BackupPlanId"], {"arn": plan["BackupPlanArn"]}
