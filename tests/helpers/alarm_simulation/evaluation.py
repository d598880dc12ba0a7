"""How CloudWatch evaluates alarms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.helpers.alarm_simulation.metric_math import Value, calculate
from tests.helpers.alarm_simulation.registered import MINUTE, Alarm, Composite
from tests.helpers.alarm_simulation.world import Data, World

_MORE_WINDOWS = 2

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
class StateChange:
    """A state that an alarm came to."""

    at: float
    alarm: str
    before: str
    after: str


def play(world: World, ups: Sequence[Up], end: float, start: float = 0, every: float = MINUTE, only: str = "") -> list[StateChange]:
    """All changes of all alarms' states, looked at from some time on."""
    data, states, changes = Data(world, end), dict[str, str](), list[StateChange]()
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
                    changes.append(StateChange(now, name, before, OK))
                continue
            period = next(iter(alarm.series.values())).period
            for index in range(alarm.periods + _MORE_WINDOWS):
                values = {key: data.point(series, now - index * period, now) for key, series in alarm.series.items()}
                points.append(calculate(alarm.expression, values))
            states[name] = evaluate(alarm, points, before)
            if states[name] != before:
                changes.append(StateChange(now, name, before, states[name]))
        for name, composite in composites.items():
            before = states.get(name, UNKNOWN)
            states[name] = ALARM if all(states.get(of) == ALARM for of in composite.of) else OK
            if states[name] != before:
                changes.append(StateChange(now, name, before, states[name]))
        now += every
    return changes


def rings(changes: Sequence[StateChange], since: float = 0) -> dict[str, float]:
    """What rang, and how many minutes after ``since`` first."""
    found: dict[str, float] = {}
    for change in changes:
        if change.after == ALARM and change.at >= since:
            found.setdefault(change.alarm, round((change.at - since) / MINUTE, 1))
    return found
