"""What tests of the doors share: many connections, what the daemons use meanwhile, and a well-behaved client next to it all."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.helpers.daemons import Cluster, get
from tests.helpers.waiting import until

_PROMISED_SECONDS = 60  # of silence, after which a connection counts as stuck


@dataclass(frozen=True)
class Use:
    """What a daemon uses."""

    resident_mib: int
    heap_mib: int
    """What it still refers to, after a garbage collection."""
    goroutines: int
    files: int
    """Open file descriptors, connections among them."""

    def is_about(self, before: "Use") -> bool:
        """Whether what an attack took is given back."""
        return self.heap_mib <= before.heap_mib + 64 and self.goroutines <= before.goroutines + 100 and self.files <= before.files + 50


# Where the daemons show their metrics and their profiler, within their task.
_SHOWN = {"ipfs": ("ipfs", 5001, "debug/metrics/prometheus"), "ipfs-cluster": ("ipfs-cluster-service", 8888, "metrics")}


def use(cluster: Cluster, node: str, daemon: str) -> Use:
    """What a daemon of a node uses at the moment; the cluster must be monitored."""
    program, port, path = _SHOWN[daemon]
    script = f"""
        pid=$(pidof {program} | tr ' ' '\\n' | sort -n | head -n 1)  # a health check runs the same program
        wget -qO /dev/null 'http://127.0.0.1:{port}/debug/pprof/heap?gc=1'
        grep VmRSS "/proc/$pid/status"
        echo "files $(ls "/proc/$pid/fd" | wc -l)"
        wget -qO- http://127.0.0.1:{port}/{path} | grep -E '^(go_goroutines|go_memstats_heap_alloc_bytes) '
    """
    said = cluster.docker("exec", cluster.container(node, daemon).id, "sh", "-c", script)

    def number(pattern: str) -> int:
        found = re.search(pattern + r"\s+(\S+)", said)
        assert found, said
        return int(float(found[1]))

    mib = 1024 * 1024
    return Use(number("VmRSS:") // 1024, number("go_memstats_heap_alloc_bytes") // mib, number("go_goroutines"), number("files"))


class Neighbour:
    """A client of the load balancer who reads a file and asks the API, over and over, with one retry as a reader would make."""

    def __init__(self, cluster: Cluster, cid: str, content: bytes, authorization: str) -> None:
        self._cluster, self._cid, self._content, self._authorization = cluster, cid, content, authorization
        self.answered = 0
        self.failed: list[str] = []
        self._end = threading.Event()

    def _once(self) -> str:
        """What is wrong with the answers; empty if nothing is."""
        try:
            status, _, body = get(self._cluster.front("gateway"), f"/ipfs/{self._cid}")
            if (status, body) != (200, self._content):
                return f"the gateway answered {status}"
            status, _, _ = get(self._cluster.front("api"), "/id", Authorization=self._authorization)
        except OSError as error:
            return str(error)
        return "" if status == 200 else f"the API answered {status}"

    def _work(self) -> None:
        while not self._end.wait(0.05):  # the attack is to have the processors
            problem = self._once() and self._once()
            if problem:
                self.failed.append(problem)
            else:
                self.answered += 1

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        worker = threading.Thread(target=self._work)
        worker.start()
        try:
            yield
            seen = self.answered
            until("the neighbour is answered", lambda: self.answered > seen)
        finally:
            self._end.set()
            worker.join()


@contextlib.contextmanager
def connections(port: int, count: int, sent: bytes, receive_buffer: int = 0) -> Iterator[Sequence[socket.socket]]:
    """Connections to a port of this machine that have each sent the same and say no more. A small receive buffer makes a reader who does not read."""
    with contextlib.ExitStack() as opened:
        made = []
        for _ in range(count):
            one = opened.enter_context(socket.socket())
            one.settimeout(_PROMISED_SECONDS)
            if receive_buffer:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            one.connect(("127.0.0.1", port))
            one.sendall(sent)
            made.append(one)
        yield made


def status(connection: socket.socket) -> int:
    """The status of an answer; 0 if the connection is closed without one. Raises TimeoutError if nothing comes."""
    try:
        line = connection.recv(12)
    except ConnectionError:
        return 0
    return int(line[9:12]) if line.startswith(b"HTTP/1.") and len(line) == 12 else 0


def exchange(port: int, request: bytes) -> int:
    """Sends bytes as they are; gives the status of the answer, 0 without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=_PROMISED_SECONDS) as connection:
        with contextlib.suppress(ConnectionError):  # it may be refused before all is sent
            connection.sendall(request)
        return status(connection)


def silent(connection: socket.socket) -> bool:
    """Whether nothing has come on a connection, its end neither."""
    connection.setblocking(False)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
    else:
        return False
    finally:
        connection.settimeout(_PROMISED_SECONDS)
