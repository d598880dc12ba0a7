"""What there is an alarm for, pure: which series, from when on, and what its absence means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import collector, filesystems, log_filters
from .args import MonitoringSettings
from .edge import CERTIFICATE_REGION

_GIB = 1024**3
# Bytes that last for an hour at the 100 MiB/s of a bursting file system (EFS User Guide, "Amazon EFS performance").
_AN_HOUR_OF_BURSTS = 100 * 1024**2 * 3600
# Fewer requests than this within five minutes are too few for a percentage.
_LEAST_REQUESTS = 20


@dataclass(frozen=True)
class Series:
    """A metric over time. What is known only when it is deployed may be an Output."""

    namespace: str
    metric: str
    dimensions: Mapping[str, Any]
    statistic: str
    period: int = 60
    """In seconds."""


@dataclass(frozen=True)
class Alarm:
    """An alarm, as CloudWatch takes it but for its names."""

    key: str
    """What its name ends with."""
    section: str
    """The heading in docs/operations.md that says what to do, as the link to it has it."""
    what: str
    """What is the case, to be read in a mail."""
    series: Mapping[str, Series]
    comparison: str
    threshold: float
    periods: int
    """How many periods on end."""
    missing: str
    """What it means when there is no data: breaching, notBreaching or ignore."""
    expression: str = ""
    """What is compared, of the series by their names; empty for the only one."""
    edge: bool = False
    """Whether it is in us-east-1, as CloudFront's metrics are."""


@dataclass(frozen=True)
class Watched:
    """What a deployment has that can be watched."""

    namespace: str
    """Of the cluster's own metrics."""
    cluster: str
    """The dimension of the collector's metrics."""
    ecs_cluster: Any
    """Its name."""
    services: Mapping[str, str]
    """By node."""
    load_balancer: Any
    """The dimension of its metrics; none without one."""
    target_groups: Mapping[str, Any]
    """The dimension of their metrics, by role."""
    file_systems: Mapping[str, Any]
    """IDs, by node, and ``all`` for the one that nodes share."""
    distributions: Mapping[str, Any]
    """IDs, by role."""
    certificates: Mapping[str, Any]
    """ARNs, by Region."""
    storage: Mapping[str, Any]
    """The inputs of the group storage."""


def alarms(watched: Watched, settings: MonitoringSettings) -> list[Alarm]:
    """All alarms of a deployment, each on what it emits."""
    return [
        *_nodes(watched, settings),
        *_pinning(watched, settings),
        *_tasks(watched, settings),
        *_storage(watched, settings),
        *_edge(watched, settings),
    ]


def _nodes(watched: Watched, settings: MonitoringSettings) -> Iterator[Alarm]:
    count, minutes = len(watched.services), settings["node_alarm_minutes"]
    for role in ("gateway", "api") if watched.load_balancer is not None else ():
        dimensions = {"LoadBalancer": watched.load_balancer, "TargetGroup": watched.target_groups[role]}
        healthy = {"m": Series("AWS/ApplicationELB", "HealthyHostCount", dimensions, "Average")}
        # Nothing is said of a target group that has no targets.
        yield Alarm(
            f"nodes-down-{role}",
            "nodes-down",
            f"the {role} of fewer than {count} nodes is healthy, for {minutes} minutes",
            healthy,
            "LessThanThreshold",
            count,
            minutes,
            "breaching",
        )
        yield Alarm(f"all-down-{role}", "all-down", f"no node's {role} is healthy", healthy, "LessThanThreshold", 1, 2, "breaching")
    for node, service in watched.services.items() if watched.load_balancer is None else ():
        # No task, no data: with nothing in front of the nodes that is what tells of it.
        running = {"m": Series("AWS/ECS", "CPUUtilization", {"ClusterName": watched.ecs_cluster, "ServiceName": service}, "SampleCount")}
        what = f"node {node} does not run, for {minutes} minutes"
        yield Alarm(f"node-down-{node}", "nodes-down", what, running, "LessThanThreshold", 1, minutes, "breaching")
    if settings["metrics"] == "cloudwatch" and count > 1:
        seen = Series(watched.namespace, "libp2p_rcmgr_connections", {collector.DIMENSION: watched.cluster}, "Minimum")
        # A node that is down sends nothing; that is for the alarms above.
        yield Alarm(
            "peers",
            "peers-do-not-see-each-other",
            f"a node's ipfs-cluster sees fewer than {count - 1} others, for {minutes} minutes",
            {"m": seen},
            "LessThanThreshold",
            count - 1,
            minutes,
            "notBreaching",
        )


def _counted(watched: Watched, metric: str, period: int, dimensions: Mapping[str, str] | None = None) -> Mapping[str, Series]:
    return {"m": Series(watched.namespace, metric, dimensions or {}, "Sum", period)}


def _pinning(watched: Watched, settings: MonitoringSettings) -> Iterator[Alarm]:
    # ipfs-cluster tries anew every five minutes: what fails for twenty needs a person.
    if settings["metrics"] == "cloudwatch":
        failed: Mapping[str, Series] = {"m": Series(watched.namespace, "ipfscluster_pins_pin_error", {collector.DIMENSION: watched.cluster}, "Maximum", 300)}
    else:
        failed = _counted(watched, "PinErrors", 300)
    yield Alarm("pin-errors", "pin-errors", "pins fail on a node, for 20 minutes", failed, "GreaterThanThreshold", 0, 4, "notBreaching")
    logins, count = _counted(watched, "FailedLogins", 300), settings["failed_login_alarm_count"]
    what = f"{count} requests or more to the APIs had a wrong password or token within 5 minutes"
    yield Alarm("failed-logins", "failed-logins", what, logins, "GreaterThanOrEqualToThreshold", count, 1, "notBreaching")


def _tasks(watched: Watched, settings: MonitoringSettings) -> Iterator[Alarm]:
    for node, service in watched.services.items():
        starts, limit = _counted(watched, log_filters.STARTS.metric, 1800, {log_filters.STARTS_DIMENSION: node}), settings["restart_alarm_count"]
        what = f"the task of node {node} was started {limit} times or more within half an hour"
        yield Alarm(f"restarts-{node}", "tasks-restarting", what, starts, "GreaterThanOrEqualToThreshold", limit, 1, "notBreaching")
        of_task = {"ClusterName": watched.ecs_cluster, "ServiceName": service}
        for metric, statistic, key, periods in (("CPUUtilization", "Average", "cpu", 6), ("MemoryUtilization", "Maximum", "memory", 3)):
            percent: int = settings[f"{key}_alarm_percent"]  # type: ignore[literal-required]
            series = {"m": Series("AWS/ECS", metric, of_task, statistic, 300)}
            what = f"node {node} uses more than {percent} percent of its {'CPU' if key == 'cpu' else key}, for {5 * periods} minutes"
            # Without a task there is none, which is for other alarms.
            yield Alarm(f"{key}-{node}", key, what, series, "GreaterThanThreshold", percent, periods, "notBreaching")


def _storage(watched: Watched, settings: MonitoringSettings) -> Iterator[Alarm]:
    for name, id_ in watched.file_systems.items():
        shared = name == filesystems.ALL_NODES
        dimensions, what = {"FileSystemId": id_}, "the file system of all nodes" if shared else f"the file system of node {name}"
        # A file system that nobody mounts says nothing, and has nothing to say.
        if watched.storage["throughput_mode"] == "bursting":
            credits_ = {"m": Series("AWS/EFS", "BurstCreditBalance", dimensions, "Minimum", 300)}
            text = f"{what} can burst for less than an hour more"
            yield Alarm(f"burst-credits-{name}", "file-systems-io", text, credits_, "LessThanThreshold", _AN_HOUR_OF_BURSTS, 3, "notBreaching")
        else:
            limit = {"m": Series("AWS/EFS", "PercentIOLimit", dimensions, "Average", 300)}
            percent = settings["io_alarm_percent"]
            text = f"{what} is above {percent} percent of its I/O limit, for 15 minutes"
            yield Alarm(f"io-{name}", "file-systems-io", text, limit, "GreaterThanThreshold", percent, 3, "notBreaching")
        if watched.storage["datastore"] != "s3":
            stored = {"m": Series("AWS/EFS", "StorageBytes", {**dimensions, "StorageClass": "Total"}, "Average", 900)}
            percent = settings["storage_alarm_percent"]
            nodes = len(watched.services) - len(watched.file_systems) + 1 if shared else 1
            room = watched.storage["max_gib"] * _GIB * nodes
            text = f"{what} holds more than {percent} percent of storage.max_gib"
            # Said every quarter of an hour, sometimes later.
            yield Alarm(f"storage-{name}", "storage", text, stored, "GreaterThanThreshold", room * percent // 100, 1, "ignore")


def _edge(watched: Watched, settings: MonitoringSettings) -> Iterator[Alarm]:
    percent, over = settings["error_alarm_percent"], "GreaterThanThreshold"
    if watched.load_balancer is not None:
        names = {"own": "HTTPCode_ELB_5XX_Count", "nodes": "HTTPCode_Target_5XX_Count", "requests": "RequestCount"}
        series = {key: Series("AWS/ApplicationELB", name, {"LoadBalancer": watched.load_balancer}, "Sum", 300) for key, name in names.items()}
        share = f"IF(FILL(requests, 0) >= {_LEAST_REQUESTS}, 100 * (FILL(own, 0) + FILL(nodes, 0)) / requests, 0)"
        what = f"the load balancer answers more than {percent} percent of requests with 5xx, for 15 minutes"
        yield Alarm("load-balancer-errors", "errors", what, series, over, percent, 3, "notBreaching", expression=share)
    for role, id_ in watched.distributions.items():
        rate = {"m": Series("AWS/CloudFront", "5xxErrorRate", {"DistributionId": id_, "Region": "Global"}, "Average", 300)}
        what = f"CloudFront answers more than {percent} percent of requests to the {role} with 5xx, for 15 minutes"
        yield Alarm(f"{role}-errors", "errors", what, rate, over, percent, 3, "notBreaching", edge=True)
    days = settings["certificate_alarm_days"]
    for place, arn in watched.certificates.items():
        left = {"m": Series("AWS/CertificateManager", "DaysToExpiry", {"CertificateArn": arn}, "Minimum", 86400)}
        what = f"the certificate in {place} ends within {days} days"
        # Said once a day.
        yield Alarm(f"certificate-{place}", "certificates", what, left, "LessThanThreshold", days, 1, "ignore", edge=place == CERTIFICATE_REGION)
