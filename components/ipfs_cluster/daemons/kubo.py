"""Pure: kubo's settings, and the script that applies them.

The script runs in the configure container, before kubo, at every start of a task. It lets kubo itself make a fresh
configuration of the program's settings on the container's own disk, where unknown names are refused, and then puts that
file in place of the repository's. So what the program says is what kubo runs on: a changed setting reaches an existing
repository, and one that is no longer given falls back to the default.
"""

import ipaddress
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..spelling import Spelling
from . import scripts

SWARM_PORT = 4001
GATEWAY_PORT = 8080
API_PORT = 5001

# What kubo carries for the public network when its AutoConf service cannot be reached (boxo, autoconf/fallbacks.go).
# By address family and transport these are one host each, so one entry a host is enough.
BOOTSTRAP_PEERS = (
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN",
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmQCU2EcMqAqQPR2i9bChDtGNJchTbq5TbXJJ16u19uLTa",
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmbLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvbUcqanj75Nb",
    "/dnsaddr/bootstrap.libp2p.io/p2p/QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt",
    "/dnsaddr/va1.bootstrap.libp2p.io/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8",
    "/ip4/104.131.131.82/tcp/4001/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ",
)

# Ranges that no host of the public network has: those of kubo's `server` profile (kubo, config/profile.go). The profile itself
# would also filter the VPC's own range, and the nodes would not find each other.
_NOT_PUBLIC_IP4 = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
)
_NOT_PUBLIC_IP6 = ("::/3", "2001:2::/48", "2001:db8::/32", "fc00::/7", "fe80::/10")


@dataclass(frozen=True)
class Peer:
    """Another node's kubo."""

    peer_id: str
    dns_name: str


@dataclass(frozen=True)
class Bucket:
    """Where blocks are in S3."""

    name: str
    region: str


@dataclass(frozen=True)
class Kubo:
    """What one node's kubo is to run on."""

    private: bool
    """Whether it belongs to a private swarm."""
    peers: Sequence[Peer]
    """The other nodes."""
    vpc_cidrs: Sequence[str]
    """The VPC's IPv4 ranges, where the other nodes are."""
    bootstrap_peers: Sequence[str]
    routing: str
    no_fetch: bool
    """Whether the gateway serves only what the node holds."""
    storage_max_gib: int
    max_memory_mib: int
    """What libp2p may use, in MiB."""
    low_water: int
    high_water: int
    gateway_requests: int
    """How many requests the gateway works on at a time; it answers further ones 429."""
    subdomain_gateway: str = ""
    """Host name below which every CID has its own web origin; empty without a subdomain gateway."""
    gateway_host: str = ""
    """The gateway's own host name, where all others are websites, served by DNSLink; empty without websites."""
    blocks: Bucket | None = None
    """Where its blocks are; none for where the datastore profile puts them."""
    followed_peers: Sequence[str] = ()
    """Multiaddresses of kubos of another cluster, with the peer IDs, that it keeps connections to."""


def config(node: Kubo) -> dict[str, Any]:
    """Kubo's configuration file but for the identity. Sections that are left out have kubo's defaults."""
    not_public = [] if node.private else not_public_ranges(node.vpc_cidrs)
    every_range = [] if node.private else not_public_ranges([])
    tcp, quic = f"/ip4/0.0.0.0/tcp/{SWARM_PORT}", f"/ip4/0.0.0.0/udp/{SWARM_PORT}/quic-v1"
    # A private network's key works with TCP alone.
    transports = dict.fromkeys(("QUIC", "WebTransport", "WebRTCDirect", "Websocket"), False) if node.private else {"WebTransport": False, "WebRTCDirect": False}
    return {
        "Addresses": {
            "API": [f"/ip4/127.0.0.1/tcp/{API_PORT}"],
            "Gateway": [f"/ip4/0.0.0.0/tcp/{GATEWAY_PORT}"],
            "Swarm": [tcp] if node.private else [tcp, quic],
            "NoAnnounce": every_range,
        },
        # AutoConf, AutoTLS and delegated routers ask services outside, whose future is uncertain.
        "AutoConf": {"Enabled": False},
        "AutoTLS": {"Enabled": False},
        "Bootstrap": list(node.bootstrap_peers),
        # The watermark, period, mount points and cache size are kubo's defaults, which a given file must spell out.
        # A damaged block is an error, and never an answer (verifier.sh brings it back).
        "Datastore": {"StorageMax": f"{node.storage_max_gib}GiB", "StorageGCWatermark": 90, "GCPeriod": "1h", "HashOnRead": True, **_blocks(node.blocks)},
        "Discovery": {"MDNS": {"Enabled": False}},
        "Gateway": {
            "NoFetch": node.no_fetch,
            "NoDNSLink": not node.gateway_host,
            "ExposeRoutingAPI": False,
            "MaxConcurrentRequests": node.gateway_requests,
            **_public_gateways(node),
        },
        "HTTPRetrieval": {"Enabled": not node.private},
        # Less than the task's stop timeout, so that kubo ends by itself.
        "Internal": {"ShutdownTimeout": "100s", **({} if node.private else {"NonPublicAddrPublishing": False})},
        "Ipns": {"ResolveCacheSize": 128},
        "Mounts": {"IPFS": "/ipfs", "IPNS": "/ipns", "MFS": "/mfs"},
        "Peering": {"Peers": [*_own_peers(node.peers), *_other_peers(node.followed_peers)]},
        # In S3 by the list of blocks (a request for 1,000), where by what is pinned each would be read, at every start.
        "Provide": {"Enabled": node.routing != "none", "Strategy": "all" if node.blocks else "pinned+mfs+unique"},
        "Routing": {"Type": node.routing},
        "Swarm": {
            "AddrFilters": not_public,
            "DisableNatPortMap": True,
            "ConnMgr": {"LowWater": node.low_water, "HighWater": node.high_water},
            "ResourceMgr": {"MaxMemory": f"{node.max_memory_mib}MiB"},
            # Relaying for strangers costs traffic; private nodes reach each other directly.
            "RelayService": {"Enabled": False},
            **({"RelayClient": {"Enabled": False}} if node.private else {}),
            "Transports": {"Network": transports},
        },
    }


def _own_peers(peers: Sequence[Peer]) -> list[dict[str, Any]]:
    return [{"ID": peer.peer_id, "Addrs": [f"/dns4/{peer.dns_name}/tcp/{SWARM_PORT}"]} for peer in peers]


def _other_peers(addresses: Sequence[str]) -> list[dict[str, Any]]:
    # Peers for peering are always asked for a block. Others are asked only after they have sent one (Internal.Bitswap.BroadcastControl): a kubo
    # that was killed got nothing from its bootstrap peers for more than 90 s.
    return [{"ID": peer_id, "Addrs": [address]} for address, _, peer_id in (whole.rpartition("/p2p/") for whole in addresses)]


def _public_gateways(node: Kubo) -> dict[str, Any]:
    common = {"Paths": ["/ipfs", "/ipns"], "NoDNSLink": True}
    if node.subdomain_gateway:
        # DNSLink names lose their dots, since a wildcard certificate covers one label.
        return {"PublicGateways": {node.subdomain_gateway: {"UseSubdomains": True, "InlineDNSLink": True, **common}}}
    if node.gateway_host:
        return {"PublicGateways": {node.gateway_host: {"UseSubdomains": False, **common}}}  # else each request for it would look up its DNSLink
    return {}  # as a path gateway it answers under any name


# The task's credentials have another address at every start, so the script puts it in.
_CREDENTIALS_ENDPOINT = "@CREDENTIALS_ENDPOINT@"


def _blocks(bucket: Bucket | None) -> dict[str, Any]:
    """Blocks in a bucket by the s3ds plugin, the rest in LevelDB next to the configuration."""
    if bucket is None:
        return {}
    blocks = {
        "type": "s3ds",
        "region": bucket.region,
        "bucket": bucket.name,
        # With any other one the plugin lists nothing: it silently collects no garbage and provides nothing.
        "rootDirectory": "",
        "accessKey": "",
        "secretKey": "",
        "credentialsEndpoint": _CREDENTIALS_ENDPOINT,
    }
    rest = {"type": "levelds", "path": "datastore", "compression": "none"}
    mounts = [
        {"mountpoint": "/blocks", "type": "measure", "prefix": "s3.datastore", "child": blocks},
        {"mountpoint": "/", "type": "measure", "prefix": "leveldb.datastore", "child": rest},
    ]
    return {"Spec": {"type": "mount", "mounts": mounts}}


def not_public_ranges(vpc_cidrs: Sequence[str]) -> list[str]:
    """The ranges outside the public network, as multiaddresses, with the VPC's own cut out."""
    blocks = [ipaddress.IPv4Network(block) for block in _NOT_PUBLIC_IP4]
    for cidr in vpc_cidrs:
        vpc = ipaddress.IPv4Network(cidr)
        cut: list[ipaddress.IPv4Network] = []
        for block in blocks:
            if vpc.subnet_of(block):
                cut.extend(block.address_exclude(vpc))
            elif not block.subnet_of(vpc):
                cut.append(block)
        blocks = cut
    ip4 = [f"/ip4/{block.network_address}/ipcidr/{block.prefixlen}" for block in sorted(blocks)]
    return ip4 + [f"/ip6/{range_.split('/')[0]}/ipcidr/{range_.split('/')[1]}" for range_ in _NOT_PUBLIC_IP6]


def configure_script(further: Mapping[str, Any], spelling: Spelling) -> str:
    """The configure container's shell script (busybox ash), with the user's further settings. Its errors spell inputs as the caller does."""
    lines = [f"set_further {shlex.quote(name)} {shlex.quote(json.dumps(value, sort_keys=True))}\n" for name, value in sorted(further.items())]
    return scripts.read("configure.sh", spelling).replace(":  # @FURTHER@\n", "".join(lines))
