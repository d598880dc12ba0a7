"""A stand-in for a cluster's REST API and gateway, which misbehaves as networks, load balancers and nodes do."""

import base64
import contextlib
import http.server
import io
import json
import re
import ssl
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ipfs_cluster_cli.dag import car

from tests.helpers.serving import serving

NODES = {"ipfs-node-a": "12D3KooWA", "ipfs-node-b": "12D3KooWB", "ipfs-node-c": "12D3KooWC"}
PASSWORD = "correct-horse"

Fault = Callable[[Any], bool]
"""What happens in place of the answer, or before it: true if that was all."""


@dataclass
class Request:
    """What was asked."""

    method: str
    path: str
    query: dict[str, str]
    received: int = 0
    """Bytes of the body."""


@dataclass
class Cluster:
    """The cluster behind the stand-in."""

    port: int = 0
    scheme: str = "http"
    pins: dict[str, dict[str, Any]] = field(default_factory=dict)
    blocks: dict[str, bytes] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    """What a node (by its peer ID) says in place of pinned."""
    errors: dict[str, str] = field(default_factory=dict)
    unseen: set[str] = field(default_factory=set)
    """Peer IDs of which the others do not know."""
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    """The next request whose method and path match the expression gets the fault; each happens once."""
    always: list[tuple[str, Fault]] = field(default_factory=list)
    """The same for every request."""
    trailer: str | None = ""
    """The error at the end of lists; none if the trailer is lost."""
    served: Callable[[str], str] = lambda host: ""
    """The CID that the gateway serves as a website."""
    shown: Callable[[list[Any]], list[Any]] = list
    """What is shown of a list."""
    token: str = "right"
    """The one that is accepted."""
    pages: Callable[[str], tuple[bytes, Mapping[str, str]] | None] = lambda path: None
    """The content and headers of what is no request of the API."""
    keeps_blocks: bool = True
    allocated: Callable[[dict[str, Any], dict[str, str]], list[str]] | None = None
    """Where a pin goes that is pinned again, by what it was and the query."""

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def outputs(self, **changed: Any) -> dict[str, Any]:
        """The stack's outputs."""
        known = {"api_url": self.url, "gateway_url": self.url, "cluster_peer_ids": NODES, "api_username": "me", "api_password": PASSWORD}
        return {**known, **changed}

    def adds(self) -> list[Request]:
        return [request for request in self.asked if request.path == "/add"]


def status(code: int, body: str = "", **headers: str) -> Fault:
    """An answer with this status; the request's body is read before."""

    def fault(handler: Any) -> bool:
        handler.read_body()
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body.encode())))
        handler.end_headers()
        handler.wfile.write(body.encode())
        return True

    return fault


def cut_after(received: int) -> Fault:
    """The connection is cut within the request's body."""

    def fault(handler: Any) -> bool:
        handler.rfile.read(received)
        handler.noted.received = received
        handler.close_connection = True
        handler.connection.close()
        return True

    return fault


def unanswered(handler: Any) -> bool:
    """The request is carried out, and the connection is cut in place of the answer."""
    handler.silent = True
    return False


def half(handler: Any) -> bool:
    """Only the beginning of the answer arrives, though it looks complete."""
    handler.half = True
    return False


def calling(do: Callable[[], object]) -> Fault:
    """Something happens before the answer."""

    def fault(handler: Any) -> bool:
        do()
        return False

    return fault


@contextlib.contextmanager
def cluster(tls: ssl.SSLContext | None = None) -> Iterator[Cluster]:
    """A cluster of three nodes, which pins at once; with ``tls`` its address begins with https."""
    made = Cluster()
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        silent = half = False

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 (the server's name)

        def answer(self) -> None:
            self.silent, self.half = False, False
            parts = urllib.parse.urlsplit(self.path)
            self.noted = Request(self.command, parts.path, dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)))
            self.body: bytes | None = None
            if _page(made, self, parts.path):
                return
            with lock:
                made.asked.append(self.noted)
            line = f"{self.command} {parts.path}"
            with contextlib.suppress(ConnectionError):
                if self.refused() or any(fault(self) for fault in self.faults(line)):
                    return
                self.read_body()
                _answer(made, self, lock)

        do_GET = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815 (the server's names)

        def faults(self, line: str) -> list[Fault]:
            with lock:
                once = next((item for item in made.faults if re.match(item[0], line)), None)
                if once:
                    made.faults.remove(once)
                return [*([once[1]] if once else []), *(fault for pattern, fault in made.always if re.match(pattern, line))]

        def refused(self) -> bool:
            if self.command == "HEAD":
                return False
            expected = "Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode()
            if self.headers.get("Authorization") in (expected, f"Bearer {made.token}"):
                return False
            bearer = self.headers.get("Authorization", "").startswith("Bearer")
            message = json.dumps({"code": 401, "message": f"unauthorized: {'invalid token' if bearer else 'access denied'}"})
            return status(401, message, WWW_Authenticate='Bearer realm="cluster", error="invalid_token"' if bearer else 'Basic realm="cluster"')(self)

        def read_body(self) -> bytes:
            if self.body is None:
                self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.noted.received = len(self.body)
            return self.body

        def give(self, code: int, value: Any = None) -> None:
            """A JSON answer."""
            if self.silent:
                self.close_connection = True
                self.connection.close()
                return
            content = b"" if value is None else json.dumps(value).encode() + b"\n"
            content = content[: len(content) // 2] if self.half else content
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def serve(self) -> None:
            """A page of a website."""
            served = made.served(self.headers["Host"])
            self.send_response(200 if served else 404)
            if served:
                self.send_header("X-Ipfs-Roots", served)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def stream(self, items: list[Any]) -> None:
            """A streamed list, with its trailer."""
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            if made.trailer is not None:
                self.send_header("Trailer", "X-Stream-Error")
            self.end_headers()
            for item in made.shown(items):
                piece = json.dumps(item).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if self.silent:
                self.close_connection = True
                self.connection.close()
                return
            end = "" if made.trailer is None else f"X-Stream-Error: {made.trailer}\r\n"
            self.wfile.write(f"0\r\n{end}\r\n".encode())

    made.scheme = "https" if tls else made.scheme
    with serving(Handler, tls) as made.port:
        yield made


def _page(made: Cluster, handler: Any, path: str) -> bool:
    """Gives a page, if there is one."""
    if not (page := made.pages(path)):
        return False
    content, headers = page
    handler.send_response(200)
    for name, value in {**headers, "Content-Length": str(len(content))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)
    return True


def _answer(made: Cluster, handler: Any, lock: threading.Lock) -> None:
    request = handler.noted
    if request.method == "HEAD":
        handler.serve()
        return
    parts = request.path.strip("/").split("/")
    with lock:
        match (request.method, *parts):
            case ("POST", "token"):
                handler.give(200, {"token": made.token})
            case ("GET", "version"):
                handler.give(200, {"version": "1.1.6"})
            case ("GET", "peers"):
                handler.stream([{"id": peer, "peername": node, "error": "", "ipfs": {"error": ""}} for node, peer in NODES.items()])
            case ("POST", "add"):
                root, found = _car(handler.read_body())
                made.blocks |= found if made.keeps_blocks else {}
                made.pins[root] = pin(root, request.query)
                handler.give(200, [{"name": "", "cid": root, "bytes": sum(map(len, found.values())), "allocations": list(NODES.values())}])
            case ("GET", "allocations"):
                handler.stream(list(made.pins.values()))
            case ("GET", "pins"):
                handler.stream([_status(made, cid) for cid in made.pins])
            case ("GET", "allocations", of):
                handler.give(*((200, made.pins[of]) if of in made.pins else (404, {"code": 404, "message": "not found"})))
            case ("GET", "pins", of):
                handler.give(200, _status(made, of))
            case ("POST", "pins", of):
                before = made.pins.get(of)
                made.pins[of] = pin(of, request.query)
                if made.allocated and before:
                    made.pins[of]["allocations"] = made.allocated(before, request.query)
                handler.give(200, made.pins[of])
            case ("DELETE", "pins", of):
                gone = made.pins.pop(of, None)
                handler.give(*((200, gone) if gone else (404, {"code": 404, "message": "not found"})))
            case _:
                handler.give(404, {"code": 404, "message": "not found"})


def pin(of: str, query: dict[str, str]) -> dict[str, Any]:
    """A pin as the REST API shows it."""
    return {
        "cid": of,
        "name": query.get("name", ""),
        "metadata": {key.removeprefix("meta-"): value for key, value in query.items() if key.startswith("meta-")} or None,
        "expire_at": _expiry(query),
        "replication_factor_min": int(query.get("replication-min", -1)),
        "replication_factor_max": int(query.get("replication-max", -1)),
        "allocations": [] if query.get("replication-min", "-1") == "-1" else list(NODES.values())[:2],
        "origins": query["origins"].split(",") if query.get("origins") else None,
        "timestamp": "2026-11-28T12:00:00.123456789Z",
    }


def _expiry(query: dict[str, str]) -> str:
    if "expire-in" in query:
        expires = datetime.now(UTC) + timedelta(hours=int(query["expire-in"].removesuffix("h")))
        return expires.strftime("%Y-%m-%dT%H:%M:%SZ")
    return query.get("expire-at", "0001-01-01T00:00:00Z")


def _status(made: Cluster, of: str) -> dict[str, Any]:
    held = of in made.pins
    peers = {
        peer: {"peername": node, "status": made.states.get(peer, "pinned") if held else "unpinned", "error": made.errors.get(peer, "")}
        for node, peer in NODES.items()
        if peer not in made.unseen
    }
    known = made.pins.get(of, {})
    return {"cid": of, "name": known.get("name", ""), "allocations": known.get("allocations", []), "created": known.get("timestamp"), "peer_map": peers}


def _car(body: bytes) -> tuple[str, dict[str, bytes]]:
    """The root and blocks of the CAR file in a form, each held against its CID."""
    boundary = body[: body.index(b"\r\n")]
    file = io.BytesIO(body[body.index(b"\r\n\r\n") + 4 : body.index(b"\r\n" + boundary + b"--\r\n")])
    root = str(car.read_root(file, "the form's file"))
    blocks = {str(block.cid): block.data for block in car.blocks(file, "the form's file")}
    assert root in blocks
    return root, blocks
