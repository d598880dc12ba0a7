"""When a node of the sandbox is as it should be."""

from dataclasses import replace

import pytest

from sandbox import compose, nodes
from sandbox.engine import Container
from tests.helpers.compose import NODES

NODE = NODES[0]
ENDED = Container("1", "", "exited", "", 0)
RUNNING = Container("1", "", "running", "healthy", 0)
GOOD = {compose.service_name(NODE, name): ENDED if name in ("efs", "configure") else RUNNING for name in ("efs", "task", "configure", "ipfs", "ipfs-cluster")}


def test_a_node_that_is_well() -> None:
    assert nodes._are_good([NODE], GOOD)


@pytest.mark.parametrize(
    ("part", "state"),
    [
        ("ipfs", ENDED),  # stopped by hand: it ended well, but the task needs it
        ("ipfs", replace(RUNNING, health="unhealthy")),
        ("ipfs-cluster", replace(RUNNING, health="starting")),
        ("configure", replace(ENDED, exit_code=1)),
        ("task", ENDED),
    ],
)
def test_a_node_that_is_not(part: str, state: Container) -> None:
    assert not nodes._are_good([NODE], {**GOOD, compose.service_name(NODE, part): state})


def test_a_node_that_lacks_a_container() -> None:
    assert not nodes._are_good([NODE], {name: state for name, state in GOOD.items() if not name.endswith("-ipfs")})
