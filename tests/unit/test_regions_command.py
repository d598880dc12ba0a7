"""`ipfs-cluster regions`, with requests as AWS's library signs them, and a stand-in for CloudFront's KeyValueStore."""

import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.awsrequest
import botocore.httpsession
import pytest
from click.testing import CliRunner
from ipfs_cluster.edge.routes import STORE_KEY
from ipfs_cluster_cli.commands import commands

ARN = "arn:aws:cloudfront::123456789012:key-value-store/645fb685-280e-4335-a59e-1ad45f0532c2"
OUTPUTS = {"edge_regions": ["ap-northeast-1", "eu-west-1", "us-east-1"], "edge_store_arn": ARN}


class Store:
    """The keys of one store, as the API of CloudFront KeyValueStore has them."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.version = 1
        self.conflicts = 0
        """How many writers come in between."""
        self.refuses = ""
        self.signed: list[str] = []

    def send(self, request: Any) -> Any:
        """In place of the connection."""
        url = urllib.parse.urlsplit(request.url)
        assert url.hostname == "123456789012.cloudfront-kvs.global.api.aws"
        self.signed.append(_text(request.headers["Authorization"]).partition(" ")[0])
        path = [urllib.parse.unquote(part) for part in url.path.strip("/").split("/")]
        assert path[:2] == ["key-value-stores", ARN]
        status, body = self._answer(request.method, path[2:], request)
        headers: Any = {"ETag": str(self.version), "Content-Type": "application/json", **({"x-amzn-ErrorType": body["type"]} if status >= 400 else {})}
        return botocore.awsrequest.AWSResponse(request.url, status, headers, _Raw(json.dumps(body).encode()))

    def _answer(self, method: str, rest: list[str], request: Any) -> tuple[int, dict[str, Any]]:
        if self.refuses:
            return 403, {"type": self.refuses, "Message": "no"}
        total = {"ItemCount": len(self.keys), "TotalSizeInBytes": 0}
        if not rest:
            return 200, {**total, "KvsARN": ARN, "Created": 0}
        assert rest[0] == "keys"
        if method == "GET":
            found = self.keys.get(rest[1])
            return (200, {**total, "Key": rest[1], "Value": found}) if found is not None else (404, {"type": "ResourceNotFoundException", "Message": "x"})
        if self.conflicts:
            self.conflicts -= 1
            self.version += 1
            self.keys[STORE_KEY] = "us-east-1"
        if _text(request.headers["If-Match"]) != str(self.version):
            return 409, {"type": "ConflictException", "Message": "the version is another"}
        if method == "DELETE":
            del self.keys[rest[1]]
        else:
            self.keys[rest[1]] = json.loads(request.body)["Value"]
        self.version += 1
        return 200, total


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store()
    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", lambda self, request: made.send(request))
    for name, value in (("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "x"), ("AWS_MAX_ATTEMPTS", "1")):
        monkeypatch.setenv(name, value)
    return made


def run(folder: Path, *words: str, outputs: Any = None) -> Any:
    file = folder / "outputs.json"
    file.write_text(json.dumps(OUTPUTS if outputs is None else outputs))
    return CliRunner().invoke(commands, ["regions", *words, "--outputs", str(file)])


def test_a_region_is_taken_out_and_comes_back(store: Store, tmp_path: Path) -> None:
    done = run(tmp_path, "out", "eu-west-1")
    assert (done.exit_code, done.stdout) == (0, "eu-west-1 is out.\nWithin some seconds requests go to ap-northeast-1, us-east-1 only.\n")
    assert store.keys == {STORE_KEY: "eu-west-1"}
    assert set(store.signed) == {"AWS4-ECDSA-P256-SHA256"}, "the store takes SigV4A alone"
    assert run(tmp_path, "out", "ap-northeast-1").exit_code == 0
    assert store.keys == {STORE_KEY: "ap-northeast-1,eu-west-1"}
    listed = run(tmp_path, "list")
    assert listed.stdout == "ap-northeast-1  out\neu-west-1  out\nus-east-1  in\n"
    assert json.loads(run(tmp_path, "list", "--json").stdout) == {"regions": OUTPUTS["edge_regions"], "out": ["ap-northeast-1", "eu-west-1"]}
    back = run(tmp_path, "in", "eu-west-1", "ap-northeast-1")
    assert (back.exit_code, back.stdout) == (0, "eu-west-1 is in.\nap-northeast-1 is in.\nWithin some seconds requests go to all Regions.\n")
    assert store.keys == {}


def test_what_is_so_already_is_not_written_again(store: Store, tmp_path: Path) -> None:
    assert run(tmp_path, "in", "eu-west-1").exit_code == 0
    run(tmp_path, "out", "eu-west-1")
    version = store.version
    assert run(tmp_path, "out", "eu-west-1").exit_code == 0
    assert store.version == version


def test_no_change_of_another_is_lost(store: Store, tmp_path: Path) -> None:
    store.conflicts = 1
    assert run(tmp_path, "out", "eu-west-1").exit_code == 0
    assert store.keys == {STORE_KEY: "eu-west-1,us-east-1"}


def test_the_last_region_stays(store: Store, tmp_path: Path) -> None:
    for words in (["eu-west-1", "us-east-1", "ap-northeast-1"], ["eu-west-1"]):
        store.keys = {} if len(words) == 3 else {STORE_KEY: "ap-northeast-1,us-east-1"}
        before = dict(store.keys)
        done = run(tmp_path, "out", *words)
        assert (done.exit_code, done.stderr) == (2, "error: No Region would be left. With all of them out, none counts as out: leave one in.\n")
        assert store.keys == before


def test_a_region_that_is_gone_is_forgotten(store: Store, tmp_path: Path) -> None:
    store.keys = {STORE_KEY: "eu-west-3,us-east-1"}
    assert run(tmp_path, "in", "us-east-1").exit_code == 0
    assert store.keys == {}


@pytest.mark.parametrize("words", [["out", "eu-west-9"], ["in", "eu-west-9"]])
def test_unknown_regions_are_refused(store: Store, tmp_path: Path, words: list[str]) -> None:
    done = run(tmp_path, *words)
    assert (done.exit_code, done.stderr) == (2, "error: eu-west-9 is no Region of the edge. Its Regions: ap-northeast-1, eu-west-1, us-east-1.\n")
    assert store.signed == []


def test_no_region_is_refused(store: Store, tmp_path: Path) -> None:
    assert run(tmp_path, "out").stderr == "error: No Region is given. Its Regions: ap-northeast-1, eu-west-1, us-east-1.\n"


def test_outputs_of_another_stack_are_refused(store: Store, tmp_path: Path) -> None:
    done = run(tmp_path, "list", outputs={"api_url": "https://api.example.com", "edge_regions": []})
    assert done.exit_code == 2
    assert done.stderr.startswith("error: The outputs have no edge_regions and edge_store_arn: are they those of a stack with IpfsGlobal")
    assert CliRunner().invoke(commands, ["regions", "list"]).stderr.startswith("error: Where is the edge? Give either --stack or --outputs")


def test_credentials_that_do_not_allow_it(store: Store, tmp_path: Path) -> None:
    store.refuses = "AccessDeniedException"
    done = run(tmp_path, "out", "eu-west-1")
    assert done.exit_code == 2
    assert "The AWS credentials do not allow to find the store of the Regions that are out. docs/regions.md has the policy that does." in done.stderr


def test_readers_with_tokens_are_named(store: Store, tmp_path: Path) -> None:
    done = run(tmp_path, "out", "eu-west-1", outputs={**OUTPUTS, "gateway_user_pool_id": "eu-west-1_a"})
    assert "Readers with tokens are not sent by this" in done.stderr


def test_without_the_library_that_signs(tmp_path: Path) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps(OUTPUTS))
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "BOTO_DISABLE_CRT": "true"}
    command = [sys.executable, "-m", "ipfs_cluster_cli", "regions", "list", "--outputs", "outputs.json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "requests are signed with awscrt, which is not installed: pip install 'ipfs-cluster-pulumi[cli]'." in done.stderr
