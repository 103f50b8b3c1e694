"""Docstrings as texts for users, even where Python leaves them out (`python -OO`)."""

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
    # Not `__doc__ is None`: a dataclass without a docstring is given one.
    if sys.flags.optimize < 2:
        return inspect.cleandoc(of.__doc__ or "")
    return _written(of.__module__).get(of.__qualname__, "")


@functools.cache
def _written(module: str) -> dict[str, str]:
    """Return the docstrings in the source of a module, by the qualified names of their classes and functions."""
    import ast

    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except OSError:
        # Installed as bytecode only: there is no source.
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
