"""The create-only inputs of all resources of some deployments: `python -m tools.create_only` writes them.

A create-only input replaces its resource when it changes: a new file system without the data, a new load balancer with another name. The file
holds the values that existing stacks were created with.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.account import Account
from sandbox.simulation import Registration

CONTRACTS = Path(__file__).resolve().parent.parent / "tests" / "contracts"
FILE = CONTRACTS / "create_only_inputs.json"

CREATE_ONLY: Mapping[str, list[str]] = yaml.safe_load((CONTRACTS / "create_only.yaml").read_text())
"""By type."""

FIRST = "public"
"""The scenario that is recorded completely."""

Inputs = dict[str, Any]

# Longer texts, which many resources share, are stored once.
_LONG_TEXT = 200
_FURTHER_NODE = re.compile(r"-eu-west-1([b-z]|a-\d)")


def create_only(registrations: list[Registration], account: Account) -> dict[str, Inputs]:
    """The create-only inputs of a deployment's resources, by type and name, with the resource's name in place of a value that AWS generates."""
    generated = _generated(account)
    found = {}
    for resource in registrations:
        if resource.request.custom:
            names = {*CREATE_ONLY[resource.type], *(path.partition(".")[0].partition("[")[0] for path in resource.request.replaceOnChanges)}
            inputs = resource.inputs
            found[f"{resource.type} {resource.name}"] = _named({name: inputs[name] for name in sorted(names & inputs.keys())}, generated)
    return dict(sorted(found.items()))


def _generated(account: Account) -> dict[str, str]:
    """The values that AWS and pulumi-random generated, with the resource that has them: the longest first."""
    found: dict[str, str] = {}
    for resource in sorted(account.made, key=lambda resource: (resource.type, resource.name)):
        given = set(texts_in(resource.inputs))
        for key, value in resource.outputs.items():
            for text in texts_in(value):
                if resource.name and len(text) > 7 and text not in given:
                    found.setdefault(text, f"<{resource.name} {key}>")
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def texts_in(value: Any) -> list[str]:
    """All strings in a value, however deep."""
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in texts_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    return [value] if isinstance(value, str) else []


def _named(value: Any, generated: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: "<zone>" if key == "zoneId" else _named(item, generated) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, generated) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith(("{", "[")):
        try:
            return _named(json.loads(value), generated)  # so that a difference is one line
        except ValueError:
            pass
    for text, name in generated.items():
        value = value.replace(text, name)
    # The console's files are named by their content: another version has others, and leaves those of this one.
    value = re.sub(r"^(console/assets/[\w-]+)-[0-9A-Za-z]{8}\.", r"\1-<hash>.", value)
    # A VPC origin's name ends with a hash of its target, an ARN that AWS generates.
    return re.sub(r"\b12D3KooW\w{44}\b", "<peer ID>", re.sub(r"-origin-[0-9a-f]{8}$", "-origin-<hash>", value))


def reduced(name: str, found: Mapping[str, Inputs], first: Mapping[str, Inputs]) -> dict[str, Inputs]:
    """What the file holds of a scenario: everything of the first; of a later one only one node, and what differs from the first."""
    if name == FIRST:
        return dict(found)
    return {resource: inputs for resource, inputs in found.items() if not _FURTHER_NODE.search(resource) and first.get(resource) != inputs}


def text(scenarios: Mapping[str, Mapping[str, Inputs]]) -> str:
    """The file: a line for each value, long texts once."""
    texts: dict[str, list[str]] = {}

    def short(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: short(item) for key, item in value.items()}
        if isinstance(value, list):
            return [short(item) for item in value]
        if isinstance(value, str) and len(value) > _LONG_TEXT:
            key = f"<text {hashlib.sha256(value.encode()).hexdigest()[:8]}>"
            texts[key] = value.split("\n")
            return key
        return value

    found = short({name: reduced(name, resources, scenarios[FIRST]) for name, resources in scenarios.items()})
    return json.dumps({"scenarios": found, "texts": texts}, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def recorded() -> dict[str, dict[str, Inputs]]:
    """The file's content, by scenario."""
    content = json.loads(FILE.read_text())

    def whole(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: whole(item) for key, item in value.items()}
        if isinstance(value, list):
            return [whole(item) for item in value]
        return "\n".join(content["texts"][value]) if isinstance(value, str) and value in content["texts"] else value

    return dict(whole(content["scenarios"]))


def deployments() -> dict[str, dict[str, Inputs]]:
    """The create-only inputs of the scenarios in tests/helpers/scenarios.py."""
    from tests.helpers import scenarios

    return {name: create_only(stack.deployment.registrations, stack.account) for name, stack in scenarios.deployments()}


if __name__ == "__main__":
    FILE.write_text(text(deployments()))
