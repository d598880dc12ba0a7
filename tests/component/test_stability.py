"""What a change of the configuration does to what is already there."""

import json

from sandbox.account import Account, Randomness
from sandbox.simulation import run
from tests.support import ROOT, Deployed, Groups, configuration, deployed, inputs_of


def snapshot(groups: Groups, randomness: Randomness) -> dict[tuple[str, str], str]:
    """The inputs of every resource that is created by a name of its own, with the account's random IDs taken out."""
    from moto import mock_aws

    with mock_aws():
        account = Account("eu-west-1", randomness)
        found = Deployed(account, run(ROOT / "__main__.py", configuration(groups), account), groups)
        kept = [r for r in found.deployment.registrations if r.request.custom]
        return {(r.type.rpartition(":")[2], r.name): json.dumps(inputs_of(r), sort_keys=True) for r in kept}


# Their inputs hold no ID that AWS makes up, so equal inputs mean that the engine leaves them alone.
COMPARED = ("RandomPassword", "Parameter", "FileSystem", "LogGroup", "Role")


def changed(before: dict[tuple[str, str], str], after: dict[tuple[str, str], str]) -> set[str]:
    return {name for type_, name in before if type_ in COMPARED and (type_, name) in after and before[type_, name] != after[type_, name]}


def test_a_node_more_changes_no_other() -> None:
    randomness = Randomness()
    three = snapshot({}, randomness)
    five = snapshot({"nodes": {"count": 5}}, randomness)
    assert changed(three, five) == set()
    assert {key for key in three if key not in five} == set()
    new = {name for type_, name in five if (type_, name) not in three}
    assert all("eu-west-1a-2" in name or "eu-west-1b-2" in name for name in new)


def test_a_node_less_removes_the_last_one_only() -> None:
    randomness = Randomness()
    three = snapshot({}, randomness)
    two = snapshot({"nodes": {"count": 2}}, randomness)
    assert changed(three, two) == set()
    gone = {name for type_, name in three if (type_, name) not in two}
    assert gone
    assert all("eu-west-1c" in name for name in gone)


def test_the_same_twice_is_the_same() -> None:
    randomness = Randomness()
    assert changed(snapshot({}, randomness), snapshot({}, randomness)) == set()


def test_a_setting_reaches_task_definitions_and_nothing_else() -> None:
    randomness = Randomness()
    before = snapshot({}, randomness)
    for groups in ({"nodes": {"kuboImage": "ipfs/kubo:v0.43.2"}}, {"nodes": {"memory": 3072}}, {"storage": {"maxGib": 200}}):
        after = snapshot(groups, randomness)
        assert changed(before, after) == set()
        assert before.keys() == after.keys()
        for node in ("eu-west-1a", "eu-west-1b", "eu-west-1c"):
            key = ("TaskDefinition", f"ipfs-{node}-task")
            assert before[key] != after[key]


def test_two_stacks_share_no_fixed_name() -> None:
    def names(stack: str) -> set[str]:
        with deployed(stack=stack) as found:
            return {
                inputs_of(r)[key]
                for r in found.deployment.registrations
                for key in ("name", "family")
                if r.type.startswith("aws:") and key in inputs_of(r) and r.type not in ("aws:ecs/service:Service", "aws:servicediscovery/service:Service")
            }

    assert names("dev") & names("prod") == set(), "services are named within their own cluster and namespace"
