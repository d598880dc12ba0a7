"""The file ``Regions.<name>.yaml``: which stacks are the Regions of a cluster, and how far they are from each other."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..simulation import Configuration, ConfigurationError, read_configuration

ROUND_TRIP_MILLISECONDS = 80.0
"""From Ireland to Virginia, roughly."""
LONGEST_MILLISECONDS = 2000.0

_FROM_OTHERS = ("members.others", "members.shared")


@dataclass(frozen=True)
class Regions:
    """The stacks of a cluster over several Regions."""

    name: str
    stacks: Mapping[str, Configuration]
    """By Region, the first one first: it makes the secrets that all share."""
    roles: Mapping[str, Mapping[str, Any]]
    """What else is in the group members of each, by Region."""
    round_trip_milliseconds: float
    inputs: Mapping[str, Any]
    """Of IpfsGlobal, in camelCase, without its members."""


def path(root: Path, name: str) -> Path:
    """The file's path."""
    return root / f"Regions.{name}.yaml"


def read(root: Path, name: str) -> Regions:
    """The file, with the configuration of each stack. Raises ConfigurationError."""
    file = path(root, name)
    given = yaml.safe_load(file.read_text())
    wrong = list(_problems(given))
    if wrong:
        raise ConfigurationError("\n".join(f"{file.name}: {problem}" for problem in wrong))
    # What a stack is told of the others is made here; on AWS it comes from there, and is encrypted in part.
    configurations = [read_configuration(root, stack, without=_FROM_OTHERS) for stack in given["stacks"]]
    stacks = {configuration.region: configuration for configuration in configurations}
    if len(stacks) < len(configurations):
        regions = ", ".join(f"{one.stack} is in {one.region}" for one in configurations)
        raise ConfigurationError(f"{file.name}: each stack must be in a Region of its own ({regions}); change aws:region in Pulumi.<stack>.yaml")
    roles = {region: json.loads(configuration.values.get(f"{configuration.project}:members", "{}")) for region, configuration in stacks.items()}
    return Regions(name, stacks, roles, float((given.get("link") or {}).get("roundTripMilliseconds", ROUND_TRIP_MILLISECONDS)), given.get("world") or {})


def _problems(given: Any) -> Iterator[str]:
    if not isinstance(given, Mapping):
        yield "must have a list `stacks`, such as [europe, america]"
        return
    for key in sorted(given.keys() - {"stacks", "link", "world"}):
        yield f"{key} is not known; it takes stacks, link and world"
    stacks = given.get("stacks")
    if not isinstance(stacks, Sequence) or isinstance(stacks, str) or len(set(map(str, stacks))) < max(2, len(stacks)):
        yield f"stacks is {stacks!r}; give two or more different stacks by name, such as [europe, america]"
    link = given.get("link") or {}
    if not isinstance(link, Mapping) or link.keys() - {"roundTripMilliseconds"}:
        yield f"link is {link!r}; give its roundTripMilliseconds and nothing else"
    elif (problem := milliseconds_problem(link.get("roundTripMilliseconds", ROUND_TRIP_MILLISECONDS))) is not None:
        yield f"link.roundTripMilliseconds {problem}"
    if not isinstance(given.get("world") or {}, Mapping):
        yield f"world is {given['world']!r}; give inputs of IpfsGlobal by name"


def milliseconds_problem(value: Any) -> str | None:
    """What is wrong with a link's round trip, if anything."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST_MILLISECONDS:
        return f"is {value!r}; give milliseconds from 0 to {LONGEST_MILLISECONDS:g}"
    return None
