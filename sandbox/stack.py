"""One stack on this machine: its files, its ports, and what its deployment in the simulated account gives.

What a later run needs is kept in the folder ``.sandbox/<stack>``.
"""

import hashlib
import json
import os
import socket
import tempfile
from dataclasses import asdict, dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import yaml
from moto import mock_aws

from . import blocks, compose, console, front, simulation
from .account import Account, Randomness
from .account.route53 import add_hosted_zone
from .compose import Node, Ports
from .resolver.settings import Settings, Zone, zone_of

# The first ports that are tried. The load balancer has those of its listeners.
FIRST_GATEWAY_PORT = 18080
FIRST_API_PORT = 19094
FIRST_RESOLVER_PORTS = {"aws": 5566, "dns": 5353}
FIRST_FRONT_PORTS = {"gateway": 8080, "api": 9094, "pinning": 9097}


@dataclass(frozen=True)
class Simulated:
    """A deployment in the simulated account, and what its nodes are started from."""

    deployment: simulation.Deployment
    nodes: list[Node]
    front: front.Front | None
    """The load balancer, if the deployment has one."""
    file: dict[str, Any]
    """The Compose file."""
    credentials: str
    """``user:password`` of the REST API."""
    recorded: list[str]
    """Type and name of the resources that moto does not simulate."""
    resolver: Settings | None = None
    """What the process with the DNS records serves; none without websites or without a zone for their records."""


class Sandbox:
    """One stack on this machine."""

    def __init__(self, stack: str, root: Path) -> None:
        self.root, self.stack = root, stack
        self.folder = root / ".sandbox" / stack
        self.compose_file = self.folder / "compose.yaml"
        self.curl_file = self.folder / "curl.conf"
        self.log = self.folder / "compose.log"
        self.outputs_file = self.folder / "outputs.json"
        """The stack's outputs, with the addresses on this machine."""
        self.parameters_file = self.folder / "parameters.json"
        """Written by the user: values of their own SSM parameters, by name."""
        self.s3_file = self.folder / "s3.json"
        """Written by the user: the S3 service for stacks with their blocks in S3."""
        self._state_file = self.folder / "state.json"
        state = json.loads(self._state_file.read_text()) if self._state_file.exists() else {}
        self.randomness = Randomness(state.get("random", {}))
        self.ports = {name: Ports(**ports) for name, ports in state.get("ports", {}).items()}
        self.front_ports: dict[str, int] = state.get("front_ports", {})
        """The load balancer's ports on this machine, by role."""
        self.resolver_ports: dict[str, int] = state.get("resolver_ports", {})
        """The ports of the process with the DNS records: aws and dns."""
        self.started: dict[str, str] = state.get("started", {})
        """What each node was started with, as a digest of its part of the Compose file."""
        # Another checkout of the program has its own nodes and data.
        self.project = f"ipfs-{stack}-{hashlib.sha256(str(root).encode()).hexdigest()[:6]}".lower()

    def save(self) -> None:
        """Keeps what the next run needs."""
        state = {
            "random": self.randomness.made,
            "ports": {name: asdict(ports) for name, ports in self.ports.items()},
            "front_ports": self.front_ports,
            "resolver_ports": self.resolver_ports,
            "started": self.started,
        }
        self._write(self._state_file, json.dumps(state, indent=1))

    def _write(self, file: Path, text: str) -> None:
        # These files hold secrets: only their owner may read them from the first moment on, and they are written whole or not at all.
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "w") as output:
            output.write(text)
        Path(name).replace(file)

    def simulate(self, configuration: simulation.Configuration) -> Simulated:
        """Runs the program in moto and writes the Compose file of its nodes.

        Raises BlocksError for a file s3.json that cannot be read, ClientError and NotInAccountError for what only the user's account has, and what the
        program raises.
        """
        with mock_aws():
            account = Account(configuration.region, self.randomness)
            given = json.loads(self.parameters_file.read_text()) if self.parameters_file.exists() else {}
            for name, value in given.items():
                account.client("ssm").put_parameter(Name=name, Type="SecureString", Value=value)
            edge = json.loads(configuration.values.get(f"{configuration.project}:edge", "{}"))
            zone = zone_of(edge)
            if zone:
                add_hosted_zone(account.id, zone.id, zone.name)
            deployment = simulation.run(self.root / "__main__.py", configuration, account)
            nodes = compose.read_nodes(account.client)
            websites = list(deployment.exports["websites"].value)
            site = console.read(account.client, account.recorded)
            balancer = front.read_front(account.client, {node.name: node.dns_name for node in nodes}, websites)
            vpc = account.client("ec2").describe_vpcs(VpcIds=[deployment.exports["vpc_id"].value])["Vpcs"][0]
            parameter = deployment.exports["api_credentials_parameter"].value
            credentials = account.client("ssm").get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
        service = blocks.read(self.s3_file)
        if service is not None:
            nodes = [blocks.redirected(node, service) for node in nodes]
        self._assign_ports(nodes, balancer)
        if balancer and site:
            addresses = {deployment.exports["gateway_url"].value: f"http://127.0.0.1:{self.front_ports['gateway']}"}
            balancer = replace(balancer, console=site.replaced(addresses))
        resolver = self._resolver(deployment, zone, vpc["CidrBlock"]) if zone and websites else None
        # The last address: the engine gives containers the first ones.
        dns = front.Dns(str(ip_network(vpc["CidrBlock"])[-2]), resolver.address, resolver.dns_port) if resolver else None
        others = {front.SERVICE: front.service(balancer, self.front_ports, dns)} if balancer else {}
        seconds = compose.LONGEST_HEALTH_INTERVAL_SECONDS
        file = compose.compose_file(nodes, self.ports, vpc["CidrBlock"], others, seconds, dns.address if dns else "")
        header = "# Generated by `python -m sandbox`. Contains secrets: do not share.\n"
        self._write(self.compose_file, header + yaml.safe_dump(file, sort_keys=False, width=1000))
        escaped = credentials.replace("\\", "\\\\").replace('"', '\\"')
        self._write(self.curl_file, f'user = "{escaped}"\n')
        self.save()
        return Simulated(deployment, nodes, balancer, file, credentials, [f"{type_} {name}" for type_, name, _ in account.recorded], resolver)

    def _resolver(self, deployment: simulation.Deployment, zone: Zone, cidr: str) -> Settings:
        for name, first in FIRST_RESOLVER_PORTS.items():
            if name not in self.resolver_ports:
                self.resolver_ports[name] = self._free_port(first)
        distributions = [str(deployment.exports[f"{role}_distribution_id"].value) for role in ("gateway", "api")]
        return Settings(zone, distributions, str(ip_network(cidr)[1]), self.resolver_ports["dns"], self.resolver_ports["aws"])

    def keep_outputs(self, deployment: simulation.Deployment, api: int, gateway: int) -> None:
        """Writes the outputs as `pulumi stack output --json --show-secrets` prints them, with the addresses on this machine."""
        here = {"api_url": f"http://127.0.0.1:{api}", "gateway_url": f"http://127.0.0.1:{gateway}"}
        if deployment.exports["console_url"].value is not None:
            here["console_url"] = f"{here['api_url']}/console/"
        self._write(self.outputs_file, json.dumps({**{name: export.value for name, export in deployment.exports.items()}, **here}, indent=1))

    def _assign_ports(self, nodes: list[Node], balancer: front.Front | None) -> None:
        for node in nodes:
            if node.name not in self.ports:
                self.ports[node.name] = Ports(gateway=self._free_port(FIRST_GATEWAY_PORT), api=self._free_port(FIRST_API_PORT))
        for listener in balancer.listeners if balancer else []:
            if listener.role not in self.front_ports:
                self.front_ports[listener.role] = self._free_port(FIRST_FRONT_PORTS[listener.role])

    def _free_port(self, port: int) -> int:
        taken = (
            {port for ports in self.ports.values() for port in (ports.gateway, ports.api)} | set(self.front_ports.values()) | set(self.resolver_ports.values())
        )
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
