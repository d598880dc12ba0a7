"""``python -m sandbox up | down | plan | status``: the program's stack on this machine.

moto simulates the AWS API, and containers run the tasks. The folder ``.sandbox`` keeps what is needed between runs.
"""

import argparse
import hashlib
import json
import logging
import os
import shutil
import socket
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pulumi
import yaml
from botocore.exceptions import ClientError
from moto import mock_aws

from . import blocks, compose, engine, front, nodes, simulation
from .account import Account, NotInAccountError, Randomness, UnknownToSandboxError
from .compose import Node, Ports
from .engine import Engine, EngineError, NoEngineError

ROOT = Path(__file__).resolve().parent.parent
# The first ports that are tried. The load balancer has the daemons' own.
FIRST_GATEWAY_PORT = 18080
FIRST_API_PORT = 19094
FIRST_FRONT_PORTS = {"gateway": 8080, "api": 9094, "pinning": 9097}
_FRONT_NAMES = {"gateway": "gateway", "api": "REST API", "pinning": "Pinning Service API"}


def say(line: str = "") -> None:
    """Prints at once, so that long work shows its progress."""
    print(line, flush=True)


@dataclass(frozen=True)
class Simulated:
    """A deployment in the simulated account, and the files that its nodes are started from."""

    deployment: simulation.Deployment
    nodes: list[Node]
    front: front.Front | None
    """The load balancer, if the deployment has one."""
    file: dict[str, Any]
    """The Compose file."""
    credentials: str
    """``user:password`` of the REST API."""
    recorded: list[str]
    """Resource types that moto cannot hold."""


class Sandbox:
    """One stack's files on this machine."""

    def __init__(self, stack: str, root: Path) -> None:
        self.root, self.stack = root, stack
        self.folder = root / ".sandbox" / stack
        self.compose_file = self.folder / "compose.yaml"
        self.curl_file = self.folder / "curl.conf"
        self.log = self.folder / "compose.log"
        self.outputs_file = self.folder / "outputs.json"
        """The stack's outputs, with the addresses on this machine."""
        self.parameters_file = self.folder / "parameters.json"
        """Created by the user: values of their own SSM parameters, by name."""
        self.s3_file = self.folder / "s3.json"
        """Created by the user: the S3 service for stacks with blocks in S3."""
        self._state_file = self.folder / "state.json"
        state = json.loads(self._state_file.read_text()) if self._state_file.exists() else {}
        self.randomness = Randomness(state.get("random", {}))
        self.ports = {name: Ports(**ports) for name, ports in state.get("ports", {}).items()}
        self.front_ports: dict[str, int] = state.get("front_ports", {})
        """The load balancer's ports on this machine, by role."""
        self.started: dict[str, str] = state.get("started", {})
        """For each node, a digest of the part of the Compose file that it was started with."""
        # Another checkout of the program has its own nodes and data.
        self.project = f"ipfs-{stack}-{hashlib.sha256(str(root).encode()).hexdigest()[:6]}".lower()

    def save(self) -> None:
        """Saves what the next run needs."""
        state = {
            "random": self.randomness.made,
            "ports": {name: asdict(ports) for name, ports in self.ports.items()},
            "front_ports": self.front_ports,
            "started": self.started,
        }
        self._write(self._state_file, json.dumps(state, indent=1))

    def _write(self, file: Path, text: str) -> None:
        # These files hold secrets: only their owner can read them, from the start, and they are written atomically.
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "w") as output:
            output.write(text)
        Path(name).replace(file)

    def simulate(self, configuration: simulation.Configuration) -> Simulated:
        """Runs the program in moto and writes the Compose file of its nodes."""
        with mock_aws():
            account = Account(configuration.region, self.randomness)
            given = json.loads(self.parameters_file.read_text()) if self.parameters_file.exists() else {}
            for name, value in given.items():
                account.client("ssm").put_parameter(Name=name, Type="SecureString", Value=value)
            deployment = simulation.run(self.root / "__main__.py", configuration, account)
            found = compose.read_nodes(account.client)
            balancer = front.read_front(account.client, {node.name: node.dns_name for node in found})
            vpc = account.client("ec2").describe_vpcs(VpcIds=[deployment.exports["vpc_id"].value])["Vpcs"][0]
            parameter = deployment.exports["api_credentials_parameter"].value
            credentials = account.client("ssm").get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
        service = blocks.read(self.s3_file)
        if service is not None:
            found = [blocks.redirected(node, service) for node in found]
        for node in found:
            if node.name not in self.ports:
                self.ports[node.name] = self._free_ports()
        for listener in balancer.listeners if balancer else []:
            if listener.role not in self.front_ports:
                self.front_ports[listener.role] = self._free_port(FIRST_FRONT_PORTS[listener.role])
        others = {front.SERVICE: front.service(balancer, self.front_ports)} if balancer else {}
        file = compose.compose_file(found, self.ports, vpc["CidrBlock"], others, compose.LONGEST_HEALTH_INTERVAL_SECONDS)
        header = "# Written by `python -m sandbox`. It holds secrets: do not share it.\n"
        self._write(self.compose_file, header + yaml.safe_dump(file, sort_keys=False, width=1000))
        escaped = credentials.replace("\\", "\\\\").replace('"', '\\"')
        self._write(self.curl_file, f'user = "{escaped}"\n')
        self.save()
        return Simulated(deployment, found, balancer, file, credentials, [f"{type_} {name}" for type_, name, _ in account.recorded])

    def keep_outputs(self, deployment: simulation.Deployment, api: int, gateway: int) -> None:
        """Writes the outputs as `pulumi stack output --json --show-secrets` would, with the addresses on this machine."""
        here = {"api_url": f"http://127.0.0.1:{api}", "gateway_url": f"http://127.0.0.1:{gateway}"}
        self._write(self.outputs_file, json.dumps({**{name: export.value for name, export in deployment.exports.items()}, **here}, indent=1))

    def _free_ports(self) -> Ports:
        return Ports(gateway=self._free_port(FIRST_GATEWAY_PORT), api=self._free_port(FIRST_API_PORT))

    def _free_port(self, port: int) -> int:
        taken = {port for ports in self.ports.values() for port in (ports.gateway, ports.api)} | set(self.front_ports.values())
        while port in taken or not _is_free(port):
            port += 1
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def show(simulated: Simulated) -> None:
    """Prints a deployment as `pulumi up` would."""
    deployment = simulated.deployment
    for line in deployment.tree():
        say(line)
    say()
    say("Outputs:")
    for name, export in deployment.exports.items():
        if export.value is None:
            continue  # this stack does not have it
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
        say("Not simulated, kept with their inputs: " + ", ".join(simulated.recorded))


def plan(sandbox: Sandbox, configuration: simulation.Configuration) -> None:
    """Simulates the deployment and writes the Compose file. Starts nothing."""
    show(sandbox.simulate(configuration))
    say(f"The nodes' Compose file: {sandbox.compose_file.relative_to(sandbox.root)}")


def up(sandbox: Sandbox, configuration: simulation.Configuration) -> None:
    """Simulates the deployment, then starts or updates its nodes."""
    simulated = sandbox.simulate(configuration)
    show(simulated)
    found = simulated.nodes
    buckets = [bucket for bucket in map(blocks.bucket, found) if bucket]
    if buckets:
        service = blocks.read(sandbox.s3_file)
        if service is None:
            raise blocks.BlocksError(
                f"with storage.datastore s3 the nodes need an S3 service that containers can reach (for example MinIO): name it in "
                f"{sandbox.s3_file.relative_to(sandbox.root)}, like {blocks.EXAMPLE}"
            )
        service.make(buckets, configuration.region)
    try:
        runner = engine.find(sandbox.compose_file, sandbox.project)
    except NoEngineError as reason:
        say()
        say("The nodes were NOT started, because no container engine can be used here:")
        for candidate in reason.tried:
            say(f"  {candidate}")
        say("Install Docker with its Compose plugin (https://docs.docker.com/engine/install/), or podman 5.6 or newer with podman-compose, and run this again.")
        return
    for image in sorted({container["image"] for node in found for container in node.containers}):
        if not runner.has_image(image):
            say(f"Pulling {image} …")
            runner.pull(image)
    digests = {node.name: hashlib.sha256(compose.fingerprint(simulated.file, node).encode()).hexdigest() for node in found}
    changed = [node for node in found if sandbox.started.get(node.name) != digests[node.name] or not nodes.is_up(node, runner)]
    fresh = [node for node in changed if not nodes.is_started(node, runner)]
    rolling = [node for node in changed if node not in fresh]
    removed = [name for name in sandbox.started if name not in digests]

    say()
    if removed:
        say(f"Removing {', '.join(removed)}; the data stays.")
    if fresh:
        say(f"Starting {', '.join(node.name for node in fresh)} …")
        _start(sandbox, runner, fresh, digests)
    for node in rolling:
        # One after another, as in ECS, which waits only for health: with a new cluster secret the nodes see each other only at the end.
        say(f"Updating {node.name} …")
        nodes.stop(node, runner)
        _start(sandbox, runner, [node], digests)
    for name in removed:  # the first start removed their containers: the others' trust lists have changed too
        del sandbox.started[name]
    sandbox.save()
    if not changed:
        say("All nodes run and are up to date; nothing to start.")
    nodes.wait_for_peers(found, sandbox.ports, simulated.credentials, say)
    in_front = simulated.front is not None and _start_front(sandbox, runner, simulated)
    _show_addresses(sandbox, found, simulated, in_front)


def _start(sandbox: Sandbox, runner: Engine, which: list[Node], digests: dict[str, str]) -> None:
    for node in which:
        sandbox.started.pop(node.name, None)
    sandbox.save()
    nodes.start(which, runner, sandbox.log, say)
    sandbox.started.update({node.name: digests[node.name] for node in which})
    sandbox.save()


def _start_front(sandbox: Sandbox, runner: Engine, simulated: Simulated) -> bool:
    """Starts or updates the load balancer. Returns whether that was possible."""
    if not runner.has_image(front.IMAGE):
        say(f"Pulling {front.IMAGE} …")
        try:
            runner.pull(front.IMAGE)
        except EngineError:
            say(f"The load balancer was NOT started: there is no image {front.IMAGE} here, and it could not be pulled (above). The nodes run without it.")
            return False
    runner.run("up", "-d", "--no-deps", front.SERVICE)
    nodes.wait_for_front(simulated.front, sandbox.front_ports, runner)  # type: ignore[arg-type]
    return True


def _show_addresses(sandbox: Sandbox, found: list[Node], simulated: Simulated, in_front: bool) -> None:
    say()
    if in_front and simulated.front is not None:
        for listener in simulated.front.listeners:
            what = f"{_FRONT_NAMES[listener.role]} (load balancer)"
            say(f"{what:<36} http://127.0.0.1:{sandbox.front_ports[listener.role]}")
        if any(listener.distribution for listener in simulated.front.listeners):
            say("CloudFront is not simulated in front of it: nothing is cached, and its functions (passwords and tokens of readers) do not run.")
        if any(listener.protocol == "HTTPS" for listener in simulated.front.listeners):
            say("TLS is not simulated either; the nodes are told that their clients use it.")
        say()
    say(f"{'node':<32} {'gateway':<24} REST API")
    for node in found:
        ports = sandbox.ports[node.name]
        say(f"{node.name:<32} http://127.0.0.1:{ports.gateway:<7} http://127.0.0.1:{ports.api}")
    api = sandbox.front_ports["api"] if in_front else sandbox.ports[found[0].name].api
    gateway = sandbox.front_ports["gateway"] if in_front else sandbox.ports[found[-1].name].gateway
    curl = sandbox.curl_file.relative_to(sandbox.root)
    sandbox.keep_outputs(simulated.deployment, api, gateway)
    say()
    say("Try: add a file and read it (the credentials are in the file that curl reads):")
    say(f"  curl --config {curl} -F file=@README.md 'http://127.0.0.1:{api}/add?cid-version=1&stream-channels=false'")
    say(f"  curl http://127.0.0.1:{gateway}/ipfs/<cid>")
    say("Or check everything at once:")
    say(f"  {Path(sys.executable).name} -m ipfs_cluster.check {sandbox.outputs_file.relative_to(sandbox.root)}")


def down(sandbox: Sandbox, delete_data: bool) -> None:
    """Stops the nodes. Optionally also deletes their data and identities."""
    if not sandbox.compose_file.exists():
        say(f"There is no stack {sandbox.stack!r} here.")
        return
    try:
        runner = engine.find(sandbox.compose_file, sandbox.project)
    except NoEngineError:
        if sandbox.log.exists():
            raise  # its nodes were started once: the engine still has their volumes
    else:
        say("Stopping …")
        runner.run("down", "--remove-orphans")
        if delete_data:
            runner.delete_volumes()
    sandbox.started.clear()
    sandbox.save()
    if delete_data:
        shutil.rmtree(sandbox.folder)
        say("The nodes are stopped; their data and identities are deleted.")
    else:
        say("The nodes are stopped; their data and identities stay (`make down DATA=delete` deletes them).")


def status(sandbox: Sandbox) -> None:
    """Prints the status of each container."""
    if not sandbox.compose_file.exists():
        say(f"There is no stack {sandbox.stack!r} here; `make up` starts it.")
        return
    containers = engine.find(sandbox.compose_file, sandbox.project).containers()
    for service in sorted(containers):
        say(f"{service:<44} {containers[service]}")
    if not containers:
        say("No node runs; `make up` starts them.")


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Runs the command line and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The program's stack on this machine.")
    parser.add_argument("command", choices=("up", "down", "plan", "status"))
    parser.add_argument("--stack", default="dev", help="the stack, by its Pulumi.<stack>.yaml (default: dev)")
    parser.add_argument("--delete-data", action="store_true", help="with down: also delete the nodes' data and identities")
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)  # what pulumi and asyncio log about a failed program says less than the error itself
    sandbox = Sandbox(options.stack, root)
    try:
        if options.command in ("up", "plan"):
            configuration = simulation.read_configuration(root, options.stack)
            (up if options.command == "up" else plan)(sandbox, configuration)
        elif options.command == "down":
            down(sandbox, options.delete_data)
        else:
            status(sandbox)
    except (simulation.ConfigurationError, blocks.BlocksError, UnknownToSandboxError, EngineError, NoEngineError, pulumi.RunError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (ClientError, NotInAccountError) as error:
        print(f"error: the simulated account does not have what the stack refers to: {error}", file=sys.stderr)
        print(
            "It holds only what the program creates; use a stack without an existing VPC, hosted zone or keys. Put values of your own SSM parameters "
            f"into {sandbox.parameters_file.relative_to(root)}, name: value.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; what was started continues to run: `make status` shows it, `make down` stops it", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
