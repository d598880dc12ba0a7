"""Pure: the inputs of IpfsGlobal, which joins the networks of a cluster's Regions, and is the one edge for all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict

import pulumi

from ..edge.plan import HostedZone, Plan
from ..naming import Names
from ..regions.member import Member, conflicts
from ..spelling import Spelling, current_spelling
from . import checks, fields, global_edge, names, tags
from .edge import EdgeSettings, ResolvedEdge
from .gateway import GatewaySettings, ResolvedGateway
from .members import parsed, region_problems
from .problems import InvalidInput, Key, Problem, Problems, path, ref

COMPONENT = "IpfsGlobal"


class IpfsGlobalArgs(TypedDict):
    """The inputs of IpfsGlobal."""

    members: NotRequired[dict[str, pulumi.Input[str]]]
    """The output `member` of each Region's stack, by Region: two Regions or more. With plain values everything is checked before the first
    resource; with outputs of other resources, as soon as all of them are known. Default: none."""
    link: NotRequired[str]
    """How packets come from one Region's VPC to another's: peering (a VPC peering connection between each two) or none (a link of your
    own, as by Transit Gateway, with its routes). Names and security groups are set up either way. Default: peering."""
    edge: NotRequired[EdgeSettings]
    """One gateway and one REST API for all Regions, each behind a CloudFront distribution; the Regions' stacks have edge.mode origin. All that
    concerns CloudFront and names counts; an empty group has CloudFront's own names. Default: none, each Region has its own edge."""
    gateway: NotRequired[GatewaySettings]
    """With edge: who may read. What the gateways serve (open) is each Region's own. Default: everyone."""
    pinning_service: NotRequired[bool]
    """With edge: whether the Pinning Service API is offered, as the stacks of all Regions must (api.pinning_service). Default: false."""
    default_region: NotRequired[str]
    """With edge: the Region of requests from edge locations that the program does not know, and with gateway.authentication token of all readers;
    the one nearest to it takes its place. Default: the first member by name."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for everything that can be tagged, in addition to the component's own. Default: none."""


@dataclass(frozen=True, kw_only=True)
class ResolvedGlobal:
    """`IpfsGlobalArgs` with its defaults."""

    members: Mapping[str, pulumi.Input[str]]
    link: str = "peering"
    tags: Mapping[str, pulumi.Input[str]]
    edge: ResolvedEdge | None = None
    gateway: ResolvedGateway = field(default_factory=ResolvedGateway)
    pinning_service: bool = False
    default_region: str = ""
    hosted_zone: HostedZone | None = None
    """That of edge.zone_id, if it is known already."""

    @property
    def regions(self) -> Sequence[str]:
        """The Regions, by name."""
        return sorted(self.members)

    @property
    def plan(self) -> Plan:
        """What the edge comes to."""
        return global_edge.plan(self.edge or ResolvedEdge(), self.pinning_service, self.hosted_zone, self.regions)


SHAPE = fields.group_shape(IpfsGlobalArgs)


def resolve(own: Names, args: IpfsGlobalArgs, account: str, hosted_zone: HostedZone | None = None) -> ResolvedGlobal:
    """``args`` with all defaults. Raises InvalidInput with every problem that can be found before outputs of other resources are known.

    ``account`` is the ID of the account that the stack is deployed to, ``hosted_zone`` that of edge.zone_id, if it is known.
    """
    present = {name: value for name, value in fields.whole(dict(args)).items() if value is not None}
    sound = fields.well_typed(SHAPE, {name: value for name, value in present.items() if name not in ("edge", "gateway")})
    groups = {group: fields.well_typed(SHAPE.fields[group], present.get(group)) for group in ("edge", "gateway")}
    members = sound.get("members", {})
    inputs = ResolvedGlobal(
        members=members,
        link=sound.get("link", "peering"),
        tags=sound.get("tags", {}),
        edge=fields.resolved(ResolvedEdge, groups["edge"]) if "edge" in present else None,
        gateway=fields.resolved(ResolvedGateway, groups["gateway"]),
        pinning_service=sound.get("pinning_service", False),
        default_region=sound.get("default_region") or min(members, default=""),
        hosted_zone=hosted_zone,
    )
    found = [*_problems(own, present, inputs, account), *_edge_problems(present, sound, groups, inputs)]
    if found:
        raise InvalidInput(own.component, found, current_spelling(), COMPONENT)
    return inputs


def _problems(own: Names, present: Mapping[str, Any], inputs: ResolvedGlobal, account: str) -> Problems:
    yield from fields.type_problems((), SHAPE, present, COMPONENT)
    yield from names.problems(own)
    yield from checks.choice(path("link"), inputs.link, ("peering", "none"))
    yield from tags.problems(inputs.tags)
    given = present.get("members", {})
    if isinstance(given, Mapping) and len(given) < 2:
        yield Problem(path("members"), f"{len(given)} Region(s) need no link; give the output `member` of two or more, by Region.")
    for region in inputs.members:
        yield from region_problems("members", region)
    plain = {region: value for region, value in inputs.members.items() if isinstance(value, str)}
    yield from member_problems(plain, account, inputs.plan if inputs.edge else None)


def _edge_problems(present: Mapping[str, Any], sound: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]], inputs: ResolvedGlobal) -> Problems:
    yield from global_edge.default_problems(sound.get("default_region"), inputs.regions, inputs.edge is not None)
    if inputs.edge is None:
        for group in ("gateway", "pinning_service"):
            if present.get(group):
                yield Problem(path(group), f"has no effect: there is no {ref('edge')}. Leave it out.")
        return
    yield from global_edge.problems(groups["edge"], groups["gateway"], inputs.edge, inputs.gateway, inputs.plan, inputs.hosted_zone)


def member_problems(values: Mapping[str, Any], account: str, plan: Plan | None = None) -> Problems:
    """What is wrong with the members, each and as a whole. One without a value is that of a stack that has none. ``plan`` is that of the edge."""
    there = {region: value for region, value in values.items() if value}
    members, wrong = parsed(there)
    for region in sorted(values.keys() - there.keys()):
        yield Problem(path("members", Key(region)), "has no value; deploy that Region's stack first, or leave the Region out.")
    for region, text in wrong.items():
        yield Problem(path("members", Key(region)), f"{text}.")
    for region, text in conflicts(members):
        yield Problem(path("members", Key(region)), text)
    for region, member in members.items():
        if member.account != account:
            text = f"is in account {member.account}, and this stack is deployed to {account}; deploy it with credentials of {member.account}."
            yield Problem(path("members", Key(region)), text)
    if plan is not None:
        yield from global_edge.member_problems(members, plan)


def known(own: Names, values: Mapping[str, Any], account: str, spelling: Spelling, plan: Plan | None = None) -> dict[str, Member]:
    """The members by Region, once their values are known. Raises InvalidInput with every problem found. ``plan`` is that of the edge."""
    found = list(member_problems(values, account, plan))
    if found:
        raise InvalidInput(own.component, found, spelling, COMPONENT)
    return dict(sorted(parsed(values)[0].items()))
