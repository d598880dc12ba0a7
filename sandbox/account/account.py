"""The simulated account as Pulumi mocks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from .aws import Aws, noted
from .randomness import Randomness
from .registry import REGISTRY, Entry
from .shapes import UnmappedPropertyError
from .values import Created, Inputs, physical_name, plain, salted


@dataclass(frozen=True)
class Made:
    """A resource that was created, or a look-up that was answered."""

    type: str
    name: str
    """Empty for a look-up."""
    inputs: Inputs
    outputs: Inputs
    calls: list[str]
    """The AWS operations for it, as ``ecs:CreateService``, with the service name that signs its requests."""


class Account(Aws, Mocks):
    """The account: creates the program's resources in moto. Use it inside ``moto.mock_aws()``."""

    def __init__(self, region: str, randomness: Randomness | None = None, salt: str = "") -> None:
        """``salt`` is for a stack that is not the only one in the account: its generated names are others."""
        super().__init__(region, randomness)
        self._salt = salt
        self.recorded: list[tuple[str, str, Inputs]] = []
        """Type, name and inputs of the resources that moto cannot hold."""
        self.made: list[Made] = []
        self._lock = threading.Lock()  # moto handles one request at a time

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Creates a resource in moto. Raises UnknownToSandboxError for an unknown type or property."""
        inputs = {key: value for key, value in plain(args.inputs).items() if value is not None}
        if not args.custom:
            return "", inputs
        with self._lock, noted() as calls:
            with salted(self._salt):
                id_, outputs = self._create(args.typ, args.name, inputs)
            self.made.append(Made(args.typ, args.name, inputs, {"id": id_, **inputs, **outputs}, calls))
        return id_, {**inputs, **outputs}

    def _create(self, type_: str, name: str, inputs: Inputs) -> Created:
        if type_ in REGISTRY.recorded:
            self.recorded.append((type_, name, inputs))
            return physical_name(name), {"arn": f"arn:aws:{type_}:{name}"}
        entry = REGISTRY.resource(type_, name)
        with _naming(entry, name):
            return entry.function(self, name, entry.given(inputs, name))

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Answers a look-up from moto. Raises UnknownToSandboxError for an unknown look-up, NotInAccountError."""
        inputs = {key: value for key, value in plain(args.args).items() if value is not None}
        entry = REGISTRY.look_up(args.token)
        with self._lock, _naming(entry), noted() as calls:
            answer = entry.function(self, entry.given(inputs))
            self.made.append(Made(args.token, "", inputs, answer, calls))
        return answer, []


@contextmanager
def _naming(entry: Entry[Callable[..., Any]], name: str = "") -> Iterator[None]:
    """Turns a property without a parameter in an AWS operation into an error that names the resource."""
    try:
        yield
    except UnmappedPropertyError as error:
        # Starting at the property: the entry may have put it into a structure of the API.
        parts = error.path.split(".")
        begin = next((index for index, part in enumerate(parts) if part in entry.reads), 0)
        raise entry.unread(".".join(parts[begin:]), name) from error
