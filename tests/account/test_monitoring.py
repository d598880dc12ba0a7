"""What watches the cluster, asked by boto3."""

import contextlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster.monitoring import log_filters

from sandbox import layout
from tests.account.test_permissions import NODES, policies, task
from tests.helpers import support
from tests.helpers.alarms import NAMESPACE, alarms, assert_alarms_are_on_what_is_emitted, collector_configuration, filters
from tests.helpers.events import matches as matches_event
from tests.helpers.iam import allowed
from tests.helpers.patterns import matches
from tests.helpers.support import ROOT, Deployed, Groups, environment, inputs_of, secrets

DATA = ROOT / "tests" / "data"


def deployed(groups: Any = {}) -> contextlib.AbstractContextManager[Deployed]:  # noqa: B006
    """Monitored."""
    return support.deployed({"monitoring": {}, **groups})


def deployed_small(groups: Groups = {}, **more: Any) -> contextlib.AbstractContextManager[Deployed]:  # noqa: B006
    """One node, monitored."""
    return support.deployed_small({"monitoring": {}, **groups}, **more)


OTHERS: dict[str, Groups] = {
    "bursting": {"storage": {"throughputMode": "bursting"}},
    "blocks in S3": {"storage": {"datastore": "s3"}, "nodes": {"kuboImage": "own/kubo:1"}},
    "no collector": {"monitoring": {"metrics": "none"}},
    "prometheus": {"monitoring": {"metrics": "prometheus", "prometheusWorkspaceId": "ws-1"}},
    "one node": {"nodes": {"count": 1}},
}


@pytest.mark.parametrize("groups", OTHERS.values(), ids=list(OTHERS))
def test_every_alarm_is_on_what_is_emitted(groups: Groups) -> None:
    with deployed(groups) as stack:
        assert_alarms_are_on_what_is_emitted(stack)


def test_the_alarms_of_the_default() -> None:
    with deployed() as stack:
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


def test_thresholds_are_inputs() -> None:
    monitoring = {
        "nodeAlarmMinutes": 3,
        "cpuAlarmPercent": 71,
        "memoryAlarmPercent": 72,
        "storageAlarmPercent": 50,
        "ioAlarmPercent": 73,
        "errorAlarmPercent": 2,
        "failedLoginAlarmCount": 7,
        "restartAlarmCount": 9,
        "certificateAlarmDays": 40,
    }
    edge = {"domain": "example.com", "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"}
    with deployed({"monitoring": monitoring, "nodes": {"count": 2}, "storage": {"fileSystem": "regional", "maxGib": 10}, "edge": edge}) as stack:
        found = alarms(stack)
        assert [found[name]["EvaluationPeriods"] for name in ("node-down-eu-west-1a", "unhealthy-api", "peers")] == [3, 3, 3]
        assert [found[name]["DatapointsToAlarm"] for name in ("unhealthy-api", "peers")] == [2, 3]
        thresholds = {name: found[name]["Threshold"] for name in ("cpu-eu-west-1a", "memory-eu-west-1b", "io-all", "failed-logins", "restarts-eu-west-1a")}
        assert list(thresholds.values()) == [71, 72, 73, 7, 9]
        assert found["storage-all"]["Threshold"] == 2 * 10 * 1024**3 // 2, "of both nodes"
        assert (found["load-balancer-errors"]["Threshold"], alarms(stack, "us-east-1")["api-errors"]["Threshold"]) == (2, 2)
        assert alarms(stack, "us-east-1")["certificate-us-east-1"]["Threshold"] == 40


def test_whom_alarms_tell() -> None:
    with deployed_small({"monitoring": {"alarmEmails": ["a@example.com", "b@example.com"]}}) as stack:
        for region in ("eu-west-1", "us-east-1"):
            sns = stack.account.client("sns", region)
            (topic,) = sns.list_topics()["Topics"]
            subscribed = sns.list_subscriptions_by_topic(TopicArn=topic["TopicArn"])["Subscriptions"]
            assert sorted((s["Protocol"], s["Endpoint"]) for s in subscribed) == [("email", "a@example.com"), ("email", "b@example.com")]
            assert {arn for alarm in alarms(stack, region).values() for arn in alarm["AlarmActions"]} == {topic["TopicArn"]}
        assert stack.output("alarm_topic_arn").split(":")[3] == "eu-west-1"
    given = {"alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:mine", "edgeAlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:mine"}
    with deployed_small({"monitoring": given}) as stack:
        assert not stack.registered("aws:sns/topic:Topic")
        assert stack.output("alarm_topic_arn") == given["alarmTopicArn"]
        for region, arn in zip(("eu-west-1", "us-east-1"), given.values(), strict=True):
            assert {action for alarm in alarms(stack, region).values() for action in alarm["AlarmActions"]} == {arn}
    with deployed_small({"monitoring": {"alarmEmails": ["a@example.com"]}}, region="us-east-1") as stack:
        assert len(stack.registered("aws:sns/topic:Topic")) == 1, "one is enough where CloudFront's alarms are"


def test_without_a_load_balancer_a_node_that_does_not_run_is_told_of() -> None:
    with deployed({"edge": {"mode": "none"}, "nodes": {"count": 2}}) as stack:
        for node in NODES[:2]:
            alarm = alarms(stack)[f"node-down-{node}"]
            assert (alarm["Statistic"], alarm["Threshold"], alarm["TreatMissingData"], alarm["EvaluationPeriods"]) == ("SampleCount", 1, "breaching", 15)
        composite = stack.inputs("aws:cloudwatch/compositeAlarm:CompositeAlarm", "ipfs-monitoring-all-down")
        names = [alarms(stack)[f"node-down-{node}"]["AlarmName"] for node in NODES[:2]]
        assert composite["alarmRule"] == " AND ".join(f'ALARM("{name}")' for name in names)
        assert composite["alarmActions"] == [stack.output("alarm_topic_arn")]


def test_mails_are_of_alarms_and_their_ends_and_events_alone() -> None:
    with deployed_small({"monitoring": {"alarmEmails": ["a@example.com"]}}) as stack:
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


# --- events -----------------------------------------------------------------------------------------------------------


def rules(stack: Deployed) -> dict[str, dict[str, Any]]:
    """By the end of their names, each with its only target."""
    client, found = stack.client("events"), {}
    for rule in client.list_rules()["Rules"]:
        (target,) = client.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        found[re.sub(r"^ipfs-monitoring-(.*)-\w{7}$", r"\1", rule["Name"])] = {**rule, "target": target, "pattern": json.loads(rule["EventPattern"])}
    return found


EXPORTED: Groups = {"backup": {"pinsetSchedule": "rate(1 day)"}}


def test_failed_exports_and_backups_are_told_of() -> None:
    with deployed_small(EXPORTED) as stack:
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
    with deployed_small(EXPORTED) as stack:
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
    with deployed({"nodes": {"count": 2}, "backup": {"nodes": "all"}}) as stack:
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
    with deployed_small(EXPORTED) as stack:
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
    with deployed_small({"monitoring": given, **EXPORTED}) as stack:
        assert not stack.registered("aws:sns/topicPolicy:TopicPolicy"), "a topic of the user's has the user's policy"
        assert {rule["target"]["Arn"] for rule in rules(stack).values()} == {given["alarmTopicArn"]}


def test_what_does_not_run_cannot_fail() -> None:
    with deployed_small({"backup": {"nodes": "none"}, "monitoring": {"enabled": True}}) as stack:
        if not stack.registered("ipfs-cluster:index:PinsetExport"):
            assert rules(stack) == {}


def test_an_export_is_counted_by_what_the_aws_cli_says_of_it() -> None:
    with deployed_small(EXPORTED) as stack:
        (found,) = [f for f in filters(stack) if f["metricTransformations"][0]["metricName"] == "PinsetExports"]
        assert found["logGroupName"] == "/ipfs/ipfs-cluster/test/pinset-export"
        assert matches(found["filterPattern"], "upload: ../export/pinset.json to s3://ipfs-pinset-0a1b2c3/pinset.json") is not None
        assert matches(found["filterPattern"], "200 pins") is None
        assert matches(found["filterPattern"], "fatal error: Unable to locate credentials") is None


# --- logs -------------------------------------------------------------------------------------------------------------


def test_daemons_log_json_at_the_level_that_is_asked_for() -> None:
    with deployed_small({"monitoring": {"kuboLogLevel": "error,bitswap=debug", "clusterLogLevel": "warn,crdt:debug"}}) as stack:
        containers = stack.containers("eu-west-1a")
        kubo, cluster = environment(containers["ipfs"]), environment(containers["ipfs-cluster"])
        assert kubo["GOLOG_LOG_FMT"] == cluster["GOLOG_LOG_FMT"] == "json"
        assert (kubo["GOLOG_LOG_LEVEL"], cluster["LOG_LEVEL"]) == ("error,bitswap=debug", "warn,crdt:debug")
        assert containers["ipfs-cluster"]["command"][0].endswith('exec /usr/local/bin/entrypoint.sh --loglevel "$LOG_LEVEL" daemon')


def test_log_groups_have_filters() -> None:
    with deployed({"nodes": {"count": 2}}) as stack:
        found = {(given["logGroupName"].rpartition("test/")[2], given["metricTransformations"][0]["metricName"]) for given in filters(stack)}
        assert found == {
            (f"{node}/{container}", wanted.metric)
            for node in NODES[:2]
            for wanted in (*log_filters.FILTERS, log_filters.STARTS)
            for container in wanted.containers
        } | {("pinset-export", "PinsetExports")}
        for given in filters(stack):
            (made,) = given["metricTransformations"]
            # Of the export no line at all is what there is an alarm for.
            by_node, silent = made["metricName"] == "TaskStarts", made["metricName"] in ("TaskStarts", "PinsetExports")
            assert (made["metricValue"], made.get("defaultValue"), made.get("dimensions")) == (
                "1",
                None if silent else 0,
                {"Node": "$node"} if by_node else None,
            )


def lines(container: str) -> list[str]:
    """What the real program printed: kubo 0.43.0-rc1, ipfs-cluster 1.1.6."""
    return (DATA / f"{container}.log").read_text().splitlines()


# The lines that each filter counts, by what they hold.
COUNTED = {
    ("PinErrors", "ipfs-cluster"): [
        'error posting to IPFS:Post \\"http://127.0.0.1:5001/api/v0/pin/ls?stream=true&arg=bafkreidon73zkcrwdb5iafqtijxildoonbwnpv7dyd6ef3qdgads2jc4su'
    ],
    ("CrdtErrors", "ipfs-cluster"): ["error setting dirty bit: write /data/ipfs-cluster/leveldb/000001.log: no space left on device"],
    ("LostPeers", "ipfs-cluster"): ["metric alert for ping: Peer: 12D3KooW"],
    ("FailedLogins", "ipfs-cluster"): ["401: unauthorized: access denied", "401: unauthorized: invalid token"],
    ("LockWaits", "ipfs"): ["Error: lock /data/ipfs/repo.lock: someone else has the lock"],
    ("LockWaits", "ipfs-cluster"): ["error obtaining execution lock: lock /data/ipfs-cluster/cluster.lock: someone else has the lock"],
    ("OutOfMemory", "ipfs"): ["runtime: out of memory: cannot allocate", "fatal error: out of memory"],
    ("OutOfMemory", "ipfs-cluster"): [],
    ("MigrationFailures", "configure"): ["configure: the repository could not be migrated (above); the image of before still runs on it."],
}


@pytest.mark.parametrize(("metric", "container"), COUNTED)
def test_filters_count_what_the_real_programs_print(metric: str, container: str) -> None:
    wanted = next(found for found in log_filters.FILTERS if found.metric == metric)
    assert container in wanted.containers
    counted = [line for line in lines(container) if matches(wanted.pattern, line) is not None]
    assert len(counted) == len(COUNTED[metric, container])
    for line, part in zip(counted, COUNTED[metric, container], strict=True):
        assert part in line


def test_every_filter_has_its_lines() -> None:
    assert {(found.metric, container) for found in log_filters.FILTERS for container in found.containers} == set(COUNTED)


# --- metrics ----------------------------------------------------------------------------------------------------------


def test_a_collector_beside_the_daemons() -> None:
    with deployed_small() as stack:
        container = stack.containers("eu-west-1a")["metrics"]
        assert (container["essential"], container["restartPolicy"], container["memory"]) == (False, {"enabled": True, "restartAttemptPeriod": 60}, 128)
        assert container["image"] == "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"
        assert container["healthCheck"]["command"] == ["CMD", "/healthcheck"], "there is no shell in the image"
        assert "user" not in container
        assert environment(container)["NODE"] == "eu-west-1a"
        assert secrets(container) == {"AOT_CONFIG_CONTENT": "arn:aws:ssm:eu-west-1:123456789012:parameter/ipfs/ipfs-cluster/test/collector-configuration"}
        daemons = stack.containers("eu-west-1a")
        assert environment(daemons["ipfs-cluster"])["CLUSTER_METRICS_PROMETHEUSENDPOINT"] == "/ip4/127.0.0.1/tcp/8888", "for the task alone"
        assert environment(daemons["ipfs"])["GOMEMLIMIT"] == f"{(2048 - 128) * 60 // 100}MiB", "what the collector takes is not shared out twice"
        definition = task(stack, "eu-west-1a")
        may, group = policies(stack, definition["taskRoleArn"]), "arn:aws:logs:eu-west-1:123456789012:log-group:/ipfs/ipfs-cluster/test/metrics"
        assert allowed("logs:PutLogEvents", f"{group}:log-stream:eu-west-1a", may)
        assert allowed("logs:CreateLogStream", f"{group}:log-stream:eu-west-1a", may)
        assert not allowed("logs:PutLogEvents", group.replace("metrics", "other") + ":log-stream:x", may)
        assert not allowed("logs:CreateLogGroup", group, may)
        assert not allowed("cloudwatch:PutMetricData", "*", may)
        groups = {g["logGroupName"]: g["retentionInDays"] for g in stack.client("logs").describe_log_groups()["logGroups"]}
        assert groups["/ipfs/ipfs-cluster/test/metrics"] == groups["/ipfs/ipfs-cluster/test/eu-west-1a/metrics"] == 30

        configuration = collector_configuration(stack)
        emf = configuration["exporters"]["awsemf"]
        assert (emf["namespace"], emf["log_group_name"], emf["region"]) == (NAMESPACE, "/ipfs/ipfs-cluster/test/metrics", "eu-west-1")
        assert emf["dimension_rollup_option"] == "NoDimensionRollup", "else each metric is paid for three times"
        scrapes = {scrape["job_name"]: scrape for scrape in configuration["receivers"]["prometheus"]["config"]["scrape_configs"]}
        assert scrapes["ipfs"]["metrics_path"] == "/debug/metrics/prometheus"
        assert [scrape["static_configs"][0]["targets"] for scrape in scrapes.values()] == [["127.0.0.1:5001"], ["127.0.0.1:8888"]]


def test_what_came_up_since_the_last_look_is_sent() -> None:
    """The exporter's counters are differences by themselves, its histograms are not."""
    with deployed_small() as stack:
        configuration = collector_configuration(stack)
        assert configuration["service"]["pipelines"]["metrics"]["processors"] == ["metricstransform", "cumulativetodelta", "batch"]
        added_up = {transform["include"] for transform in configuration["processors"]["metricstransform"]["transforms"]}
        assert added_up == {"libp2p_rcmgr_connections", "ipfs_p2p_peers_total"}


COLLECTOR = next((found for name in ("awscollector", "otelcol-contrib", "otelcol") if (found := shutil.which(name))), None)


@pytest.mark.skipif(COLLECTOR is None, reason="no collector: neither awscollector nor otelcol-contrib nor otelcol is installed")
@pytest.mark.parametrize("monitoring", [{}, {"metrics": "prometheus", "prometheusWorkspaceId": "ws-0a1b"}], ids=["cloudwatch", "prometheus"])
def test_the_collector_takes_its_configuration(monitoring: Groups, tmp_path: Path) -> None:
    with deployed_small({"monitoring": monitoring}) as stack:
        file = tmp_path / "collector.json"
        file.write_text(json.dumps(collector_configuration(stack)))
    credentials = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_EC2_METADATA_DISABLED": "true"}
    command = [str(COLLECTOR), "validate", "--config", f"file:{file}"]
    done = subprocess.run(command, env={"NODE": "eu-west-1a", **credentials}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_only_what_is_chosen_is_taken_from_the_daemons() -> None:
    with deployed_small() as stack:
        for scrape in collector_configuration(stack)["receivers"]["prometheus"]["config"]["scrape_configs"]:
            (keep,) = scrape["metric_relabel_configs"]
            assert (keep["action"], keep["source_labels"]) == ("keep", ["__name__", "scope"])

            def kept(name: str, scope: str = "", regex: str = keep["regex"]) -> bool:
                return re.fullmatch(regex, f"{name};{scope}") is not None

            assert kept("go_memstats_heap_alloc_bytes")
            assert not kept("go_memstats_heap_idle_bytes")
            if scrape["job_name"] == "ipfs":
                assert kept("ipfs_http_gw_get_duration_seconds_bucket")
                assert not kept("libp2p_rcmgr_connections", "system")
            else:
                assert kept("ipfscluster_pins")
                assert kept("libp2p_rcmgr_connections", "system")
                assert not kept("libp2p_rcmgr_connections", "transient")


def test_prometheus_instead() -> None:
    with deployed_small({"monitoring": {"metrics": "prometheus", "prometheusWorkspaceId": "ws-0a1b"}}) as stack:
        configuration = collector_configuration(stack)
        assert configuration["exporters"] == {
            "prometheusremotewrite": {
                "endpoint": "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-0a1b/api/v1/remote_write",
                "auth": {"authenticator": "sigv4auth"},
            }
        }
        assert configuration["extensions"]["sigv4auth"] == {"region": "eu-west-1", "service": "aps"}
        may = policies(stack, task(stack, "eu-west-1a")["taskRoleArn"])
        assert allowed("aps:RemoteWrite", "arn:aws:aps:eu-west-1:123456789012:workspace/ws-0a1b", may)
        assert not allowed("aps:RemoteWrite", "arn:aws:aps:eu-west-1:123456789012:workspace/ws-other", may)
        assert not allowed("logs:PutLogEvents", "arn:aws:logs:eu-west-1:123456789012:log-group:/ipfs/ipfs-cluster/test/metrics:log-stream:x", may)
        assert "peers" not in alarms(stack)
        assert alarms(stack)["pin-errors"]["MetricName"] == "PinErrors"


# --- dashboard, budget, off -------------------------------------------------------------------------------------------


def dashboard(stack: Deployed) -> list[dict[str, Any]]:
    body = stack.client("cloudwatch").get_dashboard(DashboardName="ipfs-cluster-test-ipfs")["DashboardBody"]
    return list(json.loads(body)["widgets"])


@pytest.mark.parametrize("count", [1, 3, 9])
def test_the_dashboard(count: int) -> None:
    with deployed({"nodes": {"count": count}}) as stack:
        widgets, names = dashboard(stack), list(stack.output("dns_names"))
        assert stack.output("dashboard_url").endswith("region=eu-west-1#dashboards/dashboard/ipfs-cluster-test-ipfs")
        titles = [w["properties"].get("title") or w["properties"]["markdown"] for w in widgets]
        sections = [index for index, title in enumerate(titles) if title.startswith("## ")]
        assert [titles[index] for index in sections] == ["## IPFS cluster ipfs-cluster-test-ipfs: health", "## Traffic", "## Storage and cost", "## Logs"]
        assert titles[1:6] == ["Alarms", "Healthy nodes", "Peers seen", "Pins", "Errors in the logs"]
        for index, widget in enumerate(widgets):
            assert widget["x"] + widget["width"] <= 24
            assert widget["width"] >= 6, "wide enough to read"
            for other in widgets[index + 1 :]:
                apart = widget["x"] + widget["width"] <= other["x"] or other["x"] + other["width"] <= widget["x"]
                assert apart or widget["y"] + widget["height"] <= other["y"], "no two overlap"
        shown = {w["properties"]["title"]: w["properties"] for w in widgets if "title" in w["properties"]}
        assert shown["Healthy nodes"]["annotations"]["horizontal"][0]["value"] == count
        assert [metric[-1]["label"] for metric in shown["CPU, %"]["metrics"]] == names
        assert [metric[-1]["label"] for metric in shown["File systems: bytes stored"]["metrics"]] == names
        assert len(shown["Alarms"]["alarms"]) == len(alarms(stack)) + len(alarms(stack, "us-east-1"))
        assert {metric[-1]["region"] for metric in shown["CloudFront: bytes out"]["metrics"]} == {"us-east-1"}
        assert shown["Latest errors"]["query"].count("SOURCE '") == 3 * count
        assert shown["By node"]["query"].startswith("SOURCE '/ipfs/ipfs-cluster/test/metrics' | filter ispresent(ipfscluster_pins) | stats ")


def test_the_picture_of_the_dashboard_is_of_this_one() -> None:
    assert (ROOT / "docs" / "dashboard.svg").read_text() == layout.svg(layout.default_widgets()), "python -m sandbox.layout > docs/dashboard.svg"


def test_a_dashboard_shows_only_what_there_is() -> None:
    with deployed_small({"edge": {"mode": "none"}, "monitoring": {"metrics": "none"}}) as stack:
        titles = {w["properties"].get("title") for w in dashboard(stack)}
        assert titles >= {"Running nodes", "Errors in the logs", "CPU, %"}
        assert not titles & {"Healthy nodes", "Peers seen", "Pins", "Load balancer", "CloudFront: requests", "By node", "Bitswap"}


def test_a_budget() -> None:
    with deployed_small({"monitoring": {"monthlyBudgetUsd": 120, "alarmEmails": ["a@example.com"]}}) as stack:
        client = stack.client("budgets")
        (budget,) = client.describe_budgets(AccountId="123456789012")["Budgets"]
        assert (budget["BudgetLimit"], budget["TimeUnit"], budget["BudgetType"]) == ({"Amount": "120", "Unit": "USD"}, "MONTHLY", "COST")
        assert budget["CostFilters"] == {"TagKeyValue": ["user:ipfs-cluster$ipfs-cluster-test-ipfs"]}
        told = client.describe_notifications_for_budget(AccountId="123456789012", BudgetName=budget["BudgetName"])["Notifications"]
        assert sorted((n["NotificationType"], n["Threshold"]) for n in told) == [("ACTUAL", 80), ("FORECASTED", 100)]
        given = stack.inputs("aws:budgets/budget:Budget", "ipfs-monitoring-budget")["notifications"]
        assert {address for n in given for address in n["subscriberEmailAddresses"]} == {"a@example.com"}
    with deployed_small() as stack:
        assert not stack.registered("aws:budgets/budget:Budget")


def test_one_switch_leaves_the_logs_and_nothing_else() -> None:
    with deployed_small({"monitoring": {"enabled": False}, "backup": {"pinsetSchedule": "never"}}) as stack:
        assert not alarms(stack)
        assert not alarms(stack, "us-east-1")
        assert not filters(stack)
        assert not stack.client("cloudwatch").list_dashboards()["DashboardEntries"]
        assert not stack.client("sns").list_topics()["Topics"]
        assert list(stack.containers("eu-west-1a")) == ["configure", "ipfs", "ipfs-cluster"]
        assert "CLUSTER_METRICS_ENABLESTATS" not in environment(stack.containers("eu-west-1a")["ipfs-cluster"])
        assert [g["logGroupName"].rpartition("/")[2] for g in stack.client("logs").describe_log_groups()["logGroups"]] == ["configure", "ipfs", "ipfs-cluster"]
        (cluster,) = stack.client("ecs").describe_clusters(clusters=[stack.output("cluster_arn")], include=["SETTINGS"])["clusters"]
        assert cluster["settings"] == [{"name": "containerInsights", "value": "disabled"}]
        assert stack.output("alarm_topic_arn") is stack.output("dashboard_url") is None
