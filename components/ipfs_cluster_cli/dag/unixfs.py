"""Pure: blocks of UnixFS, byte for byte as kubo writes them: dag-pb nodes, and the messages within them."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from .cid import Cid, read, read_varint, varint

_DIRECTORY, _FILE, _SYMLINK, _HAMT_SHARD = 1, 2, 4, 5
_MURMUR3 = 0x22


class Link(NamedTuple):
    """A link to a node."""

    cid: bytes
    tsize: int
    """Bytes of all blocks below it, each as often as it is linked, and its own."""
    size: int = 0
    """Bytes of the file, or the part of it, that it is."""


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(data)) + data


def node(links: Iterable[tuple[bytes, Link]], data: bytes | None) -> bytes:
    """A dag-pb node: links with their names, in the order that is given, and then the data."""
    out = [_field(2, _field(1, link.cid) + _field(2, name) + b"\x18" + varint(link.tsize)) for name, link in links]
    if data is not None:
        out.append(_field(1, data))
    return b"".join(out)


@lru_cache(maxsize=64)
def leaf_frame(size: int) -> tuple[bytes, bytes]:
    """What precedes and what follows the content in a file's leaf that is a dag-pb node."""
    before, after = b"\x08\x02", b"\x18" + varint(size)
    if size:
        before += b"\x12" + varint(size)
    return b"\x0a" + varint(len(before) + size + len(after)) + before, after


def file(parts: Iterable[Link]) -> bytes:
    """A node of a file of more than one leaf."""
    parts = list(parts)
    sizes = b"".join(b"\x20" + varint(part.size) for part in parts)
    return node(((b"", part) for part in parts), bytes([8, _FILE]) + b"\x18" + varint(sum(part.size for part in parts)) + sizes)


def directory(entries: Iterable[tuple[bytes, Link]]) -> bytes:
    """A directory in one node. The entries are sorted by name."""
    return node(entries, bytes([8, _DIRECTORY]))


def symlink(target: bytes) -> bytes:
    """A symbolic link."""
    return node((), bytes([8, _SYMLINK]) + _field(2, target))


def shard(entries: Iterable[tuple[bytes, Link]], bits: int, fanout: int) -> bytes:
    """A node of a sharded directory: ``bits`` has a bit for each place that is taken."""
    taken = bits.to_bytes((bits.bit_length() + 7) // 8, "big")
    return node(entries, bytes([8, _HAMT_SHARD]) + _field(2, taken) + b"\x28" + varint(_MURMUR3) + b"\x30" + varint(fanout))


def links(block: bytes) -> Iterator[Cid]:
    """The CIDs that a dag-pb node links. Raises ValueError if the block is not such a node."""
    for number, value in _fields(block):
        if number == 2:
            cids = [inner for field, inner in _fields(value) if field == 1]
            if len(cids) != 1:
                raise ValueError("a link without a CID")
            cid, end = read(cids[0])
            if end != len(cids[0]):
                raise ValueError("a link with more than a CID")
            yield cid


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a message that are bytes, by number; integers are left out."""
    at = 0
    while at < len(message):
        key, at = read_varint(message, at)
        length, at = read_varint(message, at)
        if key & 7 == 0:
            continue
        if key & 7 != 2 or at + length > len(message):
            raise ValueError("not a dag-pb node")
        yield key >> 3, message[at : at + length]
        at += length
