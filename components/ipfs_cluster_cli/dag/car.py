"""CAR files of version 1: what their bytes are, and reading one with every block verified."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from .cid import IDENTITY, SHA2_256, Cid, read, varint
from .errors import DagError

LONGEST_BLOCK = 2 * 1024 * 1024
"""Bytes that a block may have (Bitswap's limit)."""
_LONGEST_HEADER = 64 * 1024


def header(root: bytes) -> bytes:
    """The header of a CAR file with one root: a map of CBOR with `roots` and `version`."""
    cid = b"\x00" + root
    message = b"\xa2\x65roots\x81\xd8\x2a\x58" + bytes([len(cid)]) + cid + b"\x67version\x01"
    return varint(len(message)) + message


def section(cid: bytes, length: int) -> bytes:
    """What precedes a block of some length."""
    return varint(len(cid) + length) + cid


def section_size(cid: bytes, length: int) -> int:
    """Bytes of a block of some length, with what precedes it."""
    return len(section(cid, length)) + length


class Block(NamedTuple):
    """A block of a CAR file."""

    cid: Cid
    data: bytes
    offset: int
    """Where its section begins in the file."""


def read_root(file: BinaryIO, name: str) -> Cid:
    """Reads the header; gives the root. Raises DagError with a sentence if there is not exactly one, or if it is no CAR file of version 1."""
    message = _read(file, _LONGEST_HEADER, name)
    if not message:
        raise DagError(f"{name}: it is not a CAR file (it is empty)")
    if message == b"\xa1\x67version\x02":
        raise DagError(f"{name}: it is a CAR file of version 2; make one of version 1 from it (`car get-dag`)")
    roots, version = _header(message, name)
    if version != 1:
        raise DagError(f"{name}: it is not a CAR file of version 1")
    if len(roots) != 1:
        raise DagError(f"{name}: it has {len(roots)} roots; only a CAR file with exactly one can be published")
    return roots[0]


def _header(message: bytes, name: str) -> tuple[list[Cid], int]:
    """A map of CBOR with the keys `roots` and `version`, in any order."""
    roots: list[Cid] = []
    version, at = 0, 1
    try:
        if message[0] != 0xA2:
            raise ValueError
        for _ in range(2):
            if message[at : at + 6] == b"\x65roots":
                count, at = _cbor_length(message, at + 6, 0x80)
                for _ in range(count):
                    if message[at : at + 2] != b"\xd8\x2a":
                        raise ValueError
                    length, at = _cbor_length(message, at + 2, 0x40)
                    cid, end = read(message[at + 1 : at + length])
                    if message[at] != 0 or end != length - 1:
                        raise ValueError
                    roots.append(cid)
                    at += length
            elif message[at : at + 8] == b"\x67version":
                version, at = _cbor_length(message, at + 8, 0)
            else:
                raise ValueError
    except (ValueError, IndexError):
        raise DagError(f"{name}: it is not a CAR file") from None
    return roots, version


def _cbor_length(message: bytes, at: int, major: int) -> tuple[int, int]:
    value = message[at] - major
    if 0 <= value < 24:
        return value, at + 1
    if value in (24, 25):
        size = value - 23
        return int.from_bytes(message[at + 1 : at + 1 + size], "big"), at + 1 + size
    raise ValueError


def blocks(file: BinaryIO, name: str) -> Iterator[Block]:
    """Reads the blocks up to the end of the file. Raises DagError if one is not what its CID says, or the file ends within one."""
    while True:
        offset = file.tell()
        message = _read(file, LONGEST_BLOCK + 128, name)
        if not message:
            return
        try:
            cid, at = read(message)
        except (ValueError, IndexError):
            raise DagError(f"{name}: it is damaged at byte {offset:,}: no block begins there") from None
        data = message[at:]
        if cid.hash_code not in (IDENTITY, SHA2_256):
            raise DagError(f"{name}: it has a block with the hash function {cid.hash_code:#x} ({cid}); only SHA2-256 (0x12) can be published")
        if not cid.is_of(data):
            raise DagError(f"{name}: it is damaged: the block at byte {offset:,} is not {cid}")
        yield Block(cid, data, offset)


def _read(file: BinaryIO, longest: int, name: str) -> bytes:
    """The next message; empty at the end of the file."""
    length = shift = 0
    while True:
        byte = file.read(1)
        if not byte and not shift:
            return b""
        if not byte or shift > 63:
            raise DagError(f"{name}: it is not a CAR file, or it is cut off")
        length |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            break
    if not 0 < length <= longest:
        raise DagError(f"{name}: it is not a CAR file, or it has a block of {length:,} bytes; the most is {LONGEST_BLOCK:,}")
    message = file.read(length)
    if len(message) < length:
        raise DagError(f"{name}: it is cut off: its last block is not whole")
    return message
