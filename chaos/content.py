"""Pure: the files that clients add, from the seed, with the CIDs that they must get."""

import functools
import hashlib
import random
from dataclasses import dataclass

from ipfs_cluster_cli.dag import unixfs
from ipfs_cluster_cli.dag.cid import DAG_PB, RAW, prefix, read
from ipfs_cluster_cli.dag.unixfs import Link

CHUNK = 256 * 1024
"""Bytes of a chunk: ipfs-cluster's default."""
MOST_CHUNKS = 174
"""Links of a block by ipfs-cluster's default. A longer file would have a tree of more than one level."""


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
    leaves = [Link(_binary(RAW, chunk), len(chunk), len(chunk)) for chunk in chunks]
    return _text(leaves[0].cid if len(leaves) == 1 else _binary(DAG_PB, unixfs.file(leaves)))


def is_block_of(text: str, block: bytes) -> bool:
    """Whether a block's bytes are what its CID (version 1, SHA-256) says."""
    return text in (_text(_binary(RAW, block)), _text(_binary(DAG_PB, block)))


def _binary(codec: int, block: bytes) -> bytes:
    return prefix(1, codec) + hashlib.sha256(block).digest()


def _text(binary: bytes) -> str:
    return str(read(binary)[0])
