"""The chaos suite's checker: each rule, by small histories."""

import math
from collections.abc import Sequence

import pytest

from chaos import checker
from chaos.checker import EITHER, GONE, PINNED, Call, NodeState, Problem
from chaos.history import FAIL, INVOKE, OK, UNKNOWN, Event
from chaos.plan import FRONT

NODES = ("a", "b", "c")


def call(kind: str, invoked: float, ended: float | None, via: int = 0) -> Call:
    """An operation; without an end it was never answered."""
    return Call(0, kind, via, "x", invoked, math.inf if ended is None else ended, ended is not None)


@pytest.mark.parametrize(
    ("calls", "wanted"),
    [
        ([call("add", 0, 1)], PINNED),
        ([call("add", 0, None)], EITHER),
        ([call("add", 0, 1), call("unpin", 2, 3, via=1)], GONE),
        ([call("add", 0, 1), call("unpin", 2, None)], EITHER),
        ([call("add", 0, 2), call("unpin", 1, 3)], EITHER),
        ([call("add", 0, None), call("unpin", 2, 3)], EITHER),
        ([call("add", 0, 1), call("unpin", 2, 3), call("pin", 4, 5)], PINNED),
        ([call("add", 0, 1), call("unpin", 2, 3), call("update", 4, 5)], PINNED),
        ([call("add", 0, 1), call("unpin", 2, 3), call("pin", 4, None)], EITHER),
        ([call("add", 0, 1), call("unpin", 2, None), call("pin", 4, 5)], EITHER),
        ([call("add", 0, 1), call("pin", 2, 3), call("unpin", 4, 5)], GONE),
        ([call("add", 0, 1), call("pin", 2, 3, via=1), call("unpin", 4, 5)], EITHER),
        ([call("add", 0, 1, via=FRONT), call("pin", 2, 3, via=FRONT), call("unpin", 4, 5, via=FRONT)], EITHER),
        ([call("add", 0, 1, via=FRONT), call("unpin", 4, 5, via=FRONT)], GONE),
        ([call("add", 0, 1), call("unpin", 2, 3), call("unpin", 2, 4, via=1)], GONE),
        ([call("unpin", 2, 3)], GONE),
    ],
)
def test_what_a_cid_must_be(calls: Sequence[Call], wanted: str) -> None:
    assert checker.expected(calls) == wanted


def events(*phases: tuple[float, str, int, str]) -> list[Event]:
    """Events of operations on one CID through node 0: time, phase, number, kind."""
    return [Event(time, phase, number, kind, via=0, cid="x") for time, phase, number, kind in phases]


ADDED = events((0, INVOKE, 1, "add"), (1, OK, 1, "add"))
UNPINNED = [*ADDED, *events((2, INVOKE, 2, "unpin"), (3, OK, 2, "unpin"))]


def state(name: str, pinset: Sequence[str] = ("x",), kubo: Sequence[str] | None = None, **changed: object) -> NodeState:
    """A node that holds what is in its pinset."""
    held = frozenset(pinset if kubo is None else kubo)
    given: dict[str, object] = {"pinset": dict.fromkeys(pinset, ()), "kubo": held, "unsettled": {}, "identities": (f"cluster-{name}", f"kubo-{name}")}
    return NodeState(name, **{**given, **changed})  # type: ignore[arg-type]


def three(*states: NodeState) -> list[NodeState]:
    """Three nodes: those given, and such as should be."""
    return [*states, *(state(name) for name in NODES[len(states) :])]


def test_nothing_is_wrong_where_all_hold_all() -> None:
    assert checker.problems(ADDED, three()) == []


@pytest.mark.parametrize(
    ("history", "states", "wanted"),
    [
        (ADDED, [state(name, ()) for name in NODES], ["lost"]),
        (ADDED, three(state("a", ())), ["diverged"]),
        (ADDED, three(state("a", kubo=())), ["missing"]),
        (ADDED, three(state("a", kubo=("x", "y"))), ["kept"]),
        (ADDED, three(state("a", unsettled={"x": "pin_error"})), ["unsettled"]),
        (ADDED, [state(name, ("x", "y")) for name in NODES], ["invented"]),
        (UNPINNED, [state(name) for name in NODES], ["resurrected"]),
        (UNPINNED, [state("a"), state("b", ()), state("c", ())], ["resurrected"]),
        (UNPINNED, [state(name, (), kubo=("x",)) for name in NODES], ["kept"] * 3),
        (UNPINNED, [state(name, ()) for name in NODES], []),
        (events((0, INVOKE, 1, "add"), (1, UNKNOWN, 1, "add")), three(), []),
        (events((0, INVOKE, 1, "add"), (1, UNKNOWN, 1, "add")), [state(name, ()) for name in NODES], []),
        (events((0, INVOKE, 1, "add"), (1, UNKNOWN, 1, "add")), three(state("a", ())), ["diverged"]),
        (events((0, INVOKE, 1, "add"), (1, FAIL, 1, "add")), three(), ["invented"]),
        ([*ADDED, Event(4, OK, 3, "read", how="raw", wrong="3 bytes")], three(), ["wrong"]),
        (ADDED, three(state("a", identities=("cluster-b", "kubo-a"))), ["identity"]),
        ([*ADDED, Event(4, "said", more={"node": "a", "identities": ["cluster-z", "kubo-a"]})], three(), ["identity"]),
        ([*ADDED, Event(4, "said", more={"node": "a", "identities": ["cluster-a", "kubo-a"]})], three(), []),
    ],
)
def test_each_problem_is_found(history: list[Event], states: list[NodeState], wanted: list[str]) -> None:
    assert [problem.kind for problem in checker.problems(history, states)] == wanted


def test_only_those_that_should_hold_a_pin_are_asked_for_it() -> None:
    allocated = {"x": ("b", "c")}
    right = [state("a", kubo=(), pinset=("x",)), state("b"), state("c")]
    held = [NodeState(each.name, allocated, each.kubo, {}, each.identities) for each in right]
    assert checker.problems(ADDED, held) == []
    assert checker.holding(held, {"x"}) == []
    empty = [NodeState(each.name, allocated, frozenset(), {}, each.identities) for each in right]
    assert checker.holding(empty, {"x"}) == [
        Problem("missing", "b should hold x, and its kubo has no pin of it", "x"),
        Problem("missing", "c should hold x, and its kubo has no pin of it", "x"),
    ]
    other = [*held[:2], NodeState("c", {"x": ("a", "c")}, frozenset({"x"}), {}, held[2].identities)]
    assert [problem.says for problem in checker.problems(ADDED, other)] == ["the nodes do not agree on who holds x: [('a', 'c'), ('b', 'c')]"]


def test_a_pin_that_a_node_does_not_know_is_missed_while_it_heals() -> None:
    assert checker.holding(three(state("a", ())), {"x"}) == [Problem("diverged", "x is not in the pinset of a", "x")]
    assert checker.surely_pinned(ADDED) == {"x"}
    assert checker.surely_pinned(UNPINNED) == set()


def test_the_part_of_a_history_that_concerns_a_cid() -> None:
    update = [Event(5, INVOKE, 7, "update", cid="y", other="x"), Event(6, OK, 7, "update", cid="y")]
    others = [Event(6, INVOKE, 8, "read", cid="z"), Event(7, OK, 8, "read", cid="z")]
    fault = Event(3, "fault", kind="kill")
    assert checker.relevant([*ADDED, fault, *update, *others], {"x"}) == [*ADDED, fault, *update]


@pytest.mark.parametrize(("via", "answered", "wanted"), [(0, 11, set()), (FRONT, 11, set()), (1, 11, {"x"}), (0, 9, {"x"})])
def test_what_a_node_answered_just_before_it_lost_its_file_system_may_be_lost(via: int, answered: float, wanted: set[str]) -> None:
    fault = Event(12, "fault", kind="lost-disk", more={"node": 0, "since": 10})
    history = [Event(8, INVOKE, 1, "add", via=via, cid="x"), Event(answered, OK, 1, "add", via=via, cid="x"), fault]
    assert checker.surely_pinned(history) == wanted
