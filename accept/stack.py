"""The stack, by Pulumi's Automation API on this project."""

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml
from pulumi import automation as auto

from .errors import SessionExpiredError

T = TypeVar("T")
Groups = Mapping[str, Any]
"""Stack configuration by group, as users write it: camelCase."""

_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 (the key by which Pulumi marks secrets)
_HEADING = re.compile(r"[\w:/-]+ \([^)]*\):")
"""How the engine names the resource of its next lines."""
_EXPIRED = (
    "ExpiredToken",
    "security token included in the request is expired",
    "InvalidClientTokenId",
    "token has expired",
    "failed to refresh cached credentials",
)


class EngineFailedError(Exception):
    """The engine failed. The text is its error, without repetitions."""


@dataclass(frozen=True)
class Change:
    """What the engine did or would do with a resource."""

    operation: str
    type: str
    name: str
    properties: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.operation} {self.type} {self.name}" + (f" ({', '.join(self.properties)})" if self.properties else "")


@dataclass(frozen=True)
class Resource:
    """A resource in the stack's state."""

    type: str
    name: str
    id: str
    arn: str
    region: str
    """Its Region, if it is not the stack's; else empty."""
    kept: bool
    """Whether it stays when the stack is destroyed."""
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


class Stack(Protocol):
    """A stack, as probes use it."""

    name: str

    def configure(self, groups: Groups) -> None:
        """Sets the program's whole configuration."""
        ...

    def up(self) -> list[Change]:
        """Deploys. Raises EngineFailedError."""
        ...

    def refresh(self) -> list[Change]:
        """Updates the state from the account; gives what differed. Raises EngineFailedError."""
        ...

    def preview(self) -> list[Change]:
        """The changes that `up` would make. Raises EngineFailedError."""
        ...

    def destroy(self) -> None:
        """Destroys all resources. Raises EngineFailedError."""
        ...

    def outputs(self) -> dict[str, Any]:
        """The outputs by name, with secrets in plain text."""
        ...

    def secrets(self) -> list[str]:
        """The values of the secret outputs when `outputs` was last called."""
        ...

    def resources(self) -> list[Resource]:
        """The resources of AWS in the state."""
        ...

    def pending(self) -> list[str]:
        """The operations that the engine had begun when it was interrupted."""
        ...

    def recover(self) -> None:
        """Makes a stack usable again after an interrupted operation."""
        ...

    def remove(self) -> None:
        """Removes the empty stack, with its history and configuration."""
        ...


class AutomationStack:
    """A stack on the real engine."""

    def __init__(
        self, project: Path, name: str, region: str, log: Path, say: Callable[[str], None] = lambda line: None, environment: Mapping[str, str] = {}
    ) -> None:
        """``say`` gets each line that the engine prints; the file ``log`` keeps them."""
        self.name, self._region, self._log, self._say = name, region, log, say
        self._folder, self._environment = project, dict(environment)
        self._outputs: Mapping[str, Any] = {}
        self._stack: auto.Stack
        self._project = ""

    def open(self) -> None:
        """Creates the stack in the current backend, if it does not exist. Raises EngineFailedError."""
        options = auto.LocalWorkspaceOptions(work_dir=str(self._folder), env_vars=self._environment)
        try:
            self._stack = auto.create_or_select_stack(stack_name=self.name, work_dir=str(self._folder), opts=options)
        except auto.CommandError as error:
            raise EngineFailedError(reason(str(error))) from None
        self._project = self._stack.workspace.project_settings().name

    def configure(self, groups: Groups) -> None:
        """Sets the program's whole configuration."""
        file = Path(self._stack.workspace.work_dir) / f"Pulumi.{self.name}.yaml"
        kept = (yaml.safe_load(file.read_text()) if file.exists() else None) or {}  # how its secrets are encrypted
        values = {"aws:region": self._region, **{f"{self._project}:{group}": value for group, value in groups.items()}}
        file.write_text(yaml.safe_dump({**kept, "config": values}))

    def up(self) -> list[Change]:
        """Deploys."""
        events = _Events()
        self._engine(lambda: self._stack.up(on_output=self._heard, on_event=events.heard, color="never", suppress_outputs=True, message="acceptance"))
        return events.changes()

    def refresh(self) -> list[Change]:
        """Updates the state from the account; gives what differed."""
        before = {(r.type, r.name): r for r in self.resources()}
        self._engine(lambda: self._stack.refresh(on_output=self._heard, color="never", suppress_outputs=True))
        after = {(r.type, r.name): r for r in self.resources()}
        gone = [Change("delete", *key) for key in before if key not in after]
        return gone + [
            Change("refresh", *key, different(before[key].outputs, now.outputs))
            for key, now in after.items()
            if key in before and before[key].outputs != now.outputs
        ]

    def preview(self) -> list[Change]:
        """The changes that `up` would make."""
        events = _Events()
        self._engine(lambda: self._stack.preview(on_output=self._heard, on_event=events.heard, color="never"))
        return events.changes()

    def destroy(self) -> None:
        """Destroys all resources."""
        self._engine(lambda: self._stack.destroy(on_output=self._heard, color="never", suppress_outputs=True))

    def outputs(self) -> dict[str, Any]:
        """The outputs by name, with secrets in plain text."""
        self._outputs = self._stack.outputs()
        return {name: output.value for name, output in self._outputs.items()}

    def secrets(self) -> list[str]:
        """The values of the secret outputs when `outputs` was last called."""
        return [str(output.value) for output in self._outputs.values() if output.secret and output.value]

    def resources(self) -> list[Resource]:
        """The resources of AWS in the state."""
        return resources(self._deployment())

    def pending(self) -> list[str]:
        """The operations that the engine had begun when it was interrupted."""
        return pending(self._deployment())

    def recover(self) -> None:
        """Makes a stack usable again after an interrupted operation."""
        with contextlib.suppress(auto.CommandError):  # there is no lock to release
            self._stack.cancel()

    def remove(self) -> None:
        """Removes the empty stack, with its history and configuration."""
        self._engine(lambda: self._stack.workspace.remove_stack(self.name))

    def _deployment(self) -> Mapping[str, Any]:
        return self._stack.export_stack().deployment or {}

    def _heard(self, line: str) -> None:
        with self._log.open("a") as log:
            log.write(line.rstrip() + "\n")
        self._say(line.strip())

    def _engine(self, work: Callable[[], T]) -> T:
        """Runs an operation to its end, even if this process is interrupted: then the engine is interrupted too, and finishes its current steps."""
        done: list[T] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                done.append(work())
            except BaseException as error:
                failed.append(error)

        worker = threading.Thread(target=run, daemon=True)
        worker.start()
        interrupted: KeyboardInterrupt | None = None
        while worker.is_alive():
            try:
                worker.join(1)
            except KeyboardInterrupt as error:
                # Ctrl-C also reaches the engine; another signal reached only this process.
                if error.args:
                    _interrupt_children()
                if interrupted is None:
                    self._say("interrupted: the engine finishes its current steps, which may take minutes")
                interrupted = error
        if interrupted is not None:
            raise interrupted
        if failed:
            raise _as_ours(failed[0])
        return done[0]


def _interrupt_children() -> None:
    with contextlib.suppress(OSError):
        found = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True, check=False).stdout.split()
        for child in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGINT)


def _as_ours(error: BaseException) -> BaseException:
    if not isinstance(error, auto.CommandError):
        return error
    text = str(error)
    if any(words.lower() in text.lower() for words in _EXPIRED):
        return SessionExpiredError("AWS no longer accepts the engine's credentials")
    return EngineFailedError(reason(text))


def reason(output: str) -> str:
    """The errors in what the engine printed, each once and with its resource."""
    errors: list[str] = []
    resource = ""
    for line in output.splitlines():
        text = line.strip().removeprefix("stderr: ")
        if _HEADING.fullmatch(text):
            resource = text
        if text.startswith(("error: ", "- ", "* ")) and not any(text.removeprefix("error: ") in known for known in errors):
            if resource and not resource.startswith("pulumi:"):
                errors.append(resource)
            errors.append(text.removeprefix("error: "))
            resource = ""
    return "\n".join(errors) or output.strip()[-2000:]


class _Events:
    """The engine's events about resources."""

    def __init__(self) -> None:
        self._seen: dict[str, Change] = {}

    def heard(self, event: Any) -> None:
        """Records an operation on a resource of AWS. Components have none of their own."""
        started = event.resource_pre_event
        if started is None:
            return
        of = started.metadata
        operation = getattr(of.op, "value", str(of.op))
        # A replacement has three events; the middle one says why.
        if operation not in ("same", "read", "refresh", "create-replacement", "delete-replaced", "discard-replaced") and of.type.startswith("aws:"):
            properties = sorted({*(of.detailed_diff or {}), *(of.diffs or [])} - {"__defaults"})
            self._seen[of.urn] = Change(operation, of.type, of.urn.rpartition("::")[2], tuple(properties))

    def changes(self) -> list[Change]:
        """All recorded operations."""
        return list(self._seen.values())


def different(before: Any, after: Any, path: str = "") -> tuple[str, ...]:
    """The paths at which two values differ."""
    if before == after:
        return ()
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = sorted({*before, *after})
        return tuple(found for key in keys for found in different(before.get(key), after.get(key), f"{path}.{key}" if path else key))
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return tuple(found for index, (old, new) in enumerate(zip(before, after, strict=True)) for found in different(old, new, f"{path}[{index}]"))
    return (path,)


def resources(deployment: Mapping[str, Any]) -> list[Resource]:
    """The resources of AWS in an exported state."""
    return [
        Resource(
            one["type"],
            one["urn"].rpartition("::")[2],
            str(one.get("id", "")),
            str(one.get("outputs", {}).get("arn", "")),
            str(one.get("outputs", {}).get("region") or one.get("inputs", {}).get("region") or ""),
            # A task definition's revisions stay because of a separate setting.
            bool(one.get("retainOnDelete") or one.get("inputs", {}).get("skipDestroy")),
            without_secrets(one.get("inputs", {})),
            without_secrets(one.get("outputs", {})),
        )
        for one in deployment.get("resources") or []
        if one["type"].startswith("aws:") and one.get("custom")
    ]


def without_secrets(value: Any) -> Any:
    """A value of the state with all secrets alike: their ciphertexts change now and then."""
    if isinstance(value, Mapping):
        return "(secret)" if _SECRET in value else {key: without_secrets(item) for key, item in value.items()}
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def pending(deployment: Mapping[str, Any]) -> list[str]:
    """The operations that were in progress, by an exported state."""
    return [f"{one['type']} {one['resource']['type']} {one['resource']['urn'].rpartition('::')[2]}" for one in deployment.get("pending_operations") or []]
