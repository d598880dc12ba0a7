"""What each node has of all pins, how fast it gets on, and how long it will take, pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .pins import COMING, PINNED
from .words import count, span

_NOT_MEANT = ("remote", "sharded", "unpinned")
"""States of a node that need not have a pin."""
# ipfs-cluster reads kubo's list before its own, and calls a pin that was done in between unexpectedly_unpinned; one that kubo lost, it fetches
# within five minutes (CLUSTER_PINRECOVERINTERVAL).
_COMING = (*COMING, "unexpectedly_unpinned")


@dataclass
class Share:
    """One node's share of the pins: how many it should have, and what it says of them."""

    node: str
    silent: str = ""
    """Why the node is not asked: it does not answer."""
    wanted: int = 0
    held: int = 0
    coming: int = 0
    """Those that it fetches, has in its queue, or will have there within five minutes."""
    unknown: int = 0
    """Those that are not in its own pinset yet."""
    failed: int = 0
    """Those that it could not fetch; it tries again by itself."""

    @property
    def lacking(self) -> int:
        """How many it should have and does not."""
        return self.wanted - self.held

    @property
    def has_all(self) -> bool:
        """Whether it answers and has all that it should."""
        return not self.silent and not self.lacking


@dataclass(frozen=True)
class Look:
    """All nodes' shares at one moment."""

    seconds: float
    """When, on a clock that only runs forward."""
    pins: int
    shares: Sequence[Share] = field(default_factory=list)
    one_sided: Sequence[str] = ()
    """The pins that miss a Region, in words."""

    @property
    def complete(self) -> bool:
        """Whether every node has all that it should."""
        return all(share.has_all for share in self.shares)


def look(statuses: Iterable[Mapping[str, Any]], nodes: Mapping[str, str], silent: Mapping[str, str], seconds: float, one_sided: Sequence[str] = ()) -> Look:
    """The shares by what the REST API says of all pins.

    ``nodes`` has the name of each node by its peer ID, ``silent`` the reason for those that do not answer.
    """
    shares = {peer: Share(node, silent.get(peer, "")) for peer, node in nodes.items()}
    pins = 0
    for status in statuses:
        said: Mapping[str, Any] = status.get("peer_map") or {}
        pins += 1
        for peer in status.get("allocations") or shares:
            share, state = shares.get(peer), said.get(peer, {}).get("status", "")
            if share is None or state in _NOT_MEANT:
                continue
            share.wanted += 1
            share.held += state == PINNED
            share.coming += state in _COMING
            share.unknown += not state
            share.failed += state not in (PINNED, *_COMING, "")
    return Look(seconds, pins, sorted(shares.values(), key=lambda share: share.node), one_sided)


def rate(before: Look, now: Look, node: str) -> float:
    """How many pins a node gets in a second."""
    (earlier,), (share,) = ([share for share in seen.shares if share.node == node] for seen in (before, now))
    return max(share.held - earlier.held, 0) / (now.seconds - before.seconds)


def sentence(share: Share, per_second: float | None) -> str:
    """A node's share in words; ``per_second`` is how many pins it gets, none if that is not known."""
    if share.silent:
        return f"does not answer: {share.silent}"
    if share.has_all:
        return f"has all {share.wanted:,}"
    parts = [(share.coming, "on the way"), (share.unknown, "not known to it yet"), (share.failed, "failed, which it tries again")]
    words = f"has {share.held:,} of {count(share.wanted, 'pin')} ({100 * share.held // share.wanted} percent): "
    words += ", ".join(f"{number:,} {what}" for number, what in parts if number)
    if per_second is None:
        return words
    if per_second == 0:
        return f"{words}; none came since the last look"
    return f"{words}; {per_second:,.{0 if per_second >= 10 else 1}f} a second, {span(share.lacking / per_second)} left"


def as_json(now: Look, before: Look | None) -> dict[str, Any]:
    """A look for a JSON object."""
    nodes = []
    for share in now.shares:
        per_second = rate(before, now, share.node) if before else None
        nodes.append(
            {
                "node": share.node,
                **({"error": share.silent} if share.silent else {}),
                **{name: getattr(share, name) for name in ("wanted", "held", "coming", "unknown", "failed")},
                **({"per_second": round(per_second, 2)} if per_second is not None else {}),
                **({"seconds_left": round(share.lacking / per_second)} if per_second and share.lacking else {}),
            }
        )
    one_sided = {"one_sided": list(now.one_sided)} if now.one_sided else {}
    return {"pins": now.pins, "complete": now.complete, "nodes": nodes, **one_sided}
