"""Prices, what is assumed of a month, and the lines of a bill, pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Inputs = Mapping[str, Any]
Resources = Mapping[str, Sequence[Inputs]]
"""The inputs of all resources of a type, by type."""

FILE = Path(__file__).with_name("prices.yaml")
KIB = 2**20
"""KiB in a GiB."""


@dataclass(frozen=True)
class Assumptions:
    """The traffic and storage of a month."""

    stored_gib: float
    """On every node."""
    added_gib: float
    read_gib: float
    """Sent to readers."""
    hit_percent: float
    """The part of it that CloudFront has in its cache."""
    requests_million: float
    log_gib: float
    """Written by each node."""
    swarm_gib: float
    """Sent by the nodes to the IPFS network."""
    small_adds_million: float = 0
    """Adds of files below 32 KiB, in addition to ``added_gib``."""
    dht_gib: float = 0
    """Sent by each node of the public network for look-ups of other peers."""
    cold_percent: float = 0
    """The part of what is stored that nobody reads. It moves to Infrequent Access where the stack has a policy for that."""
    block_kib: float = 256
    """The size of a block. The REST API makes blocks of 256 KiB."""

    @property
    def thousand_blocks(self) -> float:
        """In a GiB."""
        return KIB / self.block_kib / 1000

    @property
    def missed_gib(self) -> float:
        """What the nodes send to CloudFront."""
        return self.read_gib * (100 - self.hit_percent) / 100


@dataclass(frozen=True)
class Line:
    """One item of the bill."""

    part: str
    what: str
    quantity: float
    price: str
    """Its key in the price file."""
    hours: bool = False
    """Whether the price is for an hour, and the quantity the same in all hours of the month."""


@dataclass(frozen=True)
class Prices:
    """The price file."""

    date: str
    """The latest day on which a price was looked up."""
    hours: float
    """In a month."""
    values: Mapping[str, Mapping[str, Any]]

    def usd(self, lines: Sequence[Line]) -> list[float]:
        """What each line costs. The free quantity of a price is subtracted once, from its first lines."""
        free = {key: price.get("free", 0) for key, price in self.values.items()}
        costs = []
        for line in lines:
            subtracted = min(free[line.price], line.quantity)
            free[line.price] -= subtracted
            costs.append(float((line.quantity - subtracted) * self.values[line.price]["usd"] * (self.hours if line.hours else 1)))
        return costs


def read_price_file() -> tuple[Prices, dict[str, Assumptions]]:
    """The prices, and the assumptions by name."""
    content = yaml.safe_load(FILE.read_text())
    newest = max(price["read"] for price in content["prices"].values())
    return Prices(str(newest), content["hours"], content["prices"]), {name: Assumptions(**values) for name, values in content["assumptions"].items()}
