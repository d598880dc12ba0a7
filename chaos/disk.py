"""Faults of a node's file system: an ext4 of its own, in an image file, in place of its EFS file system.

Directories of that file system are mounted where the engine keeps the node's volumes. It needs root on the engine's own Linux.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import yaml

from sandbox.engine import EngineError

from .cluster import EFS, Cluster, start_task
from .plan import CLUSTER, KUBO, Fault

KINDS = ("full", "frozen", "slow-disk", "read-only", "lost-disk")
_TOOLS = ("sync", "losetup", "mkfs.ext4", "e2fsck", "mount", "umount", "fsfreeze")
_GIB = 4
_FILLER = "filler"
_FROZEN_SECONDS, _THAWED_SECONDS = 0.3, 0.05


def impossible() -> dict[str, str]:
    """The kinds of faults that this machine cannot do, each with the reason."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return dict.fromkeys(KINDS, "it needs root on Linux")
    if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        return dict.fromkeys(KINDS, f"{' and '.join(missing)} not found")
    if not Path("/dev/loop-control").exists():
        return dict.fromkeys(KINDS, "the kernel has no loop devices")
    return {}


class Disks:
    """The file systems of a cluster's nodes, by the node's index."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._folder = cluster.folder / "disks"
        self._devices: dict[int, str] = {}
        self._volumes: dict[int, dict[str, Path]] = {}
        """Where the engine keeps each volume."""
        self._slow: dict[int, tuple[threading.Event, threading.Thread]] = {}

    def create(self) -> None:
        """Creates and mounts them, and the volumes in them. The stack's Compose file must be there. Raises EngineError."""
        services = yaml.safe_load(self._cluster.runner.file.read_text())["services"]
        project = self._cluster.runner.project
        for node, name in enumerate(self._cluster.names):
            self._folder.mkdir(exist_ok=True)
            image = self._folder / f"{node}.img"
            with image.open("wb") as file:
                file.truncate(_GIB << 30)
            self._devices[node] = _run("losetup", "--find", "--show", str(image)).strip()
            self._volumes[node] = {}
            for mount in services[f"{name}-{EFS}"]["volumes"]:
                volume = mount.partition(":")[0]
                labels = (f"com.docker.compose.project={project}", f"com.docker.compose.volume={volume}")
                self._cluster.docker("volume", "create", *(word for label in labels for word in ("--label", label)), f"{project}_{volume}")
                place = Path(self._cluster.docker("volume", "inspect", "--format", "{{.Mountpoint}}", f"{project}_{volume}").strip())
                if not place.is_dir():
                    raise EngineError(f"the engine keeps its volumes elsewhere than on this machine: {place}")
                self._volumes[node][volume] = place
            self._make(node)

    def remove(self) -> None:
        """Unmounts and deletes them, as far as there are any. The stack's containers must be gone."""
        for node, device in self._devices.items():
            with contextlib.suppress(EngineError):
                self._unmount(node)
            with contextlib.suppress(EngineError):
                _run("losetup", "--detach", device)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, node: int) -> Path:
        return self._folder / str(node)

    def _make(self, node: int) -> None:
        self._path(node).mkdir(exist_ok=True)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", self._devices[node])
        self._mount(node)

    def _mount(self, node: int) -> None:
        _run("mount", "-o", "errors=remount-ro", self._devices[node], str(self._path(node)))
        for volume, place in self._volumes[node].items():
            (self._path(node) / volume).mkdir(exist_ok=True)
            _run("mount", "--bind", str(self._path(node) / volume), str(place))

    def _unmount(self, node: int) -> None:
        for place in self._volumes[node].values():
            if place.is_mount():
                _run("umount", str(place))
        _run("umount", str(self._path(node)))

    # --- faults -------------------------------------------------------------------------------------------------------

    def inject(self, fault: Fault) -> None:
        """Begins a fault. Raises EngineError."""
        for node in fault.nodes:
            if fault.kind == "full":
                self._fill(node)
            elif fault.kind == "frozen":
                _run("fsfreeze", "--freeze", str(self._path(node)))
            elif fault.kind == "slow-disk":
                self._slow_down(node)
            elif fault.kind == "read-only":
                # As the kernel does when a disk fails. What was written before is on disk: EFS has what was closed.
                _run("sync", "--file-system", str(self._path(node)))
                Path(f"/sys/fs/ext4/{Path(self._devices[node]).name}/trigger_fs_error").write_text("1")
            else:
                self._kill(node)

    def undo(self, fault: Fault) -> None:
        """Ends a fault. Raises EngineError."""
        for node in fault.nodes:
            if fault.kind == "read-only":
                self._kill(node)
                self._unmount(node)
                _run("e2fsck", "-f", "-y", self._devices[node], accepted=(0, 1))
                self._mount(node)
                start_task(self._cluster, node)
            elif fault.kind == "lost-disk":
                self._unmount(node)
                self._make(node)
                start_task(self._cluster, node)
            else:
                self.heal(node)

    def heal(self, node: int) -> None:
        """Space, and answers to writes, whatever was left."""
        if node not in self._devices:
            return
        if node in self._slow:
            stop, thread = self._slow.pop(node)
            stop.set()
            thread.join()
        with contextlib.suppress(EngineError):  # it is not frozen
            _run("fsfreeze", "--unfreeze", str(self._path(node)))
        with contextlib.suppress(OSError):
            (self._path(node) / _FILLER).unlink(missing_ok=True)

    def _kill(self, node: int) -> None:
        containers = self._cluster.containers(node)
        self._cluster.docker("kill", containers[CLUSTER].id, containers[KUBO].id)

    def _fill(self, node: int) -> None:
        with (self._path(node) / _FILLER).open("wb", buffering=0) as file:
            for size in (64 << 20, 1 << 20, 4 << 10):
                with contextlib.suppress(OSError):  # no more space
                    while True:
                        os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, size)

    def _slow_down(self, node: int) -> None:
        stop = threading.Event()
        path = str(self._path(node))

        def cycle() -> None:
            while not stop.is_set():
                _run("fsfreeze", "--freeze", path)
                stop.wait(_FROZEN_SECONDS)
                _run("fsfreeze", "--unfreeze", path)
                stop.wait(_THAWED_SECONDS)

        thread = threading.Thread(target=cycle)
        self._slow[node] = (stop, thread)
        thread.start()


def _run(*command: str, accepted: tuple[int, ...] = (0,)) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in accepted:
        raise EngineError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
