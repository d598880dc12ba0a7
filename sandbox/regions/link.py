"""The link between the Regions' networks, pure: addresses, the relay's settings, and its Compose file.

Each Region is a Docker network of its own. A relay is in all of them, and carries packets between the nodes (tunnel.py).
"""

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from ipfs_cluster.regions.member import Member

from .. import compose
from ..compose import Joint
from . import tunnel

IMAGE = "python:3.14-alpine"
SERVICE = "link"
"""The relay's service in its Compose file."""
SHOW = f'cat {tunnel.SETTINGS} 2> /dev/null || printf %s "$LINK"'
"""A command for a shell in the relay's container that prints its settings."""
CHANGE = f'printf %s "$1" > {tunnel.SETTINGS} && kill -HUP 1'
"""One that gives it others."""

_PROGRAM = Path(tunnel.__file__)
# From the end: the engine gives containers without an address of their own the first ones. The very last is the load balancer's, for DNS.
_RELAY, _FIRST_NODE = -3, -4


@dataclass(frozen=True)
class Link:
    """The link between two Regions."""

    round_trip_milliseconds: float
    cut: bool = False

    def __str__(self) -> str:
        return "cut" if self.cut else f"a round trip of {self.round_trip_milliseconds:g} ms"


Links = Mapping[str, Link]
"""By both Regions, with a space between them, as IpfsGlobal names its peering connections."""


def links(regions: Iterable[str], round_trip_milliseconds: float) -> dict[str, Link]:
    """A link between each two Regions."""
    return {" ".join(pair): Link(round_trip_milliseconds) for pair in itertools.combinations(sorted(regions), 2)}


def changed(given: Links, region: str, cut: bool | None = None, round_trip_milliseconds: float | None = None) -> dict[str, Link]:
    """The links with another state of those of a Region, or of all with an empty one."""

    def change(link: Link) -> Link:
        delayed = link if round_trip_milliseconds is None else replace(link, round_trip_milliseconds=round_trip_milliseconds)
        return delayed if cut is None else replace(delayed, cut=cut)

    return {pair: change(link) if not region or region in pair.split() else link for pair, link in given.items()}


def addresses(members: Mapping[str, Member], kept: Mapping[str, str]) -> dict[str, str]:
    """An address for each node, by DNS name. A node keeps its own."""
    found: dict[str, str] = {}
    for member in members.values():
        network = ip_network(member.ranges[0])
        names = [peer.dns_name for peer in member.peers]
        found.update({name: kept[name] for name in names if name in kept and ip_address(kept[name]) in network})
        free = (address for index in itertools.count(_FIRST_NODE, -1) if (address := str(network[index])) not in found.values())
        found.update({name: next(free) for name in names if name not in found})
    return found


def network_name(project: str, region: str) -> str:
    """The Docker network in place of a Region's VPC."""
    return f"{project}-{region}"


def joint(region: str, members: Mapping[str, Member], of_nodes: Mapping[str, str], project: str) -> Joint:
    """How a Region's nodes reach the others. ``of_nodes`` are the nodes' addresses, ``project`` is that of the relay."""
    own, others = members[region], [member for name, member in members.items() if name != region]
    return Joint(
        network=network_name(project, region),
        image=IMAGE,
        program=["python", "-c", _PROGRAM.read_text(), "end", _relay_address(own)],
        ranges=[range_ for other in others for range_ in other.ranges],
        addresses={peer.dns_name: of_nodes[peer.dns_name] for peer in own.peers},
        others={peer.dns_name: of_nodes[peer.dns_name] for other in others for peer in other.peers},
    )


def _relay_address(member: Member) -> str:
    return str(ip_network(member.ranges[0])[_RELAY])


def settings(members: Mapping[str, Member], given: Links) -> str:
    """The relay's settings."""
    states = {pair: {"milliseconds": link.round_trip_milliseconds, "cut": link.cut} for pair, link in given.items()}
    return json.dumps({"regions": {region: list(member.ranges) for region, member in members.items()}, "links": states})


def read(text: str) -> dict[str, Link]:
    """The links in the relay's settings."""
    return {pair: Link(state["milliseconds"], state["cut"]) for pair, state in json.loads(text)["links"].items()}


def compose_file(members: Mapping[str, Member], given: Links, project: str) -> dict[str, Any]:
    """The Compose file of the networks and the relay."""
    return {
        "services": {
            SERVICE: {
                "image": IMAGE,
                "user": "65534:65534",
                "entrypoint": ["python", "-c", _PROGRAM.read_text().replace("$", "$$")],
                "command": ["relay"],
                "environment": {"LINK": settings(members, given)},
                "cap_drop": ["ALL"],
                "networks": {region: {"ipv4_address": _relay_address(member)} for region, member in members.items()},
                "restart": "on-failure",
            }
        },
        "networks": {region: {"name": network_name(project, region), **compose.network(member.ranges[0])} for region, member in members.items()},
    }
