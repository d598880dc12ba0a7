"""Pure: the inputs of backups and of the pinset's export."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi

from . import checks
from .checks import pattern
from .pinning import ResolvedPinning
from .problems import Problem, Problems, path, ref

NEVER = "never"
"""The schedule of what is not done."""


class BackupSettings(TypedDict):
    """Backups of the nodes' data by AWS Backup, and exports of the list of all pins."""

    nodes: NotRequired[str]
    """Whose file systems AWS Backup backs up: none, one (the first node's, where all nodes hold all pins) or all.
    Default: one; with pins on fewer than all nodes, all."""
    schedule: NotRequired[str]
    """When backups start, as a cron expression of AWS Backup in UTC. Default: cron(0 3 * * ? *), daily at three o'clock."""
    retention_days: NotRequired[int]
    """Days that a backup is kept. Default: 35, as in AWS's own daily backups."""
    cold_storage_days: NotRequired[int]
    """Days after which a backup moves to cold storage, where it stays for at least 90 days. Default: never."""
    vault_name: NotRequired[pulumi.Input[str]]
    """Name of an existing backup vault. Default: a vault is created."""
    pinset_schedule: NotRequired[str]
    """When the list of all pins is exported to an S3 bucket, as an expression of EventBridge Scheduler, like rate(1 day) or
    cron(0 4 * * ? *), or never. Default: rate(1 day)."""
    pinset_retention_days: NotRequired[int]
    """Days that an export is kept after a newer one. Default: 90."""
    pinset_image: NotRequired[str]
    """Image of the AWS CLI that uploads it, with a tag or digest. Default: public.ecr.aws/aws-cli/aws-cli:2.31.30."""


@dataclass(frozen=True, kw_only=True)
class ResolvedBackup:
    """`BackupSettings` with its defaults."""

    nodes: str = ""
    """Once resolved: none, one or all."""
    schedule: str = "cron(0 3 * * ? *)"
    retention_days: int = 35
    cold_storage_days: int | None = None
    vault_name: pulumi.Input[str] | None = None
    pinset_schedule: str = "rate(1 day)"
    pinset_retention_days: int = 90
    pinset_image: str = "public.ecr.aws/aws-cli/aws-cli:2.31.30"

    def which_nodes(self, pinning: ResolvedPinning) -> str:
        """Whose file systems are backed up: those given, else one if every node holds every pin."""
        return self.nodes or ("one" if pinning.is_everywhere else "all")

    @property
    def exports_pinset(self) -> bool:
        """Whether the list of all pins is exported."""
        return self.pinset_schedule != NEVER


# AWS Backup, Lifecycle: what is in cold storage stays there so long.
_LEAST_COLD_DAYS = 90


def problems(backup: ResolvedBackup, given: Mapping[str, Any], pinning: ResolvedPinning) -> Problems:
    """What is wrong with backups and export. ``given`` is the group as it was given."""
    if "nodes" in given:
        yield from checks.choice(path("backup.nodes"), backup.nodes, ("none", "one", "all"))
    if backup.nodes == "one" and not pinning.is_everywhere:
        text = f"one node does not hold all pins with {pinning.most}; use all, or none."
        yield Problem(path("backup.nodes"), text)
    if not re.fullmatch(r"cron\(\S+( \S+){5}\)", backup.schedule):
        yield Problem(path("backup.schedule"), f"{backup.schedule!r} is not a cron expression of AWS Backup; use one like cron(0 3 * * ? *).")
    yield from _retention_problems(backup)
    if not re.fullmatch(rf"{NEVER}|cron\(\S+( \S+){{5}}\)|rate\([1-9]\d* (minute|hour|day)s?\)", backup.pinset_schedule):
        text = f"{backup.pinset_schedule!r} is not a schedule; use one like rate(1 day) or cron(0 4 * * ? *), or {NEVER}."
        yield Problem(path("backup.pinset_schedule"), text)
    yield from checks.at_least_one(path("backup.pinset_retention_days"), backup.pinset_retention_days)
    yield from checks.image(path("backup.pinset_image"), backup.pinset_image)
    yield from checks.now(path("backup.vault_name"), backup.vault_name, pattern(r"[\w-]{2,50}", "the name of a backup vault"))
    if backup.nodes == "none":
        of_backups = ("schedule", "retention_days", "cold_storage_days", "vault_name")
        yield from checks.useless("backup", given, of_backups, f"{ref('backup.nodes')} is none")
    if not backup.exports_pinset:
        yield from checks.useless("backup", given, ("pinset_retention_days", "pinset_image"), f"{ref('backup.pinset_schedule')} is {NEVER}")


def _retention_problems(backup: ResolvedBackup) -> Problems:
    days, cold = backup.retention_days, backup.cold_storage_days
    yield from checks.at_least_one(path("backup.retention_days"), days, f", or {ref('backup.nodes')} none")
    if cold is not None and cold < 1:
        yield Problem(path("backup.cold_storage_days"), f"{cold} is too low; use 1 or more, or leave it out.")
    elif cold is not None and days < cold + _LEAST_COLD_DAYS:
        least = cold + _LEAST_COLD_DAYS
        text = f"{days} is too low, since cold storage keeps a backup for at least {_LEAST_COLD_DAYS} days; use {least} or more."
        yield Problem(path("backup.retention_days"), text)
