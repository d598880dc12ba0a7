"""Pure: how leaves become files, and entries directories, as kubo 0.43 does (boxo 0.42)."""

from collections.abc import Callable, Sequence
from itertools import groupby

import mmh3

from . import unixfs
from .errors import DagError
from .unixfs import Link

Put = Callable[[bytes], bytes]
"""Keeps a dag-pb node; gives the bytes of its CID."""

SHARDING_THRESHOLD = 256 * 1024
"""A directory of more bytes is sharded."""
FANOUT = 256
"""Places of a shard: one byte of a name's hash for each level."""


class FileBuilder:
    """A balanced tree over the leaves of a file. It keeps one row of links for each level."""

    def __init__(self, put: Put, max_links: int) -> None:
        self._put = put
        self._max_links = max_links
        self._levels: list[list[Link]] = [[]]

    def add(self, link: Link, level: int = 0) -> None:
        """Adds the next leaf; or the next node at a level above."""
        if level == len(self._levels):
            self._levels.append([])
        if len(self._levels[level]) == self._max_links:
            self._close(level)
        self._levels[level].append(link)

    def _close(self, level: int) -> None:
        row, self._levels[level] = self._levels[level], []
        block = unixfs.file(row)
        self.add(Link(self._put(block), len(block) + sum(link.tsize for link in row), sum(link.size for link in row)), level + 1)

    def finish(self) -> Link:
        """The file's root."""
        level = 0
        while level < len(self._levels) - 1 or len(self._levels[level]) > 1:
            self._close(level)
            level += 1
        return self._levels[level][0]


def directory(entries: Sequence[tuple[bytes, Link]], put: Put, whole_block: bool) -> Link:
    """The root of a directory with these entries, sharded if it is large: by its block, or by the names and CIDs in it alone."""
    names_and_cids = sum(len(name) + len(link.cid) for name, link in entries)
    if names_and_cids <= SHARDING_THRESHOLD:
        block = unixfs.directory(sorted(entries))
        if not whole_block or len(block) <= SHARDING_THRESHOLD:
            return _made(block, [link for _, link in entries], put)
    return _shard(sorted((_hash(name), name, link) for name, link in entries), 0, put)


def _made(block: bytes, links: Sequence[Link], put: Put) -> Link:
    return Link(put(block), len(block) + sum(link.tsize for link in links))


def _hash(name: bytes) -> bytes:
    return mmh3.hash64(name, signed=False)[0].to_bytes(8, "big")


def _shard(entries: Sequence[tuple[bytes, bytes, Link]], depth: int, put: Put) -> Link:
    if depth == 8:
        raise DagError(f"{entries[0][1]!r} and {entries[1][1]!r} have the same hash: no directory of such a size can hold both")
    places: list[tuple[bytes, Link]] = []
    bits = 0
    for place, group in groupby(entries, key=lambda entry: entry[0][depth]):
        within = list(group)
        bits |= 1 << place
        if len(within) == 1:
            places.append((b"%02X" % place + within[0][1], within[0][2]))
        else:
            places.append((b"%02X" % place, _shard(within, depth + 1, put)))
    return _made(unixfs.shard(places, bits, FANOUT), [link for _, link in places], put)
