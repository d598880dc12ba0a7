"""Random values that a stack keeps between runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .values import Inputs


@dataclass
class Randomness:
    """Values that pulumi-random generated, kept between runs as in a stack's state."""

    made: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By resource type and name: the inputs and the value."""

    def value(self, key: str, inputs: Inputs, generate: Callable[[], str]) -> str:
        """The value of a random resource: the kept one, unless its inputs have changed."""
        kept = self.made.get(key)
        if kept is None or kept["inputs"] != inputs:
            kept = self.made[key] = {"inputs": inputs, "value": generate()}
        return str(kept["value"])
