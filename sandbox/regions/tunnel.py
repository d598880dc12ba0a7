"""The way of packets between Regions: a program for containers, which have nothing but Python's standard library.

``end <relay> <own address> <range>…`` runs in each node's network namespace: what a node sends to the ranges of the other Regions goes to a TUN
device, and from there to the relay. ``relay`` has a connection to each node; it holds packets back for half a link's round trip, and drops those of
a link that is cut. So the daemons' own packets travel, with their addresses, and neither the kernel's netem nor a route between Docker's networks is
needed: the one lacks in the kernels of many laptops, the other is filtered by Docker.
"""

import asyncio
import contextlib
import fcntl
import ipaddress
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

PORT = 4789
SETTINGS = "/tmp/link.json"  # noqa: S108 (in a container)
"""The relay reads its settings from here at its start and at a SIGHUP; without the file they are in the variable LINK."""

_DEVICE = "wan0"
_MTU = 8500  # of peering between Regions (VPC Peering Guide, "MTU")
LONGEST_QUEUE = 16 * 1024 * 1024
"""Bytes that wait for a node before its packets are dropped."""
_RETRY_SECONDS = 0.2
_SILENCE_MILLISECONDS = 3000
# linux/if_tun.h
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


class Connection(asyncio.Protocol):
    """A connection between an end and the relay: packets, each behind its length. The first that an end sends is its address."""

    def __init__(self, take: "Callable[[Connection, bytes], None]", lost: "Callable[[Connection], None]") -> None:
        self._take, self._lost = take, lost
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self.address = b""
        """The node's, once the relay knows it."""

    def connection_made(self, transport: Any) -> None:
        """Part of asyncio's protocol."""
        self._transport = transport
        made: socket.socket = transport.get_extra_info("socket")
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (("TCP_KEEPIDLE", 1), ("TCP_KEEPINTVL", 1), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", _SILENCE_MILLISECONDS)):
            if hasattr(socket, option):
                made.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)  # a container that is gone does not say so

    def data_received(self, data: bytes) -> None:
        """Part of asyncio's protocol."""
        self._received += data
        begin = 0
        while len(self._received) >= begin + 2:
            end = begin + 2 + int.from_bytes(self._received[begin : begin + 2])
            if len(self._received) < end:
                break
            self._take(self, bytes(self._received[begin + 2 : end]))
            begin = end
        del self._received[:begin]

    def connection_lost(self, exc: Exception | None) -> None:
        """Part of asyncio's protocol."""
        self._transport = None
        self._lost(self)

    def send(self, packet: bytes) -> None:
        """Sends a packet, or drops it like a router whose queue is full."""
        if self._transport is not None and self._transport.get_write_buffer_size() < LONGEST_QUEUE:
            self._transport.write(len(packet).to_bytes(2) + packet)

    def close(self) -> None:
        """Ends the connection."""
        if self._transport is not None:
            self._transport.abort()


class Relay:
    """The links between all Regions."""

    def __init__(self) -> None:
        self._ends: dict[bytes, Connection] = {}
        self.configure({"regions": {}, "links": {}})

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Takes new settings. ``regions`` has each Region's ranges. ``links`` has for two Regions, by both with a space between them, the
        ``milliseconds`` of a round trip, and whether the link is ``cut``.
        """
        self._ranges = {region: [ipaddress.ip_network(one) for one in ranges] for region, ranges in settings["regions"].items()}
        self._delays = {tuple(pair.split()): None if link["cut"] else link["milliseconds"] / 2000 for pair, link in settings["links"].items()}
        self._delay_of: dict[bytes, float | None] = {}

    def connection(self) -> Connection:
        """The relay's side of a new connection."""
        return Connection(self._take, self._lost)

    def known(self) -> set[bytes]:
        """The addresses of the nodes that are connected."""
        return set(self._ends)

    def _take(self, end: Connection, packet: bytes) -> None:
        if not end.address:
            end.address = packet
            self._ends[packet] = end
            _say(f"{ipaddress.ip_address(packet)} is connected")
            return
        delay = self._delay(packet)
        if delay is not None:
            asyncio.get_running_loop().call_later(delay, self._deliver, packet)

    def _deliver(self, packet: bytes) -> None:
        end = self._ends.get(packet[16:20])
        if end is not None and self._delay(packet) is not None:  # not cut meanwhile
            end.send(packet)

    def _delay(self, packet: bytes) -> float | None:
        addresses = packet[12:20]
        if addresses not in self._delay_of:
            regions = [self._region(addresses[:4]), self._region(addresses[4:])]
            self._delay_of[addresses] = self._delays.get(tuple(regions), self._delays.get(tuple(reversed(regions))))
        return self._delay_of[addresses]

    def _region(self, address: bytes) -> str:
        found = ipaddress.ip_address(address)
        return next((region for region, ranges in self._ranges.items() if any(found in one for one in ranges)), "")

    def _lost(self, end: Connection) -> None:
        if self._ends.get(end.address) is end:
            del self._ends[end.address]
            _say(f"{ipaddress.ip_address(end.address)} is gone")


async def relay(host: str = "0.0.0.0", port: int = PORT) -> None:  # noqa: S104 (in a container)
    """Serves until SIGTERM."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    made = Relay()
    loop.add_signal_handler(signal.SIGHUP, lambda: made.configure(_settings()))
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    made.configure(_settings())
    server = await loop.create_server(made.connection, host, port)
    await ended.wait()
    server.close()


def _settings() -> Any:
    try:
        text = Path(SETTINGS).read_text()
    except FileNotFoundError:
        text = os.environ["LINK"]
    _say(f"settings: {text}")
    return json.loads(text)


async def end(relay_address: str, own: str, ranges: Sequence[str]) -> None:
    """Carries a node's packets until SIGTERM. Connects again for as long as it takes."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    device = _device(own, ranges)
    current: list[Connection] = []

    def outgoing() -> None:
        packet = os.read(device, _MTU)
        if packet[0] >> 4 == 4:
            for connection in current:
                connection.send(packet)

    def incoming(_: Connection, packet: bytes) -> None:
        with contextlib.suppress(OSError):  # lost, as any packet may be
            os.write(device, packet)

    async def connect() -> None:
        while True:
            lost = asyncio.Event()
            try:
                _, made = await asyncio.wait_for(
                    loop.create_connection(lambda: Connection(incoming, lambda _: lost.set()), relay_address, PORT),  # noqa: B023
                    _SILENCE_MILLISECONDS / 1000,
                )
            except (OSError, TimeoutError):
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            made.send(ipaddress.ip_address(own).packed)
            current[:] = [made]
            await lost.wait()
            current.clear()

    loop.add_reader(device, outgoing)
    connecting = loop.create_task(connect())
    await ended.wait()
    connecting.cancel()


def _device(own: str, ranges: Sequence[str]) -> int:
    """A TUN device to which the packets for the ranges go, as a file descriptor."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", _DEVICE.encode(), _IFF_TUN | _IFF_NO_PI))
    subprocess.run(["ip", "link", "set", _DEVICE, "mtu", str(_MTU), "up"], check=True)
    for one in ranges:
        # The node's own address as the source: the device has none, so that no daemon announces it.
        subprocess.run(["ip", "route", "add", one, "dev", _DEVICE, "src", own], check=True)
    return device


def _say(line: str) -> None:
    print(line, flush=True)


def main(arguments: Sequence[str]) -> None:
    """The command line."""
    if arguments[0] == "relay":
        asyncio.run(relay())
    else:
        asyncio.run(end(arguments[1], arguments[2], arguments[3:]))


if __name__ == "__main__":
    main(sys.argv[1:])
