"""What the names of an array-lowered formula mean: to NumPy, to torch, and to numbers that carry derivatives."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import cache, partial, reduce
from typing import Any

from lrviz.foundation.arrays import np
from lrviz.language import dual
from lrviz.language.grammar import CONSTANTS, FUNCTIONS

Namespace = dict[str, Any]


@cache
def library(m: Any) -> Namespace:
    """Return the names for an array library: NumPy, or torch, which calls everything as NumPy does."""

    def where(test: Any, body: Callable[..., Any], orelse: Callable[..., Any], *variables: Any) -> Any:
        seen = [_where_taken(m, test, variable) for variable in variables]
        otherwise = [_where_taken(m, ~test, variable) for variable in variables]
        return m.where(test, body(*seen), orelse(*otherwise))

    return {
        **_common(m),
        **_functions(m),
        # torch has no derivative of this, which is 0 wherever there is one.
        "quotient": lambda a, b: m.floor_divide(_still(a), _still(b)),
        "truth": lambda number: number != 0,
        "where": where,
    }


@cache
def duals() -> Namespace:
    """Return the names for numbers that carry derivatives."""
    return {
        **_common(np),
        **dual.functions(_functions(np)),
        "quotient": lambda a, b: np.floor_divide(dual.value_of(a), dual.value_of(b)),
        "truth": lambda number: dual.value_of(number) != 0,
        "where": lambda test, body, orelse, *variables: dual.where(test, body(*variables), orelse(*variables)),
    }


def _functions(m: Any) -> Mapping[str, Callable[..., Any]]:
    return {
        **{name: getattr(m, name) for name in FUNCTIONS},
        # Adding zero turns -0.0 into 0.0: Python rounds to integers, which have one zero only.
        **{name: _with_one_zero(getattr(m, name)) for name in ("round", "floor", "ceil")},
        "min": lambda *values: reduce(m.minimum, values),
        "max": lambda *values: reduce(m.maximum, values),
    }


def _common(m: Any) -> Namespace:
    number = partial(m.asarray, dtype=m.float64)

    def chain(comparisons: tuple[str, ...], *values: Any) -> Any:
        plain = [dual.value_of(value) for value in values]
        links = zip(comparisons, plain, plain[1:], strict=False)
        return reduce(m.logical_and, [getattr(operator, name)(a, b) for name, a, b in links])

    return {
        "__builtins__": {},
        "number": number,
        **{name: number(getattr(math, name)) for name in CONSTANTS},
        "both": m.logical_and,
        "either": m.logical_or,
        "negation": m.logical_not,
        "chain": chain,
    }


def _still(number: Any) -> Any:
    """Return a number that does not change with x and y: a tensor off the graph."""
    return number.detach() if hasattr(number, "detach") else number


def _where_taken(m: Any, taken: Any, variable: Any) -> Any:
    """Return a variable for a branch, on torch's graph only where the branch is taken.

    The derivative of the other branch may not be finite, and autograd would multiply it by 0 to NaN.
    """
    return m.where(taken, variable, variable.detach()) if hasattr(variable, "detach") else variable


def _with_one_zero(rounding: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: rounding(value) + 0.0
