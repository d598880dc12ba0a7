"""A node with a daemon that hangs, as one that is stopped by SIGSTOP: it keeps its connections and answers nothing."""

import os
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import nodes
from tests.helpers.daemons import Cluster, needs_daemons, running, short
from tests.helpers.waiting import until

pytestmark = needs_daemons


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three private nodes behind a load balancer."""
    groups = {"network": {"cidr": "10.210.0.0/16"}, "swarm": {"mode": "private"}}
    with running(tmp_path_factory.mktemp("hung"), groups) as made:
        yield made


def send(cluster: Cluster, node: str, container: str, program: str, signal: str) -> None:
    """A signal to a container's daemon; ``program`` is the first 15 letters of its name."""
    script = f'for of in /proc/[0-9]*; do if [ "$(cat "$of/comm")" = {program} ]; then kill -{signal} "${{of#/proc/}}"; fi; done'
    cluster.docker("exec", cluster.container(node, container).id, "sh", "-c", script)


def allocated(cluster: Cluster, node: str) -> int:
    """To how many nodes another one gives the blocks of an add."""
    pings: Any = cluster.ask(node, "monitor/metrics/ping")[0]  # a list
    return sum(ping["valid"] and ping["expire"] > time.time_ns() for ping in pings)


def all_read(cluster: Cluster, cid: str) -> bool:
    """Whether the load balancer has each of more reads than there are nodes answered at once."""
    for _ in range(6):
        with urllib.request.urlopen(f"http://127.0.0.1:{cluster.front('gateway')}/ipfs/{cid}", timeout=2) as answer:
            answer.read()
    return True


def in_rotation(cluster: Cluster) -> set[str]:
    """Which nodes' APIs the load balancer reaches."""
    return {nodes.ask(cluster.front("api"), "id", cluster.credentials())[0]["peername"] for _ in range(3)}


def test_a_node_whose_kubo_hangs_does_not_hold_up_the_others(cluster: Cluster) -> None:
    first, hung, _ = cluster.names
    cid = cluster.add(first, os.urandom(1000))
    until("all hold it", lambda: len(cluster.pinned(first, cid)) == 3)
    send(cluster, hung, "ipfs", "ipfs", "STOP")
    # The hung node is still one of those that get the blocks: without its stepping aside this is never answered.
    added = cluster.add(first, os.urandom(1000))
    until("it is out of the allocations", lambda: allocated(cluster, first) == 2)
    until("it is out of the gateway's rotation", lambda: all_read(cluster, cid))
    until("it is out of the API's rotation", lambda: in_rotation(cluster) == {short(node) for node in cluster.names if node != hung})

    send(cluster, hung, "ipfs", "ipfs", "CONT")
    until("it is allocated again", lambda: allocated(cluster, first) == 3)
    until("it has what it missed", lambda: added in cluster.held(hung))
    until("it is back in rotation", lambda: in_rotation(cluster) == {short(node) for node in cluster.names})
    container = cluster.inspect(hung, "ipfs-cluster")
    assert (container["RestartCount"], container["State"]["Status"]) == (0, "running"), "in place"


def test_an_ipfs_cluster_that_hangs_is_started_again(cluster: Cluster) -> None:
    first, hung, _ = cluster.names
    send(cluster, hung, "ipfs-cluster", "ipfs-cluster-se", "STOP")
    added = cluster.add(first, os.urandom(1000))
    until("it answers, and has what it missed", lambda: added in cluster.held(hung))
    container = cluster.inspect(hung, "ipfs-cluster")
    assert (container["RestartCount"], container["State"]["Status"]) == (0, "running"), "in place"
