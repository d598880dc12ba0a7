"""What `up` does to the nodes of the sandbox."""

import hashlib
from pathlib import Path

from sandbox import commands, compose
from sandbox.compose import Node, Ports
from sandbox.engine import Container, Engine
from sandbox.simulation import Deployment
from sandbox.stack import Sandbox, Simulated
from tests.helpers.compose import NODES

FILE = compose.compose_file(NODES, {node.name: Ports(18080, 19094) for node in NODES}, "10.94.0.0/16", {}, 4)
SIMULATED = Simulated(Deployment([], {}), NODES, None, FILE, "user:password", [])
FIRST, SECOND = NODES


def running(node: Node, **other: str) -> dict[str, Container]:
    """A node's containers as they should be, but for the status of some."""
    status = {"efs": "exited", "configure": "exited"}
    parts = ("efs", "task", "configure", "ipfs", "ipfs-cluster")
    return {compose.service_name(node, part): Container(part, part, other.get(part, status.get(part, "running")), "", 0) for part in parts}


def digest(node: Node) -> str:
    return hashlib.sha256(compose.fingerprint(FILE, node).encode()).hexdigest()


def found(tmp_path: Path, started: dict[str, str], containers: dict[str, Container]) -> tuple[list[str], list[str], list[str]]:
    """The nodes that are started, updated and removed."""

    class Fake(Engine):
        def containers(self) -> dict[str, Container]:
            return containers

    sandbox = Sandbox("dev", tmp_path)
    sandbox.started = started
    changes = commands.changes(sandbox, SIMULATED, Fake((), "", tmp_path, ""))
    return [node.name for node in changes.fresh], [node.name for node in changes.rolling], changes.removed


def test_at_first_all_nodes_start_together(tmp_path: Path) -> None:
    assert found(tmp_path, {}, {}) == ([FIRST.name, SECOND.name], [], [])


def test_nodes_that_are_up_to_date_are_left_alone(tmp_path: Path) -> None:
    assert found(tmp_path, {node.name: digest(node) for node in NODES}, {**running(FIRST), **running(SECOND)}) == ([], [], [])


def test_a_node_with_another_definition_is_replaced(tmp_path: Path) -> None:
    assert found(tmp_path, {FIRST.name: "another", SECOND.name: digest(SECOND)}, {**running(FIRST), **running(SECOND)}) == ([], [FIRST.name], [])


def test_a_node_that_is_only_partly_up_is_replaced(tmp_path: Path) -> None:
    containers = {**running(FIRST), **running(SECOND, ipfs="exited")}
    assert found(tmp_path, {node.name: digest(node) for node in NODES}, containers) == ([], [SECOND.name], [])


def test_a_node_that_has_stopped_is_started(tmp_path: Path) -> None:
    stopped = running(SECOND, task="exited", ipfs="exited", **{"ipfs-cluster": "exited"})
    assert found(tmp_path, {node.name: digest(node) for node in NODES}, {**running(FIRST), **stopped}) == ([SECOND.name], [], [])


def test_a_node_that_left_the_stack_is_removed(tmp_path: Path) -> None:
    started = {**{node.name: digest(node) for node in NODES}, "ipfs-node-c": "any"}
    assert found(tmp_path, started, {**running(FIRST), **running(SECOND)}) == ([], [], ["ipfs-node-c"])
