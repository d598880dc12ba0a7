"""A preview of an empty stack, when nothing that AWS makes up is known."""

from typing import Any

import pytest
from moto import mock_aws
from pulumi.runtime.mocks import MockResourceArgs

from sandbox import simulation
from sandbox.account import Account
from tests.support import ROOT, configuration


class Preview(Account):
    """An account that answers look-ups but makes nothing."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return "", {}


@pytest.mark.parametrize("groups", [{}, {"swarm": {"mode": "private"}, "nodes": {"count": 5}}, {"network": {"useDefaultVpc": True}}], ids=str)
def test_it_registers_what_an_update_would_make(groups: dict[str, Any]) -> None:
    def registered(kind: type[Account], preview: bool) -> set[tuple[str, str]]:
        with mock_aws():
            deployment = simulation.run(ROOT / "__main__.py", configuration(groups), kind("eu-west-1"), preview=preview)
            return {(r.type, r.name) for r in deployment.registrations}

    assert registered(Preview, True) == registered(Account, False)
