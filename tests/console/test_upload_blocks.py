"""What the console uploads is what `ipfs add` and `ipfs-cluster publish` make of the same files: CIDs, parts, CAR files."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from ipfs_cluster_cli.dag import Cid, Options, car, layout, plan
from ipfs_cluster_cli.dag.cid import DAG_PB, RAW, prefix, read
from ipfs_cluster_cli.dag.unixfs import Link

from tests.helpers import contents
from tests.helpers.contents import noise, pattern
from tests.helpers.upload_scripts import answers, bundle, needs_packages

pytestmark = needs_packages

MIB = 1024 * 1024
RECORDED = json.loads(contents.RECORD.read_text())["cids"]
# Browsers follow links: they see files and folders only.
TREES: Mapping[str, contents.Tree] = {name: tree for name, tree in contents.TREES.items() if name != "links"}
PARTED: Mapping[str, contents.Tree] = {
    "three parts": noise(70 * MIB + 17),
    "one part that is full, and its nodes": noise(31 * MIB),
    "the same leaf 80 times": pattern(MIB) * 80,
    "more leaves than a part has": {f"{number:05}": str(number).encode() for number in range(8003)},
    "names in the order of their bytes": {"\U0001f600": b"1", "\uff01": b"2", "a": {"x": b"3"}, "B": noise(33 * MIB)},
    "some of each": {"empty": b"", "none": {}, "films": {"one": noise(40 * MIB), "two": noise(40 * MIB)}, "a": b"a"},
}


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle("plan.ts", tmp_path_factory.mktemp("bundle"))


def test_cids_are_those_of_ipfs_add(script: Path, tmp_path: Path) -> None:
    paths = {name: contents.write(tmp_path / f"{number}", tree) for number, (name, tree) in enumerate(TREES.items())}
    found = answers(script, dict.fromkeys(paths.values(), ""))
    assert {name: made["root"] for name, made in zip(paths, found, strict=True)} == {name: RECORDED[name]["v1"] for name in paths}


@pytest.mark.parametrize("name", PARTED)
def test_parts_are_those_of_the_command(script: Path, tmp_path: Path, name: str) -> None:
    path = contents.write(tmp_path / "content", PARTED[name])
    cars = tmp_path / "cars"
    cars.mkdir()
    (found,) = answers(script, {path: cars})
    with plan([path], Options()) as wanted:
        assert (found["root"], found["files"], found["bytes"]) == (str(wanted.root), wanted.files, wanted.bytes)
        assert found["parts"] == [{"cid": part.cid, "bytes": part.bytes, "smallBlocks": part.small_blocks} for part in wanted.parts]
        for number, part in enumerate(wanted.parts):
            file = cars / f"{number}.car"
            assert file.stat().st_size == part.bytes
            assert file.read_bytes() == b"".join(part.car())


def test_car_files_are_read_with_each_block_verified(script: Path, tmp_path: Path) -> None:
    path = contents.write(tmp_path / "content", {"a": noise(3 * MIB), "b": {"c": b"c"}})
    answers(script, {path: tmp_path})
    with (tmp_path / "0.car").open("rb") as file:
        root = car.read_root(file, "the part")
        blocks = list(car.blocks(file, "the part"))
    assert [len(block.data) for block in blocks][:4] == [MIB, MIB, MIB, 1]
    assert blocks[-1].cid == root


@pytest.mark.parametrize("leaves", [1024, 1025])
def test_files_of_more_than_one_node_are_those_of_ipfs_add(tmp_path: Path, leaves: int) -> None:
    path = contents.write(tmp_path / "content", pattern(leaves * 7 - 3))
    (root,) = answers(bundle("filetree.ts", tmp_path), {path: "1024"})
    assert root == RECORDED[f"{leaves} leaves"]["v1, chunks of 7 bytes"]


@pytest.mark.parametrize("leaves", [1, 2, 3, 4, 9, 10, 27, 28, 81, 82, 83])
def test_files_of_many_levels_are_those_of_the_command(tmp_path: Path, leaves: int) -> None:
    path = contents.write(tmp_path / "content", pattern(leaves * 7 - 3))
    (root,) = answers(bundle("filetree.ts", tmp_path), {path: "3"})
    assert root == str(_root(path.read_bytes(), max_links=3))


def _root(content: bytes, max_links: int) -> Cid:
    """What the command's builder makes of chunks of 7 bytes."""

    def put(block: bytes) -> bytes:
        return prefix(1, DAG_PB) + hashlib.sha256(block).digest()

    builder = layout.FileBuilder(put, max_links)
    for at in range(0, len(content), 7):
        chunk = content[at : at + 7]
        builder.add(Link(prefix(1, RAW) + hashlib.sha256(chunk).digest(), len(chunk), len(chunk)))
    return read(builder.finish().cid)[0]
