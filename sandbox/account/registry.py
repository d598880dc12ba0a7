"""What the simulated account knows: a function for each resource type and each look-up, registered by decorators.

Each says which properties it reads. A property that it neither reads nor lists as ignored would be silently lost, so it is an error.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from .aws import Aws
from .errors import UnknownToSandboxError, UnreadPropertyError
from .values import Created, Inputs

Create = Callable[[Aws, str, Inputs], Created]
"""Creates a resource by its name and properties. The properties are its own copy."""
Answer = Callable[[Aws, Inputs], Inputs]
"""Answers a look-up by its arguments. The arguments are its own copy."""

F = TypeVar("F", bound=Callable[..., Any])

_WHERE = "add it to the module of its service in sandbox/account/,"


@dataclass(frozen=True)
class Entry(Generic[F]):
    """A resource type or a look-up, and the function that serves it."""

    token: str
    """A resource type (``aws:ec2/vpc:Vpc``) or a look-up's token (``aws:ec2/getVpc:getVpc``)."""
    function: F
    reads: frozenset[str]
    """The properties that ``function`` is given."""
    ignored: Mapping[str, str] = field(default_factory=dict)
    """The properties that no AWS operation receives, each with the reason."""

    @property
    def file(self) -> str:
        """Where it is registered, from the project's folder."""
        return self.function.__module__.replace(".", "/") + ".py"

    def given(self, inputs: Inputs, name: str = "") -> Inputs:
        """What ``function`` is given. Raises UnreadPropertyError for a property that it neither reads nor ignores."""
        for key in sorted(inputs.keys() - self.reads - self.ignored.keys()):
            raise self.unread(key, name)
        return {key: value for key, value in inputs.items() if key in self.reads}

    def unread(self, path: str, name: str = "") -> UnreadPropertyError:
        """The error for a property; ``name`` is the resource's, empty for a look-up."""
        of = f"{self.token} {name}".strip()
        return UnreadPropertyError(f"the sandbox would lose the property {path} of {of}; read it in {self.file}, or list it there as ignored with a reason")


class Registry:
    """Resource types and look-ups by token."""

    def __init__(self) -> None:
        self.resources: dict[str, Entry[Create]] = {}
        self.look_ups: dict[str, Entry[Answer]] = {}
        self.recorded: set[str] = set()
        """Resource types that moto does not have. The account stores all of their properties."""

    def creates(self, *types: str, reads: Iterable[str], ignored: Mapping[str, str] | None = None) -> Callable[[Create], Create]:
        """Registers the function that creates resources of these types."""

        def register(function: Create) -> Create:
            for type_ in types:
                self._check_new(type_)
                self.resources[type_] = Entry(type_, function, frozenset(reads), ignored or {})
            return function

        return register

    def looks_up(self, token: str, reads: Iterable[str] = (), ignored: Mapping[str, str] | None = None) -> Callable[[Answer], Answer]:
        """Registers the function that answers a look-up."""

        def register(function: Answer) -> Answer:
            self._check_new(token)
            self.look_ups[token] = Entry(token, function, frozenset(reads), ignored or {})
            return function

        return register

    def records(self, *types: str) -> None:
        """Registers resource types that moto does not have."""
        for type_ in types:
            self._check_new(type_)
            self.recorded.add(type_)

    def types(self) -> frozenset[str]:
        """All resource types."""
        return frozenset(self.resources) | frozenset(self.recorded)

    def _check_new(self, token: str) -> None:
        if token in self.resources or token in self.look_ups or token in self.recorded:
            raise ValueError(f"{token} is registered twice")

    def resource(self, type_: str, name: str) -> Entry[Create]:
        """The entry of a resource type; ``name`` is the resource's, for the error. Raises UnknownToSandboxError."""
        if type_ not in self.resources:
            raise UnknownToSandboxError(f"the sandbox does not know the resource type {type_} ({name}); {_WHERE} with @creates")
        return self.resources[type_]

    def look_up(self, token: str) -> Entry[Answer]:
        """The entry of a look-up. Raises UnknownToSandboxError."""
        if token not in self.look_ups:
            raise UnknownToSandboxError(f"the sandbox does not know the look-up {token}; {_WHERE} with @looks_up")
        return self.look_ups[token]


REGISTRY = Registry()
"""The account's registry. It is complete when the package is imported."""

creates, looks_up, records = REGISTRY.creates, REGISTRY.looks_up, REGISTRY.records
