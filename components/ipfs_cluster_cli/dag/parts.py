"""The parts in which blocks are uploaded: each is a CAR file whose root links all that is in it, so that it is pinned as a whole."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from . import car, unixfs
from .cid import DAG_PB, prefix, read
from .unixfs import Link

MAX_BLOCKS = 8000
"""Leaves that a part has at most. Its root has a link to each: 360 KiB."""
_SMALL_BLOCK = 64 * 1024
"""Measured: docs/performance.md, Publishing."""
_PIECE = 16 * 1024
"""Bytes of a piece that is given as it is; smaller ones are put together."""
_TOGETHER = 100

Data: TypeAlias = bytes
"""In the classes below, ``bytes`` is a number."""
Position = tuple[int, ...]
"""A place among the leaves; what the numbers mean, the source of the leaves knows."""


class Leaf(NamedTuple):
    """A block that links no other, verified."""

    cid: bytes
    pieces: tuple[Data, ...]
    length: int


class Source(Protocol):
    """Where blocks come from."""

    def leaves(self, start: Position, count: int) -> Iterator[Leaf]:
        """Reads leaves. Raises ChangedError if one is no longer what it was."""
        raise NotImplementedError

    def inner(self) -> Iterator[bytes]:
        """Reads all other blocks, as the sections of a CAR file."""
        raise NotImplementedError


@dataclass(frozen=True)
class Part:
    """A CAR file to upload. It is not stored: it is made from the files again."""

    root: bytes
    bytes: int
    """Of the CAR file."""
    blocks: int
    source: Source
    start: Position
    count: int
    """Leaves in it, also those that occur twice."""
    last: bool
    """Whether it has the inner nodes, and the root of what is published. Otherwise its root has no meaning beyond this part."""

    @property
    def cid(self) -> str:
        """Its root: what is pinned when it is uploaded."""
        return str(read(self.root)[0])

    @property
    def small_blocks(self) -> bool:
        """Whether its blocks are so small that nodes fetch them from each other slower than one node can pass them on to all."""
        return self.bytes < self.blocks * _SMALL_BLOCK

    def car(self) -> Iterator[Data]:
        """The CAR file, in pieces that are not empty, each leaf verified before it is given. Raises ChangedError or UnreadableError."""
        small: list[Data] = []
        for piece in self._pieces():
            if len(piece) < _PIECE:
                small.append(piece)
            if small and (len(piece) >= _PIECE or len(small) == _TOGETHER):
                yield b"".join(small)
                small = []
            if len(piece) >= _PIECE:
                yield piece
        if small:
            yield b"".join(small)

    def _pieces(self) -> Iterator[Data]:
        yield car.header(self.root)
        links: dict[bytes, Link] = {}
        for leaf in self.source.leaves(self.start, self.count):
            if leaf.cid not in links:
                links[leaf.cid] = Link(leaf.cid, leaf.length)
                yield car.section(leaf.cid, leaf.length)
                yield from leaf.pieces
        if self.last:
            yield from self.source.inner()
        else:
            block = _root_block(links.values())
            yield car.section(self.root, len(block))
            yield block


def _root_block(links: Iterable[Link]) -> bytes:
    return unixfs.node(((b"", link) for link in links), None)


class Packer:
    """Distributes leaves over parts, in their order. It keeps one part's links, and of the parts before only their CIDs."""

    def __init__(self, source: Source, max_part: int, max_blocks: int = MAX_BLOCKS) -> None:
        self._source = source
        self._max_part = max_part
        self._max_blocks = max_blocks
        self._parts: list[Part] = []
        self._begin(())

    def _begin(self, start: Position) -> None:
        self._start = start
        self._links: dict[bytes, Link] = {}
        self._bytes = self._count = 0

    def add(self, cid: bytes, length: int, position: Position) -> None:
        """Adds the next leaf, of which the block has this length."""
        if cid not in self._links:
            size = car.section_size(cid, length)
            if self._links and (self._bytes + size > self._max_part or len(self._links) == self._max_blocks):
                self._close()
            if not self._links:
                self._start = position
            self._links[cid] = Link(cid, length)
            self._bytes += size
        self._count += 1

    def _close(self) -> None:
        block = _root_block(self._links.values())
        root = prefix(1, DAG_PB) + hashlib.sha256(block).digest()
        size = len(car.header(root)) + self._bytes + car.section_size(root, len(block))
        self._parts.append(Part(root, size, len(self._links) + 1, self._source, self._start, self._count, last=False))
        self._begin(())

    def finish(self, root: bytes, inner_bytes: int, inner_blocks: int) -> list[Part]:
        """All parts. A single one has everything; otherwise the last one has what is not a leaf."""
        if self._links and (self._parts or self._bytes + inner_bytes > self._max_part):
            self._close()
        size = len(car.header(root)) + self._bytes + inner_bytes
        return [*self._parts, Part(root, size, len(self._links) + inner_blocks, self._source, self._start, self._count, last=True)]
