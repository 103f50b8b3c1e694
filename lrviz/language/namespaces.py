"""What the names of an array-lowered formula mean: to NumPy, to torch, and to numbers that carry derivatives."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import cache, partial, reduce
from typing import Any

from lrviz.language import dual
from lrviz.language.arrays import np
from lrviz.language.grammar import CONSTANTS, FUNCTIONS

Namespace = dict[str, Any]


@cache
def library(m: Any) -> Namespace:
    """Return the names for an array library: NumPy, or torch, which calls everything as NumPy does."""
    number = partial(m.asarray, dtype=m.float64)
    return {
        **_common(number, m.logical_and),
        **{name: getattr(m, name) for name in FUNCTIONS},
        # Adding zero turns -0.0 into 0.0: Python rounds to integers, which have one zero only.
        **{name: _with_one_zero(getattr(m, name)) for name in ("round", "floor", "ceil")},
        "min": lambda *values: reduce(m.minimum, values),
        "max": lambda *values: reduce(m.maximum, values),
        # torch has no derivative of this, which is 0 wherever there is one.
        "quotient": lambda a, b: m.floor_divide(_still(a), _still(b)),
        "truth": lambda value: value != 0,
        "where": m.where,
        "either": m.logical_or,
        "negation": m.logical_not,
    }


@cache
def duals() -> Namespace:
    """Return the names for numbers that carry derivatives."""
    return {
        **_common(lambda value: dual.flat(np.asarray(value, dtype=np.float64)), np.logical_and),
        **dual.functions(),
        "quotient": lambda a, b: dual.flat(np.floor_divide(dual.value_of(a), dual.value_of(b))),
        "truth": lambda value: dual.value_of(value) != 0,
        "where": dual.where,
        "either": np.logical_or,
        "negation": np.logical_not,
    }


def _common(number: Callable[[Any], Any], both: Callable[[Any, Any], Any]) -> Namespace:
    def chain(comparisons: tuple[str, ...], *values: Any) -> Any:
        plain = [dual.value_of(value) for value in values]
        links = zip(comparisons, plain, plain[1:], strict=False)
        return reduce(both, [getattr(operator, name)(a, b) for name, a, b in links])

    return {
        "__builtins__": {},
        "number": number,
        **{name: number(getattr(math, name)) for name in CONSTANTS},
        "both": both,
        "chain": chain,
    }


def _still(number: Any) -> Any:
    """Return a number that does not change with x and y: a tensor off the graph."""
    return number.detach() if hasattr(number, "detach") else number


def _with_one_zero(rounding: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: rounding(value) + 0.0
