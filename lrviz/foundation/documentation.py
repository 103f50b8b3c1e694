"""Docstrings as texts that people are shown, also where Python was told to leave them out (`python -OO`)."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable


def documentation(of: type | Callable[..., object]) -> str:
    """Return the docstring of a class or function, without its indentation; "" where it has none.

    >>> documentation(documentation).partition(",")[0]
    'Return the docstring of a class or function'
    """
    # Not __doc__ is None: a dataclass without a docstring writes itself one.
    if sys.flags.optimize < 2:
        return inspect.cleandoc(of.__doc__ or "")
    return _written(of.__module__).get(of.__qualname__, "")


@functools.cache
def _written(module: str) -> dict[str, str]:
    """Return the docstrings in the source of a module, by the names of what they stand in."""
    import ast

    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except OSError:
        # Somebody has installed the bytecode alone: that is all there is.
        return {}
    found: dict[str, str] = {}
    rest: list[tuple[str, ast.AST]] = [("", tree)]
    while rest:
        inside, parent = rest.pop()
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                found[f"{inside}{node.name}"] = ast.get_docstring(node) or ""
                rest.append((f"{inside}{node.name}.", node))
    return found
