"""A cluster that follows another one, in containers: what it is told of the followed nodes, and how it reaches them."""

import base64
import contextlib
import http.client
import json
import subprocess
from collections.abc import Mapping
from typing import Any

from tests.helpers.daemons import Cluster

SECRET = "/followed/secret"


def groups(leaders: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The configuration of a follower. ``leaders`` are the followed nodes: what `id` of each says, by its name in the follower's network."""
    peers = [f"/dns4/{name}/tcp/9096/p2p/{about['id']}" for name, about in leaders.items()]
    kubos = [f"/dns4/{name}/tcp/4001/p2p/{about['ipfs']['id']}" for name, about in leaders.items()]
    follow = {"secretParameter": SECRET, "trustedPeers": [about["id"] for about in leaders.values()], "peerAddresses": peers}
    return {"follow": follow, "swarm": {"bootstrapPeers": kubos}}


def give(follower: Cluster, parameters: Mapping[str, str]) -> None:
    """Stores SSM parameters of the user's own for the follower's stack."""
    follower.sandbox.folder.mkdir(parents=True, exist_ok=True)
    follower.sandbox.parameters_file.write_text(json.dumps(parameters))


def connect(follower: Cluster, tasks: Mapping[str, str]) -> None:
    """Brings followed nodes into the follower's network: the containers of their tasks by their names there."""
    for name, task in tasks.items():
        follower.docker("network", "connect", "--alias", name, f"{follower.sandbox.project}_vpc", task)


def disconnect(follower: Cluster, tasks: Mapping[str, str]) -> None:
    """Takes them out again, so that the network can go."""
    for task in tasks.values():
        with contextlib.suppress(subprocess.CalledProcessError):
            follower.docker("network", "disconnect", "--force", f"{follower.sandbox.project}_vpc", task)


def ask(port: int, credentials: str, method: str, path: str, body: bytes | None = None) -> tuple[int, str]:
    """Status and text of any answer of an API on this machine."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
