"""Pure: values of properties, and the names that Pulumi generates."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Inputs = dict[str, Any]
"""A resource's properties, or a look-up's arguments or answer, by camelCase name."""

Created = tuple[str, Inputs]
"""A resource's ID and its outputs."""

_SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"  # noqa: S105 (the key by which Pulumi marks secrets)


_salt = ContextVar("_salt", default="")


def physical_name(name: str) -> str:
    """The name that Pulumi generates for a resource without one. It is the same in every run."""
    return f"{name}-{hashlib.sha256((name + _salt.get()).encode()).hexdigest()[:7]}"


@contextmanager
def salted(salt: str) -> Iterator[None]:
    """Other generated names: two stacks in one account may not have the same for what is global, such as roles and buckets."""
    token = _salt.set(salt)
    try:
        yield
    finally:
        _salt.reset(token)


def plain(value: Any) -> Any:
    """A property without the markers of secrets, and with whole numbers as int."""
    if isinstance(value, Mapping):
        if _SECRET_SIGNATURE in value:
            return plain(value["value"])
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
