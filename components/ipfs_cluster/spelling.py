"""Pure: how the program that creates a component spells the names of inputs."""

import contextlib
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar

Spelling = Callable[[str], str]
"""How the caller spells the snake_case name of an input."""


def snake_case(name: str) -> str:
    """``replicationMin`` as ``replication_min``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)


def camel_case(name: str) -> str:
    """``replication_min`` as ``replicationMin``."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def as_in_python(name: str) -> str:
    """The name itself: Python programs use snake_case."""
    return name


_spelling: ContextVar[Spelling] = ContextVar("spelling", default=as_in_python)


def current_spelling() -> Spelling:
    """The spelling of the program that is creating a component."""
    return _spelling.get()


@contextlib.contextmanager
def spelled(spelling: Spelling) -> Iterator[None]:
    """Components that are created in this context name inputs in errors by ``spelling``, also in errors that come later."""
    token = _spelling.set(spelling)
    try:
        yield
    finally:
        _spelling.reset(token)
