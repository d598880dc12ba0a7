"""Pure: where nodes may live: availability zones, and the placement of nodes in them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Zones with EFS One Zone, by the number of their zone ID (use1-az4 is 4): EFS User Guide, "Features", November 2026.
# CloudFront VPC origins and x86-64 Fargate serve all of these.
_ONE_ZONE: Mapping[str, frozenset[int]] = {
    "af-south-1": frozenset({1, 2, 3}),
    "ap-east-1": frozenset({1, 2, 3}),
    "ap-northeast-1": frozenset({1, 4}),
    "ap-northeast-2": frozenset({1, 2, 3}),
    "ap-northeast-3": frozenset({1, 2, 3}),
    "ap-south-1": frozenset({1, 2, 3}),
    "ap-southeast-1": frozenset({1, 2}),
    "ap-southeast-2": frozenset({1, 2, 3}),
    "ca-central-1": frozenset({1, 2}),
    "eu-central-1": frozenset({1, 2, 3}),
    "eu-north-1": frozenset({1, 2, 3}),
    "eu-south-1": frozenset({1, 2, 3}),
    "eu-west-1": frozenset({1, 2, 3}),
    "eu-west-2": frozenset({1, 2}),
    "eu-west-3": frozenset({1, 3}),
    "me-south-1": frozenset({1, 2, 3}),
    "sa-east-1": frozenset({1, 2, 3}),
    "us-east-1": frozenset({1, 2, 4, 5, 6}),
    "us-east-2": frozenset({1, 2, 3}),
    "us-west-1": frozenset({1, 3}),
    "us-west-2": frozenset({1, 2, 3, 4}),
}
# Regions that have regional EFS, Fargate on ARM64 and CloudFront VPC origins in all their zones, but no EFS One Zone. (A Region of the table above has
# the same zones for both kinds: the zones that it could have more would move nodes of stacks that are there.)
_REGIONAL_ONLY = frozenset(
    {
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-7",
        "ca-west-1",
        "eu-central-2",
        "eu-south-2",
        "il-central-1",
        "me-central-1",
        "mx-central-1",
    }
)
# Zones where Fargate lacks ARM64 are no One Zone zones either (use1-az3), so one table serves.

NODES_PER_ZONE = 3
"""The most nodes that one zone may hold."""

DEFAULT_ZONES = 3
"""How many zones are used when none are named. Fixed, so that a zone which AWS adds later moves no node."""


@dataclass(frozen=True)
class Zone:
    """An availability zone. Names (eu-west-1a) are an account's own, IDs (euw1-az1) are the same for all."""

    name: str
    id: str


@dataclass(frozen=True, order=True)
class NodePlacement:
    """Where one node lives: its zone, and its number (from 1) among the zone's nodes."""

    zone: str
    number: int

    @property
    def node(self) -> str:
        """The node's name: the zone, and from the second node on its number: ``eu-west-1a``, ``eu-west-1a-2``."""
        return self.zone if self.number == 1 else f"{self.zone}-{self.number}"


def regions(file_system: str) -> list[str]:
    """The Regions that nodes can be in, with file systems of a kind: ``one-zone`` or ``regional``."""
    return sorted({*_ONE_ZONE, *(_REGIONAL_ONLY if file_system == "regional" else ())})


def short_name(region: str) -> str:
    """A Region's name as in the IDs of its zones, which begin with it: ``euw1`` for eu-west-1, ``apse2`` for ap-southeast-2."""
    area, *directions, number = region.split("-")
    initials = re.findall("north|south|east|west|central", "".join(directions))
    return area + "".join(word[0] for word in initials) + number


def suitable(region: str, zones: Sequence[Zone], file_system: str) -> list[Zone]:
    """Those of a Region's zones that can hold a node with a file system of a kind, by name."""
    numbers = _ONE_ZONE.get(region, frozenset({1, 2, 3}) if region in regions(file_system) else frozenset())
    return sorted((zone for zone in zones if _number(zone) in numbers), key=lambda zone: zone.name)


def _number(zone: Zone) -> int:
    match = re.fullmatch(r"[a-z0-9]+-az(\d+)", zone.id)
    return int(match.group(1)) if match else 0


def place(count: int, zones: Sequence[str]) -> list[NodePlacement]:
    """Places for ``count`` nodes, going round the zones: a node more or less moves no other."""
    return [NodePlacement(zones[index % len(zones)], index // len(zones) + 1) for index in range(count)]
