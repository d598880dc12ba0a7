"""Pure: the inputs of the swarm: whom kubo connects to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from ..daemons import kubo
from . import checks
from .checks import pattern
from .problems import Problem, Problems, path, ref


class SwarmSettings(TypedDict):
    """Which peers kubo connects to."""

    mode: NotRequired[str]
    """The network that kubo joins: public (the IPFS network) or private (only the cluster's nodes, with a pre-shared key). A node that was
    private refuses to start as public while it holds its swarm key. Default: public."""
    bootstrap_peers: NotRequired[list[str]]
    """Multiaddresses of the peers through which kubo joins its network; the cluster's own nodes need not be listed. Default: in public mode
    those that kubo ships with, in private mode none."""
    routing: NotRequired[str]
    """Kubo's Routing.Type: dht, dhtclient, dhtserver or none. Default: dht."""
    conn_mgr_low_water: NotRequired[int]
    """Number of connections down to which kubo closes idle ones (Swarm.ConnMgr.LowWater). Default: 32, as kubo's."""
    conn_mgr_high_water: NotRequired[int]
    """Number of connections from which kubo closes idle ones (Swarm.ConnMgr.HighWater). Default: 96, as kubo's."""


@dataclass(frozen=True, kw_only=True)
class ResolvedSwarm:
    """`SwarmSettings` with its defaults."""

    mode: str = "public"
    bootstrap_peers: Sequence[str] | None = None
    routing: str = "dht"
    conn_mgr_low_water: int = 32
    conn_mgr_high_water: int = 96

    @property
    def is_private(self) -> bool:
        """Whether only the cluster's own nodes are in it."""
        return self.mode == "private"

    @property
    def entry_peers(self) -> list[str]:
        """The peers by which kubo joins its network: those given, else those that kubo carries; in a private swarm none."""
        if self.bootstrap_peers is not None:
            return list(self.bootstrap_peers)
        return [] if self.is_private else list(kubo.BOOTSTRAP_PEERS)


_peer_problem = pattern(r"/(ip4|ip6|dns|dns4|dns6|dnsaddr)/\S+/p2p/\w+", "the multiaddress of a peer; give one like /dns4/example.com/tcp/4001/p2p/12D3KooW…")


def problems(swarm: ResolvedSwarm) -> Problems:
    """What is wrong with the swarm."""
    yield from checks.choice(path("swarm.mode"), swarm.mode, ("public", "private"))
    yield from checks.choice(path("swarm.routing"), swarm.routing, ("dht", "dhtclient", "dhtserver", "none"))
    for index, peer in enumerate(swarm.bootstrap_peers or ()):
        yield from checks.now(path("swarm.bootstrap_peers", index), peer, _peer_problem)
    where, low, high = path("swarm.conn_mgr_low_water"), swarm.conn_mgr_low_water, swarm.conn_mgr_high_water
    if low < 1:
        yield from checks.at_least_one(where, low)
    elif low >= high:
        yield Problem(where, f"{low} must be less than {ref('swarm.conn_mgr_high_water')}, which is {high}.")
