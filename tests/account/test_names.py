"""Names that are the same in one word: a second stack is refused before it overwrites what the first one has."""

import json

import pytest
from ipfs_cluster import InvalidInput
from moto import mock_aws

from sandbox import simulation
from sandbox.account import Account
from sandbox.simulation import Configuration, Deployment
from tests.helpers.support import REGION, ROOT

SMALL = {"nodes": {"count": 1}, "edge": {"mode": "none"}, "monitoring": {"enabled": False}, "backup": {"nodes": "none", "pinsetSchedule": "never"}}


def deploy(account: Account, project: str, stack: str) -> Deployment:
    values = {"aws:region": REGION, **{f"{project}:{group}": json.dumps(value) for group, value in SMALL.items()}}
    return simulation.run(ROOT / "__main__.py", Configuration(project, stack, values), account)


def test_a_stack_with_another_ones_names_is_refused() -> None:
    with mock_aws():
        account = Account(REGION)
        deploy(account, "ipfs-cluster", "dev")
        with pytest.raises(InvalidInput) as refused:
            deploy(account, "ipfs", "cluster-dev")
        assert [problem.path for problem in refused.value.found] == [("name",)]
        assert "so does the cluster of the SSM parameters in /ipfs/ipfs-cluster/dev" in str(refused.value)


def test_the_same_stack_again_is_not() -> None:
    with mock_aws():
        account = Account(REGION)
        deploy(account, "ipfs-cluster", "dev")
        with pytest.raises(Exception, match=r"AlreadyExists|already exists"):  # whichever of its resources comes first
            deploy(account, "ipfs-cluster", "dev")
