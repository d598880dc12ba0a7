"""Pure: the inputs of pinning: how many nodes hold a pin."""

from dataclasses import dataclass
from typing import NotRequired, TypedDict

from .problems import Problem, Problems, path, ref


class PinningSettings(TypedDict):
    """How many nodes hold each pin."""

    replication_min: NotRequired[int]
    """Minimum number of nodes that must hold a pin for it to be accepted; -1 with replication_max -1 is every node. Default: -1."""
    replication_max: NotRequired[int]
    """Maximum number of nodes that hold a pin; -1 is every node. Default: -1."""


@dataclass(frozen=True, kw_only=True)
class ResolvedPinning:
    """`PinningSettings` with its defaults."""

    replication_min: int = -1
    replication_max: int = -1

    @property
    def is_everywhere(self) -> bool:
        """Whether every node holds every pin."""
        return self.replication_max == -1


def problems(pinning: ResolvedPinning, count: int) -> Problems:
    """What is wrong with the replication. ``count`` is the number of nodes."""
    low, high = pinning.replication_min, pinning.replication_max
    where, maximum = path("pinning.replication_min"), ref("pinning.replication_max")
    if low == high == -1:
        return
    if low < 1 or high < 1:
        yield Problem(where, f"{low} does not go together with {maximum} {high}; use -1 for both (every node), or numbers from 1 to {count} for both.")
        return
    if low > high:
        yield Problem(where, f"{low} is above {maximum}, which is {high}; lower it or raise the other.")
    if high > count:
        text = f"{high} is above the number of nodes, which is {count}; lower it or raise {ref('nodes.count')}."
        yield Problem(path("pinning.replication_max"), text)
