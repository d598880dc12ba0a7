"""A stand-in for what the console talks to: the page itself, ipfs-cluster's REST API on the same origin, and a gateway on another one."""

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import re
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

from ipfs_cluster.edge import page

from tests.helpers.console_cluster import CLUSTER_IDS, KUBO_IDS, SECOND_NS, ZONES, Cluster, Request, peer_id
from tests.helpers.serving import serving


def token(user: str, password: str) -> str:
    """What POST /token gives: it is worth something for as long as the password is the same."""
    claims = base64.urlsafe_b64encode(json.dumps({"iss": user}).encode()).decode().rstrip("=")
    return f"e30.{claims}.{hmac.new(password.encode(), claims.encode(), hashlib.sha256).hexdigest()}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    made: Cluster

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 (the server's name)

    def give(self, status: int, content: bytes = b"", content_type: str = "application/json", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


class _Api(_Handler):
    """The page and the API."""

    def answer(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with contextlib.suppress(ConnectionError):
            if parts.path == page.PATH or parts.path.startswith(f"{page.PATH}/"):
                self.static(parts.path.removeprefix(f"{page.PATH}/"))
                return
            query = dict(urllib.parse.parse_qsl(parts.query))
            self.noted = Request(self.command, parts.path, query, self.headers.get("Authorization", ""), self.headers.get("Origin", ""))
            self.made.asked.append(self.noted)
            self.api(f"{self.command} {parts.path}")

    do_GET = do_POST = do_DELETE = do_OPTIONS = answer  # noqa: N815 (the server's names)

    def static(self, name: str) -> None:
        headers = page.headers(self.made.gateway, subdomain_gateway=False)
        if name == page.CONFIGURATION:
            self.give(200, json.dumps(self.made.configuration()).encode(), headers=headers)
            return
        file = page.FOLDER / (name or page.INDEX)
        if not file.is_file():
            self.give(404, b"", headers=headers)
            return
        self.give(200, file.read_bytes(), page.content_type(file.name), {**headers, "Cache-Control": page.cache_control(name or page.INDEX)})

    def error(self, status: int, message: str, challenges: tuple[str, ...] = ()) -> None:
        self.noted.status = status
        content = json.dumps({"code": status, "message": message}).encode()
        self.send_response(status)
        for challenge in challenges:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def api(self, line: str) -> None:
        if line == "GET /health":
            self.give(204, content_type="")
            return
        if not self.admitted():
            return
        for pattern, waits in list(self.made.slow):
            if re.fullmatch(pattern, line):
                waits.wait(60)
        for pattern, status, message in list(self.made.faults):
            if re.fullmatch(pattern, line):
                self.error(status, message)
                return
        self.noted.status = 200
        _answer(self.made, self)
        for pattern, do in list(self.made.after):
            if re.fullmatch(pattern, line):
                do()

    def admitted(self) -> bool:
        """As api/common of ipfs-cluster has it, with the challenges."""
        basic, bearer = 'Basic realm="Restricted IPFS Cluster API"', 'Bearer realm="Restricted IPFS Cluster API"'
        kind, _, value = self.noted.authorization.partition(" ")
        if kind == "Basic":
            user, _, password = base64.b64decode(value).decode().partition(":")
            if self.made.users.get(user) == password:
                return True
            self.error(401, "unauthorized: access denied", (basic,))
        elif kind == "Bearer":
            if value in {token(*pair) for pair in self.made.users.items()}:
                return True
            self.error(401, "unauthorized: invalid token", (f'{bearer}, error="invalid_token"',))
        else:
            self.error(401, "unauthorized: no auth provided", (bearer, basic))
        return False

    def value(self, value: Any) -> None:
        self.give(200, json.dumps(value).encode())

    def stream(self, content: bytes) -> None:
        """A list, a line for each item, in pieces."""
        if not content:
            self.give(204, content_type="")
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(content), 60_000):
            if self.made.half and at >= len(content) / 2:
                self.made.half.wait(60)
            piece = content[at : at + 60_000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def items(self, items: list[Any]) -> None:
        self.stream("".join(json.dumps(item) + "\n" for item in items).encode())


def _answer(made: Cluster, handler: _Api) -> None:
    request = handler.noted
    parts = request.path.strip("/").split("/")
    match (request.method, *parts):
        case ("POST", "token"):
            user = base64.b64decode(request.authorization.removeprefix("Basic ")).decode().partition(":")[0]
            handler.value({"token": token(user, made.users[user])})
        case ("POST" | "DELETE", *_) if made.follows:
            handler.give(403, b"This cluster only follows others", "text/plain")
        case ("GET", "monitor", "metrics", name) if made.follows:  # of the followed nodes
            handler.value([{**_metric(name, "ipfs-node-a", "0"), "peer": peer_id("followed")}])
        case ("GET", "id"):
            handler.value(_peer(made, *made.telling()))
        case ("GET", "monitor", "metrics", "ping"):
            handler.value(_pings(made))
        case ("GET", "monitor", "metrics", "freespace"):
            handler.value([_metric("freespace", name, str(free)) for name, free in made.free.items() if name not in made.killed])
        case ("GET", "health", "alerts"):
            handler.value(made.alerts)
        case ("GET", "peers"):
            handler.items([_peer(made, name) for name in made.up()])
        case ("GET", "allocations"):
            handler.stream(made.lines) if made.lines else handler.items(list(made.pins.values()))
        case ("GET", "allocations", cid):
            handler.value(made.pins[cid]) if cid in made.pins else handler.error(404, "not found")
        case ("GET", "pins"):
            wanted = set(request.query.get("filter", "").split(","))
            nodes = made.telling()
            handler.items([found for cid in made.states if (found := _status(made, cid, wanted, nodes))["peer_map"]])
        case ("GET", "pins", cid):
            handler.value(_status(made, cid, None, made.telling()))
        case ("POST", "pins", cid, "recover"):
            made.states.pop(cid, None)
            handler.value(_status(made, cid, None, made.up()))
        case ("DELETE", "pins", cid):
            gone = made.pins.pop(cid, None)
            made.states.pop(cid, None)
            handler.value(gone) if gone else handler.error(404, "not found")
        case _:
            handler.error(404, "not found")


def _metric(name: str, node: str, value: str) -> dict[str, Any]:
    now = time.time_ns()
    return {
        "name": name,
        "peer": CLUSTER_IDS[node],
        "value": value,
        "expire": now + 10 * SECOND_NS,
        "valid": True,
        "weight": 0,
        "partitionable": False,
        "received_at": now,
    }


def _pings(made: Cluster) -> list[dict[str, Any]]:
    """A node that was killed is on the list for ten seconds more: two pings."""
    return [_metric("ping", name, "{}") for name in ZONES if name not in made.killed or time.monotonic() - made.killed[name] < 10]


def _peer(made: Cluster, name: str) -> dict[str, Any]:
    unseen = {*made.killed, *made.blind.get(name, ())}
    return {
        "id": CLUSTER_IDS[name],
        "addresses": [],
        "cluster_peers": [CLUSTER_IDS[other] for other in ZONES if other not in unseen],
        "version": made.versions.get(name, "1.1.6"),
        "commit": "",
        "rpc_protocol_version": "/ipfscluster/1.0/rpc",
        "error": "",
        "ipfs": {"id": KUBO_IDS[name], "addresses": [], "error": made.kubo_errors.get(name, "")},
        "peername": name,
    }


def _status(made: Cluster, cid: str, wanted: set[str] | None, nodes: list[str]) -> dict[str, Any]:
    """With ``wanted`` only the nodes of which the status is among these."""
    known = made.pins.get(cid, {})
    states = made.states.get(cid, {})
    peers = {}
    for name in nodes:
        said = {"status": "pinned" if known else "unpinned", **states.get(name, {})}
        if wanted is None or said["status"] in wanted:
            peers[CLUSTER_IDS[name]] = {
                "peername": name,
                "ipfs_peer_id": KUBO_IDS[name],
                "timestamp": "2026-11-20T09:30:02Z",
                "error": "",
                "attempt_count": 0,
                "priority_pin": False,
                **said,
            }
    return {
        "cid": cid,
        "name": known.get("name", ""),
        "allocations": known.get("allocations"),
        "origins": known.get("origins"),
        "created": known.get("timestamp", "0001-01-01T00:00:00Z"),
        "metadata": known.get("metadata"),
        "peer_map": peers,
    }


class _Gateway(_Handler):
    """kubo's gateway, as far as the console asks it."""

    def answer(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        self.made.gateway_asked.append(f"{self.command} {self.path}")
        self.made.gateway_headers.append({name.lower(): value for name, value in self.headers.items()})
        cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Content-Type, Range, User-Agent, X-Requested-With"}
        cid = parts.path.removeprefix("/ipfs/").split("/")[0]
        with contextlib.suppress(ConnectionError):
            if self.made.gateway_down:
                self.give(504, b"<html>504</html>", "text/html")
                return
            found = self.made.served.get(cid)
            if self.command == "OPTIONS":
                self.give(200, headers=cors)
            elif cid.startswith("bafkqa"):
                self.give(200, b"12345678", "application/vnd.ipld.raw", cors)
            elif not found:
                self.give(500, b"block was not found locally", "text/plain", cors)
            elif "format=raw" in parts.query:
                self.give(200, found.block or found.content, "application/vnd.ipld.raw", cors)
            else:
                content, status = found.content, 200
                if match := re.fullmatch(r"bytes=0-(\d+)", self.headers.get("Range", "")):
                    content, status = content[: int(match[1]) + 1], 206
                self.give(status, content, found.content_type, cors)

    do_GET = do_HEAD = do_OPTIONS = answer  # noqa: N815 (the server's names)


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A cluster of three nodes without pins, with its page and its gateway."""
    made = Cluster()
    api, gateway = type("Api", (_Api,), {"made": made}), type("Gateway", (_Gateway,), {"made": made})
    with serving(api) as made.port, serving(gateway) as made.gateway_port:
        yield made
