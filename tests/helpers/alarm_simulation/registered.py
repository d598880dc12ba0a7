"""A deployment's alarms, as the program registers them."""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.simulation import Registration
from tests.helpers.support import Deployed, Groups, deployed, inputs_of

MINUTE = 60


@dataclass(frozen=True)
class Series:
    """A metric of something."""

    metric: str
    subject: str
    """The node, the endpoint's role or the distribution; empty for the whole cluster."""
    namespace: str
    statistic: str
    period: int


@dataclass(frozen=True)
class Alarm:
    """An alarm as it is registered."""

    name: str
    series: Mapping[str, Series]
    expression: str
    comparison: str
    threshold: float
    periods: int
    enough: int
    missing: str
    warm_up: int
    """In seconds."""
    waits_for: frozenset[str]
    """The nodes whose services it is made and changed after."""


@dataclass(frozen=True)
class Composite:
    """An alarm on alarms, which rings when all of them do."""

    name: str
    of: tuple[str, ...]


@functools.cache
def registered(**settings: Any) -> tuple[tuple[Alarm, ...], tuple[Composite, ...], tuple[str, ...]]:
    """Alarms and nodes of a deployment; ``settings`` are groups of the configuration as JSON."""
    groups: Groups = {"monitoring": {}, **{key: json.loads(value) for key, value in settings.items()}}
    with deployed(groups) as stack:
        nodes = tuple(stack.output("dns_names"))
        services = {r.urn: r.name.removeprefix("ipfs-").removesuffix("-service") for r in stack.registered("aws:ecs/service:Service")}
        distributions = {stack.output(f"{role}_distribution_id"): role for role in ("gateway", "api")}
        alarms = [_alarm(r, services, distributions) for r in stack.registered("aws:cloudwatch/metricAlarm:MetricAlarm")]
        composites = [_composite(stack, r) for r in stack.registered("aws:cloudwatch/compositeAlarm:CompositeAlarm")]
        return tuple(alarms), tuple(composites), nodes


def _short(name: str) -> str:
    return re.sub(r"^ipfs-monitoring-", "", name)


def _alarm(registration: Registration, services: Mapping[str, str], distributions: Mapping[str, str]) -> Alarm:
    inputs = inputs_of(registration)

    def series(namespace: str, metric: str, dimensions: Mapping[str, str], statistic: str, period: int) -> Series:
        subject = ""
        for key, value in dimensions.items():
            found = {
                "TargetGroup": "gateway" if "-gateway" in value else "api",
                "ServiceName": value.removeprefix("ipfs-node-"),
                "Node": value,
                "DistributionId": distributions.get(value, ""),
            }.get(key, "")
            subject = found or subject
        return Series(metric, subject, namespace, statistic, period)

    expression, found = "m", {}
    for query in inputs.get("metricQueries", []):
        if "expression" in query:
            expression = query["expression"]
        else:
            metric = query["metric"]
            found[query["id"]] = series(metric["namespace"], metric["metricName"], metric["dimensions"], metric["stat"], metric["period"])
    if not found:
        found["m"] = series(inputs["namespace"], inputs["metricName"], inputs.get("dimensions", {}), inputs["statistic"], inputs["period"])
    return Alarm(
        _short(registration.name),
        found,
        expression,
        inputs["comparisonOperator"],
        inputs["threshold"],
        inputs["evaluationPeriods"],
        inputs.get("datapointsToAlarm") or inputs["evaluationPeriods"],
        inputs["treatMissingData"],
        MINUTE * inputs.get("warmUpConfiguration", {}).get("warmUpPeriodDurationInMinutes", 0),
        frozenset(services[urn] for urn in registration.request.dependencies if urn in services),
    )


def _composite(stack: Deployed, registration: Registration) -> Composite:
    found = re.findall(r'ALARM\("ipfs-monitoring-(.*?)-\w{7}"\)', inputs_of(registration)["alarmRule"])
    assert stack.output("dns_names")
    return Composite(_short(registration.name), tuple(found))
