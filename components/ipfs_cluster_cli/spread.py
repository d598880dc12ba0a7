"""Over which Regions a pin is spread, and what is asked for so that each has its copies, pure. daemons/regions.sh does the same on a node."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .pins import Pin, PinOptions
from .words import count


@dataclass(frozen=True)
class Spread:
    """How a cluster's pins are to be spread over Regions."""

    copies: int = 0
    """Number of nodes that are to hold a pin in each Region; 0 if the Regions do not matter."""
    nodes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Peer ID of each node's ipfs-cluster by Region and node; empty in one Region."""

    @classmethod
    def of(cls, outputs: Mapping[str, Any], member: Mapping[str, Any]) -> "Spread":
        """As a stack's outputs say; ``member`` is the output of that name, read."""
        regions: dict[str, dict[str, str]] = {}
        for key, peer in (outputs.get("regions") or {}).items():
            region, _, node = key.partition(" ")
            regions.setdefault(region, {})[node] = peer
        return cls(int(member.get("replicasPerRegion") or 0) if regions else 0, regions)

    @property
    def names(self) -> dict[str, str]:
        """The name of each node by its peer ID."""
        return {peer: node for nodes in self.nodes.values() for node, peer in nodes.items()}

    def lacking(self, pin: Pin) -> dict[str, int]:
        """How many copies a pin lacks, by Region.

        None of a pin that every node holds, or that is to have fewer copies than the Regions need: its own numbers say so. What was pinned
        when there were fewer Regions is among the rest.
        """
        least, most = pin.replication
        if not self.copies or not pin.allocations or not (most >= self.copies * len(self.nodes) or (least == self.copies and most > self.copies)):
            return {}
        region_of = {peer: region for region, nodes in self.nodes.items() for peer in nodes.values()}
        held = Counter(region_of.get(peer, "") for peer in pin.allocations)
        wanted = {region: min(self.copies, len(nodes)) for region, nodes in self.nodes.items()}
        return {region: wanted[region] - held[region] for region in sorted(wanted) if held[region] < wanted[region]}

    def more(self, pin: Pin) -> PinOptions:
        """The options with which a pin gets what it lacks.

        ipfs-cluster allocates nothing while a pin has its smallest number of copies, and then what it has stays (allocate.go,
        obtainAllocations). So as many are demanded as it will have.
        """
        lacking = self.lacking(pin)
        copies = len(pin.allocations) + sum(lacking.values())
        preferred = [peer for region in lacking for peer in self.nodes[region].values() if peer not in pin.allocations]
        return replace(_options(pin), replication=(copies, copies), allocations=preferred)

    @staticmethod
    def settled(pin: Pin, before: Pin) -> PinOptions:
        """The options with which a pin, which got more copies, has its own numbers again: only the largest rises with them, as ipfs-cluster
        would drop by chance what is above it.
        """
        least, most = before.replication
        return replace(_options(pin), replication=(least, max(most, len(pin.allocations))))


def _options(pin: Pin) -> PinOptions:
    return PinOptions(pin.name, pin.metadata, pin.expire_at, mode=pin.mode, origins=pin.origins)


def sentence(lacking: Mapping[str, int], pin: Pin) -> str:
    """A pin that misses Regions, in words."""
    name = f" ({pin.name})" if pin.name else ""
    return f"{pin.cid}{name}: " + ", ".join(f"{number} too few in {region}" for region, number in lacking.items())


def miss(number: int) -> str:
    """That so many pins miss a Region."""
    return f"{count(number, 'pin')} {'misses' if number == 1 else 'miss'} a Region"


def few(sentences: Sequence[str]) -> str:
    """The first of them."""
    return "; ".join(sentences[:3])
