"""Pure: the inputs of credentials: where keys and secrets come from and are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, Optional, TypedDict

import pulumi

from . import checks, fields
from .api import ResolvedApi
from .checks import pattern
from .gateway import ResolvedGateway
from .problems import Key, Path, Problem, Problems, path, ref
from .swarm import ResolvedSwarm


class NodeIdentity(TypedDict):
    """Who a node's daemons are: peer IDs, and where their private keys lie."""

    kubo_peer_id: NotRequired[str]
    """Peer ID of kubo. Needs kubo_private_key_parameter. Default: made by pulumi-random."""
    kubo_private_key_parameter: NotRequired[str]
    """Name of the SSM parameter with kubo's private key (base64, CAESQ…). Needs kubo_peer_id. Default: made."""
    cluster_peer_id: NotRequired[str]
    """Peer ID of ipfs-cluster. Needs cluster_private_key_parameter. Default: made by pulumi-random."""
    cluster_private_key_parameter: NotRequired[str]
    """Name of the SSM parameter with ipfs-cluster's private key (base64, CAESQ…). Needs cluster_peer_id. Default: made."""


class CredentialSettings(TypedDict):
    """Where keys and secrets come from and are kept."""

    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts the SSM parameters, given ones included. Default: the account's aws/ssm."""
    api_credentials_parameter: NotRequired[pulumi.Input[str]]
    """Name of an existing SSM parameter with the REST API's credentials as `user:password`. It is only used, never
    written, and neither part is an output then. Default: a parameter is made."""
    api_password_version: NotRequired[int]
    """Raise it to make a new REST API password. Default: 1."""
    gateway_password_version: NotRequired[int]
    """Raise it to make a new gateway password (gateway.authentication basic). Default: 1."""
    pinning_service_password_version: NotRequired[int]
    """Raise it to make a new Pinning Service API password; its tokens end with the old one. Default: 1."""
    cluster_secret_parameter: NotRequired[pulumi.Input[str]]
    """Name of an existing SSM parameter with the cluster secret, 64 hexadecimal characters; only used, never written.
    Default: a parameter is made."""
    cluster_secret_version: NotRequired[int]
    """Raise it to make a new cluster secret. Default: 1."""
    swarm_key_parameter: NotRequired[pulumi.Input[str]]
    """Name of an existing SSM parameter with the text of the private swarm's swarm.key file; only used, never written.
    Needs swarm.mode private. Default: a parameter is made in private mode."""
    identities: NotRequired[dict[str, NodeIdentity]]
    """Identities from outside, by node name (the zone, further nodes of a zone with -2, -3). Default: all are made."""


@dataclass(frozen=True, kw_only=True)
class ResolvedNodeIdentity:
    """`NodeIdentity` with its defaults."""

    kubo_peer_id: Optional[str] = None
    kubo_private_key_parameter: Optional[str] = None
    cluster_peer_id: Optional[str] = None
    cluster_private_key_parameter: Optional[str] = None

    def of(self, daemon: str) -> Optional[tuple[str, str]]:
        """The peer ID and the private key's parameter of ``kubo`` or ``cluster``, if they are given."""
        peer_id, parameter = (self.kubo_peer_id, self.kubo_private_key_parameter)
        if daemon == "cluster":
            peer_id, parameter = (self.cluster_peer_id, self.cluster_private_key_parameter)
        return None if peer_id is None or parameter is None else (peer_id, parameter)


@dataclass(frozen=True, kw_only=True)
class ResolvedCredentials:
    """`CredentialSettings` with its defaults."""

    kms_key_arn: Optional[pulumi.Input[str]] = None
    api_credentials_parameter: Optional[pulumi.Input[str]] = None
    api_password_version: int = 1
    gateway_password_version: int = 1
    pinning_service_password_version: int = 1
    cluster_secret_parameter: Optional[pulumi.Input[str]] = None
    cluster_secret_version: int = 1
    swarm_key_parameter: Optional[pulumi.Input[str]] = None
    identities: Mapping[str, ResolvedNodeIdentity] = fields.each(ResolvedNodeIdentity)


_peer_id_problem = pattern(r"(12D3KooW|Qm|16Uiu2HA)[1-9A-HJ-NP-Za-km-z]{40,48}", "a peer ID; give one like 12D3KooW…")


def problems(
    credentials: ResolvedCredentials, given: Mapping[str, Any], api: ResolvedApi, gateway: ResolvedGateway, swarm: ResolvedSwarm, names: Sequence[str]
) -> Problems:
    """What is wrong with credentials. ``given`` is the group as it was given, ``names`` are the nodes' names."""
    yield from checks.now(path("credentials.kms_key_arn"), credentials.kms_key_arn, checks.key_arn_problem)
    for name in ("api_credentials_parameter", "cluster_secret_parameter", "swarm_key_parameter"):
        yield from checks.now(path("credentials", name), getattr(credentials, name), checks.parameter_problem)
    for name in ("api_password_version", "gateway_password_version", "pinning_service_password_version", "cluster_secret_version"):
        yield from checks.at_least_one(path("credentials", name), getattr(credentials, name))
    if credentials.swarm_key_parameter is not None and not swarm.is_private:
        text = f"the public swarm has no key; leave it out, or set {ref('swarm.mode')} to private."
        yield Problem(path("credentials.swarm_key_parameter"), text)
    yield from _useless_versions(credentials, given, api, gateway)
    for node, identity in credentials.identities.items():
        where = path("credentials.identities", Key(node))
        if node not in names:
            yield Problem(where, f"there is no such node; the nodes are {checks.listing(names)}.")
        yield from _identity_problems(where, identity)


def _useless_versions(credentials: ResolvedCredentials, given: Mapping[str, Any], api: ResolvedApi, gateway: ResolvedGateway) -> Problems:
    """A version makes a new password; where none is made it would do nothing."""
    reasons = {
        "api_password_version": (
            f"{ref('credentials.api_credentials_parameter')} holds the password"
            if credentials.api_credentials_parameter is not None
            else f"{ref('api.password')} is the password"
            if api.password is not None
            else ""
        ),
        "gateway_password_version": (
            f"{ref('gateway.authentication')} is {gateway.authentication}"
            if gateway.authentication != "basic"
            else f"{ref('gateway.password')} is the password"
            if gateway.password is not None
            else ""
        ),
        "pinning_service_password_version": (
            f"{ref('api.pinning_service')} is false"
            if not api.pinning_service
            else f"{ref('api.pinning_service_password')} is the password"
            if api.pinning_service_password is not None
            else ""
        ),
        "cluster_secret_version": (
            f"{ref('credentials.cluster_secret_parameter')} holds the secret" if credentials.cluster_secret_parameter is not None else ""
        ),
    }
    for name, reason in reasons.items():
        if reason:
            yield from checks.useless("credentials", given, [name], reason)


def _identity_problems(where: Path, identity: ResolvedNodeIdentity) -> Problems:
    for daemon in ("kubo", "cluster"):
        peer_id, parameter = f"{daemon}_peer_id", f"{daemon}_private_key_parameter"
        if (getattr(identity, peer_id) is None) != (getattr(identity, parameter) is None):
            yield Problem(where, f"{ref(peer_id)} and {ref(parameter)} must be given together.")
        yield from checks.now((*where, peer_id), getattr(identity, peer_id), _peer_id_problem)
        yield from checks.now((*where, parameter), getattr(identity, parameter), checks.parameter_problem)
