"""The cluster behind the console's page, as tests arrange it: its nodes, its pins, and how it misbehaves."""

import hashlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ipfs_cluster.edge import page

from tests.helpers.console_pins import pin, raw_cid

ZONES = {"ipfs-node-a": "eu-west-1a", "ipfs-node-b": "eu-west-1b", "ipfs-node-c": "eu-west-1c"}
USER, PASSWORD = "me", "correct-horse"
GIB = 2**30
STORAGE_GIB = 100
SECOND_NS = 10**9


def peer_id(name: str) -> str:
    """A peer ID that looks like one."""
    return "12D3KooW" + hashlib.sha256(name.encode()).hexdigest()[:44]


CLUSTER_IDS = {name: peer_id(f"cluster {name}") for name in ZONES}
KUBO_IDS = {name: peer_id(f"kubo {name}") for name in ZONES}


@dataclass
class Served:
    """What the gateway has for a CID."""

    content_type: str
    content: bytes
    block: bytes = b""
    """The root's block, if that is not the content itself."""


@dataclass
class Request:
    """What was asked of the API."""

    method: str
    path: str
    query: dict[str, str]
    authorization: str
    origin: str
    status: int = 0


@dataclass
class Cluster:
    """The cluster behind the page."""

    port: int = 0
    gateway_port: int = 0
    users: dict[str, str] = field(default_factory=lambda: {USER: PASSWORD})
    pins: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """What nodes say of a pin in place of pinned, by CID and the node's name: status and error."""
    served: dict[str, Served] = field(default_factory=dict)
    killed: dict[str, float] = field(default_factory=dict)
    """Nodes that do not run, and since when."""
    free: dict[str, int] = field(default_factory=lambda: {"ipfs-node-a": 71 * GIB, "ipfs-node-b": 69 * GIB, "ipfs-node-c": 72 * GIB})
    blind: dict[str, set[str]] = field(default_factory=dict)
    """Nodes of which a node does not know."""
    kubo_errors: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    faults: list[tuple[str, int, str]] = field(default_factory=list)
    """Requests whose method and path match are answered with a status and a body."""
    slow: list[tuple[str, threading.Event]] = field(default_factory=list)
    """Requests that wait for an event."""
    half: threading.Event | None = None
    """What a list stops in its middle for."""
    after: list[tuple[str, Callable[[], None]]] = field(default_factory=list)
    """What happens once a request is answered."""
    asked: list[Request] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    """What is different in config.json."""
    gateway_down: bool = False
    gateway_asked: list[str] = field(default_factory=list)
    gateway_headers: list[dict[str, str]] = field(default_factory=list)
    """Of each request to the gateway, with their names in lower case."""
    follows: bool = False
    """Whether its nodes only follow others: requests reach one after another, each tells of itself alone, and the load balancer refuses writes."""
    answered: int = 0
    """How many requests were answered, by which the next node is chosen."""
    lines: bytes = b""
    """GET /allocations, if it is not made of `pins`: for very many."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def console(self) -> str:
        return f"{self.url}{page.PATH}/"

    @property
    def gateway(self) -> str:
        return f"http://localhost:{self.gateway_port}"

    def add(self, content: bytes, content_type: str, name: str = "", **changed: Any) -> str:
        """Pins something that the gateway serves."""
        cid = raw_cid(content)
        self.pins[cid] = pin(cid, name, **changed)
        self.served[cid] = Served(content_type, content)
        return cid

    def up(self) -> list[str]:
        return [name for name in ZONES if name not in self.killed]

    def requests(self, pattern: str) -> list[Request]:
        return [one for one in self.asked if re.fullmatch(pattern, f"{one.method} {one.path}")]

    def configuration(self) -> dict[str, Any]:
        nodes = [page.Node(name, zone, CLUSTER_IDS[name], KUBO_IDS[name]) for name, zone in ZONES.items()]
        of = page.Cluster(name="archive-prod", replication_min=-1, replication_max=-1, storage_max_gib=STORAGE_GIB, gateway_authentication="none")
        return {**page.configuration(of, self.gateway, nodes), "readOnly": self.follows, **self.config}

    def telling(self) -> list[str]:
        """The nodes that an answer is made of."""
        self.answered += 1
        up = self.up()
        return [up[self.answered % len(up)]] if self.follows else up
