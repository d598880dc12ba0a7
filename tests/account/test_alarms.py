"""The alarms of a deployment: thresholds, what they are on, and whom they notify."""

import json

import pytest

from tests.helpers.account import NODES
from tests.helpers.alarms import alarms, assert_alarms_are_on_what_is_emitted
from tests.helpers.events import matches as matches_event
from tests.helpers.support import Groups, inputs_of, monitored, monitored_small


@pytest.mark.parametrize("groups", [{"storage": {"throughputMode": "bursting"}}, {"monitoring": {"metrics": "none"}}], ids=["bursting", "no collector"])
def test_every_alarm_is_on_what_is_emitted(groups: Groups) -> None:
    """In deployments that are none of the scenarios in tests/helpers/scenarios.py."""
    with monitored_small(groups) as stack:
        assert_alarms_are_on_what_is_emitted(stack)


def test_the_alarms_of_the_default() -> None:
    with monitored() as stack:
        found = {name: (a["ComparisonOperator"], a["Threshold"], a["EvaluationPeriods"], a["TreatMissingData"]) for name, a in alarms(stack).items()}
        node = {
            "node-down": ("LessThanThreshold", 1, 15, "breaching"),
            "restarts": ("GreaterThanOrEqualToThreshold", 4, 1, "notBreaching"),
            "cpu": ("GreaterThanThreshold", 90, 6, "notBreaching"),
            "memory": ("GreaterThanThreshold", 90, 3, "notBreaching"),
            "io": ("GreaterThanThreshold", 80, 3, "notBreaching"),
            "storage": ("GreaterThanThreshold", 100 * 1024**3 * 85 // 100, 1, "ignore"),
        }
        assert found == {
            **{f"unhealthy-{role}": ("GreaterThanThreshold", 0, 15, "notBreaching") for role in ("gateway", "api")},
            **{f"all-down-{role}": ("LessThanThreshold", 1, 2, "breaching") for role in ("gateway", "api")},
            "collectors": ("GreaterThanThreshold", 0.5, 3, "breaching"),
            "peers": ("GreaterThanThreshold", 0, 15, "notBreaching"),
            "pin-errors": ("GreaterThanThreshold", 0, 4, "notBreaching"),
            "unmended": ("GreaterThanThreshold", 0, 2, "notBreaching"),
            "failed-logins": ("GreaterThanOrEqualToThreshold", 50, 1, "notBreaching"),
            "load-balancer-errors": ("GreaterThanThreshold", 5, 3, "notBreaching"),
            "pinset-export": ("LessThanThreshold", 1, 48, "breaching"),  # two rounds of a day
            **{f"{kind}-{name}": value for kind, value in node.items() for name in NODES},
        }
        assert alarms(stack, "us-east-1").keys() == {"gateway-errors", "api-errors"}
        assert {name: a["DatapointsToAlarm"] for name, a in alarms(stack).items() if a.get("DatapointsToAlarm")} == {
            "unhealthy-gateway": 9,
            "unhealthy-api": 9,
            "peers": 13,
            "unmended": 1,
        }
        every = {**alarms(stack), **alarms(stack, "us-east-1")}
        expressions = {name: query["Expression"] for name, a in every.items() for query in a.get("Metrics", []) if query["ReturnData"]}
        assert expressions == {
            "load-balancer-errors": "IF(requests >= 20, 100 * (FILL(own, 0) + FILL(nodes, 0)) / requests, 0)",
            "peers": "nodes - 1 - seen",
            "collectors": "healthy - FILL(samples, 0) / 5",
            **{f"{role}-errors": "IF(requests >= 20, rate, 0)" for role in ("gateway", "api")},
        }
        warm = {inputs_of(r)["alarmDescription"]: inputs_of(r).get("warmUpConfiguration") for r in stack.registered("aws:cloudwatch/metricAlarm:MetricAlarm")}
        missing_is_bad = {alarm["AlarmDescription"] for alarm in every.values() if alarm["TreatMissingData"] == "breaching"}
        for description, configuration in warm.items():
            minutes = 48 * 60 if "the pinset has not been exported" in description else 10  # before two rounds there is nothing to miss
            wanted = {"warmUpPeriodDurationInMinutes": minutes, "onlyStartEvaluatingAfterWarmUpPeriodEnds": True} if description in missing_is_bad else None
            assert configuration == wanted, description


def test_whom_alarms_tell() -> None:
    with monitored_small({"monitoring": {"alarmEmails": ["a@example.com", "b@example.com"]}}) as stack:
        for region in ("eu-west-1", "us-east-1"):
            sns = stack.account.client("sns", region)
            (topic,) = sns.list_topics()["Topics"]
            subscribed = sns.list_subscriptions_by_topic(TopicArn=topic["TopicArn"])["Subscriptions"]
            assert sorted((s["Protocol"], s["Endpoint"]) for s in subscribed) == [("email", "a@example.com"), ("email", "b@example.com")]
            assert {arn for alarm in alarms(stack, region).values() for arn in alarm["AlarmActions"]} == {topic["TopicArn"]}
        assert stack.output("alarm_topic_arn").split(":")[3] == "eu-west-1"
    given = {"alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:mine", "edgeAlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:mine"}
    with monitored_small({"monitoring": given}) as stack:
        assert not stack.registered("aws:sns/topic:Topic")
        assert stack.output("alarm_topic_arn") == given["alarmTopicArn"]
        for region, arn in zip(("eu-west-1", "us-east-1"), given.values(), strict=True):
            assert {action for alarm in alarms(stack, region).values() for action in alarm["AlarmActions"]} == {arn}
    with monitored_small({"monitoring": {"alarmEmails": ["a@example.com"]}}, region="us-east-1") as stack:
        assert len(stack.registered("aws:sns/topic:Topic")) == 1, "one is enough where CloudFront's alarms are"


def test_without_a_load_balancer_a_node_that_does_not_run_is_told_of() -> None:
    with monitored({"edge": {"mode": "none"}, "nodes": {"count": 2}}) as stack:
        for node in NODES[:2]:
            alarm = alarms(stack)[f"node-down-{node}"]
            assert (alarm["Statistic"], alarm["Threshold"], alarm["TreatMissingData"], alarm["EvaluationPeriods"]) == ("SampleCount", 1, "breaching", 15)
        composite = stack.inputs("aws:cloudwatch/compositeAlarm:CompositeAlarm", "ipfs-monitoring-all-down")
        names = [alarms(stack)[f"node-down-{node}"]["AlarmName"] for node in NODES[:2]]
        assert composite["alarmRule"] == " AND ".join(f'ALARM("{name}")' for name in names)
        assert composite["alarmActions"] == [stack.output("alarm_topic_arn")]


def test_mails_are_of_alarms_and_their_ends_and_events_alone() -> None:
    with monitored_small({"monitoring": {"alarmEmails": ["a@example.com"]}}) as stack:
        for registered in stack.registered("aws:sns/topicSubscription:TopicSubscription"):
            inputs = inputs_of(registered)
            assert inputs["filterPolicyScope"] == "MessageBody"
            policy = json.loads(inputs["filterPolicy"])

            def told(**message: str) -> bool:
                return matches_event(policy, message)  # noqa: B023 (called at once)

            assert told(OldStateValue="OK", NewStateValue="ALARM")
            assert told(OldStateValue="INSUFFICIENT_DATA", NewStateValue="ALARM")
            assert told(OldStateValue="ALARM", NewStateValue="OK")
            assert not told(OldStateValue="INSUFFICIENT_DATA", NewStateValue="OK"), "each alarm's first look"
            assert told(source="aws.backup", what="a backup failed")


def test_without_an_export_there_is_no_alarm_for_it() -> None:
    with monitored_small({"edge": {"mode": "none"}, "backup": {"pinsetSchedule": "never"}}) as stack:
        assert not [name for name in alarms(stack) if "pinset-export" in name]
        assert alarms(stack)
