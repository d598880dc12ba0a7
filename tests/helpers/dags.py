"""Blocks and CAR files made by hand, so that they can be what no client would make: DAGs that are deep, wide, or small and yet endless to read."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ipfs_cluster_cli.dag import car as cars
from ipfs_cluster_cli.dag.cid import varint

_RAW, _DAG_PB, _DAG_CBOR = 0x55, 0x70, 0x71
_DIRECTORY, _FILE = 1, 2  # UnixFS's types


@dataclass(frozen=True)
class Block:
    """A block, with its CID and what a link to it says."""

    codec: int
    data: bytes
    size: int
    """Bytes of the file that it is the root of; 0 for a directory."""
    total: int
    """Bytes of the whole DAG, as UnixFS counts them: what is linked twice counts twice."""

    @property
    def cid(self) -> bytes:
        return b"\x01" + varint(self.codec) + b"\x12\x20" + hashlib.sha256(self.data).digest()

    @property
    def text(self) -> str:
        """The CID as clients write it."""
        return "b" + base64.b32encode(self.cid).decode().rstrip("=").lower()


def raw(data: bytes) -> Block:
    """A leaf."""
    return Block(_RAW, data, len(data), len(data))


def dag_cbor(data: bytes) -> Block:
    """A block that says that it is DAG-CBOR, whatever it holds."""
    return Block(_DAG_CBOR, data, 0, len(data))


def dag_pb(data: bytes) -> Block:
    """A block that says that it is DAG-PB, whatever it holds."""
    return Block(_DAG_PB, data, 0, len(data))


def directory(entries: Sequence[tuple[str, Block]]) -> Block:
    """A directory; DAG-PB wants its names in order."""
    return _node(entries, _number(1, _DIRECTORY), 0)


def file(parts: Sequence[Block]) -> Block:
    """A file of other files."""
    size = sum(part.size for part in parts)
    unixfs = _number(1, _FILE) + _number(3, size) + b"".join(_number(4, part.size) for part in parts)
    return _node([("", part) for part in parts], unixfs, size)


def car(root: Block, blocks: Iterable[Block]) -> bytes:
    """A CAR file (version 1) with one root."""
    return cars.header(root.cid) + b"".join(cars.section(block.cid, len(block.data)) + block.data for block in blocks)


def deep(depth: int) -> tuple[Block, list[Block]]:
    """Directories within each other; the root, and all blocks."""
    blocks = [raw(b"the bottom")]
    for _ in range(depth):
        blocks.append(directory([("d", blocks[-1])]))
    return blocks[-1], blocks


def endless(levels: int, width: int) -> tuple[Block, list[Block]]:
    """Directories that link the same one ``width`` times: ``levels`` blocks, ``width ** levels`` files."""
    blocks = [raw(b"the bottom")]
    for _ in range(levels):
        blocks.append(directory([(f"{index:04}", blocks[-1]) for index in range(width)]))
    return blocks[-1], blocks


def endless_file(levels: int, width: int, leaf: bytes) -> tuple[Block, list[Block]]:
    """A file that repeats its leaf ``width ** levels`` times."""
    blocks = [raw(leaf)]
    for _ in range(levels):
        blocks.append(file([blocks[-1]] * width))
    return blocks[-1], blocks


def wide(entries: int) -> tuple[Block, list[Block]]:
    """One directory of many names, in one block."""
    leaf = raw(b"a leaf")
    root = directory([(f"{index:08}", leaf) for index in range(entries)])
    return root, [leaf, root]


def _node(links: Sequence[tuple[str, Block]], unixfs: bytes, size: int) -> Block:
    encoded = (_bytes(1, block.cid) + _bytes(2, name.encode()) + _number(3, block.total % 2**63) for name, block in links)
    data = b"".join(_bytes(2, link) for link in encoded) + _bytes(1, unixfs)
    return Block(_DAG_PB, data, size % 2**63, len(data) + sum(block.total for _, block in links))


def _number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + _sized(value)


def _sized(value: bytes) -> bytes:
    return varint(len(value)) + value
