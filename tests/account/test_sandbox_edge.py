"""The sandbox's edge of several Regions: the program's functions, run for real requests, with stand-ins for the Regions' load balancers."""

import base64
import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from moto import mock_aws

from sandbox import console
from sandbox.regions import edge
from sandbox.regions.edge import Edge, State
from sandbox.regions.edge_process import EDGE, STATE
from tests.helpers.edge_functions import needs_node
from tests.helpers.regions import FIRST, SECOND, SMALL, World
from tests.helpers.serving import serving

pytestmark = needs_node

PASSWORD = "correct-horse-battery"
ORIGIN = {**SMALL, "edge": {"mode": "origin"}}


class Region:
    """A Region's load balancer: answers with its name, and tells what it was asked."""

    def __init__(self, name: str) -> None:
        self.status = 200
        self.asked: list[tuple[str, str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        region = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                region.asked.append((self.command, self.path, body))
                region.headers.append({key.lower(): value for key, value in self.headers.items()})
                self.send_response(region.status)
                self.send_header("Content-Length", str(len(name)))
                self.end_headers()
                self.wfile.write(name.encode())

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 (the server's name)

        self.handler = Handler


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Edge, Edge]:
    """The edge with a password for readers, and with tokens."""
    with mock_aws():
        world = World(ORIGIN)
        for region in (FIRST, SECOND):
            world.deploy(region)
        stack = world.join(tmp_path_factory.mktemp("world"), edge={}, gateway={"authentication": "basic", "username": "me", "password": PASSWORD})
        site = console.read(stack.client, stack.account.recorded)
        basic = edge.read(stack.account.made, site)
    with mock_aws():
        world = World(ORIGIN)
        for region in (FIRST, SECOND):
            world.deploy(region)
        tokens = edge.read(world.join(tmp_path_factory.mktemp("tokens"), edge={"console": False}, gateway={"authentication": "token"}).account.made, None)
    assert basic
    assert tokens
    return basic, tokens


class Running:
    """The edge's process, and the Regions behind it."""

    def __init__(self, folder: Path, found: Edge, regions: dict[str, Region], ports: dict[str, int]) -> None:
        self.regions, self._folder = regions, folder
        self._ports = {role: _free_port() for role in ("gateway", "api")}
        self.state(State("eu-west-2"))
        EDGE.start(folder, edge.settings(found, self._ports, {region: {"gateway": port, "api": port} for region, port in ports.items()}))

    def state(self, state: State) -> None:
        (self._folder / STATE).write_text(state.text())

    def ask(self, role: str, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self._ports[role], timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def read(self, path: str = "/ipfs/bafkqaaa") -> tuple[int, str, dict[str, str]]:
        return self.ask("gateway", "GET", path, authorization="Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(folder: Path, found: Edge) -> Iterator[Running]:
    regions = {region: Region(region) for region in (FIRST, SECOND)}
    with contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(serving(region.handler)) for name, region in regions.items()}
        stack.callback(EDGE.stop, folder)
        yield Running(folder, found, regions, ports)


@pytest.fixture
def world(deployed: tuple[Edge, Edge], tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, deployed[0]) as found:
        yield found


def test_requests_go_to_the_region_that_is_nearest_to_the_client(world: Running) -> None:
    for location, region in (("eu-west-2", FIRST), ("us-west-2", SECOND), ("no-where-9", FIRST)):
        world.state(State(location))
        assert world.read()[:2] == (200, region)
        assert world.ask("api", "GET", "/id")[:2] == (200, region)
    assert world.read()[2]["x-sandbox-origin"] == f"gateway-{FIRST}"


def test_a_region_that_is_out_gets_nothing(world: Running) -> None:
    world.state(State("eu-west-2", [FIRST]))
    assert world.read()[1] == SECOND
    assert world.ask("api", "POST", "/add", b"content")[1] == SECOND
    assert world.regions[FIRST].asked == []
    world.state(State("eu-west-2"))
    assert world.read()[1] == FIRST


@pytest.mark.parametrize("status", [404, 503])
def test_readers_fail_over_and_writers_do_not(world: Running, status: int) -> None:
    world.regions[FIRST].status = status
    assert world.read()[:2] == (200, SECOND)
    assert world.ask("api", "POST", "/add", b"content")[:2] == (status, FIRST)
    assert world.regions[SECOND].asked == [("GET", "/ipfs/bafkqaaa", b"")]


def test_a_region_that_does_not_answer_is_passed_over(deployed: tuple[Edge, Edge], tmp_path: Path) -> None:
    here = Region(SECOND)
    with serving(here.handler) as port, contextlib.ExitStack() as stack:
        stack.callback(EDGE.stop, tmp_path)
        world = Running(tmp_path, deployed[0], {}, {FIRST: _free_port(), SECOND: port})
        assert world.read()[:2] == (200, SECOND)
        assert world.ask("api", "GET", "/id")[0] == 502


def test_what_a_client_sends_arrives(world: Running) -> None:
    assert world.ask("api", "POST", "/add?name=a%20b&expire-in=&x&x=2", b"c" * 100_000, x_mine="yes")[0] == 200
    assert world.regions[FIRST].asked == [("POST", "/add?name=a%20b&expire-in=&x&x=2", b"c" * 100_000)]
    assert world.regions[FIRST].headers[0]["x-mine"] == "yes"


def test_the_gateways_own_function_runs_too(world: Running) -> None:
    assert world.ask("gateway", "GET", "/ipfs/bafkqaaa")[0] == 401
    status, _, headers = world.read("/ipfs/bafkqaaa?format=car")
    assert (status, headers["cache-control"]) == (200, "no-store"), "before and after an answer"
    assert "authorization" not in world.regions[FIRST].headers[0]


def test_methods_that_a_distribution_does_not_take_are_refused(world: Running) -> None:
    assert world.ask("gateway", "POST", "/ipfs/bafkqaaa", b"content")[0] == 403
    assert world.ask("api", "POST", "/console/", b"content")[0] == 403
    assert [region.asked for region in world.regions.values()] == [[], []]


def test_the_console_is_served(world: Running) -> None:
    status, _, headers = world.ask("api", "GET", "/console")
    assert (status, headers["location"]) == (302, "/console/")
    status, body, headers = world.ask("api", "GET", "/console/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<title>" in body
    assert headers["content-security-policy"]
    assert world.ask("api", "GET", "/console/none.js")[0] == 403
    assert world.regions[FIRST].asked == []


def test_tokens_are_not_asked_for(deployed: tuple[Edge, Edge], tmp_path: Path) -> None:
    """Lambda@Edge does not run here, and the static group of origins stands in for the function."""
    basic, tokens = deployed
    assert (basic.runs_everything, tokens.runs_everything) == (True, False)
    with running(tmp_path, tokens) as world:
        world.state(State("us-west-2"))
        assert world.ask("gateway", "GET", "/ipfs/bafkqaaa")[:2] == (200, FIRST)
        world.regions[FIRST].status = 404
        assert world.ask("gateway", "GET", "/ipfs/bafkqaaa")[:2] == (200, SECOND)


def test_a_stack_without_an_edge_has_none(tmp_path: Path) -> None:
    with mock_aws():
        world = World(SMALL)
        for region in (FIRST, SECOND):
            world.deploy(region)
        assert edge.read(world.join(tmp_path).account.made, None) is None


def test_the_state_is_read_as_it_was_written() -> None:
    for state in (State("eu-west-1"), State("us-west-2", [FIRST, SECOND])):
        assert State.read(state.text()) == state
    assert json.loads(State("eu-west-1").text()) == {"location": "eu-west-1", "keys": {}}
