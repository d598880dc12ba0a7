"""The CIDs of what is published are those of `ipfs add`, recorded from kubo (tests/helpers/contents.py)."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ipfs_cluster_cli.dag import parse, plan

from tests.helpers import contents

RECORDED = json.loads(contents.RECORD.read_text())["cids"]


@pytest.fixture(scope="module", params=list(dict.fromkeys(name for name, _ in contents.CASES)))
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A case's name, and what it describes."""
    folder = tmp_path_factory.mktemp("case")
    yield request.param, contents.write(folder / "content", next(tree for (name, _), tree in contents.CASES.items() if name == request.param))
    shutil.rmtree(folder)


def test_cids_are_those_of_ipfs_add(case: tuple[str, Path]) -> None:
    name, path = case
    wanted = RECORDED[name]
    assert list(wanted) == [settings for case, settings in contents.CASES if case == name], "run `python -m tests.helpers.contents`"
    made = {}
    for settings in wanted:
        with plan([path], contents.SETTINGS[settings][0]) as planned:
            made[settings] = str(planned.root)
    assert made == wanted


@pytest.mark.skipif(shutil.which("ipfs") is None, reason="no ipfs on the PATH to compare with")
def test_the_record_is_what_ipfs_says(tmp_path: Path) -> None:
    assert contents.record(tmp_path)["cids"] == RECORDED


@pytest.mark.parametrize(
    "text",
    [
        "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
        "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "bafkqaaa",
    ],
)
def test_cids_as_text(text: str) -> None:
    assert str(parse(text)) == text


def test_a_cid_in_other_bases() -> None:
    cid = parse("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")
    assert parse("f" + bytes(cid).hex()) == cid
    assert parse("zb2rhmy65F3REf8SZp7De11gxtECBGgUKaLdiDj7MCGCHxbDW") == cid
    assert parse("BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU") == cid
    key = parse("k51qzi5uqu5dhjghbwdvbo6mi40htrq6e2z4pwgp15pgv3ho1azvidttzh8yy2")
    assert (key.version, key.codec, key.hash_code, key.digest[:4].hex()) == (1, 0x72, 0, "08011220")


@pytest.mark.parametrize(
    "text", ["", "hello", "Qm" + "0" * 44, "bafy", "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf35", "f0155", "https://example.com"]
)
def test_what_is_no_cid(text: str) -> None:
    with pytest.raises(ValueError, match="is not a CID"):
        parse(text)
