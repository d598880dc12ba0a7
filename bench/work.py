"""The steps that are measured on a running set-up. A step returns the figures of one or more rows."""

import contextlib
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from ipfs_cluster.check import multipart

from sandbox.engine import EngineError

from . import cluster as running
from .cluster import Cluster, until

_CLIENTS = (1, 8, 32)
_SMALL_BYTES = 1024
_PINNING_CLIENTS = 16
_READING_CLIENTS = 8
_FORMATION_POLL_SECONDS = 0.5  # ipfs-cluster 1.1.6 can panic if it gets a request at a certain instant of its start
_REST_SECONDS = 5
FORMATION_PATIENCE_SECONDS = 180  # the sample's twelve nodes need 38
_SECONDS_PER_HOUR = 3600


BATCHED = "batched-"
"""Before the names of the rows that are measured in a cluster of this program that collects pins in batches."""
BATCH_MILLISECONDS = 100


@dataclass(frozen=True)
class Sizes:
    """The amount of work."""

    file_mib: int
    burst_seconds: float
    pins: int
    reads: int
    """Reads of each reading client."""
    dead_seconds: float
    idle_seconds: float
    """How long the processors are watched while nothing happens."""
    patience: float
    """The limit of every wait, in seconds; a figure this high means that the event did not happen."""


QUICK = Sizes(file_mib=20, burst_seconds=3, pins=200, reads=500, dead_seconds=8, idle_seconds=60, patience=60)
FULL = Sizes(file_mib=100, burst_seconds=10, pins=1000, reads=2000, dead_seconds=15, idle_seconds=60, patience=120)


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    name: str
    title: str
    unit: str
    more_is_better: bool = False
    busy: bool = False
    """Whether processors limit it, so that the frequency of health checks would influence it."""
    slow: bool = False
    """Whether time-outs make it so long that it is measured in two of the clusters, and not with every start order."""


def rows(sizes: Sizes) -> list[Row]:
    """All rows, in the order of the table."""
    return [
        *(Row(f"formation-{count}", f"{count} nodes from nothing until every node sees every other, any start order", "s") for count in (3, 6, 12)),
        Row("add", f"add of {sizes.file_mib} MiB until it is pinned everywhere", "MiB/s", True, busy=True),
        *(Row(f"small-{clients}", f"adds of 1 KiB, {clients} client{'s' if clients > 1 else ''}", "1/s", True, busy=True) for clients in _CLIENTS),
        Row("lag", "the last of them pinned everywhere, after the answer", "s", slow=True),
        Row("held", "adds of 1 KiB, 32 clients, each until every node has pinned it", "1/s", True, busy=True),
        Row(f"{BATCHED}small-32", f"with `pinning.batchMilliseconds: {BATCH_MILLISECONDS}`: adds of 1 KiB, 32 clients", "1/s", True),
        Row(f"{BATCHED}lag", "… the last of them pinned everywhere, after the answer", "s"),
        Row(f"{BATCHED}held", "… 32 clients, each until every node has pinned it", "1/s", True),
        Row("pins", f"pin {sizes.pins:,} known CIDs until all nodes hold them", "s", slow=True),
        Row("gateway-large", f"gateway, {sizes.file_mib} MiB, from a node", "MiB/s", True, busy=True),
        Row("gateway-large-balanced", f"gateway, {sizes.file_mib} MiB, through the load balancer", "MiB/s", True, busy=True),
        Row("gateway-small", "gateway, 1 KiB, from a node", "1/s", True, busy=True),
        Row("gateway-small-balanced", "gateway, 1 KiB, through the load balancer", "1/s", True, busy=True),
        Row("idle-ipfs", "processor time of a node's kubo at rest, health checks included", "s/h", busy=True),
        Row("idle-ipfs-cluster", "… of its ipfs-cluster", "s/h", busy=True),
        Row("memory-rest", "memory of a node's daemons at rest", "MiB"),
        Row("memory-load", "… at its peak under this load", "MiB", busy=True),
        Row("dead-add", "slowest add of 1 KiB while a node is dead", "s", slow=True),
        Row("back", "a killed node started again, until it holds a pin that it missed", "s", slow=True),
        Row("restart", "a node stopped and started again until all its health checks succeed, as often as ECS checks", "s", busy=True),
        Row("update", "3 nodes so, one after another, each after its deregistration delay", "min", busy=True),
        Row("configure-first", "configure container, new repository", "s"),
        Row("configure-again", "configure container, nothing changed", "s", slow=True),
    ]


Figures = dict[str, float]
_FAILURES = (OSError, HTTPException, EngineError, subprocess.CalledProcessError)


class NotFormedError(Exception):
    """The nodes of a set-up did not find each other, so there is nothing to measure. The text says which one has what wrong."""


class Work:
    """One run of the steps on one set-up."""

    def __init__(self, cluster: Cluster, sizes: Sizes, folder: Path, say: Callable[[str], None]) -> None:
        self.cluster, self.sizes, self.folder, self._say = cluster, sizes, folder, say
        self.large = folder / "large"
        self.small = folder / "small"
        self.large_cid = ""
        self._added: set[str] = set()
        self.figures: Figures = {}
        self.failed: list[str] = []
        """Steps that failed, and why."""

    def run(self, order: Sequence[int], wanted: set[str]) -> Figures:
        """Forms the cluster and runs every step that has a wanted row. Returns those rows' figures. Raises NotFormedError."""
        self._wanted = wanted
        self.form(order)
        gateway = {"gateway-large", "gateway-large-balanced", "gateway-small", "gateway-small-balanced"}
        steps: list[tuple[set[str], Callable[[], None]]] = [
            ({"memory-rest"}, self.rest),
            ({"idle-ipfs", "idle-ipfs-cluster"}, self.idle),
            ({"add", *gateway}, self.add_large),
            (gateway, self.read),
            ({*(f"small-{clients}" for clients in _CLIENTS), "lag"}, self.add_small),
            ({"held"}, self.add_until_held),
            ({"pins"}, self.pin),
            ({"memory-load"}, self.load),
            ({"restart", "update"}, self.restart),
            ({"dead-add", "back", "configure-again"}, self.lose),
        ]
        for names, step in steps:
            if names & wanted:
                try:
                    step()
                except _FAILURES as error:
                    # The rest of the run is still useful.
                    self.failed.append(f"{step.__name__}: {error}")
                    self._say(f"    failed: {self.failed[-1]}")
        return {name: value for name, value in self.figures.items() if name in wanted}

    def _note(self, name: str, value: float) -> None:
        self.figures[name] = value
        self._say(f"    {name:<24} {value:10.2f}")

    def form(self, order: Sequence[int]) -> None:
        """The time from the start of the first node until every node sees every other."""
        cluster = self.cluster
        started = time.monotonic()
        cluster.start(order)
        if not until(cluster.is_formed, FORMATION_PATIENCE_SECONDS, _FORMATION_POLL_SECONDS):
            raise NotFormedError(f"{cluster.setup.name} did not form within {FORMATION_PATIENCE_SECONDS} s: {cluster.why_not_formed()}")
        self._note(f"formation-{len(cluster)}", time.monotonic() - started)
        cluster.started()
        with contextlib.suppress(KeyError):  # the sample has none
            self._note("configure-first", cluster.run_seconds(order[0], "configure"))

    def rest(self) -> None:
        """Memory before any work."""
        time.sleep(_REST_SECONDS)
        self._note("memory-rest", max(self.cluster.memory_mib(index, peak=False) for index in range(len(self.cluster))))

    def idle(self) -> None:
        """Processor time while nothing happens, of the average node."""
        time.sleep(self.sizes.idle_seconds / 2)  # the work of the start ends
        daemons = ["ipfs", "ipfs-cluster"] if self.cluster.setup.is_cluster else ["ipfs"]
        nodes = range(len(self.cluster))
        begun = time.monotonic()
        before = {daemon: [self.cluster.cpu_seconds(index, daemon) for index in nodes] for daemon in daemons}
        time.sleep(self.sizes.idle_seconds)
        for daemon in daemons:
            used = statistics.mean(self.cluster.cpu_seconds(index, daemon) - before[daemon][index] for index in nodes)
            self._note(f"idle-{daemon}", used / (time.monotonic() - begun) * _SECONDS_PER_HOUR)

    def restart(self) -> None:
        """What an update does to each node, without what Fargate takes to place a task."""
        taken = []
        for index in range(len(self.cluster)):
            started = time.monotonic()
            self.cluster.stop(index)
            self.cluster.start([index])
            until(lambda: self.cluster.is_healthy(index), self.sizes.patience)  # noqa: B023 (called here)
            taken.append(time.monotonic() - started)
            self.cluster.started()
        self._note("restart", statistics.median(taken))
        if self.cluster.setup.is_cluster:
            self._note("update", (sum(taken) + len(taken) * self.cluster.setup.drain_seconds) / 60)

    def load(self) -> None:
        """The peak memory so far."""
        self._note("memory-load", max(self.cluster.memory_mib(index, peak=True) for index in range(len(self.cluster))))

    def add_large(self) -> None:
        """A large file of random bytes."""
        self.large.write_bytes(os.urandom(self.sizes.file_mib << 20))
        started = time.monotonic()
        self.large_cid = self.cluster.add(0, self.large)
        self._until_everywhere(self.large_cid)
        self._note("add", self.sizes.file_mib / (time.monotonic() - started))

    def _until_everywhere(self, cid: str, missing: int = -1) -> None:
        until(lambda: all(self.cluster.is_pinned(index, cid) for index in range(len(self.cluster)) if index != missing), self.sizes.patience)

    def add_small(self) -> None:
        """As many small adds as clients on open connections can send, and the time until all are pinned everywhere, if that is wanted."""
        lags = []
        for clients in _CLIENTS:
            added = self._burst(clients)
            self._added |= added
            self._note(f"small-{clients}", len(added) / self.sizes.burst_seconds)
            if "lag" in self._wanted and self.cluster.setup.is_cluster:
                lags.append(self._lag(added))
        if lags:
            self._note("lag", max(lags))

    def add_until_held(self) -> None:
        """As many small adds as clients can send that wait until every node has pinned each."""
        clients = _CLIENTS[-1]
        if self.cluster.setup.is_cluster:  # what was added before is still on its way
            until(lambda: self._all_hold(self._added), self.sizes.patience)
        self._note("held", len(self._burst(clients, until_held=True)) / self.sizes.burst_seconds)

    def _burst(self, clients: int, *, until_held: bool = False) -> set[str]:
        added: set[str] = set()
        end = time.monotonic() + self.sizes.burst_seconds
        cluster = self.cluster
        path = "/add?cid-version=1" if cluster.setup.is_cluster else "/api/v0/add?cid-version=1&quieter=true&progress=false"
        key = '"cid":"' if cluster.setup.is_cluster else '"Hash":"'

        def client(number: int) -> None:
            connection = HTTPConnection("127.0.0.1", cluster.ports[number % len(cluster)].api, timeout=60)
            with contextlib.closing(connection):
                while time.monotonic() < end:
                    body = multipart(os.urandom(_SMALL_BYTES))
                    try:
                        status, answer = running.ask(connection, "POST", path, cluster.setup.credentials, *body)
                        cid = answer.decode().partition(key)[2].partition('"')[0]
                        if until_held and cluster.setup.is_cluster:
                            until(lambda: cluster.is_everywhere(connection, cid), end - time.monotonic())  # noqa: B023 (called here)
                    except (OSError, HTTPException):
                        connection.close()  # which reconnects; an unanswered add does not count
                        continue
                    if status == 200 and cid and time.monotonic() < end:
                        added.add(cid)

        _together([lambda number=number: client(number) for number in range(clients)])  # type: ignore[misc]
        return added

    def _lag(self, added: set[str]) -> float:
        started = time.monotonic()
        until(lambda: self._all_hold(added), self.sizes.patience)
        return time.monotonic() - started

    def _all_hold(self, cids: set[str]) -> bool:
        return all(cids <= self.cluster.pinned(index) for index in range(len(self.cluster)))

    def pin(self) -> None:
        """Content that one node's kubo already has."""
        cids = unpinned(lambda *command: self.cluster.docker("exec", self.cluster.container(0, "ipfs"), *command), self.sizes.pins)
        queue = iter(cids)
        lock = threading.Lock()

        def client() -> None:
            connection = HTTPConnection("127.0.0.1", self.cluster.ports[0].api, timeout=60)
            with contextlib.closing(connection):
                while True:
                    with lock:
                        cid = next(queue, None)
                    if cid is None:
                        return
                    path = f"/pins/{cid}" if self.cluster.setup.is_cluster else f"/api/v0/pin/add?arg={cid}"
                    status, _ = running.ask(connection, "POST", path, self.cluster.setup.credentials, b"", "")
                    if status >= 300:
                        raise EngineError(f"pin was answered {status}")

        started = time.monotonic()
        _together([client] * _PINNING_CLIENTS)
        if self.cluster.setup.is_cluster:
            until(lambda: self._all_hold(set(cids)), self.sizes.patience)
        self._note("pins", time.monotonic() - started)

    def read(self) -> None:
        """The gateway of a node that did not receive the add, and the load balancer's."""
        self.small.write_bytes(os.urandom(_SMALL_BYTES))
        small = self.cluster.add(0, self.small)
        self._until_everywhere(small)
        ways = {"": self.cluster.ports[-1].gateway}
        if self.cluster.setup.front:
            self.cluster.start_front(self.sizes.patience)
            ways["-balanced"] = self.cluster.front_ports["gateway"]
        for way, port in ways.items():
            self._note(f"gateway-large{way}", self._read_large(port))
            self._note(f"gateway-small{way}", self._read_small(port, small))

    def _read_large(self, port: int) -> float:
        url = f"http://127.0.0.1:{port}/ipfs/{self.large_cid}"
        words = ["curl", "-sS", "--fail", "-o", os.devnull, "-w", "%{speed_download}", url]
        return statistics.median(float(subprocess.run(words, capture_output=True, check=True, text=True).stdout) for _ in range(3)) / (1 << 20)

    def _read_small(self, port: int, cid: str) -> float:
        url = f"http://127.0.0.1:{port}/ipfs/{cid}?n=[1-{self.sizes.reads}]"
        started = time.monotonic()
        readers = [subprocess.Popen(["curl", "-sS", "--fail", "-o", os.devnull, url]) for _ in range(_READING_CLIENTS)]
        if [code for code in [reader.wait() for reader in readers] if code]:
            raise EngineError("a read failed")
        return _READING_CLIENTS * self.sizes.reads / (time.monotonic() - started)

    def lose(self) -> None:
        """Kills a node, continues to add at another, and starts the node again."""
        if not self.cluster.setup.is_cluster:
            return
        lost, slowest, missed = 1, 0.0, ""
        self.cluster.kill(lost)
        end = time.monotonic() + self.sizes.dead_seconds
        while time.monotonic() < end:
            self.small.write_bytes(os.urandom(_SMALL_BYTES))
            started = time.monotonic()
            missed = self.cluster.add(0, self.small)
            slowest = max(slowest, time.monotonic() - started)
            time.sleep(0.5)
        self._note("dead-add", slowest)
        self._until_everywhere(missed, missing=lost)
        started = time.monotonic()
        self.cluster.start([lost])
        until(lambda: self.cluster.is_pinned(lost, missed), self.sizes.patience)
        self._note("back", time.monotonic() - started)
        self.cluster.started()
        with contextlib.suppress(KeyError):
            self._note("configure-again", self.cluster.run_seconds(lost, "configure"))


def unpinned(run: Callable[..., str], count: int) -> list[str]:
    """Adds ``count`` small files to a kubo without pinning them; ``run`` runs a command in its container. Returns their CIDs."""
    many = f"mkdir /tmp/many && cd /tmp/many && for i in $(seq {count}); do echo $i-$RANDOM$RANDOM > $i; done"
    return run("sh", "-c", f"{many} && ipfs add -r -q --pin=false --cid-version=1 .").split()[:-1]  # the last one is the folder's


def _together(clients: Sequence[Callable[[], None]]) -> None:
    """Runs clients at the same time. Raises the first exception that a client raised."""
    failed: list[Exception] = []

    def guarded(client: Callable[[], None]) -> None:
        try:
            client()
        except _FAILURES as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
