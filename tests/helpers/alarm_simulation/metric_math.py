"""CloudWatch's metric math, at one point of time."""

import ast
import functools
from collections.abc import Callable, Mapping

Value = float | None
"""Of a data point; none where it is missing."""


def calculate(expression: str, values: Mapping[str, Value]) -> Value:
    """An expression at one point of time."""
    return _evaluate(_parsed(expression), values)


@functools.cache
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def _evaluate(node: ast.expr, values: Mapping[str, Value]) -> Value:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.BinOp):
        return _calculated(node, _evaluate(node.left, values), _evaluate(node.right, values))
    if isinstance(node, ast.Compare):
        left, right = _evaluate(node.left, values), _evaluate(node.comparators[0], values)
        if _missing(node.left, left, node.comparators[0], right):
            return None
        compare: Mapping[type, Callable[[float, float], bool]] = {
            ast.Gt: float.__gt__,
            ast.GtE: float.__ge__,
            ast.Lt: float.__lt__,
            ast.LtE: float.__le__,
        }
        return float(compare[type(node.ops[0])](left or 0.0, right or 0.0))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    arguments = [_evaluate(argument, values) for argument in node.args]
    if node.func.id == "FILL":
        return arguments[1] if arguments[0] is None else arguments[0]
    assert node.func.id == "IF", node.func.id
    condition, then, otherwise = arguments
    return None if condition is None else (then or 0.0) if condition else otherwise


def _missing(left: ast.expr, left_value: Value, right: ast.expr, right_value: Value) -> bool:
    """A number is there wherever the other side is."""
    known = [value for side, value in ((left, left_value), (right, right_value)) if not isinstance(side, ast.Constant)]
    return all(value is None for value in known)


def _calculated(node: ast.BinOp, left: Value, right: Value) -> Value:
    if _missing(node.left, left, node.right, right):
        return None
    a, b = left or 0.0, right or 0.0
    if isinstance(node.op, ast.Div):
        return a / b if b else None
    operations: Mapping[type, Callable[[float, float], float]] = {ast.Add: float.__add__, ast.Sub: float.__sub__, ast.Mult: float.__mul__}
    return operations[type(node.op)](a, b)
