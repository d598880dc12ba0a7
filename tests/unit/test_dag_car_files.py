"""A CAR file as what is published: read, verified, and uploaded in parts like files."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ipfs_cluster_cli.dag import ChangedError, DagError, Options, plan
from ipfs_cluster_cli.dag.cid import read, varint

from tests.helpers import cars, contents, dags

SMALL = Options(max_part=2 * 1024 * 1024, chunker="size-262144")
LEAF = dags.raw(b"a leaf")
OTHER = dags.raw(b"another leaf")
ROOT = dags.directory([("a", LEAF), ("b", OTHER)])
GOOD = dags.car(ROOT, [ROOT, LEAF, OTHER])


def as_car(tree: contents.Tree, folder: Path) -> Path:
    """A CAR file of a tree, as this client makes one."""
    with plan([contents.write(folder / "content", tree)], Options(max_part=1024**3)) as planned:
        (part,) = planned.parts
        (folder / "content.car").write_bytes(b"".join(part.car()))
    return folder / "content.car"


@pytest.mark.parametrize("name", ["empty", "3 MiB and a half", "nested", "links", "above it by block", "twice the same"])
def test_the_content_of_a_car_file_is_published(name: str, tmp_path: Path) -> None:
    file = as_car(contents.TREES[name], tmp_path)
    with plan([tmp_path / "content"], Options()) as wanted, plan([file], Options()) as planned:
        assert planned.root == wanted.root
        assert cars.uploaded(planned.parts) == cars.uploaded(wanted.parts)


def test_a_large_car_file_is_uploaded_in_parts(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(contents.noise(9 * 1024 * 1024))
    with plan([tmp_path / "large"], SMALL) as wanted, plan([tmp_path / "large"], Options(chunker="size-262144", max_part=1024**3)) as whole:
        (tmp_path / "large.car").write_bytes(b"".join(whole.parts[0].car()))
        with plan([tmp_path / "large.car"], SMALL) as planned:
            assert len(planned.parts) == 7
            assert [part.cid for part in planned.parts] == [part.cid for part in wanted.parts]
            assert cars.uploaded(reversed(planned.parts)) == cars.uploaded(wanted.parts)


def test_a_car_file_can_be_published_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.car").write_bytes(GOOD)
    for options in (Options(car=False), Options(wrap=True)):
        with plan([tmp_path / "x.car"], options) as planned:
            blocks = cars.uploaded(planned.parts)
            assert dags.raw(GOOD).cid in blocks


def test_blocks_of_other_codecs_are_in_the_last_part(tmp_path: Path) -> None:
    """What a block of another codec links is not known here, so no part before the last one may pin it."""
    cbor = dags.dag_cbor(b"\xa0")
    root = dags.directory([("cbor", cbor), ("leaf", LEAF)])
    (tmp_path / "x.car").write_bytes(dags.car(root, [root, cbor, LEAF]))
    with plan([tmp_path / "x.car"], Options()) as planned:
        assert cars.uploaded(planned.parts) == {block.cid: block.data for block in (root, cbor, LEAF)}


def test_blocks_that_are_their_own_cid_need_no_upload(tmp_path: Path) -> None:
    identity = b"\x01\x55\x00\x03abc"
    root = dags.dag_pb(b"\x12\x09\x0a\x07" + identity)
    message = identity + b"abc"
    (tmp_path / "x.car").write_bytes(dags.car(root, [root]) + bytes([len(message)]) + message)
    with plan([tmp_path / "x.car"], Options()) as planned:
        assert cars.uploaded(planned.parts) == {root.cid: root.data}


def _section(cid: bytes, data: bytes) -> bytes:
    return varint(len(cid) + len(data)) + cid + data


def _header(*roots: bytes, version: int = 1) -> bytes:
    linked = b"".join(b"\xd8\x2a\x58" + bytes([len(root) + 1]) + b"\x00" + root for root in roots)
    message = b"\xa2\x65roots" + bytes([0x80 + len(roots)]) + linked + b"\x67version" + bytes([version])
    return varint(len(message)) + message


_SHA512 = b"\x01\x55\x13\x40" + hashlib.sha512(b"x").digest()
_NO_NODE = dags.dag_pb(b"\xff\xff\xff")
_HEADER = dags.car(ROOT, [])

BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is not a CAR file (it is empty)"),
    "text": (b"hello, this is no CAR file\n" * 9, "it is not a CAR file"),
    "zeros": (bytes(1000), "it is not a CAR file, or it has a block of 0 bytes; the most is 2,097,152"),
    "an endless number": (b"\xff" * 1000, "it is not a CAR file, or it is cut off"),
    "version 2": (b"\x0a\xa1\x67version\x02" + bytes(40), "it is a CAR file of version 2; make one of version 1 from it (`car get-dag`)"),
    "version 3": (_header(ROOT.cid, version=3), "it is not a CAR file of version 1"),
    "no root": (_header(), "it has 0 roots; only a CAR file with exactly one can be published"),
    "two roots": (_header(ROOT.cid, LEAF.cid), "it has 2 roots; only a CAR file with exactly one can be published"),
    "a root that is no CID": (_header(b"\x01\x55\x12\x20short"), "it is not a CAR file"),
    "nothing but a header": (_HEADER, f"its root, {ROOT.text}, is not in it"),
    "without its root": (dags.car(ROOT, [LEAF, OTHER]), f"its root, {ROOT.text}, is not in it"),
    "without a leaf": (dags.car(ROOT, [ROOT, LEAF]), "it is not complete: 1 block(s) that others link are not in it"),
    "cut off in a block": (GOOD[:-3], "it is cut off: its last block is not whole"),
    "cut off in a length": (GOOD + b"\x80", "it is not a CAR file, or it is cut off"),
    "a changed byte": (GOOD[:-1] + b"X", f"it is damaged: the block at byte {len(GOOD) - 49} is not {OTHER.text}"),
    "no CID": (GOOD + b"\x03abc", f"it is damaged at byte {len(GOOD)}: no block begins there"),
    "another hash function": (
        GOOD + _section(_SHA512, b"x"),
        f"it has a block with the hash function 0x13 ({read(_SHA512)[0]}); only SHA2-256 (0x12) can be published",
    ),
    "a node that is none": (
        dags.car(_NO_NODE, [_NO_NODE]),
        f"the block at byte {len(_HEADER)} ({_NO_NODE.text}) is not the dag-pb node that its CID says",
    ),
    "a huge block": (GOOD + varint(3 * 1024 * 1024), "it is not a CAR file, or it has a block of 3,145,728 bytes; the most is 2,097,152"),
}


@pytest.mark.parametrize(("data", "wanted"), BAD.values(), ids=BAD)
def test_what_is_refused(data: bytes, wanted: str, tmp_path: Path) -> None:
    (tmp_path / "x.car").write_bytes(data)
    with pytest.raises(DagError) as raised:
        plan([tmp_path / "x.car"], Options())
    assert str(raised.value) == f"{tmp_path}/x.car: {wanted}"


CHANGES: dict[str, Callable[[Path], object]] = {
    "another order": lambda file: file.write_bytes(dags.car(ROOT, [LEAF, OTHER, ROOT])),
    "another leaf": lambda file: file.write_bytes(dags.car(ROOT, [ROOT, dags.raw(b"A LEAF"), OTHER])),
    "another node": lambda file: file.write_bytes(dags.car(ROOT, [dags.directory([("a", LEAF), ("c", OTHER)]), LEAF, OTHER])),
    "damaged": lambda file: file.write_bytes(GOOD[:-1] + b"X"),
    "cut off": lambda file: os.truncate(file, len(GOOD) - 60),
    "gone": Path.unlink,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_car_file_that_changes_before_it_is_sent(change: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "x.car").write_bytes(GOOD)
    with plan([tmp_path / "x.car"], Options()) as planned:
        change(tmp_path / "x.car")
        with pytest.raises(ChangedError) as raised:
            cars.uploaded(planned.parts)
    assert raised.value.path == tmp_path / "x.car"
