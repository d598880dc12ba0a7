"""The collector of a node's metrics: container, permissions, configuration, and where it sends to."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.account import policies, task_definition
from tests.helpers.alarms import NAMESPACE, alarms, collector_configuration
from tests.helpers.iam import allowed
from tests.helpers.support import Groups, environment, monitored_small, secrets


def test_a_collector_beside_the_daemons() -> None:
    with monitored_small() as stack:
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
        definition = task_definition(stack, "eu-west-1a")
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
    with monitored_small() as stack:
        configuration = collector_configuration(stack)
        assert configuration["service"]["pipelines"]["metrics"]["processors"] == ["metricstransform", "cumulativetodelta", "batch"]
        added_up = {transform["include"] for transform in configuration["processors"]["metricstransform"]["transforms"]}
        assert added_up == {"libp2p_rcmgr_connections", "ipfs_p2p_peers_total"}


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


def test_only_what_is_chosen_is_taken_from_the_daemons() -> None:
    with monitored_small() as stack:
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
    with monitored_small({"monitoring": {"metrics": "prometheus", "prometheusWorkspaceId": "ws-0a1b"}}) as stack:
        configuration = collector_configuration(stack)
        assert configuration["exporters"] == {
            "prometheusremotewrite": {
                "endpoint": "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-0a1b/api/v1/remote_write",
                "auth": {"authenticator": "sigv4auth"},
            }
        }
        assert configuration["extensions"]["sigv4auth"] == {"region": "eu-west-1", "service": "aps"}
        may = policies(stack, task_definition(stack, "eu-west-1a")["taskRoleArn"])
        assert allowed("aps:RemoteWrite", "arn:aws:aps:eu-west-1:123456789012:workspace/ws-0a1b", may)
        assert not allowed("aps:RemoteWrite", "arn:aws:aps:eu-west-1:123456789012:workspace/ws-other", may)
        assert not allowed("logs:PutLogEvents", "arn:aws:logs:eu-west-1:123456789012:log-group:/ipfs/ipfs-cluster/test/metrics:log-stream:x", may)
        assert "peers" not in alarms(stack)
        assert alarms(stack)["pin-errors"]["MetricName"] == "PinErrors"
