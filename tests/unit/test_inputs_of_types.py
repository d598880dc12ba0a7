"""Unknown inputs, and values of another type."""

import pytest

from tests.helpers.inputs import Refused, assert_refused

BAD: list[Refused] = [
    # Unknown keys
    ({"nodez": {}}, "nodez: there is no such input", ["network, nodes, storage"]),
    ({"nodes": {"cuont": 3}}, "nodes.cuont: there is no such input", ["count", "zones", "cpu"]),
    ({"credentials": {"identities": {"eu-west-1a": {"peer": "x"}}}}, "credentials.identities['eu-west-1a'].peer: there is no such input", ["kubo_peer_id"]),
    # Types
    ({"nodes": 3}, "nodes: 3 must be a mapping", ["count"]),
    ({"nodes": {"count": "3"}}, "nodes.count: '3' must be a whole number", []),
    ({"nodes": {"count": 2.5}}, "nodes.count: 2.5 must be a whole number", []),
    ({"nodes": {"count": True}}, "nodes.count: True must be a whole number", []),
    ({"nodes": {"zones": "eu-west-1a"}}, "nodes.zones: 'eu-west-1a' must be a list", []),
    ({"nodes": {"zones": [1]}}, "nodes.zones[0]: 1 must be a string", []),
    ({"gateway": {"open": "yes"}}, "gateway.open: 'yes' must be true or false", []),
    ({"tags": ["a"]}, "tags: ['a'] must be a map", []),
    ({"api": {"password": 12345678901234}}, "api.password: (not shown) must be a string", []),
]


@pytest.mark.parametrize("refused", BAD, ids=[start[:70] for _, start, _ in BAD])
def test_bad_input_is_refused(refused: Refused) -> None:
    assert_refused(refused)
