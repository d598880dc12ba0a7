"""The DNS server: answers from the hosted zone, and passes other questions on to this machine's own resolver."""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dnslib import QTYPE, RCODE, RR, TXT  # type: ignore[import-untyped]
from dnslib.server import BaseResolver, DNSLogger, DNSServer  # type: ignore[import-untyped]

_PATIENCE_SECONDS = 3


@dataclass(frozen=True)
class Record:
    """A TXT record."""

    name: str
    """Without the last dot."""
    ttl: int
    values: Sequence[str]
    """As Route 53 has them: strings in quotes."""


Read = Callable[[], Sequence[Record]]


class ZoneResolver(BaseResolver):  # type: ignore[misc]
    """Knows the TXT records of a zone. It caches nothing: a change is seen at once."""

    def __init__(self, zone: str, read: Read, upstream: str) -> None:
        """``read`` gives the zone's records, ``upstream`` is the resolver that other names are asked of, empty for none."""
        self._zone, self._read, self._upstream = zone, read, upstream

    def resolve(self, request: Any, handler: Any) -> Any:
        """The answer to a question."""
        asked = str(request.q.qname).rstrip(".").lower()
        if asked != self._zone and not asked.endswith(f".{self._zone}"):
            return self._passed_on(request)
        reply = request.reply()
        found = [record for record in self._read() if record.name == asked]
        if not found:
            reply.header.rcode = RCODE.NXDOMAIN
        for record in found if request.q.qtype == QTYPE.TXT else ():
            for value in record.values:
                reply.add_answer(RR(request.q.qname, QTYPE.TXT, ttl=record.ttl, rdata=TXT(strings(value))))
        return reply

    def _passed_on(self, request: Any) -> Any:
        reply = request.reply()
        reply.header.rcode = RCODE.SERVFAIL
        if not self._upstream:
            return reply
        try:
            with socket.socket(socket.AF_INET6 if ":" in self._upstream else socket.AF_INET, socket.SOCK_DGRAM) as asking:
                asking.settimeout(_PATIENCE_SECONDS)
                asking.sendto(request.pack(), (self._upstream, 53))
                return type(request).parse(asking.recv(65535))
        except OSError:
            return reply


def strings(value: str) -> list[str]:
    """The strings of a TXT record's value: ``"a" "b"`` has two."""
    return [re.sub(r"\\(.)", r"\1", part) for part in re.findall(r'"((?:[^"\\]|\\.)*)"', value)]


def own_upstream(file: Path = Path("/etc/resolv.conf")) -> str:
    """The first resolver of this machine; empty if it has none."""
    try:
        words = [line.split() for line in file.read_text().splitlines()]
    except OSError:
        return ""
    return next((line[1] for line in words if len(line) > 1 and line[0] == "nameserver"), "")


def serve(resolver: ZoneResolver, address: str, port: int) -> DNSServer:
    """Starts the server, by TCP: the nodes' questions come through the load balancer's container, which passes nothing else on.

    Falls back to 127.0.0.1, where containers reach this machine otherwise. Raises OSError if the port is taken.
    """
    quiet = DNSLogger("error")
    try:
        server = DNSServer(resolver, address=address, port=port, tcp=True, logger=quiet)
    except OSError:
        server = DNSServer(resolver, address="127.0.0.1", port=port, tcp=True, logger=quiet)
    server.start_thread()
    return server
