"""Keys and secrets: made by pulumi-random or given, kept in SSM."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from ..context import ClusterContext
from ..edge.plan import Plan
from ..inputs import checks
from ..inputs.credentials import ResolvedNodeIdentity
from ..inputs.problems import path
from ..inputs.resolve import ResolvedInputs
from ..naming import Names
from . import identity

# What a password becomes: 64 letters and digits are 381 bits of entropy, more than the 256 of the seeds and keys made from them.
_SEED_LENGTH = 64
_PASSWORD_LENGTH = 32
_DAEMONS = {"kubo": "kubo", "cluster": "ipfs-cluster"}


@dataclass(frozen=True)
class StoredSecret:
    """A secret in SSM, by reference."""

    arn: pulumi.Output[str]
    version: pulumi.Output[str]
    """The parameter's version; ``given`` where it is the user's own, which is not looked at."""


@dataclass(frozen=True)
class Login:
    """A user name and its password."""

    username: pulumi.Output[str]
    password: pulumi.Output[str]
    """A secret."""
    stored: StoredSecret
    """Both in SSM, as ``user:password``."""

    @property
    def pair(self) -> pulumi.Output[str]:
        """``user:password``, a secret."""
        return pulumi.Output.concat(self.username, ":", self.password)


@dataclass(frozen=True)
class NodeCredentials:
    """What one node is known by and what it proves that with."""

    kubo_peer_id: pulumi.Output[str]
    kubo_private_key: StoredSecret
    cluster_peer_id: pulumi.Output[str]
    cluster_private_key: StoredSecret


class Credentials(pulumi.ComponentResource):
    """The cluster secret, what people log in with, a private swarm's key, and two identities for each node.

    Never RandomBytes or RandomId: their value is their ID too, which state and the engine's output show in clear.
    """

    def __init__(
        self, name: str, *, inputs: ResolvedInputs, plan: Plan, nodes: Sequence[str], context: ClusterContext, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        """``nodes`` are the nodes' names."""
        super().__init__("ipfs-cluster:index:Credentials", name, {}, opts)
        self._name, self._context, self._inputs = name, context, inputs.credentials
        self._own = pulumi.ResourceOptions(parent=self)
        names, tags = context.names, context.tags
        # Kept parameters are written over what is there. So they wait for one that must be new: a second stack of the same names ends here.
        self._claim = aws.ssm.Parameter(
            f"{name}-stack",
            name=f"{names.path}/stack",
            type=aws.ssm.ParameterType.STRING,
            value=f"in use by component {names.component} of stack {names.stack}, project {names.project}",
            tags=tags.named("stack"),
            opts=pulumi.ResourceOptions(parent=self, hooks=pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"{name}-stack-failed", self._tell)])),
        )

        self.api_username: Optional[pulumi.Output[str]] = None
        """The REST API's user; none where the user's own parameter holds it."""
        self.api_password: Optional[pulumi.Output[str]] = None
        """The REST API's password, a secret; none where the user's own parameter holds it."""
        own, api, gateway = inputs.credentials, inputs.api, inputs.gateway
        given = self._given("api_credentials_parameter")
        if given is None:
            login = self._login("api", api.username, api.password, "api.password", own.api_password_version)
            self.api_username, self.api_password = login.username, login.password
        self.api: StoredSecret = given or login.stored
        """``user:password`` of the REST API."""
        self.api_parameter: pulumi.Output[str] = pulumi.Output.from_input(own.api_credentials_parameter or f"{names.path}/api-credentials")
        """Name of the parameter that holds the REST API's credentials."""
        self.pinning_service: Optional[Login] = None
        """The Pinning Service API's user; none without that API."""
        if api.pinning_service:
            username, password = api.pinning_service_username, api.pinning_service_password
            self.pinning_service = self._login("pinning-service", username, password, "api.pinning_service_password", own.pinning_service_password_version)
        self.gateway: Optional[Login] = None
        """The gateway's reader; none where it asks for no password."""
        self.gateway_salt: Optional[pulumi.Output[str]] = None
        """What the gateway's password is hashed with, a secret; none where it asks for no password."""
        if gateway.authentication == "basic":
            self.gateway = self._login("gateway", gateway.username, gateway.password, "gateway.password", own.gateway_password_version)
            self.gateway_salt = self._password("gateway-salt", _SEED_LENGTH, 1)
        self.origin_secret: Optional[pulumi.Output[str]] = self._password("origin-secret", _SEED_LENGTH, 1) if plan.proves_origin else None
        """By which CloudFront proves itself to the load balancer, a secret; none where nobody else can reach that."""
        self.cluster_secret: StoredSecret = self._given("cluster_secret_parameter") or self._store(
            "cluster-secret", self._password("cluster-secret", _SEED_LENGTH, own.cluster_secret_version).apply(identity.hex_key_from)
        )
        """The pre-shared key of ipfs-cluster's network."""
        self.swarm_key: Optional[StoredSecret] = None
        """The pre-shared key of kubo's private network; none in the public one."""
        if inputs.swarm.is_private:
            self.swarm_key = self._given("swarm_key_parameter") or self._store(
                "swarm-key", self._password("swarm-key", _SEED_LENGTH, 1).apply(identity.swarm_key_from)
            )
        self.kept: dict[str, pulumi.Output[str]] = {}
        """What a destroy leaves: the ARNs, by what it is."""
        self.nodes: Mapping[str, NodeCredentials] = {node: self._node(node) for node in nodes}
        """By node."""
        self.register_outputs({"apiCredentialsParameter": self.api_parameter})

    def _login(self, what: str, username: Optional[str], password: Optional[pulumi.Input[str]], input_: str, version: int) -> Login:
        """A login with the user's own name and password, where they are given; ``input_`` is the password's."""
        user = pulumi.Output.from_input(username) if username is not None else random.RandomPet(f"{self._name}-{what}-user", length=2, opts=self._own).id
        if password is not None:
            given: pulumi.Output[str] = checks.later(self._context.spelling, path(input_), password, checks.password_problem)
            secret: pulumi.Output[str] = pulumi.Output.secret(given)
        else:
            secret = self._password(f"{what}-password", _PASSWORD_LENGTH, version)
        return Login(user, secret, self._store(f"{what}-credentials", pulumi.Output.concat(user, ":", secret)))

    def _node(self, node: str) -> NodeCredentials:
        given = self._inputs.identities.get(node, ResolvedNodeIdentity())
        peer_ids: dict[str, pulumi.Output[str]] = {}
        private_keys: dict[str, StoredSecret] = {}
        for daemon in ("kubo", "cluster"):
            identity_given = given.of(daemon)
            if identity_given is not None:
                peer_ids[daemon] = pulumi.Output.from_input(identity_given[0])
                private_keys[daemon] = self._reference(identity_given[1])
            else:
                seed = self._password(f"{node}-{daemon}-identity", _SEED_LENGTH, 1).apply(identity.seed_from)
                # A peer ID is what everyone knows the peer by, though it comes from a secret.
                peer_ids[daemon] = pulumi.Output.unsecret(seed.apply(lambda s: identity.identity_from(s).peer_id))
                private_key = seed.apply(lambda s: identity.identity_from(s).private_key)
                private_keys[daemon] = self._store(f"nodes/{node}/{daemon}-private-key", private_key, keep=self._context.retain)
                if self._context.retain:
                    self.kept[f"private key of {_DAEMONS[daemon]} of {node}"] = private_keys[daemon].arn
        return NodeCredentials(peer_ids["kubo"], private_keys["kubo"], peer_ids["cluster"], private_keys["cluster"])

    def _password(self, what: str, length: int, version: int) -> pulumi.Output[str]:
        # Letters and digits only: they need no care in any place that they come to.
        password = random.RandomPassword(f"{self._name}-{what}", length=length, special=False, keepers={"version": str(version)}, opts=self._own)
        return pulumi.Output.secret(password.result)

    def _store(self, name: str, value: pulumi.Output[str], keep: bool = False) -> StoredSecret:
        key = self._inputs.kms_key_arn
        parameter = aws.ssm.Parameter(
            f"{self._name}-{name.removeprefix('nodes/').replace('/', '-')}",
            name=f"{self._context.names.path}/{name}",
            type=aws.ssm.ParameterType.SECURE_STRING,
            value=value,
            key_id=None if key is None else checks.later(self._context.spelling, path("credentials.kms_key_arn"), key, checks.key_arn_problem),
            # A kept one may be there already; its value stays in the parameter's history.
            overwrite=True if keep else None,
            tags=self._context.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=keep, depends_on=[self._claim] if keep else None),
        )
        return StoredSecret(parameter.arn, parameter.version.apply(str))

    def _tell(self, failed: pulumi.ErrorHookArgs) -> bool:
        """Says what it means that the stack's own parameter exists; does not try again."""
        if any("ParameterAlreadyExists" in error for error in failed.errors):
            pulumi.log.error(taken(self._context.names, self._context.account.region), self)
        return False

    def _given(self, key: str) -> Optional[StoredSecret]:
        parameter: Optional[pulumi.Input[str]] = getattr(self._inputs, key)
        if parameter is None:
            return None
        return self._reference(checks.later(self._context.spelling, path("credentials", key), parameter, checks.parameter_problem))

    def _reference(self, parameter: pulumi.Input[str]) -> StoredSecret:
        return StoredSecret(pulumi.Output.from_input(parameter).apply(self._context.account.parameter_arn), pulumi.Output.from_input("given"))


def taken(names: Names, region: str) -> str:
    """What to do where another stack has the names of this one."""
    return (
        f"the SSM parameter {names.path}/stack is there already: this account and Region have a stack {names.stack} of project {names.project} "
        f"with a component {names.component}, from another backend or of a colleague. None of its keys was changed. Choose another stack name. "
        "If that stack no longer exists and its state is lost, delete what is left of it, and this parameter by "
        f"`aws ssm delete-parameter --region {region} --name {names.path}/stack`."
    )
