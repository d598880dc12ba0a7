"""What a run costs and how long it takes, before it starts."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass

from cost import bill, stacks
from cost.prices import read_price_file

from . import settings
from .probes import PROBES

# In addition to the stack: a fourth node for an hour, the kit's own tasks and distribution, backups, some GiB written and read.
_EXTRA_USD = 0.50
_SAFETY = 1.5


@dataclass(frozen=True)
class Estimate:
    """How long a run is expected to take, and what to cost."""

    minutes: float
    usd: float
    month_usd: float
    """What the stack would cost a month if it were kept and nobody used it."""
    resources: dict[str, int]
    """The number of resources by type."""
    prices_of: str


def estimate(skip: Collection[str] = ()) -> Estimate:
    """The estimate of a run without the probes ``skip``, by the prices and the bill of `make cost`."""
    minutes = sum(probe.minutes for probe in PROBES if probe.name not in skip and probe.name != "expiry-begin")
    prices, assumptions = read_price_file()
    quiet = {"stored_gib": 2, "added_gib": 2, "read_gib": 2, "hit_percent": 0, "requests_million": 0.01, "log_gib": 0.2, "swarm_gib": 1}
    assumed = dataclasses.replace(assumptions["usual"], **quiet)
    found = stacks.registered(stacks.configured(settings.groups()))
    month = sum(prices.usd(list(bill.bill(found, assumed, prices))))
    usd = month / prices.hours * minutes / 60 * _SAFETY + _EXTRA_USD
    return Estimate(minutes, usd, month, {type_: len(inputs) for type_, inputs in found.items()}, prices.date)
