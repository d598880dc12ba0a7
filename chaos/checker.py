"""Pure: what a history and the state after it must have in common.

The pinset of ipfs-cluster is an add-wins observed-remove set (go-ds-crdt, set.go): an unpin removes the pins that its node has seen, and no others.
So a pin and an unpin decide only where their order is beyond doubt; everything else may go either way, but all nodes must agree on it.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .history import FAIL, INVOKE, OK, UNKNOWN, Event
from .plan import ADD, FRONT, PIN, UNPIN, UPDATE

PINNED, GONE, EITHER = "pinned", "gone", "either"

_PINS = (ADD, PIN, UPDATE)
_KILL_SECONDS = 5
"""How long after the beginning of its fault a node may still answer."""


@dataclass(frozen=True)
class Call:
    """An operation that pins or unpins, from its first event to its last."""

    number: int
    kind: str
    via: int
    cid: str
    invoked: float
    ended: float
    """When it was answered; never, for one without an answer, which may take effect at any time."""
    answered: bool


@dataclass(frozen=True)
class NodeState:
    """What a node holds after a run."""

    name: str
    pinset: Mapping[str, Sequence[str]]
    """The CIDs in its copy of the pinset, each with the names of the nodes that hold it; none stands for all."""
    kubo: frozenset[str]
    """What its kubo has pinned."""
    unsettled: Mapping[str, str]
    """What it says of pins of its own that are not simply pinned: the status by CID."""
    identities: tuple[str, str]
    """The peer IDs of ipfs-cluster and kubo."""


@dataclass(frozen=True)
class Problem:
    """What should not be."""

    kind: str
    """lost, resurrected, diverged, missing, kept, unsettled, wrong, identity, invented."""
    says: str
    cid: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.says}"


def calls(events: Sequence[Event]) -> list[Call]:
    """The operations that pin or unpin. Those that had no effect are left out."""
    begun: dict[int, Event] = {}
    ended: dict[int, Event] = {}
    lost = [(event.more["node"], event.more["since"], event.time + _KILL_SECONDS) for event in events if "since" in event.more]
    for event in events:
        if event.kind in (*_PINS, UNPIN):
            if event.phase == INVOKE:
                begun[event.operation] = event
            elif event.phase in (OK, FAIL, UNKNOWN):
                ended[event.operation] = event
    found = []
    for number, event in begun.items():
        end = ended.get(number)
        if end is None or end.phase != FAIL:
            # What a node answered just before it lost its file system is as if it had not been answered.
            risky = end is not None and any(event.via in (node, FRONT) and since <= end.time <= until for node, since, until in lost)
            answered = end is not None and end.phase == OK and not risky
            found.append(Call(number, event.kind, event.via, event.cid, event.time, end.time if end and answered else math.inf, answered))
    return found


def by_cid(found: Iterable[Call]) -> dict[str, list[Call]]:
    """The operations on each CID."""
    sorted_: dict[str, list[Call]] = {}
    for call in found:
        sorted_.setdefault(call.cid, []).append(call)
    return sorted_


def expected(on_one: Sequence[Call]) -> str:
    """What a CID must be in the end, from the operations on it."""
    pins = [call for call in on_one if call.kind in _PINS]
    unpins = [call for call in on_one if call.kind == UNPIN]
    if any(pin.answered and all(unpin.ended < pin.invoked for unpin in unpins) for pin in pins):
        return PINNED
    if any(unpin.answered and all(_seen(pin, unpin, len(pins)) for pin in pins) for unpin in unpins):
        return GONE
    return EITHER


def _seen(pin: Call, unpin: Call, pins: int) -> bool:
    """Whether an unpin's node had certainly seen a pin. Of a single pin it had: it answers 404 for what it does not know."""
    return pin.ended < unpin.invoked and (pins == 1 or pin.via == unpin.via != FRONT)


def problems(events: Sequence[Event], states: Sequence[NodeState]) -> list[Problem]:
    """All that is wrong."""
    on_each = by_cid(calls(events))
    found = [*_pinset_problems(on_each, states), *_holding_problems(states), *_identity_problems(events, states)]
    found += [Problem("wrong", f"operation {event.operation}, {event.kind} {event.how}: {event.wrong}", event.cid) for event in events if event.wrong]
    return found


def holding(states: Sequence[NodeState], wanted: Iterable[str]) -> list[Problem]:
    """Which of some CIDs a node does not have in its pinset, or should hold and has no pin of."""
    found = []
    for cid in wanted:
        for state in states:
            holders = state.pinset.get(cid)
            if holders is None:
                found.append(Problem("diverged", f"{cid} is not in the pinset of {state.name}", cid))
            elif (not holders or state.name in holders) and cid not in state.kubo:
                found.append(Problem("missing", f"{state.name} should hold {cid}, and its kubo has no pin of it", cid))
    return found


def surely_pinned(events: Sequence[Event]) -> set[str]:
    """The CIDs that must be pinned."""
    return {cid for cid, on_one in by_cid(calls(events)).items() if expected(on_one) == PINNED}


def _pinset_problems(on_each: Mapping[str, Sequence[Call]], states: Sequence[NodeState]) -> Iterator[Problem]:
    known = {cid for state in states for cid in state.pinset}
    for cid, on_one in on_each.items():
        want = expected(on_one)
        having = [state.name for state in states if cid in state.pinset]
        lacking = [state.name for state in states if cid not in state.pinset]
        if want == PINNED and not having:
            yield Problem("lost", f"{cid} was answered and is in no node's pinset", cid)
        elif want == GONE and having:
            yield Problem("resurrected", f"{cid} was unpinned and is in the pinset of {_list(having)}", cid)
        elif having and lacking:
            yield Problem("diverged", f"{cid} is in the pinset of {_list(having)} and not in that of {_list(lacking)}", cid)
    for cid in known - on_each.keys():
        yield Problem("invented", f"{cid} is in a pinset and nobody pinned it", cid)
    for cid in known:
        holders = {tuple(sorted(state.pinset[cid])) for state in states if cid in state.pinset}
        if len(holders) > 1:
            yield Problem("diverged", f"the nodes do not agree on who holds {cid}: {sorted(holders)}", cid)


def _holding_problems(states: Sequence[NodeState]) -> Iterator[Problem]:
    for state in states:
        should = {cid for cid, holders in state.pinset.items() if not holders or state.name in holders}
        for cid in sorted(should - state.kubo):
            yield Problem("missing", f"{state.name} should hold {cid}, and its kubo has no pin of it", cid)
        for cid in sorted(state.kubo - should):
            yield Problem("kept", f"the kubo of {state.name} has a pin of {cid}, which it should not hold", cid)
        for cid in sorted(state.unsettled.keys() & should & state.kubo):
            yield Problem("unsettled", f"{state.name} says {state.unsettled[cid]} of {cid}", cid)


def _identity_problems(events: Sequence[Event], states: Sequence[NodeState]) -> Iterator[Problem]:
    seen: dict[str, set[tuple[str, str]]] = {}
    for event in events:
        if "identities" in event.more:
            cluster, kubo = event.more["identities"]
            seen.setdefault(event.more["node"], set()).add((cluster, kubo))
    for state in states:
        seen.setdefault(state.name, set()).add(state.identities)
    for name, identities in sorted(seen.items()):
        if len(identities) > 1:
            yield Problem("identity", f"{name} was more than one peer: {sorted(identities)}")
    for place in (0, 1):
        owners: dict[str, set[str]] = {}
        for name, identities in seen.items():
            for pair in identities:
                owners.setdefault(pair[place], set()).add(name)
        for peer, names in sorted(owners.items()):
            if len(names) > 1:
                yield Problem("identity", f"{peer} was the peer ID of {_list(sorted(names))}")


def relevant(events: Iterable[Event], cids: set[str]) -> list[Event]:
    """The part of a history that concerns some CIDs: the operations on them, and what happened to the cluster."""
    listed = list(events)
    numbers = {event.operation for event in listed if event.operation >= 0 and (event.cid in cids or event.other in cids)}
    return [event for event in listed if event.operation in numbers or event.operation < 0]


def _list(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
