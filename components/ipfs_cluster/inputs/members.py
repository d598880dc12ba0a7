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


@dataclass(frozen=True, kw_only=True)
class ResolvedMembers:
    """`MemberSettings` with its defaults."""

    others: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    shared: pulumi.Input[str] | None = None

    @property
    def regions(self) -> int:
        """How many Regions the cluster is in."""
        return 1 + len(self.others)


SHARED: Mapping[str, Sequence[str]] = {
    "api": ("username", "password", "pinning_service_username", "pinning_service_password"),
    "credentials": ("api_password_version", "api_user_password_versions", "pinning_service_password_version", "cluster_secret_version"),
}
"""What the shared secrets decide, so that it has no effect beside them, by group."""


def problems(members: ResolvedMembers, given: Mapping[str, Mapping[str, Any]], own: Member) -> Problems:
    """What is wrong with members. ``given`` has all groups as they were given, ``own`` what is known of this Region so far."""
    for region in members.others:
        yield from region_problems("members.others", region)
        if region == own.region:
            yield Problem(path("members.others", Key(region)), "is this stack's own Region; leave it out.")
    yield from others_problems({region: value for region, value in members.others.items() if isinstance(value, str) and region != own.region}, own)
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


def others_problems(others: Mapping[str, str], own: Member) -> Problems:
    """What is wrong with the other Regions' members, each and as a whole."""
    members, wrong = parsed(others)
    for region, text in wrong.items():
        yield Problem(path("members.others", Key(region)), f"{text}.")
    for region, text in conflicts({own.region: own, **members}, own.region):
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
