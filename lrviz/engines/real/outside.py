"""What code finds outside any object: a cell of a closure, a name in its module, an attribute of a class."""

from __future__ import annotations

import dis
import sysconfig
import types
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

_INSTALLED = {"site-packages", "dist-packages"}


class Captured(NamedTuple):
    """Where code finds a value that no object holds: a cell of a closure, or a name in a module or a class."""

    by: str
    """The function or the class whose code finds it."""
    where: dict[str, Any] | type | types.CellType
    name: str

    @property
    def value(self) -> Any:
        """Its current value."""
        if isinstance(self.where, types.CellType):
            return self.where.cell_contents if filled(self.where) else Unbound
        return (self.where if isinstance(self.where, dict) else vars(self.where)).get(self.name, Unbound)

    def bind(self, value: Any) -> None:
        """Bind another value."""
        if isinstance(self.where, types.CellType):
            self.where.cell_contents = value
        elif isinstance(self.where, type):
            # If a metaclass forbids it, the class's own methods cannot bind it either.
            with suppress(AttributeError, TypeError):
                delattr(self.where, self.name) if value is Unbound else setattr(self.where, self.name, value)
        elif value is Unbound:
            self.where.pop(self.name, None)
        else:
            self.where[self.name] = value


class Unbound:
    """Stands for the value of a name that has none."""


@cache
def outside(code: types.CodeType) -> dict[str, bool]:
    """Return the global names that some code uses, and whether it binds them."""
    found: dict[str, bool] = {}
    for one in dis.get_instructions(code):
        if one.opname in {"LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"}:
            found[one.argval] = found.get(one.argval, False) or not one.opname.startswith("LOAD")
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            found |= {name: written or found.get(name, False) for name, written in outside(inner).items()}
    return found


@cache
def of_library(file: str) -> bool:
    """Return whether a file belongs to Python or to an installed package, whose globals are not a user's state."""
    path = Path(file)
    return file.startswith("<frozen") or bool(_INSTALLED & set(path.parts)) or path.is_relative_to(_standard_library())


@cache
def _standard_library() -> str:
    return sysconfig.get_path("stdlib")


def called(function: types.FunctionType) -> str:
    """Return the name of a function for a reader."""
    return "a lambda" if function.__name__ == "<lambda>" else function.__qualname__.rpartition("<locals>.")[2]


def filled(cell: types.CellType) -> bool:
    """Return whether a cell holds anything yet."""
    try:
        cell.cell_contents  # noqa: B018 - the only way to know
    except ValueError:
        return False
    return True
