"""What the tests share: the program deployed to a simulated account."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto import mock_aws

from sandbox import simulation
from sandbox.account import Account
from sandbox.simulation import Configuration, Deployment, Registration

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
REGION = "eu-west-1"

Groups = Mapping[str, Any]
"""Stack configuration by group, as users write it: camelCase."""


UNMONITORED: Groups = {"monitoring": {"enabled": False}}


@dataclass(frozen=True)
class Deployed:
    """The program in a simulated account."""

    account: Account
    deployment: Deployment
    groups: Groups

    def client(self, service: str) -> Any:
        return self.account.client(service)

    def output(self, name: str) -> Any:
        return self.deployment.exports[name].value

    def registered(self, type_: str) -> list[Registration]:
        return [r for r in self.deployment.registrations if r.type == type_]

    def inputs(self, type_: str, name: str) -> dict[str, Any]:
        """The exact inputs of one resource."""
        return next(inputs_of(r) for r in self.registered(type_) if r.name == name)

    def containers(self, node: str) -> dict[str, dict[str, Any]]:
        """A node's container definitions by name."""
        inputs = self.inputs("aws:ecs/taskDefinition:TaskDefinition", f"ipfs-{node}-task")
        return {container["name"]: container for container in json.loads(inputs["containerDefinitions"])}


def inputs_of(registration: Registration) -> dict[str, Any]:
    return registration.inputs


def configuration(groups: Groups, stack: str = "test", region: str = REGION) -> Configuration:
    return Configuration.of(groups, stack, region)


@contextlib.contextmanager
def deployed(groups: Groups | Callable[[Account], Groups] = {}, *, preview: bool = False, stack: str = "test", region: str = REGION) -> Iterator[Deployed]:  # noqa: B006
    """The program deployed with a configuration, which may be made from what the account holds.

    It is monitored if the configuration says anything of that: it is a third of all resources, and of the time that they take.
    """
    with mock_aws():
        account = Account(region)
        given = {**UNMONITORED, **(groups(account) if callable(groups) else groups)}
        yield Deployed(account, simulation.run(ROOT / "__main__.py", configuration(given, stack, region), account, preview), given)


@contextlib.contextmanager
def deployed_small(groups: Groups | Callable[[Account], Groups] = {}, **more: Any) -> Iterator[Deployed]:  # noqa: B006
    """As `deployed`, with one node unless it says otherwise: for what has nothing to do with their number."""

    def small(account: Account) -> Groups:
        given = groups(account) if callable(groups) else groups
        return {**given, "nodes": {"count": 1, **given.get("nodes", {})}}

    with deployed(small, **more) as found:
        yield found


def monitored(groups: Groups = {}, **more: Any) -> contextlib.AbstractContextManager[Deployed]:  # noqa: B006
    """As `deployed`, monitored."""
    return deployed({"monitoring": {}, **groups}, **more)


def monitored_small(groups: Groups = {}, **more: Any) -> contextlib.AbstractContextManager[Deployed]:  # noqa: B006
    """As `deployed_small`, monitored."""
    return deployed_small({"monitoring": {}, **groups}, **more)


def zone(account: Account) -> str:
    """The ID of a hosted zone of the user's, example.com."""
    made = account.client("route53").create_hosted_zone(Name="example.com", CallerReference="x")["HostedZone"]["Id"]
    return str(made).rpartition("/")[2]


def environment(container: Mapping[str, Any]) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container["environment"]}


def secrets(container: Mapping[str, Any]) -> dict[str, str]:
    return {secret["name"]: secret["valueFrom"] for secret in container["secrets"]}
