"""What all functions that make resources in the simulated account share."""

import hashlib
from typing import Any

Inputs = dict[str, Any]
Created = tuple[str, Inputs]
"""A resource's ID and its outputs."""


def physical_name(name: str) -> str:
    """The name that Pulumi would make for a resource that was given none; the same one at every run."""
    return f"{name}-{hashlib.sha256(name.encode()).hexdigest()[:7]}"


def tags(inputs: Inputs, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """A resource's tags in the form that most of AWS's APIs take them in."""
    return [{key: name, value: text} for name, text in sorted(inputs.get("tags", {}).items())]
