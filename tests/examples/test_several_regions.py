"""The example with several Regions, deployed to one simulated account in the order of its README."""

from typing import Any

import pytest
from moto import mock_aws
from pulumi.runtime.mocks import MockResourceArgs

from sandbox import simulation
from sandbox.account import Account
from tests.helpers.support import EXAMPLES, Deployed, environment

FOLDER = EXAMPLES / "several-regions"


class Referring(Account):
    """An account whose stacks know each other's outputs."""

    outputs: dict[str, dict[str, Any]]

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            outputs = self.outputs.get(args.inputs["name"].rpartition("/")[2], {})
            return args.name, {**args.inputs, "outputs": outputs, "secretOutputNames": []}
        return super().new_resource(args)


def deploy(stack: str, region: str, known: dict[str, dict[str, Any]]) -> Deployed:
    account = Referring(region)
    account.outputs = known
    run = simulation.run(FOLDER / "__main__.py", simulation.Configuration("ipfs-regions", stack, {"aws:region": region}), account)
    known[stack] = {name: export.value for name, export in run.exports.items()}
    return Deployed(account, run, {})


def trusted(stack: Deployed, node: str) -> int:
    return environment(stack.containers(node)["ipfs-cluster"])["CLUSTER_CRDT_TRUSTEDPEERS"].count(",") + 1


def test_in_the_order_of_the_readme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(FOLDER)  # as Python does for a script
    known: dict[str, dict[str, Any]] = {}
    with mock_aws():
        europe = deploy("europe", "eu-west-1", known)
    with mock_aws():
        america = deploy("america", "us-east-1", known)
        assert (trusted(europe, "eu-west-1a"), trusted(america, "us-east-1a")) == (3, 6)
        assert europe.deployment.exports["shared_secrets"].secret
    with mock_aws():
        again = deploy("europe", "eu-west-1", known)
        assert trusted(again, "eu-west-1a") == 6
