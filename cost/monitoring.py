"""The lines of logs, metrics and alarms, pure."""

import json
from collections.abc import Iterator, Sequence

from .compute import node_definitions
from .prices import KIB, Assumptions, Inputs, Line, Prices, Resources

# A performance log event of Container Insights, one a minute for the cluster, each service, task and container.
_INSIGHTS_EVENT_KIB = 1
_MINUTES = 60

Tasks = Sequence[Sequence[Inputs]]
"""The container definitions of each service's task."""


def log_groups(resources: Resources, a: Assumptions, _: Prices) -> Iterator[Line]:
    """What the nodes log, and how long it is kept."""
    groups = resources["aws:cloudwatch/logGroup:LogGroup"]
    written = a.log_gib * len(resources["aws:ecs/service:Service"])
    longest = max(group.get("retentionInDays", 365) for group in groups)
    yield Line("logs", f"GiB written to {len(groups)} groups", written, "logs_in_gib")
    yield Line("logs", f"GiB kept for {longest} days", written * longest / 30, "logs_kept_gib")


def container_insights(resources: Resources, _: Assumptions, prices: Prices) -> Iterator[Line]:
    """The metrics of Container Insights, and the log events that they come from."""
    for cluster in resources["aws:ecs/cluster:Cluster"]:
        insights = {setting["name"]: setting["value"] for setting in cluster.get("settings", [])}.get("containerInsights", "disabled")
        if insights == "disabled":
            continue
        tasks = [json.loads(definition.get("containerDefinitions", "[{}]")) for definition in node_definitions(resources)]
        count = enhanced_metrics(tasks) if insights == "enhanced" else insights_metrics(tasks)
        yield Line("metrics and alarms", f"Container Insights ({insights})", count, "enhanced_metric" if insights == "enhanced" else "metric")
        events = 1 + sum(2 + len(containers) for containers in tasks)
        yield Line("logs", "GiB written by Container Insights", events * _INSIGHTS_EVENT_KIB * _MINUTES * prices.hours / KIB, "logs_in_gib")


def insights_metrics(tasks: Tasks) -> int:
    """CloudWatch User Guide, "Amazon ECS Container Insights metrics", on Fargate without EBS volumes."""
    restarts = any("restartPolicy" in container for containers in tasks for container in containers)
    # Ten metrics, and the restarts of containers that have a policy for it, of the cluster, each service and each family; five of a
    # service alone, two of the cluster alone.
    return (10 + restarts) * (1 + 2 * len(tasks)) + 5 * len(tasks) + 2


def enhanced_metrics(tasks: Tasks) -> int:
    """CloudWatch User Guide, "Amazon ECS Container Insights with enhanced observability metrics", on Fargate without EBS volumes."""
    of_tasks, of_containers, of_services, of_cluster = 16, 7, 5, 2

    def of(containers: Sequence[Inputs]) -> int:
        health = sum("healthCheck" in container for container in containers)
        restarts = sum("restartPolicy" in container for container in containers)
        # By service and by family, each with and without the task.
        return 4 * (of_tasks + of_containers * len(containers) + health + restarts + (restarts > 0)) + of_services

    every = [container for containers in tasks for container in containers]
    of_all = of_tasks + of_containers + any("healthCheck" in one for one in every) + any("restartPolicy" in one for one in every)
    return of_all + of_cluster + sum(of(containers) for containers in tasks)


def log_metrics(resources: Resources, _: Assumptions, __: Prices) -> Iterator[Line]:
    """Metrics from filters of logs. Filters of several log groups may fill one metric; with a dimension each has its own."""
    filters = resources["aws:cloudwatch/logMetricFilter:LogMetricFilter"]
    metrics = {
        (transformation["namespace"], transformation["name"], one["logGroupName"] if transformation.get("dimensions") else "")
        for one in filters
        for transformation in [one["metricTransformation"]]
    }
    yield Line("metrics and alarms", f"metrics from {len(filters)} log filters", len(metrics), "metric")


def alarms(resources: Resources, _: Assumptions, __: Prices) -> Iterator[Line]:
    """Alarms, by the metrics that they are on."""
    found = resources["aws:cloudwatch/metricAlarm:MetricAlarm"]
    metrics = sum(max(1, sum("metric" in query for query in alarm.get("metricQueries", []))) for alarm in found)
    yield Line("metrics and alarms", f"metrics in {len(found)} alarms", metrics, "alarm")


def collector_metrics(resources: Resources, _: Assumptions, __: Prices) -> Iterator[Line]:
    """The metrics that the collector's configuration declares. It is a parameter; parameters are free."""
    for parameter in resources["aws:ssm/parameter:Parameter"]:
        if parameter["name"].endswith("/collector-configuration"):
            declared = json.loads(parameter["value"])["exporters"].get("awsemf", {}).get("metric_declarations", [])
            # By container: of kubo and of ipfs-cluster.
            metrics = sum(len(one["metric_name_selectors"]) * (2 if "Container" in one["dimensions"][0] else 1) for one in declared)
            yield Line("metrics and alarms", "metrics from the collectors", metrics, "metric")
