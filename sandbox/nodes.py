"""The nodes on the container engine: start, stop, wait."""

import base64
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ipfs_cluster.check import well

from . import compose
from .compose import Node, Ports
from .engine import Container, Engine, EngineError
from .front import SERVICE, Front

PATIENCE_SECONDS = 300
"""How long to wait while nothing changes: the start period of a container, in which it may become healthy."""
_FRONT_PATIENCE_SECONDS = 60
_POLL_SECONDS = 1.0

Say = Callable[[str], None]


def is_up(node: Node, engine: Engine) -> bool:
    """Whether all containers of a node have ended well or run and are healthy, as their definitions have it."""
    return _are_good([node], engine.containers())


def _are_good(nodes: Sequence[Node], containers: Mapping[str, Container]) -> bool:
    """Whether all essential containers run and are healthy, and all others have ended well."""

    def good(name: str, ends: bool) -> bool:
        return name in containers and (containers[name].done if ends else containers[name].up)

    return all(
        good(compose.service_name(node, "efs"), True)
        and good(compose.service_name(node, "task"), False)
        and all(good(compose.service_name(node, container["name"]), not container.get("essential", True)) for container in node.containers)
        for node in nodes
    )


def is_started(node: Node, engine: Engine) -> bool:
    """Whether any daemon of a node is running."""
    containers = engine.containers()
    return any(name in containers and containers[name].status == "running" for name in compose.service_names(node)[2:])


def start(nodes: Sequence[Node], engine: Engine, log: Path, say: Say) -> None:
    """Starts nodes together and waits until all their containers are healthy. Raises EngineError."""
    names = [name for node in nodes for name in compose.service_names(node)]
    process = engine.start("up", "-d", "--remove-orphans", *names, log=log)
    try:
        _wait_until_up(nodes, engine, process, log, say)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()


def stop(node: Node, engine: Engine) -> None:
    """Stops a node's daemons. Compose stops the last started first, by their dependencies."""
    engine.run("stop", *compose.service_names(node)[2:])


def _wait_until_up(nodes: Sequence[Node], engine: Engine, process: "subprocess.Popen[bytes]", log: Path, say: Say) -> None:
    waited_for = {compose.service_name(node, container["name"]): node.name for node in nodes for container in node.containers}
    seen: dict[str, str] = {}
    changed = time.monotonic()
    while True:
        ended = process.poll()  # before containers(), so that that shows all it did
        containers = engine.containers()
        for service in waited_for:
            state = str(containers[service]) if service in containers and containers[service].status != "created" else "waiting"
            if state != seen.get(service, "waiting"):
                say(f"  {service:<40} {state}")
                changed = time.monotonic()
            seen[service] = state
        if ended is not None and ended != 0:
            raise EngineError(_failure(seen, engine, f"{' '.join(engine.compose)} failed:\n{_tail(log)}"))
        if ended == 0 and _are_good(nodes, containers):
            return
        if time.monotonic() - changed > PATIENCE_SECONDS:
            raise EngineError(_failure(seen, engine, f"nothing has changed for {PATIENCE_SECONDS} s"))
        time.sleep(_POLL_SECONDS)


def _failure(seen: Mapping[str, str], engine: Engine, what: str) -> str:
    wrong = [service for service, state in seen.items() if state.startswith("failed") or state in ("unhealthy", "restarting")]
    shown = wrong or [service for service, state in seen.items() if state == "starting"]
    logs = [f"the last lines of {service} ({seen[service]}):\n{engine.logs(service, 20).strip()}" for service in shown]
    return "\n\n".join([what, *logs])


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:])


def wait_for_peers(nodes: Sequence[Node], ports: Mapping[str, Ports], credentials: str, say: Say, *, read_only: bool = False) -> None:
    """Waits until every node's ipfs-cluster sees all peers, with their kubos; where they only follow others, itself. Raises EngineError."""
    wanted = 1 if read_only else len(nodes)
    seen: dict[str, str] = {}
    changed = time.monotonic()
    while True:
        for node in nodes:
            state = f"sees {min(peers_seen(ports[node.name].api, credentials), wanted)} of {wanted} peers"
            if state != seen.get(node.name):
                say(f"  {node.name:<40} {state}")
                changed = time.monotonic()
            seen[node.name] = state
        if all(state == f"sees {wanted} of {wanted} peers" for state in seen.values()):
            return
        if time.monotonic() - changed > PATIENCE_SECONDS:
            raise EngineError(f"some nodes do not see all others, and nothing has changed for {PATIENCE_SECONDS} s")
        time.sleep(_POLL_SECONDS)


def peers_seen(port: int, credentials: str) -> int:
    """How many peers a node sees whose kubos answer too, itself included."""
    try:
        return len(well(ask(port, "peers", credentials)))
    except OSError:
        return 0  # it is still starting


def wait_for_front(front: Front, ports: Mapping[str, int], engine: Engine) -> None:
    """Waits until a node answers at every port of the load balancer. Raises EngineError."""
    begun = time.monotonic()
    for listener in front.listeners:
        while not _answers(ports[listener.role], listener.health_path, listener.health_status):
            if time.monotonic() - begun > _FRONT_PATIENCE_SECONDS:
                log = engine.logs(SERVICE, 20).strip()
                raise EngineError(f"the load balancer's {listener.role} does not answer; the last lines of {SERVICE}:\n{log}")
            time.sleep(_POLL_SECONDS)


def _answers(port: int, path: str, statuses: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return str(answer.status) in statuses.split(",")
    except OSError:
        return False


def ask(port: int, path: str, credentials: str, method: str = "GET") -> list[dict[str, Any]]:
    """The objects that a node's REST API answers with. ``credentials`` are ``user:password``. Raises OSError."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", method=method)
    request.add_header("Authorization", "Basic " + base64.b64encode(credentials.encode()).decode())
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return [json.loads(line) for line in answer.read().decode().splitlines() if line]
