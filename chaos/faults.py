"""Faults, and their ends."""

import time

from sandbox.engine import Container, EngineError

from . import network
from .cluster import CONFIGURE, CONTAINERS, TASK, Cluster
from .plan import CLUSTER, KINDS, KUBO, NET, Fault

_PARTS = {kind.name: [part for part in kind.parts if part in CONTAINERS] for kind in KINDS}
_CONFIGURE_SECONDS = 120


def impossible() -> dict[str, str]:
    """The kinds of faults that this machine cannot do, each with the reason."""
    return network.impossible()


def inject(cluster: Cluster, fault: Fault) -> None:
    """Begins a fault. Raises EngineError."""
    verb = fault.kind.partition("-")[0]
    if verb == "kill":
        cluster.docker("kill", *_ids(cluster, fault))
    elif verb == "pause":
        cluster.docker("pause", *_ids(cluster, fault))
    elif verb == "restart":
        # The last started is stopped first.
        cluster.docker("stop", *reversed(_ids(cluster, fault)))
    elif verb == "replace":
        cluster.docker("kill", *_ids(cluster, fault))
    else:
        network.inject(cluster, fault)


def undo(cluster: Cluster, fault: Fault) -> None:
    """Ends a fault. Raises EngineError."""
    verb = fault.kind.partition("-")[0]
    if verb in ("kill", "restart"):
        for node in fault.nodes:
            if KUBO in _PARTS[fault.kind]:
                _configure(cluster, cluster.containers(node))
            cluster.docker("start", *(cluster.containers(node)[CONTAINERS[part]].id for part in _PARTS[fault.kind]))
    elif verb == "pause":
        cluster.docker("unpause", *_ids(cluster, fault))
    elif verb == "replace":
        for node in fault.nodes:
            start_task(cluster, node)
    else:
        network.undo(cluster, fault)


def start_task(cluster: Cluster, node: int) -> None:
    """Starts a whole task: it may get another address. Raises EngineError."""
    containers = cluster.containers(node)
    cluster.docker("start", containers[TASK].id)
    _configure(cluster, containers)
    cluster.docker("start", containers[KUBO].id, containers[CLUSTER].id)


def _configure(cluster: Cluster, containers: dict[str, Container]) -> None:
    """Prepares kubo's repository, as at every start of a task."""
    configure = containers[CONFIGURE].id
    cluster.docker("start", configure)
    deadline = time.monotonic() + _CONFIGURE_SECONDS
    while cluster.docker("inspect", "--format", "{{.State.Status}}", configure).strip() == "running":
        if time.monotonic() > deadline:
            raise EngineError(f"the configure container did not end within {_CONFIGURE_SECONDS} s")
        time.sleep(0.1)


def heal_all(cluster: Cluster) -> None:
    """Everything runs and may reach everything, whatever was left. Raises EngineError."""
    for node in range(len(cluster.names)):
        containers = cluster.containers(node)
        for part in (KUBO, CLUSTER):
            if containers[part].status == "paused":
                cluster.docker("unpause", containers[part].id)
        if containers[TASK].status != "running":
            start_task(cluster, node)
            continue
        network.heal(cluster, node)
        stopped = [containers[part].id for part in (KUBO, CLUSTER) if containers[part].status == "exited"]
        if stopped:
            cluster.docker("start", *stopped)


def _ids(cluster: Cluster, fault: Fault) -> list[str]:
    parts = [part for part in _PARTS[fault.kind] if fault.kind == "replace" or part != NET]
    found = [cluster.containers(node) for node in fault.nodes]
    return [containers[CONTAINERS[part]].id for containers in found for part in parts]
