"""The AWS API of the simulated account, in moto."""

import functools
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import boto3

from . import shapes
from .randomness import Randomness
from .values import Inputs

# Saves a third of a second per account: nothing here starts a machine image.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

_calls: ContextVar[list[str]] = ContextVar("calls")
_making = threading.Lock()  # a session makes one client at a time


@functools.cache
def _session() -> boto3.Session:
    # Shared by all accounts of a process: loading AWS's service descriptions takes longer than all requests together.
    return boto3.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox")  # noqa: S106 (moto needs some value)


@functools.cache
def _client(service: str, region: str) -> Any:
    # Shared as well: a client holds nothing of an account.
    with _making:
        made = _session().client(service, region_name=region)  # type: ignore[call-overload]
    made.meta.events.register("before-call.*.*", _note)
    return made


def _note(model: Any, **_: Any) -> None:
    _calls.get([]).append(f"{model.service_model.signing_name}:{model.name}")


@contextmanager
def noted() -> Iterator[list[str]]:
    """The operations that this thread calls meanwhile, as ``ecs:CreateService``, with the service name that signs their requests."""
    made: list[str] = []
    token = _calls.set(made)
    try:
        yield made
    finally:
        _calls.reset(token)


class Aws:
    """The AWS API of one account. Use it inside ``moto.mock_aws()``."""

    def __init__(self, region: str, randomness: Randomness | None = None) -> None:
        self.region = region
        self.randomness = randomness if randomness is not None else Randomness()
        self.file_systems: dict[str, str] = {}
        """The IDs of file systems in moto, by the program's IDs."""
        self.id: str = self.client("sts").get_caller_identity()["Account"]

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client of the account. Its Region is the account's by default."""
        return _client(service, region or self.region)

    def send(self, service: str, operation: str, properties: Inputs, names: Mapping[str, str] | None = None, region: str = "") -> Any:
        """Calls an operation by its name in boto3, with properties as `shapes.parameters` maps them. Returns the response.

        Raises UnmappedPropertyError if the operation has no parameter for a property, and ClientError.
        """
        client = self.client(service, region)
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        return getattr(client, operation)(**shapes.parameters(properties, model.input_shape, names or {}))

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in the account's Region."""
        return f"arn:aws:{service}:{self.region}:{self.id}:{resource}"
