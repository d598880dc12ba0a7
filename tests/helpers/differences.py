"""What differs between a resource's state and its new inputs, and which of that replaces the resource: as a bridged provider tells the engine."""

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

import yaml
from pulumi.runtime.proto import provider_pb2

CREATE_ONLY: Mapping[str, list[str]] = yaml.safe_load((Path(__file__).resolve().parent.parent / "contracts" / "create_only.yaml").read_text())
"""The inputs that replace a resource when they change, by type."""

# Every regional resource of the AWS provider has this input, and moves to another Region by a replacement.
_OF_EVERY_TYPE = ("region",)

_REPLACING = {
    provider_pb2.PropertyDiff.ADD: provider_pb2.PropertyDiff.ADD_REPLACE,
    provider_pb2.PropertyDiff.DELETE: provider_pb2.PropertyDiff.DELETE_REPLACE,
    provider_pb2.PropertyDiff.UPDATE: provider_pb2.PropertyDiff.UPDATE_REPLACE,
}

PropertyPath = tuple[str | int, ...]


def diff(type_: str, state: Mapping[str, Any], before: Mapping[str, Any], wanted: Mapping[str, Any]) -> provider_pb2.DiffResponse:
    """The answer of a provider that plans from the state, not from the inputs of the last run.

    `state` holds the resource's outputs, `before` its last inputs, `wanted` its new ones. The detailed diff has an entry for each changed value,
    with its whole path: the engine compares these paths with the resource option `replaceOnChanges`.
    """
    inputs = sorted({*before, *wanted} - {"__defaults"})
    changed = [key for key in inputs if state.get(key) != wanted.get(key)]
    replacing = [key for key in changed if replaces(type_, key)]
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=changed,
        replaces=replacing,
        detailedDiff={
            written(path): provider_pb2.PropertyDiff(kind=_REPLACING[kind] if key in replacing else kind)
            for key in changed
            for path, kind in _changes((key,), state.get(key), wanted.get(key))
        },
        hasDetailedDiff=True,
    )


def replaces(type_: str, key: str) -> bool:
    """Whether a change of an input replaces the resource. A type that create_only.yaml does not list is an error."""
    return key in CREATE_ONLY[type_] or key in _OF_EVERY_TYPE


def written(path: PropertyPath) -> str:
    """A path as the engine writes and reads it: `settings[0].value`, `tags["a.b"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[A-Za-z_$][\w$]*", part):
            text += f".{part}" if text else part
        else:
            text += '["' + part.replace("\\", r"\\").replace('"', r"\"") + '"]'
    return text


def _changes(path: PropertyPath, old: Any, new: Any) -> Iterator[tuple[PropertyPath, "provider_pb2.PropertyDiff.Kind.ValueType"]]:
    """The paths of all leaves that differ, and how. No value and null are the same."""
    if old == new:
        return
    if old is None:
        yield path, provider_pb2.PropertyDiff.ADD
    elif new is None:
        yield path, provider_pb2.PropertyDiff.DELETE
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _changes((*path, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        for index, (one, other) in enumerate(zip_longest(old, new)):
            yield from _changes((*path, index), one, other)
    else:
        yield path, provider_pb2.PropertyDiff.UPDATE
