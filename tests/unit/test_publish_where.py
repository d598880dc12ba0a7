"""Where the command ipfs-cluster finds the cluster and its credentials, and how it waits and shows progress."""

import io
import json
import random
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ipfs_cluster_cli import pins, show, words
from ipfs_cluster_cli.errors import CommandError, Exit
from ipfs_cluster_cli.web import Patience
from ipfs_cluster_cli.web import words as said
from ipfs_cluster_cli.where import Credentials, Where, find
from rich.console import Console

from tools import recording

OUTPUTS = {
    "api_url": "https://api.example.com/",
    "gateway_url": "https://gw.example.com",
    "api_username": "me",
    "api_password": "s3cret",
    "websites": {"a": ""},
}
ME = Credentials.of_pair("me:s3cret", "x").authorization


def program(folder: Path, script: str) -> None:
    """A stand-in for the Pulumi CLI."""
    (folder / "pulumi").write_text(f"#!{sys.executable}\nimport sys\nprint(*sys.argv[1:], file=open({str(folder / 'asked')!r}, 'w'))\n{script}\n")
    (folder / "pulumi").chmod(0o755)


def test_a_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path, f"print({json.dumps(OUTPUTS)!r})")
    found = find("prod", "", {})
    assert (found.api_url, found.gateway_url, found.websites) == ("https://api.example.com", "https://gw.example.com", {"a": ""})
    assert (found.api.authorization, found.api.source) == (ME, "user name and password from the outputs of the stack prod")
    assert (tmp_path / "asked").read_text() == "stack output --json --show-secrets --non-interactive --stack prod\n"
    assert "s3cret" not in repr(found)
    assert ME not in repr(found)


STACKS = {
    "error": ("sys.exit('error: no stack named prod found')", "Pulumi cannot show the outputs of the stack prod: no stack named prod found."),
    "no words": ("sys.exit(3)", "Pulumi cannot show the outputs of the stack prod: exit code 3."),
    "no JSON": ("print('{')", "The outputs of the stack prod are not JSON: "),
    "a list": ("print('[]')", "The outputs of the stack prod are not a JSON object."),
    "another stack": ("print('{}')", "The outputs of the stack prod have neither api_url nor dns_names: are they those of an IPFS cluster?"),
}


@pytest.mark.parametrize("what", STACKS)
def test_a_stack_that_gives_none(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    script, sentence = STACKS[what]
    program(tmp_path, script)
    with pytest.raises(CommandError) as error:
        find("prod", "", {})
    assert str(error.value).startswith(sentence)
    assert error.value.code == Exit.USAGE


def test_a_sandbox_is_hinted_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandError) as error:
        find("dev", "", {})
    assert str(error.value) == "--stack needs the Pulumi CLI, which is not installed here; --outputs <file> does not."
    (tmp_path / ".sandbox" / "dev").mkdir(parents=True)
    (tmp_path / ".sandbox" / "dev" / "outputs.json").write_text("{}")
    with pytest.raises(CommandError, match=r"A sandbox of that name is here: use --outputs \.sandbox/dev/outputs\.json\.$"):
        find("dev", "", {})


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(OUTPUTS))
    assert find("", str(file), {}).api.source == f"user name and password from the outputs in {file}"
    file.write_bytes(b"\xff")
    with pytest.raises(CommandError, match="cannot be read: it is not text"):
        find("", str(file), {})
    with pytest.raises(CommandError, match="cannot be read: No such file or directory"):
        find("", str(tmp_path / "none"), {})


HERE = {"IPFS_CLUSTER_API_URL": "http://here:9094"}


def test_the_environment(tmp_path: Path) -> None:
    pair = find("", "", {**HERE, "IPFS_CLUSTER_GATEWAY_URL": "http://here:8080/", "IPFS_CLUSTER_CREDENTIALS": "me:s3cret"})
    assert pair == Where("http://here:9094", Credentials.of_pair("me:s3cret", "the environment variable IPFS_CLUSTER_CREDENTIALS"), "http://here:8080")
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({**OUTPUTS, "gateway_username": "reader", "gateway_password": "x"}))
    both = find("", str(file), {**HERE, "CLUSTER_TOKEN": "abc", "GATEWAY_TOKEN": "def"})
    assert (both.api_url, both.api.authorization) == ("http://here:9094", "Bearer abc")
    assert both.gateway == Credentials.of_token("def", "the environment variable GATEWAY_TOKEN")
    reader = find("", str(file), {}).gateway
    assert reader is not None
    assert reader.authorization == Credentials.of_pair("reader:x", "").authorization


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "Where is the cluster? Give --stack <name>, --outputs <file"),
        (HERE, "There are no credentials in the environment (api_username, api_password)."),
        ({**HERE, "IPFS_CLUSTER_CREDENTIALS": "s3cret"}, "The environment variable IPFS_CLUSTER_CREDENTIALS is not of the form user:password."),
    ],
)
def test_an_environment_that_lacks_something(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(CommandError) as error:
        find("", "", environment)
    assert str(error.value).startswith(sentence)
    assert "s3cret" not in str(error.value)


def test_nodes_without_a_load_balancer(tmp_path: Path) -> None:
    file = tmp_path / "outputs.json"
    given: dict[str, Any] = {"api_username": "me", "api_password": "x", "dns_names": {"a": "node-a.ipfs"}, "cluster_peer_ids": {"a": "12D"}}
    file.write_text(json.dumps(given))
    found = find("", str(file), {})
    assert (found.api_url, found.gateway_url, found.nodes) == ("http://node-a.ipfs:9094", "http://node-a.ipfs:8080", {"12D": "a"})


def test_pauses_grow_and_differ() -> None:
    draw = random.Random(1)  # noqa: S311
    patience = Patience(jitter=draw.random)
    pauses = [patience.seconds(attempt) for attempt in range(8)]
    for attempt, pause in enumerate(pauses):
        step = min(0.5 * 2**attempt, 20.0)
        assert step / 2 <= pause <= step
    assert patience.seconds(0, asked=30.0) == 30.0
    assert patience.seconds(0, asked=3600.0) == 60.0


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"code": 500, "message": "no  space\\nleft."}', "no space left"),
        (b"<html><head><title>x</title><style>b{}</style></head><body><h1>Bad</h1>\n<p>Gateway</body></html>", "Bad Gateway"),
        (b"plain\xff", "plain\ufffd"),
        (b"x" * 500, "x" * 297 + "…"),
        (b"", ""),
    ],
)
def test_the_words_of_an_error(body: bytes, sentence: str) -> None:
    assert said(body) == sentence


@pytest.mark.parametrize(
    ("text", "length"),
    [("30d", timedelta(days=30)), ("1h30m", timedelta(minutes=90)), ("2w", timedelta(weeks=2)), ("90s", timedelta(seconds=90))],
)
def test_durations(text: str, length: timedelta) -> None:
    assert pins.duration(text) == length


@pytest.mark.parametrize("text", ["", "d", "1", "1h ", "-1h", "0m", "m1"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"is (not a duration|shorter)"):
        pins.duration(text)


def test_figures() -> None:
    assert [words.size(value) for value in (0, 1023, 1024, 150 * 1024, 3 << 20, 5 << 40)] == ["0 B", "1023 B", "1.0 KiB", "150 KiB", "3.0 MiB", "5.0 TiB"]
    assert [words.span(value) for value in (5, 65, 3700)] == ["5 s", "1 min 05 s", "1 h 01 min"]
    assert [words.count(value, "part") for value in (1, 2000)] == ["1 part", "2,000 parts"]


def shown(terminal: bool, quiet: bool, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is seen of a stage of 100 bytes, which takes 20 seconds."""
    clock = iter([0.0, 4.0, 12.0, 20.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock, 20.0))
    out = io.StringIO()
    with show.Show(quiet, Console(file=out, force_terminal=terminal, width=100, color_system=None)) as it:
        it.sending(1000)
        it.sent(100)
        it.sent(200)
        it.sent(300)
    return out.getvalue()


def test_progress_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(False, False, monkeypatch) == "Sending: 300 B of 1000 B, 25 B/s, 28 s left\n"
    assert shown(False, True, monkeypatch) == ""


def test_progress_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    last = recording.lines(shown(True, False, monkeypatch))[0]
    assert last.startswith("Sending ━")
    assert "600/1,000 bytes" in last
    assert shown(True, True, monkeypatch) == ""
