"""Pure: the inputs of the network."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict

import pulumi

from . import checks
from .checks import Check, pattern
from .problems import Key, Path, Problem, Problems, path, ref


class NetworkSettings(TypedDict):
    """The network that the cluster runs in."""

    cidr: NotRequired[str]
    """IPv4 range of the VPC that is created for the cluster, from /16 to /22. Each zone's subnets are parts of it. Cannot change later.
    Default: 10.94.0.0/16."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """ID of an existing VPC to use, with DNS support and DNS host names on. Needs subnet_ids.
    Default: a VPC is created."""
    subnet_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """With vpc_id: one public subnet (a route to an internet gateway) for each zone, by zone name. Nodes are placed in these
    zones in order of their names; give nodes.zones too, so that adding a zone later does not move nodes. Default: none."""
    use_default_vpc: NotRequired[bool]
    """Use the Region's default VPC and its default subnets. Default: false."""
    load_balancer_subnet_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """With vpc_id: one subnet for the load balancer in each zone that has a node, by zone name: at least two, each /27 or
    larger, and private for an internal load balancer. Default: those of subnet_ids."""


@dataclass(frozen=True, kw_only=True)
class ResolvedNetwork:
    """`NetworkSettings` with its defaults."""

    cidr: str = "10.94.0.0/16"
    vpc_id: pulumi.Input[str] | None = None
    subnet_ids: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    use_default_vpc: bool = False
    load_balancer_subnet_ids: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


LARGEST_PREFIX = 27
"""A load balancer needs subnets of at least this size (Elastic Load Balancing, "Subnets for your load balancer")."""

_subnet_problem: Check = pattern(r"subnet-[0-9a-f]+", "the ID of a subnet like subnet-0123456789abcdef0")


def problems(network: ResolvedNetwork, given: Mapping[str, Any]) -> Problems:
    """What is wrong with the network, apart from what depends on zones and load balancer. ``given`` is the group as it was given."""
    yield from cidr_problems(network.cidr)
    if network.vpc_id is not None:
        yield from checks.now(path("network.vpc_id"), network.vpc_id, pattern(r"vpc-[0-9a-f]+", "the ID of a VPC like vpc-0123456789abcdef0"))
        if not network.subnet_ids:
            yield Problem(path("network.subnet_ids"), f"an existing VPC ({ref('network.vpc_id')}) needs one public subnet for each zone; give zone: subnet ID.")
        if network.use_default_vpc:
            yield Problem(path("network.use_default_vpc"), f"true contradicts {ref('network.vpc_id')}; give one of the two.")
    for name in ("subnet_ids", "load_balancer_subnet_ids"):
        subnets: Mapping[str, pulumi.Input[str]] = getattr(network, name)
        if subnets and network.vpc_id is None:
            yield Problem(path("network", name), f"subnets were given without the VPC that they are in; give {ref('network.vpc_id')} too.")
        for zone, subnet in subnets.items():
            yield from checks.now(path("network", name, Key(zone)), subnet, _subnet_problem)
    if network.vpc_id is not None or network.use_default_vpc:
        yield from checks.useless("network", given, ["cidr"], "the range is that of the existing VPC")


def cidr_problems(cidr: str) -> Problems:
    """What is wrong with the range of a VPC that is created."""
    where = path("network.cidr")
    try:
        block = ipaddress.IPv4Network(cidr)
    except ValueError:
        yield Problem(where, f"{cidr!r} is not an IPv4 range; use one like 10.94.0.0/16.")
        return
    if not 16 <= block.prefixlen <= 22:
        yield Problem(where, f"{cidr!r} has a /{block.prefixlen} prefix; use one from /16 to /22.")
    elif not block.is_private:
        yield Problem(where, f"{cidr!r} is not a private range; use one within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.")


# --- what is known only when the network has been looked up -----------------------------------------------------------


def vpc_problem(vpc_id: str, dns_support: bool | None, dns_host_names: bool | None) -> Problem | None:
    """What is wrong with an existing VPC. Nodes find each other by private DNS names, which do not resolve without both."""
    if dns_support is False or dns_host_names is False:
        return Problem(path("network.vpc_id"), f"{vpc_id} has DNS support or DNS host names off; switch both on.")
    return None


def zone_problem(where: Path, zone: str, subnet_id: str, actual_zone: str) -> Problem | None:
    """What is wrong with the zone of an existing subnet."""
    return None if actual_zone == zone else Problem(where, f"{subnet_id} is in {actual_zone}; give a subnet in {zone}.")


def size_problem(where: Path, subnet_id: str, cidr: str | None) -> Problem | None:
    """What is wrong with the size of a load balancer's subnet."""
    if not cidr:
        return Problem(where, f"{subnet_id} has no IPv4 addresses, which a load balancer and a VPC origin need; give another.")
    if ipaddress.IPv4Network(cidr).prefixlen > LARGEST_PREFIX:
        return Problem(where, f"{subnet_id} ({cidr}) is too small for a load balancer; give one of /{LARGEST_PREFIX} or larger.")
    return None


def subnet_zones(network: ResolvedNetwork, usable: Sequence[str]) -> list[str]:
    """The zones that a load balancer could have a subnet in."""
    return list(network.load_balancer_subnet_ids or network.subnet_ids or usable)
