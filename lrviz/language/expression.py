"""A formula of a document: checked once, evaluated over arrays, or printed as Python.

What a formula *is* (the checked tree of `lrviz.language.grammar`) is separate from what it is
*evaluated with*: the tree is lowered to calls of named functions, and a namespace gives the names
their meaning.
"""

from __future__ import annotations

import ast
import functools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, MappingProxyType
from typing import Any, NamedTuple

from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.dual import Dual, Tangent, dual
from lrviz.language.grammar import ExpressionError, checked
from lrviz.language.lowering import ArrayLowering, Lowering
from lrviz.language.namespaces import Namespace, duals, library

__all__ = ["Expression", "ExpressionError", "PythonFormula", "arithmetic"]


class PythonFormula(NamedTuple):
    """A formula as Python source: `lambda t: {source}` after `from math import {math_names}`.

    It means the same as `Expression.evaluate` for variables that are floats. Where a part of the
    formula is not finite Python raises (`1 / 0`, `exp(1000)`) and `evaluate` carries on with it.
    """

    source: str
    math_names: frozenset[str]


@dataclass(frozen=True)
class Expression:
    """A formula that has been checked; made by `parse` only.

    text: as it was written; variables: the names it may use; constants: the names in it that stand for numbers,
    which have taken their place; names: every other name that occurs in it.
    Two are equal when text, variables and constants are.
    """

    text: str
    variables: frozenset[str]
    constants: tuple[tuple[str, float], ...]
    names: frozenset[str] = field(compare=False, repr=False)
    _tree: ast.expr = field(compare=False, repr=False)

    @classmethod
    def parse(
        cls, source: str, variables: Iterable[str], constants: Mapping[str, float] = MappingProxyType({})
    ) -> Expression:
        """Return the formula written in `source`; constants: further names that it may use, and their values.

        Raises ExpressionError where it is anything but a formula in `variables` and `constants`.

        >>> Expression.parse("2 ** -t", {"t"}).evaluate(t=[0, 1, 2])
        array([1.  , 0.5 , 0.25])
        >>> Expression.parse("1 - t / epochs", {"t"}, {"epochs": 4}).evaluate(t=[0, 1, 2])
        array([1.  , 0.75, 0.5 ])
        """
        text, allowed = source.strip(), frozenset(variables)
        tree, names = checked(text, allowed, constants)
        known = {name: float(value) for name, value in constants.items() if name in names}
        if known:
            tree = _Known(known).visit(tree)
        return cls(text, allowed, tuple(known.items()), names - known.keys(), tree)

    def given(self, constants: Mapping[str, float]) -> Expression:
        """Return the formula with other values of its constants."""
        return Expression.parse(self.text, self.variables, constants) if self.constants else self

    def evaluate(self, **variables: FloatArray | Sequence[float] | float) -> FloatArray:
        """Return the value at every point: float64 of the variables' common shape.

        As NumPy computes it, infinities and NaN included, without a warning; of a conditional both
        sides are computed. Raises TypeError where a variable that occurs is not given.
        """
        if missing := (self.names & self.variables) - variables.keys():
            raise TypeError(f"the formula {self.text!r} needs {', '.join(sorted(missing))}")
        given = {name: np.asarray(value, dtype=np.float64) for name, value in variables.items()}
        with np.errstate(all="ignore"):
            values = self.within(np, **given)
        return np.full(np.broadcast(*given.values()).shape, values)

    def within(self, m: Any, **variables: Any) -> Any:
        """Return the value at arrays of the library `m`, NumPy or torch; torch can differentiate it."""
        return self._with(library(m), variables)

    def derivatives(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the derivatives by x and by y of a formula in the two, at arrays of points of one shape.

        As `evaluate` without a warning; of a conditional the derivative of the side taken.
        """
        with np.errstate(all="ignore"):
            found = dual(self._with(duals(), {"x": Dual(x, dx=1.0), "y": Dual(y, dy=1.0)}))
        return _filled(found.dx, np.shape(x)), _filled(found.dy, np.shape(x))

    def _with(self, namespace: Namespace, variables: Mapping[str, Any]) -> Any:
        # Safe by construction: the code holds whitelisted nodes only, and no builtin is in reach.
        return eval(self._code, namespace, variables)

    @functools.cached_property
    def python(self) -> PythonFormula:
        """The formula for a script that has floats and the `math` module."""
        source = ast.unparse(Lowering().value(self._tree))
        return PythonFormula(source, frozenset(name for name in self.names - self.variables if hasattr(math, name)))

    @functools.cached_property
    def _code(self) -> CodeType:
        lowered = ast.fix_missing_locations(
            ast.Expression(ArrayLowering(self.names & self.variables).value(self._tree))
        )
        return compile(lowered, "<formula>", "eval")

    @override
    def __reduce__(self) -> tuple[object, tuple[str, frozenset[str], dict[str, float]]]:
        """Pickled as its text, because compiled code cannot be."""
        return Expression.parse, (self.text, self.variables, dict(self.constants))


class _Known(ast.NodeTransformer):
    """Replaces the names of numbers by the numbers."""

    def __init__(self, known: Mapping[str, float]) -> None:
        self._known = known

    @override
    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Return the number, or an unknown name as it is."""
        return ast.copy_location(ast.Constant(self._known[node.id]), node) if node.id in self._known else node


def arithmetic(text: str) -> float:
    """Return the value of a formula without variables, bit for bit what Python's floats give.

    Raises ExpressionError where the text is not such a formula, another ValueError where its value is not finite.

    >>> arithmetic("0.1 * 1024 / 256")
    0.4
    """
    formula = Expression.parse(text, ()).python
    names = {name: getattr(math, name) for name in formula.math_names}
    try:
        # Safe by construction: our own text of a checked tree, whose powers are those of floats and so end at once.
        value = eval(formula.source, {"__builtins__": _BUILTINS, **names})
        if isinstance(value, float) and math.isfinite(value):
            return value
        told = "is not finite" if isinstance(value, float) else "is not a real number"
    except ZeroDivisionError:
        told = "divides by zero"
    except OverflowError:
        told = "is beyond the range of float64"
    except (ValueError, TypeError):
        # As sqrt(-1), or arithmetic with (-1) ** 0.5, which is complex in Python.
        told = "is not a real number"
    raise ValueError(f"it {told}")


_BUILTINS = {one.__name__: one for one in (abs, bool, float, max, min, round)}


def _filled(tangent: Tangent, shape: tuple[int, ...]) -> FloatArray:
    """Return a tangent as an array that nothing else refers to."""
    if np.shape(tangent) == shape and isinstance(tangent, np.ndarray):
        return tangent
    return np.full(shape, 0.0 if tangent is None else tangent)
