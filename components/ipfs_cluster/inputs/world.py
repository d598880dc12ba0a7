"""Pure: the inputs of IpfsGlobal, which joins the networks of a cluster's Regions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi

from ..naming import Names
from ..regions.member import Member, conflicts
from ..spelling import Spelling, current_spelling
from . import checks, fields, names, tags
from .members import parsed, region_problems
from .problems import InvalidInput, Key, Problem, Problems, path

COMPONENT = "IpfsGlobal"


class IpfsGlobalArgs(TypedDict):
    """The inputs of IpfsGlobal."""

    members: NotRequired[dict[str, pulumi.Input[str]]]
    """The output `member` of each Region's stack, by Region: two Regions or more. With plain values everything is checked before the first
    resource; with outputs of other resources, as soon as all of them are known. Default: none."""
    link: NotRequired[str]
    """How packets come from one Region's VPC to another's: peering (a VPC peering connection between each two) or none (a link of your
    own, as by Transit Gateway, with its routes). Names and security groups are set up either way. Default: peering."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags for everything that can be tagged, in addition to the component's own. Default: none."""


@dataclass(frozen=True, kw_only=True)
class ResolvedGlobal:
    """`IpfsGlobalArgs` with its defaults."""

    members: Mapping[str, pulumi.Input[str]]
    link: str = "peering"
    tags: Mapping[str, pulumi.Input[str]]


SHAPE = fields.group_shape(IpfsGlobalArgs)


def resolve(own: Names, args: IpfsGlobalArgs, account: str) -> ResolvedGlobal:
    """``args`` with all defaults. Raises InvalidInput with every problem that can be found before outputs of other resources are known.

    ``account`` is the ID of the account that the stack is deployed to.
    """
    present = {name: value for name, value in fields.whole(dict(args)).items() if value is not None}
    sound = fields.well_typed(SHAPE, present)
    inputs = ResolvedGlobal(members=sound.get("members", {}), link=sound.get("link", "peering"), tags=sound.get("tags", {}))
    found = list(_problems(own, present, inputs, account))
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
    yield from member_problems({region: value for region, value in inputs.members.items() if isinstance(value, str)}, account)


def member_problems(values: Mapping[str, Any], account: str) -> Problems:
    """What is wrong with the members, each and as a whole. One without a value is that of a stack that has none."""
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


def known(own: Names, values: Mapping[str, Any], account: str, spelling: Spelling) -> dict[str, Member]:
    """The members by Region, once their values are known. Raises InvalidInput with every problem found."""
    found = list(member_problems(values, account))
    if found:
        raise InvalidInput(own.component, found, spelling, COMPONENT)
    return dict(sorted(parsed(values)[0].items()))
