"""The NFT collection: what the script makes of folder and table, and what it refuses, with a stand-in for the cluster; then with a real one."""

import hashlib
import http.server
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import example
from tests.helpers.daemons import Cluster, needs_daemons, running
from tests.helpers.support import EXAMPLES

FOLDER = EXAMPLES / "nft-collection"
script = example.load("nft-collection", "collection.py")

_STAND_IN = """
import hashlib, json, pathlib, shutil, sys
publish, folder, *options = sys.argv[2:]
folder = pathlib.Path(folder)
cid = "bafy" + hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in sorted(folder.iterdir()))).hexdigest()
shutil.copytree(folder, pathlib.Path(sys.argv[1], "ipfs", cid), dirs_exist_ok=True)
print(json.dumps({"cid": cid, "urls": [f"ipfs://{cid}", f"%s/ipfs/{cid}"]}))
"""


class Gateway:
    """A stand-in for the cluster: what its command publishes is served."""

    def __init__(self, root: Path) -> None:
        self.root = root
        handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(root))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        (root / "stand_in.py").write_text(_STAND_IN % f"http://127.0.0.1:{self.server.server_port}")
        self.command = [sys.executable, str(root / "stand_in.py"), str(root)]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    (tmp_path / "served").mkdir()
    made = Gateway(tmp_path / "served")
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def images(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(name.encode())
    return folder


def test_metadata_of_a_token() -> None:
    found = script.tokens(script.read_rows(FOLDER / "traits.csv"), FOLDER / "images", "Foxes")
    assert [(token.id, token.image, token.name) for token in found] == [("1", "1.svg", "Fox #1"), ("2", "2.svg", "Fox #2"), ("3", "3.svg", "Fox #3, the last")]
    assert found[0].metadata("bafyimages").decode() == (
        '{\n  "name": "Fox #1",\n  "image": "ipfs://bafyimages/1.svg",\n  "attributes": [\n'
        '    {\n      "trait_type": "background",\n      "value": "Rust"\n    },\n'
        '    {\n      "trait_type": "mood",\n      "value": "calm"\n    },\n'
        '    {\n      "trait_type": "level",\n      "value": "3"\n    }\n  ]\n}\n'
    )
    assert "mood" not in found[1].metadata("bafyimages").decode(), "an empty field is no trait"


def test_a_json_table_keeps_numbers_and_texts(tmp_path: Path) -> None:
    folder = images(tmp_path / "images", "a b.png", "7.png")
    table = tmp_path / "traits.json"
    rows = [{"id": 1, "image": "a b.png", "description": "Ünïcode", "external_url": "https://example.com/1", "level": 3}, {"id": 7}]
    table.write_text(json.dumps(rows))
    first, second = script.tokens(script.read_rows(table), folder, "Foxes")
    assert json.loads(first.metadata("bafy")) == {
        "name": "Foxes #1",
        "description": "Ünïcode",
        "external_url": "https://example.com/1",
        "image": "ipfs://bafy/a%20b.png",
        "attributes": [{"trait_type": "level", "value": 3}],
    }
    assert (second.id, second.image, second.name, second.traits) == ("7", "7.png", "Foxes #7", {})


def test_a_spreadsheets_csv(tmp_path: Path) -> None:
    """With a byte order mark, line ends of Windows, and a field of two lines."""
    table = tmp_path / "traits.csv"
    table.write_bytes('\ufeffimage,description\r\na.png,"one\r\ntwo"\r\n'.encode())
    (token,) = script.tokens(script.read_rows(table), images(tmp_path / "images", "a.png", ".hidden"), "Foxes")
    assert (token.id, token.texts) == ("1", {"description": "one\ntwo"})


REFUSED: list[tuple[str, str, str]] = [
    ("traits.csv", "id,image\n1,none.png\n", "row 1: there is no none.png in "),
    ("traits.csv", "id,mood\n1,calm\n1,wild\n", "row 2: token 1 is there twice"),
    ("traits.csv", "id,mood\none,calm\n", "row 1: 'one' is not a token's number"),
    ("traits.csv", "id,mood\n3,calm\n", "token 3: no image is named 3; give a column `image`"),
    ("traits.csv", "id,mood\n2,calm\n", "token 2: 2.jpg and 2.png is named 2; give a column `image`"),
    ("traits.csv", "id,mood\n1,calm,wild\n", "traits.csv, line 2: the header has 2 columns, this line has another number"),
    ("traits.csv", "id,mood\n1\n", "traits.csv, line 2: the header has 2 columns, this line has another number"),
    ("traits.csv", "id,mood\n1,calm\n", "no token has the image 2.jpg, 2.png"),
    ("traits.json", "[", "traits.json is not JSON: "),
    ("traits.json", '{"1": {}}', "traits.json is not a list of objects, one for each token"),
    ("none.csv", "", "none.csv cannot be read: "),
]


@pytest.mark.parametrize(("name", "text", "problem"), REFUSED, ids=[problem for _, _, problem in REFUSED])
def test_what_is_refused_before_anything_is_published(name: str, text: str, problem: str, tmp_path: Path, gateway: Gateway) -> None:
    folder, table = images(tmp_path / "images", "1.png", "2.png", "2.jpg"), tmp_path / name
    if text:
        table.write_text(text)
    with pytest.raises(script.CollectionError) as refused:
        script.main([str(folder), str(table), "--name", "Foxes", "--metadata", str(tmp_path / "metadata")], gateway.command)
    assert problem in str(refused.value)
    assert not (gateway.root / "ipfs").exists()


def test_an_empty_table_and_no_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(script.CollectionError, match="the table has no rows"):
        script.tokens([], images(tmp_path / "images"), "Foxes")
    with pytest.raises(script.CollectionError, match="none is not a folder"):
        script.tokens([], tmp_path / "none", "Foxes")


def published(gateway: Gateway, metadata: Path, capsys: pytest.CaptureFixture[str], *more: str) -> list[str]:
    script.main([str(FOLDER / "images"), str(FOLDER / "traits.csv"), "--name", "Foxes", "--metadata", str(metadata), *more], gateway.command)
    return capsys.readouterr().out.splitlines()


def test_the_base_uri_leads_to_each_token(gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = published(gateway, tmp_path / "metadata", capsys)
    assert first[2] == "3 tokens: metadata and image of each were read back through the gateway"
    base = first[1].removeprefix("base URI  ipfs://")
    assert sorted(file.name for file in (gateway.root / "ipfs" / base).iterdir()) == ["1.json", "2.json", "3.json"]
    assert published(gateway, tmp_path / "metadata", capsys) == first, "again, into the same folder"
    assert published(gateway, tmp_path / "elsewhere", capsys) == first
    bare = published(gateway, tmp_path / "bare", capsys, "--extension", "")
    assert sorted(file.name for file in (gateway.root / "ipfs" / bare[1].rpartition("//")[2]).iterdir()) == ["1", "2", "3"]


def test_foreign_files_are_not_published_with_the_metadata(gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images(tmp_path / "metadata", "notes.txt")
    with pytest.raises(script.CollectionError, match=r"metadata holds notes\.txt, which would be published too"):
        published(gateway, tmp_path / "metadata", capsys)


@pytest.mark.parametrize("what", ["1.json", "2.svg", "gone"])
def test_a_gateway_that_serves_something_else_shows(what: str, gateway: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published(gateway, metadata := tmp_path / "metadata", capsys)
    found = script.tokens(script.read_rows(FOLDER / "traits.csv"), FOLDER / "images", "Foxes")
    (served,) = (gateway.root / "ipfs").glob("*/1.json")
    url = f"http://127.0.0.1:{gateway.server.server_port}/ipfs/{served.parent.name}"
    script.verify(found, FOLDER / "images", metadata, ".json", url)
    if what == "gone":
        served.unlink()
        problem = "1.json cannot be read: HTTP Error 404"
    else:
        (file,) = (gateway.root / "ipfs").glob(f"*/{what}")
        file.write_text("other")
        problem = "the gateway serves other metadata" if what == "1.json" else "token 2: the gateway serves another image"
    with pytest.raises(script.CollectionError, match=problem):
        script.verify(found, FOLDER / "images", metadata, ".json", url)


def test_a_publication_that_fails_ends_it(tmp_path: Path) -> None:
    with pytest.raises(script.CollectionError, match="images was not published"):
        script.publish(FOLDER / "images", "x", [sys.executable, "-c", "raise SystemExit(3)"])


# --- with a real cluster ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    groups: dict[str, Any] = {"network": {"cidr": "10.239.0.0/16"}, "swarm": {"mode": "private"}, "nodes": {"count": 1}, "api": {"users": ["artist"]}}
    with running(tmp_path_factory.mktemp("nft"), groups) as made:
        yield made


def collect(cluster: Cluster, folder: Path) -> dict[str, str]:
    """Runs the script as its README says, as one of the API's users. Gives what it printed, by the words before."""
    shutil.copytree(FOLDER, folder)
    outputs = json.loads(cluster.sandbox.outputs_file.read_text())
    done = example.run(
        *(sys.executable, "collection.py", "images", "traits.csv", "--name", "Foxes"),
        folder=folder,
        path=example.with_command(folder.parent / "bin"),
        IPFS_CLUSTER_API_URL=outputs["api_url"],
        IPFS_CLUSTER_GATEWAY_URL=outputs["gateway_url"],
        IPFS_CLUSTER_CREDENTIALS=f"artist:{outputs['api_users']['artist']}",
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[2:] == ["3 tokens: metadata and image of each were read back through the gateway"]
    return {what: uri.removeprefix("ipfs://").rstrip("/") for what, uri in (line.rsplit(maxsplit=1) for line in lines[:2])}


@needs_daemons
@example.needs_command
def test_from_a_folder_to_tokens_that_outlive_the_cluster(cluster: Cluster, tmp_path: Path) -> None:
    found = collect(cluster, tmp_path / "one")
    assert collect(cluster, tmp_path / "two") == found, "the same input gives the same CIDs"
    (node,) = cluster.names
    pins = {pin["cid"]: pin["name"] for pin in cluster.ask(node, "allocations")}
    assert pins == {found["images"]: "Foxes: images", found["base URI"]: "Foxes: metadata"}

    # Taken from the gateway as CAR files, into a kubo that knows nobody.
    outputs = json.loads(cluster.sandbox.outputs_file.read_text())
    for what, cid in found.items():
        done = example.run("curl", "-sSf", "-o", f"{what}.car", f"{outputs['gateway_url']}/ipfs/{cid}?format=car", folder=tmp_path)
        assert done.returncode == 0, done.stderr
    image = cluster.inspect(node, "ipfs")["Config"]["Image"]
    commands = f"""
        export IPFS_PATH=/tmp/repo
        ipfs init > /dev/null
        ipfs dag import --offline '/cars/images.car' '/cars/base URI.car' > /dev/null
        ipfs cat --offline {found["base URI"]}/3.json
        ipfs cat --offline {found["images"]}/3.svg | sha256sum
        ipfs pin ls --type=recursive --quiet
    """
    kept = cluster.docker("run", "--rm", "--network=none", "--volume", f"{tmp_path}:/cars:ro", "--entrypoint", "sh", image, "-ec", commands)
    digest = hashlib.sha256((FOLDER / "images" / "3.svg").read_bytes()).hexdigest()
    assert kept.startswith((tmp_path / "one" / "metadata" / "3.json").read_text() + digest)
    assert {*found.values()} <= set(kept.split())
