"""A running set-up with its own containers and volumes, which are removed afterwards."""

import base64
import contextlib
import http.client
import json
import re
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from sandbox import compose, engine, front, nodes
from sandbox.compose import Ports
from sandbox.engine import Engine

from .setups import NETWORK, Setup

POLL_SECONDS = 0.1
_ADD_SECONDS = 300
# Seconds between the starts of two nodes.
STAGGER_SECONDS = 1.0


class Cluster:
    """The nodes of a set-up, by their index."""

    def __init__(self, setup: Setup, runner: Engine, ports: Sequence[Ports], front_ports: dict[str, int]) -> None:
        self.setup, self.runner, self.ports, self.front_ports = setup, runner, ports, front_ports
        self._ids: dict[str, str] = {}
        self._starting: list[subprocess.Popen[bytes]] = []

    def __len__(self) -> int:
        return len(self.ports)

    def start(self, order: Sequence[int]) -> None:
        """Starts nodes one after another, without waiting for any."""
        self._starting = []
        for place, index in enumerate(order):
            if place:
                time.sleep(STAGGER_SECONDS)
            log = self.runner.file.with_name(f"up-{index}.log")
            self._starting.append(self.runner.start("up", "-d", "--no-recreate", *compose.service_names(self.setup.nodes[index]), log=log))

    def started(self) -> None:
        """Waits for the commands that `start` started."""
        for process in self._starting:
            if process.wait():
                logs = "".join(log.read_text() for log in self.runner.file.parent.glob("up-*.log"))
                raise engine.EngineError(f"a node of {self.setup.name} did not start:\n{logs}")

    def stop_starting(self) -> None:
        """Ends the commands that `start` started: one that goes on would create containers after all were removed."""
        for process in self._starting:
            process.terminate()
        for process in self._starting:
            process.wait()

    def start_front(self, limit: float) -> None:
        """Starts the load balancer and waits for its answers."""
        self.runner.run("up", "-d", "--no-deps", "--no-recreate", front.SERVICE)
        until(self._front_answers, limit)

    def _front_answers(self) -> bool:
        try:
            return request(self.front_ports["gateway"], "GET", "/ipfs/bafkqaaa?format=raw", "")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def container(self, index: int, name: str) -> str:
        """A container's ID."""
        service = compose.service_name(self.setup.nodes[index], name)
        if service not in self._ids:
            self._ids = {service: found.id for service, found in self.runner.containers().items()}
        return self._ids[service]

    def docker(self, *arguments: str) -> str:
        """Runs a command of the engine. Raises EngineError if it fails."""
        done = subprocess.run([self.runner.command, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise engine.EngineError(f"{self.runner.command} {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def kill(self, index: int) -> None:
        """Removes a node at once: its daemons and its address."""
        self.docker("kill", *(self.container(index, part) for part in ("task", *self._daemons)))

    def stop(self, index: int) -> None:
        """Stops a node's daemons, the last one that was started first."""
        for daemon in reversed(self._daemons):
            self.docker("stop", self.container(index, daemon))

    def is_healthy(self, index: int) -> bool:
        """Whether all daemons of a node run, and their health checks succeed."""
        found = self.runner.containers()
        return all(found[compose.service_name(self.setup.nodes[index], daemon)].up for daemon in self._daemons)

    @cached_property
    def _daemons(self) -> list[str]:
        return [container["name"] for container in self.setup.nodes[0].containers if container["name"] != "configure"]

    def run_seconds(self, index: int, name: str) -> float:
        """How long an ended container ran."""
        state = json.loads(self.docker("inspect", self.container(index, name)))[0]["State"]
        return _seconds(state["FinishedAt"]) - _seconds(state["StartedAt"])

    def memory_mib(self, index: int, peak: bool) -> float:
        """Resident memory of a node's daemons, current or peak."""
        field, total = "VmHWM" if peak else "VmRSS", 0
        for daemon in self._daemons:
            status = self.docker("exec", self.container(index, daemon), "sh", "-c", "cat /proc/[0-9]*/status 2> /dev/null || true")
            for process in status.split("Name:\t")[1:]:
                lines = process.splitlines()
                if lines[0] in ("ipfs", "ipfs-cluster-se"):
                    total += int(next(line.split()[1] for line in lines if line.startswith(field)))
        return total / 1024

    def peers_seen(self, index: int) -> int:
        """The number of peers that a node sees, including their kubos. Sends no request to a daemon that does not run yet."""
        api = self.ports[index].api
        try:
            if not self.setup.is_cluster:
                return len(json.loads(request(api, "POST", "/api/v0/id", "")[1])["ID"]) // 52
            request(api, "GET", "/health", "")
            return nodes.peers_seen(api, self.setup.credentials)
        except (OSError, http.client.HTTPException):
            return 0

    def is_formed(self) -> bool:
        """Whether every node sees every other."""
        return all(self.peers_seen(index) == len(self) for index in range(len(self)))

    def why_not_formed(self) -> str:
        """What each node sees, and the last lines of the first container that is not well, or of the last one of the node that sees least."""
        seen = [self.peers_seen(index) for index in range(len(self))]
        found = self.runner.containers()
        names = [compose.service_name(node, container["name"]) for node in self.setup.nodes for container in node.containers]
        wrong = [name for name in names if name not in found or not (found[name].up or found[name].done)]
        least = self.setup.nodes[seen.index(min(seen))]
        shown = wrong[0] if wrong else compose.service_name(least, least.containers[-1]["name"])
        state = str(found[shown]) if shown in found else "does not exist"
        sees = ", ".join(f"{node.name} {count}" for node, count in zip(self.setup.nodes, seen, strict=True))
        log = self.runner.logs(shown, 20).strip() if shown in found else "–"
        return f"of {len(self)} peers see: {sees}; the last lines of {shown} ({state}):\n{log}"

    def cpu_seconds(self, index: int, name: str) -> float:
        """Processor time that a container has used so far, its health checks included."""
        v2, v1 = "/sys/fs/cgroup/cpu.stat", "/sys/fs/cgroup/cpuacct/cpuacct.usage"
        text = self.docker("exec", self.container(index, name), "sh", "-c", f"cat {v2} 2> /dev/null || cat {v1}").split()
        return int(text[1]) / 1e6 if text[0] == "usage_usec" else int(text[0]) / 1e9

    def is_pinned(self, index: int, cid: str) -> bool:
        """Whether a node itself holds a pin."""
        if not self.setup.is_cluster:
            return True
        try:
            (status,) = nodes.ask(self.ports[index].api, f"pins/{cid}?local=true", self.setup.credentials)
        except OSError:
            return False
        return any(peer["status"] == "pinned" for peer in status["peer_map"].values())

    def is_everywhere(self, connection: http.client.HTTPConnection, cid: str) -> bool:
        """Whether every node holds a pin, by what one of them tells."""
        status, answer = ask(connection, "GET", f"/pins/{cid}", self.setup.credentials, b"", "")
        if status != 200:
            return False
        return [peer["status"] for peer in json.loads(answer)["peer_map"].values()] == ["pinned"] * len(self)

    def pinned(self, index: int) -> set[str]:
        """All pins that a node itself holds."""
        known = nodes.ask(self.ports[index].api, "pins?local=true&filter=pinned", self.setup.credentials)
        return {pin["cid"] for pin in known}

    def add(self, index: int, file: Path, port: int = 0) -> str:
        """Adds a file through a node's API and returns its CID. Raises CalledProcessError."""
        path = "add?cid-version=1" if self.setup.is_cluster else "api/v0/add?cid-version=1&quieter=true&progress=false"
        url = f"http://127.0.0.1:{port or self.ports[index].api}/{path}"
        user = ["--user", self.setup.credentials] if self.setup.is_cluster else []
        words = ["curl", "-sS", "--fail", "--max-time", str(_ADD_SECONDS), *user, "-F", f"file=@{file}", url]
        last = json.loads(subprocess.run(words, capture_output=True, check=True).stdout.splitlines()[-1])
        return str(last["cid"] if "cid" in last else last["Hash"])


def request(port: int, method: str, path: str, credentials: str, body: bytes = b"", content_type: str = "") -> tuple[int, bytes]:
    """Status and body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        return ask(connection, method, path, credentials, body, content_type)


def ask(connection: http.client.HTTPConnection, method: str, path: str, credentials: str, body: bytes, content_type: str) -> tuple[int, bytes]:
    """The same over a persistent connection."""
    headers = {"Content-Type": content_type} if content_type else {}
    if credentials:
        headers["Authorization"] = "Basic " + base64.b64encode(credentials.encode()).decode()
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def until(condition: Callable[[], bool], limit: float, poll: float = POLL_SECONDS) -> bool:
    """Waits for a condition, up to a limit. Returns whether it was met: a result of the limit or more means that it took longer."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started >= limit:
            return False
        time.sleep(poll)
    return True


def _seconds(time_of_docker: str) -> float:
    """Of `2026-11-22T13:43:01.123456789Z`: Python parses at most microseconds."""
    return datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", time_of_docker)).timestamp()


def _free_ports() -> Generator[int]:
    """Ports that nothing uses. All stay taken until the last one is: freed before, one would be given twice."""
    with contextlib.ExitStack() as probes:
        while True:
            probe = probes.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            yield int(probe.getsockname()[1])


def _file(setup: Setup, ports: Sequence[Ports], front_ports: dict[str, int], longest_health_interval: float) -> dict[str, Any]:
    others = {front.SERVICE: front.service(setup.front, front_ports)} if setup.front else {}
    file = compose.compose_file(setup.nodes, {node.name: ports[index] for index, node in enumerate(setup.nodes)}, NETWORK, others, longest_health_interval)
    # No set-up may send requests outside this machine.
    file["networks"]["vpc"]["driver_opts"] = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
    return file


@contextlib.contextmanager
def created(setup: Setup, longest_health_interval: float) -> Iterator[Cluster]:
    """A set-up whose containers are created but not started, with fresh volumes. Everything is removed afterwards."""
    with contextlib.closing(_free_ports()) as free:
        ports = [Ports(gateway=next(free), api=next(free)) for _ in setup.nodes]
        front_ports = {listener.role: next(free) for listener in setup.front.listeners} if setup.front else {}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder) / "compose.yaml"
        file.write_text(yaml.safe_dump(_file(setup, ports, front_ports, longest_health_interval), sort_keys=False, width=1000))
        runner = engine.find(file, f"bench-{setup.name}-{secrets.token_hex(3)}")
        made = Cluster(setup, runner, ports, front_ports)
        try:
            # Compose 1.29 gives a container the network of another one only if that one is running already, and says nothing otherwise.
            runner.run("up", "-d", *(compose.service_name(node, "task") for node in setup.nodes))
            runner.run("create")
            yield made
        finally:
            made.stop_starting()
            _remove(runner)


def _remove(runner: Engine) -> None:
    # In its own session, so that a second Ctrl-C does not stop it.
    words = [*runner.compose, "-f", str(runner.file), "-p", runner.project, "down", "--volumes", "--remove-orphans", "--timeout", "5"]
    subprocess.run(words, capture_output=True, check=True, start_new_session=True)
