"""CAR files (version 1) and the few UnixFS blocks that the kit creates, so that one of them can be missing."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ipfs_cluster_cli.dag import car as cars
from ipfs_cluster_cli.dag import unixfs
from ipfs_cluster_cli.dag.cid import DAG_PB, RAW, prefix, read, read_varint
from ipfs_cluster_cli.dag.unixfs import Link


@dataclass(frozen=True)
class Block:
    """A block and its CID."""

    cid: str
    content: bytes
    codec: int

    @property
    def binary(self) -> bytes:
        """The CID in bytes: version 1, codec, SHA-256."""
        return prefix(1, self.codec) + hashlib.sha256(self.content).digest()


def _block(content: bytes, codec: int) -> Block:
    block = Block("", content, codec)
    return Block(str(read(block.binary)[0]), content, codec)


def raw(content: bytes) -> Block:
    """A file of one block."""
    return _block(content, RAW)


def directory(files: Mapping[str, Block]) -> Block:
    """A directory of files."""
    links = sorted((name.encode(), Link(block.binary, len(block.content))) for name, block in files.items())
    return _block(unixfs.directory(links), DAG_PB)


def car(root: Block, blocks: Sequence[Block]) -> bytes:
    """A CAR with one root."""
    return cars.header(root.binary) + b"".join(cars.section(block.binary, len(block.content)) + block.content for block in blocks)


def read_car(content: bytes) -> set[str]:
    """The CIDs of the complete blocks of a CAR that may be truncated."""
    found: set[str] = set()
    try:
        size, at = read_varint(content, 0)
        at += size
        while at < len(content):
            size, at = read_varint(content, at)
            block = content[at : at + size]
            if len(block) == size and hashlib.sha256(block[36:]).digest() == block[4:36]:
                found.add(str(read(block)[0]))
            at += size
    except ValueError:
        pass  # it ends within a number
    return found
