"""Lists of pins, the states of one, and their removal, against a stand-in for the REST API."""

import json
import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from ipfs_cluster_cli import streams, web
from ipfs_cluster_cli.commands import commands

from tests.helpers import rest_api
from tests.helpers.rest_api import NODES, PASSWORD, Cluster

ONE, TWO, THREE = (f"bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6{end}" for end in ("am", "ai", "aq"))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster with three pins."""
    monkeypatch.setattr(web.Patience, "seconds", lambda self, attempt, asked=0.0: 0.0)
    for name in list(os.environ):
        if "CLUSTER" in name or "GATEWAY" in name:
            monkeypatch.delenv(name)
    with rest_api.cluster() as made:
        for cid, query in (
            (ONE, {"name": "site"}),
            (TWO, {"name": "site", "meta-of": "Alice"}),
            (THREE, {"name": "film", "expire-at": "2031-01-02T03:04:05Z"}),
        ):
            made.pins[cid] = rest_api.pin(cid, query)
        yield made


def run(cluster: Cluster, *words: str, **changed: Any) -> Result:
    return CliRunner().invoke(commands, [*words, "--outputs", "-"], input=json.dumps(cluster.outputs(**changed)))


def test_all_pins(cluster: Cluster) -> None:
    done = run(cluster, "pins", "list")
    assert (done.exit_code, done.stderr) == (0, "3 pins\n")
    assert done.stdout.splitlines() == [
        f"{ONE}  2026-11-28 12:00  site",
        f"{TWO}  2026-11-28 12:00  site",
        f"{THREE}  2026-11-28 12:00  film  (until 2031-01-02 03:04)",
    ]


def test_pins_of_a_name_with_their_states(cluster: Cluster) -> None:
    cluster.states[NODES["ipfs-node-c"]] = "pin_error"
    cluster.errors[NODES["ipfs-node-c"]] = "disk full"
    done = run(cluster, "pins", "list", "--name", "f*", "--status")
    assert done.stdout == f"{THREE}  2/3  2026-11-28 12:00  film  [ipfs-node-c could not fetch it (disk full)]\n"
    (said,) = map(json.loads, run(cluster, "pins", "list", "--name", "f*", "--status", "--json").stdout.splitlines())
    assert said["nodes"][2] == {"node": "ipfs-node-c", "status": "pin_error", "error": "disk full"}


def test_a_search(cluster: Cluster) -> None:
    assert [json.loads(line)["cid"] for line in run(cluster, "pins", "search", "alice", "--json").stdout.splitlines()] == [TWO]
    assert [json.loads(line)["cid"] for line in run(cluster, "pins", "search", "FILM", "--json").stdout.splitlines()] == [THREE]
    assert [json.loads(line)["cid"] for line in run(cluster, "pins", "search", ONE[-6:], "--json").stdout.splitlines()] == [ONE]


def test_an_empty_list(cluster: Cluster) -> None:
    cluster.pins.clear()
    cluster.always.append(("GET /allocations", rest_api.status(204)))
    done = run(cluster, "pins", "list")
    assert (done.exit_code, done.output) == (0, "0 pins\n")


def test_the_states_of_one(cluster: Cluster) -> None:
    done = run(cluster, "status", f"ipfs://{ONE}")
    assert (done.exit_code, done.stdout.splitlines()) == (0, [f"{ONE} is pinned as 'site'", *(f"  ✓ {node} has it" for node in NODES)])
    cluster.states[NODES["ipfs-node-b"]] = "pinning"
    done = run(cluster, "status", ONE)
    assert (done.exit_code, done.stdout.splitlines()[2]) == (3, "  … ipfs-node-b is fetching it")
    done = run(cluster, "status", "bafkqaaa", "--json")
    assert (done.exit_code, json.loads(done.stdout)["pinned"]) == (3, False)
    assert run(cluster, "status", "nonsense").exit_code == 2


def test_removal(cluster: Cluster) -> None:
    done = run(cluster, "pins", "remove", "site")
    assert (done.exit_code, len(cluster.pins)) == (2, 3)
    assert "give --yes" in done.stderr
    done = run(cluster, "pins", "remove", "film", "none", "--yes")
    assert (done.exit_code, len(cluster.pins)) == (2, 3)
    assert done.stderr == "error: Nothing is pinned as none; nothing was removed.\n"
    done = run(cluster, "pins", "remove", "bafkqaaa", "film", "--yes")
    assert (done.exit_code, done.stderr) == (2, "error: bafkqaaa is not pinned; nothing was removed.\n")
    done = run(cluster, "pins", "remove", "site", f"/ipfs/{THREE}", "--yes")
    assert (done.exit_code, cluster.pins) == (0, {}), done.output
    assert done.stderr.splitlines()[-1] == "Removed 3 pins. The nodes free the space when they collect garbage."


def newer(cluster: Cluster) -> rest_api.Fault:
    """A pin that is added while the list is read."""

    def add() -> None:
        cluster.pins["bafkqaaa"] = {**rest_api.pin("bafkqaaa", {"name": "new"}), "timestamp": datetime.now(UTC).isoformat()}

    return rest_api.calling(add)


def cut(times: int, cluster: Cluster) -> None:
    """So many answers to a list lack their last entries."""
    left = [times]

    def shown(items: list[Any]) -> list[Any]:
        left[0] -= 1
        return items[:1] if left[0] >= 0 else items

    cluster.shown = shown


def lost_trailer(cluster: Cluster) -> None:
    cluster.trailer = None


def test_a_list_without_its_trailer_is_read_again(cluster: Cluster) -> None:
    lost_trailer(cluster)
    assert run(cluster, "pins", "list").exit_code == 0
    assert [request.path for request in cluster.asked] == ["/allocations"] * 2


def test_pins_that_come_meanwhile_are_no_mistake(cluster: Cluster) -> None:
    lost_trailer(cluster)
    cluster.faults += [("GET /allocations", rest_api.calling(lambda: None)), ("GET /allocations", newer(cluster))]
    done = run(cluster, "pins", "list")
    assert (done.exit_code, done.stderr) == (0, "3 pins\n")


def test_pins_that_go_meanwhile_are_no_mistake(cluster: Cluster) -> None:
    lost_trailer(cluster)
    cluster.faults += [("GET /allocations", rest_api.calling(lambda: None)), ("GET /allocations", rest_api.calling(lambda: cluster.pins.pop(TWO)))]
    done = run(cluster, "pins", "list")
    assert (done.exit_code, done.stderr) == (0, "3 pins\n")
    assert cluster.asked[-1].path == f"/allocations/{TWO}"


def test_a_second_list_that_is_cut_off_is_read_a_third_time(cluster: Cluster) -> None:
    lost_trailer(cluster)
    answers = iter((3, 1, 3))
    cluster.shown = lambda items: items[: next(answers)]
    assert run(cluster, "pins", "list").exit_code == 0
    assert next(answers, None) is None


INCOMPLETE: dict[str, tuple[list[tuple[str, rest_api.Fault]], str | None, int, str]] = {
    "an error in the trailer": ([], "context canceled", 3, "The list was cut off after 3 entries (context canceled): it is not complete."),
    "entries that are missing, without a trailer": ([], None, 1, "The list was cut off after 1 entries: bafkrei"),
    "half an entry": ([("GET /allocations", rest_api.status(200, '{"cid": "bafkqaaa"}\n{"cid": "b'))], "", 3, "after 1 entries (its last entry is not whole)"),
    "a trailer that does not come": (
        [("GET /allocations", rest_api.status(200, '{"cid": "bafkqaaa"}\n', Trailer="X-Stream-Error"))],
        "",
        3,
        "after 1 entries (its end did not arrive)",
    ),
    "an entry of another kind": ([("GET /allocations", rest_api.status(200, "<html>\n"))], "", 3, "after 0 entries (an entry is not whole)"),
    "a connection that is cut": ([("GET /allocations", rest_api.unanswered)], "", 3, "The list was cut off after 3 entries ("),
}


@pytest.mark.parametrize("what", INCOMPLETE)
@pytest.mark.parametrize("command", [("list",), ("remove", "site", "--yes")])
def test_what_is_cut_off_is_not_shown_as_complete(cluster: Cluster, what: str, command: tuple[str, ...]) -> None:
    faults, cluster.trailer, shown, sentence = INCOMPLETE[what]
    cluster.faults += faults
    if shown < 3:
        cut(1, cluster)
    done = run(cluster, "pins", *command)
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert len(cluster.pins) == 3
    assert PASSWORD not in done.output


def test_behind_a_proxy_there_are_no_trailers(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "proxied", lambda url: True)
    assert run(cluster, "pins", "list").exit_code == 0
    assert len(cluster.asked) == 2


def certified(folder: Path) -> Path:
    """A file with a certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")]), datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
    pem = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tls.pem").write_bytes(pem)
    return folder / "tls.pem"


def test_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.Patience, "seconds", lambda self, attempt, asked=0.0: 0.0)
    file = certified(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with rest_api.cluster(context) as made:
        made.pins[ONE] = rest_api.pin(ONE, {"name": "site"})
        for command in (("pins", "list"), ("status", ONE)):
            done = run(made, *command)
            assert (done.exit_code, done.stdout) == (1, "")
            assert "certificate verify failed" in done.stderr, "nobody knows who issued it"
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        for command in (("pins", "list"), ("status", ONE)):
            assert run(made, *command).exit_code == 0


@pytest.mark.parametrize(("code", "exit_code"), [(500, 1), (401, 4)])
def test_a_list_that_is_refused(cluster: Cluster, code: int, exit_code: int) -> None:
    cluster.always.append(("GET /allocations", rest_api.status(code, '{"message": "no"}')))
    done = run(cluster, "pins", "list")
    assert done.exit_code == exit_code
    assert "no" in done.stderr
