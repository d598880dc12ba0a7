"""What the process with the DNS records serves, pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Zone:
    """A public hosted zone of the user's."""

    id: str
    name: str


def zone_of(edge: Mapping[str, Any]) -> Zone | None:
    """The hosted zone that the group ``edge`` of a configuration refers to, if it does. Its name is what the edge's names have in common."""
    id_, domain = edge.get("zoneId"), edge.get("domain")
    if not isinstance(id_, str) or not isinstance(domain, str):
        return None
    common = domain.split(".")
    for website in edge.get("websites") or ():
        labels = str(website).split(".")
        length = next((n for n in range(min(len(common), len(labels)), 1, -1) if common[-n:] == labels[-n:]), 0)
        if length:  # one of another domain has its records elsewhere
            common = common[-length:]
    return Zone(id_, ".".join(common))


@dataclass(frozen=True)
class Settings:
    """The zone and distributions of a stack, and where they are served."""

    zone: Zone
    distributions: Sequence[str]
    """The IDs of the distributions."""
    address: str
    """Where the DNS server listens: the address that this machine has in the nodes' network. It is 127.0.0.1 where it has none."""
    dns_port: int
    aws_port: int
    """On 127.0.0.1."""

    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "Settings":
        """From JSON."""
        given = json.loads(text)
        return cls(**{**given, "zone": Zone(**given["zone"])})
