"""What a change of the configuration does to what is already there."""

import copy
import functools
import json
from collections.abc import Callable
from typing import Any

from moto import mock_aws

from sandbox.account import Account, Randomness
from sandbox.simulation import run
from tests.helpers.support import REGION, ROOT, UNMONITORED, Deployed, Groups, configuration, deployed_small, inputs_of

RANDOMNESS = Randomness()
"""One stack's, which all changes here are changes of."""


def snapshot(groups: Groups, region: str = REGION) -> dict[tuple[str, str], str]:
    """The inputs of every resource that is created by a name of its own."""
    return _snapshot(json.dumps(groups), region)


@functools.cache
def _snapshot(given: str, region: str = REGION) -> dict[tuple[str, str], str]:
    groups = {**UNMONITORED, **json.loads(given)}
    with mock_aws():
        account = Account(region, Randomness(copy.deepcopy(RANDOMNESS.made)))
        found = Deployed(account, run(ROOT / "__main__.py", configuration(groups, region=region), account), groups)
        kept = [r for r in found.deployment.registrations if r.request.custom]
        RANDOMNESS.made.update({key: value for key, value in account.randomness.made.items() if key not in RANDOMNESS.made})
        return {(r.type.rpartition(":")[2], r.name): json.dumps(inputs_of(r), sort_keys=True, default=vars) for r in kept}


# Their inputs hold no ID that AWS makes up, so equal inputs mean that the engine leaves them alone.
COMPARED = ("RandomPassword", "Parameter", "FileSystem", "LogGroup", "Role")


def changed(before: dict[tuple[str, str], str], after: dict[tuple[str, str], str]) -> set[str]:
    return {name for type_, name in before if type_ in COMPARED and (type_, name) in after and before[type_, name] != after[type_, name]}


def test_a_node_more_changes_no_other() -> None:
    three = snapshot({})
    four = snapshot({"nodes": {"count": 4}})
    assert changed(three, four) == set()
    assert {key for key in three if key not in four} == set()
    new = {name for type_, name in four if (type_, name) not in three}
    assert new
    assert all("eu-west-1a-2" in name for name in new)


def test_a_node_less_removes_the_last_one_only() -> None:
    three = snapshot({})
    two = snapshot({"nodes": {"count": 2}})
    assert changed(three, two) == set()
    gone = {name for type_, name in three if (type_, name) not in two}
    assert gone
    assert all("eu-west-1c" in name for name in gone)


def test_a_node_moves_to_another_zone_beside_the_others() -> None:
    """As docs/operations.md says: one more, then one zone in the place of the other."""
    a, b, d = (f"us-west-2{letter}" for letter in "abd")
    three = snapshot({"nodes": {"zones": [a, b, d], "count": 3}}, "us-west-2")
    two = snapshot({"nodes": {"zones": [d, b], "count": 2}}, "us-west-2")
    assert changed(three, two) == set()
    assert two.keys() <= three.keys()
    systems = {name for type_, name in two if type_ == "FileSystem"}
    assert systems == {f"ipfs-{zone}-storage-file-system" for zone in (b, d)}


def test_the_same_twice_is_the_same() -> None:
    one = '{"nodes": {"count": 1}}'
    assert changed(_snapshot(one), _snapshot.__wrapped__(one)) == set()


def test_a_setting_reaches_task_definitions_and_nothing_else() -> None:
    before = snapshot({"nodes": {"count": 2}})
    for groups in ({"nodes": {"count": 2, "kuboImage": "ipfs/kubo:v0.43.2", "memory": 3072}}, {"nodes": {"count": 2}, "storage": {"maxGib": 200}}):
        after = snapshot(groups)
        assert changed(before, after) == set()
        assert before.keys() == after.keys()
        for node in ("eu-west-1a", "eu-west-1b"):
            key = ("TaskDefinition", f"ipfs-{node}-task")
            assert before[key] != after[key]


# The edge, which is in use while a stack is updated.
EDGE = ("LoadBalancer", "TargetGroup", "Listener", "ListenerRule", "Distribution", "VpcOrigin", "Certificate", "CachePolicy")


def edge_settings(groups: Groups) -> dict[tuple[str, str], str]:
    """The edge's own inputs by resource, without what only says which other resource is meant."""

    def plainly(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plainly(item) for key, item in value.items() if not key.lower().endswith(("id", "arn", "name"))}
        if isinstance(value, list):
            return [plainly(item) for item in value if isinstance(item, dict)] or len(value)
        return value

    found = snapshot(groups)
    return {key: json.dumps(plainly(json.loads(inputs)), sort_keys=True) for key, inputs in found.items() if key[0] in EDGE}


def test_nothing_of_the_edge_changes_with_nodes_images_and_credentials() -> None:
    base: dict[str, Any] = {"nodes": {"count": 1}, "gateway": {"authentication": "basic"}, "api": {"pinningService": True}}
    before = edge_settings(base)
    assert {type_ for type_, _ in before} >= {"LoadBalancer", "TargetGroup", "Listener", "Distribution", "VpcOrigin"}
    for change in (
        {"nodes": {"count": 2}},
        {"nodes": {"count": 1, "kuboImage": "ipfs/kubo:v0.43.2"}},
        {"credentials": {"apiPasswordVersion": 2, "gatewayPasswordVersion": 2, "pinningServicePasswordVersion": 2, "clusterSecretVersion": 2}},
    ):
        assert edge_settings({**base, **change}) == before, change


def test_a_load_balancer_in_another_network_is_made_beside_the_old_one() -> None:
    """A target group belongs to one load balancer, so both are replaced together; what is in use is replaced by name."""
    with deployed_small() as found:
        for type_ in ("aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"):
            for registered in found.registered(type_):
                assert registered.request.replacement_trigger.string_value == f"internal {found.output('vpc_id')}", registered.name


def test_a_certificate_brings_listeners_of_its_own() -> None:
    """So that CloudFront can go over from the old ones while these are there."""

    def listeners(groups: Groups | Callable[[Account], Groups]) -> dict[str, int]:
        with deployed_small(groups) as found:
            return {r.name: inputs_of(r)["port"] for r in found.registered("aws:lb/listener:Listener")}

    certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"

    def with_certificate(account: Account) -> Groups:
        regional = account.client("acm").request_certificate(DomainName="a.example.com")["CertificateArn"]
        return {"edge": {"domain": "a.example.com", "certificateArn": certificate, "loadBalancerCertificateArn": regional}}

    before, after = listeners({}), listeners(with_certificate)
    assert len(before) == len(after) == 2
    assert not before.keys() & after.keys()
    assert not set(before.values()) & set(after.values())


def test_two_stacks_share_no_fixed_name() -> None:
    def names(stack: str) -> set[str]:
        with deployed_small(stack=stack) as found:
            return {
                inputs_of(r)[key]
                for r in found.deployment.registrations
                for key in ("name", "family")
                if r.type.startswith("aws:") and key in inputs_of(r) and r.type not in ("aws:ecs/service:Service", "aws:servicediscovery/service:Service")
            }

    assert names("dev") & names("prod") == set(), "services are named within their own cluster and namespace"
