"""The example in YAML, by the checked-in schema."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.helpers.support import EXAMPLES
from tools import schema

PROGRAM = yaml.safe_load((EXAMPLES / "yaml" / "Pulumi.yaml").read_text())
SCHEMA = schema.schema()
COMPONENT = SCHEMA["resources"]["ipfs-cluster:index:IpfsCluster"]


def mistakes(path: str, declared: Mapping[str, Any], value: Any) -> Iterator[str]:
    """What a value has that its declaration in the schema has not."""
    if "$ref" in declared and declared["$ref"].startswith("#/types/"):
        known = SCHEMA["types"][declared["$ref"].removeprefix("#/types/")]
        yield from properties(path, known["properties"], known.get("required", []), value)
    elif declared.get("type") == "object":
        for key, item in value.items():
            yield from mistakes(f"{path}.{key}", declared["additionalProperties"], item)
    elif declared.get("type") == "array":
        for item in value:
            yield from mistakes(path, declared["items"], item)
    elif isinstance(value, str) and "${" in value:
        if declared.get("plain"):
            yield f"{path} must be known beforehand"
    elif "type" in declared and type(value) is not {"string": str, "integer": int, "boolean": bool}[declared["type"]]:
        yield f"{path} is no {declared['type']}"


def properties(path: str, declared: Mapping[str, Any], required: list[str], given: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{path}.{name} is missing" for name in required if name not in given)
    for name, value in given.items():
        if name in declared:
            yield from mistakes(f"{path}.{name}", declared[name], value)
        else:
            yield f"{path}.{name} does not exist"


def test_its_inputs_are_the_schemas() -> None:
    (resource,) = PROGRAM["resources"].values()
    assert resource["type"] == "ipfs-cluster:IpfsCluster"
    assert list(properties("", COMPONENT["inputProperties"], COMPONENT["requiredInputs"], resource["properties"])) == []


def test_its_outputs_are_the_schemas() -> None:
    for value in PROGRAM["outputs"].values():
        found = re.fullmatch(r"\$\{ipfs\.(\w+)\}", value)
        assert found
        assert found[1] in COMPONENT["properties"]


def test_a_mistake_would_be_found() -> None:
    given = {"nodes": {"count": "3", "size": 1}, "storage": {"maxGib": "${x}", "existing": {"a": {"pth": "/"}}}, "tags": {"a": 1}}
    assert list(properties("", COMPONENT["inputProperties"], ["api"], given)) == [
        ".api is missing",
        ".nodes.count is no integer",
        ".nodes.size does not exist",
        ".storage.maxGib must be known beforehand",
        ".storage.existing.a.pth does not exist",
        ".tags.a is no string",
    ]
