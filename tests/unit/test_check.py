"""The check of a deployment, where something goes wrong on the way."""

import http.server
import json
import secrets
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ipfs_cluster import check
from ipfs_cluster.check import CheckFailedError

from tests.helpers.serving import serving


@pytest.fixture
def api() -> Iterator[tuple[dict[str, Any], list[tuple[str, str]], dict[str, Callable[[Any], None]]]]:
    """Outputs of a stack, what was asked of its REST API, and what that does other than answer well."""
    asked: list[tuple[str, str]] = []
    instead: dict[str, Callable[[Any], None]] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append((self.command, self.path))
            path = urllib.parse.urlsplit(self.path).path
            if path in instead:
                instead[path](self)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"id": "1", "error": "", "ipfs": {"error": ""}}')

        do_POST = do_DELETE = do_GET  # noqa: N815 (the names that the library asks for)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the server's name)
            pass

    with serving(Handler) as port:
        url = f"http://127.0.0.1:{port}"
        yield {"api_url": url, "gateway_url": url, "cluster_peer_ids": {"a": "1"}, "api_username": "u", "api_password": "p"}, asked, instead


def test_an_add_that_is_not_answered_leaves_no_pin(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs, asked, instead = api
    monkeypatch.setattr(secrets, "token_bytes", lambda size: b"x" * size)
    instead["/add"] = lambda handler: handler.connection.close()
    with pytest.raises(CheckFailedError, match="does not answer"):
        check.check(outputs, lambda line: None)
    (add,) = [urllib.parse.parse_qs(urllib.parse.urlsplit(path).query) for method, path in asked if method == "POST"]
    assert (add["cid-version"], add["raw-leaves"], add["expire-in"]) == (["1"], ["true"], ["1h"])
    # As `ipfs add --only-hash --cid-version=1 --chunker=size-262144` gives it.
    assert asked[-1] == ("DELETE", "/pins/bafkreigvbg77mqvdkp4ilaxivbdozlqedqztw6ofpj5cj7zrb663p2iu5e")


def test_another_cid_than_the_contents_is_refused(api: Any) -> None:
    outputs, asked, instead = api

    def another(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(json.dumps([{"name": "check", "cid": "bafkqaaa"}]).encode())

    instead["/add"] = another
    with pytest.raises(CheckFailedError, match="gives another CID"):
        check.check(outputs, lambda line: None)
    assert asked[-1][0] == "DELETE"


def answering(*objects: Any) -> Callable[[Any], None]:
    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write("\n".join(json.dumps(item) for item in objects).encode())

    return answer


@pytest.fixture
def sound(api: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The same, of two nodes on which all else goes well."""
    outputs, _, instead = api
    outputs["cluster_peer_ids"] = {"a": "1", "b": "2"}
    content = b"x" * check._SIZE
    cid = "bafkreigvbg77mqvdkp4ilaxivbdozlqedqztw6ofpj5cj7zrb663p2iu5e"
    monkeypatch.setattr(secrets, "token_bytes", lambda size: b"x" * size)
    monkeypatch.setattr(check, "_PIN_SECONDS", 0)
    instead["/peers"] = answering({"id": "1"}, {"id": "2"})
    instead["/add"] = answering([{"cid": cid}])
    instead[f"/pins/{cid}"] = answering({"cid": cid, "peer_map": {"1": {"status": "pinned"}, "2": {"status": "pinned"}}})

    def read(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(content)

    instead[f"/ipfs/{cid}"] = read
    return outputs, instead


def test_all_pins_are_compared(sound: Any) -> None:
    outputs, instead = sound
    instead["/allocations"] = answering({"cid": "x"}, {"cid": "y", "allocations": ["2"]}, {"cid": "z"})
    states = {"x": {"1": "pinned", "2": "pinning"}, "y": {"1": "remote", "2": "pin_queued"}, "z": {"1": "pinned", "2": "pinned"}}

    def say(of: Any) -> None:
        instead["/pins"] = answering(*({"cid": cid, "peer_map": {peer: {"status": state} for peer, state in peers.items()}} for cid, peers in of.items()))

    say(states)
    said: list[str] = []
    check.check(outputs, said.append)
    assert said[-1].startswith("ok    pins")
    assert said[-1].endswith("3 of 3 are where they should be")
    say({"x": {"1": "pinned", "2": "pin_error"}, "y": {"1": "remote", "2": "unexpectedly_unpinned"}})
    with pytest.raises(CheckFailedError) as error:
        check.check(outputs, said.append)
    assert str(error.value).startswith(
        "4 pins are not where they should be, such as x on b (pin_error), y on b (unexpectedly_unpinned), z on a (not known); see docs"
    )


def test_too_many_pins_are_not_compared(sound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs, instead = sound
    monkeypatch.setattr(check, "_MOST_PINS", 2)
    instead["/allocations"] = answering({"cid": "x"}, {"cid": "y"}, {"cid": "z"})
    said: list[str] = []
    check.check(outputs, said.append)
    assert "3 are too many to be compared here" in said[-1]


# --- a cluster that only follows --------------------------------------------------------------------------------------


def peer(name: str) -> dict[str, Any]:
    return {"id": name, "error": "", "ipfs": {"error": ""}}


def status_of(cid: str, status: str, created: str) -> dict[str, Any]:
    return {"cid": cid, "created": created, "peer_map": {"1": {"status": status}}}


def refusing(code: int, text: str) -> Callable[[Any], None]:
    def answer(handler: Any) -> None:
        handler.send_response(code)
        handler.end_headers()
        handler.wfile.write(text.encode())

    return answer


NEVER_PINNED = "bafkreigvbg77mqvdkp4ilaxivbdozlqedqztw6ofpj5cj7zrb663p2iu5e"


@pytest.fixture
def follower(api: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    outputs, asked, instead = api
    monkeypatch.setattr(secrets, "token_bytes", lambda size: b"x" * size)
    instead["/peers"] = answering(peer("1"), peer("2"))
    instead["/pins"] = answering(status_of("new", "pinned", "2026-02"), status_of("old", "pinned", "2026-01"), status_of("theirs", "remote", "2025-01"))
    instead["/ipfs/old"] = answering({})
    instead[f"/pins/{NEVER_PINNED}"] = refusing(403, "read-only")
    return {**outputs, "read_only": True}, asked, instead


def test_a_follower_is_asked_what_it_holds_and_to_refuse(follower: Any) -> None:
    outputs, asked, _ = follower
    said: list[str] = []
    check.check(outputs, said.append)
    assert [(line.split()[1], line.partition(" s  ")[2]) for line in said] == [
        ("follows", "1 peer(s) of the cluster that is followed"),
        ("pins", "2 held"),
        ("read", "2 bytes by the gateway"),
        ("refuses", "an unpin is refused"),
    ]
    assert [method for method, _ in asked] == ["GET", "GET", "GET", "DELETE"], "it adds nothing"


@pytest.mark.parametrize(
    ("path", "answer", "wanted"),
    [
        ("/peers", answering(peer("1")), "sees no peer of the cluster that it follows"),
        ("/pins", answering(status_of("c1", "pin_error", "2026-01")), r"1 of 1 pins are not held, such as c1 \(pin_error\)"),
        (f"/pins/{NEVER_PINNED}", answering({}), "takes an unpin, although it only follows"),
        (f"/pins/{NEVER_PINNED}", refusing(404, "not pinned"), "answers 404 to DELETE"),
    ],
)
def test_what_is_wrong_with_a_follower(follower: Any, path: str, answer: Callable[[Any], None], wanted: str) -> None:
    outputs, _, instead = follower
    instead[path] = answer
    with pytest.raises(CheckFailedError, match=wanted):
        check.check(outputs, lambda line: None)


def test_without_a_load_balancer_the_node_itself_refuses(follower: Any) -> None:
    outputs, _, instead = follower
    instead[f"/pins/{NEVER_PINNED}"] = refusing(500, "this peer is configured to be in follower mode. Write operations are disabled")
    instead["/pins"] = answering()
    check.check(outputs, lambda line: None)
