"""The check of a deployment, where something goes wrong on the way."""

import http.server
import json
import secrets
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ipfs_cluster import check
from ipfs_cluster.check import CheckFailedError


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

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever).start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield {"api_url": url, "gateway_url": url, "cluster_peer_ids": {"a": "1"}, "api_username": "u", "api_password": "p"}, asked, instead
    server.shutdown()
    server.server_close()


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
