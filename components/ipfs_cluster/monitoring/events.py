"""Pure: failures that AWS itself reports: patterns of EventBridge's events, and the messages made of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Pattern = dict[str, Any]


@dataclass(frozen=True)
class Notification:
    """A kind of failure that the recipients of alarms are notified of."""

    key: str
    """What its rule's name ends with; short, as that has 64 characters at most."""
    section: str
    """The heading in docs/operations.md that says what to do, as the link to it has it."""
    what: str
    """What is the case, to be read in a mail."""
    source: str
    """Whose events they are."""


EXPORT = Notification("exports", "backups-that-fail", "an export of the pinset failed", "aws.ecs")
BACKUP = Notification("backups", "backups-that-fail", "a backup, a copy of one or a restore did not succeed", "aws.backup")


def failed_task(cluster_arn: str, family_arn: str) -> Pattern:
    """A task of a family that ended otherwise than well. ``family_arn`` is the task definitions' ARN without their revision."""
    return {
        "source": [EXPORT.source],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [cluster_arn],
            "taskDefinitionArn": [{"prefix": f"{family_arn}:"}],
            "lastStatus": ["STOPPED"],
            # A container that never started has no exit code: then the task has another reason than that its main container ended.
            "$or": [{"containers": {"exitCode": [{"numeric": [">", 0]}]}}, {"stopCode": [{"anything-but": ["EssentialContainerExited"]}]}],
        },
    }


def failed_backups(file_system_arns: Sequence[str], role_arn: str) -> Pattern:
    """Backup and copy jobs of some file systems that did not succeed, and restores by a role (their events do not name the file system)."""
    return {
        "source": [BACKUP.source],
        "detail-type": ["Backup Job State Change", "Copy Job State Change", "Restore Job State Change"],
        "detail": {
            # Backup and copy jobs have a state, restore jobs a status (AWS Backup Developer Guide, "Monitoring AWS Backup events").
            "$or": [
                {"state": ["FAILED", "ABORTED", "EXPIRED"], "resourceArn": sorted(file_system_arns)},
                {"status": ["FAILED", "ABORTED"], "iamRoleArn": [role_arn]},
            ]
        },
    }


def template(notified: Notification, text: str) -> str:
    """The template that makes a message of an event: a JSON object, whatever is in the event, by which subscriptions can be filtered."""
    # The only variable that is whole JSON; single fields are put in as they are, with their quotes and line ends.
    return json.dumps({"what": text, "source": notified.source})[:-1] + ', "event": <aws.events.event.json>}'


MAIL_FILTER: Pattern = {"$or": [{"NewStateValue": ["ALARM"]}, {"OldStateValue": ["ALARM"]}, {"source": [EXPORT.source, BACKUP.source]}]}
"""What mails are sent of, by the messages' bodies: alarms, that they are over, and events. Without it each alarm's first look would send a
mail that all is well."""
