"""Pure: what a run found, as text."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .checker import Problem, relevant
from .history import FAIL, FAULT, INVOKE, OK, UNKNOWN, WHOLE, Event
from .plan import ADD, READ

_SHOWN_EVENTS = 200


@dataclass(frozen=True)
class Figures:
    """A run, counted."""

    seed: int
    mode: str
    operations: int
    answered: Mapping[str, int]
    """The operations that were answered, by kind."""
    faults: Mapping[str, int]
    """The faults that were injected, by kind."""
    problems: Mapping[str, int]
    """By kind."""
    healing: Mapping[str, float]
    """The longest time until the cluster was whole again, in seconds, by kind of fault; those of an episode of several are joined by +."""
    slowest: Mapping[str, float]
    """The longest time to an answer, in seconds, by kind of operation."""
    healed: float = 0.0
    restarted: float = 0.0
    unhealed: Sequence[str] = field(default_factory=tuple)
    """The faults after which the cluster was not whole again within the time that it was given."""


def figures(seed: int, mode: str, events: Sequence[Event], problems: Iterable[Problem], healed: float, restarted: float) -> Figures:
    """A run's figures."""
    begun = {event.operation: event for event in events if event.phase == INVOKE}
    ends = [event for event in events if event.phase in (OK, FAIL, UNKNOWN)]
    slowest: dict[str, float] = {}
    healing: dict[str, float] = {}
    for event in ends:
        if event.phase == OK:
            slowest[event.kind] = max(slowest.get(event.kind, 0.0), event.time - begun[event.operation].time)
    for event in events:
        if event.phase == WHOLE:
            healing[event.kind] = max(healing.get(event.kind, 0.0), event.more["seconds"])
    return Figures(
        seed=seed,
        mode=mode,
        operations=len(begun),
        answered=Counter(event.kind for event in ends if event.phase == OK),
        faults=Counter(event.kind for event in events if event.phase == FAULT),
        problems=Counter(problem.kind for problem in problems),
        healing=healing,
        slowest=slowest,
        healed=healed,
        restarted=restarted,
        unhealed=tuple(event.kind for event in events if event.phase == WHOLE and event.detail),
    )


def table(runs: Sequence[Figures]) -> str:
    """The runs as a table, and the longest times to heal."""
    head = "| seed | cluster | faults | operations | adds answered | reads answered | lost | resurrected | wrong | other | whole after | after restarts |"
    rows = [head, "|" + "---|" * 12]
    for run in runs:
        named = {kind: run.problems.get(kind, 0) for kind in ("lost", "resurrected", "wrong")}
        other = ", ".join(f"{count} {kind}" for kind, count in sorted(run.problems.items()) if kind not in named) or "–"
        cells = [run.seed, run.mode, sum(run.faults.values()), run.operations, run.answered.get(ADD, 0), run.answered.get(READ, 0)]
        rows.append("| " + " | ".join(map(str, [*cells, *named.values(), other, f"{run.healed:.0f} s", f"{run.restarted:.0f} s"])) + " |")
    longest: dict[str, float] = {}
    injected: Counter[str] = Counter()
    for run in runs:
        injected.update(run.faults)
        for kind, seconds in run.healing.items():
            longest[kind] = max(longest.get(kind, 0.0), seconds)
    missed = Counter(kind for run in runs for kind in run.unhealed)
    rows += ["", "| fault | injected | longest until whole again |", "|---|---|---|"]
    for kind in sorted(injected.keys() | longest.keys()):
        shown = f"{'> ' if missed[kind] else ''}{longest[kind]:.0f} s" if kind in longest else "–"
        rows.append(f"| {kind} | {injected[kind] or '–'} | {shown} |")
    slowest: dict[str, float] = {}
    for run in runs:
        for kind, seconds in run.slowest.items():
            slowest[kind] = max(slowest.get(kind, 0.0), seconds)
    rows += ["", "Slowest answers: " + ", ".join(f"{kind} {seconds:.1f} s" for kind, seconds in sorted(slowest.items())) + "."]
    return "\n".join(rows)


def failure(events: Sequence[Event], problems: Sequence[Problem], again: str) -> str:
    """The problems, the part of the history that concerns them, and the command that does the run again."""
    cids = {problem.cid for problem in problems if problem.cid}
    shown = relevant(events, cids)
    lines = [f"{len(problems)} problems:", *(f"  {problem}" for problem in problems[:50])]
    if len(problems) > 50:
        lines.append(f"  … and {len(problems) - 50} more")
    lines += ["", "What happened to their CIDs, and to the cluster:"]
    lines += [f"  {event.line()}" for event in shown[:_SHOWN_EVENTS] if event.kind != "identities"]
    if len(shown) > _SHOWN_EVENTS:
        lines.append(f"  … and {len(shown) - _SHOWN_EVENTS} more events, in the history")
    return "\n".join([*lines, "", f"The same again: {again}"])
