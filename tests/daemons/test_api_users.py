"""Several users of the REST API and the Pinning Service API, with real daemons."""

import base64
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox import nodes
from tests.helpers.daemons import Cluster, get, needs_daemons, running

pytestmark = needs_daemons


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    groups = {
        "network": {"cidr": "10.238.0.0/16"},
        "swarm": {"mode": "private"},
        "nodes": {"count": 1},
        "api": {"users": ["ci", "alice"], "pinningService": True},
    }
    with running(tmp_path_factory.mktemp("users"), groups) as made:
        yield made


@dataclass(frozen=True)
class User:
    """A user's password, and a token got with it."""

    name: str
    password: str
    token: str

    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.name}:{self.password}".encode()).decode()


def passwords(cluster: Cluster) -> dict[str, str]:
    return dict(json.loads(cluster.sandbox.outputs_file.read_text())["api_users"])


def with_tokens(cluster: Cluster) -> dict[str, User]:
    api = cluster.front("api")
    answers = {name: nodes.ask(api, "token", f"{name}:{password}", method="POST") for name, password in passwords(cluster).items()}
    return {name: User(name, password, answers[name][0]["token"]) for name, password in passwords(cluster).items()}


def answers(cluster: Cluster, user: User) -> dict[tuple[str, str], int]:
    """The status that each API gives to the user's password and token."""
    ports = {"rest": (cluster.front("api"), "/id"), "pinning": (cluster.front("pinning"), "/pins")}
    proofs = {"password": user.basic(), "token": f"Bearer {user.token}"}
    return {(api, proof): get(*where, Authorization=value)[0] for api, where in ports.items() for proof, value in proofs.items()}


def everywhere(status: int) -> dict[tuple[str, str], int]:
    return {(api, proof): status for api in ("rest", "pinning") for proof in ("password", "token")}


def test_each_user_logs_in_and_the_first_one_still_does(single: Cluster) -> None:
    users = with_tokens(single)
    assert {name: answers(single, user) for name, user in users.items()} == {"ci": everywhere(200), "alice": everywhere(200)}
    mixed = User("ci", users["alice"].password, users["ci"].token[:-2] + "xx")
    assert answers(single, mixed) == everywhere(401)
    (node,) = single.names
    assert single.ask(node, "id")[0]["error"] == ""
    # The containers' own tools have the first user's pair alone: with more than one it would be a wrong password.
    inside = single.docker("exec", single.container(node, "ipfs-cluster").id, "ipfs-cluster-ctl", "--force-http", "--enc=json", "id")
    assert json.loads(inside)["peername"] == "eu-west-1a"


def test_a_user_pins_by_kubo_with_its_token(single: Cluster) -> None:
    (node,) = single.names
    token = with_tokens(single)["ci"].token

    def ipfs(*arguments: str) -> str:
        return single.docker("exec", single.container(node, "ipfs").id, "ipfs", *arguments)

    cid = ipfs("add", "--quieter", "--pin=false", "--cid-version=1", "/etc/hostname").strip()
    ipfs("pin", "remote", "service", "add", "as-ci", "http://127.0.0.1:9097", token)
    try:
        ipfs("pin", "remote", "add", "--service=as-ci", "--name=from-a-pipeline", cid)
        assert ipfs("pin", "remote", "ls", "--service=as-ci", "--cid", cid).split() == [cid, "pinned", "from-a-pipeline"]
    finally:
        ipfs("pin", "remote", "service", "rm", "as-ci")


def test_a_pin_that_is_replaced_by_itself_is_gone(single: Cluster) -> None:
    """docs/upstream/ipfs-cluster-pin-replaced-by-itself.md: once it is mended there, the pin stays, and has the new name."""
    (node,) = single.names
    cid, token = single.add(node, b"to be renamed"), with_tokens(single)["ci"].token
    assert cid in single.held(node)
    port, authorization = single.front("pinning"), f"Bearer {token}"
    body = json.dumps({"cid": cid, "name": "two"}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/pins/{cid}", body, {"Authorization": authorization, "Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        assert json.loads(answer.read())["pin"] == {"cid": cid, "name": "two"}
    assert json.loads(get(port, f"/pins?cid={cid}", Authorization=authorization)[2])["count"] == 0
    assert cid not in [pin["cid"] for pin in single.ask(node, "allocations")]


def test_a_user_that_is_removed_or_gets_a_new_password_is_out_with_its_tokens(single: Cluster) -> None:
    before = with_tokens(single)
    started = single.inspect(single.names[0], "ipfs")["State"]["StartedAt"]

    assert single.up(api={"users": ["alice"], "pinningService": True}) == 0
    assert passwords(single) == {"alice": before["alice"].password}
    assert {name: answers(single, user) for name, user in before.items()} == {"ci": everywhere(401), "alice": everywhere(200)}
    assert single.inspect(single.names[0], "ipfs")["State"]["StartedAt"] != started, "the node's task is replaced"

    assert single.up(credentials={"apiUserPasswordVersions": {"alice": 2}}) == 0
    after = with_tokens(single)
    assert after["alice"].password != before["alice"].password
    assert answers(single, before["alice"]) == everywhere(401)
    assert answers(single, after["alice"]) == everywhere(200)


def test_no_password_is_shown(single: Cluster) -> None:
    (node,) = single.names
    log = single.runner.logs(f"{node}-ipfs-cluster", 500)
    command_lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    shown: list[Any] = [log, command_lines]
    assert [password for password in passwords(single).values() if any(password in text for text in shown)] == []
