"""The examples in YAML, by the checked-in schema."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from tests.helpers.support import EXAMPLES
from tools import schema

PROGRAMS = {folder: yaml.safe_load((EXAMPLES / folder / "Pulumi.yaml").read_text()) for folder in ("yaml", "several-regions-yaml")}
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


@pytest.mark.parametrize(("folder", "name"), [("yaml", "IpfsCluster"), ("several-regions-yaml", "IpfsGlobalCluster")])
def test_inputs_and_outputs_are_the_schemas(folder: str, name: str) -> None:
    component = SCHEMA["resources"][f"ipfs-cluster:index:{name}"]
    (resource,) = PROGRAMS[folder]["resources"].values()
    assert resource["type"] == f"ipfs-cluster:{name}"
    assert list(properties("", component["inputProperties"], component["requiredInputs"], resource["properties"])) == []
    for value in PROGRAMS[folder]["outputs"].values():
        found = re.fullmatch(r"\$\{ipfs\.(\w+)\}", value)
        assert found
        assert found[1] in component["properties"]


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
