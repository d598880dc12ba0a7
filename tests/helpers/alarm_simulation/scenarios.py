"""Clusters to which something happens."""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ipfs_cluster.daemons import health

from tests.helpers import members
from tests.helpers.alarm_simulation.evaluation import OK, UNKNOWN, Up, play, rings
from tests.helpers.alarm_simulation.registered import MINUTE, Alarm, Composite, registered
from tests.helpers.alarm_simulation.world import BRISK, FOREVER, HOUR, SLOW, Pace, World

TWO_REGIONS: Mapping[str, Any] = {
    "members": {"others": {"us-east-1": members.text(replicas_per_region=1)}},
    "pinning": {"replicasPerRegion": 1},
    "gateway": {"open": True},
}

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


def hanging(seconds: float) -> Scenario:
    """A node's ipfs-cluster answers no more; ECS restarts it again and again, each time after so many seconds."""
    scenario = running(3)
    node, world, at = scenario.nodes()[1], scenario.world, scenario.now
    world.runs[node][-1].api_ended = at
    at = world.stop(node, at + 145, BRISK)  # the pause after a good health check, and ten that wait five seconds each, five apart
    for _ in range(8):
        world.start(node, at, BRISK)
        world.runs[node][-1].api = FOREVER
        at = world.stop(node, world.runs[node][-1].running + seconds, BRISK)
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


def two_regions(others: int = 3) -> Scenario:
    """A cluster with nodes in another Region, all of which have run for a while."""
    scenario = running(3, **TWO_REGIONS)
    other, at = World(), _BEFORE_NODES + 0.0
    for index in range(others):
        at = other.start(f"there-{index}", at, BRISK)
    scenario.world.other = other
    return scenario


def other_region_updated(others: int, pace: Pace) -> Scenario:
    """The nodes of the other Region restart one after another."""
    scenario = two_regions(others)
    at, other = scenario.now, scenario.world.other
    assert other is not None
    for node in other.runs:
        at = other.restart(node, at, pace)
    scenario.now = at
    return scenario


def other_region_lost() -> Scenario:
    """No node of the other Region is left."""
    scenario = two_regions()
    other = scenario.world.other
    assert other is not None
    for node in other.runs:
        other.lose(node, scenario.now)
    return scenario


def link_failed(minutes: float) -> Scenario:
    """The Regions do not reach each other for so long. What was pinned meanwhile misses the other one, and gets there at fifty a minute."""
    scenario = two_regions()
    begun, ended = scenario.now, scenario.now + minutes * MINUTE
    scenario.world.link_failed = (begun, ended)
    scenario.world.one_sided = lambda at: max(0, 500 - (50 * (at - ended - 180) / MINUTE if at > ended + 180 else 0)) if at > begun + MINUTE else 0
    scenario.world.behind = lambda at: 100 if ended <= at < ended + 2 * MINUTE else 0
    scenario.now = ended
    return scenario


def between_regions(**what: Any) -> Scenario:
    """From now on something is wrong between the Regions."""
    scenario = two_regions()
    since = scenario.now
    for name, value in what.items():
        setattr(scenario.world, name, since if name == "unanswered" else lambda at, value=value: value if at >= since else 0)
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
    "a node's API hangs, until the service's grace period has passed": functools.partial(hanging, 2 * health.START_PERIOD_SECONDS),
    "a node's API hangs, until the container is unhealthy": functools.partial(hanging, health.START_PERIOD_SECONDS + 50),
    "a node sees no other": apart,
    "one collector silent": functools.partial(silent, 1),
    "all collectors silent": functools.partial(silent, 0, 1, 2),
    "a tenth of 5xx": functools.partial(errors, 100, 10),
    **{f"first deployment with another Region, {pace.name}": functools.partial(first_deployment, 3, pace, **TWO_REGIONS) for pace in (BRISK, SLOW)},
    **{
        f"another Region's {count} nodes are updated, {pace.name}": functools.partial(other_region_updated, count, pace)
        for count in (1, 9)
        for pace in (BRISK, SLOW)
    },
    "another Region is lost": other_region_lost,
    "the link to another Region fails for ten minutes": functools.partial(link_failed, 10),
    "the link to another Region fails for half an hour": functools.partial(link_failed, 30),
    "a node gets no answer from one that runs": functools.partial(between_regions, unanswered=True),
    "another Region is ten minutes behind": functools.partial(between_regions, behind=600),
    "pins miss a Region, and stay so": functools.partial(between_regions, one_sided=3),
}


def export_ends() -> dict[str, float]:
    """The pinset is exported no more after three days; in minutes since its last export."""
    scenario = running(3)
    scenario.world.exports = scenario.world.exports[:3]
    last = scenario.world.exports[-1]
    changes = play(scenario.world, scenario.ups, last + 60 * HOUR, every=10 * MINUTE, only="pinset-export")
    return rings(changes, last)


def messages_at_creation() -> int:
    """How many alarms come to OK from nothing, which their topic is told of."""
    scenario = first_deployment(3, BRISK)
    return sum(1 for change in play(scenario.world, scenario.ups, scenario.now + HOUR) if (change.before, change.after) == (UNKNOWN, OK))
