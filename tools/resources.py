"""The names, types and parents of all resources of some deployments: `python -m tools.resources` writes them.

The engine identifies a resource by them. A resource whose name, type or parent changes is deleted and recreated in every existing stack.
"""

import json
from pathlib import Path

from sandbox.simulation import Registration

FILE = Path(__file__).resolve().parent.parent / "tests" / "contracts" / "resources.json"

Tree = dict[str, list[str]]
"""The parent's type and name, and the types and names of its children."""


def tree(registrations: list[Registration]) -> Tree:
    """The resources by parent, in order of their names."""
    by_urn = {r.urn: f"{r.type} {r.name}" for r in registrations}
    found: Tree = {}
    for resource in registrations:
        found.setdefault(by_urn.get(resource.parent, "stack"), []).append(by_urn[resource.urn])
    return {parent: sorted(children) for parent, children in sorted(found.items())}


def text(scenarios: dict[str, Tree]) -> str:
    """The file, with a line for each resource."""
    return json.dumps(scenarios, indent=0, ensure_ascii=False) + "\n"


def deployments() -> dict[str, Tree]:
    """The resources of the scenarios in tests/helpers/scenarios.py."""
    from tests.helpers import scenarios

    return {name: tree(stack.deployment.registrations) for name, stack in scenarios.deployments()}


if __name__ == "__main__":
    FILE.write_text(text(deployments()))
