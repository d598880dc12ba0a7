"""Waits until nodes have pinned a CID."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .api import Api
from .errors import CommandError, Exit
from .pins import COMING, PINNED, NodeState

POLL_SECONDS = 0.5
"""The longest pause between two questions. The first ones come sooner: nodes have a small file after a fifth of a second."""
_FIRST_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Waiting:
    """For what is waited."""

    nodes: int | None = None
    """How many nodes have to say that they have pinned it; none for all that should."""
    patience: float = 120.0
    """Seconds in which one more node has to say so, unless one fetches it."""
    longest: float = 3600.0
    """Seconds after which a node that still fetches it is not waited for either."""


def until_pinned(
    api: Api, cid: str, waiting: Waiting, watch: Callable[[Sequence[NodeState]], None], now: Callable[[], float] = time.monotonic
) -> list[NodeState]:
    """Waits until the nodes have it; gives what all say then. Raises CommandError with Exit.NOT_PINNED."""
    began = changed = now()
    before: list[NodeState] = []
    pause = _FIRST_POLL_SECONDS
    while True:
        try:
            states = api.states_of(cid)
        except CommandError as error:
            raise CommandError(f"{error} {cid} is pinned in the cluster, but what its nodes say of it is not known.", Exit.NOT_PINNED) from error
        watch(states)
        needed = len(states) if waiting.nodes is None else min(waiting.nodes, len(states))
        if states and sum(state.status == PINNED for state in states) >= needed:
            return states
        if states != before:
            before, changed = states, now()
        fetching = any(state.status in COMING for state in states)
        if now() - began > waiting.longest or (not fetching and now() - changed > waiting.patience):
            raise late(cid, states, needed)
        api.web.stopped.wait(min(pause, POLL_SECONDS))
        pause *= 2


def late(cid: str, states: Sequence[NodeState], needed: int) -> CommandError:
    """The error of nodes that have not pinned it in time."""
    have = [state.node for state in states if state.status == PINNED]
    lack = [f"{state.node} {state.sentence}" for state in states if state.status != PINNED]
    safe = f"It is safe on {', '.join(have)}; the others fetch it when they can." if have else "The nodes go on; the same command sends again what they lack."
    return CommandError(f"{len(have)} of {needed} nodes have pinned {cid}. {'; '.join(lack)}. {safe} See `ipfs-cluster status {cid}`.", Exit.NOT_PINNED)
