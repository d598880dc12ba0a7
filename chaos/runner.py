"""A run: a cluster, clients and faults, the end of all faults, and the check."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.engine import EngineError

from . import checker, clients, content, faults
from .checker import NodeState, Problem
from .cluster import Cluster
from .content import Item
from .history import FAULT, INVOKE, OK, SAID, UNDONE, WHOLE, Event, Recorder
from .plan import ADD, CLIENTS, Episode, Fault, Mode, episodes, operations
from .web import BrokenError, RefusedError

SETTLE_SECONDS = 120
"""How long an episode may wait until the cluster is whole again. Then the next one begins all the same."""
_LOOK_SECONDS = 1.0
_BROKEN = (OSError, EngineError, KeyError, ValueError)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """What a run is to do."""

    seed: int
    mode: Mode
    seconds: float
    """How long faults are injected."""
    patience: float
    """How long the cluster may take to become whole in the end, in seconds."""
    kinds: Sequence[str]
    """The kinds of faults."""
    folder: Path


@dataclass(frozen=True)
class Result:
    """A run's outcome."""

    settings: Settings
    events: Sequence[Event]
    problems: Sequence[Problem]
    healed: float
    """Seconds from the end of the last fault until the cluster was whole, or that it was waited for."""
    restarted: float
    """The same for the restart of all nodes after that."""
    left_out: dict[str, str] = field(default_factory=dict)


def run(settings: Settings, say: Say) -> Result:
    """Does a run. Raises EngineError if the cluster cannot be started."""
    recorder = Recorder(settings.folder / "history.jsonl")
    cluster = Cluster(settings.folder, settings.mode.groups(f"10.{100 + settings.seed % 40}.0.0/16"))
    left_out = faults.impossible()
    possible = [kind for kind in settings.kinds if kind not in left_out]
    try:
        say("starting the cluster …")
        cluster.up()
        _chaos(cluster, settings, possible, recorder, say)
        healed, problems = _become_whole(cluster, settings, recorder, say)
        say("restarting all nodes, one after another …")
        for node in range(len(cluster.names)):
            fault = Fault("restart", (node,), 0, 0)
            faults.inject(cluster, fault)
            faults.undo(cluster, fault)
        restarted, again = _become_whole(cluster, settings, recorder, say)
        problems += [problem for problem in again if problem not in problems]
        if not again:
            problems += _read_all(cluster, settings, recorder, say)
        return Result(settings, recorder.so_far(), problems, healed, restarted, left_out)
    finally:
        recorder.close()
        cluster.down()


# --- faults and clients -----------------------------------------------------------------------------------------------


def _chaos(cluster: Cluster, settings: Settings, possible: Sequence[str], recorder: Recorder, say: Say) -> None:
    stop, pool = threading.Event(), clients.Pool()
    count = settings.mode.nodes
    made = [clients.Client(number, settings.seed, operations(settings.seed, number, count), cluster, recorder, pool, stop) for number in range(CLIENTS)]
    for client in made:
        client.start()
    try:
        end = time.monotonic() + settings.seconds
        drawn = episodes(settings.seed, count, possible)
        while time.monotonic() < end:
            _play(cluster, next(drawn), recorder, say)
    finally:
        stop.set()
        for client in made:
            client.join()
    for client in made:
        if client.error is not None:
            raise client.error


def _play(cluster: Cluster, episode: Episode, recorder: Recorder, say: Say) -> None:
    say("; ".join(map(str, episode.faults)))
    begun = time.monotonic()
    moments = sorted(
        [(fault.at, FAULT, number) for number, fault in enumerate(episode.faults)]
        + [(fault.at + fault.lasts, UNDONE, number) for number, fault in enumerate(episode.faults)]
    )
    for at, phase, number in moments:
        time.sleep(max(0.0, begun + at - time.monotonic()))
        fault = episode.faults[number]
        recorder.add(phase, kind=fault.kind, detail=str(fault))
        try:
            (faults.inject if phase == FAULT else faults.undo)(cluster, fault)
        except EngineError as error:
            recorder.add(SAID, kind=fault.kind, detail=str(error))
            say(f"  {error}")
    if episode.waits:
        kinds = sorted({fault.kind for fault in episode.faults})
        before = checker.surely_pinned(recorder.so_far())
        took = _wait(lambda: _is_whole(cluster, before & checker.surely_pinned(recorder.so_far())), SETTLE_SECONDS)
        recorder.add(WHOLE, kind="+".join(kinds), detail="" if took is not None else "not", more={"seconds": took if took is not None else SETTLE_SECONDS})
        say(f"  whole again after {took:.1f} s" if took is not None else f"  NOT whole within {SETTLE_SECONDS} s")


def _wait(condition: Callable[[], bool], limit: float) -> float | None:
    """Seconds until a condition holds; none if it does not within the limit."""
    begun = time.monotonic()
    while time.monotonic() - begun < limit:
        looked = time.monotonic() - begun
        try:
            if condition():
                return looked
        except _BROKEN:
            pass
        time.sleep(_LOOK_SECONDS)
    return None


def _is_whole(cluster: Cluster, wanted: set[str]) -> bool:
    """Whether the nodes see each other, and have all that is wanted."""
    return cluster.see_each_other() and not checker.holding(cluster.states(), wanted)


# --- the end ----------------------------------------------------------------------------------------------------------


def _become_whole(cluster: Cluster, settings: Settings, recorder: Recorder, say: Say) -> tuple[float, list[Problem]]:
    """Ends every fault and waits until nothing is wrong any more, or the patience is over: how long it took, and what is wrong."""
    faults.heal_all(cluster)
    begun = time.monotonic()
    problems: list[Problem] = []
    shown = ""
    while True:
        looked = time.monotonic() - begun
        try:
            seen = cluster.see_each_other()
            states = cluster.states()
            problems = checker.problems(recorder.so_far(), states)
            _identities(states, recorder)
            status = f"{'all see all' if seen else 'not all see all'}, {len(problems)} problems"
            if seen and not _may_pass(problems):
                say(f"  whole after {looked:.1f} s: {len(states[0].pinset)} pins")
                return looked, problems
        except _BROKEN as error:
            status = f"waiting: {type(error).__name__}: {str(error)[:100]}"
        if status != shown:
            say(f"  {looked:5.1f} s: {status}")
            shown = status
        if looked > settings.patience:
            return looked, problems or [Problem("unreachable", "the nodes did not answer, or did not see each other")]
        time.sleep(_LOOK_SECONDS)


def _may_pass(problems: Sequence[Problem]) -> list[Problem]:
    """The problems that time may mend."""
    return [problem for problem in problems if problem.kind not in ("wrong", "identity")]


def _identities(states: Sequence[NodeState], recorder: Recorder) -> None:
    for state in states:
        recorder.add(SAID, kind="identities", more={"node": state.name, "identities": list(state.identities)})


def _read_all(cluster: Cluster, settings: Settings, recorder: Recorder, say: Say) -> list[Problem]:
    """Reads everything that is pinned from every node that should hold it."""
    items = {event.cid: Item.named(event.item) for event in recorder.so_far() if event.phase == INVOKE and event.kind == ADD}
    found = []
    count = 0
    for node, state in enumerate(cluster.states()):
        for cid, holders in state.pinset.items():
            if holders and state.name not in holders:
                continue
            try:
                answer = clients.read(cluster.gateway(node), cid, "path")
                outcome = clients.judged_read(answer, cid, content.content(settings.seed, items[cid]), "path")
            except (RefusedError, BrokenError) as error:
                found.append(Problem("unreadable", f"{state.name} does not serve {cid}: {error}", cid))
                continue
            count += 1
            if outcome.phase != OK:
                found.append(Problem("unreadable", f"{state.name} does not serve {cid}: {outcome.detail}", cid))
            elif outcome.wrong:
                found.append(Problem("wrong", f"{state.name}: {outcome.wrong}", cid))
    say(f"  {count} reads from every node that holds something")
    return found
