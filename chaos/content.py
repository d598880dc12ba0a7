"""Pure: the files that clients add, from the seed, with the CIDs that they must get."""

import base64
import functools
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

CHUNK = 256 * 1024
"""Bytes of a chunk: ipfs-cluster's default."""
MOST_CHUNKS = 174
"""Links of a block by ipfs-cluster's default. A longer file would have a tree of more than one level."""

_RAW, _DAG_PB = 0x55, 0x70


@dataclass(frozen=True)
class Item:
    """A file of the run: who adds it, as how many-th, and its size."""

    client: int
    number: int
    size: int

    @property
    def name(self) -> str:
        """Its name in the history, which says all of it."""
        return f"{self.client}.{self.number}.{self.size}"

    @classmethod
    def named(cls, name: str) -> "Item":
        """The item of a name."""
        client, number, size = map(int, name.split("."))
        return cls(client, number, size)


@functools.lru_cache(maxsize=64)
def content(seed: int, item: Item) -> bytes:
    """The bytes of an item, the same whenever the seed is."""
    return random.Random(f"{seed}/{item.name}").randbytes(item.size)  # noqa: S311 (the same in every run)


@functools.lru_cache(maxsize=100_000)
def cid(seed: int, item: Item) -> str:
    """The CID that an add of the item must answer with."""
    return cid_of(content(seed, item))


def cid_of(data: bytes) -> str:
    """The CID (version 1, raw leaves) of a file. Raises ValueError for one of more than MOST_CHUNKS chunks."""
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)] or [b""]
    if len(chunks) > MOST_CHUNKS:
        raise ValueError(f"a file of {len(data)} bytes has more than {MOST_CHUNKS} chunks")
    leaves = [_binary(_RAW, chunk) for chunk in chunks]
    return _text(leaves[0] if len(leaves) == 1 else _binary(_DAG_PB, _root(leaves, chunks)))


def is_block_of(text: str, block: bytes) -> bool:
    """Whether a block's bytes are what its CID (version 1, SHA-256) says."""
    return text in (_text(_binary(_RAW, block)), _text(_binary(_DAG_PB, block)))


def _binary(codec: int, block: bytes) -> bytes:
    return bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(block).digest()


def _text(binary: bytes) -> str:
    return "b" + base64.b32encode(binary).decode().lower().rstrip("=")


def _root(leaves: Sequence[bytes], chunks: Sequence[bytes]) -> bytes:
    """The block above the chunks: dag-pb's links, then UnixFS's data (a file, its size, the chunks' sizes)."""
    links = b"".join(_field(2, _field(1, leaf) + _field(2, b"") + b"\x18" + _varint(len(chunk))) for leaf, chunk in zip(leaves, chunks, strict=True))
    sizes = b"".join(b"\x20" + _varint(len(chunk)) for chunk in chunks)
    return links + _field(1, b"\x08\x02\x18" + _varint(sum(map(len, chunks))) + sizes)


def _field(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
