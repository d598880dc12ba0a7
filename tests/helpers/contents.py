"""Files and directories whose CIDs are recorded: `python -m tests.helpers.contents` asks the `ipfs` on the PATH for them, and writes tests/data/cids.json."""

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ipfs_cluster_cli.dag import Options

from tests.helpers.support import ROOT

RECORD = ROOT / "tests" / "data" / "cids.json"


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


Tree: TypeAlias = "bytes | Link | Mapping[str, Tree]"


def pattern(size: int) -> bytes:
    """Bytes that repeat after 65,536 four-byte words, so that neighbouring chunks differ."""
    words = b"".join((number * 2654435761 % 2**32).to_bytes(4, "big") for number in range(min(size // 4 + 1, 65536)))
    return (words * (size // len(words) + 1))[:size]


def noise(size: int) -> bytes:
    """Bytes of which no chunk is like another, the same every time."""
    return hashlib.shake_128(b"noise").digest(size)


def write(path: Path, tree: Tree) -> Path:
    """Makes files, links and directories; gives the path."""
    if isinstance(tree, bytes):
        path.write_bytes(tree)
    elif isinstance(tree, Link):
        path.symlink_to(tree.target)
    else:
        path.mkdir()
        for name, below in tree.items():
            write(path / name, below)
    return path


def _entries(count: int, name_length: int) -> Mapping[str, bytes]:
    """Files of one byte."""
    return {f"{number:0{name_length}}": bytes([number % 251]) for number in range(count)}


_NAMES = ("a", "B", "a.b", "aa", "é", "日本", "z z", "~", "!", "a-b", "%41")

TREES: Mapping[str, Tree] = {
    "empty": b"",
    "one byte": b"x",
    **{f"{kib} KiB {difference:+}": pattern(kib * 1024 + difference) for kib in (256, 1024) for difference in (-1, 0, 1)},
    "3 MiB and a half": pattern(3 * 1024 * 1024 + 512 * 1024),
    "directory": {"hello.txt": b"hello\n", "world.txt": b"world\n"},
    "empty directory": {},
    "nested": {"a": {"b": {"c": {"deep.txt": b"deep"}, "empty": {}}, "b.txt": b"b"}, "z": b"", "large": pattern(300_000)},
    "names": {name: name.encode() for name in _NAMES},
    "links": {"file": b"content", "to file": Link("file"), "dir": {"up": Link("../file")}, "to dir": Link("./dir/")},
    "hidden": {".git": {"config": b"secret"}, ".env": b"secret", "shown": b"shown", "dir": {".hidden": b"x"}},
    "twice the same": {"one": pattern(600_000), "two": pattern(600_000)},
    "10,000 files": _entries(10_000, 5),
    # 34 bytes of a CID and 94 of a name, 2,048 times, are 256 KiB; 204 bytes of a link in a block, 1,285 times, are 4 less.
    "at the threshold by names": _entries(2048, 94),
    "above it by names": {**_entries(2047, 94), "x" * 95: b"x"},
    "at the threshold by block": _entries(1285, 158),
    "above it by block": {**_entries(1284, 158), "x" * 159: b"x"},
    "directories in a sharded one": {f"{number:065}": {"index.html": pattern(number)} for number in range(2700)},
}

SETTINGS: Mapping[str, tuple[Options, tuple[str, ...]]] = {
    "v1": (Options(), ()),
    "v0": (Options(profile="unixfs-v0-2015"), ()),
    "v1, CID version 0": (Options(cid_version=0), ("--cid-version=0",)),
    "v0, CID version 1": (Options(profile="unixfs-v0-2015", cid_version=1), ("--cid-version=1",)),
    "v0, raw leaves": (Options(profile="unixfs-v0-2015", raw_leaves=True), ("--raw-leaves",)),
    "v1, chunks of 256 KiB": (Options(chunker="size-262144"), ("--chunker=size-262144",)),
    "v1, hidden": (Options(hidden=True), ("--hidden",)),
    "v1, wrapped": (Options(wrap=True), ("--wrap-with-directory",)),
    "v1, chunks of 7 bytes": (Options(chunker="size-7"), ("--chunker=size-7",)),
    "v0, chunks of 7 bytes": (Options(profile="unixfs-v0-2015", chunker="size-7"), ("--chunker=size-7",)),
}
"""Options, and the same for `ipfs add` in a repository of the same profile."""

# Two and three levels, at most 174 and 1,024 links each.
_LEVELS = {f"{leaves} leaves": pattern(leaves * 7 - 3) for leaves in (174, 175, 1024, 1025, 174 * 174, 174 * 174 + 1)}

CASES: Mapping[tuple[str, str], Tree] = {
    **{(name, settings): tree for name, tree in TREES.items() for settings in ("v1", "v0")},
    **{(name, settings): TREES[name] for name in ("nested", "1024 KiB +1", "empty") for settings in SETTINGS if "7 bytes" not in settings},
    **{("hidden", settings): TREES["hidden"] for settings in ("v1, hidden", "v1, wrapped")},
    ("10,000 files", "v1, CID version 0"): TREES["10,000 files"],
    **{("links", settings): TREES["links"] for settings in ("v1, CID version 0", "v0, CID version 1")},
    **{(name, settings): tree for name, tree in _LEVELS.items() for settings in ("v1, chunks of 7 bytes", "v0, chunks of 7 bytes")},
}


class Kubo:
    """The `ipfs` on the PATH, with a repository of each profile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _run(self, profile: str, *words: str) -> str:
        environment = {**os.environ, "IPFS_PATH": str(self._folder / profile)}
        return subprocess.run(["ipfs", *words], env=environment, capture_output=True, text=True, check=True).stdout.strip()

    def version(self) -> str:
        return self._run("", "version", "--number")

    def cid(self, path: Path, settings: str) -> str:
        """What `ipfs add` gives for a path, without a daemon and without storing anything."""
        options, words = SETTINGS[settings]
        if not (self._folder / options.profile).exists():
            self._run(options.profile, "init", "--empty-repo", f"--profile={options.profile}")
        return self._run(options.profile, "add", "--recursive", "--only-hash", "--quieter", *words, str(path))


def record(folder: Path) -> dict[str, Any]:
    """What the `ipfs` on the PATH gives for all cases."""
    kubo = Kubo(folder)
    cids: dict[str, dict[str, str]] = {}
    for number, name in enumerate(dict.fromkeys(name for name, _ in CASES)):
        (folder / str(number)).mkdir()
        path = write(folder / str(number) / "content", next(tree for (case, _), tree in CASES.items() if case == name))
        cids[name] = {settings: kubo.cid(path, settings) for case, settings in CASES if case == name}
    return {"ipfs": kubo.version(), "command": "ipfs add --recursive --only-hash --quieter", "cids": cids}


def main() -> None:
    """Writes the record."""
    with tempfile.TemporaryDirectory() as folder:
        RECORD.write_text(json.dumps(record(Path(folder)), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
