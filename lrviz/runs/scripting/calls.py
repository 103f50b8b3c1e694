"""Constructors of schedulers as Python, with their formulas as lambdas."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from lrviz.foundation.arrays import np
from lrviz.language.expression import Expression
from lrviz.runs.scripting import INDENT
from lrviz.runs.scripting.optimizers import second
from lrviz.schedulers import Scheduler

_WIDTH = 100
_TRIED = 100_000
"""Ticks at which a formula is tried in Python: what raises mostly does so at the first ones."""


def every(scheduler: Scheduler) -> Iterator[Scheduler]:
    """Yield a scheduler and all inside it."""
    yield scheduler
    for member in scheduler.members:
        yield from every(member)


def formulas(scheduler: Scheduler) -> Iterator[Expression]:
    """Yield the formulas that a scheduler and all inside it are given."""
    for one in every(scheduler):
        for value in one.arguments().values():
            yield from (
                each for each in (value if isinstance(value, tuple) else (value,)) if isinstance(each, Expression)
            )


def call(scheduler: Scheduler, ticks: int, column: int, depth: int = 0, optimizer: str = "") -> str:
    """Return the constructor call, over several lines where it is long; ticks: how often it is stepped."""
    optimizer = optimizer or ("optimizer" if scheduler.param is None else second(scheduler.param))
    arguments = [
        f"{key}={_literal(value, ticks, depth + 1, optimizer)}"
        for key, value in scheduler.arguments().items()
        if key in scheduler.model_fields_set
    ]
    if scheduler.optimizer_first:
        arguments.insert(0, optimizer)
    else:
        arguments.append(f"optimizer={optimizer}")
    flat = f"{scheduler.class_name}({', '.join(arguments)})"
    if len(flat) + column + depth * len(INDENT) <= _WIDTH and "\n" not in flat:
        return flat
    inside = f",\n{INDENT * (depth + 1)}".join(arguments)
    return f"{scheduler.class_name}(\n{INDENT * (depth + 1)}{inside},\n{INDENT * depth})"


def _literal(value: Any, ticks: int, depth: int, optimizer: str) -> str:
    if isinstance(value, Expression):
        # A nested SequentialLR runs one tick ahead of its parent for each level of nesting.
        return _tabled(value, ticks + depth + 2) or as_lambda(value)
    if isinstance(value, Scheduler):
        return call(value, ticks, 0, depth, optimizer)
    if isinstance(value, tuple):
        if any(isinstance(each, Scheduler) for each in value):
            inside = "".join(
                f"{INDENT * (depth + 1)}{_literal(each, ticks, depth + 1, optimizer)},\n" for each in value
            )
            return f"[\n{inside}{INDENT * depth}]"
        return f"[{', '.join(_literal(each, ticks, depth, optimizer) for each in value)}]"
    return repr(value)


def _tabled(formula: Expression, ticks: int) -> str | None:
    """Return a formula of the tick as a list of its values where Python's arithmetic raises, and IEEE 754's does not.

    1 / 0 is infinite in a document, and min(1, 1 / t) is 1 at t = 0; Python raises ZeroDivisionError there.
    """
    if "x" in formula.variables:
        return None
    # Our own text, of a formula whose names are all known.
    function = eval(as_lambda(formula), {name: getattr(math, name) for name in formula.python.math_names})
    try:
        for tick in range(min(ticks, _TRIED)):
            function(tick)
    except (ArithmeticError, ValueError):
        at = np.arange(ticks, dtype=np.float64)
        return f"{formula.evaluate(**dict.fromkeys(formula.variables, at)).tolist()}.__getitem__"
    return None


def as_lambda(formula: Expression) -> str:
    """Return a formula as a lambda; torch hands over an int, and formulas are about floats."""
    argument = "x" if "x" in formula.variables else "t"
    variable = re.compile(rf"\b({'|'.join(formula.variables)})\b")
    return f"lambda {argument}: {variable.sub(f'float({argument})', formula.python.source)}"
