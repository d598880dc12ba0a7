"""CAR files taken apart, and what is in them put together, by rules of their own: what the client sends is compared with it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ipfs_cluster_cli.dag import Part


@dataclass(frozen=True)
class Car:
    """What is in a CAR file."""

    root: bytes
    blocks: Mapping[bytes, bytes]
    """By CID, in their order."""
    sections: int
    """Blocks; nodes that are not leaves may be there twice."""
    size: int


def read(pieces: Iterable[bytes]) -> Car:
    """Reads a CAR file with one root; every block must be what its CID says, and every leaf be there once."""
    pieces = list(pieces)
    assert all(pieces), "an empty piece would end a chunked request"
    data = b"".join(pieces)
    header, at = _message(data, 0)
    assert header.startswith(b"\xa2\x65roots\x81\xd8\x2a\x58")
    assert header.endswith(b"\x67version\x01")
    root = header[13:-9]
    blocks: dict[bytes, bytes] = {}
    sections = 0
    while at < len(data):
        message, at = _message(data, at)
        length = 34 if message[0] == 0x12 else 36
        cid, block = message[:length], message[length:]
        assert cid[-34:] == b"\x12\x20" + hashlib.sha256(block).digest()
        assert cid not in blocks or cid[1] == 0x70 or length == 34
        blocks[cid] = block
        sections += 1
    return Car(root, blocks, sections, len(data))


def uploaded(parts: Iterable[Part]) -> dict[bytes, bytes]:
    """All blocks of all parts. Each part must be as long as it says, pin all that is in it, and be complete but for the last one."""
    found: dict[bytes, bytes] = {}
    for part in parts:
        car = read(part.car())
        assert (car.size, car.sections, car.root) == (part.bytes, part.blocks, part.root)
        found |= car.blocks
        if not part.last:
            assert set(below(part.root, car.blocks)) == set(car.blocks)
    return found


def below(root: bytes, blocks: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """The CIDs of a DAG, the root first. Raises KeyError if a block is missing."""
    yield root
    for _, cid in links(root, blocks):
        yield from below(cid, blocks)


def links(cid: bytes, blocks: Mapping[bytes, bytes]) -> list[tuple[str, bytes]]:
    """Names and CIDs that a block links."""
    if cid[:2] == b"\x01\x55":
        blocks[cid]
        return []
    found = []
    for field, value in _fields(blocks[cid]):
        if field == 2 and isinstance(value, bytes):
            link = dict(_fields(value))
            assert isinstance(link[1], bytes)
            assert isinstance(link[2], bytes)
            found.append((link[2].decode(), link[1]))
    return found


def content(cid: bytes, blocks: Mapping[bytes, bytes]) -> bytes:
    """The content of a file."""
    if cid[:2] == b"\x01\x55":
        return blocks[cid]
    (data,) = (value for field, value in _fields(blocks[cid]) if field == 1)
    assert isinstance(data, bytes)
    own = dict(_fields(data)).get(2, b"")
    assert isinstance(own, bytes)
    return own + b"".join(content(below, blocks) for _, below in links(cid, blocks))


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    at = 0
    while at < len(message):
        key, at = _number(message, at)
        value, at = _message(message, at) if key & 7 == 2 else _number(message, at)
        yield key >> 3, value


def _message(data: bytes, at: int) -> tuple[bytes, int]:
    length, at = _number(data, at)
    assert at + length <= len(data)
    return data[at : at + length], at + length


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at
