"""Checks before anything is created."""

import datetime
import shutil
from dataclasses import dataclass
from typing import Any, Protocol

from . import settings
from .aws import Aws, code
from .errors import SessionExpiredError

_VCPUS_QUOTA = "L-3032A538"
"""Fargate On-Demand vCPU resource count (Service Quotas)."""


@dataclass(frozen=True)
class Found:
    """The result of the checks."""

    account: str
    problems: list[str]
    """Why the run cannot start, with what to do."""
    notes: list[str]


class Credentials(Aws, Protocol):
    """An account that knows when its credentials expire."""

    def session_ends(self) -> tuple[datetime.datetime | None, bool]:
        """When the credentials expire, if known, and whether they are renewed."""
        ...

    def is_temporary(self) -> bool:
        """Whether they belong to a session."""
        ...


def preflight(aws: Credentials, minutes: float, now: float) -> Found:
    """Checks the credentials, the Region and the account's limits."""
    problems: list[str] = []
    notes: list[str] = []
    if shutil.which("pulumi") is None:
        problems.append("the Pulumi CLI is not on PATH; install it: https://www.pulumi.com/docs/install/")
    if shutil.which("curl") is None:
        problems.append("curl is not on PATH; install it: the probes of trailer fields and of documented clients need it")
    try:
        account = str(aws.call("sts", "get_caller_identity")["Account"])
        ends, _ = aws.session_ends()
    except SessionExpiredError as error:
        return Found("", [*problems, f"{error}; `aws sts get-caller-identity` must work"], notes)
    if ends is not None and ends.timestamp() < now + minutes * 60:
        notes.append(
            f"the AWS session ends at {ends:%H:%M} UTC unless it is renewed, before the run does (about {minutes / 60:.1f} hours); "
            "when it ends, the run stops and is resumed after a new login"
        )
    elif ends is None and aws.is_temporary():
        notes.append(
            f"the AWS session is a temporary one, and must last for about {minutes / 60:.1f} hours; when it ends, the run is resumed after a new login"
        )
    problems += _region(aws)
    notes += _quota(aws)
    return Found(account, problems, notes)


def _region(aws: Aws) -> list[str]:
    try:
        found = aws.call("ec2", "describe_regions", AllRegions=True, Filters=[{"Name": "region-name", "Values": [aws.region]}])["Regions"]
    except Exception as error:
        return [f"the Region does not answer: {code(error) or error}"]
    if not found:
        return [f"there is no Region {aws.region!r}"]
    if found[0]["OptInStatus"] == "not-opted-in":
        return [f"the account has not opted in to {aws.region}; `aws account enable-region --region-name {aws.region}`, or choose another Region"]
    return []


def _quota(aws: Aws) -> list[str]:
    needed = (settings.NODES + 1) * 0.5 + 0.5
    try:
        quota: Any = aws.call("service-quotas", "get_service_quota", ServiceCode="fargate", QuotaCode=_VCPUS_QUOTA)["Quota"]["Value"]
    except Exception:
        return [f"the account's Fargate quota could not be read; {needed:g} vCPUs are needed"]
    return [f"Fargate runs {quota:g} vCPUs in this account, and {needed:g} are needed: have the quota {_VCPUS_QUOTA} raised first"] if quota < needed else []
