"""Pure: properties as the parameters of an AWS operation, from botocore's description of the operation.

The provider's names differ from the API's mostly in capitals (``httpPort``, ``HTTPPort``), and its structures in a few regular ways:

- a block that occurs at most once is a mapping where the API expects a list;
- tags and dimensions are a mapping where the API expects a list of keys and values;
- a list is a list where CloudFront expects ``{"Quantity": 1, "Items": […]}``.

The caller translates all other differences.
"""

from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

Names = Mapping[str, str]
"""The API's names, where they differ in more than capitals, by the provider's name, or by the parent's and the provider's name with a dot between."""


class UnmappedPropertyError(Exception):
    """An operation has no parameter for a property."""

    def __init__(self, path: str) -> None:
        """``path`` is the property's, like ``origins.customHeaders.name``."""
        self.path = path
        super().__init__(path)


def parameters(value: Any, shape: Shape, names: Names, path: str = "") -> Any:
    """A property's value in the form that ``shape`` describes. Raises UnmappedPropertyError.

    ``path`` is the value's path; empty for all properties of a resource.
    """
    if isinstance(shape, ListShape):
        return [parameters(item, shape.member, names, path) for item in _as_list(value, shape.member)]
    if isinstance(shape, StructureShape) and _is_counted(value, shape):
        return {"Quantity": len(value), "Items": parameters(value, shape.members["Items"], names, path)}
    if isinstance(shape, StructureShape):
        return _structure(value, shape, names, path)
    if shape.type_name in ("double", "float"):
        return float(value)
    return value


def _is_counted(value: Any, shape: StructureShape) -> bool:
    """Whether the operation wants a list together with its length."""
    return isinstance(value, list) and "Items" in shape.members


def _as_list(value: Any, element: Shape) -> list[Any]:
    if not isinstance(value, Mapping):
        return list(value)
    pair = _pair(element)
    return [dict(zip(pair, item, strict=True)) for item in sorted(value.items())] if pair else [value]


def _pair(element: Shape) -> tuple[str, str] | None:
    """The names of an element's members, if these are a key and a value."""
    if not isinstance(element, StructureShape) or len(element.members) != 2:
        return None
    key, value = sorted(element.members)
    return (key, value) if (key.lower(), value.lower()) in (("key", "value"), ("name", "value")) else None


def _structure(value: Mapping[str, Any], shape: StructureShape, names: Names, path: str) -> dict[str, Any]:
    members = {member.lower(): member for member in shape.members}
    parent = path.rpartition(".")[2]
    result: dict[str, Any] = {}
    for key, item in value.items():
        own_path = f"{path}.{key}" if path else key
        member = names.get(f"{parent}.{key}") or names.get(key) or members.get(key.lower(), "")
        if member not in shape.members:
            raise UnmappedPropertyError(own_path)
        result[member] = parameters(item, shape.members[member], names, own_path)
    if {"Quantity", "Items"} <= shape.members.keys():
        result.setdefault("Quantity", len(result.get("Items", [])))
    return result
