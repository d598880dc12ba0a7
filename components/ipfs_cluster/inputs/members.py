"""Pure: the inputs of members: the other Regions of a cluster that is in several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypedDict

import pulumi

from ..network import zones
from ..regions import shared_secrets
from ..regions.member import Member, conflicts, parse
from . import checks
from .problems import Key, Problem, Problems, path, ref


class MemberSettings(TypedDict):
    """The other Regions of a cluster that is in several: each is a stack of its own."""

    others: NotRequired[dict[str, pulumi.Input[str]]]
    """The output `member` of each other Region's stack, by Region. An output that has no value is left out: that Region's stack is not deployed
    yet, or no longer. Default: none, the cluster is in one Region."""
    shared: NotRequired[pulumi.Input[str]]
    """The output `shared_secrets` of the first Region's stack, a secret: the cluster secret, a private swarm's key, and the logins of the APIs.
    Leave it out in the first Region. Default: none, the stack makes its own."""
    role: NotRequired[str]
    """writer (takes pins), or reader: holds and serves what the writers pin, takes no pins, and is never waited for by an add. The first Region
    is a writer. Default: writer."""


@dataclass(frozen=True, kw_only=True)
class ResolvedMembers:
    """`MemberSettings` with its defaults."""

    others: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    shared: pulumi.Input[str] | None = None
    role: str = "writer"

    @property
    def is_reader(self) -> bool:
        """Whether the Region's nodes only read."""
        return self.role == "reader"

    @property
    def regions(self) -> int:
        """How many Regions the cluster is in."""
        return 1 + len(self.others)


SHARED: Mapping[str, Sequence[str]] = {
    "api": ("username", "password", "pinning_service_username", "pinning_service_password"),
    "credentials": ("api_password_version", "api_user_password_versions", "pinning_service_password_version", "cluster_secret_version"),
}
"""What the shared secrets decide, so that it has no effect beside them, by group."""


def problems(members: ResolvedMembers, given: Mapping[str, Mapping[str, Any]], own: Member, everywhere: bool) -> Problems:
    """What is wrong with members. ``given`` has all groups as they were given, ``own`` what is known of this Region so far, ``everywhere`` whether
    every node holds every pin.
    """
    yield from checks.choice(path("members.role"), members.role, ("writer", "reader"))
    if members.is_reader:
        yield from _reader_problems(members, given)
    for region in members.others:
        yield from region_problems("members.others", region)
        if region == own.region:
            yield Problem(path("members.others", Key(region)), "is this stack's own Region; leave it out.")
    known = {region: value for region, value in members.others.items() if isinstance(value, str) and region != own.region}
    yield from others_problems(known, own, everywhere, all_known=len(known) == len(members.others))
    shared = members.shared
    if shared is None:
        return
    if isinstance(shared, str) and (wrong := shared_secrets.problem(shared)):
        yield Problem(path("members.shared"), f"{wrong}.")
    for group, names in SHARED.items():
        yield from checks.useless(group, given[group], names, f"{ref('members.shared')} has what the first Region's stack made or was given")


def region_problems(group: str, region: str) -> Problems:
    """What is wrong with a Region's name."""
    possible = zones.regions("regional")
    if region not in possible:
        text = f"nodes cannot be in {region}, which lacks EFS, Fargate on ARM64 or CloudFront VPC origins; use one of {checks.listing(possible)}."
        yield Problem(path(group, Key(region)), text)


def _reader_problems(members: ResolvedMembers, given: Mapping[str, Mapping[str, Any]]) -> Problems:
    """What a reader lacks, or cannot have."""
    if members.shared is None:
        yield Problem(path("members.role"), f"reader needs {ref('members.shared')}, the output `shared_secrets` of a Region that is a writer.")
    yield from checks.useless("pinning", given["pinning"], given["pinning"], f"{ref('members.role')} is reader, which holds what every node holds")


def others_problems(others: Mapping[str, str], own: Member, everywhere: bool, *, all_known: bool) -> Problems:
    """What is wrong with the other Regions' members, each and as a whole. ``everywhere``: every node holds every pin."""
    members, wrong = parsed(others)
    for region, text in wrong.items():
        yield Problem(path("members.others", Key(region)), f"{text}.")
    for region, text in conflicts({own.region: own, **members}, own.region):
        yield Problem(path("members.others", Key(region)), text)
    if own.is_reader and all_known and not wrong and all(member.is_reader for member in members.values()):
        text = f"reader needs a Region that is a writer; deploy that one first, and give its output `member` in {ref('members.others')}."
        yield Problem(path("members.role"), text)
    for region, member in members.items():
        if member.is_reader and not everywhere and own.replicas_per_region is None:  # which the members tell of
            text = f"is a reader, which holds what every node holds, but pins go to some nodes only; set {ref('pinning')} to every node, or make it a writer."
            yield Problem(path("members.others", Key(region)), text)


def parsed(values: Mapping[str, str]) -> tuple[dict[str, Member], dict[str, str]]:
    """The members by Region, and what is wrong with those that are none."""
    members: dict[str, Member] = {}
    wrong: dict[str, str] = {}
    for region, value in values.items():
        try:
            members[region] = parse(value)
        except ValueError as error:
            wrong[region] = str(error)
    return members, wrong


def missing_problem(name: str) -> str:
    """What to do if the first Region's shared secrets lack one; ``name`` is its name among them."""
    own_parameters = {shared_secrets.CLUSTER_SECRET: "cluster_secret_parameter", shared_secrets.SWARM_KEY: "swarm_key_parameter"}
    if name in own_parameters or name == shared_secrets.API:
        parameter = ref("credentials", own_parameters.get(name, "api_credentials_parameter"))
        text = "which the first Region keeps in an SSM parameter of its own or does not have; store the same in a parameter of this Region, and give"
        return f"lacks {name}, {text} {parameter}."
    if name == shared_secrets.PINNING_SERVICE:
        return f"lacks {name}; set {ref('api.pinning_service')} in the first Region too, and deploy that one before this."
    return f"lacks {name}; add the user to {ref('api.users')} in the first Region too, and deploy that one before this."
