"""A CAR file as what is to be published: read once, with every block verified, and again for each part.

What is kept of the first reading is 32 bytes in a temporary file for each leaf and 40 for each other block, and in the
memory 8 bytes for each block and each link, by which it is known whether the CAR file is complete: 16 MiB for 1 TB in
blocks of 1 MiB.
"""

import struct
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

from . import car, unixfs
from .cid import DAG_PB, IDENTITY, RAW, Cid
from .errors import ChangedError, DagError
from .parts import Leaf, Packer, Part, Position
from .spool import Spool
from .walk import unreadable

_INNER = struct.Struct("<Q32s")
_DIGEST = 32


class CarFile:
    """The blocks of a CAR file. A Source of parts."""

    def __init__(self, path: Path, max_part: int, progress: Callable[[int], None]) -> None:
        self._path = path
        self._leaves, self._inner = Spool(), Spool()
        self._inner_bytes = 0
        self._packer = Packer(self, max_part)
        self.bytes = 0
        """Of all blocks."""
        try:
            with path.open("rb") as file:
                self.root = car.read_root(file, str(path))
                self._read(car.blocks(file, str(path)), progress)
        except OSError as error:
            raise unreadable(path, error) from None

    def _read(self, blocks: Iterator[car.Block], progress: Callable[[int], None]) -> None:
        held, linked = array("Q"), array("Q")
        has_root = False
        for block in blocks:
            progress(len(block.data))
            if block.cid.hash_code == IDENTITY:
                continue
            self.bytes += len(block.data)
            has_root = has_root or block.cid == self.root
            links = _links(block, self._path)
            held.append(_short(block.cid))
            linked.extend(_short(link) for link in links or () if link.hash_code != IDENTITY)
            if links == []:
                number = self._leaves.append(block.cid.digest) // _DIGEST
                self._packer.add(bytes(block.cid), len(block.data), (block.offset, number))
            else:
                self._inner.append(_INNER.pack(block.offset, block.cid.digest))
                self._inner_bytes += car.section_size(bytes(block.cid), len(block.data))
        if not has_root:
            raise DagError(f"{self._path}: its root, {self.root}, is not in it")
        if missing := len(set(linked) - set(held)):
            raise DagError(f"{self._path}: it is not complete: {missing:,} block(s) that others link are not in it")

    def parts(self) -> list[Part]:
        """All parts."""
        self._leaves.flush()
        self._inner.flush()
        return self._packer.finish(bytes(self.root), self._inner_bytes, self._inner.size // _INNER.size)

    def leaves(self, start: Position, count: int) -> Iterator[Leaf]:
        """Reads leaves again, and compares each with the first reading."""
        if not count:
            return
        offset, number = start
        for block in self._again(offset):
            if block.cid.hash_code == IDENTITY or _links(block, self._path) != []:
                continue
            if self._leaves.read(number * _DIGEST, _DIGEST) != block.cid.digest:
                raise ChangedError(self._path)
            yield Leaf(bytes(block.cid), (block.data,), len(block.data))
            number += 1
            count -= 1
            if not count:
                return
        raise ChangedError(self._path)

    def _again(self, offset: int) -> Iterator[car.Block]:
        try:
            with self._path.open("rb") as file:
                file.seek(offset)
                yield from car.blocks(file, str(self._path))
        except (DagError, FileNotFoundError, PermissionError):
            raise ChangedError(self._path) from None
        except OSError as error:
            raise unreadable(self._path, error) from None

    def inner(self) -> Iterator[bytes]:
        """The blocks that link others."""
        for place in range(0, self._inner.size, _INNER.size):
            offset, digest = _INNER.unpack(self._inner.read(place, _INNER.size))
            block = next(self._again(offset), None)
            if block is None or block.cid.digest != digest:
                raise ChangedError(self._path)
            yield car.section(bytes(block.cid), len(block.data)) + block.data

    def close(self) -> None:
        """Deletes the temporary files."""
        self._leaves.close()
        self._inner.close()


def _short(cid: Cid) -> int:
    return int.from_bytes(cid.digest[:8], "big")


def _links(block: car.Block, path: Path) -> list[Cid] | None:
    """What a block links; none if that is not known, because it is neither bytes nor UnixFS."""
    if block.cid.codec == RAW:
        return []
    if block.cid.codec != DAG_PB:
        return None
    try:
        return list(unixfs.links(block.data))
    except (ValueError, IndexError):
        raise DagError(f"{path}: the block at byte {block.offset:,} ({block.cid}) is not the dag-pb node that its CID says") from None
