"""What the REST API says of pins, and what is asked of it, pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

_ZERO_TIME = "0001-01-01T00:00:00Z"
_ZERO_MOMENT = datetime(1, 1, 1, tzinfo=UTC)
_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")

EVERYWHERE = (-1, -1)
"""The replication of a pin that every node has."""
PINNED = "pinned"
COMING = ("pinning", "pin_queued", "queued")
"""States of a node that will have it."""


@dataclass(frozen=True)
class PinOptions:
    """What a pin has besides its CID. None: as it is, or the cluster's default."""

    name: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    expire_at: datetime | None = None
    replication: tuple[int, int] | None = None
    """The smallest and largest number of copies; -1 twice for every node."""
    allocations: Sequence[str] = ()
    """The peers that are preferred where not every node has a copy."""
    mode: str = ""
    """recursive or direct; empty for recursive."""
    origins: Sequence[str] = ()
    """Multiaddresses of who has the content."""

    def query(self) -> dict[str, str]:
        """The parameters of a request that pins."""
        found = {f"meta-{key}": value for key, value in self.metadata.items()}
        if self.name is not None:
            found["name"] = self.name
        if self.expire_at is not None:
            found["expire-at"] = self.expire_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if self.replication is not None:
            found["replication-min"], found["replication-max"] = map(str, self.replication)
        if self.allocations:
            found["user-allocations"] = ",".join(self.allocations)
        if self.mode:
            found["mode"] = self.mode
        if self.origins:
            found["origins"] = ",".join(self.origins)
        return found


@dataclass(frozen=True)
class Pin:
    """A pin in the pinset that all nodes share."""

    cid: str
    name: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    expire_at: datetime | None = None
    replication: tuple[int, int] = EVERYWHERE
    allocations: Sequence[str] = ()
    """Peers that should have it; empty if all should."""
    created: datetime = _ZERO_MOMENT
    """When it was pinned, or its options were changed."""
    mode: str = ""
    origins: Sequence[str] = ()
    """Multiaddresses of who had the content."""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Pin":
        """A pin as the REST API gives it."""
        return cls(
            cid=str(given["cid"]),
            name=given.get("name") or "",
            metadata=given.get("metadata") or {},
            expire_at=_moment(given.get("expire_at") or ""),
            replication=(given.get("replication_factor_min") or -1, given.get("replication_factor_max") or -1),
            allocations=given.get("allocations") or (),
            created=_moment(given.get("timestamp") or given.get("created") or "") or _ZERO_MOMENT,
            mode=given.get("mode") or "",
            origins=given.get("origins") or (),
        )

    def changed(self, wanted: PinOptions) -> PinOptions | None:
        """The options with which to pin it again, so that what is wanted holds and the rest stays; none if all of that is so already."""
        name = self.name if wanted.name is None else wanted.name
        metadata = {**self.metadata, **wanted.metadata}
        expire_at = wanted.expire_at or self.expire_at
        replication = wanted.replication or self.replication
        same_time = expire_at == self.expire_at or (expire_at and self.expire_at and abs(expire_at - self.expire_at) < timedelta(seconds=1))
        if (name, metadata, replication) == (self.name, dict(self.metadata), self.replication) and same_time:
            return None
        return PinOptions(name, metadata, expire_at, replication, self.allocations if replication == self.replication else ())


@dataclass(frozen=True)
class NodeState:
    """What one node says of a CID."""

    node: str
    status: str
    error: str = ""

    @property
    def mark(self) -> str:
        """A sign for it: whether the node has it."""
        return "✓" if self.status == PINNED else "…"

    @property
    def sentence(self) -> str:
        """The state in words."""
        words = {
            "pinned": "has it",
            "pinning": "is fetching it",
            "pin_queued": "will fetch it: it is in the queue",
            "queued": "will fetch it: it is in the queue",
            "pin_error": "could not fetch it",
            "unpin_error": "could not remove it",
            "unpinning": "is removing it",
            "unpin_queued": "will remove it",
            "unpinned": "does not have it: it is not pinned",
            "remote": "is not one of those that should have it",
            "sharded": "has a part of it",
            "cluster_error": "does not answer",
            "unexpectedly_unpinned": "has lost it, and will fetch it again",
            "unknown": "does not answer: the others do not see it",
        }.get(self.status, self.status)
        return f"{words} ({' '.join(self.error.split())})" if self.error else words


def states(status: Mapping[str, Any], nodes: Mapping[str, str]) -> list[NodeState]:
    """What each node that should have a CID says of it, or all that are known, in the order of their names."""
    said: Mapping[str, Any] = status.get("peer_map") or {}
    allocations = list(status.get("allocations") or nodes or said)
    found = [
        NodeState(
            nodes.get(peer) or said.get(peer, {}).get("peername") or peer, said.get(peer, {}).get("status", "unknown"), said.get(peer, {}).get("error", "")
        )
        for peer in allocations
    ]
    return sorted(found, key=lambda state: state.node)


def duration(text: str) -> timedelta:
    """A duration such as 30d, 12h, 1h30m or 2w. Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{text!r} is not a duration such as 30d, 12h or 1h30m")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    found = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    if found < timedelta(seconds=1):
        raise ValueError(f"{text!r} is shorter than a second")
    return found


def _moment(text: str) -> datetime | None:
    if not text or text == _ZERO_TIME:
        return None
    return datetime.fromisoformat(text)
