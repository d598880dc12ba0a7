"""Faults, and their ends."""

import threading
import time
from collections.abc import Callable
from typing import Any

from sandbox.engine import EngineError

from . import disk, network
from .cluster import CONFIGURE, CONTAINERS, TASK, Cluster, configure, start_task
from .disk import Disks
from .plan import CLUSTER, KINDS, KUBO, NET, Fault

_PARTS = {kind.name: [part for part in kind.parts if part in CONTAINERS] for kind in KINDS}
# The way back goes by the configuration that the way forth put aside, which a repository of this version never had.
_OLDER = "cp /data/ipfs/config /data/ipfs/config.17-to-18.bak && ipfs repo migrate --to=17 --allow-downgrade"
_DEPLOYED = ("update", "rotate-password", "rotate-secret")


def impossible() -> dict[str, str]:
    """The kinds of faults that this machine cannot do, each with the reason."""
    return {**network.impossible(), **disk.impossible()}


class Faults:
    """The faults of a cluster."""

    def __init__(self, cluster: Cluster, disks: Disks) -> None:
        self._cluster, self._disks = cluster, disks
        self._deployment: _Deployment | None = None
        self._version = 1

    def inject(self, fault: Fault) -> None:
        """Begins a fault. Raises EngineError."""
        if fault.kind in disk.KINDS:
            self._disks.inject(fault)
        elif fault.kind in _DEPLOYED:
            self._version += 1
            self._deployment = _Deployment(self._cluster, _changed(fault.kind, self._version))
        elif fault.kind in ("configure", "migrate"):
            for node in fault.nodes:
                self._interrupt(node, fault.amount, older=fault.kind == "migrate")
        elif fault.kind.startswith("kill") or fault.kind == "replace":
            self._cluster.docker("kill", *self._ids(fault))
        elif fault.kind.startswith("pause"):
            self._cluster.docker("pause", *self._ids(fault))
        elif fault.kind == "restart":
            # The last started is stopped first.
            self._cluster.docker("stop", *reversed(self._ids(fault)))
        else:
            network.inject(self._cluster, fault)

    def undo(self, fault: Fault) -> None:
        """Ends a fault. Raises EngineError."""
        if fault.kind in disk.KINDS:
            self._disks.undo(fault)
        elif fault.kind in _DEPLOYED:
            self._end_deployment()
        elif fault.kind in ("configure", "migrate", "replace"):
            for node in fault.nodes:
                start_task(self._cluster, node)
        elif fault.kind.startswith("kill") or fault.kind == "restart":
            for node in fault.nodes:
                if KUBO in _PARTS[fault.kind]:
                    configure(self._cluster, node)
                containers = self._cluster.containers(node)
                self._cluster.docker("start", *(containers[CONTAINERS[part]].id for part in _PARTS[fault.kind]))
        elif fault.kind.startswith("pause"):
            self._cluster.docker("unpause", *self._ids(fault))
        else:
            network.undo(self._cluster, fault)

    def heal_all(self) -> None:
        """Everything runs and may reach everything, whatever was left. Raises EngineError."""
        self._end_deployment()
        for node in range(len(self._cluster.names)):
            self._disks.heal(node)
            containers = self._cluster.containers(node)
            for part in (KUBO, CLUSTER):
                if containers[part].status == "paused":
                    self._cluster.docker("unpause", containers[part].id)
            if containers[TASK].status != "running":
                start_task(self._cluster, node)
                continue
            network.heal(self._cluster, node)
            stopped = [containers[part].id for part in (KUBO, CLUSTER) if containers[part].status == "exited"]
            if stopped:
                self._cluster.docker("start", *stopped)

    def _interrupt(self, node: int, seconds: float, older: bool) -> None:
        containers = self._cluster.containers(node)
        self._cluster.docker("kill", containers[CLUSTER].id, containers[KUBO].id)
        if older:
            image = self._cluster.docker("inspect", "--format", "{{.Config.Image}}", containers[KUBO].id).strip()
            shell = ["--network", "none", "--volumes-from", containers[KUBO].id, "--user", "1000:100", "--entrypoint", "/bin/sh", image, "-c", _OLDER]
            self._cluster.docker("run", "--rm", *shell)
        self._cluster.docker("start", containers[CONFIGURE].id)
        time.sleep(seconds)
        if self._cluster.containers(node)[CONFIGURE].status == "running":
            self._cluster.docker("kill", containers[CONFIGURE].id)

    def _end_deployment(self) -> None:
        if self._deployment is not None:
            deployment, self._deployment = self._deployment, None
            deployment.end()

    def _ids(self, fault: Fault) -> list[str]:
        parts = [part for part in _PARTS[fault.kind] if fault.kind == "replace" or part != NET]
        found = [self._cluster.containers(node) for node in fault.nodes]
        return [containers[CONTAINERS[part]].id for containers in found for part in parts]


def _changed(kind: str, version: int) -> Callable[[Cluster], dict[str, Any]]:
    """The groups that a deployment changes."""
    if kind == "update":
        return lambda cluster: {"storage": {"maxGib": 100 + version}}
    name = {"rotate-password": "apiPasswordVersion", "rotate-secret": "clusterSecretVersion"}[kind]
    return lambda cluster: {"credentials": {**cluster.groups.get("credentials", {}), name: version}}


class _Deployment:
    """A deployment that goes on while other faults come and go."""

    def __init__(self, cluster: Cluster, changed: Callable[[Cluster], dict[str, Any]]) -> None:
        self._cluster, self._changed = cluster, changed(cluster)
        self._error: EngineError | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._cluster.up(self._changed)
        except EngineError as error:
            self._error = error

    def end(self) -> None:
        """Waits for its end. One that failed is repeated, as its user would. Raises EngineError if it fails again."""
        self._thread.join()
        if self._error is not None:
            self._cluster.up()
