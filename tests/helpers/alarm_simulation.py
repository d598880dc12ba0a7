"""A deployment's alarms, played minute by minute: ``python -m tests.helpers.alarm_simulation`` prints what rings when.

The alarms are those that the program registers. The data points are those that the events of a deployment make, with the durations that
the program's own health checks, start periods, deregistration delay and stop timeout imply. They are evaluated as CloudWatch does it
(CloudWatch User Guide, "Alarm evaluation", "Configuring how CloudWatch alarms treat missing data", "Alarm warm-up periods", "Using math
expressions with CloudWatch metrics"):

- Every minute an alarm looks at windows of its period that end now, a period ago, and so on, and at two more than it evaluates.
- If as many of them hold data as it evaluates, the latest of those count and missing ones do not. Else what is missing counts as the
  alarm says: as bad, as good, or (ignore) the state stays unless a good one is among them.
- It rings if as many as it asks for are bad, else it is OK. An alarm that was changed keeps its state and looks back at once, also to
  the time before its change or its creation. A warm-up is for new ones.
- In metric math what is missing counts as 0 beside what is there, a condition that is missing drops the point, and FILL fills it.
- Metrics arrive late: two minutes after the fact (load balancer), one minute (all others).
"""

import ast
import functools
import itertools
import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ipfs_cluster.daemons import task

from sandbox.simulation import Registration
from tests.helpers.support import Deployed, Groups, deployed, inputs_of

MINUTE = 60
HOUR = 3600
FOREVER = math.inf
_MORE_WINDOWS = 2
_LATE = {"AWS/ApplicationELB": 120}
_LATE_ELSE = 60


# --- alarms -----------------------------------------------------------------------------------------------------------


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


# --- metric math ------------------------------------------------------------------------------------------------------

Value = float | None
"""Of a data point; none where it is missing."""


def calculate(expression: str, values: Mapping[str, Value]) -> Value:
    """An expression at one point of time."""
    return _evaluate(_parsed(expression), values)


@functools.cache
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def _evaluate(node: ast.expr, values: Mapping[str, Value]) -> Value:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.BinOp):
        return _calculated(node, _evaluate(node.left, values), _evaluate(node.right, values))
    if isinstance(node, ast.Compare):
        left, right = _evaluate(node.left, values), _evaluate(node.comparators[0], values)
        if _missing(node.left, left, node.comparators[0], right):
            return None
        compare: Mapping[type, Callable[[float, float], bool]] = {
            ast.Gt: float.__gt__,
            ast.GtE: float.__ge__,
            ast.Lt: float.__lt__,
            ast.LtE: float.__le__,
        }
        return float(compare[type(node.ops[0])](left or 0.0, right or 0.0))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    arguments = [_evaluate(argument, values) for argument in node.args]
    if node.func.id == "FILL":
        return arguments[1] if arguments[0] is None else arguments[0]
    assert node.func.id == "IF", node.func.id
    condition, then, otherwise = arguments
    return None if condition is None else (then or 0.0) if condition else otherwise


def _missing(left: ast.expr, left_value: Value, right: ast.expr, right_value: Value) -> bool:
    """A number is there wherever the other side is."""
    known = [value for side, value in ((left, left_value), (right, right_value)) if not isinstance(side, ast.Constant)]
    return all(value is None for value in known)


def _calculated(node: ast.BinOp, left: Value, right: Value) -> Value:
    if _missing(node.left, left, node.right, right):
        return None
    a, b = left or 0.0, right or 0.0
    if isinstance(node.op, ast.Div):
        return a / b if b else None
    operations: Mapping[type, Callable[[float, float], float]] = {ast.Add: float.__add__, ast.Sub: float.__sub__, ast.Mult: float.__mul__}
    return operations[type(node.op)](a, b)


# --- the world --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pace:
    """How long each part of a restart takes, in seconds."""

    name: str
    drain: int = 30
    """The target groups' deregistration delay."""
    stop: int = 10
    """From the signal to stop to the end of the task: task's stopTimeout at most."""
    provision: int = 75
    """Until the task's first container starts: a network interface, images, configure."""
    kubo: int = 20
    """Until kubo is healthy: its start period at most. Then ipfs-cluster starts, the task runs and is registered."""
    cluster: int = 20
    """Until ipfs-cluster answers: its start period at most."""
    healthy: int = 20
    """Two health checks of the load balancer's, every ten seconds."""
    steady: int = 45
    """Until ECS calls the service steady, and the next one is begun."""


BRISK = Pace("brisk")
SLOW = Pace("slow", stop=120, provision=120, kubo=task.START_PERIOD_SECONDS, cluster=task.START_PERIOD_SECONDS)
"""The most that the program's own limits allow."""


@dataclass
class Run:
    """A task of a node: from when to when it does what."""

    started: float
    running: float
    gateway: float
    api: float
    deregistered: float = FOREVER
    signalled: float = FOREVER
    ended: float = FOREVER
    collector_ended: float = FOREVER
    api_ended: float = FOREVER
    """When ipfs-cluster no longer answers, though the task goes on."""


@dataclass
class World:
    """What happens, in seconds."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    """By node."""
    starts: dict[str, list[float]] = field(default_factory=dict)
    exports: list[float] = field(default_factory=list)
    alone: dict[str, float] = field(default_factory=dict)
    """From when on a node's ipfs-cluster sees no other, though all run."""
    load_balancer: Callable[[float], tuple[float, float]] = lambda _: (0, 0)
    """Requests and 5xx of a minute."""
    cloudfront: Callable[[float], tuple[float, float]] = lambda _: (0, 0)
    """Requests and percent of 5xx of a minute."""

    def start(self, node: str, at: float, pace: Pace) -> float:
        """A task starts; gives when its service is steady."""
        begun = at + pace.provision
        running = begun + pace.kubo
        self.starts.setdefault(node, []).append(begun)
        self.runs.setdefault(node, []).append(Run(begun, running, running + pace.healthy, running + pace.cluster + pace.healthy))
        return running + pace.cluster + pace.healthy + pace.steady

    def stop(self, node: str, at: float, pace: Pace) -> float:
        """A task is stopped; gives when it has ended."""
        run = self.runs[node][-1]
        run.deregistered, run.signalled, run.ended = at, at + pace.drain, at + pace.drain + pace.stop
        return run.ended

    def restart(self, node: str, at: float, pace: Pace) -> float:
        """A task is replaced; gives when its service is steady."""
        return self.start(node, self.stop(node, at, pace), pace)

    def lose(self, node: str, at: float) -> None:
        """A task is gone at once, and its target a minute later."""
        run = self.runs[node][-1]
        run.signalled = run.ended = at
        run.deregistered = at + MINUTE

    def _now(self, node: str, at: float) -> Run | None:
        return next((run for run in self.runs[node] if run.started <= at < max(run.ended, run.deregistered)), None)

    def _answers(self, node: str, at: float) -> bool:
        run = self._now(node, at)
        return run is not None and run.api - BRISK.healthy <= at < min(run.signalled, run.api_ended)

    def samples(self, end: float) -> Iterator[tuple[str, str, float, float]]:
        """Metric, subject, second and value of everything that is measured."""
        for minute in range(0, int(end), MINUTE):
            yield from self._load_balancer(minute)
            for index, node in enumerate(self.runs):
                yield from self._node(node, minute, minute + 7 * (index + 1) % MINUTE)
            requests, percent = self.cloudfront(minute)
            for role in ("gateway", "api") if requests else ():
                yield "Requests", role, minute, requests
                yield "5xxErrorRate", role, minute, percent
        for node, starts in self.starts.items():
            yield from (("TaskStarts", node, second, 1) for second in starts)
        yield from (("PinsetExports", "", second, 1) for second in self.exports)

    def _load_balancer(self, minute: float) -> Iterator[tuple[str, str, float, float]]:
        # Each of its nodes reports once a minute.
        for role, second in itertools.product(("gateway", "api"), (minute + 20, minute + 50)):
            registered_ = [run for node in self.runs if (run := self._now(node, second)) and run.running <= second < run.deregistered]
            if registered_:
                # What has gone is found unhealthy by two checks.
                healthy = [
                    run for run in registered_ if getattr(run, role) <= second < min(run.ended, run.api_ended if role == "api" else FOREVER) + BRISK.healthy
                ]
                yield "HealthyHostCount", role, second, len(healthy)
                yield "UnHealthyHostCount", role, second, len(registered_) - len(healthy)
        requests, errors = self.load_balancer(minute)
        if requests:
            yield "RequestCount", "", minute, requests
        if errors:
            yield "HTTPCode_Target_5XX_Count", "", minute, errors

    def _node(self, node: str, minute: float, scrape: float) -> Iterator[tuple[str, str, float, float]]:
        run = self._now(node, minute + 30)
        if run is not None and run.running <= minute + 30 < run.ended:
            yield "CPUUtilization", node, minute + 30, 10
            yield "MemoryUtilization", node, minute + 30, 20
        run = self._now(node, scrape)
        if run is not None and run.running + 5 <= scrape < min(run.signalled, run.collector_ended):
            apart = {other for other, since in self.alone.items() if scrape >= since}
            sees = [o for o in self.runs if o != node and self._answers(o, scrape - 10) and self._answers(node, scrape - 10) and not {o, node} & apart]
            yield "libp2p_rcmgr_connections", "", scrape, len(sees)
            yield "ipfscluster_pins", "", scrape, 100
            yield "ipfscluster_pins_pin_error", "", scrape, 0


class Data:
    """All samples, by minute."""

    def __init__(self, world: World, end: float) -> None:
        self._minutes: dict[tuple[str, str], dict[int, list[tuple[float, float]]]] = {}
        self._whole: dict[tuple[Series, float], Value] = {}
        for metric, subject, second, value in world.samples(end):
            self._minutes.setdefault((metric, subject), {}).setdefault(int(second // MINUTE), []).append((second, value))

    def has(self, series: Series) -> bool:
        """Whether there is any data point of it."""
        return (series.metric, series.subject) in self._minutes

    def point(self, series: Series, end: float, now: float) -> Value:
        """The data point of the period before ``end``, of what has arrived by now."""
        arrived = now - _LATE.get(series.namespace, _LATE_ELSE)
        if arrived < end:
            return self._point(series, end, arrived)
        if (series, end) not in self._whole:
            self._whole[series, end] = self._point(series, end, arrived)
        return self._whole[series, end]

    def _point(self, series: Series, end: float, arrived: float) -> Value:
        known = self._minutes.get((series.metric, series.subject), {})
        values = [
            value for minute in range(int((end - series.period) // MINUTE), int(end // MINUTE)) for second, value in known.get(minute, ()) if second <= arrived
        ]
        if not values:
            return None
        if series.statistic == "Average":
            return sum(values) / len(values)
        statistics: Mapping[str, Callable[[Sequence[float]], float]] = {"Sum": sum, "Minimum": min, "Maximum": max, "SampleCount": len}
        return float(statistics[series.statistic](values))


# --- evaluation -------------------------------------------------------------------------------------------------------

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"


def evaluate(alarm: Alarm, points: Sequence[Value], state: str) -> str:
    """The state after a look at some points, the latest first."""
    good: Mapping[str, Callable[[float], bool]] = {
        "LessThanThreshold": lambda value: value >= alarm.threshold,
        "GreaterThanThreshold": lambda value: value <= alarm.threshold,
        "GreaterThanOrEqualToThreshold": lambda value: value < alarm.threshold,
    }
    real = [good[alarm.comparison](point) for point in points if point is not None][: alarm.periods]
    lacking = alarm.periods - len(real)
    if lacking and alarm.missing == "ignore":
        return state if not any(real) else OK
    bad = real.count(False) + (lacking if alarm.missing == "breaching" else 0)
    return ALARM if bad >= alarm.enough else OK


@dataclass
class Up:
    """A run of the program: what it registers, and when."""

    alarms: tuple[Alarm, ...]
    composites: tuple[Composite, ...]
    begun: float
    ready: Mapping[str, float]
    """When each node's service was steady."""

    def at(self, alarm: Alarm) -> float:
        """When an alarm is made or changed: at once, unless it waits for services."""
        return max([self.begun + MINUTE, *(self.ready[node] + 5 for node in alarm.waits_for)])

    @property
    def done(self) -> float:
        """When everything is, and what is no longer wanted goes."""
        return max([self.begun, *self.ready.values()]) + MINUTE


@dataclass(frozen=True)
class Told:
    """A state that an alarm came to."""

    at: float
    alarm: str
    before: str
    after: str


def play(world: World, ups: Sequence[Up], end: float, start: float = 0, every: float = MINUTE, only: str = "") -> list[Told]:
    """All changes of all alarms' states, looked at from some time on."""
    data, states, told = Data(world, end), dict[str, str](), list[Told]()
    made: dict[str, float] = {}
    now = start
    while now < end:
        current: dict[str, Alarm] = {}
        composites: dict[str, Composite] = {}
        for up in ups:
            if now >= up.done:
                wanted = {alarm.name for alarm in up.alarms}
                for gone in [name for name in current if name not in wanted]:
                    del current[gone]
                composites.clear()
            for alarm in up.alarms:
                if now >= up.at(alarm):
                    current[alarm.name] = alarm
                    made.setdefault(alarm.name, up.at(alarm))
            if now >= up.done:
                composites.update({composite.name: composite for composite in up.composites})
        for name, alarm in current.items():
            if only and name != only:
                continue
            before, points = states.get(name, UNKNOWN), []
            if now < made[name] + alarm.warm_up:
                states[name] = UNKNOWN
                continue
            if alarm.missing != "breaching" and not any(map(data.has, alarm.series.values())):
                # Nothing happens that it is on.
                if alarm.missing == "notBreaching" and before == UNKNOWN:
                    states[name] = OK
                    told.append(Told(now, name, before, OK))
                continue
            period = next(iter(alarm.series.values())).period
            for index in range(alarm.periods + _MORE_WINDOWS):
                values = {key: data.point(series, now - index * period, now) for key, series in alarm.series.items()}
                points.append(calculate(alarm.expression, values))
            states[name] = evaluate(alarm, points, before)
            if states[name] != before:
                told.append(Told(now, name, before, states[name]))
        for name, composite in composites.items():
            before = states.get(name, UNKNOWN)
            states[name] = ALARM if all(states.get(of) == ALARM for of in composite.of) else OK
            if states[name] != before:
                told.append(Told(now, name, before, states[name]))
        now += every
    return told


def rings(told: Sequence[Told], since: float = 0) -> dict[str, float]:
    """What rang, and how many minutes after ``since`` first."""
    found: dict[str, float] = {}
    for change in told:
        if change.after == ALARM and change.at >= since:
            found.setdefault(change.alarm, round((change.at - since) / MINUTE, 1))
    return found


# --- scenarios --------------------------------------------------------------------------------------------------------

# Network, file systems and load balancer come first; a cluster has run for a while when something happens to it.
_BEFORE_NODES = 4 * MINUTE
_QUIET = 90 * MINUTE


@dataclass
class Scenario:
    """A cluster that is there, and what is to happen to it."""

    world: World
    ups: list[Up]
    now: float
    begun: float
    """When what is looked at began."""

    def nodes(self) -> list[str]:
        """Those that there are."""
        return list(self.ups[-1].ready)

    def after(self, seconds: float = HOUR) -> dict[str, float]:
        """What rings from its beginning on, until some time after its end."""
        return rings(play(self.world, self.ups, self.now + seconds, max(0, self.begun - HOUR)), self.begun)


def _asked(count: int, more: Mapping[str, Any]) -> tuple[tuple[Alarm, ...], tuple[Composite, ...], tuple[str, ...]]:
    groups = {"nodes": {"count": count}, "backup": {"pinsetSchedule": "rate(1 day)"}, **more}
    return registered(**{key: json.dumps(value) for key, value in groups.items()})


def first_deployment(count: int, pace: Pace, **more: Any) -> Scenario:
    """Nodes start one after another."""
    alarms, composites, nodes = _asked(count, more)
    world, ready = World(), dict[str, float]()
    at: float = _BEFORE_NODES
    for node in nodes:
        at = ready[node] = world.start(node, at, pace)
    world.exports = [at + 10 * MINUTE + day * 24 * HOUR for day in range(10)]
    return Scenario(world, [Up(alarms, composites, 0, ready)], at, 0)


def running(count: int, pace: Pace = BRISK, **more: Any) -> Scenario:
    """A cluster that has run for a while."""
    made = first_deployment(count, pace, **more)
    made.now = made.begun = made.now + _QUIET
    return made


def update(scenario: Scenario, count: int, pace: Pace, **more: Any) -> Scenario:
    """Another run of the program: the nodes restart one after another, those that come start after them, those that go end at last."""
    alarms, composites, nodes = _asked(count, more)
    begun, ready, world = scenario.now, dict[str, float](), scenario.world
    at = begun + 30
    for node in nodes:
        at = ready[node] = (world.restart if node in scenario.nodes() else world.start)(node, at, pace)
    up = Up(alarms, composites, begun, ready)
    for node in scenario.nodes():
        if node not in nodes:
            at = world.stop(node, max(at, up.done), pace)
    scenario.ups.append(up)
    scenario.now = at
    return scenario


def roll(count: int, pace: Pace, **more: Any) -> Scenario:
    """An update of all nodes."""
    return update(running(count, **more), count, pace, **more)


def scale(pace: Pace) -> Scenario:
    """From three nodes to four, to five, and back."""
    scenario = running(3)
    for count in (4, 5, 3):
        scenario = update(scenario, count, pace)
        scenario.now += _QUIET
    return scenario


def failed_update(count: int = 3) -> Scenario:
    """The first node's new task ends by itself after half a minute, three times; ECS goes back. No other node is touched."""
    scenario = running(count)
    node, world = scenario.nodes()[0], scenario.world
    at = world.stop(node, scenario.now, BRISK)
    for _ in range(3):
        begun = at + BRISK.provision
        world.starts[node].append(begun)
        at = begun + 30 + 15
    scenario.now = world.start(node, at, BRISK)
    return scenario


def lost(*which: int, count: int = 3, **more: Any) -> Scenario:
    """Nodes are gone, and do not come back."""
    scenario = running(count, **more)
    for index in which:
        scenario.world.lose(scenario.nodes()[index], scenario.now)
    return scenario


def silent(*which: int, **more: Any) -> Scenario:
    """Collectors send nothing any more, though their nodes are well."""
    scenario = running(3, **more)
    for index in which:
        scenario.world.runs[scenario.nodes()[index]][-1].collector_ended = scenario.now
    return scenario


def hanging() -> Scenario:
    """A node's ipfs-cluster answers no more; ECS restarts it again and again, each time when the container's start period has passed."""
    scenario = running(3)
    node, world, at = scenario.nodes()[1], scenario.world, scenario.now
    world.runs[node][-1].api_ended = at
    at = world.stop(node, at + 50, BRISK)
    for _ in range(8):
        world.start(node, at, BRISK)
        world.runs[node][-1].api = FOREVER
        at = world.stop(node, world.runs[node][-1].running + task.START_PERIOD_SECONDS + 50, BRISK)
    return scenario


def apart() -> Scenario:
    """A node's ipfs-cluster sees no other, though all are well."""
    scenario = running(3)
    scenario.world.alone[scenario.nodes()[2]] = scenario.now
    return scenario


def errors(requests: float, percent: float) -> Scenario:
    """So many requests a minute, so many percent of them answered with 5xx."""
    scenario = running(3)
    since = scenario.now
    scenario.world.load_balancer = lambda minute: (requests, requests * percent / 100 if minute >= since else 0)
    scenario.world.cloudfront = lambda minute: (requests, percent if minute >= since else 0)
    return scenario


SCENARIOS: Mapping[str, Callable[[], Scenario]] = {
    **{f"first deployment, {count} nodes, {pace.name}": functools.partial(first_deployment, count, pace) for count in (1, 3) for pace in (BRISK, SLOW)},
    **{f"3 nodes to 4, to 5, to 3, {pace.name}": functools.partial(scale, pace) for pace in (BRISK, SLOW)},
    **{f"update of {count} nodes, {pace.name}": functools.partial(roll, count, pace) for count in (1, 3, 9) for pace in (BRISK, SLOW)},
    "a few requests, one a 5xx": functools.partial(errors, 1, 100),
    "a failed update": failed_update,
    "one node lost": functools.partial(lost, 1),
    "all nodes lost": functools.partial(lost, 0, 1, 2),
    "all nodes lost, no load balancer": functools.partial(lost, 0, 1, 2, edge={"mode": "none"}),
    "a node's API hangs": hanging,
    "a node sees no other": apart,
    "one collector silent": functools.partial(silent, 1),
    "all collectors silent": functools.partial(silent, 0, 1, 2),
    "a tenth of 5xx": functools.partial(errors, 100, 10),
}


def export_ends() -> dict[str, float]:
    """The pinset is exported no more after three days; in minutes since its last export."""
    scenario = running(3)
    scenario.world.exports = scenario.world.exports[:3]
    last = scenario.world.exports[-1]
    told = play(scenario.world, scenario.ups, last + 60 * HOUR, every=10 * MINUTE, only="pinset-export")
    return rings(told, last)


def messages_at_creation() -> int:
    """How many alarms come to OK from nothing, which their topic is told of."""
    scenario = first_deployment(3, BRISK)
    return sum(1 for change in play(scenario.world, scenario.ups, scenario.now + HOUR) if (change.before, change.after) == (UNKNOWN, OK))


def table() -> str:
    """What rings when in every scenario, for people."""
    lines = ["| what happens | what rings, and after how many minutes |", "|---|---|"]
    results = {name: scenario().after() for name, scenario in SCENARIOS.items()}
    results["no export of the pinset any more"] = export_ends()
    for name, found in results.items():
        told = ", ".join(f"{alarm} ({minutes:.0f})" for alarm, minutes in sorted(found.items(), key=lambda item: item[1]))
        lines.append(f"| {name} | {told or '–'} |")
    return "\n".join([*lines, "", f"messages that all is well at the first deployment: {messages_at_creation()}"])


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
