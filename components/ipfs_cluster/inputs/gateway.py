"""Pure: the inputs of the gateway: what it serves, and to whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, Optional, TypedDict

import pulumi

from . import checks
from .checks import pattern
from .pinning import ResolvedPinning
from .problems import Problem, Problems, path, ref
from .swarm import ResolvedSwarm


class GatewaySettings(TypedDict):
    """What the gateway serves, and to whom."""

    open: NotRequired[bool]
    """Whether the gateway fetches what the cluster does not hold from the IPFS network, for anyone, at your traffic's
    cost. Needs the public swarm. Default: false, it serves what the cluster holds."""
    authentication: NotRequired[str]
    """Whom CloudFront lets read: none asks nobody, basic asks for a user name and password, token for a token of a Cognito
    user pool (`Authorization: Bearer …`). Default: none."""
    username: NotRequired[str]
    """With authentication basic: the user name, without `:`. Default: made by pulumi-random."""
    password: NotRequired[pulumi.Input[str]]
    """With authentication basic: the password, at least 12 characters. CloudFront holds a salted hash of it.
    Default: made by pulumi-random."""
    user_pool_id: NotRequired[pulumi.Input[str]]
    """With authentication token: ID of an existing Cognito user pool, in any Region. Needs user_pool_client_id.
    Default: a pool is made, in which administrators create the users."""
    user_pool_client_id: NotRequired[pulumi.Input[str]]
    """With user_pool_id: ID of the pool's app client whose tokens are taken. Default: a client is made."""


@dataclass(frozen=True, kw_only=True)
class ResolvedGateway:
    """`GatewaySettings` with its defaults."""

    open: bool = False
    authentication: str = "none"
    username: Optional[str] = None
    password: Optional[pulumi.Input[str]] = None
    user_pool_id: Optional[pulumi.Input[str]] = None
    user_pool_client_id: Optional[pulumi.Input[str]] = None


user_pool_problem = pattern(r"[a-z0-9-]+-\d_\w+", "the ID of a user pool; give one like eu-west-1_aBcDeFgHi")


def problems(gateway: ResolvedGateway, given: Mapping[str, Any], swarm: ResolvedSwarm, pinning: ResolvedPinning, edge_mode: str) -> Problems:
    """What is wrong with the gateway. ``given`` is the group as it was given."""
    if gateway.open and swarm.is_private:
        text = "true needs the public swarm, a private one reaches its own nodes only; leave it false, or set"
        yield Problem(path("gateway.open"), f"{text} {ref('swarm.mode')} to public.")
    if not gateway.open and not swarm.is_private and not pinning.is_everywhere:
        text = f"false with {ref('pinning.replication_max')} {pinning.replication_max} in the public swarm would answer 404 for what another node holds; use"
        yield Problem(path("gateway.open"), f"{text} replication -1, or {ref('swarm.mode')} private, or {ref('gateway.open')} true.")
    yield from checks.now(path("gateway.username"), gateway.username, checks.username_problem)
    yield from checks.now(path("gateway.password"), gateway.password, checks.password_problem)
    yield from _authentication_problems(gateway, given, edge_mode)


def _authentication_problems(gateway: ResolvedGateway, given: Mapping[str, Any], edge_mode: str) -> Problems:
    how, setting = gateway.authentication, ref("gateway.authentication")
    if how not in ("none", "basic", "token"):
        yield from checks.choice(path("gateway.authentication"), how, ("none", "basic", "token"))
        return
    if how != "none" and edge_mode != "cloudfront":
        text = f"{how!r} is checked by CloudFront, but {ref('edge.mode')} is {edge_mode}; use none, or set {ref('edge.mode')} to cloudfront."
        yield Problem(path("gateway.authentication"), text)
    for name, needed in (("username", "basic"), ("password", "basic"), ("user_pool_id", "token"), ("user_pool_client_id", "token")):
        if name in given and how != needed:
            yield Problem(path("gateway", name), f"is for {setting} {needed}, which is {how}; leave it out, or set {setting} to {needed}.")
    if (gateway.user_pool_id is None) != (gateway.user_pool_client_id is None):
        yield Problem(path("gateway.user_pool_id"), f"must be given together with {ref('gateway.user_pool_client_id')}.")
    yield from checks.now(path("gateway.user_pool_id"), gateway.user_pool_id, user_pool_problem)
