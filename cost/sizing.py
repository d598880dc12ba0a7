"""Pure: what a number of pins and bytes asks of each node, and where the design stops. docs/sizing.md has the measurements behind it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ipfs_cluster.daemons import collector, task
from ipfs_cluster.inputs.nodes import FARGATE_MEMORY
from ipfs_cluster.network.zones import NODES_PER_ZONE

from .prices import KIB, Line

MOST_ZONES = 5
"""The Region with the most zones that can hold nodes is us-east-1 (ipfs_cluster.network.zones)."""

# Measured with a million pins in one pinset, ipfs-cluster 1.1.6 and kubo 0.43: docs/sizing.md, What was measured.
_KUBO_MIB, _CLUSTER_MIB = 80, 66
_KUBO_BYTES_OF_PIN = 1130
"""Memory at its peak while kubo lists its pins, of each."""
_CLUSTER_BYTES_OF_PIN = 350
"""… while ipfs-cluster compares them with the pinset, every five minutes."""
_KEEPER_BYTES_OF_PIN = 150
"""… while the keeper compares them with another node's, or with kubo's."""
_QUEUED_BYTES = 2400
"""Memory of ipfs-cluster for each pin that waits to be fetched."""
_PINSET_BYTES = 1000
"""On disk, of a pin that was added on its own; 310 of one that was imported."""
_KUBO_PIN_BYTES = 190
"""On disk, in kubo's LevelDB."""
_LISTED_BYTES = 390
"""Of a pin in the list of all."""
_SPARE = 1.25
"""What Go does not count, the platform's own containers, requests."""
_LEAST_CPU, _LEAST_MIB = 512, 2048
_METERED_KIB = 6
"""The least that a file counts on EFS: 4 KiB of data and 2 KiB of metadata (EFS User Guide, "Metering")."""
_LEAST_WRITE_KIB, _METADATA_KIB = 32, 24
"""With elastic throughput a write counts as 32 KiB at least, and what else a block's file takes as 24 KiB (cost/storage.py)."""

# Each pin takes this many synchronous writes of kubo's LevelDB, one after another under one lock (boxo, pinner/dspinner/pin.go).
_SYNCS = 5
# The pinset of a node that missed updates comes one by one, each with its own request to another node (go-ds-crdt, crdt.go, sendNewJobs).
_SYNCS_OF_UPDATE = 2
_BETWEEN_ZONES_SECONDS = 0.001
# EFS User Guide, "Performance specifications": a One Zone file system writes in "as low as 1.6 ms", 7,000 times a second, with 500 MiB/s
# for each client. A synchronous write is a write and a commit.
_SYNC_SECONDS = 0.0032
_WRITES = 7000
_CLIENT_MIBPS = 500
_WRITES_OF_BLOCK = 7
"""A block's file is created, written, closed and renamed, and two folders change (cost/storage.py)."""
_ACCEPTED = 60
"""Single pins that a cluster accepts in a second (docs/performance.md)."""

_KEEPER_SECONDS_OF_PIN, _KEEPER_TIMEOUT = 75e-6, 900
"""On half of a processor: ipfs-cluster-ctl, the daemon and awk take 37 processor seconds for a million pins."""
_EXPORT_GIB = 18
"""Of the 20 GiB of a task's own disk on Fargate."""
_PATIENCE_HOURS = 72
_EFS_GIB = 5 * 1024
"""From here on the price of EFS is most of the bill (docs/cost.md)."""


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
    listing_mib: float
    """Memory at its peak in daily use, while all pins are listed."""
    filling_mib: float
    """Memory while it fetches all of its pins, as a new node does."""
    cpu: int
    memory: int
    """The smallest size of Fargate that can be filled; 0 if there is none."""
    add_hours: float
    """Until all pins are accepted, one by one."""
    fill_hours: float
    """Until a new node has all: the longest of the pinset's history, of pinning, writing blocks and transfer."""
    list_gib: float
    """The list of all pins, which an export and the keeper read."""


def size(load: Load) -> Size:
    """What each of the nodes needs for a load."""
    pins, gib = math.ceil(load.pins * load.share), load.tib * 1024 * load.share
    blocks = max(pins, math.ceil(gib * KIB / load.block_kib))
    listing = _KUBO_MIB + _CLUSTER_MIB + pins * (_KUBO_BYTES_OF_PIN + _CLUSTER_BYTES_OF_PIN + _KEEPER_BYTES_OF_PIN) / 2**20
    filling = listing + pins * _QUEUED_BYTES / 2**20
    cpu, memory = _task(filling * _SPARE, _CLUSTER_MIB + pins * _QUEUED_BYTES / 2**20)
    history = load.pins * (_SYNCS_OF_UPDATE * _SYNC_SECONDS + _BETWEEN_ZONES_SECONDS)
    writing = 0 if load.s3 else blocks * _WRITES_OF_BLOCK / _WRITES
    return Size(
        pins=pins,
        blocks=blocks,
        gib=gib,
        database_gib=(load.pins * _PINSET_BYTES + pins * _KUBO_PIN_BYTES) / 2**30,
        listing_mib=listing,
        filling_mib=filling,
        cpu=cpu,
        memory=memory,
        add_hours=load.pins / _ACCEPTED / 3600,
        fill_hours=max(history, pins * _SYNCS * _SYNC_SECONDS, writing, gib * 1024 / _CLIENT_MIBPS) / 3600,
        list_gib=load.pins * _LISTED_BYTES / 2**30,
    )


def _task(mib: float, queue_mib: float) -> tuple[int, int]:
    """The smallest size of Fargate with so much memory, of which ipfs-cluster may use enough for its queue; zeros if there is none."""
    for cpu, sizes in FARGATE_MEMORY.items():
        for memory in sizes:
            shares = task.memory(memory - collector.MEMORY_MIB)
            if cpu >= _LEAST_CPU and memory >= max(mib, _LEAST_MIB) and shares.cluster >= queue_mib:
                return cpu, memory
    return 0, 0


def too_many_nodes(load: Load) -> bool:
    """Whether no Region can hold so many nodes of one cluster."""
    return load.nodes > MOST_ZONES * NODES_PER_ZONE


def stops(load: Load, needed: Size) -> Iterator[str]:
    """Where the design does not carry a load: what stops, and what to do."""
    most = MOST_ZONES * NODES_PER_ZONE
    if too_many_nodes(load):
        yield f"{load.nodes} nodes are too many for one cluster, which has up to {NODES_PER_ZONE} in a zone, {most} in us-east-1: run several clusters."
    if not needed.memory:
        yield f"{needed.pins:,} pins on a node need more memory than Fargate has: pin directories in place of files, or use more nodes and fewer copies."
    if load.pins * _KEEPER_SECONDS_OF_PIN > _KEEPER_TIMEOUT:
        yield f"The keeper's list of {load.pins:,} pins takes longer than its {_KEEPER_TIMEOUT} s: it compares nothing, and says so in the log."
    if needed.list_gib > _EXPORT_GIB:
        yield f"The list of all pins has {needed.list_gib:,.0f} GiB, more than the export's task has room for: back up a file system."
    if needed.fill_hours > _PATIENCE_HOURS:
        yield f"A new node takes {needed.fill_hours / 24:,.0f} days to fetch all: restore a backup of another node's file system in its place."
    if not load.s3 and needed.gib > _EFS_GIB:
        yield f"{needed.gib / 1024:,.0f} TiB on a node's file system cost more than three times as much as in S3: see storage.datastore s3."


def report(load: Load) -> list[str]:
    """The lines of `make size`."""
    needed = size(load)
    fargate = f"nodes.cpu {needed.cpu}, nodes.memory {needed.memory}" if needed.memory else "no size of Fargate"
    copies = min(load.copies, load.nodes) or load.nodes
    where = "objects in S3" if load.s3 else "files on EFS"
    return [
        f"{load.pins:,} pins, {load.tib:g} TiB in blocks of {load.block_kib:g} KiB, on {load.nodes} nodes, {copies} copies. Each node:",
        f"  holds {needed.pins:,} pins, {needed.gib:,.0f} GiB in {needed.blocks:,} {where}, and databases of {needed.database_gib:,.1f} GiB on EFS",
        f"  needs {needed.listing_mib:,.0f} MiB while pins are listed, {needed.filling_mib:,.0f} MiB while it fetches all of them: {fargate}",
        f"  is filled in {hours(needed.fill_hours)} when it is new; all pins are accepted in {hours(needed.add_hours)}, one by one",
        *(f"! {line}" for line in stops(load, needed)),
    ]


def bill(load: Load, needed: Size) -> list[Line]:
    """What the nodes themselves cost: their tasks (ARM64) and their storage (One Zone), without what goes on."""
    on_efs = needed.database_gib + (0 if load.s3 else needed.blocks * max(_METERED_KIB, load.block_kib) / KIB)
    return [
        Line("Fargate", "vCPUs", load.nodes * needed.cpu / 1024, "fargate_arm64_vcpu_hour", hours=True),
        Line("Fargate", "GiB", load.nodes * needed.memory / 1024, "fargate_arm64_gib_hour", hours=True),
        Line("EFS", "GiB", load.nodes * on_efs, "efs_one_zone_gib"),
        *([Line("S3", "GiB", load.nodes * needed.gib, "s3_gib")] if load.s3 else []),
    ]


def filling(load: Load, needed: Size) -> list[Line]:
    """What it costs once to write all of it on all nodes: blocks, kubo's pins and the updates of the pinset."""
    synced_kib = (needed.pins * _SYNCS + load.pins * _SYNCS_OF_UPDATE) * _LEAST_WRITE_KIB
    files_kib = 0 if load.s3 else needed.blocks * (max(load.block_kib, _LEAST_WRITE_KIB) + _METADATA_KIB)
    return [
        Line("EFS", "GiB written", load.nodes * (synced_kib + files_kib) / KIB, "efs_elastic_write_gib"),
        *([Line("S3", "thousand blocks written", load.nodes * needed.blocks / 1000, "s3_write_thousand")] if load.s3 else []),
    ]


def hours(number: float) -> str:
    """A number of hours, in the unit that people would use."""
    return f"{number * 60:,.0f} min" if number < 2 else f"{number:,.0f} h" if number < 72 else f"{number / 24:,.0f} days"
