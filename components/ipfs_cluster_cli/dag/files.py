"""Files and directories as blocks: read once for their CIDs, and again for each part.

What is kept of the first reading is in temporary files: 32 bytes for each leaf, the nodes that are not leaves, and the
paths. For one file of 1 TB that is some 85 MiB on the disk, in chunks of 1 MiB. In the memory are the entries of the
directories that are open, the links of one part, and a few hundred bytes for each part before: 10 MiB for 1 TB.
"""

import hashlib
import os
import struct
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path

from . import car, layout, unixfs
from .cid import DAG_PB, RAW, prefix
from .errors import ChangedError
from .options import Options
from .parts import Leaf, Packer, Part, Position
from .spool import Spool
from .unixfs import Link
from .walk import unreadable

_RECORD = struct.Struct("<QI")
_DIGEST = 32
_DIGESTS_AT_A_TIME = 4096


class Files:
    """The blocks of files that are read in order. A Source of parts."""

    def __init__(self, options: Options, progress: Callable[[int], None]) -> None:
        self._chunk = options.chunk
        self._raw = options.raw
        self._file_links = options.file_links
        self._progress = progress
        self._leaf_prefix = prefix(1, RAW) if self._raw else prefix(options.version, DAG_PB)
        self._node_prefix = prefix(options.version, DAG_PB)
        self._digests, self._paths, self._nodes = self._spools = Spool(), Spool(), Spool()
        self._inner_blocks = 0
        self._packer = Packer(self, options.max_part)
        self._buffer = memoryview(bytearray(self._chunk))
        self.files = 0
        self.bytes = 0

    def put(self, block: bytes) -> bytes:
        """Keeps a node that is not a leaf; gives the bytes of its CID."""
        cid = self._node_prefix + hashlib.sha256(block).digest()
        self._nodes.append(car.section(cid, len(block)) + block)
        self._inner_blocks += 1
        return cid

    def file(self, path: Path) -> Link:
        """Reads a file; gives its root. Raises ChangedError if it changes meanwhile, UnreadableError if it cannot be read."""
        try:
            with path.open("rb", buffering=0) as file:
                before = os.fstat(file.fileno())
                place = self._paths.append(_RECORD.pack(before.st_size, len(os.fsencode(path))) + os.fsencode(path))
                root = self._leaves_of(file, place, before.st_size, path)
                after = os.fstat(file.fileno())
        except OSError as error:
            raise unreadable(path, error) from None
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise ChangedError(path)
        self.files += 1
        self.bytes += before.st_size
        return root

    def _leaves_of(self, file: FileIO, place: int, size: int, path: Path) -> Link:
        builder = layout.FileBuilder(self.put, self._file_links)
        for number, length in enumerate(_lengths(size, self._chunk)):
            chunk = self._buffer[:length]
            if _fill(file, chunk) < length:
                raise ChangedError(path)
            digest, block_length = self._hashed(chunk)
            leaf_number = self._digests.append(digest) // _DIGEST
            cid = self._leaf_prefix + digest
            self._packer.add(cid, block_length, (place, number, leaf_number))
            builder.add(Link(cid, block_length, length))
            self._progress(length)
        return builder.finish()

    def _frame(self, length: int) -> tuple[bytes, bytes]:
        return (b"", b"") if self._raw else unixfs.leaf_frame(length)

    def _hashed(self, chunk: memoryview | bytes) -> tuple[bytes, int]:
        """The hash of a chunk's block, and the block's length."""
        before, after = self._frame(len(chunk))
        digest = hashlib.sha256(before)
        digest.update(chunk)
        digest.update(after)
        return digest.digest(), len(before) + len(chunk) + len(after)

    def parts(self, root: bytes) -> list[Part]:
        """All parts, when everything was read."""
        for spool in self._spools:
            spool.flush()
        return self._packer.finish(root, self._nodes.size, self._inner_blocks)

    def leaves(self, start: Position, count: int) -> Iterator[Leaf]:
        """Reads leaves again, and compares each with the first reading."""
        if not count:
            return
        place, number, leaf_number = start
        digests = self._read_digests(leaf_number, count)
        while count:
            size, length = _RECORD.unpack(self._paths.read(place, _RECORD.size))
            path = Path(os.fsdecode(self._paths.read(place + _RECORD.size, length)))
            place += _RECORD.size + length
            for leaf in self._again(path, size, number, count, digests):
                yield leaf
                count -= 1
            number = 0

    def _read_digests(self, leaf_number: int, count: int) -> Iterator[bytes]:
        for first in range(leaf_number, leaf_number + count, _DIGESTS_AT_A_TIME):
            read = self._digests.read(first * _DIGEST, min(_DIGESTS_AT_A_TIME, leaf_number + count - first) * _DIGEST)
            for at in range(0, len(read), _DIGEST):
                yield read[at : at + _DIGEST]

    def _again(self, path: Path, size: int, number: int, count: int, digests: Iterator[bytes]) -> Iterator[Leaf]:
        """A file's leaves from one on, ``count`` at most."""
        offset = number * self._chunk
        try:
            with path.open("rb", buffering=0) as file:
                if os.fstat(file.fileno()).st_size != size:
                    raise ChangedError(path)
                file.seek(offset)
                while count and (offset < size or offset == 0):
                    chunk = file.read(min(self._chunk, size - offset))
                    digest, length = self._hashed(chunk)
                    if digest != next(digests):
                        raise ChangedError(path)
                    before, after = self._frame(len(chunk))
                    yield Leaf(self._leaf_prefix + digest, (before, chunk, after), length)
                    offset += self._chunk
                    count -= 1
        except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError):
            raise ChangedError(path) from None
        except OSError as error:
            raise unreadable(path, error) from None

    def inner(self) -> Iterator[bytes]:
        """The nodes that are not leaves."""
        for place in range(0, self._nodes.size, 256 * 1024):
            yield self._nodes.read(place, 256 * 1024)

    def close(self) -> None:
        """Deletes the temporary files."""
        for spool in self._spools:
            spool.close()


def _lengths(size: int, chunk: int) -> Iterator[int]:
    """The lengths of a file's leaves. An empty file has one, too."""
    yield min(size, chunk)
    for offset in range(chunk, size, chunk):
        yield min(size - offset, chunk)


def _fill(file: FileIO, view: memoryview) -> int:
    """Reads as much as there is room for; gives how much there was."""
    done = 0
    while done < len(view):
        count = file.readinto(view[done:])
        if not count:
            break
        done += count
    return done
