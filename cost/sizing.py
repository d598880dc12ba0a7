"""Pure: what a number of pins and bytes asks of each node, and where the design stops. docs/sizing.md has the measurements behind it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ipfs_cluster.inputs.nodes import FARGATE_MEMORY
from ipfs_cluster.network.zones import NODES_PER_ZONE

from .prices import KIB

MOST_ZONES = 6
"""No Region has more that can hold nodes: us-east-1 has six."""
# Measured with a million pins in one pinset, ipfs-cluster 1.1.6 and kubo 0.43 (docs/sizing.md, What was measured).
_CLUSTER_MIB = 66
_CLUSTER_BYTES_OF_PIN = 370
"""Peak each five minutes, when kubo's pins are compared with the pinset: of each pin that the node holds."""
_QUEUED_BYTES = 2000
"""Of each pin that waits to be fetched, as long as it waits."""
_KUBO_MIB = 80
_KUBO_BYTES_OF_PIN = 1100
"""Peak while kubo lists its pins, of each."""
_PINSET_BYTES = 1000
"""On disk, of each pin that was added on its own; 310 in batches."""
_KUBO_PIN_BYTES = 190
"""On disk, in kubo's LevelDB."""
_LISTED_BYTES = 391
"""Of a pin in the list that the keeper and the export read."""
# Each pin takes this many synchronous writes of kubo's LevelDB, one after another under one lock (boxo, dspinner/pin.go).
_SYNCS = 5
# EFS User Guide, "Performance specifications": One Zone writes "as low as 1.6 ms", 7,000 writes a second; 500 MiB/s for each client.
_SYNC_SECONDS = 0.003
_WRITES = 7000
_CLIENT_MIBPS = 500
# A block's file is created, written, closed and renamed, and two folders change: cost/storage.py.
_WRITES_OF_BLOCK = 7
_ACCEPTED = 60
"""Single pins that a cluster accepts in a second (docs/performance.md)."""
_KEEPER_PINS_A_SECOND = 10_000
"""That a node lists, on half of a processor; the keeper gives up after 900 seconds, kubo's list after 600."""
_KEEPER_SECONDS = 600
_SPARE = 1.25
"""What Go does not count, the platform's own containers, requests."""


@dataclass(frozen=True)
class Load:
    """What is to be stored, and on how many nodes."""

    pins: int
    tib: float
    """Of content, each byte once."""
    nodes: int = 3
    copies: int = 0
    """Nodes that hold each pin; 0 for all."""
    block_kib: float = 1024
    s3: bool = False
    """Whether blocks are in S3."""

    @property
    def share(self) -> float:
        """The part of the content that a node holds."""
        return (min(self.copies, self.nodes) or self.nodes) / self.nodes


@dataclass(frozen=True)
class Size:
    """What a node needs."""

    pins: int
    """That it holds."""
    blocks: int
    """Its files on EFS, or objects in S3."""
    gib: float
    """Of content."""
    database_gib: float
    """Of kubo's and ipfs-cluster's databases, on EFS in any case."""
    memory_mib: float
    """At rest, while pins are listed."""
    filling_mib: float
    """While it fetches all of its pins, as a new node does."""
    cpu: int
    memory: int
    """The smallest size of Fargate for the greater of both; 0 if there is none."""
    add_hours: float
    """Until all pins are accepted, one by one."""
    fill_hours: float
    """Until a new node has all: the longer of pinning, writing blocks and transfer."""
    list_gib: float
    """Of the list of all pins: an export, or a look of the keeper."""


def size(load: Load) -> Size:
    """What each of the nodes needs for a load."""
    pins = math.ceil(load.pins * load.share)
    gib = load.tib * 1024 * load.share
    blocks = max(pins, math.ceil(gib * KIB / load.block_kib))
    lists = _KUBO_MIB + _CLUSTER_MIB + _mib(pins * (_KUBO_BYTES_OF_PIN + _CLUSTER_BYTES_OF_PIN))
    filling = _KUBO_MIB + _CLUSTER_MIB + _mib(pins * (_KUBO_BYTES_OF_PIN + _CLUSTER_BYTES_OF_PIN + _QUEUED_BYTES))
    cpu, memory = _task(max(lists, filling) * _SPARE)
    writing = 0 if load.s3 else blocks * _WRITES_OF_BLOCK / _WRITES
    seconds = max(pins * _SYNCS * _SYNC_SECONDS, writing, gib * 1024 / _CLIENT_MIBPS)
    return Size(
        pins=pins,
        blocks=blocks,
        gib=gib,
        database_gib=(load.pins * _PINSET_BYTES + pins * _KUBO_PIN_BYTES) / 2**30,
        memory_mib=lists,
        filling_mib=filling,
        cpu=cpu,
        memory=memory,
        add_hours=load.pins / _ACCEPTED / 3600,
        fill_hours=seconds / 3600,
        list_gib=load.pins * _LISTED_BYTES / 2**30,
    )


def _mib(bytes_: float) -> float:
    return bytes_ / 2**20


def _task(mib: float) -> tuple[int, int]:
    """The smallest size of Fargate with so much memory; zeros if there is none."""
    for cpu, sizes in FARGATE_MEMORY.items():
        for memory in sizes:
            if memory >= max(mib, 1024):
                return cpu, memory
    return 0, 0
