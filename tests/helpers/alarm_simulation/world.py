"""What happens to a cluster, and the samples that it makes of CloudWatch's metrics."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ipfs_cluster.daemons import health

from tests.helpers.alarm_simulation.metric_math import Value
from tests.helpers.alarm_simulation.registered import MINUTE, Series

HOUR = 3600
FOREVER = math.inf
# How many seconds after the fact metrics arrive: those of load balancers, and all others.
_LATE = {"AWS/ApplicationELB": 120}
_LATE_ELSE = 60


@dataclass(frozen=True)
class Pace:
    """How long each part of a restart takes, in seconds."""

    name: str
    drain: int = 15
    """The target groups' deregistration delay."""
    stop: int = 10
    """From the signal to stop to the end of the task: task's stopTimeout at most."""
    provision: int = 75
    """Until the task's first container starts: a network interface, images, configure."""
    kubo: int = 10
    """Until kubo is healthy: its start period at most. Then ipfs-cluster starts, the task runs and is registered."""
    cluster: int = 10
    """Until ipfs-cluster answers: its start period at most."""
    healthy: int = 5
    """A health check of the load balancer's."""
    steady: int = 45
    """Until ECS calls the service steady, and the next one is begun."""


BRISK = Pace("brisk")
SLOW = Pace("slow", stop=120, provision=120, kubo=health.START_PERIOD_SECONDS, cluster=health.START_PERIOD_SECONDS)
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
    other: "World | None" = None
    """What happens in another Region."""
    link_failed: tuple[float, float] = (FOREVER, FOREVER)
    """From when to when the Regions do not reach each other."""
    unanswered: float = FOREVER
    """From when on a node gets no answer from one that runs."""
    behind: Callable[[float], float] = lambda _: 0
    """By how many seconds the other Region is behind."""
    one_sided: Callable[[float], float] = lambda _: 0
    """How many pins miss a Region."""
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
        if self.other is not None:
            for index, node in enumerate(self.runs):
                # A minute, and what a look takes.
                for look in range(int(end) // 62):
                    yield from self._regions(node, self.other, 62 * look + 7 * index)
        for node, starts in self.starts.items():
            yield from (("TaskStarts", node, second, 1) for second in starts)
        yield from (("PinsetExports", "", second, 1) for second in self.exports)

    def _load_balancer(self, minute: float) -> Iterator[tuple[str, str, float, float]]:
        # Each of its nodes reports once a minute.
        for role, second in itertools.product(("gateway", "api"), (minute + 20, minute + 50)):
            registered_ = [run for node in self.runs if (run := self._now(node, second)) and run.running <= second < run.deregistered]
            if registered_:
                # What has gone is found unhealthy by three checks.
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

    def _regions(self, node: str, other: "World", look: float) -> Iterator[tuple[str, str, float, float]]:
        run = self._now(node, look)
        if run is None or not run.running + 60 <= look < run.signalled:
            return
        begun, ended = self.link_failed
        unseen = len(other.runs) if begun <= look < ended else sum(not other._answers(there, look) for there in other.runs)
        yield "RegionNodesUnseen", "", look, unseen
        yield "RegionsApart", "", look, unseen == len(other.runs)
        yield "NodesCutOff", "", look, look >= self.unanswered and node == next(iter(self.runs))
        yield "RegionLag", "", look, self.behind(look)
        yield "PinsOneSided", "", look, self.one_sided(look)


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
