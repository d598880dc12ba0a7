"""The lines of file systems, buckets and backups, and of transfer between and out of the nodes, pure."""

from collections.abc import Iterator

from .compute import public_nodes
from .prices import KIB, Assumptions, Inputs, Line, Prices, Resources
from .regions import between_regions, regions

# The part of a node's data that stays on its file system when its blocks are in S3: about a hundredth.
_METADATA = 0.01
# EFS User Guide, "How Amazon EFS reports file system and object sizes": with elastic throughput an operation on data counts as 32 KiB at
# least, one on metadata as 4 KiB; files in Infrequent Access count as 128 KiB at least. "Performance specifications": each GiB in the
# standard class includes 50 KiB/s; provisioned throughput is billed above that.
_LEAST_DATA_KIB = 32
_METADATA_KIB = 4
_LEAST_IA_KIB = 128
_INCLUDED_MIBPS = 1 / 20
# A block is a file: created under another name, closed, renamed, its folder's listing and times changed.
_WRITES_OF_METADATA = 6
_READS_OF_METADATA = 1
# A small file and its pin: the block, kubo's pin, the update of ipfs-cluster's pinset and what follows from it.
_WRITES_OF_SMALL_ADD = 4
# Of a node: two probes look each second whether a block's file is as it was (docs/operations.md, A node that hangs); the verifier reads at
# 4 KiB a second, each block once a day at most, and not where reads would move files out of Infrequent Access.
_PROBED_KIB = 2 * _METADATA_KIB
_VERIFIED_KIB = 4
_SECONDS = 730 * 3600
_DAYS = 30


def _block_buckets(resources: Resources) -> list[Inputs]:
    """The buckets that hold the nodes' blocks."""
    return [bucket for bucket in resources.get("aws:s3/bucket:Bucket", []) if bucket["tags"]["Name"].endswith("-blocks")]


def file_systems(resources: Resources, a: Assumptions, prices: Prices) -> Iterator[Line]:
    """File systems, by their throughput mode and storage class, and the nodes' transfer."""
    systems = resources["aws:efs/fileSystem:FileSystem"]
    nodes = len(resources["aws:ecs/service:Service"])
    each = nodes / len(systems)  # nodes may share one
    if _block_buckets(resources):
        each *= _METADATA
    for system in systems:
        name, kind = system["tags"]["Name"], "one_zone" if system.get("availabilityZoneName") else "regional"
        stored = a.stored_gib * each
        cold = stored * a.cold_percent / 100 if system.get("lifecyclePolicies") else 0
        yield Line("EFS", f"GiB of {name}", stored - cold, f"efs_{kind}_gib")
        if cold:
            yield Line("EFS", f"GiB of {name} in Infrequent Access", cold * max(1, _LEAST_IA_KIB / a.block_kib), f"efs_{kind}_ia_gib")
            # New data becomes cold once; nobody reads cold data.
            yield Line("EFS", f"GiB of {name} moved to it", a.added_gib * each * a.cold_percent / 100, "efs_ia_access_gib")
        mode = system.get("throughputMode", "bursting")
        if mode == "provisioned":
            above = max(0, system["provisionedThroughputInMibps"] - (stored - cold) * _INCLUDED_MIBPS)
            yield Line("EFS", f"MiB/s of {name}, above what is included", above, "efs_provisioned_mibps")
        if mode == "elastic":
            share = (_METADATA if _block_buckets(resources) else 1) / len(systems)
            yield from _elastic(name, a, each, (a.missed_gib + a.swarm_gib) * share)
            if not _block_buckets(resources):
                verified = 0 if cold else min(_VERIFIED_KIB * _SECONDS / KIB, _DAYS * a.stored_gib)
                yield Line("EFS", f"GiB read from {name} by probes and the verifier", each * (_PROBED_KIB * _SECONDS / KIB + verified), "efs_elastic_read_gib")
    added_here = a.added_gib / regions(resources)
    yield Line("transfer", "GiB added, replicated to nodes in other zones", added_here * (nodes - 1), "between_zones_gib")
    yield from between_regions(resources, a, prices)
    yield Line("transfer", "GiB sent to the IPFS network", a.swarm_gib + a.dht_gib * public_nodes(resources), "internet_out_gib")


def _elastic(name: str, a: Assumptions, each: float, read_gib: float) -> Iterator[Line]:
    """What is written and read, as EFS meters it: block by block."""
    data = max(a.block_kib, _LEAST_DATA_KIB)
    written, read = ((data + _METADATA_KIB * operations) / a.block_kib for operations in (_WRITES_OF_METADATA, _READS_OF_METADATA))
    small_kib = _WRITES_OF_SMALL_ADD * _LEAST_DATA_KIB + _WRITES_OF_METADATA * _METADATA_KIB
    yield Line("EFS", f"GiB written to {name}", a.added_gib * each * written, "efs_elastic_write_gib")
    yield Line("EFS", f"GiB written to {name} by small adds", a.small_adds_million * 1e6 * small_kib / KIB * each, "efs_elastic_write_gib")
    yield Line("EFS", f"GiB read from {name}", read_gib * read, "efs_elastic_read_gib")


def backups(resources: Resources, a: Assumptions, _: Prices) -> Iterator[Line]:
    """Recovery points of file systems. All but the first hold only what is new."""
    systems = [arn for selection in resources["aws:backup/selection:Selection"] for arn in selection["resources"]]
    yield Line("backup", f"GiB of {len(systems)} file system{'s' if len(systems) > 1 else ''}", len(systems) * (a.stored_gib + a.added_gib), "backup_efs_gib")


def buckets(resources: Resources, a: Assumptions, _: Prices) -> Iterator[Line]:
    """Buckets of blocks and of access logs. Exports of the pinset are too small to count."""
    blocks = _block_buckets(resources)
    for bucket in blocks:
        name = bucket["tags"]["Name"]
        yield Line("S3", f"GiB in {name}", a.stored_gib, "s3_gib")
        yield Line("S3", f"thousand blocks written to {name}", a.added_gib * a.thousand_blocks, "s3_write_thousand")
        yield Line("S3", f"thousand blocks read from {name}", (a.missed_gib + a.swarm_gib) / len(blocks) * a.thousand_blocks, "s3_read_thousand")
    for bucket in resources["aws:s3/bucket:Bucket"]:
        if bucket["tags"]["Name"].endswith("-access-logs"):
            # Half a KiB a request.
            yield Line("S3", "GiB of access logs", a.requests_million / 2, "s3_gib")
