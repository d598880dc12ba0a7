"""The rules of EFS, pure: which choices go together, and which would leave a file system with data behind."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ALL_NODES = "all"
"""Whose file system it is, where all nodes share one."""

_TRANSITION_DAYS = (1, 7, 14, 30, 60, 90, 180, 270, 365)
_MOST_MIBPS = 3414

# Tags by which a file system is known again.
_HOLDER = "ipfs-cluster-node"
_KIND = "ipfs-cluster-file-system"
_KEY = "ipfs-cluster-kms-key"
_AWS_KEY = "aws/elasticfilesystem"


@dataclass(frozen=True)
class Found:
    """A file system of this cluster that is in the account."""

    arn: str
    tags: Mapping[str, str]

    @property
    def id(self) -> str:
        """Its ID."""
        return self.arn.rpartition("/")[2]


def marks(storage: Mapping[str, Any], holder: str) -> dict[str, Any]:
    """The tags that say whose file system it is and what cannot be changed of it."""
    return {_HOLDER: holder, _KIND: storage["file_system"], _KEY: storage.get("kms_key_arn", _AWS_KEY)}


def after(days: int) -> str:
    """A number of days in EFS's words."""
    return "AFTER_1_DAY" if days == 1 else f"AFTER_{days}_DAYS"


def problems(storage: Mapping[str, Any], nodes: Sequence[str]) -> Iterator[str]:
    """What is wrong with the choice of file systems, as sentences for the user."""
    kind, mode = storage["file_system"], storage["throughput_mode"]
    for key, choices in (
        ("file_system", ("one-zone", "regional")),
        ("throughput_mode", ("elastic", "bursting", "provisioned")),
        ("datastore", ("flatfs", "pebble", "s3")),
        ("unixfs_profile", ("unixfs-v1-2025", "unixfs-v0-2015")),
    ):
        if storage[key] not in choices:
            yield f"storage.{key}: {storage[key]!r} is none of {', '.join(choices)}."
    throughput = storage.get("provisioned_throughput_mibps")
    if mode == "provisioned" and throughput is None:
        yield "storage.provisioned_throughput_mibps: storage.throughput_mode provisioned needs the figure; give one in MiB/s, or use elastic."
    elif mode != "provisioned" and throughput is not None:
        yield f"storage.provisioned_throughput_mibps: is for storage.throughput_mode provisioned, which is {mode}; leave it out, or set the mode."
    elif throughput is not None and not 1 <= throughput <= _MOST_MIBPS:
        yield f"storage.provisioned_throughput_mibps: {throughput} is not what EFS has; use 1 to {_MOST_MIBPS}."
    yield from _lifecycle_problems(storage, kind, mode)
    yield from _existing_problems(storage["existing"], nodes, storage["datastore"] == "s3")


def _lifecycle_problems(storage: Mapping[str, Any], kind: str, mode: str) -> Iterator[str]:
    ia, archive = storage.get("transition_to_ia_days"), storage.get("transition_to_archive_days")
    for key, days in (("transition_to_ia_days", ia), ("transition_to_archive_days", archive)):
        if days is not None and days not in _TRANSITION_DAYS:
            yield f"storage.{key}: EFS has no {days} days; use one of {', '.join(map(str, _TRANSITION_DAYS))}."
    if archive is None:
        return
    if kind != "regional":
        yield f"storage.transition_to_archive_days: {kind} file systems have no Archive class; leave it out, or set storage.file_system to regional."
    if mode != "elastic":
        yield f"storage.transition_to_archive_days: the Archive class needs storage.throughput_mode elastic, which is {mode}; leave it out, or use elastic."
    if ia is None:
        yield "storage.transition_to_archive_days: a file goes to Infrequent Access first; give storage.transition_to_ia_days too."
    elif ia >= archive:
        yield f"storage.transition_to_archive_days: {archive} must be more than storage.transition_to_ia_days, which is {ia}."


def _existing_problems(existing: Mapping[str, Mapping[str, Any]], nodes: Sequence[str], blocks_in_s3: bool) -> Iterator[str]:
    for node, given in existing.items():
        where = f"storage.existing[{node!r}]"
        if node not in nodes:
            yield f"{where}: there is no such node; the nodes are {', '.join(nodes)}."
        if "file_system_id" not in given:
            yield f"{where}.file_system_id: is required; give the file system's ID like fs-0123456789abcdef0."
        if "bucket" in given and not blocks_in_s3:
            yield f"{where}.bucket: is for blocks in S3; leave it out, or set storage.datastore to s3."
        elif blocks_in_s3 and "bucket" not in given:
            yield f"{where}.bucket: is required with storage.datastore s3; give the name of the bucket that holds the node's blocks."
        for key, prefix in (("file_system_id", "fs"), ("kubo_access_point_id", "fsap"), ("cluster_access_point_id", "fsap")):
            value = given.get(key)
            if isinstance(value, str) and not re.fullmatch(rf"{prefix}-[0-9a-f]+", value):
                yield f"{where}.{key}: {value!r} is no such ID; give one like {prefix}-0123456789abcdef0."
        if ("kubo_access_point_id" in given) != ("cluster_access_point_id" in given):
            yield f"{where}: kubo_access_point_id and cluster_access_point_id must be given together."
        path = given.get("path", "/")
        if not re.fullmatch(r"/|(/[^/\s]+){1,3}", path):
            yield f"{where}.path: {path!r} is no directory that an access point can have; give one like /aws-backup-restore_2026-11-22."
        elif path != "/" and "kubo_access_point_id" in given:
            yield f"{where}.path: the access points have directories of their own; leave it out, or leave the access points out."


def replaced(storage: Mapping[str, Any], nodes: Sequence[str], there: Sequence[Found]) -> Iterator[str]:
    """What the settings would put a new and empty file system in place of, as sentences for the user.

    ``there`` are the file systems of this cluster that the account has. A key that is known only later is not compared.
    """
    kind, key = storage["file_system"], storage.get("kms_key_arn", _AWS_KEY)
    way_out = "If it is no longer needed, delete it, or take its tag {} away. How to move data is in docs/operations.md, Move to other file systems."
    for found in sorted(there, key=lambda f: f.id):
        holder = found.tags.get(_HOLDER, "")
        if holder != ALL_NODES and (holder not in nodes or holder in storage["existing"]):
            continue
        if found.tags.get(_KIND) not in (None, kind):
            yield (
                f"storage.file_system: {kind} would leave {found.id}, a {found.tags[_KIND]} file system with data of {_owner(holder)}, and start with an "
                f"empty one; keep {found.tags[_KIND]}. {way_out.format(_HOLDER)}"
            )
        elif isinstance(key, str) and found.tags.get(_KEY) not in (None, key):
            yield (
                f"storage.kms_key_arn: {key!r} would leave {found.id}, which holds data of {_owner(holder)} under {found.tags[_KEY]}, and start with an "
                f"empty file system; keep that key. {way_out.format(_HOLDER)}"
            )


def in_question(storage: Mapping[str, Any], nodes: Sequence[str], there: Sequence[Found]) -> list[Found]:
    """The file systems that hold data of what these settings make, and that are not taken over."""

    def plain_id(value: Any) -> str:
        return value if isinstance(value, str) else ""

    taken_over = {plain_id(given.get("file_system_id")) for given in storage["existing"].values()}
    shared = storage["file_system"] == "regional"
    holders = {ALL_NODES} if shared else set(nodes) - set(storage["existing"])
    return sorted((found for found in there if found.tags.get(_HOLDER) in holders and found.id not in taken_over), key=lambda found: found.id)


def left_aside(kept: Sequence[Found]) -> str:
    """What to tell a user whose node is about to have an empty file system beside one that holds its data."""
    them = ", ".join(f"{found.id} of {_owner(found.tags[_HOLDER])}" for found in kept)
    return (
        f"file systems of this cluster are in the account and no task can use them, as they have no access points: {them}. They were kept when their node or "
        "stack was destroyed (or an update broke off while it made them). What this stack makes begins with an empty file system. To use what is there, give "
        f"it by storage.existing before you deploy: see docs/operations.md, Take over file systems. Else delete it, or take its tag {_HOLDER} away."
    )


def _owner(holder: str) -> str:
    return "all nodes" if holder == ALL_NODES else f"node {holder}"
