"""The inputs' types: each has its resolved twin, its description and its default, which are the same everywhere."""

import ast
import dataclasses
import inspect
import types
from collections.abc import Iterator
from typing import Any

import pytest
from ipfs_cluster.inputs import api, backup, credentials, edge, gateway, monitoring, network, nodes, pinning, storage, swarm
from ipfs_cluster.inputs.fields import Shape, shape
from ipfs_cluster.inputs.resolve import GROUPS, SHAPE, IpfsClusterArgs

GROUP_FILES = [api, backup, credentials, edge, gateway, monitoring, network, nodes, pinning, storage, swarm]
# Where the default depends on other inputs, and the resolved type has a value that says so.
DEPENDS = {"BackupSettings.nodes"}


def typed_dicts(module: types.ModuleType) -> Iterator[tuple[str, dict[str, str]]]:
    """The TypedDicts of a file, with the text of each input."""
    for definition in ast.parse(inspect.getsource(module)).body:
        if isinstance(definition, ast.ClassDef) and any(getattr(base, "id", "") == "TypedDict" for base in definition.bases):
            texts = {}
            for attribute, text in zip(definition.body[1::2], definition.body[2::2], strict=True):
                assert isinstance(attribute, ast.AnnAssign)
                assert isinstance(text, ast.Expr)
                texts[ast.unparse(attribute.target)] = " ".join(ast.literal_eval(text.value).split())
            yield definition.name, texts


def twin(module: types.ModuleType, name: str) -> Any:
    """The resolved type of a TypedDict."""
    found = {"CredentialSettings": "ResolvedCredentials", "NodeSettings": "ResolvedNodes"}
    return getattr(module, found.get(name, f"Resolved{name.removesuffix('Settings')}"))


TYPES = [(module, name, texts) for module in GROUP_FILES for name, texts in typed_dicts(module)]


@pytest.mark.parametrize(("module", "name", "texts"), TYPES, ids=[name for _, name, _ in TYPES])
def test_the_resolved_type_has_the_same_inputs(module: types.ModuleType, name: str, texts: dict[str, str]) -> None:
    assert [attribute.name for attribute in dataclasses.fields(twin(module, name))] == list(texts)
    assert twin(module, name).__dataclass_params__.frozen


@pytest.mark.parametrize(("module", "name", "texts"), TYPES, ids=[name for _, name, _ in TYPES])
def test_the_documented_default_is_the_default(module: types.ModuleType, name: str, texts: dict[str, str]) -> None:
    for attribute in dataclasses.fields(twin(module, name)):
        meaning, marker, documented = texts[attribute.name].rpartition("Default: ")
        assert marker, f"{name}.{attribute.name} does not say its default"
        assert meaning, f"{name}.{attribute.name} does not say what it means"
        default = attribute.default if attribute.default_factory is dataclasses.MISSING else attribute.default_factory()
        if default in (None, "", (), {}):
            if f"{name}.{attribute.name}" not in DEPENDS:
                assert not is_literal(documented), f"{name}.{attribute.name}: {documented!r}, but it is {default!r}"
        else:
            value = str(default).lower() if isinstance(default, bool) else str(default)
            assert documented.startswith(value), f"{name}.{attribute.name}: {documented!r}, but it is {value!r}"
            assert documented.removeprefix(value)[:1] in (".", ",", ";", ":"), f"{name}.{attribute.name}: {documented!r}, but it is {value!r}"


def is_literal(documented: str) -> bool:
    return documented.startswith(("true", "false")) or documented.lstrip("-")[:1].isdigit()


def test_every_group_has_its_resolved_type() -> None:
    assert [*GROUPS, "tags"] == list(IpfsClusterArgs.__annotations__)


def test_shapes() -> None:
    fields = SHAPE.fields
    assert fields["nodes"].fields["count"] == Shape("integer")
    assert fields["nodes"].fields["kubo_config"] == Shape("map", item=Shape("any"))
    assert fields["nodes"].fields["registry_credentials"] == Shape("map", item=Shape("string", takes_output=True))
    assert fields["network"].fields["vpc_id"] == Shape("string", takes_output=True)
    assert fields["nodes"].fields["zones"] == Shape("list", item=Shape("string"))
    assert fields["gateway"].fields["open"] == Shape("boolean")
    identities = fields["credentials"].fields["identities"]
    assert identities.kind == "map"
    assert identities.item == shape(credentials.NodeIdentity)
    assert next(iter(shape(credentials.NodeIdentity).fields)) == "kubo_peer_id"
