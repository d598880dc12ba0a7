"""The alarms of a deployment, held against what it emits."""

import json
import re
from collections.abc import Mapping
from typing import Any

from ipfs_cluster.daemons import collector

from tests.helpers.support import ROOT, Deployed

NAMESPACE = "IpfsCluster/ipfs-cluster-test-ipfs"


def alarms(stack: Deployed, region: str = "") -> dict[str, dict[str, Any]]:
    """By the end of their names."""
    found = stack.account.client("cloudwatch", region).describe_alarms(MaxRecords=100)["MetricAlarms"]
    return {re.sub(r"^ipfs-monitoring-(.*)-\w{7}$", r"\1", alarm["AlarmName"]): alarm for alarm in found}


def filters(stack: Deployed) -> list[dict[str, Any]]:
    return list(stack.client("logs").describe_metric_filters()["metricFilters"])


# What AWS emits by itself: metric and dimensions of each namespace. From the services' own documentation of their metrics.
AWS_METRICS = {
    "AWS/ApplicationELB": {
        **{key: {"LoadBalancer", "TargetGroup"} for key in ("HealthyHostCount", "UnHealthyHostCount")},
        **{key: {"LoadBalancer"} for key in ("HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count", "RequestCount")},
    },
    "AWS/ECS": {key: {"ClusterName", "ServiceName"} for key in ("CPUUtilization", "MemoryUtilization")},
    "AWS/EFS": {**{key: {"FileSystemId"} for key in ("PercentIOLimit", "BurstCreditBalance")}, "StorageBytes": {"FileSystemId", "StorageClass"}},
    "AWS/CloudFront": {key: {"DistributionId", "Region"} for key in ("5xxErrorRate", "Requests")},
    "AWS/CertificateManager": {"DaysToExpiry": {"CertificateArn"}},
}


def emitted(stack: Deployed) -> dict[str, list[Mapping[str, set[str]]]]:
    """The cluster's own metrics, each with the values of its dimensions."""
    found: dict[str, list[Mapping[str, set[str]]]] = {}
    for given in filters(stack):
        (made,) = given["metricTransformations"]
        assert made["metricNamespace"] == NAMESPACE
        node = given["logGroupName"].split("/")[4]
        found.setdefault(made["metricName"], []).append({name: {node} for name in made.get("dimensions", {})})
    if stack.registered("ipfs-cluster:index:Metrics"):
        configuration = collector_configuration(stack)
        for declaration in configuration["exporters"].get("awsemf", {}).get("metric_declarations", []):
            for chosen in collector.CHOSEN:
                if f"^{chosen.name}$$" in declaration["metric_name_selectors"]:
                    values = {"Cluster": {"ipfs-cluster-test-ipfs"}, "Container": {chosen.container}}
                    found.setdefault(chosen.name, []).append({name: values[name] for (names,) in [declaration["dimensions"]] for name in names})
    return found


def collector_configuration(stack: Deployed) -> dict[str, Any]:
    value = stack.client("ssm").get_parameter(Name="/ipfs/ipfs-cluster/test/collector-configuration")["Parameter"]["Value"]
    assert len(value) <= 4096, "as much as a parameter of the standard tier holds"
    return dict(json.loads(value))


def series(alarm: Mapping[str, Any]) -> list[tuple[str, str, dict[str, str]]]:
    stats = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query] or [alarm]
    return [(s["Namespace"], s["MetricName"], {d["Name"]: d["Value"] for d in s.get("Dimensions", [])}) for s in stats]


def assert_alarms_are_on_what_is_emitted(stack: Deployed) -> None:
    """Every alarm's metric, dimensions and Region, whom it tells, and the section that it refers to."""
    if not stack.registered("ipfs-cluster:index:Monitoring"):
        assert alarms(stack) == {}
        return
    own, runbook = emitted(stack), (ROOT / "docs" / "operations.md").read_text()
    headings = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", runbook, re.MULTILINE)}
    regional, edge = alarms(stack), alarms(stack, "us-east-1")
    assert len(regional) > 5
    real = {
        "LoadBalancer": {inputs_arn_suffix(arn) for arn in arns(stack, "load_balancers", "LoadBalancers", "LoadBalancerArn")},
        "TargetGroup": {inputs_arn_suffix(arn) for arn in arns(stack, "target_groups", "TargetGroups", "TargetGroupArn")},
        "ClusterName": {stack.output("cluster_arn").rpartition("/")[2]},
        "ServiceName": {f"ipfs-node-{node}" for node in stack.output("dns_names")},
        "FileSystemId": set(stack.output("file_system_ids").values()),
        "StorageClass": {"Total"},
        "DistributionId": {stack.output("gateway_distribution_id"), stack.output("api_distribution_id")},
        "Region": {"Global"},
        "CertificateArn": certificates(stack),
    }
    for region, found in (("eu-west-1", regional), ("us-east-1", edge)):
        for name, alarm in found.items():
            for namespace, metric, dimensions in series(alarm):
                if namespace == NAMESPACE:
                    assert any(d.keys() == dimensions.keys() and all(dimensions[key] in d[key] for key in d) for d in own.get(metric, [])), (
                        name,
                        metric,
                        dimensions,
                    )
                else:
                    assert AWS_METRICS[namespace][metric] == set(dimensions), name
                    for key, value in dimensions.items():
                        assert value in real[key], (name, key, value)
                assert (namespace == "AWS/CloudFront") <= (region == "us-east-1"), name
            for action in (alarm["AlarmActions"], alarm["OKActions"]):
                assert [arn.split(":")[2:4] for arn in action] == [["sns", region]], name
            section = alarm["AlarmDescription"].rpartition("docs/operations.md#")[2]
            assert section in headings, (name, section)
            assert alarm["AlarmDescription"].startswith("IPFS cluster ipfs-cluster-test-ipfs (eu-west-1): ")


def arns(stack: Deployed, what: str, key: str, field: str) -> list[str]:
    return [found[field] for found in getattr(stack.client("elbv2"), f"describe_{what}")()[key]]


def inputs_arn_suffix(arn: str) -> str:
    resource = arn.rpartition(":")[2]
    return resource.removeprefix("loadbalancer/")


def certificates(stack: Deployed) -> set[str]:
    return {
        found["CertificateArn"]
        for region in ("eu-west-1", "us-east-1")
        for found in stack.account.client("acm", region).list_certificates()["CertificateSummaryList"]
    }
