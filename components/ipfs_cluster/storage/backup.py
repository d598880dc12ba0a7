"""Backups of file systems by AWS Backup."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from .. import permissions
from ..context import ClusterContext
from ..inputs.backup import ResolvedBackup

# A week, as the console's default: the first backup of some TiB of small files takes days, and an interrupted one starts over.
_COMPLETION_MINUTES = 7 * 24 * 60


class Backup(pulumi.ComponentResource):
    """A plan that backs file systems up into a vault, one created here or the user's own."""

    def __init__(
        self,
        name: str,
        *,
        backup: ResolvedBackup,
        file_system_arns: Sequence[pulumi.Output[str]],
        context: ClusterContext,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """A vault that is created here is retained, with its backups, if the cluster's data is."""
        super().__init__("ipfs-cluster:index:Backup", name, {}, opts)
        tags, retain, account = context.tags, context.retain, context.account
        own = pulumi.ResourceOptions(parent=self)
        # AWS Backup deletes a backup with the role that created it. Without the role the remaining backups, in a user's own vault too, stay and are
        # billed forever (AWS Backup Developer Guide, "Deleting backups"). It restores them as well.
        keep_role = retain or backup.vault_name is not None
        kept_role = pulumi.ResourceOptions(parent=self, retain_on_delete=keep_role)
        self.kept: dict[str, pulumi.Output[str]] = {}
        """What a destroy leaves: the ARNs, by what it is."""
        if backup.vault_name is not None:
            self.vault_name: pulumi.Output[str] = pulumi.Output.from_input(backup.vault_name)
            """The vault's name."""
        else:
            vault = aws.backup.Vault(name, force_destroy=not retain, tags=tags.named(name), opts=pulumi.ResourceOptions(parent=self, retain_on_delete=retain))
            self.vault_name = vault.name
            if retain:
                self.kept["backup vault"] = vault.arn
        lifecycle: Any = {"delete_after": backup.retention_days}
        if backup.cold_storage_days is not None:
            lifecycle["cold_storage_after"] = backup.cold_storage_days
        rule: Any = {"rule_name": "file-systems", "target_vault_name": self.vault_name, "schedule": backup.schedule, "lifecycle": lifecycle}
        rule["recovery_point_tags"] = tags.named(name)
        rule["completion_window"] = _COMPLETION_MINUTES
        plan = aws.backup.Plan(name, rules=[rule], tags=tags.named(name), opts=own)
        role = aws.iam.Role(
            name,
            description="Backups of the IPFS cluster's file systems",
            assume_role_policy=pulumi.Output.json_dumps(permissions.service_trust_policy(account, "backup.amazonaws.com")),
            tags=tags.named(name),
            opts=kept_role,
        )
        self.role_arn: pulumi.Output[str] = role.arn
        """ARN of the role that backs up and restores."""
        self.file_system_arns: Sequence[pulumi.Output[str]] = file_system_arns
        """The file systems that are backed up."""
        if keep_role:
            self.kept["backup role"] = role.arn
        # AWS's own policies: what its service needs changes with it. The second one is for whoever restores.
        attachments = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{what}", role=role.name, policy_arn=f"arn:{account.partition}:iam::aws:policy/service-role/{policy}", opts=kept_role
            )
            for what, policy in (("back-up", "AWSBackupServiceRolePolicyForBackup"), ("restore", "AWSBackupServiceRolePolicyForRestores"))
        ]
        aws.backup.Selection(
            name,
            plan_id=plan.id,
            iam_role_arn=role.arn,
            # By name: a selection by tags obeys the account's opt-in, one without resources takes all that there is.
            resources=list(file_system_arns),
            opts=pulumi.ResourceOptions(parent=self, depends_on=attachments),
        )
        self.register_outputs({"vaultName": self.vault_name})
