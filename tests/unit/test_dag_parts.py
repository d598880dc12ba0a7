"""The parts in which content is uploaded: CAR files that have every block once, and are pinned as a whole."""

import hashlib
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from ipfs_cluster_cli.dag import ChangedError, Options, UnreadableError, plan
from ipfs_cluster_cli.dag.parts import Leaf, Packer

from tests.helpers import cars, contents
from tests.helpers.contents import Link

MIB = 1024 * 1024
SMALL = Options(max_part=2 * MIB, chunker="size-262144")


@pytest.mark.parametrize("settings", ["v1", "v0", "v0, raw leaves", "v1, CID version 0"])
@pytest.mark.parametrize("name", ["empty", "3 MiB and a half", "nested", "links", "above it by block", "twice the same"])
def test_all_blocks_of_the_content_are_uploaded(name: str, settings: str, tmp_path: Path) -> None:
    path = contents.write(tmp_path / "content", contents.TREES[name])
    with plan([path], contents.SETTINGS[settings][0]) as planned:
        blocks = cars.uploaded(planned.parts)
        assert [part.last for part in planned.parts] == [True]
        assert planned.parts[0].cid == str(planned.root)
        assert set(cars.below(bytes(planned.root), blocks)) == set(blocks)


def test_large_content_is_uploaded_in_parts(tmp_path: Path) -> None:
    (tmp_path / "random").write_bytes(data := contents.noise(9 * MIB + 17))
    with plan([tmp_path / "random"], SMALL) as planned:
        *parts, last = planned.parts
        assert [part.blocks for part in parts] == [8, 8, 8, 8, 8, 3]  # seven leaves and a root
        assert all(part.bytes <= 2 * MIB for part in planned.parts)
        assert [part.small_blocks for part in planned.parts] == [False] * 6 + [True]
        assert (last.last, last.blocks, last.cid) == (True, 1, str(planned.root))
        blocks = cars.uploaded(planned.parts)
        assert cars.content(bytes(planned.root), blocks) == data
        assert [cars.read(part.car()).size for part in reversed(planned.parts)] == [part.bytes for part in reversed(planned.parts)], "in any order, and again"


def test_the_content_decides_the_parts(tmp_path: Path) -> None:
    """A second run knows by the parts' CIDs what the first one has uploaded."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "random").write_bytes(contents.noise(5 * MIB))
    with plan([tmp_path / "one"], SMALL) as one, plan([tmp_path / "two"], SMALL) as two:
        assert len(one.parts) > 2
        assert [part.cid for part in one.parts] == [part.cid for part in two.parts]


def test_parts_begin_and_end_within_files(tmp_path: Path) -> None:
    noise = contents.noise(6_000_000)
    tree = {"a": noise[:900_000], "b": b"", "c": noise[900_000:3_600_000], "d": noise[3_600_000:]}
    with plan([contents.write(tmp_path / "content", tree)], SMALL) as planned:
        assert len(planned.parts) == 5
        blocks = cars.uploaded(planned.parts)
        assert {name: cars.content(cid, blocks) for name, cid in cars.links(bytes(planned.root), blocks)} == tree


def test_many_small_files(tmp_path: Path) -> None:
    path = contents.write(tmp_path / "content", {f"{number:04}": os.urandom(2000) for number in range(3000)})
    with plan([path], SMALL) as planned:
        assert [part.last for part in planned.parts] == [False, False, False, True]
        blocks = cars.uploaded(planned.parts)
        read = {name: cars.content(cid, blocks) for name, cid in cars.links(bytes(planned.root), blocks)}
        assert read == {file.name: file.read_bytes() for file in path.iterdir()}
        assert (planned.files, planned.bytes) == (3000, 6_000_000)
        assert [part.small_blocks for part in planned.parts] == [True, True, True, False]


def test_several_paths_are_in_one_directory(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).write_bytes(name.encode())
    with plan([tmp_path / "b", tmp_path / "a"], Options()) as planned:
        assert [name for name, _ in cars.links(bytes(planned.root), cars.uploaded(planned.parts))] == ["a", "b"]


def test_a_block_that_repeats_is_uploaded_once(tmp_path: Path) -> None:
    with (tmp_path / "zeros").open("wb") as file:
        file.truncate(100 * MIB)
    with plan([tmp_path / "zeros"], Options()) as planned:
        assert [part.blocks for part in planned.parts] == [2]
        assert planned.bytes == 100 * MIB


class Numbers:
    """Leaves that are numbers."""

    def leaves(self, start: tuple[int, ...], count: int) -> list[Leaf]:
        return [self.leaf(number) for number in range(start[0], start[0] + count)]

    def leaf(self, number: int) -> Leaf:
        data = b"%d" % number
        return Leaf(b"\x01\x55\x12\x20" + hashlib.sha256(data).digest(), (data,), len(data))

    def inner(self) -> list[bytes]:
        return []


@pytest.mark.parametrize(
    ("leaves", "inner", "wanted"),
    [(0, 9, [0]), (0, 99_999, [0]), (1, 9, [1]), (10, 0, [10]), (11, 0, [11, 2, 0]), (3, 99_999, [4, 0]), (25, 9, [11, 11, 6, 0])],
)
def test_how_leaves_are_distributed(leaves: int, inner: int, wanted: list[int]) -> None:
    source = Numbers()
    packer = Packer(source, 50_000, max_blocks=10)  # type: ignore[arg-type]
    for number in range(leaves):
        leaf = source.leaf(number)
        packer.add(leaf.cid, leaf.length, (number,))
    assert [part.blocks for part in packer.finish(source.leaf(0).cid, inner, 0)] == wanted


def peak(file: Path, options: Options) -> int:
    """The most memory that a file needs, in bytes."""
    tracemalloc.start()
    with plan([file], options) as planned:
        assert len(planned.parts) > 3
        for part in planned.parts:
            assert sum(map(len, part.car())) == part.bytes
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_memory_does_not_grow_with_the_size(tmp_path: Path) -> None:
    options = Options(chunker="size-2048", max_part=2 * MIB)
    peaks = []
    for mib in (8, 28):
        (tmp_path / "random").write_bytes(os.urandom(mib * MIB))
        peaks.append(peak(tmp_path / "random", options))
    assert peaks[1] - peaks[0] < 200_000, "10,240 leaves more, of which each would need 32 bytes at least"


def later(path: Path, change: Callable[[Path], object]) -> pytest.ExceptionInfo[ChangedError]:
    """The error when a file changes after its first reading."""
    contents.write(path, {"first": os.urandom(100_000), "second": os.urandom(700_000), "third": os.urandom(100_000)})
    with plan([path], SMALL) as planned:
        change(path / "second")
        with pytest.raises(ChangedError) as raised:
            cars.uploaded(planned.parts)
    return raised


def overwrite(file: Path, at: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(b"changed!")


def replace_by_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


CHANGES: dict[str, Callable[[Path], object]] = {
    "its beginning": lambda file: overwrite(file, 0),
    "its last leaf": lambda file: overwrite(file, 690_000),
    "it is shorter": lambda file: os.truncate(file, 500_000),
    "it is longer": lambda file: os.truncate(file, 700_001),
    "it is gone": Path.unlink,
    "it is a directory": replace_by_directory,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_changes_before_it_is_sent(change: Callable[[Path], object], tmp_path: Path) -> None:
    raised = later(tmp_path / "content", change)
    assert raised.value.path == tmp_path / "content" / "second"
    assert str(raised.value) == f"{tmp_path}/content/second: it changed while it was read; publish it again when nothing writes to it"


@pytest.mark.parametrize("change", [lambda file: overwrite(file, 0), lambda file: os.truncate(file, 300_000), lambda file: os.truncate(file, 900_000)])
def test_a_file_that_changes_while_it_is_read(change: Callable[[Path], object], tmp_path: Path) -> None:
    (file := tmp_path / "file").write_bytes(os.urandom(700_000))
    os.utime(file, (1, 1))
    read: list[int] = []

    def progress(count: int) -> None:
        if not read:
            change(file)
        read.append(count)

    with pytest.raises(ChangedError) as raised:
        plan([file], SMALL, progress)
    assert (raised.value.path, read[0]) == (file, 262144)


def test_progress_adds_up_to_the_bytes(tmp_path: Path) -> None:
    path = contents.write(tmp_path / "content", {"a": os.urandom(700_000), "b": b"", "c": b"x", "d": Link("a")})
    read: list[int] = []
    with plan([path], SMALL, read.append) as planned:
        assert sum(read) == planned.bytes == 700_001
        assert planned.files == 3


def test_a_plan_that_is_closed_has_no_temporary_files(tmp_path: Path) -> None:
    with plan([contents.write(tmp_path / "content", {"file": b"x"})], Options()) as planned:
        (part,) = planned.parts
        assert sum(map(len, part.car())) == part.bytes
    with pytest.raises(ValueError, match="closed file"):
        list(part.car())


def test_what_becomes_unreadable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with plan([tmp_path / "file"], Options()) as planned:
        (part,) = planned.parts
        (tmp_path / "file").unlink()
        (tmp_path / "file").symlink_to("file")  # a link to itself
        with pytest.raises(UnreadableError, match="Too many levels of symbolic links"):
            list(part.car())
