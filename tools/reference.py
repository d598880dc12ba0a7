"""The reference of inputs and outputs, from the checked-in schema: `python -m tools.reference` writes it."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ipfs_cluster.config import snake_case

from tools import schema

DOCS = Path(__file__).resolve().parent.parent / "docs"
Property = Mapping[str, Any]

INPUTS = """# Inputs

<!-- Written by `python -m tools.reference` from components/schema.json. -->

Every input of `IpfsCluster`, by group. All are optional. Stack configuration and other languages use the first name,
Python the second. *Output* means that the input also accepts the output of another resource; every other value must be
known before anything is created. An invalid value is refused before the first resource, with what would be valid.
[Configuration](configuration.md) says how to choose values, and what a change does to a running stack.
"""
OUTPUTS = """# Outputs

<!-- Written by `python -m tools.reference` from components/schema.json. -->

The outputs of `IpfsCluster`. Other languages use the first name; Python, and `pulumi stack output` of this repository's
program, the second. In Python the resources are attributes too: `network`, `credentials`, `ecs_cluster`, `nodes` (by
name), `load_balancer`, `distributions`.
"""
JOINING = """
## IpfsGlobal

This component joins the Regions of a cluster: [several Regions](regions.md).
"""
ONE_PROGRAM = """
## IpfsGlobalCluster

This component makes the clusters of all Regions and what joins them [in one program](regions.md#one-program).
"""


def inputs() -> str:
    """The page of inputs."""
    known = json.loads(schema.FILE.read_text())
    groups, types = known["resources"]["ipfs-cluster:index:IpfsCluster"]["inputProperties"], known["types"]
    parts = [INPUTS]
    for name, group in groups.items():
        type_ = types.get(_reference(group))
        parts.append(f"\n## {name}\n\n" + _wrapped(("" if snake_case(name) == name else f"`{snake_case(name)}`. ") + _whole(group)))
        if type_ is None:
            parts.append(f"\nType: {_type(group)}{'' if _plain(group) else ' or *Output*'}.\n")
        else:
            parts.append("\n" + _table(type_["properties"]))
            for nested in type_["properties"].values():
                if _reference(nested) in types:
                    inner = types[_reference(nested)]
                    parts.append("\n" + _wrapped(f"**{_reference(nested).rpartition(':')[2]}** – {_text(inner)}") + "\n" + _table(inner["properties"]))
    joining, one_program = (known["resources"][f"ipfs-cluster:index:{name}"]["inputProperties"] for name in ("IpfsGlobal", "IpfsGlobalCluster"))
    region = types["ipfs-cluster:index:RegionSettings"]
    of_a_region = "\n" + _wrapped(f"**RegionSettings** – {_text(region)}") + "\n" + _table(region["properties"])
    return "".join([*parts, JOINING, "\n" + _table(joining), ONE_PROGRAM, "\n" + _table(one_program), of_a_region])


def outputs() -> str:
    """The page of outputs."""
    known = json.loads(schema.FILE.read_text())["resources"]
    components = ("IpfsCluster", "IpfsGlobal", "IpfsGlobalCluster")
    own, joining, one_program = (_outputs_of(known[f"ipfs-cluster:index:{component}"]["properties"]) for component in components)
    return OUTPUTS + own + JOINING + joining + ONE_PROGRAM + one_program


def _outputs_of(properties: Mapping[str, Property]) -> str:
    rows = (f"| {_names(name)} | {_type(property_)} | {_cell(_text(property_))} |\n" for name, property_ in properties.items())
    return "\n| name | type | what it is |\n|---|---|---|\n" + "".join(rows)


def _table(properties: Mapping[str, Property]) -> str:
    return "| name | type | default | meaning |\n|---|---|---|---|\n" + "".join(_rows(properties))


def _rows(properties: Mapping[str, Property]) -> Iterator[str]:
    for name, property_ in properties.items():
        meaning, default = _meaning(property_)
        output = "" if _plain(property_) else " or *Output*"
        yield f"| {_names(name)} | {_type(property_)}{output} | {_cell(default)} | {_cell(meaning)} |\n"


def _meaning(property_: Property) -> tuple[str, str]:
    meaning, _, default = _text(property_).rpartition(" Default: ")
    return meaning, default.removesuffix(".")


def _whole(property_: Property) -> str:
    meaning, default = _meaning(property_)
    return f"{meaning} Default: {default}."


def _names(name: str) -> str:
    return f"`{name}`" if snake_case(name) == name else f"`{name}`<br>`{snake_case(name)}`"


def _type(property_: Property) -> str:
    if "items" in property_:
        return f"list of {_type(property_['items'])}"
    if "additionalProperties" in property_:
        return f"map of {_type(property_['additionalProperties'])}"
    return _reference(property_).rpartition(":")[2].rpartition("/")[2] or str(property_["type"])


def _plain(property_: Property) -> bool:
    # The elements of a list or map may be outputs even if the list or map itself must not be one.
    inner = property_.get("additionalProperties") or property_.get("items")
    return _plain(inner) if inner else bool(property_.get("plain"))


def _reference(property_: Property) -> str:
    """The token of a property's type, or of its map's values; empty for a simple type."""
    inner = property_.get("additionalProperties", {})
    return str(property_.get("$ref") or inner.get("$ref") or "").removeprefix("#/types/")


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False) + "\n"


def _text(described: Property) -> str:
    return " ".join(str(described["description"]).split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;") if "`" not in text else text.replace("|", "\\|")


PAGES = {DOCS / "reference-inputs.md": inputs, DOCS / "reference-outputs.md": outputs}

if __name__ == "__main__":
    for file, page in PAGES.items():
        file.write_text(page())
