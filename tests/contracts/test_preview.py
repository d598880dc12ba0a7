"""A preview of an empty stack, when nothing that AWS makes up is known."""

from typing import Any

import pytest
from moto import mock_aws
from pulumi.runtime.mocks import MockResourceArgs

from sandbox import simulation
from sandbox.account import Account
from tests.helpers.support import ROOT, configuration

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"


class Preview(Account):
    """An account that answers look-ups but makes nothing."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return "", {}


@pytest.mark.parametrize(
    "groups",
    [
        {},
        {"swarm": {"mode": "private"}, "nodes": {"count": 2}},
        {"network": {"useDefaultVpc": True}, "nodes": {"count": 1}, "gateway": {"authentication": "basic"}},
        {"edge": {"mode": "load-balancer", "accessLogDays": 3}, "api": {"pinningService": True}, "nodes": {"count": 1}},
        {"edge": {"mode": "none"}, "nodes": {"count": 1}, "storage": {"fileSystem": "regional"}, "backup": {"pinsetSchedule": "rate(1 day)"}},
        {"edge": {"domain": "ipfs.example.com", "certificateArn": CERTIFICATE}, "gateway": {"authentication": "token"}, "nodes": {"count": 1}},
    ],
    ids=str,
)
def test_it_registers_what_an_update_would_make(groups: dict[str, Any]) -> None:
    def registered(kind: type[Account], preview: bool) -> set[tuple[str, str]]:
        with mock_aws():
            deployment = simulation.run(ROOT / "__main__.py", configuration(groups), kind("eu-west-1"), preview=preview)
            return {(r.type, r.name) for r in deployment.registrations}

    assert registered(Preview, True) == registered(Account, False)
