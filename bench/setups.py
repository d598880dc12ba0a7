"""The compared set-ups, as nodes of the sandbox: the same Compose file writer runs them all on the same images.

The sample is github.com/aws-samples/ipfs-cluster-fargate (CloudFormation, commit 86ff84f): its task definitions' commands, environment,
health checks and mounts. Its images are moving tags; here both set-ups run this program's images.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ipfs_cluster.credentials import identity
from ipfs_cluster.daemons import kubo
from ipfs_cluster.inputs.nodes import ResolvedNodes
from moto import mock_aws

from sandbox import compose, front, simulation
from sandbox.account import Account
from sandbox.compose import Directory, Node
from sandbox.front import Front, Listener, Rule, Target

ROOT = Path(__file__).resolve().parent.parent
NETWORK = "10.150.0.0/16"
NAMES = {"sample": "AWS sample", "program": "this program", "kubo": "one kubo"}

_EMPTY_DIRECTORY = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"
_DRAIN = "deregistration_delay.timeout_seconds"
_DEFAULT_DRAIN = 300  # Elastic Load Balancing's, which the sample leaves
_ZONES = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Setup:
    """Nodes to start, and how to send requests to them."""

    name: str
    nodes: list[Node]
    front: Front | None
    credentials: str
    """``user:password`` of the REST API."""
    drain_seconds: float = 0
    """The load balancer's deregistration delay, for which ECS waits before it stops a task."""

    @property
    def is_cluster(self) -> bool:
        """Whether an ipfs-cluster is in front of kubo; otherwise kubo's own RPC API is in place of the REST API."""
        return self.name != "kubo"


def setup(name: str, count: int, batch_milliseconds: int = 0) -> Setup:
    """A set-up of ``count`` nodes; the single kubo always has one."""
    if name == "sample":
        return _sample(count)
    made = _program(count, batch_milliseconds)
    return made if name == "program" else _alone(made)


@cache
def _program(count: int, batch_milliseconds: int) -> Setup:
    """The defaults of this program, from the task definitions that it registers in a simulated account."""
    # At most three nodes per zone: twelve need four zones.
    nodes_group = {"count": count, "zones": [f"us-east-1{zone}" for zone in "abcd"]}
    groups: dict[str, Any] = {"network": {"cidr": NETWORK}, "nodes": nodes_group, "swarm": {"bootstrapPeers": []}}
    if batch_milliseconds:
        groups["pinning"] = {"batchMilliseconds": batch_milliseconds}
    configuration = simulation.Configuration.of(groups, "bench", "us-east-1")
    with mock_aws():
        account = Account(configuration.region)
        deployment = simulation.run(ROOT / "__main__.py", configuration, account)
        nodes = compose.read_nodes(account.client)
        drain = _drain_seconds(account.client("elbv2"))
        balancer = front.read_front(account.client, {node.name: node.dns_name for node in nodes})
        parameter = deployment.exports["api_credentials_parameter"].value
        credentials = account.client("ssm").get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
    if balancer:
        # Only the load balancer, as in the sample: HAProxy would also do CloudFront's part.
        balancer = replace(balancer, listeners=[replace(listener, distribution=False) for listener in balancer.listeners])
    return Setup("program", nodes, balancer, credentials, drain)


def _drain_seconds(elb: Any) -> float:
    """The longest deregistration delay of all target groups."""
    arns = [group["TargetGroupArn"] for group in elb.describe_target_groups()["TargetGroups"]]
    attributes = [attribute for arn in arns for attribute in elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]]
    return max(float(attribute["Value"]) for attribute in attributes if attribute["Key"] == _DRAIN)


def _alone(program: Setup) -> Setup:
    """The limit: one node's kubo of this program without an ipfs-cluster, with its RPC API in place of the REST API."""
    node = program.nodes[0]
    configure, daemon = (dict(container) for container in node.containers[:2])
    environment = {variable["name"]: variable["value"] for variable in configure["environment"]}
    settings = json.loads(environment["KUBO_CONFIG"])
    settings["Addresses"]["API"].append(f"/ip4/0.0.0.0/tcp/{compose.API_PORT}")
    settings["Peering"] = {"Peers": []}
    environment["KUBO_CONFIG"] = json.dumps(settings)
    configure["environment"] = _environment(environment)
    alone = replace(node, containers=[configure, daemon])
    return Setup("kubo", [alone], None, "")


def _sample(count: int) -> Setup:
    """Node 1 is everyone's bootstrap peer, and the only one whose identity is configured."""
    first = identity.identity_from(secrets.token_bytes(32))
    shared = {
        "cluster-id": first.peer_id,
        "cluster-private-key": first.private_key,
        "cluster-secret": secrets.token_hex(32),
        "basic-auth": f"admin:{secrets.token_hex(16)}",
    }
    nodes = [_sample_node(index, shared) for index in range(count)]
    targets = [Target(node.name, node.dns_name, 0) for node in nodes]
    listeners = [
        _listener("gateway", 80, [replace(target, port=8080) for target in targets], f"/ipfs/{_EMPTY_DIRECTORY}", "301", (30, 5, 5, 2)),
        _listener("api", 9094, [replace(target, port=9094) for target in targets], "/health", "204", (30, 10, 2, 2)),
    ]
    return Setup("sample", nodes, Front(60, listeners), shared["basic-auth"], _DEFAULT_DRAIN)


def _sample_node(index: int, shared: Mapping[str, str]) -> Node:
    name = f"sample-ipfs-node-{_ZONES[index]}"
    secret_names = {"CLUSTER_SECRET": "cluster-secret", "CLUSTER_RESTAPI_BASICAUTHCREDENTIALS": "basic-auth"}
    command = []
    if index == 0:
        secret_names |= {"CLUSTER_ID": "cluster-id", "CLUSTER_PRIVATEKEY": "cluster-private-key"}
    else:
        command = ["daemon", "--bootstrap", f"/dns/sample-ipfs-node-a.sample/tcp/9096/p2p/{shared['cluster-id']}"]
    mounts = {"sourceVolume": "ipfs"}
    containers = [
        {
            "name": "ipfs",
            "image": ResolvedNodes().kubo_image,
            "essential": True,
            "environment": _environment({"AWS_REGION": "eu-west-1", "CLUSTER_PEERNAME": name}),
            "healthCheck": _health(f"/usr/local/bin/ipfs dag stat /ipfs/{_EMPTY_DIRECTORY} || exit 1"),
            "mountPoints": [{**mounts, "containerPath": "/data/ipfs"}],
        },
        {
            "name": "ipfs-cluster",
            "image": ResolvedNodes().cluster_image,
            "essential": True,
            "dependsOn": [{"containerName": "ipfs", "condition": "HEALTHY"}],
            "command": command,
            "environment": _environment(
                {
                    "CLUSTER_CRDT_TRUSTEDPEERS": "*",
                    "CLUSTER_IPFSHTTP_NODEMULTIADDRESS": f"/ip4/0.0.0.0/tcp/{kubo.API_PORT}",
                    "CLUSTER_MONITORPINGINTERVAL": "5s",
                    "CLUSTER_PEERNAME": name,
                    "CLUSTER_REPLICATIONFACTORMAX": "-1",
                    "CLUSTER_REPLICATIONFACTORMIN": "-1",
                    "CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS": f"/ip4/0.0.0.0/tcp/{compose.API_PORT}",
                }
            ),
            "secrets": [{"name": variable, "valueFrom": secret} for variable, secret in sorted(secret_names.items())],
            "healthCheck": _health("/usr/local/bin/ipfs-cluster-ctl --force-http --basic-auth name || exit 1"),
            # The data of its ipfs-cluster is in kubo's directory, as in the sample.
            "mountPoints": [{**mounts, "containerPath": "/data/ipfs-cluster"}],
        },
    ]
    directory = Directory(f"sample-{_ZONES[index]}", "/IpfsKuboEfsAp", 1000, 100, "755")
    return Node(name, f"{name}.sample", containers, {"ipfs": directory}, shared)


def _listener(role: str, port: int, targets: list[Target], path: str, status: str, check: tuple[int, int, int, int]) -> Listener:
    interval, timeout, rise, fall = check
    return Listener(role, port, "HTTP", targets, path, status, interval, timeout, rise, fall, [Rule([])], False, {})


def _environment(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted(values.items())]


def _health(command: str) -> dict[str, Any]:
    # ECS's defaults.
    return {"command": ["CMD-SHELL", command], "interval": 30, "timeout": 5, "retries": 3, "startPeriod": 0}
