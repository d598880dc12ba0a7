"""A node's task as data, without a deployment."""

from collections.abc import Mapping, Sequence
from typing import Any

from ipfs_cluster.daemons import task

REGION = "eu-west-1"
SECRETS = (
    "api-credentials",
    "cluster-private-key",
    "cluster-secret",
    "collector-configuration",
    "kubo-private-key",
    "pinning-service-credentials",
    "swarm-key",
)
SECRETS_OF_USERS = ("api-users", "pinning-service-users")
"""In addition, where the APIs have further users."""


def node_task(node: str, nodes: Sequence[str] = ("eu-west-1a", "eu-west-1b"), **given: Any) -> task.Task:
    """The task of one of some nodes. ``given`` are fields of `task.Task` in place of those of a small public cluster."""
    fields: dict[str, Any] = {
        "node": node,
        "zone": node,
        "peers": [task.Peer(name, f"ipfs-node-{name}.example", f"kubo-{name}", f"cluster-{name}") for name in nodes],
        "region": REGION,
        "log_groups": {container: f"/logs/{node}/{container}" for container in (*task.CONTAINERS, "metrics")},
        "memory_mib": 2048,
        "kubo_image": "ipfs/kubo:v0.43.1",
        "cluster_image": "ipfs/ipfs-cluster:v1.1.6",
        "private": False,
        "vpc_cidrs": ["10.94.0.0/16"],
        "bootstrap_peers": ["/dns4/boot.example/tcp/4001/p2p/12D3KooWboot"],
        "routing": "dht",
        "no_fetch": True,
        "storage_max_gib": 100,
        "low_water": 32,
        "high_water": 96,
        "replication_min": -1,
        "replication_max": -1,
        "batch_milliseconds": 0,
        "kubo_config": {},
        "cluster_environment": {},
        "secrets": {secret: task.Secret(f"arn:{secret}", "7") for secret in SECRETS},
    }
    return task.Task(**{**fields, **given})


def by_name(pairs: Sequence[Mapping[str, str]], value: str) -> dict[str, str]:
    """A list of named values, as ECS takes it, as a mapping. Each name is there once."""
    found = {pair["name"]: pair[value] for pair in pairs}
    assert len(found) == len(pairs)
    assert all(pair.keys() == {"name", value} for pair in pairs)
    return found


def readable(definitions: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Container definitions by the containers' names, in their order, with environment and secrets as mappings."""
    found = {}
    for definition in definitions:
        container = dict(definition)
        container["environment"] = by_name(container["environment"], "value")
        if "secrets" in container:
            container["secrets"] = by_name(container["secrets"], "valueFrom")
        found[container.pop("name")] = container
    assert len(found) == len(definitions)
    return found
