"""Pure: the inputs of pinning: how many nodes hold a pin, and when they know of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from . import checks
from .problems import Problem, Problems, path, ref


class PinningSettings(TypedDict):
    """How many nodes hold each pin, and when they know of it."""

    replication_min: NotRequired[int]
    """Minimum number of nodes that must hold a pin for it to be accepted; -1 with replication_max -1 is every node. Default: -1."""
    replication_max: NotRequired[int]
    """Maximum number of nodes that hold a pin; -1 is every node. Default: -1."""
    replicas_per_region: NotRequired[int]
    """Number of nodes that hold a pin in each Region of a cluster that is in several, instead of the two above: at least so many nodes, and with
    all Regions well so many in each. The same in all Regions. Default: none, the two above count, over all Regions."""
    batch_milliseconds: NotRequired[int]
    """Milliseconds (50 to 10000) for which a node collects pins and unpins, to store them and tell the other nodes of them together; 0 stores
    and tells each by itself, before it is answered. With batches many pins are on all nodes sooner, and a node that is killed loses those of
    the last moment, although it had answered them. Default: none; it is 0, and 1000 in several Regions."""


@dataclass(frozen=True, kw_only=True)
class ResolvedPinning:
    """`PinningSettings` with its defaults."""

    replication_min: int = -1
    replication_max: int = -1
    replicas_per_region: int | None = None
    batch_milliseconds: int | None = None

    @property
    def is_everywhere(self) -> bool:
        """Whether every node holds every pin."""
        return self.replication_max == -1 and self.replicas_per_region is None

    @property
    def most(self) -> str:
        """The input that says how many nodes hold a pin at most, with its value."""
        if self.replicas_per_region is not None:
            return f"{ref('pinning.replicas_per_region')} {self.replicas_per_region}"
        return f"{ref('pinning.replication_max')} {self.replication_max}"

    def factors(self, regions: int) -> tuple[int, int]:
        """Minimum and maximum number of nodes that hold a pin, of a cluster in so many Regions."""
        if self.replicas_per_region is None:
            return self.replication_min, self.replication_max
        # The minimum is what one Region can give: otherwise no add would succeed while the others are away.
        return self.replicas_per_region, self.replicas_per_region * regions

    def batch(self, several: bool) -> int:
        """For how many milliseconds pins are collected; 0 for not at all. ``several``: there are nodes in other Regions.

        Each update that a node of another Region lacks costs it a round trip, one after the other: after 10 s of adds at 20/s the other Region
        was 18 s behind at 80 ms, with batches of a second 1.1 s.
        """
        return self.batch_milliseconds if self.batch_milliseconds is not None else 1000 if several else 0


_SHORTEST_BATCH, _LONGEST_BATCH = 50, 10_000


def problems(pinning: ResolvedPinning, given: Mapping[str, Any], count: int, regions: int) -> Problems:
    """What is wrong with the replication. ``given`` is the group as it was given, ``count`` the number of nodes, in one of ``regions`` Regions."""
    batch = pinning.batch_milliseconds
    if batch and not _SHORTEST_BATCH <= batch <= _LONGEST_BATCH:
        text = f"{batch} is neither 0 nor from {_SHORTEST_BATCH} to {_LONGEST_BATCH}; use 0 for no batches, or a number of milliseconds in that range."
        yield Problem(path("pinning.batch_milliseconds"), text)
    low, high, per_region = pinning.replication_min, pinning.replication_max, pinning.replicas_per_region
    if per_region is not None:
        where = path("pinning.replicas_per_region")
        yield from checks.at_least_one(where, per_region)
        if per_region > count:
            yield Problem(where, f"{per_region} is above the number of nodes of this Region, which is {count}; lower it or raise {ref('nodes.count')}.")
        reason = f"{ref('pinning.replicas_per_region')} says how many nodes hold a pin"
        yield from checks.useless("pinning", given, ("replication_min", "replication_max"), reason)
        return
    where, maximum = path("pinning.replication_min"), ref("pinning.replication_max")
    if low == high == -1:
        return
    if low < 1 or high < 1:
        yield Problem(where, f"{low} does not go together with {maximum} {high}; use -1 for both (every node), or numbers from 1 to {count} for both.")
        return
    if low > high:
        yield Problem(where, f"{low} is above {maximum}, which is {high}; lower it or raise the other.")
    if high > count and regions == 1:  # otherwise the other Regions' nodes count too
        text = f"{high} is above the number of nodes, which is {count}; lower it or raise {ref('nodes.count')}."
        yield Problem(path("pinning.replication_max"), text)
