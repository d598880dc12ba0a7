"""Requests as the cluster's clients make them, with the trailers of a streamed answer."""

import base64
import contextlib
import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field


class RefusedError(Exception):
    """The request reached nobody: it had no effect."""


class BrokenError(Exception):
    """There was no whole answer: the request may have had an effect."""


@dataclass(frozen=True)
class Answer:
    """An answer, complete with its trailers."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    trailers: Mapping[str, str] = field(default_factory=dict)


def request(port: int, method: str, path: str, timeout: float, user: str = "", body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
    """The answer to a request. ``timeout`` is in seconds for each step. Raises RefusedError, BrokenError."""
    sent = {"Connection": "close", **(headers or {})}
    if user:
        sent["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    with contextlib.closing(connection):
        try:
            connection.connect()
        except OSError as error:
            raise RefusedError(str(error)) from error
        try:
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            if not answer.chunked:
                return Answer(answer.status, answer.read(), names)
            # http.client drops trailers: the rest of the connection is read as it is.
            answer.chunked, answer.length = False, None
            content, trailers = unchunked(answer.read())
            return Answer(answer.status, content, names, trailers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise BrokenError(f"{type(error).__name__}: {error}") from error


def unchunked(raw: bytes) -> tuple[bytes, dict[str, str]]:
    """Content and trailers of a chunked body (RFC 9112, section 7.1). Raises ValueError if it is truncated."""
    content, at = bytearray(), 0
    while True:
        end = raw.find(b"\r\n", at)
        if end < 0:
            raise ValueError("the answer ends before its last chunk")
        size = int(raw[at:end].split(b";")[0], 16)
        at = end + 2
        if size == 0:
            break
        if len(raw) < at + size + 2:
            raise ValueError("the answer ends within a chunk")
        content += raw[at : at + size]
        at += size + 2
    rest = raw[at:]
    if rest != b"\r\n" and not rest.endswith(b"\r\n\r\n"):
        raise ValueError("the answer ends within its trailers")
    fields = (line.decode("latin-1").partition(":") for line in rest.split(b"\r\n") if line)
    return bytes(content), {name.strip().lower(): value.strip() for name, _, value in fields}
