"""EventBridge's event patterns, as its User Guide has them ("Comparison operators for use in event patterns")."""

from collections.abc import Mapping
from typing import Any


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether an event, or a part of it, matches a pattern. Of an array it is enough that one element does."""
    if isinstance(event, list):
        return any(matches(pattern, item) for item in event)
    if not isinstance(event, Mapping):
        return False
    for key, wanted in pattern.items():
        if key == "$or":
            if not any(matches(one, event) for one in wanted):
                return False
        elif isinstance(wanted, Mapping):
            if not matches(wanted, event.get(key)):
                return False
        elif key not in event or not any(_matches(rule, value) for rule in wanted for value in _list(event[key])):
            return False
    return True


def _matches(rule: Any, value: Any) -> bool:
    if not isinstance(rule, Mapping):
        return bool(rule == value)
    ((operator, given),) = rule.items()
    if operator == "prefix":
        return str(value).startswith(given)
    if operator == "anything-but":
        return value not in given
    if operator == "numeric":
        sign, number = given
        assert sign == ">"
        return bool(value > number)
    raise NotImplementedError(operator)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
