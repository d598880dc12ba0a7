"""Inputs of monitoring, and tags, that are refused."""

import pytest

from tests.helpers.inputs import Refused, assert_refused

BAD: list[Refused] = [
    # Monitoring and tags
    ({"monitoring": {"log_retention_days": 31}}, "monitoring.log_retention_days: CloudWatch does not offer 31 days", ["30, 60"]),
    ({"monitoring": {"container_insights": "on"}}, "monitoring.container_insights: 'on' must be one of:", ["enhanced"]),
    ({"tags": {"ipfs-cluster": "mine"}}, "tags['ipfs-cluster']: the program sets such tags itself", ["file systems and costs", "another key"]),
    ({"tags": {"ipfs-cluster-node": "mine"}}, "tags['ipfs-cluster-node']: the program sets such tags itself", []),
    ({"tags": {"aws:mine": "x"}}, "tags['aws:mine']: AWS does not take such a key", ["128"]),
    ({"tags": {"key": "x" * 257}}, "tags['key']: the value has 257 characters", ["256"]),
]


@pytest.mark.parametrize("refused", BAD, ids=[start[:70] for _, start, _ in BAD])
def test_bad_input_is_refused(refused: Refused) -> None:
    assert_refused(refused)
