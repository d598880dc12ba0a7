"""Pure: what a Region's cluster tells the other Regions, the output `member`: where it is, its network, its nodes. No secrets."""

import ipaddress
import itertools
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..daemons import following
from ..daemons.following import Followed
from ..daemons.task import Peer
from . import member_edge
from .form import DNS_NAME, PEER_ID, like
from .member_edge import MemberEdge

VERSION = 1
"""Of the output's form. A new field leaves it as it is; a field that goes or changes its meaning raises it."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """One Region's part of the cluster."""

    region: str
    account: str
    """ID of the AWS account."""
    swarm_mode: str
    """public or private."""
    replicas_per_region: int | None
    vpc_id: str
    ranges: Sequence[str]
    """The VPC's IPv4 ranges."""
    route_tables: Mapping[str, str]
    """IDs of the route tables of the cluster's subnets, by what resources can be named after."""
    security_group: str
    """ID of the nodes' security group."""
    zone: str
    """Name of the private hosted zone that the nodes' names are in."""
    zone_id: str
    peers: Sequence[Peer]
    edge: MemberEdge | None = None
    """How CloudFront reaches it; none without edge.mode origin."""
    role: str = "writer"
    """writer, or reader: holds what the others pin, and takes no pins."""

    @property
    def is_reader(self) -> bool:
        """Whether its nodes only read."""
        return self.role == "reader"

    @property
    def networks(self) -> list[ipaddress.IPv4Network]:
        """The VPC's ranges."""
        return [ipaddress.IPv4Network(range_) for range_ in self.ranges]


def text(member: Member) -> str:
    """The output: JSON, the same for the same member."""
    content = {
        "version": VERSION,
        "region": member.region,
        "account": member.account,
        "swarmMode": member.swarm_mode,
        "replicasPerRegion": member.replicas_per_region,
        "vpc": {
            "id": member.vpc_id,
            "ranges": list(member.ranges),
            "routeTables": dict(sorted(member.route_tables.items())),
            "securityGroup": member.security_group,
        },
        "zone": {"name": member.zone, "id": member.zone_id},
        "peers": [
            {"node": peer.node, "dnsName": peer.dns_name, "kuboPeerId": peer.kubo_peer_id, "clusterPeerId": peer.cluster_peer_id} for peer in member.peers
        ],
        **({"edge": member_edge.content(member.edge)} if member.edge else {}),
        **({"role": member.role} if member.is_reader else {}),
    }
    return json.dumps(content, separators=(",", ":"))


_WANTED = "is not the output `member` of an IpfsCluster; give what `pulumi stack output member` prints for that Region's stack"


def parse(value: str) -> Member:
    """The member that an output tells of. Raises ValueError with what is wrong, as the rest of a sentence.

    All of it comes into settings of daemons and names of resources, so nothing of another form is let through.
    """
    try:
        content = json.loads(value)
        version = content["version"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(_WANTED) from None
    if version != VERSION:
        raise ValueError(f"has version {version!r}, and this program reads version {VERSION}; deploy both Regions with the same version of the program")
    try:
        return _read(content)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(_WANTED) from None


def _read(content: Mapping[str, Any]) -> Member:
    vpc, zone, per_region = content["vpc"], content["zone"], content["replicasPerRegion"]
    peers = [
        Peer(like(r"[\w-]+", peer["node"]), like(DNS_NAME, peer["dnsName"]), like(PEER_ID, peer["kuboPeerId"]), like(PEER_ID, peer["clusterPeerId"]))
        for peer in content["peers"]
    ]
    if not peers or not vpc["ranges"] or not (per_region is None or isinstance(per_region, int)):
        raise ValueError
    return Member(
        region=like(r"[a-z]{2}(-[a-z]+)+-\d", content["region"]),
        account=like(r"\d{12}", content["account"]),
        swarm_mode=like("public|private", content["swarmMode"]),
        replicas_per_region=per_region,
        vpc_id=like(r"vpc-\w+", vpc["id"]),
        ranges=[str(ipaddress.IPv4Network(range_)) for range_ in vpc["ranges"]],
        route_tables={like(r"[\w-]+", name): like(r"rtb-\w+", table) for name, table in vpc["routeTables"].items()},
        security_group=like(r"sg-\w+", vpc["securityGroup"]),
        zone=like(DNS_NAME, zone["name"]),
        zone_id=like(r"\w+", zone["id"]),
        peers=peers,
        edge=member_edge.read(content["edge"]) if content.get("edge") else None,
        role=like("writer|reader", content.get("role", "writer")),
    )


def all_peers(region: str, own: Sequence[Peer], others: Sequence[Member]) -> list[Peer]:
    """The nodes of all Regions, in the same order in each of them: by it the keepers take turns."""
    by_region = {region: own, **{other.region: other.peers for other in others}}
    return [peer for _, peers in sorted(by_region.items()) for peer in peers]


def nodes(region: str, own: Sequence[Peer], others: Sequence[Member], readers: Collection[str]) -> list[str]:
    """The nodes of all Regions, as daemons/regions.sh takes them, in the same order in each of them. ``readers`` has the cluster peer IDs of those
    that only read.
    """
    by_region = sorted({region: own, **{other.region: other.peers for other in others}}.items())
    return [
        f"{name} {peer.node} {peer.cluster_peer_id} {peer.kubo_peer_id} {peer.dns_name} {'reader' if peer.cluster_peer_id in readers else 'writer'}"
        for name, peers in by_region
        for peer in peers
    ]


def readers(members: Iterable[Member]) -> list[str]:
    """The cluster peer IDs of the nodes that only read."""
    return [peer.cluster_peer_id for member in members if member.is_reader for peer in member.peers]


def followed(members: Iterable[Member]) -> Followed:
    """What a reader follows: the nodes of the Regions that write."""
    writers = [peer for member in members if not member.is_reader for peer in member.peers]
    return Followed([peer.cluster_peer_id for peer in writers], [following.address(peer.dns_name, peer.cluster_peer_id) for peer in writers])


# --- what does not go together ----------------------------------------------------------------------------------------


def conflicts(members: Mapping[str, Member], own: str = "") -> Iterator[tuple[str, str]]:
    """What is wrong with members as a whole: the Region of the one that is wrong, and a sentence on it. ``own`` is the Region of the caller, which is
    right.
    """
    for name, member in members.items():
        if member.region != name:
            yield name, f"is the member of {member.region}; give that of {name}."
        if name != own and (per_region := member.replicas_per_region) is not None and per_region > len(member.peers):
            yield name, f"is to hold {per_region} copies of each pin and has {len(member.peers)} node(s); lower the one in all Regions or raise the other."
    if len(members) > 1 and not own and all(member.is_reader for member in members.values()):
        yield min(members), "is a reader, as all others are; make one Region a writer."
    for first, second in itertools.combinations(sorted(members, key=lambda name: (name != own, name)), 2):
        for sentence in _conflicts_of(members[first], members[second], first):
            yield second, sentence


def _conflicts_of(one: Member, other: Member, name: str) -> Iterator[str]:
    overlapping = next(((a, b) for a in one.networks for b in other.networks if a.overlaps(b)), None)
    if overlapping:
        yield (
            f"its VPC's range {overlapping[1]} overlaps with {overlapping[0]} of {name}, and no route can tell them apart; give each Region a range of "
            "its own, like 10.95.0.0/16. A stack that is there already keeps its range: it cannot change later."
        )
    if one.zone == other.zone:
        yield f"its nodes' names are in {other.zone}, as those of {name} are; give the stacks of the two Regions different names."
    if one.swarm_mode != other.swarm_mode:
        yield f"its swarm is {other.swarm_mode}, and that of {name} is {one.swarm_mode}; make both the same."
    if one.is_reader or other.is_reader:
        if one.replicas_per_region or other.replicas_per_region:
            yield (
                f"a reader holds what every node holds, and pins go to some nodes of each Region, {one.replicas_per_region or other.replicas_per_region}; "
                "leave the number of replicas per Region out in all Regions, or make the reader a writer."
            )
    elif one.replicas_per_region != other.replicas_per_region:
        shown = [per_region if per_region is not None else "none" for per_region in (other.replicas_per_region, one.replicas_per_region)]
        yield f"its number of replicas per Region is {shown[0]}, and that of {name} is {shown[1]}; make both the same."
    if one.account != other.account:
        yield f"is in account {other.account}, and {name} is in {one.account}; all Regions must be in one account."
    shared = {peer.cluster_peer_id for peer in one.peers} & {peer.cluster_peer_id for peer in other.peers}
    if shared:
        yield f"has the peer ID {min(shared)}, as {name} has; give each node an identity of its own."
