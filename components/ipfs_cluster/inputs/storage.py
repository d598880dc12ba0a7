"""Pure: the inputs of storage: file systems, datastore, and what is there already."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from ..storage import file_systems
from ..storage.file_systems import ALL_NODES, DeployedFileSystem
from . import checks, fields
from .checks import pattern
from .nodes import ResolvedNodes
from .problems import Key, Path, Problem, Problems, path, ref


class ExistingFileSystem(TypedDict):
    """An existing file system, and the part of it that a node uses."""

    file_system_id: NotRequired[pulumi.Input[str]]
    """ID of the file system. Required. It gets a policy that admits only the node. Default: none."""
    path: NotRequired[str]
    """The directory that holds the node's directories ipfs and ipfs-cluster; AWS Backup restores into one named
    aws-backup-restore_…. Default: /."""
    kubo_access_point_id: NotRequired[pulumi.Input[str]]
    """ID of an access point for kubo, with user 1000 and group 100. Needs cluster_access_point_id. Default: one is created."""
    cluster_access_point_id: NotRequired[pulumi.Input[str]]
    """ID of an access point for ipfs-cluster, with user 1000 and group 100. Needs kubo_access_point_id. Default: one is created."""
    bucket: NotRequired[pulumi.Input[str]]
    """With storage.datastore s3: name of the bucket that holds the node's blocks, in the stack's Region. It is used and never
    deleted. Required there. Default: none."""
    create_mount_target: NotRequired[bool]
    """Whether it gets a mount target in the node's subnet. False where it has one in the node's zone, which then must admit the
    nodes' security group. Default: true."""


class StorageSettings(TypedDict):
    """File systems and datastore of the nodes."""

    max_gib: NotRequired[int]
    """How much a node should store, in GiB (kubo's Datastore.StorageMax): a soft limit, from which free space is
    calculated when replicas are placed. File systems themselves grow without limit. Default: 100."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key that encrypts the file systems. Cannot change later. Default: the account's aws/elasticfilesystem."""
    retain_on_delete: NotRequired[bool]
    """Whether what holds data stays in the account when a node or the stack is destroyed: file systems, the nodes' private keys in
    SSM, backups, pinset exports, readers. The output retained lists it. Default: true."""
    file_system: NotRequired[str]
    """one-zone (an EFS One Zone file system for each node, in its zone) or regional (one EFS Standard file system for all nodes,
    each with directories of its own). Cannot change later. Default: one-zone."""
    throughput_mode: NotRequired[str]
    """EFS throughput: elastic (billed by use), bursting (depends on the data stored) or provisioned. Default: elastic."""
    provisioned_throughput_mibps: NotRequired[int]
    """With throughput_mode provisioned: MiB/s, from 1 to 3414. Required there. Default: none."""
    transition_to_ia_days: NotRequired[int]
    """Days without a read after which a file moves to Infrequent Access (and back at its first read): 1, 7, 14, 30, 60, 90, 180,
    270 or 365. Default: never."""
    transition_to_archive_days: NotRequired[int]
    """Days without a read after which a file moves on to Archive, more than transition_to_ia_days. Needs file_system regional
    and elastic throughput. Default: never."""
    datastore: NotRequired[str]
    """What kubo stores blocks in: flatfs (a file for each), pebble (one database, which needs fewer files for many small blocks;
    upstream calls it experimental) or s3 (a bucket for each node; needs a nodes.kubo_image with the s3ds datastore). An existing
    repository keeps its own datastore and refuses another. Default: flatfs."""
    unixfs_profile: NotRequired[str]
    """How kubo splits files that are added through it from now on: unixfs-v1-2025 (CIDv1, 1 MiB chunks) or unixfs-v0-2015 (legacy:
    CIDv0, 256 KiB chunks). Requests to the REST API choose for themselves. Default: unixfs-v1-2025."""
    existing: NotRequired[dict[str, ExistingFileSystem]]
    """Existing file systems, by node name, instead of new ones: kept by an earlier stack, or restored. They are
    used and never deleted. Give credentials.identities too, to keep the nodes' peer IDs. Default: none."""


@dataclass(frozen=True, kw_only=True)
class ResolvedExistingFileSystem:
    """`ExistingFileSystem` with its defaults."""

    file_system_id: pulumi.Input[str] | None = None
    path: str = "/"
    kubo_access_point_id: pulumi.Input[str] | None = None
    cluster_access_point_id: pulumi.Input[str] | None = None
    bucket: pulumi.Input[str] | None = None
    create_mount_target: bool = True


@dataclass(frozen=True, kw_only=True)
class ResolvedStorage:
    """`StorageSettings` with its defaults."""

    max_gib: int = 100
    kms_key_arn: pulumi.Input[str] | None = None
    retain_on_delete: bool = True
    file_system: str = "one-zone"
    throughput_mode: str = "elastic"
    provisioned_throughput_mibps: int | None = None
    transition_to_ia_days: int | None = None
    transition_to_archive_days: int | None = None
    datastore: str = "flatfs"
    unixfs_profile: str = "unixfs-v1-2025"
    existing: Mapping[str, ResolvedExistingFileSystem] = fields.each(ResolvedExistingFileSystem)

    @property
    def is_shared(self) -> bool:
        """Whether all nodes share one file system."""
        return self.file_system == "regional"

    @property
    def is_in_s3(self) -> bool:
        """Whether blocks are in S3."""
        return self.datastore == "s3"


_TRANSITION_DAYS = (1, 7, 14, 30, 60, 90, 180, 270, 365)
_MOST_MIBPS = 3414


def problems(storage: ResolvedStorage, nodes: ResolvedNodes, names: Sequence[str]) -> Problems:
    """What is wrong with storage. ``names`` are the nodes' names."""
    for name, choices in (
        ("file_system", ("one-zone", "regional")),
        ("throughput_mode", ("elastic", "bursting", "provisioned")),
        ("datastore", ("flatfs", "pebble", "s3")),
        ("unixfs_profile", ("unixfs-v1-2025", "unixfs-v0-2015")),
    ):
        yield from checks.choice(path("storage", name), getattr(storage, name), choices)
    yield from _throughput_problems(storage)
    yield from _lifecycle_problems(storage)
    yield from _existing_problems(storage, names)
    if storage.is_in_s3 and nodes.kubo_image == ResolvedNodes().kubo_image:
        text = f"{nodes.kubo_image!r} has no s3ds datastore, which {ref('storage.datastore')} s3 needs; give an image that has it"
        yield Problem(path("nodes.kubo_image"), f"{text} (docs/configuration.md, Blocks in S3), or use flatfs.")
    yield from checks.at_least_one(path("storage.max_gib"), storage.max_gib)
    yield from checks.now(path("storage.kms_key_arn"), storage.kms_key_arn, checks.key_arn_problem)


def _throughput_problems(storage: ResolvedStorage) -> Problems:
    where, mode, throughput = path("storage.provisioned_throughput_mibps"), storage.throughput_mode, storage.provisioned_throughput_mibps
    if mode == "provisioned" and throughput is None:
        yield Problem(where, f"{ref('storage.throughput_mode')} provisioned needs the figure; give one in MiB/s, or use elastic.")
    elif mode != "provisioned" and throughput is not None:
        yield Problem(where, f"is for {ref('storage.throughput_mode')} provisioned, which is {mode}; leave it out, or set the mode.")
    elif throughput is not None and not 1 <= throughput <= _MOST_MIBPS:
        yield Problem(where, f"EFS does not offer {throughput}; use 1 to {_MOST_MIBPS}.")


def _lifecycle_problems(storage: ResolvedStorage) -> Problems:
    ia, archive = storage.transition_to_ia_days, storage.transition_to_archive_days
    for name, days in (("transition_to_ia_days", ia), ("transition_to_archive_days", archive)):
        if days is not None and days not in _TRANSITION_DAYS:
            yield Problem(path("storage", name), f"EFS does not offer {days} days; use one of {checks.listing(_TRANSITION_DAYS)}.")
    if archive is None:
        return
    where, kind, mode = path("storage.transition_to_archive_days"), storage.file_system, storage.throughput_mode
    if kind != "regional":
        yield Problem(where, f"{kind} file systems have no Archive class; leave it out, or set {ref('storage.file_system')} to regional.")
    if mode != "elastic":
        yield Problem(where, f"the Archive class needs {ref('storage.throughput_mode')} elastic, which is {mode}; leave it out, or use elastic.")
    if ia is None:
        yield Problem(where, f"a file goes to Infrequent Access first; give {ref('storage.transition_to_ia_days')} too.")
    elif ia >= archive:
        yield Problem(where, f"{archive} must be more than {ref('storage.transition_to_ia_days')}, which is {ia}.")


def _existing_problems(storage: ResolvedStorage, names: Sequence[str]) -> Problems:
    for node, existing in storage.existing.items():
        where = path("storage.existing", Key(node))
        if node not in names:
            yield Problem(where, f"there is no such node; the nodes are {checks.listing(names)}.")
        if existing.file_system_id is None:
            yield Problem((*where, "file_system_id"), "is required; give the file system's ID like fs-0123456789abcdef0.")
        if existing.bucket is not None and not storage.is_in_s3:
            yield Problem((*where, "bucket"), f"is for blocks in S3; leave it out, or set {ref('storage.datastore')} to s3.")
        elif storage.is_in_s3 and existing.bucket is None:
            yield Problem((*where, "bucket"), f"is required with {ref('storage.datastore')} s3; give the name of the bucket that holds the node's blocks.")
        yield from _existing_id_problems(where, existing)
        if not re.fullmatch(r"/|(/[^/\s]+){1,3}", existing.path):
            example = "/aws-backup-restore_2026-11-22"
            yield Problem((*where, "path"), f"{existing.path!r} is not a directory that an access point can have; give one like {example}.")
        elif existing.path != "/" and existing.kubo_access_point_id is not None:
            yield Problem((*where, "path"), "the access points have their own directories; leave it out, or leave the access points out.")


def _existing_id_problems(where: Path, existing: ResolvedExistingFileSystem) -> Problems:
    for name, prefix in (("file_system_id", "fs"), ("kubo_access_point_id", "fsap"), ("cluster_access_point_id", "fsap")):
        check = pattern(rf"{prefix}-[0-9a-f]+", f"such an ID; give one like {prefix}-0123456789abcdef0")
        yield from checks.now((*where, name), getattr(existing, name), check)
    if (existing.kubo_access_point_id is None) != (existing.cluster_access_point_id is None):
        yield Problem(where, f"{ref('kubo_access_point_id')} and {ref('cluster_access_point_id')} must be given together.")


# --- what the account holds -------------------------------------------------------------------------------------------


def replacement_problems(storage: ResolvedStorage, names: Sequence[str], present: Sequence[DeployedFileSystem]) -> Problems:
    """Settings that would put a new and empty file system in place of one with data.

    ``present`` are the cluster's file systems in the account. A key that is known only later is not compared.
    """
    kind, key = storage.file_system, storage.kms_key_arn or file_systems.AWS_KEY
    for existing in sorted(present, key=lambda f: f.id):
        if existing.holder != ALL_NODES and (existing.holder not in names or existing.holder in storage.existing):
            continue
        way_out = (
            f"If it is no longer needed, delete it, or remove its tag {file_systems.HOLDER_TAG}. How to move data is in docs/operations.md, "
            "Move to other file systems."
        )
        holder = file_systems.owner(existing.holder)
        if existing.kind not in (None, kind):
            text = f"{kind} would leave {existing.id}, a {existing.kind} file system with data of {holder}, and start with an empty one; keep {existing.kind}."
            yield Problem(path("storage.file_system"), f"{text} {way_out}")
        elif isinstance(key, str) and existing.key not in (None, key):
            text = f"{key!r} would leave {existing.id}, which holds data of {holder} under {existing.key}, and start with an empty file system; keep that key."
            yield Problem(path("storage.kms_key_arn"), f"{text} {way_out}")


def left_behind(storage: ResolvedStorage, names: Sequence[str], present: Sequence[DeployedFileSystem]) -> list[DeployedFileSystem]:
    """The file systems that hold data of the nodes that these settings make, and that are not taken over."""
    taken_over = {existing.file_system_id for existing in storage.existing.values() if isinstance(existing.file_system_id, str)}
    holders = {ALL_NODES} if storage.is_shared else set(names) - set(storage.existing)
    return sorted((existing for existing in present if existing.holder in holders and existing.id not in taken_over), key=lambda existing: existing.id)


def left_behind_warning(unused: Sequence[DeployedFileSystem]) -> str:
    """What to tell a user whose node is about to get an empty file system next to one that holds its data."""
    them = ", ".join(f"{existing.id} of {file_systems.owner(existing.holder)}" for existing in unused)
    return (
        f"file systems of this cluster are in the account, and no task can use them, as they have no access points: {them}. They were kept when their "
        "node or stack was destroyed (or an update broke off while it made them). This stack starts with an empty file system. To use what is there, give "
        f"it by {ref('storage.existing')} before you deploy: see docs/operations.md, Take over file systems. Otherwise delete it, or remove its tag "
        f"{file_systems.HOLDER_TAG}."
    )
