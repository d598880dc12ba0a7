"""The collector of a node's metrics: container, permissions, configuration, and where it sends to."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.account import policies, task_definition
from tests.helpers.alarms import NAMESPACE, alarms, collector_configuration
from tests.helpers.iam import allowed
from tests.helpers.support import Groups, monitored_small


def test_what_a_collector_for_cloudwatch_may_do() -> None:
    """Its container is in tests/account/test_task_definitions.py, its configuration in tests/unit/test_collector.py."""
    with monitored_small() as stack:
        definition = task_definition(stack, "eu-west-1a")
        may, group = policies(stack, definition["taskRoleArn"]), "arn:aws:logs:eu-west-1:123456789012:log-group:/ipfs/ipfs-cluster/test/metrics"
        assert allowed("logs:PutLogEvents", f"{group}:log-stream:eu-west-1a", may)
        assert allowed("logs:CreateLogStream", f"{group}:log-stream:eu-west-1a", may)
        assert not allowed("logs:PutLogEvents", group.replace("metrics", "other") + ":log-stream:x", may)
        assert not allowed("logs:CreateLogGroup", group, may)
        assert not allowed("cloudwatch:PutMetricData", "*", may)
        groups = {g["logGroupName"]: g["retentionInDays"] for g in stack.client("logs").describe_log_groups()["logGroups"]}
        assert groups["/ipfs/ipfs-cluster/test/metrics"] == groups["/ipfs/ipfs-cluster/test/eu-west-1a/metrics"] == 30

        emf = collector_configuration(stack)["exporters"]["awsemf"]
        assert (emf["namespace"], emf["log_group_name"], emf["region"]) == (NAMESPACE, "/ipfs/ipfs-cluster/test/metrics", "eu-west-1")


COLLECTOR = next((found for name in ("awscollector", "otelcol-contrib", "otelcol") if (found := shutil.which(name))), None)


@pytest.mark.skipif(COLLECTOR is None, reason="no collector: neither awscollector nor otelcol-contrib nor otelcol is installed")
@pytest.mark.parametrize("monitoring", [{}, {"metrics": "prometheus", "prometheusWorkspaceId": "ws-0a1b"}], ids=["cloudwatch", "prometheus"])
def test_the_collector_takes_its_configuration(monitoring: Groups, tmp_path: Path) -> None:
    with monitored_small({"monitoring": monitoring}) as stack:
        file = tmp_path / "collector.json"
        file.write_text(json.dumps(collector_configuration(stack)))
    credentials = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_EC2_METADATA_DISABLED": "true"}
    command = [str(COLLECTOR), "validate", "--config", f"file:{file}"]
    done = subprocess.run(command, env={"NODE": "eu-west-1a", **credentials}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_prometheus_instead() -> None:
    with monitored_small({"monitoring": {"metrics": "prometheus", "prometheusWorkspaceId": "ws-0a1b"}}) as stack:
        configuration = collector_configuration(stack)
        assert configuration["exporters"] == {
            "prometheusremotewrite": {
                "endpoint": "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-0a1b/api/v1/remote_write",
                "auth": {"authenticator": "sigv4auth"},
            }
        }
        may = policies(stack, task_definition(stack, "eu-west-1a")["taskRoleArn"])
        assert allowed("aps:RemoteWrite", "arn:aws:aps:eu-west-1:123456789012:workspace/ws-0a1b", may)
        assert not allowed("aps:RemoteWrite", "arn:aws:aps:eu-west-1:123456789012:workspace/ws-other", may)
        assert not allowed("logs:PutLogEvents", "arn:aws:logs:eu-west-1:123456789012:log-group:/ipfs/ipfs-cluster/test/metrics:log-stream:x", may)
        assert "peers" not in alarms(stack)
        assert alarms(stack)["pin-errors"]["MetricName"] == "PinErrors"
