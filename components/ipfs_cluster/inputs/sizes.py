"""Pure: inputs that are accepted, and yet reach where the design stops (docs/sizing.md)."""

from collections.abc import Iterator

from ..daemons import collector, task
from .nodes import FARGATE_MEMORY
from .problems import ref
from .resolve import ResolvedInputs

# Kubo's garbage collection keeps the CIDs of all blocks of pins in memory (kubo, gc/gc.go, ColoredSet): with a million of them it took
# 366 MiB more than at rest. The REST API makes blocks of 256 KiB unless a client says otherwise.
_BLOCK_BYTES = 384
_BLOCKS_IN_GIB = 4096


def size_warnings(inputs: ResolvedInputs) -> Iterator[str]:
    """Sentences, with inputs as ``problems.ref`` marks them."""
    used = collector.MEMORY_MIB if inputs.monitoring.metrics != "none" else 0
    blocks = inputs.storage.max_gib * _BLOCKS_IN_GIB
    needed = -(-blocks * _BLOCK_BYTES // 2**20)
    share = task.memory(inputs.nodes.memory - used).kubo
    if needed > share:
        fitting = [size for sizes in FARGATE_MEMORY.values() for size in sizes if task.memory(size - used).kubo >= needed]
        memory = f"give the nodes {min(fitting)} MiB or more, " if fitting else ""
        yield (
            f"{ref('storage.max_gib')}: {inputs.storage.max_gib} GiB in blocks of 256 KiB, as the REST API makes them, are {blocks / 1e6:.0f} million "
            f"blocks. Garbage collection would need {needed} MiB for their CIDs, and {ref('nodes.memory')} {inputs.nodes.memory} leaves {share} to kubo: "
            f"{memory}add in chunks of 1 MiB (chunker=size-1048576), or collect no garbage. See docs/sizing.md."
        )
