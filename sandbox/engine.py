"""The container engine: how to find one, and how to run its commands."""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_PROJECT_LABEL = "com.docker.compose.project"
_SERVICE_LABEL = "com.docker.compose.service"

# Compose commands in order of preference, each with its engine.
_CANDIDATES = ((("docker", "compose"), "docker"), (("docker-compose",), "docker"), (("podman-compose",), "podman"))

# Older versions cannot start a container that depends on one that has ended and on one that runs (containers/podman pull request 26193).
_PODMAN = (5, 6)


class EngineError(Exception):
    """A command of the engine failed. The text is for the user."""


class NoEngineError(Exception):
    """There is no usable container engine on this machine."""

    def __init__(self, tried: Sequence[str]) -> None:
        """``tried`` says for each command why it cannot be used."""
        self.tried = list(tried)
        super().__init__("this machine has no usable container engine:\n" + "\n".join(f"  {reason}" for reason in tried))


@dataclass(frozen=True)
class Container:
    """A container's state."""

    id: str
    service: str
    status: str
    """created, running, exited, …"""
    health: str
    """starting, healthy, unhealthy; empty without a health check."""
    exit_code: int

    @property
    def done(self) -> bool:
        """Whether it ended without an error."""
        return self.status == "exited" and self.exit_code == 0

    @property
    def up(self) -> bool:
        """Whether it is running, and healthy if it has a health check."""
        return self.status == "running" and self.health in ("", "healthy")

    def __str__(self) -> str:
        if self.status == "running":
            return self.health or "running"
        if self.status == "exited":
            return "done" if self.exit_code == 0 else f"failed (exit code {self.exit_code})"
        return self.status


@dataclass(frozen=True)
class Engine:
    """A Compose command with its engine, for one Compose file and project."""

    compose: Sequence[str]
    command: str
    file: Path
    project: str

    def run(self, *arguments: str) -> str:
        """Runs a Compose command; gives its output. Raises EngineError with the output if it fails."""
        return _run([*self._compose(), *arguments])

    def start(self, *arguments: str, log: Path) -> "subprocess.Popen[bytes]":
        """Starts a Compose command whose output goes to a file."""
        with log.open("ab") as output:
            return subprocess.Popen([*self._compose(), *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def _compose(self) -> list[str]:
        return [*self.compose, "-f", str(self.file), "-p", self.project]

    def containers(self) -> dict[str, Container]:
        """The project's containers by service."""
        ids = _run([self.command, "ps", "-aq", "--filter", f"label={_PROJECT_LABEL}={self.project}"]).split()
        if not ids:
            return {}
        try:
            inspected = json.loads(_run([self.command, "inspect", *ids]))
        except EngineError:
            return {}  # a container disappeared in between; the next call shows the others
        found = {}
        for container in inspected:
            state = container["State"]
            health = state.get("Health") or state.get("Healthcheck") or {}
            service = container["Config"]["Labels"][_SERVICE_LABEL]
            found[service] = Container(container["Id"], service, state["Status"], health.get("Status") or "", state.get("ExitCode", 0))
        return found

    def execute(self, container: str, *command: str) -> str:
        """Runs a command in a container; gives its output. Raises EngineError with the output if it fails."""
        return _run([self.command, "exec", container, *command])

    def delete_volumes(self) -> None:
        """Deletes all volumes of the project, also of nodes that are no longer in the Compose file."""
        volumes = _run([self.command, "volume", "ls", "-q", "--filter", f"label={_PROJECT_LABEL}={self.project}"]).split()
        if volumes:
            _run([self.command, "volume", "rm", *volumes])

    def delete_networks(self) -> None:
        """Deletes the networks of the project that a Compose file no longer names."""
        networks = _run([self.command, "network", "ls", "-q", "--filter", f"label={_PROJECT_LABEL}={self.project}"]).split()
        if networks:
            _run([self.command, "network", "rm", *networks])

    def has_image(self, image: str) -> bool:
        """Whether an image is on this machine."""
        return subprocess.run([self.command, "image", "inspect", image], capture_output=True, check=False).returncode == 0

    def pull(self, image: str) -> None:
        """Pulls an image and shows the progress. Raises EngineError if that fails."""
        if subprocess.run([self.command, "pull", image], check=False).returncode != 0:
            raise EngineError(
                f"the image {image} could not be pulled (see above); pull or import it by hand, or set another one by nodes.kuboImage or nodes.clusterImage"
            )

    def logs(self, service: str, lines: int) -> str:
        """The last lines of a service's log."""
        return self.run("logs", "--no-color", f"--tail={lines}", service)


def find(file: Path, project: str) -> Engine:
    """The first Compose command that works, for a Compose file and project. Raises NoEngineError."""
    tried = []
    for compose, command in _CANDIDATES:
        words = " ".join(compose)
        if shutil.which(compose[0]) is None or not _works([*compose, "version"]):
            tried.append(f"{words}: not installed")
        elif shutil.which(command) is None:
            tried.append(f"{words}: there is no {command} command")
        elif command == "podman" and (version := _podman_version()) < _PODMAN:
            tried.append(f"{words}: podman {'.'.join(map(str, version))} is too old; {'.'.join(map(str, _PODMAN))} or newer is needed")
        elif not _works([command, "info"]):
            tried.append(f"{words}: the {command} engine does not answer; start it")
        else:
            return Engine(compose, command, file, project)
    raise NoEngineError(tried)


def _podman_version() -> tuple[int, ...]:
    text = _run(["podman", "version", "--format", "{{.Client.Version}}"])
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _works(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise EngineError(f"`{' '.join(command)}` failed:\n{(done.stderr or done.stdout).strip()}")
    return done.stdout
