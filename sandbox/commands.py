"""What the command line does with a stack: ``up``, ``plan``, ``down``, ``status``."""

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import blocks, compose, engine, front, nodes, simulation, websites
from .compose import Node
from .engine import Engine, EngineError, NoEngineError
from .resolver import process
from .stack import Sandbox, Simulated

_FRONT_NAMES = {"gateway": "gateway", "api": "REST API", "pinning": "Pinning Service API"}


def say(line: str = "") -> None:
    """Prints a line at once, so that a long command shows its progress."""
    print(line, flush=True)


def plan(sandbox: Sandbox, configuration: simulation.Configuration) -> None:
    """Simulates the deployment and writes the Compose file. Starts nothing. Raises what `Sandbox.simulate` raises."""
    show(sandbox.simulate(configuration))
    say(f"The nodes' Compose file: {sandbox.compose_file.relative_to(sandbox.root)}")


def up(sandbox: Sandbox, configuration: simulation.Configuration) -> None:
    """Simulates the deployment, then starts or updates its nodes. Raises EngineError, BlocksError, BackgroundError, and what `Sandbox.simulate` raises."""
    simulated = sandbox.simulate(configuration)
    show(simulated)
    create_buckets(sandbox, simulated, configuration.region)
    try:
        runner = engine.find(sandbox.compose_file, sandbox.project)
    except NoEngineError as reason:
        show_missing_engine(reason)
        return
    start(sandbox, simulated, runner)
    read_only = simulated.deployment.exports["read_only"].value
    nodes.wait_for_peers(simulated.nodes, sandbox.ports, simulated.credentials, say, read_only=read_only)
    open_doors(sandbox, simulated, runner)


def start(sandbox: Sandbox, simulated: Simulated, runner: Engine) -> None:
    """Starts or updates the nodes. Raises EngineError, BackgroundError."""
    pull(runner, {container["image"] for node in simulated.nodes for container in node.containers})
    say()
    _apply(sandbox, simulated, runner)
    websites.apply(sandbox, simulated)  # after the nodes, whose network it listens in


def pull(runner: Engine, images: Iterable[str]) -> None:
    """Pulls the images that are not on this machine. Raises EngineError."""
    for image in sorted(images):
        if not runner.has_image(image):
            say(f"Pulling {image} …")
            runner.pull(image)


def open_doors(sandbox: Sandbox, simulated: Simulated, runner: Engine) -> None:
    """Starts the load balancer, keeps the outputs, and prints the addresses and what to do with them. Raises EngineError."""
    balancer = simulated.front if simulated.front is not None and _start_front(sandbox, runner, simulated.front) else None
    _show_addresses(sandbox, simulated.nodes, balancer)
    gateway, api = _addresses(sandbox, simulated.nodes, balancer)
    sandbox.keep_outputs(simulated.deployment, api, gateway)
    _show_first_steps(sandbox, gateway, api)
    if balancer is not None and balancer.console is not None:
        say(f"Open the console in a browser (user name and password: {sandbox.curl_file.relative_to(sandbox.root)}):")
        say(f"  http://127.0.0.1:{api}{balancer.console.path}/")
    websites.show(sandbox, simulated, gateway, say)


def down(sandbox: Sandbox, delete_data: bool) -> None:
    """Stops the nodes, and with ``delete_data`` deletes their data and identities. Raises EngineError, NoEngineError, BackgroundError."""
    if not sandbox.compose_file.exists():
        say(f"Stack {sandbox.stack!r} does not exist here.")
        return
    process.stop(sandbox.folder)
    try:
        runner = engine.find(sandbox.compose_file, sandbox.project)
    except NoEngineError:
        if sandbox.log.exists():
            raise  # the nodes were started once, and an engine still has their data
    else:
        say("Stopping …")
        runner.run("down", "--remove-orphans")
        if delete_data:
            runner.delete_volumes()
    sandbox.started.clear()
    sandbox.save()
    if delete_data:
        shutil.rmtree(sandbox.folder)
        say("The nodes are stopped. Their data and identities are deleted.")
    else:
        say("The nodes are stopped. Their data and identities are kept (`make down DATA=delete` deletes them).")


def status(sandbox: Sandbox) -> None:
    """Prints the status of each container. Raises EngineError, NoEngineError."""
    if not sandbox.compose_file.exists():
        say(f"Stack {sandbox.stack!r} does not exist here; `make up` starts it.")
        return
    containers = engine.find(sandbox.compose_file, sandbox.project).containers()
    for service in sorted(containers):
        say(f"{service:<44} {containers[service]}")
    if not containers:
        say("No node is running; `make up` starts them.")


# --- starting ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Changes:
    """What an update does to the nodes."""

    fresh: list[Node]
    """Not running: all started at once."""
    rolling: list[Node]
    """Running with another definition: replaced one after another."""
    removed: list[str]
    """No longer in the stack, by name."""
    digests: Mapping[str, str]
    """What each node is started with, as a digest of its part of the Compose file."""


def changes(sandbox: Sandbox, simulated: Simulated, runner: Engine) -> Changes:
    """What has to be done so that the nodes are as the deployment has them."""
    digests = {node.name: hashlib.sha256(compose.fingerprint(simulated.file, node).encode()).hexdigest() for node in simulated.nodes}
    changed = [node for node in simulated.nodes if sandbox.started.get(node.name) != digests[node.name] or not nodes.is_up(node, runner)]
    fresh = [node for node in changed if not nodes.is_started(node, runner)]
    rolling = [node for node in changed if node not in fresh]
    return Changes(fresh, rolling, [name for name in sandbox.started if name not in digests], digests)


def _apply(sandbox: Sandbox, simulated: Simulated, runner: Engine) -> None:
    todo = changes(sandbox, simulated, runner)
    if todo.removed:
        say(f"Removing {', '.join(todo.removed)}. The data is kept.")
    if todo.fresh:
        say(f"Starting {', '.join(node.name for node in todo.fresh)} …")
        _start(sandbox, runner, todo.fresh, todo.digests)
    for node in todo.rolling:
        # One after another as in ECS, which waits for health only: with a new cluster secret the nodes see each other only at the end.
        say(f"Updating {node.name} …")
        nodes.stop(node, runner)
        _start(sandbox, runner, [node], todo.digests)
    for name in todo.removed:  # the first start has removed their containers: the other nodes' trust lists have changed too
        del sandbox.started[name]
    sandbox.save()
    if not todo.fresh and not todo.rolling:
        say("All nodes are up to date.")


def _start(sandbox: Sandbox, runner: Engine, which: list[Node], digests: Mapping[str, str]) -> None:
    for node in which:
        sandbox.started.pop(node.name, None)
    sandbox.save()
    nodes.start(which, runner, sandbox.log, say)
    sandbox.started.update({node.name: digests[node.name] for node in which})
    sandbox.save()


def create_buckets(sandbox: Sandbox, simulated: Simulated, region: str) -> None:
    """Creates the buckets of nodes that have their blocks in S3. Raises BlocksError."""
    buckets = [bucket for bucket in map(blocks.bucket, simulated.nodes) if bucket]
    if not buckets:
        return
    service = blocks.read(sandbox.s3_file)
    if service is None:
        raise blocks.BlocksError(
            "with storage.datastore s3 the nodes need an S3 service that containers can reach, such as MinIO: name it in "
            f"{sandbox.s3_file.relative_to(sandbox.root)}, like {blocks.EXAMPLE}"
        )
    service.make(buckets, region)


def _start_front(sandbox: Sandbox, runner: Engine, balancer: front.Front) -> bool:
    """Starts or updates the load balancer. False if its image cannot be pulled."""
    if not runner.has_image(front.IMAGE):
        say(f"Pulling {front.IMAGE} …")
        try:
            runner.pull(front.IMAGE)
        except EngineError:
            say(f"The load balancer was NOT started: the image {front.IMAGE} could not be pulled (see above). The nodes work without it.")
            return False
    runner.run("up", "-d", "--no-deps", front.SERVICE)
    nodes.wait_for_front(balancer, sandbox.front_ports, runner)
    return True


# --- showing ----------------------------------------------------------------------------------------------------------


def show(simulated: Simulated) -> None:
    """Prints a deployment as `pulumi up` would."""
    deployment = simulated.deployment
    for line in deployment.tree():
        say(line)
    say()
    say("Outputs:")
    for name, export in deployment.exports.items():
        if export.value is None:
            continue  # this stack has no such thing
        if export.secret:
            say(f"  {name}: [secret]")
        elif isinstance(export.value, dict):
            say(f"  {name}:")
            for key, value in export.value.items():
                say(f"    {key}: {value}")
        else:
            say(f"  {name}: {export.value}")
    say()
    custom = [r for r in deployment.registrations if r.request.custom]
    say(f"{len(custom)} resources in a simulated AWS account.")
    if simulated.recorded:
        say("Not simulated, only recorded: " + ", ".join(simulated.recorded))


def show_missing_engine(reason: NoEngineError) -> None:
    """Prints why nothing was started, and what to do."""
    say()
    say("The nodes were NOT started, because this machine has no usable container engine:")
    for candidate in reason.tried:
        say(f"  {candidate}")
    say("Install Docker with its Compose plugin (https://docs.docker.com/engine/install/), or podman 5.6 or newer with podman-compose, and run this again.")


def _addresses(sandbox: Sandbox, found: list[Node], balancer: front.Front | None) -> tuple[int, int]:
    """The ports of the gateway and of the REST API: the load balancer's, else some node's."""
    if balancer is not None:
        return sandbox.front_ports["gateway"], sandbox.front_ports["api"]
    return sandbox.ports[found[-1].name].gateway, sandbox.ports[found[0].name].api


def _show_addresses(sandbox: Sandbox, found: list[Node], balancer: front.Front | None) -> None:
    say()
    if balancer is not None:
        for listener in balancer.listeners:
            what = f"{_FRONT_NAMES[listener.role]} (load balancer)"
            say(f"{what:<36} http://127.0.0.1:{sandbox.front_ports[listener.role]}")
        if any(listener.distribution for listener in balancer.listeners):
            say("CloudFront is not simulated: nothing is cached, and its functions (readers' passwords and tokens) do not run.")
        if any(listener.protocol == "HTTPS" for listener in balancer.listeners):
            say("TLS is not simulated either. The nodes are told that their clients use it.")
        say()
    say(f"{'node':<32} {'gateway':<24} REST API")
    for node in found:
        ports = sandbox.ports[node.name]
        say(f"{node.name:<32} http://127.0.0.1:{ports.gateway:<7} http://127.0.0.1:{ports.api}")


def _show_first_steps(sandbox: Sandbox, gateway: int, api: int) -> None:
    curl, outputs = sandbox.curl_file.relative_to(sandbox.root), sandbox.outputs_file.relative_to(sandbox.root)
    say()
    say("Add a file and read it back (curl takes the credentials from its configuration file):")
    say(f"  curl --config {curl} -F file=@README.md 'http://127.0.0.1:{api}/add?cid-version=1&stream-channels=false'")
    say(f"  curl http://127.0.0.1:{gateway}/ipfs/<cid>")
    say("Publish files and folders:")
    programs = os.path.relpath(Path(sys.executable).parent)
    say(f"  {programs}/ipfs-cluster publish --outputs {outputs} README.md")
    say("Check the whole cluster at once:")
    say(f"  {programs}/python -m ipfs_cluster.check {outputs}")
