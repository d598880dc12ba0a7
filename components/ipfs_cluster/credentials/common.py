"""The secrets that all Regions have in common, where one program makes the clusters of all of them."""

from collections.abc import Mapping

import pulumi

from ..inputs import checks
from ..inputs.api import ResolvedApi
from ..inputs.credentials import ResolvedCredentials
from ..inputs.problems import path
from ..regions import shared_secrets
from ..spelling import Spelling
from . import identity, passwords
from .passwords import PASSWORD_LENGTH, SEED_LENGTH


class SharedSecrets(pulumi.ComponentResource):
    """The cluster secret, a private swarm's key, and the logins of the APIs. They belong to no Region, so that each may go."""

    def __init__(
        self, name: str, *, api: ResolvedApi, credentials: ResolvedCredentials, private: bool, spelling: Spelling, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """``private`` says whether the swarm is."""
        super().__init__("ipfs-cluster:index:SharedSecrets", name, {}, opts)
        self._name, self._spelling, self._own = name, spelling, pulumi.ResourceOptions(parent=self)
        made: dict[str, pulumi.Output[str]] = {}
        self.api_username: pulumi.Output[str] | None = None
        """The REST API's user; none where the user's own parameters hold it."""
        self.api_password: pulumi.Output[str] | None = None
        """The REST API's password, a secret; none where the user's own parameters hold it."""
        if credentials.api_credentials_parameter is None:
            self.api_username, self.api_password = self._login("api", api.username, api.password, "api.password", credentials.api_password_version)
            made[shared_secrets.API] = pulumi.Output.concat(self.api_username, ":", self.api_password)
        if api.pinning_service:
            password, version = api.pinning_service_password, credentials.pinning_service_password_version
            login = self._login("pinning-service", api.pinning_service_username, password, "api.pinning_service_password", version)
            made[shared_secrets.PINNING_SERVICE] = pulumi.Output.concat(login[0], ":", login[1])
        self.api_users: Mapping[str, pulumi.Output[str]] = {
            user: self._password(f"users-{user}-password", PASSWORD_LENGTH, credentials.api_user_password_versions.get(user, 1)) for user in api.users
        }
        """The password of each further user of the APIs, a secret, by name."""
        for user, secret in self.api_users.items():
            made[shared_secrets.user_key(user)] = pulumi.Output.concat(user, ":", secret)
        if credentials.cluster_secret_parameter is None:
            seed = self._password("cluster-secret", SEED_LENGTH, credentials.cluster_secret_version)
            made[shared_secrets.CLUSTER_SECRET] = seed.apply(identity.hex_key_from)
        if private and credentials.swarm_key_parameter is None:
            made[shared_secrets.SWARM_KEY] = self._password("swarm-key", SEED_LENGTH, 1).apply(identity.swarm_key_from)
        self.text: pulumi.Output[str] = pulumi.Output.secret(pulumi.Output.all(secrets=made).apply(lambda known: shared_secrets.text(known["secrets"])))
        """As the clusters take them for members.shared, a secret."""
        self.register_outputs({})

    def _login(
        self, what: str, username: str | None, password: pulumi.Input[str] | None, input_: str, version: int
    ) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """User name and password: the user's own ones, where they are given; ``input_`` is the password's."""
        user = pulumi.Output.from_input(username) if username is not None else passwords.user(f"{self._name}-{what}-user", self._own)
        if password is None:
            return user, self._password(f"{what}-password", PASSWORD_LENGTH, version)
        return user, pulumi.Output.secret(checks.later(self._spelling, path("all_regions", input_), password, checks.password_problem))

    def _password(self, what: str, length: int, version: int) -> pulumi.Output[str]:
        return passwords.password(f"{self._name}-{what}", length, version, self._own)
