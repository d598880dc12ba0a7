"""Requests that no client would send, drawn by a seed. Pure."""

import random
from collections.abc import Callable

# What a daemon takes for a CID or name, or does not.
_NAMES = (
    "bafkqaaa",
    "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354",
    "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
    "k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8",
    "example.com",
    "z" * 200,
    "f01701220" + "0" * 64,
    "baguqeera" + "a" * 50,
    "bafkr4i" + "7" * 90,
    "m",
    "..",
    ".",
    "%00",
    "%2e%2e%2f",
    "%ff%fe",
    "%",
    "",
)
_FORMATS = (
    *["raw", "car", "tar", "dag-json", "dag-cbor", "json", "cbor", "ipns-record", "x", "car&car-version=9", "car&dag-scope=x", "car&entity-bytes=9:-9"],
    "",
)
_HEADERS: tuple[Callable[[random.Random], str], ...] = (
    lambda _: "Host: ",
    lambda draw: f"Host: {'a.' * draw.randrange(1, 100)}ipfs.localhost",
    lambda draw: f"Host: {draw.choice(_NAMES)}.ipfs.localhost",
    lambda draw: "Range: bytes=" + ",".join(f"{draw.randrange(10 ** draw.randrange(1, 20))}-" for _ in range(draw.randrange(1, 500))),
    lambda draw: f"Range: {draw.choice(('bytes=-', 'bytes=9-1', 'lines=1-2', 'bytes=-99999999999999999999', 'bytes=0-0,-1'))}",
    lambda draw: f"Accept: application/vnd.ipld.{draw.choice(('car', 'raw', 'dag-json', 'x'))};{'q=1;' * draw.randrange(100)}",
    lambda draw: "If-None-Match: " + ", ".join(f'"{draw.randbytes(9).hex()}"' for _ in range(draw.randrange(300))),
    lambda _: "If-Modified-Since: never",
    lambda _: "Service-Worker: script",
    lambda draw: f"X-Forwarded-Host: {draw.choice(_NAMES)}.ipfs.{'x' * draw.randrange(300)}",
    lambda draw: f"X-Forwarded-Proto: {draw.choice(('https', 'x', ''))}",
    lambda _: "Content-Length: 0",
    lambda _: "Transfer-Encoding: chunked, gzip",
    lambda draw: f"Authorization: {draw.choice(('Basic', 'Bearer', 'Negotiate', ''))} {draw.randbytes(draw.randrange(200)).hex()}",
    lambda draw: f"X-{draw.randbytes(4).hex()}: {'a' * draw.randrange(20000)}",
    lambda draw: "\x00\x01: \x7f" if draw.random() < 0.5 else "no colon",
)
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "CONNECT", "TRACE", "get", "X" * 100)
_API_PATHS = (
    "/pins",
    "/pins/",
    "/pins/ipfs/",
    "/pins/ipns/",
    "/pins/recover",
    "/allocations",
    "/allocations/",
    "/peers",
    "/peers/",
    "/add",
    "/token",
    "/ipfs/gc",
    "/id",
    "/",
    "/health",
    "/health/graph",
    "/health/alerts",
    "/health/bandwidth",
    "/monitor/metrics/",
)
_API_KEYS = (
    "filter",
    "local",
    "cids",
    "cid",
    "name",
    "match",
    "status",
    "meta",
    "meta-a",
    "mode",
    "limit",
    "before",
    "after",
    "replication",
    "expire-at",
    "expire-in",
    "pin-update",
    "user-allocations",
    "origins",
    "shard-size",
)
_VALUES = (
    *["x", "-1", "0", "99999999999999999999", "true", "pinned,error,x", "0001-01-01T00:00:00Z", "-1s", "9999999h", "%00", "%ff", "{}", "/ip4/1.1.1.1/tcp/1"],
    "",
)


def gateway_request(draw: random.Random) -> bytes:
    """For a gateway."""
    parts = [draw.choice(_NAMES) for _ in range(draw.randrange(1, 8))]
    path = draw.choice(("/ipfs/", "/ipns/", "/ipfs/ipfs/", "//", "/", "/api/v0/", "/routing/v1/providers/")) + "/".join(parts)
    query = draw.choice(
        ("", f"?format={draw.choice(_FORMATS)}", f"?filename={'%0d%0a' * draw.randrange(99)}", "?go-get=1", "?uri=ipfs%3A%2F%2Fx", "?download=x&&&=")
    )
    return _request(draw, draw.choice(_METHODS[: draw.choice((1, len(_METHODS)))]), path + query, "", b"")


def api_request(draw: random.Random, authorization: str) -> bytes:
    """For the REST API or the Pinning Service API; nothing in it may unpin what the tests have pinned."""
    path = draw.choice(_API_PATHS) + draw.choice(("", draw.choice(_NAMES)))
    query = "&".join(f"{draw.choice(_API_KEYS)}={draw.choice((*_VALUES, *_NAMES))}" for _ in range(draw.randrange(6)))
    body = draw.choice((b"", b"{", b"[]", b'{"cid":1}', b'{"cid":"x","meta":{"a":[]}}', b"[" * 20000, draw.randbytes(300)))
    return _request(draw, draw.choice(_METHODS), f"{path}?{query}", authorization, body)


def multipart_request(draw: random.Random, authorization: str) -> bytes:
    """An upload that is wrong somewhere."""
    boundary = draw.choice(("b", "b" * 70, "b" * 5000, "", '"', "b b"))
    kind = draw.choice(("multipart/form-data", "multipart/mixed", "multipart/", "text/plain", ""))
    parts = b"".join(_part(draw, boundary) for _ in range(draw.randrange(5)))
    body = parts + draw.choice((f"--{boundary}--\r\n".encode(), b"", b"--", draw.randbytes(50)))
    options = f"stream-channels={draw.choice(('true', 'false'))}&format={draw.choice(('unixfs', 'car'))}&wrap-with-directory={draw.choice(('true', 'false'))}"
    return _head("POST", f"/add?{options}&no-pin=true", [f"Authorization: {authorization}", f"Content-Type: {kind}; boundary={boundary}"], len(body)) + body


def _part(draw: random.Random, boundary: str) -> bytes:
    name = draw.choice(("file", "", "path", "\u2028"))
    filename = draw.choice(("f", "", "/", "..", "../../etc/passwd", "a/" * draw.randrange(30), "a\x00b", "%2f..%2f", "x" * 4000))
    kind = draw.choice(("application/octet-stream", "application/x-directory", "application/symlink", "application/x-tar", "multipart/mixed; boundary=c", "x"))
    extra = draw.choice(("", "Mode: 99999999999\r\n", "Mtime: -1\r\n", "Abspath: /etc/passwd\r\n", "Content-Transfer-Encoding: base64\r\n", "broken\r\n"))
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {kind}\r\n{extra}\r\n'
    return head.encode() + draw.choice((b"hello", b"", draw.randbytes(2000), b"\x3a\xa2eroots\x81", b"\x00" * 100)) + b"\r\n"


def _request(draw: random.Random, method: str, target: str, authorization: str, body: bytes) -> bytes:
    headers = [draw.choice(_HEADERS)(draw) for _ in range(draw.randrange(4))]
    return _head(method, target, [*headers, *([f"Authorization: {authorization}"] if authorization else [])], len(body)) + body


def _head(method: str, target: str, headers: list[str], length: int) -> bytes:
    lines = [f"{method} {target.replace(' ', '%20')} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", f"Content-Length: {length}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
