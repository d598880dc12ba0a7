"""Pure: what changes in ipfs-cluster's settings where it only follows other nodes: it holds what they pin, and pins nothing itself."""

from collections.abc import Sequence
from dataclasses import dataclass

DEFAULT_NAME = "ipfs-cluster"
"""The name that a cluster has unless its CLUSTER_CRDT_CLUSTERNAME says otherwise (ipfs-cluster, consensus/crdt/config.go)."""

CLUSTER_PORT = 9096

_NEVER = "1300000h"
"""Twice that is more nanoseconds than 64 bits hold. So a ping that is valid for twice the interval has expired before it is sent, and ipfs-cluster
discards it (cluster.go, sendPingMetric; pubsubmon.go, PublishMetric). It has no setting that says so in other words."""


@dataclass(frozen=True)
class Followed:
    """The nodes that are followed."""

    trusted_peers: Sequence[str]
    """The cluster peer IDs of those whose pins are taken over."""
    addresses: Sequence[str]
    """Multiaddresses of ipfs-cluster on some of them, with the peer IDs."""
    cluster_name: str = DEFAULT_NAME
    kubo_peers: Sequence[str] = ()
    """Multiaddresses of kubos that have the content, with the peer IDs, to which the nodes' kubos keep connections."""


def address(dns_name: str, peer_id: str) -> str:
    """The multiaddress of a node's ipfs-cluster."""
    return f"/dns4/{dns_name}/tcp/{CLUSTER_PORT}/p2p/{peer_id}"


def settings(followed: Followed) -> dict[str, str]:
    """Settings of ipfs-cluster that come on top of the others, and replace them.

    A plain add sends its blocks to every peer that pings, and a list of pins asks each of them, both without a time-out. So a node that only
    follows sends no ping: with its kubo or its ipfs-cluster stopped (SIGSTOP), the followed nodes answered adds in 10 ms as before, where
    a follower that pings kept an add of 1 KB waiting for more than 75 s.
    """
    named = {"CLUSTER_CRDT_CLUSTERNAME": followed.cluster_name} if followed.cluster_name != DEFAULT_NAME else {}
    return {
        "CLUSTER_FOLLOWERMODE": "true",  # refuses writes by its own API, and leaves the pins that expire to the followed nodes
        "CLUSTER_PEERADDRESSES": ",".join(followed.addresses),
        "CLUSTER_CRDT_TRUSTEDPEERS": ",".join(followed.trusted_peers),
        **named,
        "CLUSTER_MONITORPINGINTERVAL": _NEVER,
        # Nor does it offer itself for pins that go to some nodes only: these metrics expire before they are sent.
        **{f"CLUSTER_{informer}_METRICTTL": "1ns" for informer in ("DISK", "PINQUEUE", "TAGS")},
        # A node that starts counts the peers that it connects to as if they had pinged, for twice its interval. This one can only connect to it.
        "CLUSTER_LISTENMULTIADDRESS": f"/ip4/127.0.0.1/tcp/{CLUSTER_PORT}",
        "CLUSTER_DIALPEERTIMEOUT": "3s",  # a dial takes about three round trips
        "LIBP2P_TCP_REUSEPORT": "false",
    }
