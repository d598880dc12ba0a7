"""A run of the program in a simulated account, and its result."""

import asyncio
import atexit
import contextlib
import gc
import json
import runpy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_root_resource, set_root_resource

from .account import Account, plain
from .account.values import Inputs


def collect_rarely() -> None:
    """For a process that runs programs: it makes a million objects, of which most stay until its end.

    Looking for garbage among them as often as Python does takes a quarter of the time, and once more at the end three seconds.
    """
    gc.set_threshold(200_000, 20, 100)
    atexit.register(gc.freeze)


@dataclass(frozen=True)
class Registration:
    """A resource as the program registered it, options included."""

    type: str
    name: str
    urn: str
    parent: str
    """The parent's URN; empty for resources without a parent."""
    request: Any
    """The engine's RegisterResourceRequest."""

    @property
    def inputs(self) -> Inputs:
        """The resource's exact inputs, as the program meant them."""
        return dict(plain(rpc.deserialize_properties(self.request.object)))


class Recorder(MockMonitor):
    """A monitor that records all registrations. Like the engine, it refuses two resources of one type and name."""

    def __init__(self, mocks: Any) -> None:
        super().__init__(mocks)
        self.registrations: list[Registration] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (the engine's name)
        """Records a registration. Raises ValueError for a second resource of the same type and name."""
        if request.type != "pulumi:pulumi:Stack":
            if any((known.type, known.name) == (request.type, request.name) for known in self.registrations):
                raise ValueError(f"two resources of type {request.type} are named {request.name}")
            urn = self.make_urn(request.parent, request.type, request.name)
            parent = "" if request.parent.split("::")[2].endswith("pulumi:pulumi:Stack") else request.parent
            self.registrations.append(Registration(request.type, request.name, urn, parent, request))
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Export:
    """A stack output."""

    value: Any
    secret: bool


@dataclass(frozen=True)
class Configuration:
    """A stack's configuration as the engine passes it to the program."""

    project: str
    stack: str
    values: Mapping[str, str] = field(default_factory=dict)
    """By full key. Structured values are JSON."""

    @classmethod
    def of(cls, groups: Mapping[str, Any], stack: str, region: str) -> "Configuration":
        """The program's configuration from groups of inputs, as users write them in camelCase."""
        values = {"aws:region": region, **{f"ipfs-cluster:{group}": json.dumps(value) for group, value in groups.items()}}
        return cls("ipfs-cluster", stack, values)

    def having(self, group: str, value: Mapping[str, Any]) -> "Configuration":
        """The same with this group of inputs."""
        return Configuration(self.project, self.stack, {**self.values, f"{self.project}:{group}": json.dumps(value)})

    @property
    def region(self) -> str:
        """The stack's Region. Raises ConfigurationError if it has none."""
        if "aws:region" not in self.values:
            raise ConfigurationError(f"stack {self.stack!r} has no Region; set one by `pulumi config set aws:region <region>`")
        return self.values["aws:region"]


class ConfigurationError(Exception):
    """A stack's configuration is not usable."""


def read_configuration(folder: Path, stack: str, without: Collection[str] = ()) -> Configuration:
    """The configuration of a stack of the Pulumi project in ``folder``, but for the inputs ``without``, as ``group.input``.

    Raises ConfigurationError if the stack has no file, or one with encrypted values, which only the engine can read.
    """
    description = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    project = description["name"]
    file = folder / f"Pulumi.{stack}.yaml"
    if not file.exists():
        known = sorted(path.name.split(".")[1] for path in folder.glob("Pulumi.*.yaml"))
        raise ConfigurationError(f"there is no {file.name}; the stacks with a file are: {', '.join(known)}")
    defaults = {key: declared["default"] for key, declared in (description.get("config") or {}).items() if "default" in declared}
    values = {f"{project}:{key}": default for key, default in defaults.items()} | ((yaml.safe_load(file.read_text()) or {}).get("config") or {})
    for group, _, name in (one.partition(".") for one in without):
        if isinstance(given := values.get(f"{project}:{group}"), Mapping):
            values[f"{project}:{group}"] = {key: value for key, value in given.items() if key != name}
    encrypted = [key for key, value in values.items() if _is_encrypted(value)]
    if encrypted:
        raise ConfigurationError(f"{file.name} has encrypted values, which the sandbox cannot read: {', '.join(encrypted)}; use a stack without them")
    texts = {key if ":" in key else f"{project}:{key}": _text(value) for key, value in values.items()}
    return Configuration(project, stack, texts)


def _is_encrypted(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "secure" in value or any(_is_encrypted(item) for item in value.values())
    return isinstance(value, list) and any(_is_encrypted(item) for item in value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True)
class Deployment:
    """The resources and outputs of a run of the program."""

    registrations: list[Registration]
    exports: dict[str, Export]

    def tree(self) -> list[str]:
        """The resources as `pulumi up` shows them, one line each."""
        children: dict[str, list[Registration]] = {}
        for registration in self.registrations:
            children.setdefault(registration.parent, []).append(registration)

        def lines(urn: str, indent: str) -> list[str]:
            found = sorted(children.get(urn, []), key=lambda r: (r.type, r.name))
            result = []
            for index, child in enumerate(found):
                last = index == len(found) - 1
                result.append(f"{indent}{'└─' if last else '├─'} {child.type}  {child.name}")
                result += lines(child.urn, indent + ("   " if last else "│  "))
            return result

        return lines("", "")


@contextlib.contextmanager
def _event_loop() -> Iterator[None]:
    """A new event loop for one run, so that the next run does not execute what a failed program has left."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        undone = asyncio.all_tasks(loop)
        for task in undone:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*undone, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        asyncio.set_event_loop(asyncio.new_event_loop())


def run(program: Path, configuration: Configuration, account: Account, preview: bool = False) -> Deployment:
    """Runs a Pulumi program's ``__main__.py`` against the account. Use it inside ``moto.mock_aws()``.

    Raises the program's exceptions.
    """
    recorder = Recorder(account)
    exports: dict[str, Export] = {}

    async def collect() -> None:
        stack = get_root_resource()
        for name, output in sorted(stack.outputs.items()):  # type: ignore[union-attr]
            exported = pulumi.Output.from_input(output)
            exports[name] = Export(await exported.future(), await exported.is_secret())

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def program_and_outputs() -> Any:
        runpy.run_path(str(program), run_name="__main__")
        return collect()

    with _event_loop():
        # The outputs of an earlier run in this process belong to its own stack.
        set_root_resource(None)  # type: ignore[arg-type]
        pulumi.runtime.set_mocks(account, configuration.project, configuration.stack, preview=preview, monitor=recorder)
        pulumi.runtime.set_all_config(dict(configuration.values), [])
        program_and_outputs()
    return Deployment(recorder.registrations, exports)
