"""CAR files (version 1) and the few UnixFS blocks that the kit creates, so that one of them can be missing."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """A block and its CID."""

    cid: str
    content: bytes
    codec: int

    @property
    def binary(self) -> bytes:
        """The CID in bytes: version 1, codec, SHA-256."""
        return bytes([1, self.codec, 0x12, 0x20]) + hashlib.sha256(self.content).digest()


def _block(content: bytes, codec: int) -> Block:
    block = Block("", content, codec)
    return Block(_text(block.binary), content, codec)


def _text(binary: bytes) -> str:
    return "b" + base64.b32encode(binary).decode().lower().rstrip("=")


def raw(content: bytes) -> Block:
    """A file of one block."""
    return _block(content, 0x55)


def directory(files: Mapping[str, Block]) -> Block:
    """A directory of files (dag-pb: links by name, then the data that says "directory")."""
    links = b""
    for name, block in sorted(files.items()):
        link = b"\x0a" + _sized(block.binary) + b"\x12" + _sized(name.encode()) + b"\x18" + varint(len(block.content))
        links += b"\x12" + _sized(link)
    return _block(links + b"\x0a" + _sized(b"\x08\x01"), 0x70)


def car(root: Block, blocks: Sequence[Block]) -> bytes:
    """A CAR. Its header is CBOR: {"roots": [root], "version": 1}."""
    cid = b"\x00" + root.binary
    header = b"\xa2\x65roots\x81\xd8\x2a\x58" + bytes([len(cid)]) + cid + b"\x67version\x01"
    return _sized(header) + b"".join(_sized(block.binary + block.content) for block in blocks)


def read_car(content: bytes) -> set[str]:
    """The CIDs of the complete blocks of a CAR that may be truncated."""
    found: set[str] = set()
    try:
        size, at = _read_varint(content, 0)
        at += size
        while at < len(content):
            size, at = _read_varint(content, at)
            block = content[at : at + size]
            if len(block) == size and hashlib.sha256(block[36:]).digest() == block[4:36]:
                found.add(_text(block[:36]))
            at += size
    except IndexError:
        pass  # it ends within a number
    return found


def varint(number: int) -> bytes:
    """An unsigned LEB128 number."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _read_varint(content: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = content[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at


def _sized(content: bytes) -> bytes:
    return varint(len(content)) + content
