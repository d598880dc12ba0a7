"""What clients send that mean harm, or know no better, at the gateway and the APIs. After each attack the same daemons run, have given back what it took,
and have answered others meanwhile. With real daemons.
"""

import base64
import contextlib
import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from ipfs_cluster.edge.plan import GATEWAY
from ipfs_cluster_cli.dag.cid import varint

from tests.helpers import dags, hostile
from tests.helpers.daemons import Cluster, get, needs_daemons, running
from tests.helpers.doors import Neighbour, Use, connections, exchange, silent, status, use
from tests.helpers.waiting import until

pytestmark = needs_daemons

SEED = int(os.environ.get("SEED", "17"))
TASK_MIB = 2048
"""The default size of a task, for both daemons."""
REQUESTS = 96
"""What the gateway of such a task works on at a time, with a collector in it."""
DAEMONS = ("ipfs", "ipfs-cluster")


class Doors:
    """A cluster of two nodes. Attacks go to the first one, or to the load balancer."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.node = cluster, cluster.names[0]
        self.gateway, self.api = cluster.sandbox.ports[self.node].gateway, cluster.sandbox.ports[self.node].api
        self.authorization = "Basic " + base64.b64encode(cluster.credentials().encode()).decode()
        self._content = os.urandom(300_000)
        self._cid = cluster.add(self.node, self._content)
        until("both hold it", lambda: all(len(cluster.pinned(node, self._cid)) == 2 for node in cluster.names))

    def use(self) -> dict[str, Use]:
        return {daemon: use(self.cluster, self.node, daemon) for daemon in DAEMONS}

    def starts(self) -> list[str]:
        return [self.cluster.inspect(node, daemon)["State"]["StartedAt"] for node in self.cluster.names for daemon in DAEMONS]

    @contextlib.contextmanager
    def attacked(self) -> Iterator[None]:
        before, starts = self.use(), self.starts()
        neighbour = Neighbour(self.cluster, self._cid, self._content, self.authorization)
        with neighbour.at_work():
            yield
        assert self.starts() == starts
        assert neighbour.failed == []
        until(f"it is given back, of {before}", lambda: all(now.is_about(before[daemon]) for daemon, now in self.use().items()))

    def add_car(self, root: dags.Block, blocks: list[dags.Block]) -> str:
        """Adds a DAG and gives its CID."""
        assert self.upload_car(root, blocks) == 200
        return root.text

    def upload_car(self, root: dags.Block, blocks: list[dags.Block]) -> int:
        """Adds a CAR; gives the status."""
        return self.upload(part(dags.car(root, blocks)), "format=car")

    def upload(self, body: bytes, options: str) -> int:
        """Sends an upload's body; gives the status, 0 without an answer."""
        headers = f"Host: x\r\nAuthorization: {self.authorization}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n"
        return exchange(self.api, f"POST /add?stream-channels=false&{options} HTTP/1.1\r\n{headers}\r\n".encode() + body)


def part(content: bytes) -> bytes:
    """An upload's body with one file."""
    return b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + content + b"\r\n--b--\r\n"


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    groups = {
        "network": {"cidr": "10.233.0.0/16"},
        "swarm": {"mode": "private"},
        "nodes": {"count": 2},
        "api": {"pinningService": True},
        "monitoring": {"enabled": True},  # ipfs-cluster counts its goroutines only then
    }
    with running(tmp_path_factory.mktemp("doors"), groups) as cluster:
        yield Doors(cluster)


# --- slow clients -----------------------------------------------------------------------------------------------------


def test_who_never_ends_the_headers_is_cut_off_by_the_api(doors: Doors) -> None:
    with doors.attacked(), connections(doors.api, 300, b"GET /id HTTP/1.1\r\nHost: x\r\nX-Slow: ") as slow:
        assert [status(one) for one in slow] == [0] * 300


def test_the_gateway_holds_slow_headers_for_no_more_than_a_connection_each(doors: Doors) -> None:
    before = doors.use()["ipfs"]
    with doors.attacked(), connections(doors.gateway, 300, b"GET /ipfs/bafkqaaa HTTP/1.1\r\nHost: x\r\nX-Slow: ") as slow:
        held = doors.use()["ipfs"]
        assert all(silent(one) for one in slow)
        assert held.files >= before.files + 290
        assert held.heap_mib < before.heap_mib + 64


def test_a_slow_body_without_a_password_holds_no_more_than_a_connection(doors: Doors) -> None:
    before = doors.use()["ipfs-cluster"]
    # The refusal comes behind the body, if that is short (net/http reads up to 256 KiB of it first).
    with doors.attacked(), connections(doors.api, 300, b"POST /add HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx") as slow:
        held = doors.use()["ipfs-cluster"]
        assert all(silent(one) for one in slow)
        assert held.heap_mib < before.heap_mib + 64
        slow[0].sendall(b"x" * 999)
        assert status(slow[0]) == 401


def test_readers_who_do_not_read_cannot_fill_the_memory(doors: Doors) -> None:
    blocks = [dags.raw(os.urandom(1024 * 1024)) for _ in range(12)]  # more than kubo reads ahead
    root = dags.file(blocks * 80)
    big = doors.add_car(root, [*blocks, root])
    request = f"GET /ipfs/{big} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with doors.attacked(), connections(doors.gateway, REQUESTS + 40, request, receive_buffer=4096) as slow:
        seen = Counter(status(one) for one in slow)
        assert seen.keys() == {200, 429}
        assert seen[200] <= REQUESTS
        held = doors.use()
        assert sum(daemon.resident_mib for daemon in held.values()) < TASK_MIB
        with contextlib.ExitStack() as more:  # the neighbour may have had a place for a moment

            def check() -> tuple[int, str, str]:
                more.enter_context(connections(doors.gateway, 1, request, receive_buffer=4096))
                code, headers, _ = get(doors.gateway, GATEWAY.health_path)
                return code, headers.get("retry-after", ""), headers["cache-control"]

            until("there is no place", lambda: check() == (429, "60", "no-store"))
        assert "429" in GATEWAY.health_status.split(","), "a node that has much to do is not replaced"


# --- many and large ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [pytest.param(500, id="500"), pytest.param(3000, id="3000", marks=pytest.mark.long)])
def test_connections_that_say_nothing(doors: Doors, count: int) -> None:
    with doors.attacked(), connections(doors.gateway, count, b""), connections(doors.cluster.front("gateway"), count, b""):
        held = doors.use()["ipfs"]
        assert held.files >= count
        assert held.heap_mib < TASK_MIB // 8


def test_headers_have_a_largest_size(doors: Doors) -> None:
    def answers(kib: int) -> list[int]:
        request = b"GET /ipfs/bafkqaaa HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Large: " + b"a" * kib * 1024 + b"\r\n\r\n"
        return [exchange(port, request) for port in (doors.gateway, doors.api)]

    with doors.attacked():
        assert answers(15) == [200, 401]
        assert answers(64) == [200, 431]
        assert answers(1100) == [431, 431]


def test_a_flood_of_ranges_is_answered_by_the_file_once(doors: Doors) -> None:
    content = os.urandom(1000)
    cid = doors.cluster.add(doors.node, content)
    with doors.attacked():
        for count in (2, 1000):
            code, _, body = get(doors.gateway, f"/ipfs/{cid}", Range="bytes=" + ",".join(f"{index % 900}-" for index in range(count)))
            assert (code, body) == (200, content)


@pytest.mark.parametrize("count", [pytest.param(500, id="500"), pytest.param(20_000, id="20000", marks=pytest.mark.long)])
def test_wrong_passwords(doors: Doors, count: int) -> None:
    draw = random.Random(SEED)  # noqa: S311 (no secret)
    user = doors.cluster.credentials().partition(":")[0]
    guesses = (base64.b64encode(f"{user}:{draw.randbytes(12).hex()}".encode()).decode() for _ in range(count))
    with doors.attacked():
        seen = Counter(get(doors.api, "/id", Authorization=f"Basic {guess}")[0] for guess in guesses)
        assert seen == {401: count}
        assert get(doors.api, "/id", Authorization=doors.authorization)[0] == 200


# --- DAGs -------------------------------------------------------------------------------------------------------------


def test_an_endless_archive_ends_with_its_reader(doors: Doors) -> None:
    endless = doors.add_car(*dags.endless(10, 100))
    tar, car = (f"GET /ipfs/{endless}?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for query in ("format=tar", "format=car&car-dups=y"))
    with doors.attacked(), connections(doors.gateway, 2, tar) as tars, connections(doors.gateway, 2, car) as cars:
        for reader in (*tars, *cars):
            left = 1_000_000
            while left > 0:
                left -= len(reader.recv(65536))
        assert sum(daemon.resident_mib for daemon in doors.use().values()) < TASK_MIB


def test_deep_and_wide_directories(doors: Doors) -> None:
    deep, wide = doors.add_car(*dags.deep(200)), doors.add_car(*dags.wide(10_000))
    with doors.attacked():
        for path in (f"{deep}/", f"{deep}/{'d/' * 150}", f"{deep}?format=tar", f"{deep}?format=car", f"{wide}/", f"{wide}?format=tar"):
            assert get(doors.gateway, f"/ipfs/{path}")[0] == 200, path


BROKEN = {
    "not DAG-CBOR": dags.dag_cbor(b"\xff" * 100),
    "deep DAG-CBOR": dags.dag_cbor(b"\x81" * 1_000_000 + b"\x00"),
    "a list of 2^62": dags.dag_cbor(b"\x9b\x40" + b"\x00" * 7),
    "a text of 2^62": dags.dag_cbor(b"\x7b\x40" + b"\x00" * 7),
    "not DAG-PB": dags.dag_pb(b"\xff" * 100),
    "a link of 2^62": dags.dag_pb(b"\x12" + varint(2**62)),
}


def test_a_car_of_what_is_no_block_is_refused(doors: Doors) -> None:
    with doors.attacked():
        for name, block in BROKEN.items():
            assert doors.upload_car(block, [block]) == 500, name


def test_what_makes_a_handler_panic_ends_one_connection(doors: Doors) -> None:
    """docs/upstream/ipfs-cluster-uploads.md: the first two. Once they are mended there, the answer is an error."""
    leaf = dags.raw(b"a leaf")
    with doors.attacked():
        assert doors.upload_car(leaf, []) == 0, "a CAR without a block"
        assert doors.upload(b"--b--\r\n", "format=unixfs") == 0, "no part"
        assert doors.upload(part(b"hello"), "chunker=rabin-9223372036854775807") == 0


# --- anything ---------------------------------------------------------------------------------------------------------

# The gateway answers 500 for what it cannot resolve, the REST API for what it cannot add.
ANSWERS = {200, 202, 204, 206, 301, 302, 304, 307, 400, 401, 404, 405, 406, 409, 410, 412, 414, 415, 416, 417, 431, 500, 501, 505}
# Of some uploads ipfs-cluster's handler panics: that connection ends, and nothing else.
UPLOAD_ANSWERS = {*ANSWERS, 0}
# A daemon that refuses a request closes the connection with the body unread, and the load balancer may not see the refusal.
PROXIED_ANSWERS = {*ANSWERS, 502}


@pytest.mark.parametrize("count", [pytest.param(150, id="150"), pytest.param(10_000, id="10000", marks=pytest.mark.long)])
def test_anything_at_every_door(doors: Doors, count: int) -> None:
    draw = random.Random(SEED)  # noqa: S311 (no secret)
    pinning = doors.cluster.front("pinning")
    with doors.attacked():
        for turn in range(count):
            authorization = draw.choice(("", doors.authorization))
            for door, port, request, wanted in (
                ("gateway", doors.gateway, hostile.gateway_request(draw), ANSWERS),
                ("API", doors.api, hostile.api_request(draw, authorization), ANSWERS),
                ("upload", doors.api, hostile.multipart_request(draw, doors.authorization), UPLOAD_ANSWERS),
                ("pinning", pinning, hostile.api_request(draw, authorization), PROXIED_ANSWERS),
            ):
                answer = exchange(port, request)
                shown = request[:2000].replace(doors.authorization.encode(), b"...")
                assert answer in wanted, f"{door}, turn {turn} of seed {SEED}: {answer} to {shown!r}"
