"""Pure: the inputs of one edge for all Regions, and what is wrong with them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ..edge.plan import HostedZone, Plan
from ..regions import member_edge
from ..regions.member import Member
from ..regions.member_edge import Wanted
from . import checks, edge, gateway
from .edge import ResolvedEdge
from .gateway import ResolvedGateway
from .pinning import ResolvedPinning
from .problems import Key, Problem, Problems, path, ref
from .swarm import ResolvedSwarm

# What a load balancer has, and each Region's own stack decides.
_OF_REGIONS = ("scheme", "allowed_cidrs", "load_balancer_certificate_arn", "access_log_days")


def plan(given: ResolvedEdge, pinning_service: bool, hosted_zone: HostedZone | None, regions: Sequence[str]) -> Plan:
    """What the inputs come to. The load balancers are the Regions'."""
    found = edge.plan(given, pinning_service, hosted_zone, regions)
    return dataclasses.replace(found, load_balancer=False, https=False)


def wanted(plan: Plan) -> Wanted:
    """What each Region must fit."""
    return Wanted(
        gateway_host=plan.gateway_host,
        api_host=plan.api_host,
        subdomain_gateway=plan.subdomain_gateway,
        websites=plan.websites,
        pinning_service=plan.pinning_service,
    )


def problems(
    given_edge: Mapping[str, Any],
    given_gateway: Mapping[str, Any],
    resolved: ResolvedEdge,
    readers: ResolvedGateway,
    plan: Plan,
    hosted_zone: HostedZone | None,
) -> Problems:
    """What is wrong with the groups ``edge`` and ``gateway``, as they were given and as they are resolved."""
    yield from checks.choice(path("edge.mode"), resolved.mode, ("cloudfront",))
    yield from checks.useless("edge", given_edge, _OF_REGIONS, "it is for a load balancer, and those are the Regions' own; give it to them")
    yield from edge.distribution_problems(resolved, given_edge, plan, hosted_zone)
    yield from checks.useless("gateway", given_gateway, ("open",), "what the gateways serve is decided by each Region's stack; give it to them")
    yield from gateway.problems(readers, given_gateway, ResolvedSwarm(), ResolvedPinning(), "cloudfront")


def default_problems(default: str | None, regions: Sequence[str], has_edge: bool) -> Problems:
    """What is wrong with the default Region."""
    if default is None:
        return
    if not has_edge:
        yield Problem(path("default_region"), f"has no effect: there is no {ref('edge')}. Leave it out.")
    elif default not in regions:
        yield Problem(path("default_region"), f"{default!r} must be one of the members: {checks.listing(regions)}.")


def member_problems(members: Mapping[str, Member], plan: Plan) -> Problems:
    """The Regions that do not fit the edge."""
    edges = {region: member.edge for region, member in members.items()}
    for region, text in member_edge.conflicts(edges, wanted(plan)):
        yield Problem(path("members", Key(region)), text)
