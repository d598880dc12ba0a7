"""A streamed answer with its trailers, which say whether it is complete. httpx drops trailers; below it are httpcore and h11, which keep them."""

import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

import h11
import httpcore
import httpx

_PIECE = 65536


class CutError(Exception):
    """The connection failed, or ended before the answer did."""


@dataclass
class Stream:
    """An answer: its content can be read once."""

    status: int
    content: Iterator[bytes]
    announced: bool = False
    """Whether trailers are announced."""
    trailers: dict[str, list[str]] = field(default_factory=dict)
    """By lower-case name; there when the content was read."""


def proxied(url: str) -> bool:
    """Whether the environment has a proxy for this address: then the trailers are not to be had."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(parts.hostname or "")


def get(url: str, headers: Mapping[str, str], timeout: float) -> Stream:
    """Asks for an address; ``timeout`` is in seconds for each step. Raises CutError, also while the content is read."""
    events = _events(url, headers, timeout)
    head = next(events)
    assert isinstance(head, h11.Response)  # noqa: S101 (_events gives nothing else first)
    found = Stream(head.status_code, iter(()), any(name == b"trailer" for name, _ in head.headers))
    found.content = _content(events, found)
    return found


def _content(events: Iterator[h11.Event], stream: Stream) -> Iterator[bytes]:
    for event in events:
        if isinstance(event, h11.Data):
            yield bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            for name, value in event.headers:
                stream.trailers.setdefault(name.decode().lower(), []).append(value.decode(errors="replace"))


def _events(url: str, headers: Mapping[str, str], timeout: float) -> Iterator[h11.Event]:
    """The answer's head, pieces and end."""
    parts = urllib.parse.urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = h11.Connection(h11.CLIENT)
    request = h11.Request(method="GET", target=target, headers=[("Host", parts.netloc), ("Connection", "close"), *headers.items()])
    try:
        stream = httpcore.SyncBackend().connect_tcp(host, parts.port or (443 if secure else 80), timeout=10.0)
        wire = stream.start_tls(httpx.create_ssl_context(), host, timeout=10.0) if secure else stream
        with closing(wire):
            wire.write((connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b""), timeout)
            while True:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    connection.receive_data(wire.read(_PIECE, timeout))
                elif isinstance(event, h11.Response | h11.Data):
                    yield event
                elif isinstance(event, h11.EndOfMessage):
                    yield event
                    return
                elif not isinstance(event, h11.InformationalResponse):
                    raise CutError("the connection was cut")
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, h11.ProtocolError, OSError) as error:
        raise CutError(" ".join(str(error).split()) or type(error).__name__) from error
