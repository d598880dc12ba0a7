"""What the command line does with a cluster over several Regions: ``up``, ``plan``, ``down``, ``status``, and ``cut``, ``join``, ``delay`` of its link."""

import contextlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipfs_cluster.regions import member
from ipfs_cluster.regions.member import Member
from moto import mock_aws

from .. import commands, console, engine, nodes, simulation
from ..account import Account
from ..commands import say
from ..engine import Engine, EngineError, NoEngineError
from ..simulation import Configuration, ConfigurationError
from ..stack import Sandbox, Simulated
from . import edge, file, link
from .edge import Edge, State
from .edge_process import EDGE, STATE, node
from .file import Regions
from .link import Link

PROGRAM = Path(__file__).with_name("program.py")


def is_one(sandbox: Sandbox) -> bool:
    """Whether a name is that of a cluster over several Regions. Raises ConfigurationError if it is that of a stack too."""
    described = file.path(sandbox.root, sandbox.stack)
    if described.exists() and (other := sandbox.root / f"Pulumi.{sandbox.stack}.yaml").exists():
        raise ConfigurationError(f"there are both {described.name} and {other.name}; rename one of them")
    return described.exists() or _stacks_file(sandbox).exists()


def up(world: Sandbox, regions: Regions) -> None:
    """Simulates all stacks, joins their networks, then starts or updates the nodes of one Region after another.

    Raises EngineError, BlocksError, BackgroundError, and what `Sandbox.simulate` raises.
    """
    simulated = _simulate(world, regions)
    for region, stack in simulated.stacks.items():
        count = sum(1 for one in stack.deployment.registrations if one.request.custom)
        say(f"{simulated.sandboxes[region].stack + ' (' + region + ')':<32} {count} resources in a simulated AWS account")
        commands.create_buckets(simulated.sandboxes[region], stack, region)
    say(f"{world.stack:<32} {simulated.joining} resources that join them")
    try:
        runner = engine.find(world.compose_file, world.project)
    except NoEngineError as reason:
        commands.show_missing_engine(reason)
        return
    commands.pull(runner, [link.IMAGE])
    say(f"Joining the Regions' networks: {_described(simulated.links)} …")
    runner.run("up", "-d", "--remove-orphans")
    _send(runner, simulated.members, simulated.links)  # a link that was cut is joined again
    for region, sandbox in simulated.sandboxes.items():
        say(f"\n{region}:")
        commands.start(sandbox, simulated.stacks[region], engine.find(sandbox.compose_file, sandbox.project))
    say("\nAll Regions:")
    _wait_for_peers(simulated)
    for region, sandbox in simulated.sandboxes.items():
        say(f"\n{region}:")
        commands.open_doors(sandbox, simulated.stacks[region], engine.find(sandbox.compose_file, sandbox.project))
    _open_edge(world, simulated)


def _wait_for_peers(simulated: "_Simulated") -> None:
    ports = {name: port for sandbox in simulated.sandboxes.values() for name, port in sandbox.ports.items()}
    for read_only in (False, True):
        stacks = [stack for stack in simulated.stacks.values() if stack.deployment.exports["read_only"].value is read_only]
        if stacks:
            everyone = [node for stack in stacks for node in stack.nodes]
            nodes.wait_for_peers(everyone, ports, stacks[0].credentials, say, read_only=read_only)


def plan(world: Sandbox, regions: Regions) -> None:
    """Simulates all stacks and writes their Compose files. Starts nothing. Raises what `Sandbox.simulate` raises."""
    simulated = _simulate(world, regions)
    for region, stack in simulated.stacks.items():
        say(f"{simulated.sandboxes[region].stack} ({region}):")
        commands.show(stack)
    for line in simulated.world.tree():
        say(line)
    files = [sandbox.compose_file for sandbox in (world, *simulated.sandboxes.values())]
    say(f"The Compose files: {', '.join(str(one.relative_to(world.root)) for one in files)}")


def _open_edge(world: Sandbox, simulated: "_Simulated") -> None:
    if simulated.edge is None:
        EDGE.stop(world.folder)
        return
    say("\nAll Regions:")
    if node() is None:
        say("The edge was NOT started: it runs CloudFront Functions in Node.js, which is not installed. The Regions' own addresses work without it.")
        return
    if not state_file(world).exists():
        world.write(state_file(world), State(next(iter(simulated.sandboxes))).text())
    EDGE.start(world.folder, edge.settings(simulated.edge, world.front_ports, {region: one.front_ports for region, one in simulated.sandboxes.items()}))
    for role, port in world.front_ports.items():
        say(f"{ {'gateway': 'gateway', 'api': 'REST API'}[role] + ' (edge)':<36} http://127.0.0.1:{port}")
    say(_location(_state(world)))
    if not simulated.edge.runs_everything:
        say("Functions of Lambda@Edge do not run: readers need no token, and come to the default Region.")


def down(world: Sandbox, delete_data: bool) -> None:
    """Stops the nodes of all Regions, their link and their edge. Raises EngineError, NoEngineError, BackgroundError."""
    EDGE.stop(world.folder)
    for sandbox in _sandboxes(world):
        say(f"{sandbox.stack}:")
        sandbox.part_of = ""
        commands.down(sandbox, delete_data)
    with contextlib.suppress(NoEngineError):  # no stack was started, or this had been said already
        engine.find(world.compose_file, world.project).run("down", "--remove-orphans")
    shutil.rmtree(world.folder)


def status(world: Sandbox) -> None:
    """Prints the status of each container, and of the links. Raises EngineError, NoEngineError."""
    for sandbox in _sandboxes(world):
        say(f"{sandbox.stack}:")
        commands.status(sandbox)
    say(f"\nLinks: {_described(_links(_running(world)))}")
    if EDGE.running(world.folder):
        say(_location(_state(world)))


@dataclass(frozen=True)
class Change:
    """What a command does to links."""

    cut: bool | None = None
    round_trip_milliseconds: float | None = None


def change(world: Sandbox, wanted: Change, region: str) -> None:
    """Cuts, joins or delays the links of a Region, or all with an empty one. Raises EngineError, NoEngineError, ConfigurationError."""
    runner, members = _running(world), _kept_members(world)
    if region and region not in members:
        raise ConfigurationError(f"there is no Region {region}; there are {', '.join(members)}")
    if wanted.round_trip_milliseconds is not None and (problem := file.milliseconds_problem(wanted.round_trip_milliseconds)):
        raise ConfigurationError(f"the round trip {problem}")
    changed = link.changed(_links(runner), region, wanted.cut, wanted.round_trip_milliseconds)
    _send(runner, members, changed)
    say(f"Links: {_described(changed)}")


def move(world: Sandbox, region: str) -> None:
    """The clients come to the edge locations of another Region from now on. Raises ConfigurationError."""
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
        raise ConfigurationError(f"--region is {region!r}; give the Region of an edge location, such as us-west-2")
    _change(world, State(region, _state(world).out))


def take(world: Sandbox, region: str, *, out: bool) -> None:
    """Takes a Region out of the edge's choice, or in again. Raises ConfigurationError."""
    _sandboxes(world)
    if region not in (regions := list(_kept_members(world))):
        raise ConfigurationError(f"--region is {region!r}; give one of {', '.join(regions)}")
    before = _state(world)
    _change(world, State(before.location, [one for one in regions if (out if one == region else one in before.out)]))


def _change(world: Sandbox, state: State) -> None:
    world.write(state_file(world), state.text())
    say(_location(state))


def state_file(world: Sandbox) -> Path:
    """The file with what may change while the edge runs."""
    return world.folder / STATE


def _state(world: Sandbox) -> State:
    if not state_file(world).exists():
        raise ConfigurationError(f"{world.stack!r} has no edge that runs; give world.edge in {file.path(world.root, world.stack).name}, as {{}}")
    return State.read(state_file(world).read_text())


def _location(state: State) -> str:
    return f"Clients come to edge locations of {state.location}; taken out: {', '.join(state.out) or 'none'}"


# --- simulating -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Simulated:
    sandboxes: Mapping[str, Sandbox]
    """By Region, as the next two."""
    stacks: Mapping[str, Simulated]
    members: Mapping[str, Member]
    world: simulation.Deployment
    """The stack that joins them."""
    links: Mapping[str, Link]
    edge: Edge | None

    @property
    def joining(self) -> int:
        return sum(1 for one in self.world.registrations if one.request.custom)


def _simulate(world: Sandbox, regions: Regions) -> _Simulated:
    sandboxes = {region: Sandbox(configuration.stack, world.root) for region, configuration in regions.stacks.items()}
    first, *_ = regions.stacks
    alone = {region: _run(sandboxes[region], _told(configuration, {})) for region, configuration in regions.stacks.items()}
    shared = alone[first].exports["shared_secrets"].value
    told = {region: deployment.exports["member"].value for region, deployment in alone.items()}

    def given(region: str) -> dict[str, Any]:
        others = {name: text for name, text in told.items() if name != region}
        return {**regions.roles[region], "others": others, **({} if region == first else {"shared": shared})}

    for region in regions.roles:
        if regions.roles[region]:  # says so to the others, and cannot be alone
            told[region] = _run(sandboxes[region], _told(regions.stacks[region], given(region))).exports["member"].value
    members = {region: member.parse(text) for region, text in told.items()}
    addresses = link.addresses(members, {name: address for sandbox in sandboxes.values() for name, address in sandbox.addresses.items()})
    stacks: dict[str, Simulated] = {}
    world.assign_front_ports(("gateway", "api") if "edge" in regions.inputs else ())
    with mock_aws():
        for region, sandbox in sandboxes.items():
            sandbox.part_of = world.stack
            sandbox.addresses = {peer.dns_name: addresses[peer.dns_name] for peer in members[region].peers}
            sandbox.reserved = frozenset(port for other in (world, *sandboxes.values()) if other is not sandbox for port in other.taken_ports())
            stacks[region] = sandbox.simulate(_told(regions.stacks[region], given(region)), link.joint(region, members, addresses, world.project))
        outputs = {region: stack.deployment.exports["member"].value for region, stack in stacks.items()}
        joining = _with(Configuration(regions.stacks[first].project, world.stack, {"aws:region": first}), "world", {**regions.inputs, "members": outputs})
        account = Account(first, world.randomness)
        others = {one["Id"] for one in account.client("cloudfront").list_distributions()["DistributionList"].get("Items", [])}
        deployment = simulation.run(PROGRAM, joining, account)
        site = console.read(account.client, account.recorded, others)
        if site is not None:
            site = site.replaced({deployment.exports["gateway_url"].value: f"http://127.0.0.1:{world.front_ports['gateway']}"})
        found = edge.read(account.made, site)
    links = link.links(members, regions.round_trip_milliseconds)
    world.write_compose_file(link.compose_file(members, links, world.project))
    world.write(_stacks_file(world), json.dumps({"stacks": [sandbox.stack for sandbox in sandboxes.values()], "members": outputs}, indent=1))
    world.save()
    return _Simulated(sandboxes, stacks, members, deployment, links, found)


def _run(sandbox: Sandbox, configuration: Configuration) -> simulation.Deployment:
    """A stack in an account of its own, for what it tells the others."""
    with mock_aws():
        deployment = sandbox.run(configuration, Account(configuration.region, sandbox.randomness))
    sandbox.save()
    return deployment


def _told(configuration: Configuration, members: Mapping[str, Any]) -> Configuration:
    return _with(configuration, "members", members)


def _with(configuration: Configuration, key: str, value: Mapping[str, Any]) -> Configuration:
    values = {**configuration.values, f"{configuration.project}:{key}": json.dumps(value)}
    return Configuration(configuration.project, configuration.stack, values)


# --- what an earlier run has left -------------------------------------------------------------------------------------


def _stacks_file(world: Sandbox) -> Path:
    return world.folder / "regions.json"


def _sandboxes(world: Sandbox) -> list[Sandbox]:
    if not _stacks_file(world).exists():
        raise ConfigurationError(f"{world.stack!r} does not run here; `make up STACK={world.stack}` starts it")
    return [Sandbox(stack, world.root) for stack in json.loads(_stacks_file(world).read_text())["stacks"]]


def _kept_members(world: Sandbox) -> dict[str, Member]:
    return {region: member.parse(text) for region, text in json.loads(_stacks_file(world).read_text())["members"].items()}


def _running(world: Sandbox) -> Engine:
    """The engine, if the relay runs there."""
    _sandboxes(world)
    runner = engine.find(world.compose_file, world.project)
    containers = runner.containers()
    if link.SERVICE not in containers or not containers[link.SERVICE].up:
        raise EngineError(f"the link does not run; `make up STACK={world.stack}` starts it")
    return runner


def _links(runner: Engine) -> dict[str, Link]:
    return link.read(runner.execute(runner.containers()[link.SERVICE].id, "sh", "-c", link.SHOW))


def _send(runner: Engine, members: Mapping[str, Member], links: Mapping[str, Link]) -> None:
    runner.execute(runner.containers()[link.SERVICE].id, "sh", "-c", link.CHANGE, "sh", link.settings(members, links))


def _described(links: Mapping[str, Link]) -> str:
    return ", ".join(f"{' and '.join(pair.split())} by {state}" if not state.cut else f"{' and '.join(pair.split())} {state}" for pair, state in links.items())
