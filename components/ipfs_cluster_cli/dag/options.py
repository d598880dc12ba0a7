"""Pure: how files become blocks. The defaults are those of the deployed kubo, which the program leaves as kubo has them."""

import re
from dataclasses import dataclass

from .errors import OptionError

MAX_CHUNK = 2 * 1024 * 1024 - 256
"""Bytes that a chunk may have (boxo, chunker: ChunkSizeLimit)."""


@dataclass(frozen=True)
class Options:
    """How files become blocks, and blocks become parts. Raises OptionError if a value is not possible."""

    chunker: str = "size-262144"
    """How files are cut: ``size-<bytes>``. Default: 256 KiB, as kubo's."""
    cid_version: int = 0
    """0 (``Qm…``) or 1 (``bafy…``). Default: 0, as kubo's."""
    raw_leaves: bool | None = None
    """Whether chunks are blocks as they are, without a frame of UnixFS. Default: for CIDs of version 1 alone, as kubo does."""
    hidden: bool = False
    """Whether to publish what begins with a dot, too. Default: no, as ``ipfs add -r``."""
    wrap: bool = False
    """Whether to put a directory around a single path. Default: no. Several paths always get one."""
    car: bool = True
    """Whether a single path that ends in ``.car`` is a CAR file, of which the content is published. Default: yes."""
    max_part: int = 32 * 1024 * 1024
    """Bytes that a part has at most, but for the last one, which has all inner nodes. Default: 32 MiB."""

    def __post_init__(self) -> None:
        if self.cid_version not in (0, 1):
            raise OptionError(f"the CID version is 0 or 1, not {self.cid_version}")
        if not re.fullmatch(r"size-[1-9][0-9]*", self.chunker) or self.chunk > MAX_CHUNK:
            raise OptionError(f"the chunker {self.chunker!r} is not possible; possible is size-<bytes>, with 1 to {MAX_CHUNK} bytes, such as size-1048576")
        if self.max_part < MAX_CHUNK:
            raise OptionError(f"a part has {MAX_CHUNK} bytes or more, not {self.max_part}")

    @property
    def chunk(self) -> int:
        """Bytes of a chunk."""
        return int(self.chunker.removeprefix("size-"))

    @property
    def raw(self) -> bool:
        """Whether chunks are blocks as they are."""
        return self.cid_version == 1 if self.raw_leaves is None else self.raw_leaves
