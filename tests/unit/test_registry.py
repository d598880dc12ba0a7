"""What the simulated account knows, and what it says of the rest."""

import json
import re
from typing import Any

import pytest

from sandbox.account.aws import Aws
from sandbox.account.errors import UnknownToSandboxError, UnreadPropertyError
from sandbox.account.registry import REGISTRY, Entry, Registry
from sandbox.account.values import Created, Inputs
from tests.helpers.support import ROOT

VPC, GET_VPC = "aws:ec2/vpc:Vpc", "aws:ec2/getVpc:getVpc"


def a_vpc(aws: Aws, name: str, inputs: Inputs) -> Created:
    return "vpc-1", {}


a_vpc.__module__ = "sandbox.account.ec2"


def a_look_up(aws: Aws, args: Inputs) -> Inputs:
    return {}


a_look_up.__module__ = "sandbox.account.ec2"


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.creates(VPC, reads=("cidrBlock", "tags"), ignored={"forceDestroy": "for deletes"})(a_vpc)
    registry.looks_up(GET_VPC, reads=("id",))(a_look_up)
    registry.records("aws:backup/selection:Selection")
    return registry


def test_an_entry_is_given_what_it_reads(registry: Registry) -> None:
    entry = registry.resource(VPC, "network")
    assert entry.function is a_vpc
    assert entry.given({"cidrBlock": "10.0.0.0/16", "forceDestroy": True}, "network") == {"cidrBlock": "10.0.0.0/16"}


def test_a_property_that_nobody_reads_is_an_error(registry: Registry) -> None:
    with pytest.raises(UnreadPropertyError) as raised:
        registry.resource(VPC, "network").given({"cidrBlock": "10.0.0.0/16", "instanceTenancy": "dedicated"}, "network")
    assert str(raised.value) == (
        f"the sandbox would lose the property instanceTenancy of {VPC} network; read it in sandbox/account/ec2.py, or list it there as ignored with a reason"
    )


def test_an_argument_of_a_look_up_that_nobody_reads_is_an_error(registry: Registry) -> None:
    with pytest.raises(UnreadPropertyError) as raised:
        registry.look_up(GET_VPC).given({"id": "vpc-1", "state": "available"})
    assert str(raised.value) == (
        f"the sandbox would lose the property state of {GET_VPC}; read it in sandbox/account/ec2.py, or list it there as ignored with a reason"
    )


def test_a_type_that_nobody_registered_is_an_error(registry: Registry) -> None:
    with pytest.raises(UnknownToSandboxError) as raised:
        registry.resource("aws:sqs/queue:Queue", "mine")
    assert str(raised.value) == (
        "the sandbox does not know the resource type aws:sqs/queue:Queue (mine); add it to the module of its service in sandbox/account/, with @creates"
    )


def test_a_look_up_that_nobody_registered_is_an_error(registry: Registry) -> None:
    with pytest.raises(UnknownToSandboxError) as raised:
        registry.look_up("aws:ec2/getAmi:getAmi")
    assert str(raised.value) == (
        "the sandbox does not know the look-up aws:ec2/getAmi:getAmi; add it to the module of its service in sandbox/account/, with @looks_up"
    )


@pytest.mark.parametrize("again", [lambda r: r.creates(VPC, reads=())(a_vpc), lambda r: r.looks_up(GET_VPC)(a_look_up), lambda r: r.records(VPC)])
def test_a_token_is_registered_once(registry: Registry, again: Any) -> None:
    with pytest.raises(ValueError, match="is registered twice"):
        again(registry)


def test_the_types_are_those_that_are_created_and_those_that_are_recorded(registry: Registry) -> None:
    assert registry.types() == {VPC, "aws:backup/selection:Selection"}


def test_every_ignored_property_has_a_reason_and_is_not_read() -> None:
    entries: list[Entry[Any]] = [*REGISTRY.resources.values(), *REGISTRY.look_ups.values()]
    for entry in entries:
        assert all(entry.ignored.values()), entry.token
        assert not entry.reads & entry.ignored.keys(), entry.token


def test_the_account_knows_exactly_the_types_that_some_deployment_has() -> None:
    """Those of the scenarios in tests/contracts. A type that none has any more goes away here too."""
    trees = json.loads((ROOT / "tests" / "contracts" / "resources.json").read_text())
    types = {child.partition(" ")[0] for tree in trees.values() for children in tree.values() for child in children}
    assert sorted(REGISTRY.types()) == sorted(type_ for type_ in types if type_.startswith(("aws:", "random:")))


def test_the_account_knows_exactly_the_look_ups_that_the_component_makes() -> None:
    sources = [file.read_text() for file in (ROOT / "components" / "ipfs_cluster").rglob("*.py")]
    made = {name for source in sources for name in re.findall(r"\baws\.(?:\w+\.)?(get_\w+?)(?:_output)?\(", source)}
    assert {token.rpartition(":")[2] for token in REGISTRY.look_ups} == {re.sub("_(.)", lambda match: match[1].upper(), name) for name in made}
