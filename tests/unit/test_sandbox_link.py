"""The link between the sandbox's Regions: addresses, settings, and the relay, without containers."""

import asyncio
import dataclasses
import ipaddress
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import yaml
from ipfs_cluster.daemons.task import Peer
from ipfs_cluster.regions.member import Member

from sandbox import compose
from sandbox.regions import link, tunnel
from sandbox.regions.link import Link
from sandbox.regions.tunnel import Connection, Relay

A, B, C = "eu-west-1", "us-east-1", "ap-northeast-1"
RANGES = {A: "10.94.0.0/16", B: "10.95.0.0/16", C: "10.96.0.0/24"}


def member(region: str, *nodes: str) -> Member:
    return Member(
        region=region,
        account="123456789012",
        swarm_mode="private",
        replicas_per_region=None,
        vpc_id="vpc-1",
        ranges=[RANGES[region]],
        route_tables={},
        security_group="sg-1",
        zone=f"{region}.internal",
        zone_id="Z1",
        peers=[Peer(node, f"{node}.{region}.internal", "12D3KooWa", "12D3KooWb") for node in nodes],
    )


MEMBERS = {A: member(A, "one", "two"), B: member(B, "three")}
ONE, TWO, THREE = "one.eu-west-1.internal", "two.eu-west-1.internal", "three.us-east-1.internal"


# --- addresses and settings -------------------------------------------------------------------------------------------


def test_nodes_have_addresses_that_the_engine_gives_to_nobody_else() -> None:
    assert link.addresses(MEMBERS, {}) == {ONE: "10.94.255.252", TWO: "10.94.255.251", THREE: "10.95.255.252"}


def test_a_node_keeps_its_address() -> None:
    kept = link.addresses(MEMBERS, {})
    fewer = {A: member(A, "two", "four"), B: member(B, "three")}
    assert link.addresses(fewer, kept) == {TWO: "10.94.255.251", "four.eu-west-1.internal": "10.94.255.252", THREE: "10.95.255.252"}


def test_a_node_gets_another_address_with_another_range() -> None:
    moved = {A: dataclasses.replace(MEMBERS[A], ranges=["10.97.0.0/16"])}
    assert link.addresses(moved, link.addresses(MEMBERS, {})) == {ONE: "10.97.255.252", TWO: "10.97.255.251"}


def test_a_region_reaches_the_others() -> None:
    members = {**MEMBERS, C: member(C, "five")}
    found = link.joint(A, members, link.addresses(members, {}), "ipfs-world-1")
    assert found.network == "ipfs-world-1-eu-west-1"
    assert found.ranges == [RANGES[B], RANGES[C]]
    assert found.addresses == {ONE: "10.94.255.252", TWO: "10.94.255.251"}
    assert found.others == {THREE: "10.95.255.252", "five.ap-northeast-1.internal": "10.96.0.252"}
    assert found.program[:2] == ["python", "-c"]
    assert found.program[3:] == ["end", "10.94.255.253"]


def test_the_relay_is_in_all_networks() -> None:
    links = link.links(MEMBERS, 80)
    file = link.compose_file(MEMBERS, links, "ipfs-world-1")
    assert yaml.safe_load(yaml.safe_dump(file)) == file
    assert file["networks"] == {
        A: {"name": "ipfs-world-1-eu-west-1", "ipam": {"config": [{"subnet": "10.94.0.0/16"}]}},
        B: {"name": "ipfs-world-1-us-east-1", "ipam": {"config": [{"subnet": "10.95.0.0/16"}]}},
    }
    service = file["services"][link.SERVICE]
    assert service["networks"] == {A: {"ipv4_address": "10.94.255.253"}, B: {"ipv4_address": "10.95.255.253"}}
    assert (service["user"], service["cap_drop"]) == ("65534:65534", ["ALL"]), "it needs no privilege"
    assert json.loads(service["environment"]["LINK"]) == {
        "regions": {A: [RANGES[A]], B: [RANGES[B]]},
        "links": {"eu-west-1 us-east-1": {"milliseconds": 80, "cut": False}},
    }
    assert link.read(service["environment"]["LINK"]) == links
    code = service["entrypoint"][2].replace("$$", "$")
    compile(code, "tunnel.py", "exec")


def test_a_container_of_a_node_may_do_no_more_than_make_its_device() -> None:
    found = link.joint(A, MEMBERS, link.addresses(MEMBERS, {}), "ipfs-world-1")
    container = {"name": "configure", "image": "kubo", "mountPoints": [], "essential": False}
    node = compose.Node("ipfs-node-one", ONE, [container], {}, {})
    file = compose.compose_file([node], {node.name: compose.Ports(1, 2)}, RANGES[A], {}, 1, joint=found)
    task = file["services"]["ipfs-node-one-task"]
    assert file["networks"] == {"vpc": {"external": True, "name": "ipfs-world-1-eu-west-1"}}
    assert (task["cap_drop"], task["cap_add"], task["devices"]) == (["ALL"], ["NET_ADMIN"], ["/dev/net/tun"])
    assert task["networks"] == {"vpc": {"aliases": [ONE], "ipv4_address": "10.94.255.252"}}
    assert task["extra_hosts"] == [f"{THREE}:10.95.255.252"]
    assert task["entrypoint"][3:] == ["end", "10.94.255.253"]
    assert task["command"] == ["10.94.255.252", RANGES[B]]
    assert task["image"] == link.IMAGE


def test_links_are_changed_all_or_those_of_a_region() -> None:
    links = link.links([A, B, C], 80)
    assert links == {"ap-northeast-1 eu-west-1": Link(80), "ap-northeast-1 us-east-1": Link(80), "eu-west-1 us-east-1": Link(80)}
    cut = link.changed(links, C, cut=True)
    assert cut == {"ap-northeast-1 eu-west-1": Link(80, True), "ap-northeast-1 us-east-1": Link(80, True), "eu-west-1 us-east-1": Link(80)}
    assert link.changed(cut, "", round_trip_milliseconds=240) == {**dict.fromkeys(cut, Link(240, True)), "eu-west-1 us-east-1": Link(240)}
    assert link.changed(cut, "", cut=False) == links
    assert [str(one) for one in cut.values()] == ["cut", "cut", "a round trip of 80 ms"]


# --- the relay --------------------------------------------------------------------------------------------------------


def packet(source: str, target: str, content: bytes = b"") -> bytes:
    """An IPv4 packet, as far as the relay reads it."""
    return b"\x45" + bytes(11) + ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed + content


NODES = {A: "10.94.255.252", B: "10.95.255.252", C: "10.96.0.252"}


class End:
    """A node's end of the tunnel."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.got: asyncio.Queue[bytes] = asyncio.Queue()
        self.lost = asyncio.Event()
        self._connection: Connection | None = None

    async def connect(self, port: int) -> None:
        made = Connection(lambda _, got: self.got.put_nowait(got), lambda _: self.lost.set())
        await asyncio.get_running_loop().create_connection(lambda: made, "127.0.0.1", port)
        made.send(ipaddress.ip_address(self.address).packed)
        self._connection = made

    def send(self, target: str, content: bytes = b"") -> bytes:
        assert self._connection
        sent = packet(self.address, target, content)
        self._connection.send(sent)
        return sent

    def close(self) -> None:
        assert self._connection
        self._connection.close()


Body = Callable[[Relay, dict[str, End]], Coroutine[Any, Any, None]]


def relayed(body: Body, milliseconds: float = 2) -> None:
    """Runs a test with a relay between three Regions with a node each."""

    async def run() -> None:
        relay = Relay()
        relay.configure(settings(link.links(NODES, milliseconds)))
        server = await asyncio.get_running_loop().create_server(relay.connection, "127.0.0.1", 0)
        ends = {region: End(address) for region, address in NODES.items()}
        for end in ends.values():
            await end.connect(server.sockets[0].getsockname()[1])
        await until_known(relay, set(NODES.values()))
        try:
            await asyncio.wait_for(body(relay, ends), 30)
        finally:
            for end in ends.values():
                end.close()
            server.close()

    asyncio.run(run())


async def until_known(relay: Relay, addresses: set[str]) -> None:
    """Waits until these nodes are connected, and no others."""
    while {str(ipaddress.ip_address(known)) for known in relay.known()} != addresses:  # noqa: ASYNC110 (the relay has no event for it)
        await asyncio.sleep(0.001)


def settings(links: dict[str, Link]) -> Any:
    return json.loads(link.settings({region: member(region, "n") for region in NODES}, links))


def test_packets_arrive_whole_and_in_order() -> None:
    async def body(_: Relay, ends: dict[str, End]) -> None:
        sent = [ends[A].send(NODES[B], bytes([index % 256]) * (index * 40 % 8400)) for index in range(500)]
        assert [await ends[B].got.get() for _ in sent] == sent
        answer = ends[B].send(NODES[A], b"answer")
        assert await ends[A].got.get() == answer
        assert ends[C].got.empty()

    relayed(body)


def test_a_packet_takes_half_a_round_trip() -> None:
    async def body(_: Relay, ends: dict[str, End]) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        ends[A].send(NODES[B])
        await ends[B].got.get()
        assert loop.time() - begun >= 0.06

    relayed(body, 120)


def test_a_link_that_is_cut_loses_packets_on_their_way_too() -> None:
    async def body(relay: Relay, ends: dict[str, End]) -> None:
        links = link.links(NODES, 200)
        ends[A].send(NODES[B], b"on its way")
        await asyncio.sleep(0)
        relay.configure(settings(link.changed(links, B, cut=True)))
        ends[A].send(NODES[B], b"lost")
        other = ends[A].send(NODES[C], b"another link")
        assert await ends[C].got.get() == other
        relay.configure(settings(link.links(NODES, 0)))
        last = ends[A].send(NODES[B], b"joined")
        assert await ends[B].got.get() == last

    relayed(body, 200)


def test_packets_for_nobody_are_lost() -> None:
    async def body(_: Relay, ends: dict[str, End]) -> None:
        ends[A].send("10.95.0.9")
        ends[A].send("192.0.2.1")
        last = ends[A].send(NODES[B], b"last")
        assert await ends[B].got.get() == last

    relayed(body)


def test_a_node_that_comes_again_takes_the_place_of_the_one_before() -> None:
    async def body(relay: Relay, ends: dict[str, End]) -> None:
        ends[B].close()
        await ends[B].lost.wait()
        await until_known(relay, {NODES[A], NODES[C]})
        ends[A].send(NODES[B], b"lost")
        sent = ends[C].send(NODES[A], b"the relay goes on")
        assert await ends[A].got.get() == sent

    relayed(body)


def test_a_queue_that_is_full_drops() -> None:
    class Full:
        written = 0

        def get_write_buffer_size(self) -> int:
            return tunnel.LONGEST_QUEUE

        def write(self, _: bytes) -> None:
            self.written += 1

        def get_extra_info(self, _: str) -> Any:
            return self

        def setsockopt(self, *_: object) -> None:
            """Takes any option."""

    transport = Full()
    connection = Connection(lambda *_: None, lambda _: None)
    connection.connection_made(transport)
    connection.send(b"packet")
    assert transport.written == 0


@pytest.mark.parametrize("text", [link.SHOW, link.CHANGE])
def test_the_relays_commands_name_its_file(text: str) -> None:
    assert tunnel.SETTINGS in text
