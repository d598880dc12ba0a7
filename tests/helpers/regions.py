"""A cluster over several Regions, in one simulated account: a stack for each, and one that joins them; or one program."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipfs_cluster.config import snake_case
from moto import mock_aws
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

from sandbox import simulation
from sandbox.account import Account, Randomness
from sandbox.simulation import Configuration, Registration
from tests.helpers.support import ROOT, UNMONITORED, Deployed, Groups, configuration

FIRST, SECOND, THIRD = "eu-west-1", "us-east-1", "ap-northeast-1"
REGIONS = (FIRST, SECOND, THIRD)
STACKS = {FIRST: "europe", SECOND: "america", THIRD: "asia"}
RANGES = {FIRST: "10.94.0.0/16", SECOND: "10.95.0.0/16", THIRD: "10.96.0.0/16"}

SMALL: Groups = {"nodes": {"count": 2}, "edge": {"mode": "none"}, "backup": {"nodes": "none", "pinsetSchedule": "never"}}

WORLD = """
import json
import pulumi
from ipfs_cluster import IpfsGlobal

inputs = pulumi.Config().require_object("inputs")
if pulumi.Config().get_bool("later"):  # as a StackReference gives them
    inputs["members"] = {region: pulumi.Output.from_input(member) for region, member in inputs["members"].items()}
world = IpfsGlobal("world", inputs)
for output in IpfsGlobal.__annotations__:
    pulumi.export(output, getattr(world, output))
"""


def in_python(group: Mapping[str, Any]) -> dict[str, Any]:
    """A group as a Python program writes it."""
    return {snake_case(key): value for key, value in group.items()}


@dataclass
class World:
    """The stacks in one account."""

    groups: Groups = field(default_factory=lambda: SMALL)
    clusters: dict[str, Deployed] = field(default_factory=dict)
    """By Region."""

    def members(self, but: str = "") -> dict[str, str]:
        """The outputs `member` of those that are deployed."""
        return {region: cluster.output("member") for region, cluster in self.clusters.items() if region != but}

    def given(self, region: str, **groups: Any) -> dict[str, Any]:
        """The configuration of a Region's stack, with the others that are deployed."""
        members: dict[str, Any] = {"others": self.members(but=region)}
        if region != FIRST:
            members["shared"] = self.clusters[FIRST].output("shared_secrets")
        return {**UNMONITORED, "network": {"cidr": RANGES[region]}, "members": members, **self.groups, **groups}

    def deploy(self, region: str, randomness: Randomness | None = None, **groups: Any) -> Deployed:
        """The first `pulumi up` of a Region's stack; with the ``randomness`` of an earlier one, what a later one would make."""
        account, given = Account(region, randomness), self.given(region, **groups)
        run = simulation.run(ROOT / "__main__.py", configuration(given, STACKS[region], region), account)
        self.clusters[region] = Deployed(account, run, given)
        return self.clusters[region]

    def join(self, folder: Path, later: bool = False, **inputs: Any) -> Deployed:
        """The stack that joins the Regions."""
        given = {"members": self.members(), **inputs}
        return join(folder, given, later)


def join(folder: Path, inputs: Mapping[str, Any], later: bool = False, region: str = FIRST) -> Deployed:
    """IpfsGlobal with these inputs, as the stack `world`."""
    program = folder / "world.py"
    program.write_text(WORLD)
    values = {"aws:region": region, "ipfs-cluster:inputs": json.dumps(inputs), "ipfs-cluster:later": json.dumps(later)}
    account = Account(region)
    return Deployed(account, simulation.run(program, Configuration("ipfs-cluster", "world", values), account), inputs)


def again(world: World, region: str) -> Deployed:
    """What the next `pulumi up` of a Region makes, with all others: in an account of its own, since moto refuses what is there."""
    with mock_aws():
        later = World(world.groups, dict(world.clusters))
        return later.deploy(region, world.clusters[region].account.randomness)


def alone(region: str, groups: Groups, randomness: Randomness | None = None) -> Deployed:
    """A Region's stack with these groups and no others."""
    account, given = Account(region, randomness), {**UNMONITORED, **groups}
    return Deployed(account, simulation.run(ROOT / "__main__.py", configuration(given, STACKS[region], region), account), given)


class Regions(Account):
    """An account whose providers each work in a Region of their own, told by their ID."""

    def __init__(self, region: str) -> None:
        super().__init__(region)
        self.elsewhere: dict[str, Account] = {}
        self.asked: list[tuple[str, str]] = []
        """The provider and the token of every look-up."""

    def _elsewhere(self, provider: str | None) -> Account | None:
        return self.elsewhere.get((provider or "").rpartition("::")[2])

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:providers:aws":
            region = args.inputs["region"]
            self.elsewhere[region] = Account(region)
            return region, dict(args.inputs)
        elsewhere = self._elsewhere(args.provider)
        return elsewhere.new_resource(args) if elsewhere else super().new_resource(args)

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        self.asked.append(((args.provider or "").rpartition("::")[2], args.token))
        elsewhere = self._elsewhere(args.provider)
        return elsewhere.call(args) if elsewhere else super().call(args)


def below(stack: Deployed, name: str) -> list[Registration]:
    """The resources of one component, itself included."""
    urns = {r.urn for r in stack.deployment.registrations if r.name == name and r.type.startswith("ipfs-cluster:index:Ipfs")}
    found = []
    for resource in stack.deployment.registrations:  # parents come before their children
        if resource.urn in urns or resource.parent in urns:
            urns.add(resource.urn)
            found.append(resource)
    return found
