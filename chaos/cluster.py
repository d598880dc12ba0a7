"""The cluster under test: a sandbox of the run's own, in its folder. ``python -m chaos.cluster up | down <folder>`` starts and removes it."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from sandbox import engine, nodes, stack
from sandbox.__main__ import main as sandbox_main
from sandbox.engine import Container, Engine, EngineError
from sandbox.stack import Sandbox

from .checker import NodeState
from .plan import CLUSTER, FRONT, KUBO, NET

ROOT = Path(__file__).resolve().parent.parent
STACK = "chaos"
REGION = "eu-west-1"

EFS, TASK, CONFIGURE = "efs", "task", "configure"
CONTAINERS: Mapping[str, str] = {KUBO: KUBO, CLUSTER: CLUSTER, NET: TASK}
"""The container of a node's part."""

_PORTS_APART = 5000
_START_SECONDS = 120
_SETTLED = frozenset({"pinned", "remote"})


class Cluster:
    """The nodes by their index, and the load balancer."""

    def __init__(self, folder: Path, groups: Mapping[str, Any]) -> None:
        self.folder = folder
        self._groups = dict(groups)
        self._users: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(ROOT / name, folder / name)

    # --- life ---------------------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """Writes the Compose file, and starts nothing. Raises EngineError with what it said."""
        self._configure({})
        self._sandbox("plan")
        self._read()

    def up(self, changed: Mapping[str, Any] | None = None) -> None:
        """Starts the stack, or updates it with changed groups. Raises EngineError with what it said."""
        self._configure(changed or {})
        self._sandbox("up")
        self._read()

    def _configure(self, changed: Mapping[str, Any]) -> None:
        self._groups.update(changed)
        values = {"aws:region": REGION, **{f"ipfs-cluster:{group}": value for group, value in self._groups.items()}}
        (self.folder / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"config": values}))

    def stop(self) -> None:
        """Removes the containers. Raises EngineError."""
        if self.runner.file.exists():
            self.runner.run("down", "--remove-orphans")

    def delete(self) -> None:
        """Removes the stack and its data. Raises EngineError."""
        self._sandbox("down")

    def _sandbox(self, command: str) -> None:
        # In a process of its own: a simulated deployment would hold up the clients.
        with (self.folder / "sandbox.log").open("ab") as log:
            done = subprocess.run([sys.executable, "-m", "chaos.cluster", command, str(self.folder)], cwd=ROOT, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise EngineError(f"sandbox {command} failed; the last lines of {log.name}:\n{_tail(Path(log.name))}")

    def _read(self) -> None:
        state = Sandbox(STACK, self.folder)
        self.names = sorted(state.ports)
        self._ports = [state.ports[name] for name in self.names]
        self._front = dict(state.front_ports)

    @property
    def groups(self) -> Mapping[str, Any]:
        """The configuration as it is now."""
        return self._groups

    # --- doors --------------------------------------------------------------------------------------------------------

    def gateway(self, via: int) -> int:
        """The port of a node's gateway, or of the load balancer's."""
        return self._front["gateway"] if via == FRONT else self._ports[via].gateway

    def api(self, via: int) -> int:
        """The port of a node's REST API, or of the load balancer's."""
        return self._front["api"] if via == FRONT else self._ports[via].api

    def credentials(self) -> str:
        """``user:password`` of the REST API, as it is now."""
        return Sandbox(STACK, self.folder).curl_file.read_text().split('"')[1]

    def users(self) -> Sequence[str]:
        """``user:password`` of the REST API: as it is now, and as it was before."""
        user = self.credentials()
        if not self._users or self._users[0] != user:
            self._users = [user, *self._users][:2]
        return self._users

    # --- containers ---------------------------------------------------------------------------------------------------

    @cached_property
    def runner(self) -> Engine:
        """The engine of its containers."""
        sandbox = Sandbox(STACK, self.folder)
        return engine.find(sandbox.compose_file, sandbox.project)

    def containers(self, node: int) -> dict[str, Container]:
        """A node's containers, by name."""
        prefix = self.names[node] + "-"
        names = (EFS, TASK, CONFIGURE, KUBO, CLUSTER)
        found = self.runner.containers()
        return {name: found[prefix + name] for name in names if prefix + name in found}

    def docker(self, *arguments: str) -> str:
        """Runs a command of the engine. Raises EngineError."""
        done = subprocess.run([self.runner.command, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise EngineError(f"{self.runner.command} {' '.join(arguments[:3])} …: {done.stderr.strip()}")
        return done.stdout

    def address(self, node: int) -> str:
        """A node's address in the cluster's network."""
        return self._address(self.containers(node)[TASK].id)

    def front_address(self) -> str:
        """The load balancer's address in the cluster's network."""
        return self._address(self.runner.containers()["load-balancer"].id)

    def _address(self, container: str) -> str:
        networks = json.loads(self.docker("inspect", container))[0]["NetworkSettings"]["Networks"]
        return str(next(iter(networks.values()))["IPAddress"])

    # --- state --------------------------------------------------------------------------------------------------------

    def see_each_other(self) -> bool:
        """Whether every node sees all, with their kubos."""
        with ThreadPoolExecutor(len(self.names)) as pool:
            seen = list(pool.map(lambda ports: nodes.peers_seen(ports.api, self.credentials()), self._ports))
        return all(count == len(self.names) for count in seen)

    def states(self) -> list[NodeState]:
        """What each node holds. Raises OSError and EngineError while one does not answer."""
        with ThreadPoolExecutor(len(self.names)) as pool:
            return list(pool.map(self.state, range(len(self.names))))

    def state(self, node: int) -> NodeState:
        """What a node holds. Raises OSError and EngineError while it does not answer."""
        port, user = self._ports[node].api, self.credentials()
        (me,) = nodes.ask(port, "id", user)
        peers = {peer["id"]: _full(peer["peername"]) for peer in nodes.ask(port, "peers", user) if peer.get("peername")}
        pinset = {pin["cid"]: [str(peers.get(peer, peer)) for peer in pin.get("allocations") or []] for pin in nodes.ask(port, "allocations", user)}
        own = nodes.ask(port, "pins?local=true", user)
        statuses = {pin["cid"]: status["status"] for pin in own for status in pin["peer_map"].values()}
        kubo = self.docker("exec", self.containers(node)[KUBO].id, "ipfs", "pin", "ls", "--type=recursive", "--quiet")
        return NodeState(
            name=self.names[node],
            pinset=pinset,
            kubo=frozenset(kubo.split()),
            unsettled={cid: status for cid, status in statuses.items() if status not in _SETTLED},
            identities=(me["id"], (me.get("ipfs") or {}).get("id", "")),
        )


def configure(cluster: Cluster, node: int) -> None:
    """Prepares kubo's repository, as at every start of a task. Raises EngineError."""
    container = cluster.containers(node)[CONFIGURE].id
    cluster.docker("start", container)
    _until(lambda: cluster.containers(node)[CONFIGURE].status != "running", "the configure container did not end")


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise EngineError(f"{what} within {_START_SECONDS} s")
        time.sleep(0.2)


def start_task(cluster: Cluster, node: int) -> None:
    """Starts a whole task: it may get another address. Raises EngineError."""
    containers = cluster.containers(node)
    cluster.docker("start", "--attach", containers[EFS].id)  # it ends when the directories are there
    cluster.docker("start", containers[TASK].id)
    configure(cluster, node)
    cluster.docker("start", containers[KUBO].id)
    _until(lambda: cluster.containers(node)[KUBO].up, "kubo was not healthy")
    cluster.docker("start", containers[CLUSTER].id)


def _full(peername: str) -> str:
    return f"ipfs-node-{peername.removeprefix('ipfs-node-')}"


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def main(command: str, folder: Path) -> int:
    """Runs a command of the sandbox on the run's stack; gives the exit code."""
    # Apart from other sandboxes' ports: those of a node that is down are free, and nobody may take them.
    stack.FIRST_GATEWAY_PORT += _PORTS_APART
    stack.FIRST_API_PORT += _PORTS_APART
    for role in stack.FIRST_FRONT_PORTS:
        stack.FIRST_FRONT_PORTS[role] += _PORTS_APART
    return sandbox_main([command, "--stack", STACK, *(["--delete-data"] if command == "down" else [])], root=folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
