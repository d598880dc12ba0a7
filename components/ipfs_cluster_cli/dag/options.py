"""Pure: how files become blocks. The defaults are those of the deployed kubo."""

import re
from dataclasses import dataclass

from .errors import OptionError

MAX_CHUNK = 2 * 1024 * 1024 - 256
"""Bytes that a chunk may have (boxo, chunker: ChunkSizeLimit)."""


@dataclass(frozen=True)
class Profile:
    """How a kubo of one of its profiles makes blocks (kubo, config/profile.go)."""

    chunk: int
    cid_version: int
    raw_leaves: bool
    file_links: int
    """Links that a node of a file may have."""
    whole_block: bool
    """Whether a directory is sharded if its block is larger than 256 KiB; otherwise, if the names and CIDs in it are."""


PROFILES = {
    "unixfs-v1-2025": Profile(1024 * 1024, cid_version=1, raw_leaves=True, file_links=1024, whole_block=True),
    "unixfs-v0-2015": Profile(256 * 1024, cid_version=0, raw_leaves=False, file_links=174, whole_block=False),
}
"""Kubo's profiles, which `storage.unixfs_profile` chooses from."""


@dataclass(frozen=True)
class Options:
    """How files become blocks, and blocks become parts. Raises OptionError if a value is not possible."""

    profile: str = "unixfs-v1-2025"
    """The profile of kubo whose `ipfs add` gives the same CIDs. Default: unixfs-v1-2025, as `storage.unixfs_profile`."""
    chunker: str | None = None
    """How files are cut: ``size-<bytes>``. Default: the profile's, 1 MiB or (v0) 256 KiB."""
    cid_version: int | None = None
    """0 (``Qm…``) or 1 (``bafy…``). Default: the profile's."""
    raw_leaves: bool | None = None
    """Whether chunks are blocks as they are, without a frame of UnixFS. Default: the profile's, yes or (v0) no."""
    hidden: bool = False
    """Whether to publish what begins with a dot, too. Default: no, as ``ipfs add -r``."""
    wrap: bool = False
    """Whether to put a directory around a single path. Default: no. Several paths always get one."""
    car: bool = True
    """Whether a single path that ends in ``.car`` is a CAR file, of which the content is published. Default: yes."""
    max_part: int = 32 * 1024 * 1024
    """Bytes that a part has at most, but for the last one, which has all inner nodes. Default: 32 MiB."""

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise OptionError(f"the profile {self.profile!r} is not known; known are {', '.join(PROFILES)}")
        if self.cid_version not in (None, 0, 1):
            raise OptionError(f"the CID version is 0 or 1, not {self.cid_version}")
        if self.chunker is not None and not (re.fullmatch(r"size-[1-9][0-9]*", self.chunker) and self.chunk <= MAX_CHUNK):
            raise OptionError(f"the chunker {self.chunker!r} is not possible; possible is size-<bytes>, with 1 to {MAX_CHUNK} bytes, such as size-1048576")
        if self.max_part < MAX_CHUNK:
            raise OptionError(f"a part has {MAX_CHUNK} bytes or more, not {self.max_part}")

    @property
    def chunk(self) -> int:
        """Bytes of a chunk."""
        return int(self.chunker.removeprefix("size-")) if self.chunker else self._profile.chunk

    @property
    def version(self) -> int:
        """The version of CIDs."""
        return self._profile.cid_version if self.cid_version is None else self.cid_version

    @property
    def raw(self) -> bool:
        """Whether chunks are blocks as they are."""
        return self._profile.raw_leaves if self.raw_leaves is None else self.raw_leaves

    @property
    def file_links(self) -> int:
        """Links that a node of a file may have."""
        return self._profile.file_links

    @property
    def whole_block(self) -> bool:
        """Whether a directory is sharded by the size of its block."""
        return self._profile.whole_block

    @property
    def _profile(self) -> Profile:
        return PROFILES[self.profile]
