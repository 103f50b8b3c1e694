"""`+ - * / // % **` between values of a config in Python, without running it; and how large they may get."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

_LARGEST_POWER = 1000
_MOST_BITS = 20_000
_LONGEST = 100_000
MOST_VALUES = 200_000
DEEPEST = 40
_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


def combined(op: ast.operator, left: Any, right: Any, otherwise: Any) -> Any:
    """Return the result for two values; `otherwise` where that is not plain data.

    Texts and lists may be joined, and nothing grows without bounds.
    """
    if isinstance(left, int | float) and isinstance(right, int | float):
        if isinstance(op, ast.Pow):
            bounded = abs(left) <= _LARGEST_POWER and abs(right) <= _LARGEST_POWER
        else:
            bounded = all(isinstance(one, float) or one.bit_length() <= _MOST_BITS for one in (left, right))
    else:
        joined = isinstance(op, ast.Add) and type(left) is type(right) and isinstance(left, str | list)
        bounded = joined and len(left) + len(right) <= _LONGEST
    if not bounded or type(op) not in _OPERATORS:
        return otherwise
    try:
        found = _OPERATORS[type(op)](left, right)
    except (ArithmeticError, ValueError):
        return otherwise
    return otherwise if isinstance(found, complex) else found


def is_bounded(value: Any) -> bool:
    """Return whether a value can be walked: what names stand for, they may hold many times over."""
    count, rest = 0, [(value, 0)]
    while rest:
        part, depth = rest.pop()
        count += 1
        if count > MOST_VALUES or depth > DEEPEST:
            return False
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        rest += [(one, depth + 1) for one in inner]
    return True
