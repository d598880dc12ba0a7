"""Further users of the REST API and the Pinning Service API."""

from typing import Any

import pulumi
import pytest

from sandbox.account import pulumi_random
from tests.helpers.account import policies
from tests.helpers.iam import allowed
from tests.helpers.support import Deployed, Groups, environment, secrets
from tests.helpers.support import deployed_small as deployed

PATH = "/ipfs/ipfs-cluster/test"
ARN = f"arn:aws:ssm:eu-west-1:123456789012:parameter{PATH}"
PARAMETER, PASSWORD = "aws:ssm/parameter:Parameter", "random:index/randomPassword:RandomPassword"
NODE = "eu-west-1a"


def value(stack: Deployed, name: str) -> str:
    text: str = stack.client("ssm").get_parameter(Name=f"{PATH}/{name}", WithDecryption=True)["Parameter"]["Value"]
    return text


def first(stack: Deployed, api: str) -> str:
    return f"{stack.output(f'{api}_username')}:{stack.output(f'{api}_password')}"


def made(stack: Deployed) -> dict[tuple[str, str], dict[str, Any]]:
    return {(r.type, r.name): stack.inputs(r.type, r.name) for r in stack.deployment.registrations if r.type in (PARAMETER, PASSWORD)}


def test_each_user_has_a_password_of_its_own() -> None:
    with deployed({"api": {"users": ["ci", "Alice.2"], "pinningService": True}}) as stack:
        passwords = stack.output("api_users")
        assert list(passwords) == ["ci", "Alice.2"]
        assert {len(password) for password in passwords.values()} == {32}
        assert len({*passwords.values(), stack.output("api_password"), stack.output("pinning_service_password")}) == 4
        assert stack.deployment.exports["api_users"].secret
        assert {user: value(stack, f"users/{user}") for user in passwords} == {user: f"{user}:{password}" for user, password in passwords.items()}
        (kind,) = {stack.client("ssm").get_parameter(Name=f"{PATH}/users/{user}")["Parameter"]["Type"] for user in passwords}
        assert kind == "SecureString"


def test_the_daemons_take_all_users_and_their_own_tools_the_first_one() -> None:
    with deployed({"api": {"users": ["ci", "alice"], "pinningService": True}}) as stack:
        container = stack.containers(NODE)["ipfs-cluster"]
        assert {variable: arn for variable, arn in secrets(container).items() if "CRED" in variable} == {
            "CLUSTER_CREDENTIALS": f"{ARN}/api-credentials",
            "CLUSTER_RESTAPI_BASICAUTHCREDENTIALS": f"{ARN}/api-users",
            "CLUSTER_PINSVCAPI_BASICAUTHCREDENTIALS": f"{ARN}/pinning-service-users",
        }
        users = [f"{user}:{password}" for user, password in stack.output("api_users").items()]
        assert value(stack, "api-users") == ",".join([first(stack, "api"), *users])
        assert value(stack, "pinning-service-users") == ",".join([first(stack, "pinning_service"), *users])
        assert value(stack, "api-credentials") == first(stack, "api")
        assert value(stack, "pinning-service-credentials") == first(stack, "pinning_service")
        # A new version of a parameter is a new task definition.
        assert {label: version for label, version in container["dockerLabels"].items() if label.endswith(("users", "credentials"))} == {
            "secret-version.api-credentials": "1",
            "secret-version.api-users": "1",
            "secret-version.pinning-service-users": "1",
        }
        role = policies(stack, stack.inputs("aws:ecs/taskDefinition:TaskDefinition", f"ipfs-{NODE}-task")["executionRoleArn"])
        assert allowed("ssm:GetParameters", f"{ARN}/api-users", role)
        assert not allowed("ssm:GetParameters", f"{ARN}/users/ci", role)


def test_no_password_is_in_a_task_definition() -> None:
    with deployed({"api": {"users": ["ci"]}}) as stack:
        shown = str(stack.inputs("aws:ecs/taskDefinition:TaskDefinition", f"ipfs-{NODE}-task"))
        assert stack.output("api_users")["ci"] not in shown
        assert "ci" not in environment(stack.containers(NODE)["ipfs-cluster"]).values()


def test_without_the_pinning_service_its_users_are_nowhere() -> None:
    with deployed({"api": {"users": ["ci"]}}) as stack:
        assert {name.removeprefix("ipfs-credentials-") for type_, name in made(stack) if type_ == PARAMETER and "user" in name} == {"users-ci", "api-users"}


def test_a_user_more_or_a_new_password_concerns_nobody_else() -> None:
    def found(users: list[str], **credentials: Any) -> dict[tuple[str, str], dict[str, Any]]:
        groups: Groups = {"api": {"users": users}, "credentials": credentials}
        with deployed(groups) as stack:
            # Passwords are new in each simulated deployment.
            return {key: {name: what for name, what in inputs.items() if name != "value"} for key, inputs in made(stack).items()}

    none, one, two = found([]), found(["ci"]), found(["alice", "ci"])
    assert {name for _, name in one.keys() - none.keys()} == {"ipfs-credentials-users-ci", "ipfs-credentials-users-ci-password", "ipfs-credentials-api-users"}
    assert {name for _, name in two.keys() - one.keys()} == {"ipfs-credentials-users-alice", "ipfs-credentials-users-alice-password"}
    assert {key: one[key] for key in none} == none
    assert {key: two[key] for key in one} == one
    rotated = found(["alice", "ci"], apiUserPasswordVersions={"ci": 2})
    assert {name for (_, name), inputs in rotated.items() if two[(_, name)] != inputs} == {"ipfs-credentials-users-ci-password"}


def test_without_users_the_output_is_empty() -> None:
    with deployed() as stack:
        assert stack.output("api_users") == {}
        assert not [name for _, name in made(stack) if "user" in name]


def test_a_user_with_the_generated_name_of_the_first_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """ipfs-cluster would take the last password of the two, and the containers' own checks would fail."""
    monkeypatch.setattr(pulumi_random, "_PET_WORDS", (("calm",), ("lynx",)))
    refused = "api.users: 'calm-lynx' is the generated user of api already; use another name"
    with pytest.raises(pulumi.RunError, match=refused), deployed({"api": {"users": ["calm-lynx"]}}):
        pass
