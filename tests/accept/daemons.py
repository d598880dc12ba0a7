"""A stand-in for the cluster's two addresses: as much of ipfs-cluster's REST API and kubo's gateway as the kit asks."""

import base64
import contextlib
import hashlib
import io
import json
import socket
import tarfile
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

from ipfs_cluster_cli.dag.cid import read, read_varint

from accept.cars import Block, car, raw, read_car
from tests.helpers.serving import serving

WRITER, PINNER = "writer:correct-horse-battery", "pinner:pinner-password-1234"


class Daemons:
    """The nodes' daemons behind one address. What is in ``faults`` goes wrong."""

    def __init__(self, nodes: list[str]) -> None:
        self.nodes = nodes
        self.pins: dict[str, bytes | None] = {}
        """By CID: the content of a file, or none of what came as a CAR."""
        self.archives: dict[str, list[Block]] = {}
        self.held: dict[str, bytes] = {}
        self.faults: set[str] = set()
        self.seen = threading.Condition()
        self.requests = 0
        self.password, self.pinner = WRITER, PINNER
        self.archive_answers: dict[str, bytes] = {}
        """What a cache kept, with the fault that cut archives stay."""

    def wait_for_requests(self, more: int) -> None:
        """Returns when some more requests have come: what happens beside it, happens."""
        with self.seen:
            wanted = self.requests + more
            self.seen.wait_for(lambda: self.requests >= wanted, 20)

    def status(self, cid: str) -> str:
        return "pinning" if "never-pinned" in self.faults or not self.whole(cid) else "pinned"

    def whole(self, cid: str) -> bool:
        links = self.archives.get(cid)
        return links is None or all(link.cid in self.held for link in links)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    daemons: Daemons

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        self._count()
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        d, parts = self.daemons, url.path.strip("/").split("/")
        if parts[0] == "ipfs" and parts[1] == "bafkqaaa":
            return self._answer(200, b"")
        if parts[0] == "ipfs":
            if "gateway-down" in d.faults:
                return self._answer(503, b"")
            return self._archive(parts[1], query["format"]) if "format" in query else self._file(parts[1])
        if not self._allowed():
            return None
        if parts[0] == "pins":
            peers = {node: {"peername": node, "status": d.status(parts[1])} for node in d.nodes}
            if parts[1] not in d.pins:
                peers = {node: {"peername": node, "status": "unpinned"} for node in d.nodes}
            return self._answer(200, json.dumps({"cid": parts[1], "peer_map": peers, "allocations": []}).encode())
        return self._answer(404, b"{}")

    def do_POST(self) -> None:
        self._count()
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        d = self.daemons
        if "lose-connection" in d.faults:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        if not self._allowed(drain=False):
            return None
        body = self._body()
        if url.path.endswith("/token"):
            return self._answer(200, json.dumps({"token": "a-token-of-no-value"}).encode())
        if url.path == "/add":
            return self._add(query, body)
        return self._answer(404, b"{}")

    def do_DELETE(self) -> None:
        self._count()
        if self._allowed():
            self.daemons.pins.pop(self.path.rpartition("/")[2], None)
            self._answer(200, b"{}")

    def _count(self) -> None:
        with self.daemons.seen:
            self.daemons.requests += 1
            self.daemons.seen.notify_all()

    def _allowed(self, drain: bool = True) -> bool:
        given = self.headers.get("Authorization", "")
        good = {"Basic " + base64.b64encode(pair.encode()).decode() for pair in (self.daemons.password, self.daemons.pinner)} | {"Bearer a-token-of-no-value"}
        if "no-tokens" in self.daemons.faults:
            good.remove("Bearer a-token-of-no-value")
        if given in good or (given.startswith("Basic ") and "any-password" in self.daemons.faults):
            return True
        self.close_connection = True
        self._answer(401, b"{}")
        return False

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _add(self, query: dict[str, str], body: bytes) -> None:
        d = self.daemons
        if "no-adds" in d.faults:
            return self._answer(500, b'{"message": "no space"}')
        if b"\r\n\r\n" not in body:
            return self._answer(400, b'{"message": "no multipart"}')
        content = body.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]
        streamed = query.get("stream-channels") != "false"
        if query.get("format") == "car":
            cids = read_car(content)
            if not cids:
                return self._refused(streamed)
            blocks = _blocks(content)
            d.held |= {block.cid: block.content for block in blocks}
            root = blocks[0]
            d.pins[root.cid] = None
            if len(blocks) == 3:
                d.archives[root.cid] = list(blocks)
            else:
                d.archives.setdefault(root.cid, [*blocks, raw(b"nowhere")])
            return self._answer(200, json.dumps([{"cid": root.cid}]).encode())
        block = raw(content)
        if "loses-adds" not in d.faults:
            d.pins[block.cid] = content
        return self._answer(200, json.dumps([{"cid": block.cid}]).encode())

    def _refused(self, streamed: bool) -> None:
        if not streamed:
            return self._answer(200 if "hides-failures" in self.daemons.faults else 500, b'{"message": "no CAR"}')
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Trailer", "X-Stream-Error")
        self.end_headers()
        trailer = b"" if "drops-trailers" in self.daemons.faults else b"X-Stream-Error: no CAR\r\n"
        self.wfile.write(b"0\r\n" + trailer + b"\r\n")
        return None

    def _file(self, cid: str) -> None:
        d = self.daemons
        content = d.pins.get(cid)
        if content is None:
            return self._answer(404, b"")
        return self._answer(200, b"something else" if "wrong-content" in d.faults else content)

    def _archive(self, cid: str, kind: str) -> None:
        d = self.daemons
        if cid in d.archive_answers:
            return self._answer(200, d.archive_answers[kind + cid])
        links = d.archives[cid]
        whole = d.whole(cid) or "open-gateway" in d.faults
        present = [link for link in links if link.cid in d.held or whole]
        if kind == "car":
            body = car(links[0], [link if link.cid in d.held else links[0] for link in present])
            if "open-gateway" in d.faults:
                body = car(links[0], links)
        else:
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode="w") as archive:
                for name, _ in zip(("here", "missing"), present[1:], strict=False):
                    archive.addfile(tarfile.TarInfo(f"{cid}/{name}"))
            body = out.getvalue()
        if "cache-keeps-cut" in d.faults:
            body = d.archive_answers.setdefault(kind + cid, body)
        return self._answer(200, body)

    def _answer(self, status: int, body: bytes) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


def _blocks(content: bytes) -> list[Block]:
    size, at = read_varint(content, 0)
    at += size
    found = []
    while at < len(content):
        size, at = read_varint(content, at)
        block = content[at : at + size]
        assert hashlib.sha256(block[36:]).digest() == block[4:36]
        found.append(Block(str(read(block)[0]), block[36:], block[1]))
        at += size
    return found


@contextlib.contextmanager
def listening(daemons: Daemons) -> Iterator[str]:
    """Serves; gives the origin."""
    handler = type("Handler", (_Handler,), {"daemons": daemons})
    with serving(handler) as port:
        yield f"http://127.0.0.1:{port}"
