"""The configuration of the tested stack, and the changes to it."""

import copy
from collections.abc import Mapping
from typing import Any

NODES = 3

BAD_TAG = "no-such-tag-accept"
"""A tag that no image has."""


def groups() -> dict[str, Any]:
    """The program's defaults, with more features enabled; nothing with data stays behind."""
    return {
        "nodes": {"count": NODES},
        "storage": {"retainOnDelete": False, "transitionToIaDays": 30},
        "backup": {"nodes": "one", "pinsetSchedule": "rate(1 day)"},
        "api": {"pinningService": True},
        # No other metric has what a task sends, and its memory.
        "monitoring": {"containerInsights": "enabled"},
    }


def changed(given: Mapping[str, Any], group: str, **values: Any) -> dict[str, Any]:
    """The configuration with other values in one group."""
    result = copy.deepcopy(dict(given))
    result[group] = {**result.get(group, {}), **values}
    return result
