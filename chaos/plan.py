"""Pure: what a run does, drawn from its seed: the cluster, the operations of each client, the faults."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from .content import Item

FRONT = -1
"""In place of a node's index: through the load balancer."""

CLIENTS = 4

PRIVATE, PUBLIC = "private", "public"

DOMAIN = "ipfs.example.com"
GATEWAY = f"gateway.{DOMAIN}"
"""The gateway's host name. Each CID has its own below ``ipfs.`` and this one."""
_CERTIFICATE = "arn:aws:acm:{}:123456789012:certificate/0a1b2c3d"


@dataclass(frozen=True)
class Mode:
    """The cluster of a run."""

    nodes: int
    replicas: int
    """How many nodes hold a pin; -1 is all of them."""
    swarm: str

    def __str__(self) -> str:
        held = "all hold all" if self.replicas == -1 else f"{self.replicas} copies"
        return f"{self.nodes} nodes, {held}, {self.swarm} swarm"

    def groups(self, cidr: str) -> dict[str, Any]:
        """The stack's configuration."""
        partial = self.replicas != -1
        return {
            "network": {"cidr": cidr},
            "nodes": {"count": self.nodes},
            # Nothing outside this machine is asked.
            "swarm": {"mode": PRIVATE} if self.swarm == PRIVATE else {"mode": PUBLIC, "bootstrapPeers": []},
            "monitoring": {"enabled": False},
            "edge": {
                "domain": DOMAIN,
                "certificateArn": _CERTIFICATE.format("us-east-1"),
                "loadBalancerCertificateArn": _CERTIFICATE.format("eu-west-1"),
                "subdomainGateway": True,
            },
            **({"pinning": {"replicationMin": max(1, self.replicas - 1), "replicationMax": self.replicas}} if partial else {}),
            **({"gateway": {"open": True}} if partial and self.swarm == PUBLIC else {}),
        }


def mode(seed: int, nodes: int | None = None) -> Mode:
    """The cluster of a seed. ``nodes`` is the number of nodes, instead of a drawn one."""
    draw = _random(seed, "mode")
    drawn = draw.choice((3, 3, 5))
    count = nodes or drawn
    replicas = draw.choice((-1, -1, 2)) if count > 2 else -1
    return Mode(count, replicas, draw.choice((PRIVATE, PRIVATE, PUBLIC)))


# --- operations -------------------------------------------------------------------------------------------------------

ADD, PIN, UNPIN, UPDATE, READ, STATUS, LIST = "add", "pin", "unpin", "update", "read", "status", "list"

_OPERATIONS = {ADD: 34, READ: 30, STATUS: 8, LIST: 3, UNPIN: 9, PIN: 9, UPDATE: 7}
_ADDS = {"answered": 5, "streamed": 3, "local": 1, "streamed-local": 1}
_READS = {"path": 4, "raw": 2, "car": 2, "subdomain": 1}
_SIZES = ((80, 100, 4_000), (15, 200_000, 900_000), (5, 1_000_000, 4_000_000))


@dataclass(frozen=True)
class Operation:
    """What a client does next."""

    kind: str
    via: int
    """The node's index, or FRONT."""
    item: Item
    pause: float
    """Seconds before it."""
    how: str = ""
    """The form of an add or a read."""
    other: Item | None = None
    """What an update starts from."""


def operations(seed: int, client: int, nodes: int) -> Iterator[Operation]:
    """What a client does, without an end. It refers to items of all clients, which it assumes to be about as far as itself."""
    draw = _random(seed, f"client {client}")
    sizes = [_sizes(seed, index) for index in range(CLIENTS)]
    added: list[list[Item]] = [[] for _ in range(CLIENTS)]
    while True:
        for index, of in enumerate(sizes):
            if index != client and len(added[index]) < len(added[client]):
                added[index].append(Item(index, len(added[index]), next(of)))
        kind = ADD if len(added[client]) < 2 else _weighted(draw, _OPERATIONS)
        via = FRONT if draw.random() < 0.4 else draw.randrange(nodes)
        pause = draw.uniform(0, 0.4)
        if kind == ADD:
            item = Item(client, len(added[client]), next(sizes[client]))
            added[client].append(item)
            yield Operation(ADD, via, item, pause, _weighted(draw, _ADDS))
            continue
        known = [item for of in added for item in of[-40:]]
        item, other = draw.sample(known, 2)
        if kind == READ:
            yield Operation(READ, via, item, pause, _weighted(draw, _READS))
        elif kind == UPDATE:
            yield Operation(UPDATE, via, item, pause, other=other)
        else:
            yield Operation(kind, via, item, pause)


def _sizes(seed: int, client: int) -> Iterator[int]:
    draw = _random(seed, f"sizes {client}")
    while True:
        _, low, high = draw.choices(_SIZES, [weight for weight, _, _ in _SIZES])[0]
        yield draw.randint(low, high)


# --- faults -----------------------------------------------------------------------------------------------------------

KUBO, CLUSTER, NET = "ipfs", "ipfs-cluster", "net"


@dataclass(frozen=True)
class Kind:
    """A kind of fault."""

    name: str
    says: str
    parts: Sequence[str]
    """What of a node it takes: no other fault acts on that at the same time."""
    weight: int
    most: str = "any"
    """On how many nodes: one, some (fewer than half), any or all."""
    amounts: Sequence[float] = (0.0,)
    """What is drawn for it: a probability, milliseconds, kilobits a second."""


KINDS = (
    Kind("kill", "SIGKILL of both daemons", (KUBO, CLUSTER), 5),
    Kind("kill-kubo", "SIGKILL of kubo", (KUBO,), 2),
    Kind("kill-cluster", "SIGKILL of ipfs-cluster", (CLUSTER,), 2),
    Kind("pause", "both daemons stopped and continued", (KUBO, CLUSTER), 2, "some"),
    Kind("pause-kubo", "kubo stopped and continued", (KUBO,), 3, "some"),
    Kind("pause-cluster", "ipfs-cluster stopped and continued", (CLUSTER,), 3, "some"),
    Kind("restart", "clean stop and start", (KUBO, CLUSTER), 2),
    Kind("replace", "the whole task killed, and a new one with another address", (KUBO, CLUSTER, NET), 2, "some"),
    Kind("partition", "no packets between two groups of nodes", (NET,), 4),
    Kind("one-way", "no packets from one group of nodes to another", (NET,), 3),
    Kind("loss", "packets lost at random", (NET,), 2, "any", (0.05, 0.2, 0.5)),
    Kind("delay", "packets delayed", (NET,), 2, "any", (50, 200, 1000)),
    Kind("configure", "killed while it prepares kubo's repository", (KUBO, CLUSTER), 1, "some", (0.05, 0.2, 0.5)),
    Kind("migrate", "killed while it migrates an older repository", (KUBO, CLUSTER), 1, "some", (0.1, 0.3, 0.6, 1)),
    Kind("full", "no space on the file system", (KUBO, CLUSTER), 2, "some"),
    Kind("frozen", "a file system that does not answer to writes", (KUBO, CLUSTER), 2, "some"),
    Kind("slow-disk", "a file system that answers to writes three times a second", (KUBO, CLUSTER), 2, "some"),
    Kind("read-only", "a file system that became read-only, until it is repaired", (KUBO, CLUSTER), 1, "one"),
    Kind("lost-disk", "a file system that is lost, and a new one", (KUBO, CLUSTER), 1, "one"),
    Kind("update", "a changed setting, deployed node by node", (KUBO, CLUSTER), 1, "all"),
    Kind("rotate-password", "a new password of the REST API, deployed node by node", (KUBO, CLUSTER), 1, "all"),
    Kind("rotate-secret", "a new cluster secret, deployed node by node", (KUBO, CLUSTER), 1, "all"),
    Kind("slow-network", "few kilobits a second", (NET,), 2, "some", (64, 256, 1024)),
)

_BY_NAME = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True)
class Fault:
    """A fault on some nodes, within an episode."""

    kind: str
    nodes: Sequence[int]
    at: float
    """Seconds after the episode's beginning."""
    lasts: float
    amount: float = 0.0
    against: Sequence[int] = field(default_factory=tuple)
    """The other group of a partition, the load balancer (FRONT) possibly among them."""

    def __str__(self) -> str:
        where = " ".join(map(str, self.nodes))
        against = f" against {' '.join('front' if n == FRONT else str(n) for n in self.against)}" if self.against else ""
        amount = f" ({self.amount:g})" if self.amount else ""
        return f"{self.kind}{amount} of {where}{against} for {self.lasts:.0f} s"


@dataclass(frozen=True)
class Episode:
    """Faults that overlap. After them all is undone."""

    faults: Sequence[Fault]
    waits: bool
    """Whether the next episode begins only when the cluster is whole again."""

    @property
    def seconds(self) -> float:
        """Until the last fault is undone."""
        return max(fault.at + fault.lasts for fault in self.faults)


def episodes(seed: int, nodes: int, possible: Sequence[str]) -> Iterator[Episode]:
    """The faults, without an end. ``possible`` are the kinds that this machine can do: the others are drawn too, and left out."""
    draw = _random(seed, "faults")
    while True:
        taken: set[tuple[int, str]] = set()
        faults = []
        for _ in range(draw.choice((1, 1, 1, 2, 2, 3))):
            fault = _fault(draw, nodes)
            takes = {(node, part) for node in (*fault.nodes, *fault.against) for part in _BY_NAME[fault.kind].parts}
            if takes & taken or fault.kind not in possible:
                continue
            taken |= takes
            faults.append(fault)
        waits = draw.random() < 0.7
        if faults:
            yield Episode(tuple(sorted(faults, key=lambda fault: fault.at)), waits)


def _fault(draw: random.Random, nodes: int) -> Fault:
    kind = draw.choices(KINDS, [kind.weight for kind in KINDS])[0]
    most = {"one": 1, "some": (nodes - 1) // 2, "any": nodes, "all": nodes}[kind.most]
    shuffled = draw.sample(range(nodes), nodes)
    # Few nodes more often than many.
    count = min(draw.randint(1, most), draw.randint(1, most))
    against: tuple[int, ...] = ()
    if kind.most == "all":
        count = nodes
    if kind.name in ("partition", "one-way"):
        count = draw.randint(1, nodes - 1)
        rest = shuffled[count:]
        # Sometimes a third group sees both.
        against = tuple(sorted(rest if draw.random() < 0.6 else rest[: draw.randint(1, len(rest))]))
        if draw.random() < 0.3:
            against = (*against, FRONT)
    return Fault(kind.name, tuple(sorted(shuffled[:count])), round(draw.uniform(0, 4), 1), round(draw.uniform(3, 20), 1), draw.choice(kind.amounts), against)


def _weighted(draw: random.Random, weights: dict[str, int]) -> str:
    return draw.choices(list(weights), list(weights.values()))[0]


def _random(seed: int, what: str) -> random.Random:
    return random.Random(f"{seed}/{what}")  # noqa: S311 (the same in every run)
