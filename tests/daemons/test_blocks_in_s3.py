"""Blocks in S3, with real daemons and moto's S3, where there is an image of kubo that has the s3ds datastore."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox import engine, nodes
from sandbox.blocks import Service
from tests.helpers.daemons import REASON, Cluster, get, running
from tests.helpers.waiting import until

IMAGE = os.environ.get("KUBO_S3_IMAGE", "kubo-s3:v0.43.1")


def _reason_to_skip() -> str:
    if REASON:
        return REASON
    if not engine.find(Path("compose.yaml"), "none").has_image(IMAGE):
        return f"no image of kubo with the s3ds datastore: there is no {IMAGE} (another is named by KUBO_S3_IMAGE)"
    return ""


pytestmark = pytest.mark.skipif(bool(_reason_to_skip()), reason=_reason_to_skip())


@pytest.fixture(scope="module")
def s3() -> Iterator[Service]:
    """Moto's S3, where containers reach it, and the task's credentials as ECS would give them."""
    bridge = engine.find(Path("compose.yaml"), "none").command
    format_ = "{{(index .IPAM.Config 0).Gateway}}"
    host = subprocess.run([bridge, "network", "inspect", "bridge", "--format", format_], capture_output=True, text=True, check=True).stdout.strip()
    with socket.socket() as probe:
        probe.bind((host, 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "--host", host, "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until("moto answers", lambda: bool(socket.create_connection((host, port), timeout=1)))
        credentials = f"http://{host}:{port}/latest/meta-data/iam/security-credentials/default-role"
        yield Service(f"http://{host}:{port}", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": credentials})
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def cluster(s3: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    groups = {
        "network": {"cidr": "10.205.0.0/16"},
        "swarm": {"mode": "private"},
        "nodes": {"count": 2, "kuboImage": IMAGE},
        "storage": {"datastore": "s3"},
        "edge": {"mode": "none"},
    }
    with running(tmp_path_factory.mktemp("s3"), groups, {"endpoint": s3.endpoint, "environment": s3.environment}) as made:
        yield made


def keys(s3: Service, node: str) -> set[str]:
    """The blocks in a node's bucket."""
    client = boto3.client("s3", endpoint_url=s3.endpoint, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    (bucket,) = [found["Name"] for found in client.list_buckets()["Buckets"] if node.removeprefix("ipfs-node-") + "-blocks" in found["Name"]]
    return {found["Key"] for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket) for found in page.get("Contents", [])}


def kubo(cluster: Cluster, node: str, *command: str) -> str:
    return cluster.docker("exec", cluster.container(node, "ipfs").id, "ipfs", *command)


def test_add_restart_read_pin_collect(cluster: Cluster, s3: Service) -> None:
    first, second = cluster.names
    content, small = os.urandom(17_500_000), os.urandom(5000)
    cid = cluster.add(first, content, "raw-leaves=true&chunker=size-16384")
    kept = cluster.add(second, small)
    for node in cluster.names:
        until("both are pinned on both", lambda: {cid, kept} <= cluster.held(node))  # noqa: B023
        assert len(keys(s3, node)) > 1050, "more than a page of S3's lists"
        assert "blocks" not in cluster.docker("exec", cluster.container(node, "ipfs").id, "ls", "/data/ipfs").split()

    ids = [cluster.container(first, part).id for part in ("configure", "ipfs", "ipfs-cluster")]
    cluster.docker("stop", *reversed(ids))
    cluster.docker("start", ids[0])
    until("the configure container is done", lambda: cluster.container(first, "configure").done)
    cluster.docker("start", *ids[1:])
    until("it answers", lambda: get(cluster.sandbox.ports[first].gateway, "/ipfs/bafkqaaa?format=raw")[0] == 200)
    assert cluster.read(first, cid) == content
    assert len(kubo(cluster, first, "refs", "local").split()) == len(keys(s3, first))

    until("the node takes requests", lambda: bool(cluster.ask(first, "id")))
    nodes.ask(cluster.sandbox.ports[first].api, f"pins/{cid}", cluster.credentials(), method="DELETE")
    until("it is unpinned on both", lambda: all(cid not in kubo(cluster, node, "pin", "ls", "--type=recursive", "--quiet").split() for node in cluster.names))
    for node in cluster.names:
        kubo(cluster, node, "repo", "gc", "--quiet")
        assert len(keys(s3, node)) < 10, "the garbage is gone"
        assert cluster.read(node, kept) == small


def test_allocation_asks_for_what_is_known(cluster: Cluster) -> None:
    """Not for free space, which kubo cannot tell of S3."""
    found: dict[str, Any] = cluster.inspect(cluster.names[0], "ipfs-cluster")
    assert "CLUSTER_BALANCED_ALLOCATEBY=tag:group,pinqueue" in found["Config"]["Env"]
    until("all tell the length of their queue", lambda: [len(metrics) for metrics in cluster.ask(cluster.names[0], "monitor/metrics/pinqueue")] == [2])
