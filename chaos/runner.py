"""A run: a cluster, clients and faults, the end of all faults, and the check."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.engine import EngineError

from . import checker, clients, content, disk
from .checker import NodeState, Problem
from .cluster import Cluster
from .content import Item
from .disk import Disks
from .faults import Faults
from .history import FAULT, INVOKE, OK, SAID, UNDONE, WHOLE, Event, Recorder
from .plan import ADD, CLIENTS, Episode, Fault, Mode, episodes, operations
from .web import BrokenError, RefusedError

SETTLE_SECONDS = 60
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


def run(settings: Settings, left_out: Mapping[str, str], say: Say) -> Result:
    """Does a run without the kinds of faults that this machine cannot do. Raises EngineError if the cluster cannot be started."""
    recorder = Recorder(settings.folder / "history.jsonl")
    cluster = Cluster(settings.folder, settings.mode.groups(f"10.{100 + settings.seed % 40}.0.0/16"))
    disks = Disks(cluster)
    nemesis = Faults(cluster, disks)
    possible = possible_kinds(settings, left_out)
    try:
        say("starting the cluster …")
        cluster.plan()
        if set(possible) & set(disk.KINDS):
            try:
                disks.create()
            except EngineError as error:
                say(f"Left out: {', '.join(disk.KINDS)}: {error}")
                possible = [kind for kind in possible if kind not in disk.KINDS]
        cluster.up()
        _chaos(cluster, nemesis, settings, possible, recorder, say)
        healed, problems = _become_whole(cluster, nemesis, settings, recorder, say)
        say("restarting all nodes, one after another …")
        for node in range(len(cluster.names)):
            fault = Fault("restart", (node,), 0, 0)
            nemesis.inject(fault)
            nemesis.undo(fault)
        restarted, again = _become_whole(cluster, nemesis, settings, recorder, say)
        problems += [problem for problem in again if problem not in problems]
        if not again:
            problems += _read_all(cluster, settings, recorder, say)
        return Result(settings, recorder.so_far(), problems, healed, restarted)
    finally:
        recorder.close()
        for node in range(settings.mode.nodes):
            disks.heal(node)  # nothing ends on a frozen file system
        cluster.stop()
        disks.remove()
        cluster.delete()


def possible_kinds(settings: Settings, left_out: Mapping[str, str]) -> list[str]:
    """The kinds of faults of a run: a file system is lost only where another node has everything that it held."""
    without = {"lost-disk"} if settings.mode.replicas != -1 else set()
    return [kind for kind in settings.kinds if kind not in left_out.keys() | without]


# --- faults and clients -----------------------------------------------------------------------------------------------


def _chaos(cluster: Cluster, nemesis: Faults, settings: Settings, possible: Sequence[str], recorder: Recorder, say: Say) -> None:
    stop, pool = threading.Event(), clients.Pool()
    count = settings.mode.nodes
    made = [clients.Client(number, settings.seed, operations(settings.seed, number, count), cluster, recorder, pool, stop) for number in range(CLIENTS)]
    for client in made:
        client.start()
    try:
        end = time.monotonic() + settings.seconds
        drawn = episodes(settings.seed, count, possible)
        while time.monotonic() < end:
            _play(cluster, nemesis, next(drawn), recorder, say)
    finally:
        stop.set()
        for client in made:
            client.join()
    for client in made:
        if client.error is not None:
            raise client.error


def _play(cluster: Cluster, nemesis: Faults, episode: Episode, recorder: Recorder, say: Say) -> None:
    say("; ".join(map(str, episode.faults)))
    begun = time.monotonic()
    moments = sorted(
        [(fault.at, FAULT, number) for number, fault in enumerate(episode.faults)]
        + [(fault.at + fault.lasts, UNDONE, number) for number, fault in enumerate(episode.faults)]
    )
    skipped: set[int] = set()
    for at, phase, number in moments:
        time.sleep(max(0.0, begun + at - time.monotonic()))
        fault = episode.faults[number]
        since = recorder.now()
        if fault.kind == "lost-disk" and phase == FAULT and _settle(cluster, recorder)[1]:
            recorder.add(SAID, kind=fault.kind, detail="left out: the cluster was not whole, so the node may have had what no other has")
            skipped.add(number)
        if number in skipped:
            continue
        # What a node answered since the others were seen to have everything may be lost with its file system.
        risk = {"node": fault.nodes[0], "since": since} if fault.kind == "lost-disk" and phase == FAULT else {}
        recorder.add(phase, kind=fault.kind, detail=str(fault), more=risk)
        try:
            (nemesis.inject if phase == FAULT else nemesis.undo)(fault)
        except (EngineError, OSError) as error:
            recorder.add(SAID, kind=fault.kind, detail=str(error))
            say(f"  {error}")
    if episode.waits:
        kinds = sorted({fault.kind for fault in episode.faults})
        took, lacks = _settle(cluster, recorder)
        seconds = SETTLE_SECONDS if took is None else took
        recorder.add(WHOLE, kind="+".join(kinds), detail=lacks, more={"seconds": seconds})
        say(f"  whole again after {took:.1f} s" if took is not None else f"  NOT whole within {SETTLE_SECONDS} s: {lacks}")


def _settle(cluster: Cluster, recorder: Recorder) -> tuple[float | None, str]:
    """Seconds until the nodes see each other and have all that is surely pinned now, or none and what they lack after SETTLE_SECONDS."""
    before = checker.surely_pinned(recorder.so_far())
    begun = time.monotonic()
    lacks = ""
    while (looked := time.monotonic() - begun) < SETTLE_SECONDS:
        try:
            lacks = _lacks(cluster, before & checker.surely_pinned(recorder.so_far()))
        except _BROKEN as error:
            lacks = _short(error)
        if not lacks:
            return looked, ""
        time.sleep(_LOOK_SECONDS)
    return None, lacks


def _lacks(cluster: Cluster, wanted: set[str]) -> str:
    """What the nodes lack of seeing each other and having all that is wanted, in words."""
    if not cluster.see_each_other():
        return "the nodes do not see each other"
    found = checker.holding(cluster.states(), wanted)
    return _counted(found)


def _counted(problems: Sequence[Problem]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(problem.kind for problem in problems).items()))


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:100]}"


# --- the end ----------------------------------------------------------------------------------------------------------


def _become_whole(cluster: Cluster, nemesis: Faults, settings: Settings, recorder: Recorder, say: Say) -> tuple[float, list[Problem]]:
    """Ends every fault and waits until nothing is wrong any more, or the patience is over: how long it took, and what is wrong."""
    begun = time.monotonic()
    try:
        nemesis.heal_all()
    except (EngineError, OSError) as error:
        recorder.add(SAID, detail=str(error))
        say(f"  {error}")
    problems: list[Problem] = []
    shown = ""
    while True:
        looked = time.monotonic() - begun
        try:
            seen = cluster.see_each_other()
            states = cluster.states()
            problems = checker.problems(recorder.so_far(), states)
            _identities(states, recorder)
            status = f"{'all see all' if seen else 'not all see all'}; {_counted(problems) or 'no problem'}"
            if seen and not _may_pass(problems):
                say(f"  whole after {looked:.1f} s: {len(states[0].pinset)} pins")
                return looked, problems
        except _BROKEN as error:
            status = f"waiting: {_short(error)}"
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
