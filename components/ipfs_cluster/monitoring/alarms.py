"""Pure: what there is an alarm for: which series, from when on, and what its absence means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..daemons import collector
from ..edge.plan import CERTIFICATE_REGION
from ..inputs.monitoring import ResolvedMonitoring
from ..inputs.storage import ResolvedStorage
from ..storage.file_systems import ALL_NODES
from . import log_filters
from .log_filters import LogFilter

_GIB = 1024**3
# Bytes that last for an hour at the 100 MiB/s of a bursting file system (EFS User Guide, "Amazon EFS performance").
_AN_HOUR_OF_BURSTS = 100 * 1024**2 * 3600
# Fewer requests than this within five minutes are too few for a percentage.
_LEAST_REQUESTS = 20
# How long an alarm that takes missing data for bad waits after its creation: until the metrics of what it watches, which is there by
# then, have arrived (those of load balancers take up to three minutes).
_WARM_UP_MINUTES = 10
# After a link that failed for five minutes, with adds on both sides, all pins were everywhere after 42 s.
_BEHIND_SECONDS = 300
_BEHIND_MINUTES = 15
# How long the collectors' samples may be fewer than the nodes.
_SILENT_MINUTES = 15


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
    """Number of consecutive periods."""
    missing: str
    """What it means when there is no data: breaching, notBreaching or ignore."""
    expression: str = ""
    """What is compared, of the series by their names; empty for the only one."""
    edge: bool = False
    """Whether it is in us-east-1, as CloudFront's metrics are."""
    of: int = 0
    """How many of the periods are enough; 0 for all of them."""
    warm_up_minutes: int = 0
    """How long it does not look after its creation; 0 for not at all. A later change of the alarm does not start it again."""


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
    storage: ResolvedStorage
    pinset_schedule: str = ""
    """When the pinset is exported; empty for never."""
    read_only: bool = False
    """Whether the nodes only follow others."""
    other_regions: bool = False
    """Whether the cluster has nodes in other Regions."""
    copies_in_each: bool = False
    """Whether pins are to be held in each Region."""

    @property
    def regional(self) -> Sequence[LogFilter]:
        """What is counted of the other Regions."""
        if not self.other_regions:
            return ()
        return (*log_filters.OVER_REGIONS, *((log_filters.ONE_SIDED,) if self.copies_in_each else ()))


def alarms(watched: Watched, monitoring: ResolvedMonitoring) -> list[Alarm]:
    """All alarms of a deployment, each on what it emits."""
    return [
        *_nodes(watched, monitoring),
        *(_regions(watched, monitoring) if watched.other_regions else ()),
        *_pinning(watched, monitoring),
        *_tasks(watched, monitoring),
        *_storage(watched, monitoring),
        *_exports(watched),
        *_edge(watched, monitoring),
    ]


def _nodes(watched: Watched, monitoring: ResolvedMonitoring) -> Iterator[Alarm]:
    # None of these compares with the number of nodes: one that did would fire when nodes are added, since the alarm's update looks back
    # at a time when they were not there yet.
    count, minutes = len(watched.services), monitoring.node_alarm_minutes
    for node, service in watched.services.items():
        # As many as there are tasks that run, and no data without one (ECS Developer Guide, "Amazon ECS CloudWatch metrics").
        running = {"m": Series("AWS/ECS", "CPUUtilization", {"ClusterName": watched.ecs_cluster, "ServiceName": service}, "SampleCount")}
        what = f"node {node} does not run, for {minutes} minutes"
        yield Alarm(f"node-down-{node}", "nodes-down", what, running, "LessThanThreshold", 1, minutes, "breaching", warm_up_minutes=_WARM_UP_MINUTES)
    for role in ("gateway", "api") if watched.load_balancer is not None else ():
        dimensions = {"LoadBalancer": watched.load_balancer, "TargetGroup": watched.target_groups[role]}
        # ECS restarts a node that stays unhealthy, so that it is so most of the time only. The maximum is of what the load balancer's
        # nodes in their zones report: the worst that one of them saw.
        unhealthy = {"m": Series("AWS/ApplicationELB", "UnHealthyHostCount", dimensions, "Maximum")}
        enough = -(-minutes * 3 // 5)
        what = f"the {role} of a node does not answer the load balancer, for {enough} of {minutes} minutes"
        yield Alarm(f"unhealthy-{role}", "nodes-down", what, unhealthy, "GreaterThanThreshold", 0, minutes, "notBreaching", of=enough)
        # Nothing is said of a target group that has no targets. The maximum: an average is below 1 in every minute in which a node goes.
        healthy = {"m": Series("AWS/ApplicationELB", "HealthyHostCount", dimensions, "Maximum")}
        all_of = minutes if count == 1 else 2  # the only node may restart
        what = f"no node's {role} is healthy, for {all_of} minutes"
        yield Alarm(f"all-down-{role}", "all-down", what, healthy, "LessThanThreshold", 1, all_of, "breaching", warm_up_minutes=_WARM_UP_MINUTES)
    if monitoring.metrics == "cloudwatch":
        yield from _collectors(watched)
    if monitoring.metrics == "cloudwatch" and watched.read_only:
        # Those who follow connect to whom they follow, and not to each other. A node that is down has no sample: that is for the alarms above.
        seen = {"m": Series(watched.namespace, "libp2p_rcmgr_connections", {collector.DIMENSION: watched.cluster}, "Minimum")}
        what = f"a node has no connection to the cluster that it follows, for {minutes} minutes"
        yield Alarm("followed", "nothing-comes-from-the-followed-cluster", what, seen, "LessThanThreshold", 1, minutes, "notBreaching")
    elif monitoring.metrics == "cloudwatch" and count > 1:
        dimensions = {collector.DIMENSION: watched.cluster}
        # Each collector looks once a minute, so there are as many samples in a minute as nodes that send any: a node that is down counts
        # on neither side, that is for the alarms above. A minute in which a node comes or goes may look odd, hence not every one.
        enough = -(-minutes * 5 // 6)
        yield Alarm(
            "peers",
            "peers-do-not-see-each-other",
            f"a node's ipfs-cluster sees fewer others than there are, for {enough} of {minutes} minutes",
            {
                "seen": Series(watched.namespace, "libp2p_rcmgr_connections", dimensions, "Minimum"),
                "nodes": Series(watched.namespace, "libp2p_rcmgr_connections", dimensions, "SampleCount"),
            },
            "GreaterThanThreshold",
            0,
            minutes,
            "notBreaching",
            expression="nodes - 1 - seen",
            of=enough,
        )


def _collectors(watched: Watched) -> Iterator[Alarm]:
    """Without it the alarms on what collectors send would take silence for health."""
    dimensions, minutes, period = {collector.DIMENSION: watched.cluster}, _SILENT_MINUTES, 300
    samples = Series(watched.namespace, "ipfscluster_pins", dimensions, "SampleCount", period)
    if watched.load_balancer is None:
        # There is nothing that counts the nodes.
        what, section = f"no node's collector has sent metrics, for {minutes} minutes", "collectors-silent"
        yield Alarm("collectors", section, what, {"m": samples}, "LessThanThreshold", 1, minutes * 60 // period, "breaching", warm_up_minutes=_WARM_UP_MINUTES)
        return
    balancer = {"LoadBalancer": watched.load_balancer, "TargetGroup": watched.target_groups["api"]}
    # The fewest nodes that were healthy in the five minutes have sent a sample each minute. Half a node is for samples on the border.
    yield Alarm(
        "collectors",
        "collectors-silent",
        f"fewer collectors send metrics than nodes are healthy, for {minutes} minutes",
        {"healthy": Series("AWS/ApplicationELB", "HealthyHostCount", balancer, "Minimum", period), "samples": samples},
        "GreaterThanThreshold",
        0.5,
        minutes * 60 // period,
        "breaching",
        expression=f"healthy - FILL(samples, 0) / {period // collector.INTERVAL_SECONDS}",
        warm_up_minutes=_WARM_UP_MINUTES,
    )


def _regions(watched: Watched, monitoring: ResolvedMonitoring) -> Iterator[Alarm]:
    def alarm(key: str, section: str, what: str, metric: str, limit: float, period: int, periods: int, of: int = 0) -> Alarm:
        series = {"m": Series(watched.namespace, metric, {}, "Maximum", period)}
        # Who says nothing is down, and that is for other alarms.
        return Alarm(key, section, what, series, "GreaterThanThreshold", limit, periods, "notBreaching", of=of)

    # Each node looks about once a minute, so some minutes may lack a sample. Five minutes more than the restart of a Region's only node takes.
    minutes = monitoring.node_alarm_minutes + 5
    enough = -(-minutes * 5 // 6)
    what = f"a node sees no node of another Region, for {enough} of {minutes} minutes"
    yield alarm("region-apart", "a-region-is-not-seen", what, "RegionsApart", 0, 60, minutes, enough)
    # The alarm peers counts connections, of which those to other Regions make up for those that lack.
    minutes = monitoring.node_alarm_minutes
    enough = -(-minutes * 5 // 6)
    what = f"a node gets no answer from another one that runs, for {enough} of {minutes} minutes"
    yield alarm("cut-off", "peers-do-not-see-each-other", what, "NodesCutOff", 0, 60, minutes, enough)
    what = f"another Region lacks pins of {_BEHIND_SECONDS // 60} minutes ago or more, for {_BEHIND_MINUTES} minutes"
    yield alarm("region-behind", "a-region-is-behind", what, "RegionLag", _BEHIND_SECONDS, 300, _BEHIND_MINUTES // 5)
    if watched.copies_in_each:
        what = "pins miss a Region, for an hour"
        yield alarm("one-sided", "pins-that-miss-a-region", what, log_filters.ONE_SIDED.metric, 0, 300, 12)


def _counted(watched: Watched, metric: str, period: int, dimensions: Mapping[str, str] | None = None) -> Mapping[str, Series]:
    return {"m": Series(watched.namespace, metric, dimensions or {}, "Sum", period)}


def _pinning(watched: Watched, monitoring: ResolvedMonitoring) -> Iterator[Alarm]:
    # ipfs-cluster retries every five minutes: what fails for twenty needs a person.
    if monitoring.metrics == "cloudwatch":
        failed: Mapping[str, Series] = {"m": Series(watched.namespace, "ipfscluster_pins_pin_error", {collector.DIMENSION: watched.cluster}, "Maximum", 300)}
    else:
        failed = _counted(watched, "PinErrors", 300)
    yield Alarm("pin-errors", "pin-errors", "pins fail on a node, for 20 minutes", failed, "GreaterThanThreshold", 0, 4, "notBreaching")
    # The verifier says so once an hour.
    unmended = {"m": Series(watched.namespace, log_filters.UNMENDED, {}, "Maximum", 3600)}
    what = "a node lacks pins or blocks, and cannot mend that by itself"
    yield Alarm("unmended", "what-a-node-cannot-mend", what, unmended, "GreaterThanThreshold", 0, 2, "notBreaching", of=1)
    logins, count = _counted(watched, "FailedLogins", 300), monitoring.failed_login_alarm_count
    what = f"{count} requests or more to the APIs had a wrong password or token within 5 minutes"
    yield Alarm("failed-logins", "failed-logins", what, logins, "GreaterThanOrEqualToThreshold", count, 1, "notBreaching")


def _tasks(watched: Watched, monitoring: ResolvedMonitoring) -> Iterator[Alarm]:
    for node, service in watched.services.items():
        starts, limit = _counted(watched, log_filters.STARTS.metric, 1800, {log_filters.STARTS_DIMENSION: node}), monitoring.restart_alarm_count
        what = f"the task of node {node} was started {limit} times or more within half an hour"
        yield Alarm(f"restarts-{node}", "tasks-restarting", what, starts, "GreaterThanOrEqualToThreshold", limit, 1, "notBreaching")
        of_task = {"ClusterName": watched.ecs_cluster, "ServiceName": service}
        for metric, statistic, key, periods in (("CPUUtilization", "Average", "cpu", 6), ("MemoryUtilization", "Maximum", "memory", 3)):
            percent: int = getattr(monitoring, f"{key}_alarm_percent")
            series = {"m": Series("AWS/ECS", metric, of_task, statistic, 300)}
            what = f"node {node} uses more than {percent} percent of its {'CPU' if key == 'cpu' else key}, for {5 * periods} minutes"
            # Without a task there is none, which is for other alarms.
            yield Alarm(f"{key}-{node}", key, what, series, "GreaterThanThreshold", percent, periods, "notBreaching")


def _storage(watched: Watched, monitoring: ResolvedMonitoring) -> Iterator[Alarm]:
    for name, id_ in watched.file_systems.items():
        shared = name == ALL_NODES
        dimensions, what = {"FileSystemId": id_}, "the file system of all nodes" if shared else f"the file system of node {name}"
        # A file system that nobody mounts says nothing, and has nothing to say.
        if watched.storage.throughput_mode == "bursting":
            credits_ = {"m": Series("AWS/EFS", "BurstCreditBalance", dimensions, "Minimum", 300)}
            text = f"{what} can burst for less than an hour more"
            yield Alarm(f"burst-credits-{name}", "file-systems-io", text, credits_, "LessThanThreshold", _AN_HOUR_OF_BURSTS, 3, "notBreaching")
        else:
            limit = {"m": Series("AWS/EFS", "PercentIOLimit", dimensions, "Average", 300)}
            percent = monitoring.io_alarm_percent
            text = f"{what} is above {percent} percent of its I/O limit, for 15 minutes"
            yield Alarm(f"io-{name}", "file-systems-io", text, limit, "GreaterThanThreshold", percent, 3, "notBreaching")
        if watched.storage.datastore != "s3":
            stored = {"m": Series("AWS/EFS", "StorageBytes", {**dimensions, "StorageClass": "Total"}, "Average", 900)}
            percent = monitoring.storage_alarm_percent
            nodes = len(watched.services) - len(watched.file_systems) + 1 if shared else 1
            room = watched.storage.max_gib * _GIB * nodes
            text = f"{what} holds more than {percent} percent of storage.max_gib"
            # Said every quarter of an hour, sometimes later.
            yield Alarm(f"storage-{name}", "storage", text, stored, "GreaterThanThreshold", room * percent // 100, 1, "ignore")


def _exports(watched: Watched) -> Iterator[Alarm]:
    hours = _two_rounds_hours(watched.pinset_schedule) if watched.pinset_schedule else 0
    if hours:
        done = _counted(watched, log_filters.EXPORTS.metric, 3600)
        # It waits for the first one, which comes within the time that it looks at.
        yield Alarm(
            "pinset-export",
            "backups-that-fail",
            f"the pinset has not been exported for {hours} hours",
            done,
            "LessThanThreshold",
            1,
            hours,
            "breaching",
            warm_up_minutes=60 * hours,
        )


def _two_rounds_hours(schedule: str) -> int:
    """How many hours two rounds of a schedule take at most, and not less than three; 0 of one that does not run every day.

    A warm-up lasts two days at most.
    """
    kind, _, inner = schedule.rstrip(")").partition("(")
    if kind == "rate":
        number, unit = inner.split()
        minutes = int(number) * {"minute": 1, "hour": 60, "day": 24 * 60}[unit.removesuffix("s")]
        return max(3, -(-2 * minutes // 60)) if minutes <= 24 * 60 else 0
    # minutes, hours, day of the month, month, day of the week, year
    return 48 if set(inner.split()[2:]) <= {"*", "?"} else 0


def _edge(watched: Watched, monitoring: ResolvedMonitoring) -> Iterator[Alarm]:
    percent, over = monitoring.error_alarm_percent, "GreaterThanThreshold"
    if watched.load_balancer is not None:
        names = {"own": "HTTPCode_ELB_5XX_Count", "nodes": "HTTPCode_Target_5XX_Count", "requests": "RequestCount"}
        series = {key: Series("AWS/ApplicationELB", name, {"LoadBalancer": watched.load_balancer}, "Sum", 300) for key, name in names.items()}
        # Periods without a 5xx have no data. No FILL on the requests: it would make their newest period empty forever.
        share = f"IF(requests >= {_LEAST_REQUESTS}, 100 * (FILL(own, 0) + FILL(nodes, 0)) / requests, 0)"
        what = f"the load balancer answers more than {percent} percent of requests with 5xx, for 15 minutes"
        yield Alarm("load-balancer-errors", "errors", what, series, over, percent, 3, "notBreaching", expression=share)
    for role, id_ in watched.distributions.items():
        dimensions = {"DistributionId": id_, "Region": "Global"}
        series = {
            "rate": Series("AWS/CloudFront", "5xxErrorRate", dimensions, "Average", 300),
            "requests": Series("AWS/CloudFront", "Requests", dimensions, "Sum", 300),
        }
        what = f"CloudFront answers more than {percent} percent of requests to the {role} with 5xx, for 15 minutes"
        enough = f"IF(requests >= {_LEAST_REQUESTS}, rate, 0)"
        yield Alarm(f"{role}-errors", "errors", what, series, over, percent, 3, "notBreaching", expression=enough, edge=True)
    days = monitoring.certificate_alarm_days
    for place, arn in watched.certificates.items():
        left = {"m": Series("AWS/CertificateManager", "DaysToExpiry", {"CertificateArn": arn}, "Minimum", 86400)}
        what = f"the certificate in {place} ends within {days} days"
        # Said once a day.
        yield Alarm(f"certificate-{place}", "certificates", what, left, "LessThanThreshold", days, 1, "ignore", edge=place == CERTIFICATE_REGION)
