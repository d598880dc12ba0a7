"""Pure: the inputs of monitoring: logs, metrics, alarms, dashboard, budget."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi

from ..edge.plan import CERTIFICATE_REGION
from . import checks
from .checks import pattern
from .problems import Problem, Problems, path, ref


class MonitoringSettings(TypedDict):
    """Logs, metrics, alarms, a dashboard and a budget."""

    enabled: NotRequired[bool]
    """Whether the cluster is monitored; with false there are only the logs. Default: true."""
    log_retention_days: NotRequired[int]
    """Days that CloudWatch keeps logs, one of the periods that it offers. Default: 30."""
    kubo_log_level: NotRequired[str]
    """What kubo logs (GOLOG_LOG_LEVEL): debug, info, warn or error, and further subsystem=level after commas. Default: error, as kubo's."""
    cluster_log_level: NotRequired[str]
    """What ipfs-cluster logs (--loglevel): debug, info, warn or error, and further component:level after commas. At info it logs
    each request to the APIs. Default: info, as ipfs-cluster's."""
    container_insights: NotRequired[str]
    """CloudWatch Container Insights of the ECS cluster: disabled, enabled or enhanced. No alarm and no graph here needs it, and each of its
    metrics is billed. Default: disabled."""
    metrics: NotRequired[str]
    """Where a collector next to the daemons sends some of their metrics: cloudwatch, prometheus (Amazon Managed Service for
    Prometheus, without the alarms on them) or none (no collector). Default: cloudwatch."""
    metrics_image: NotRequired[str]
    """Image of the collector, the AWS Distro for OpenTelemetry, with a tag or digest.
    Default: public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0."""
    prometheus_workspace_id: NotRequired[pulumi.Input[str]]
    """With metrics prometheus: ID of the workspace, in the stack's Region. Required there. Default: none."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of an SNS topic in the stack's Region that alarms, and events of failed backups and exports, go to. Its policy must let
    cloudwatch.amazonaws.com and events.amazonaws.com publish. Default: a topic is created."""
    edge_alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """ARN of an SNS topic in us-east-1 for CloudFront's alarms, which are there. Default: alarm_topic_arn in us-east-1, otherwise
    a topic is created."""
    alarm_emails: NotRequired[list[str]]
    """E-mail addresses that are subscribed to the topics that are created; AWS asks each to confirm. Default: none."""
    node_alarm_minutes: NotRequired[int]
    """Minutes that a node may be down, mostly unhealthy, or not seen by the others before an alarm. Default: 15, the longest that one
    restart of a node may take; an update restarts one node after another."""
    cpu_alarm_percent: NotRequired[int]
    """CPU use of a task over half an hour above which there is an alarm. Default: 90."""
    memory_alarm_percent: NotRequired[int]
    """Memory use of a task over a quarter of an hour above which there is an alarm. Default: 90; the daemons' own limits add up to 75."""
    storage_alarm_percent: NotRequired[int]
    """Percent of storage.max_gib that a file system may hold before an alarm. Default: 85."""
    io_alarm_percent: NotRequired[int]
    """Percent of the I/O limit of a file system over a quarter of an hour, other than with bursting throughput. Default: 80."""
    error_alarm_percent: NotRequired[int]
    """Percent of requests that the load balancer or CloudFront answers with 5xx over a quarter of an hour. Default: 5."""
    failed_login_alarm_count: NotRequired[int]
    """Requests with a wrong password or token to the APIs within 5 minutes. Default: 50."""
    restart_alarm_count: NotRequired[int]
    """Starts of one node's task within half an hour. Default: 4: an update is one, and ECS gives up on a bad one after three."""
    certificate_alarm_days: NotRequired[int]
    """Days before a certificate expires; ACM renews its own from 60 days before. Default: 21."""
    monthly_budget_usd: NotRequired[int]
    """Monthly budget in USD for everything with this cluster's value of the tag `ipfs-cluster`. An e-mail is sent when 80 percent are
    spent or 100 percent are forecast. It counts nothing until the tag is activated as a cost allocation tag in the account that pays the
    bill. Needs alarm_emails. Default: no budget."""


@dataclass(frozen=True, kw_only=True)
class ResolvedMonitoring:
    """`MonitoringSettings` with its defaults."""

    enabled: bool = True
    log_retention_days: int = 30
    kubo_log_level: str = "error"
    cluster_log_level: str = "info"
    container_insights: str = "disabled"
    metrics: str = "cloudwatch"
    """Once resolved: none also where monitoring is off."""
    metrics_image: str = "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"
    prometheus_workspace_id: pulumi.Input[str] | None = None
    alarm_topic_arn: pulumi.Input[str] | None = None
    edge_alarm_topic_arn: pulumi.Input[str] | None = None
    alarm_emails: Sequence[str] = ()
    node_alarm_minutes: int = 15
    cpu_alarm_percent: int = 90
    memory_alarm_percent: int = 90
    storage_alarm_percent: int = 85
    io_alarm_percent: int = 80
    error_alarm_percent: int = 5
    failed_login_alarm_count: int = 50
    restart_alarm_count: int = 4
    certificate_alarm_days: int = 21
    monthly_budget_usd: int | None = None

    @property
    def has_collector(self) -> bool:
        """Whether a collector runs next to the daemons."""
        return self.metrics != "none"


# CloudWatch Logs API, PutRetentionPolicy.
_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
# CloudWatch API, PutMetricAlarm: what an alarm looks at ends within a day.
_LONGEST_ALARM_MINUTES = 24 * 60
# What there is without monitoring.
_OF_LOGS = ("enabled", "log_retention_days", "kubo_log_level", "cluster_log_level")


def problems(monitoring: ResolvedMonitoring, given: Mapping[str, Any], region: str, edge_mode: str) -> Problems:
    """What is wrong with monitoring. ``given`` is the group as it was given."""
    days = monitoring.log_retention_days
    if days not in _RETENTION_DAYS:
        text = f"CloudWatch does not offer {days} days; use one of {checks.listing(_RETENTION_DAYS)}."
        yield Problem(path("monitoring.log_retention_days"), text)
    for name, sign in (("kubo_log_level", "="), ("cluster_log_level", ":")):
        level, value = "(debug|info|warn|error)", getattr(monitoring, name)
        if not re.fullmatch(rf"{level}(,[\w/-]+{sign}{level})*", value):
            text = f"{value!r} is not a log level; use debug, info, warn or error, and further ones like error,bitswap{sign}info."
            yield Problem(path("monitoring", name), text)
    if not monitoring.enabled:
        yield from checks.useless("monitoring", given, [name for name in given if name not in _OF_LOGS], f"{ref('monitoring.enabled')} is false")
        return
    yield from _metrics_problems(monitoring, given)
    yield from _recipient_problems(monitoring, region, edge_mode)
    yield from _threshold_problems(monitoring)


def _metrics_problems(monitoring: ResolvedMonitoring, given: Mapping[str, Any]) -> Problems:
    yield from checks.choice(path("monitoring.container_insights"), monitoring.container_insights, ("disabled", "enabled", "enhanced"))
    yield from checks.choice(path("monitoring.metrics"), monitoring.metrics, ("cloudwatch", "prometheus", "none"))
    yield from checks.image(path("monitoring.metrics_image"), monitoring.metrics_image)
    if not monitoring.has_collector:
        yield from checks.useless("monitoring", given, ["metrics_image"], f"{ref('monitoring.metrics')} is none")
    where, workspace, metrics = path("monitoring.prometheus_workspace_id"), monitoring.prometheus_workspace_id, ref("monitoring.metrics")
    if workspace is not None and monitoring.metrics != "prometheus":
        yield Problem(where, f"is for {metrics} prometheus; leave it out, or set that.")
    elif workspace is None and monitoring.metrics == "prometheus":
        yield Problem(where, f"{metrics} prometheus needs the ID of the workspace, like ws-0123abcd-….")
    yield from checks.now(where, workspace, pattern(r"ws-[\w-]+", "the ID of a workspace like ws-0123abcd-…"))


def _recipient_problems(monitoring: ResolvedMonitoring, region: str, edge_mode: str) -> Problems:
    """Problems with whom alarms go to."""
    for name, place in (("alarm_topic_arn", region), ("edge_alarm_topic_arn", CERTIFICATE_REGION)):
        check = pattern(rf"arn:aws[\w-]*:sns:{place}:\d{{12}}:[\w-]+", f"the ARN of an SNS topic in {place}")
        yield from checks.now(path("monitoring", name), getattr(monitoring, name), check)
    elsewhere = region != CERTIFICATE_REGION and edge_mode == "cloudfront"
    if elsewhere and monitoring.alarm_topic_arn is not None and monitoring.edge_alarm_topic_arn is None and not monitoring.alarm_emails:
        text = f"CloudFront's alarms are in us-east-1, where {ref('monitoring.alarm_topic_arn')} cannot be used; give a topic there too, or"
        yield Problem(path("monitoring.edge_alarm_topic_arn"), f"{text} {ref('monitoring.alarm_emails')}.")
    for index, address in enumerate(monitoring.alarm_emails):
        yield from checks.now(path("monitoring.alarm_emails", index), address, pattern(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address"))
    if monitoring.monthly_budget_usd is not None and not monitoring.alarm_emails:
        text = f"a budget without recipients is of no use; give {ref('monitoring.alarm_emails')}."
        yield Problem(path("monitoring.monthly_budget_usd"), text)


def _threshold_problems(monitoring: ResolvedMonitoring) -> Problems:
    for name in ("cpu_alarm_percent", "memory_alarm_percent", "storage_alarm_percent", "io_alarm_percent", "error_alarm_percent"):
        percent = getattr(monitoring, name)
        if not 1 <= percent <= 100:
            yield Problem(path("monitoring", name), f"{percent} is not a percentage; use 1 to 100.")
    for name in ("failed_login_alarm_count", "restart_alarm_count", "certificate_alarm_days", "monthly_budget_usd"):
        yield from checks.at_least_one(path("monitoring", name), getattr(monitoring, name))
    minutes = monitoring.node_alarm_minutes
    if not 1 <= minutes <= _LONGEST_ALARM_MINUTES:
        yield Problem(path("monitoring.node_alarm_minutes"), f"an alarm cannot look at {minutes} minutes; use 1 to {_LONGEST_ALARM_MINUTES}.")
