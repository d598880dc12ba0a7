"""Inputs that are accepted, with a warning of where the design stops."""

import dataclasses

import pytest
from ipfs_cluster.daemons import collector, task
from ipfs_cluster.inputs.monitoring import ResolvedMonitoring
from ipfs_cluster.inputs.nodes import ResolvedNodes
from ipfs_cluster.inputs.problems import spell_text
from ipfs_cluster.inputs.resolve import ResolvedInputs
from ipfs_cluster.inputs.sizes import size_warnings
from ipfs_cluster.inputs.storage import ResolvedStorage
from ipfs_cluster.spelling import as_in_python


def warned(max_gib: int, memory: int, metrics: str = "cloudwatch") -> list[str]:
    inputs = dataclasses.replace(
        ResolvedInputs(),
        storage=ResolvedStorage(max_gib=max_gib),
        nodes=ResolvedNodes(memory=memory),
        monitoring=ResolvedMonitoring(metrics=metrics),
    )
    return [spell_text(text, as_in_python) for text in size_warnings(inputs)]


@pytest.mark.parametrize(("memory", "most"), [(1024, 358), (2048, 768), (4096, 1586), (8192, 3225), (30720, 12236)])
def test_how_much_a_node_can_hold_and_still_collect_garbage(memory: int, most: int) -> None:
    """A block of 256 KiB takes 384 bytes, so a GiB 1.5 MiB of kubo's share."""
    assert task.memory(memory - collector.MEMORY_MIB).kubo * 2 // 3 == most
    assert warned(most, memory) == []
    assert len(warned(most + 1, memory)) == 1


def test_the_warning_says_what_would_do() -> None:
    (said,) = warned(1000, 2048)
    assert said == (
        "storage.max_gib: 1000 GiB in blocks of 256 KiB, as the REST API makes them, are 4 million blocks. Garbage collection would need 1500 MiB "
        "for their CIDs, and nodes.memory 2048 leaves 1152 to kubo: give the nodes 3072 MiB or more, add in chunks of 1 MiB "
        "(chunker=size-1048576), or collect no garbage. See docs/sizing.md."
    )


def test_without_a_collector_there_is_more() -> None:
    assert warned(800, 2048, "none") == []
    assert len(warned(800, 2048)) == 1


def test_no_size_is_enough() -> None:
    (said,) = warned(100_000, 122880)
    assert "leaves 73651 to kubo: add in chunks of 1 MiB" in said
