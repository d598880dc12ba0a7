"""What watches the cluster: counts in the logs, alarms, events and their recipients, a dashboard, a budget."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from .. import permissions
from ..context import ClusterContext
from ..daemons import collector
from ..edge.plan import CERTIFICATE_REGION
from ..inputs.monitoring import ResolvedMonitoring
from ..storage.backup import Backup
from ..storage.pinset_export import PinsetExport
from . import alarms, dashboard, events, log_filters
from .alarms import Alarm, Watched

Logs = Mapping[str, Mapping[str, aws.cloudwatch.LogGroup]]
"""Log groups by node and container."""


@dataclass(frozen=True, kw_only=True)
class MonitoredParts:
    """What of the cluster is monitored."""

    watched: Watched
    logs: Logs
    deployed: Sequence[pulumi.Input[pulumi.Resource]]
    """They are there when all nodes run: alarms are created and changed after them, as they would fire for what is not there yet."""
    backup: Backup | None
    export: PinsetExport | None
    ecs_cluster_arn: pulumi.Output[str]


class Monitoring(pulumi.ComponentResource):
    """Metric filters, alarms, rules for events, SNS topics, a dashboard and, optionally, a budget."""

    def __init__(
        self, name: str, *, monitoring: ResolvedMonitoring, parts: MonitoredParts, context: ClusterContext, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("ipfs-cluster:index:Monitoring", name, {}, opts)
        self._name, self._monitoring, self._parts = name, monitoring, parts
        self._names, self._account, self._tags = context.names, context.account, context.tags
        self._own = pulumi.ResourceOptions(parent=self)
        self._after_nodes = pulumi.ResourceOptions(parent=self, depends_on=[*parts.deployed])
        names, account, watched = context.names, context.account, parts.watched
        self._count(parts.logs)
        if parts.export is not None:
            self._count_exports(parts.export)

        planned = alarms.alarms(watched, monitoring)
        topic = monitoring.alarm_topic_arn
        self.topic_arn: pulumi.Output[str] = pulumi.Output.from_input(topic) if topic is not None else self._topic("alarms")
        """ARN of the topic that alarms go to."""
        rules = list(self._rules())
        if topic is None:
            self._admit(rules)
        edge_topic = self._edge_topic() if any(alarm.edge for alarm in planned) else self.topic_arn
        metric_alarms = {alarm.key: self._alarm(alarm, edge_topic if alarm.edge else self.topic_arn) for alarm in planned}
        if watched.load_balancer is None:
            self._all_down([alarm for key, alarm in metric_alarms.items() if key.startswith("node-down-")])

        error_groups = [
            names.log_group(node, container) for node, containers in parts.logs.items() for container in containers if container != collector.CONTAINER
        ]
        records = names.metrics_log_group if monitoring.metrics == "cloudwatch" else None
        body = dashboard.body(watched, account.region, [alarm.arn for alarm in metric_alarms.values()], error_groups, records)
        aws.cloudwatch.Dashboard(name, dashboard_name=names.flat, dashboard_body=pulumi.Output.json_dumps(body), opts=self._own)
        self.dashboard_url: str = f"https://{account.region}.console.aws.amazon.com/cloudwatch/home?region={account.region}#dashboards/dashboard/{names.flat}"
        """Where the dashboard is."""
        if monitoring.monthly_budget_usd is not None:
            self._budget(monitoring.monthly_budget_usd)
        self.register_outputs({"topicArn": self.topic_arn})

    def _count(self, logs: Logs) -> None:
        for node, containers in logs.items():
            for wanted in (*log_filters.FILTERS, *log_filters.MEASURES, *self._parts.watched.regional, log_filters.STARTS):
                for container in wanted.containers:
                    transformation: Any = {"name": wanted.metric, "namespace": self._names.metrics, "value": wanted.value}
                    if wanted is log_filters.STARTS:
                        transformation["dimensions"] = {log_filters.STARTS_DIMENSION: "$node"}
                    elif wanted in log_filters.FILTERS:
                        transformation["default_value"] = "0"  # so that "nothing wrong" differs from "no logs"
                    aws.cloudwatch.LogMetricFilter(
                        f"{self._name}-{node}-{container}-{wanted.metric}",
                        log_group_name=containers[container].name,
                        pattern=wanted.pattern,
                        metric_transformation=transformation,
                        opts=self._own,
                    )

    def _count_exports(self, export: PinsetExport) -> None:
        wanted = log_filters.EXPORTS
        aws.cloudwatch.LogMetricFilter(
            f"{self._name}-{wanted.metric}",
            log_group_name=export.log_group.name,
            pattern=wanted.pattern,
            metric_transformation={"name": wanted.metric, "namespace": self._names.metrics, "value": "1"},
            opts=self._own,
        )

    def _rules(self) -> Iterator[aws.cloudwatch.EventRule]:
        backup, export = self._parts.backup, self._parts.export
        if export is not None:
            pattern = pulumi.Output.all(self._parts.ecs_cluster_arn, export.family_arn).apply(lambda arns: events.failed_task(*arns))
            yield self._rule(events.EXPORT, pattern)
        if backup is not None:
            file_systems = pulumi.Output.all(*backup.file_system_arns)
            pattern = pulumi.Output.all(file_systems, backup.role_arn).apply(lambda arns: events.failed_backups(arns[0], arns[1]))
            yield self._rule(events.BACKUP, pattern)

    def _rule(self, notified: events.Notification, pattern: pulumi.Output[events.Pattern]) -> aws.cloudwatch.EventRule:
        name = f"{self._name}-{notified.key}"
        text = self._describe(notified.what, notified.section)
        rule = aws.cloudwatch.EventRule(name, description=text, event_pattern=pulumi.Output.json_dumps(pattern), tags=self._tags.named(name), opts=self._own)
        template: Any = {"input_template": events.template(notified, text)}
        aws.cloudwatch.EventTarget(name, rule=rule.name, arn=self.topic_arn, input_transformer=template, opts=self._own)
        return rule

    def _admit(self, rules: Sequence[aws.cloudwatch.EventRule]) -> None:
        """Lets rules, and still alarms, publish to the topic that is created here; a user's own topic has its own policy."""
        policy = pulumi.Output.all(self.topic_arn, *[rule.arn for rule in rules]).apply(lambda arns: permissions.topic_policy(self._account, arns[0], arns[1:]))
        aws.sns.TopicPolicy(f"{self._name}-alarms", arn=self.topic_arn, policy=pulumi.Output.json_dumps(policy), opts=self._own)

    def _topic(self, what: str, region: str | None = None) -> pulumi.Output[str]:
        name = f"{self._name}-{what}"
        topic = aws.sns.Topic(name, region=region, tags=self._tags.named(name), opts=self._own)
        for address in self._monitoring.alarm_emails:
            aws.sns.TopicSubscription(
                f"{name}-{address}",
                topic=topic.arn,
                protocol="email",
                endpoint=address,
                filter_policy=json.dumps(events.MAIL_FILTER),
                filter_policy_scope="MessageBody",
                region=region,
                opts=self._own,
            )
        return topic.arn

    def _edge_topic(self) -> pulumi.Output[str]:
        """The topic of alarms in us-east-1: an alarm can notify only topics of its Region."""
        given = self._monitoring.edge_alarm_topic_arn
        if given is not None:
            return pulumi.Output.from_input(given)
        return self.topic_arn if self._account.region == CERTIFICATE_REGION else self._topic("edge-alarms", CERTIFICATE_REGION)

    def _describe(self, what: str, section: str) -> str:
        return f"IPFS cluster {self._names.flat} ({self._account.region}): {what}. What to do: docs/operations.md#{section}"

    def _alarm(self, alarm: Alarm, topic: pulumi.Output[str]) -> aws.cloudwatch.MetricAlarm:
        if alarm.expression:
            queries: list[Any] = [{"id": "result", "expression": alarm.expression, "label": alarm.key, "return_data": True}]
            for key, series in alarm.series.items():
                metric = {"namespace": series.namespace, "metric_name": series.metric, "dimensions": series.dimensions}
                queries.append({"id": key, "metric": {**metric, "stat": series.statistic, "period": series.period}})
            compared: dict[str, Any] = {"metric_queries": queries}
        else:
            (series,) = alarm.series.values()
            compared = {
                "namespace": series.namespace,
                "metric_name": series.metric,
                "dimensions": series.dimensions,
                "statistic": series.statistic,
                "period": series.period,
            }
        # All of it, though there may be data earlier: of the time when the nodes started one after another.
        warm_up: Any = (
            {"warm_up_period_duration_in_minutes": alarm.warm_up_minutes, "only_start_evaluating_after_warm_up_period_ends": True}
            if alarm.warm_up_minutes
            else None
        )
        name = f"{self._name}-{alarm.key}"
        return aws.cloudwatch.MetricAlarm(
            name,
            alarm_description=self._describe(alarm.what, alarm.section),
            **compared,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.of or None,
            treat_missing_data=alarm.missing,
            warm_up_configuration=warm_up,
            alarm_actions=[topic],
            ok_actions=[topic],
            region=CERTIFICATE_REGION if alarm.edge else None,
            tags=self._tags.named(name),
            opts=self._after_nodes,
        )

    def _all_down(self, nodes: Sequence[aws.cloudwatch.MetricAlarm]) -> None:
        name = f"{self._name}-all-down"
        aws.cloudwatch.CompositeAlarm(
            name,
            alarm_name=f"{self._names.flat}-all-down",
            alarm_description=self._describe("no node runs", "all-down"),
            alarm_rule=pulumi.Output.all(*[alarm.name for alarm in nodes]).apply(lambda names: " AND ".join(f'ALARM("{name}")' for name in names)),
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            tags=self._tags.named(name),
            opts=self._own,
        )

    def _budget(self, limit: int) -> None:
        emails = list(self._monitoring.alarm_emails)

        def notification(type_: str, percent: int) -> Any:
            return {
                "comparison_operator": "GREATER_THAN",
                "notification_type": type_,
                "threshold": percent,
                "threshold_type": "PERCENTAGE",
                "subscriber_email_addresses": emails,
            }

        name = f"{self._name}-budget"
        aws.budgets.Budget(
            name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(limit),
            limit_unit="USD",
            cost_filters=[{"name": "TagKeyValue", "values": [f"user:ipfs-cluster${self._names.flat}"]}],
            notifications=[notification("ACTUAL", 80), notification("FORECASTED", 100)],
            tags=self._tags.named(name),
            opts=self._own,
        )
