"""`{f"blocks.{i}": value for i in range(4)}` in a config in Python: the loops of a comprehension, bounded."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

_MOST = 10_000


class Unbounded(Exception):
    """A loop over what is not known, or with too many turns."""


def turns(
    loops: Sequence[ast.comprehension], value: Callable[[ast.expr], Any], names: dict[str, Any]
) -> Iterator[None]:
    """Yield once for each turn of the loops, with what they bind in `names`.

    value: evaluates an expression. Raises Unbounded.
    """
    if not loops:
        yield
        return
    first, *rest = loops
    if first.ifs:
        raise Unbounded
    for item in _items(first.iter, value):
        _bind(first.target, item, names)
        yield from turns(rest, value, names)


def text(node: ast.JoinedStr, value: Callable[[ast.expr], Any]) -> str | None:
    """Return an f-string of plain names and numbers, None for another."""
    found = ""
    for part in node.values:
        plain = isinstance(part, ast.FormattedValue) and part.format_spec is None and part.conversion == -1
        one = value(part.value) if isinstance(part, ast.FormattedValue) and plain else value(part)
        if not isinstance(one, str | int | float):
            return None
        found += str(one)
    return found if len(found) <= _MOST else None


def _items(node: ast.expr, value: Callable[[ast.expr], Any]) -> Sequence[Any]:
    called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    given = [value(one) for one in node.args] if isinstance(node, ast.Call) and not node.keywords else []
    found: Any = None if called else value(node)
    if called == "range" and 1 <= len(given) <= 3 and all(isinstance(one, int) for one in given) and given[2:] != [0]:
        found = range(*given)
    elif called == "enumerate" and len(given) == 1 and isinstance(given[0], list):
        found = [[index, one] for index, one in enumerate(given[0])]
    if not isinstance(found, list | range) or len(found) > _MOST:
        raise Unbounded
    return found


def _bind(target: ast.expr, item: Any, names: dict[str, Any]) -> None:
    if isinstance(target, ast.Name):
        names[target.id] = item
    elif isinstance(target, ast.Tuple) and isinstance(item, list) and len(item) == len(target.elts):
        for one, each in zip(target.elts, item, strict=True):
            _bind(one, each, names)
    else:
        raise Unbounded
