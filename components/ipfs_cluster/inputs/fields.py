"""Pure: the inputs' types. `shape` is the one reader of annotations; checks, configuration and generated pages use what it returns."""

import dataclasses
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NotRequired, TypeVar

import pulumi

from ..spelling import camel_case, snake_case
from .problems import Key, Path, Problem, Problems, ref

T = TypeVar("T")


@dataclass(frozen=True)
class Shape:
    """The type of an input."""

    kind: str
    """group, map, list, string, integer, boolean or any."""
    takes_output: bool = False
    """Whether the output of another resource may be given."""
    fields: Mapping[str, "Shape"] = field(default_factory=dict)
    """Of a group, by name."""
    item: "Shape | None" = None
    """Of a map's values or a list's items."""


@functools.cache
def group_shape(declared: type) -> Shape:
    """The shape of a TypedDict."""
    return Shape("group", fields={name: shape(annotation) for name, annotation in declared.__annotations__.items()})


def shape(annotation: Any) -> Shape:
    """The shape of an annotation: NotRequired, Input, list, dict, TypedDict, str, int, bool, Any."""
    while getattr(annotation, "__origin__", None) is NotRequired:
        annotation = annotation.__args__[0]
    origin = getattr(annotation, "__origin__", None)
    if origin is dict:
        return Shape("map", item=shape(annotation.__args__[1]))
    if origin is list:
        return Shape("list", item=shape(annotation.__args__[0]))
    if hasattr(annotation, "__args__"):  # pulumi.Input[T] is Union[T, Awaitable[T], Output[T]]
        return dataclasses.replace(shape(annotation.__args__[0]), takes_output=True)
    if isinstance(annotation, type) and issubclass(annotation, dict):
        return group_shape(annotation)
    return Shape({str: "string", int: "integer", bool: "boolean"}.get(annotation, "any"))


def type_problems(where: Path, declared: Shape, value: Any, component: str = "IpfsCluster") -> Problems:
    """Unknown keys, and values of another type. ``component`` is whose inputs they are."""
    if isinstance(value, pulumi.Output):
        if not declared.takes_output:
            yield Problem(where, "is an output of another resource, but must be known before anything is created; give a plain value.")
    elif declared.kind == "group":
        if not isinstance(value, Mapping):
            yield Problem(where, f"{value!r} must be a mapping; it takes {_names(declared)}.")
            return
        for key, item in value.items():
            if key in declared.fields:
                yield from type_problems((*where, key), declared.fields[key], item)
            else:
                owner = ref(*where) if where else component
                yield Problem((*where, key), f"there is no such input; {owner} takes {_names(declared)}.")
    elif declared.kind == "map" and declared.item:
        if not isinstance(value, Mapping):
            yield Problem(where, f"{value!r} must be a map.")
            return
        for key, item in value.items():
            yield from type_problems((*where, Key(key)), declared.item, item)
    elif declared.kind == "list" and declared.item:
        if isinstance(value, str) or not isinstance(value, Sequence):
            yield Problem(where, f"{value!r} must be a list.")
            return
        for index, item in enumerate(value):
            yield from type_problems((*where, index), declared.item, item)
    elif declared.kind == "boolean" and not isinstance(value, bool):
        yield Problem(where, f"{value!r} must be true or false.")
    elif declared.kind == "integer" and (isinstance(value, bool) or not isinstance(value, int)):
        yield Problem(where, f"{value!r} must be a whole number.")
    elif declared.kind == "string" and not isinstance(value, str):
        yield Problem(where, f"{shown(where, value)} must be a string.")


def _names(group: Shape) -> str:
    return ", ".join(map(ref, group.fields))


def shown(where: Path, value: Any) -> str:
    """A value in an error; a secret is not shown."""
    return "(not shown)" if is_secret(str(where[-1])) else repr(value)


def is_secret(name: str) -> bool:
    """Whether an input of this name is a secret."""
    return name.endswith("password") or name == "shared"


def well_typed(declared: Shape, value: Any) -> dict[str, Any]:
    """A group without what is missing, unknown or of another type, so that the rest can be checked all the same."""
    if not isinstance(value, Mapping):
        return {}
    return {
        key: item for key, item in value.items() if item is not None and key in declared.fields and not any(type_problems((key,), declared.fields[key], item))
    }


def whole(value: Any) -> Any:
    """``value`` with whole numbers that came as floats, as they do from other languages, as integers, however deep."""
    if isinstance(value, Mapping):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def each(resolved: type) -> Any:
    """A dataclass field for a map of groups, by name."""
    return field(default_factory=dict, metadata={"each": resolved})


def resolved(cls: type[T], given: Mapping[str, Any]) -> T:
    """A resolved group: what was given, and the defaults of the dataclass."""
    values: dict[str, Any] = {}
    for attribute in dataclasses.fields(cls):  # type: ignore[arg-type]
        if attribute.name in given:
            value = given[attribute.name]
            inner = attribute.metadata.get("each")
            values[attribute.name] = {key: resolved(inner, item) for key, item in value.items()} if inner else value
    return cls(**values)


def from_camel_case(where: str, declared: Shape, value: Any, wrong: list[str]) -> Any:
    """A value with the inputs' names in snake_case, and of the type that is declared where `pulumi config set` guessed another.

    It takes 1234 for a number and, where the value before was a string, true for one. Keys in snake_case go to ``wrong``.
    """
    if declared.kind == "group" and isinstance(value, Mapping):
        group = {}
        for key, item in value.items():
            name = snake_case(key)
            if "_" in key and key in declared.fields:
                wrong.append(f"{where}.{key}: inputs are camelCase here; use {camel_case(key)}.")
            input_ = declared.fields.get(name)
            group[name if input_ else key] = from_camel_case(f"{where}.{key}", input_, item, wrong) if input_ else item
        return group
    if declared.kind == "map" and declared.item and isinstance(value, Mapping):
        return {key: from_camel_case(f"{where}.{key}", declared.item, item, wrong) for key, item in value.items()}
    if declared.kind == "list" and declared.item and isinstance(value, list):
        return [from_camel_case(f"{where}[{index}]", declared.item, item, wrong) for index, item in enumerate(value)]
    if declared.kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if declared.kind == "boolean" and value in ("true", "false"):
        return value == "true"
    if declared.kind == "integer" and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value
