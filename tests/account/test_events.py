"""Rules of EventBridge: which failed backups, restores and exports are notified."""

import json
import re
from typing import Any

from tests.helpers.alarms import alarms
from tests.helpers.events import matches as matches_event
from tests.helpers.iam import allowed
from tests.helpers.support import ROOT, Deployed, Groups, monitored, monitored_small


def rules(stack: Deployed) -> dict[str, dict[str, Any]]:
    """By the end of their names, each with its only target."""
    client, found = stack.client("events"), {}
    for rule in client.list_rules()["Rules"]:
        (target,) = client.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        found[re.sub(r"^ipfs-monitoring-(.*)-\w{7}$", r"\1", rule["Name"])] = {**rule, "target": target, "pattern": json.loads(rule["EventPattern"])}
    return found


EXPORTED: Groups = {"backup": {"pinsetSchedule": "rate(1 day)"}}


def test_failed_exports_and_backups_are_told_of() -> None:
    with monitored_small(EXPORTED) as stack:
        found, topic = rules(stack), stack.output("alarm_topic_arn")
        assert found.keys() == {"exports", "backups"}
        for key, source in (("exports", "aws.ecs"), ("backups", "aws.backup")):
            target = found[key]["target"]
            assert target["Arn"] == topic
            message = json.loads(target["InputTransformer"]["InputTemplate"].replace("<aws.events.event.json>", '{"id": "1"}'))
            assert (message["source"], message["event"]) == (source, {"id": "1"})
            assert message["what"].startswith("IPFS cluster ipfs-cluster-test-ipfs (eu-west-1): ")
            assert message["what"].endswith(" What to do: docs/operations.md#backups-that-fail")
            assert found[key]["Description"] == message["what"]
        assert "### Backups that fail\n" in (ROOT / "docs" / "operations.md").read_text()


def test_which_exports_failed() -> None:
    with monitored_small(EXPORTED) as stack:
        pattern = rules(stack)["exports"]["pattern"]
        (definition,) = [d for d in stack.client("ecs").list_task_definitions()["taskDefinitionArns"] if "-pinset-export:" in d]
        (other,) = [d for d in stack.client("ecs").list_task_definitions()["taskDefinitionArns"] if "-pinset-export:" not in d]

        def told(*codes: int, **changed: Any) -> bool:
            detail = {
                "clusterArn": stack.output("cluster_arn"),
                "taskDefinitionArn": definition,
                "lastStatus": "STOPPED",
                "stopCode": "EssentialContainerExited",
                "containers": [{"name": "pins"}, *({"exitCode": code} for code in codes)],
                **changed,
            }
            return matches_event(pattern, {"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": detail})

        assert not told(0, 0)
        assert told(1), "pins failed"
        assert told(0, 1), "the upload failed"
        assert told(stopCode="TaskFailedToStart"), "an image that cannot be pulled"
        assert not told(1, lastStatus="RUNNING")
        assert not told(1, taskDefinitionArn=other), "a node's task"
        assert not told(1, clusterArn="arn:aws:ecs:eu-west-1:123456789012:cluster/other")
        assert told(1, taskDefinitionArn=definition.rpartition(":")[0] + ":27"), "any revision"


def test_which_backups_failed() -> None:
    with monitored({"nodes": {"count": 2}, "backup": {"nodes": "all"}}) as stack:
        pattern, ids = rules(stack)["backups"]["pattern"], stack.output("file_system_ids").values()
        (role,) = [found["Arn"] for found in stack.client("iam").list_roles()["Roles"] if found["RoleName"].startswith("ipfs-backup")]

        def told(job: str, **detail: str) -> bool:
            return matches_event(pattern, {"source": "aws.backup", "detail-type": f"{job} Job State Change", "detail": detail})

        for id_ in ids:
            arn = f"arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/{id_}"
            for job in ("Backup", "Copy"):
                assert {state for state in ("CREATED", "RUNNING", "COMPLETED", "FAILED", "ABORTED", "EXPIRED") if told(job, state=state, resourceArn=arn)} == {
                    "FAILED",
                    "ABORTED",
                    "EXPIRED",
                }
        assert not told("Backup", state="FAILED", resourceArn="arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-another")
        assert told("Restore", status="FAILED", iamRoleArn=role)
        assert not told("Restore", status="COMPLETED", iamRoleArn=role)
        assert not told("Restore", status="FAILED", iamRoleArn=role + "-another")


def test_the_topic_takes_messages_of_its_own_rules_and_of_the_accounts_alarms() -> None:
    with monitored_small(EXPORTED) as stack:
        topic, account = stack.output("alarm_topic_arn"), "123456789012"
        policy = json.loads(stack.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])

        def may(service: str, source: str, account: str = account) -> bool:
            principal = f"{service}.amazonaws.com"
            return allowed("sns:Publish", topic, [], policy, principal, aws__SourceArn=source, aws__SourceAccount=account)

        for rule in rules(stack).values():
            assert may("events", rule["Arn"])
        assert not may("events", "arn:aws:events:eu-west-1:123456789012:rule/another")
        for alarm in alarms(stack).values():
            assert may("cloudwatch", alarm["AlarmArn"])
        elsewhere = "210987654321"
        assert not may("cloudwatch", f"arn:aws:cloudwatch:eu-west-1:{elsewhere}:alarm:x", elsewhere)
        assert not may("lambda", "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:x")
    given = {"alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:mine", "edgeAlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:mine"}
    with monitored_small({"monitoring": given, **EXPORTED}) as stack:
        assert not stack.registered("aws:sns/topicPolicy:TopicPolicy"), "a topic of the user's has the user's policy"
        assert {rule["target"]["Arn"] for rule in rules(stack).values()} == {given["alarmTopicArn"]}


def test_what_does_not_run_cannot_fail() -> None:
    with monitored_small({"backup": {"nodes": "none"}, "monitoring": {"enabled": True}}) as stack:
        if not stack.registered("ipfs-cluster:index:PinsetExport"):
            assert rules(stack) == {}
