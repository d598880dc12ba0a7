"""A small evaluator of IAM policies: whether a request is allowed, by the rules of the IAM User Guide ("Policy evaluation logic")
for requests within one account. It knows the conditions that this program's policies use and refuses others."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

Policy = Mapping[str, Any]


def allowed(action: str, resource: str, identity: Iterable[Policy], resource_policy: Policy | None = None, principal: str = "", **context: str) -> bool:
    """Whether a principal with these identity policies may do this, given the resource's own policy.

    ``context`` holds condition keys with `:` as `__`.
    """
    keys = {name.replace("__", ":"): value for name, value in context.items()}
    statements = [statement for policy in identity for statement in _list(policy["Statement"])]
    if resource_policy is not None:
        statements += [s for s in _list(resource_policy["Statement"]) if _principal_matches(s["Principal"], principal)]
    effects = {s["Effect"] for s in statements if _matches(s, action, resource, keys)}
    return "Deny" not in effects and "Allow" in effects


def _matches(statement: Mapping[str, Any], action: str, resource: str, keys: Mapping[str, str]) -> bool:
    return (
        any(_like(pattern.lower(), action.lower()) for pattern in _list(statement["Action"]))
        and any(_like(pattern, resource) for pattern in _list(statement["Resource"]))
        and all(
            _condition(operator, key, _list(values), keys.get(key))
            for operator, tests in statement.get("Condition", {}).items()
            for key, values in tests.items()
        )
    )


def _condition(operator: str, key: str, values: list[str], actual: str | None) -> bool:
    if operator in ("StringEquals", "ArnEquals"):
        return actual in values
    if operator == "ForAllValues:StringEquals":  # of a key with several values, here with commas; also where the request has no such key
        return actual is None or set(actual.split(",")) <= set(values)
    if operator == "StringNotEquals":
        return actual not in values  # also where the request has no such key
    if operator == "Bool":
        return actual in values
    if operator == "StringLike":
        return actual is not None and any(_like(value, actual) for value in values)
    if operator == "Null":
        return (actual is None) is (values == ["true"])
    if operator == "ArnLike":
        return actual is not None and any(_like(value, actual) for value in values)
    raise NotImplementedError(f"condition {operator} on {key}")


def _principal_matches(principal: Mapping[str, Any] | str, actual: str) -> bool:
    given = [*_list(principal.get("AWS", [])), *_list(principal.get("Service", []))] if isinstance(principal, Mapping) else [principal]
    return "*" in given or actual in given


def _like(pattern: str, text: str) -> bool:
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in re.split(r"([*?])", pattern)), text) is not None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
