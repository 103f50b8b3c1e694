"""How numbers are written for people: the same in pictures, tables and terminal plots."""

from __future__ import annotations

import math
from collections.abc import Sequence


def short(value: float, digits: int = 4) -> str:
    """Write a hyperparameter's value with four digits, or more: 0.1, 3e-4, 1.25e-5, nan."""
    if not math.isfinite(value):
        return f"{value:g}"
    plain = f"{value:.{digits}g}"
    if abs(value) >= 1e-3 and "e" not in plain:
        return plain
    return scientific(value, digits)


def alike(values: Sequence[float]) -> list[str]:
    """Write the values of one column in one style: those below 1 with a power of ten, if one of them needs it.

    >>> alike([0.1, 0.001]), alike([2.5, 0.1, 0, 5e-4])
    (['0.1', '0.001'], ['2.5', '1e-1', '0', '5e-4'])
    """
    powers = any(0 < abs(value) < 1e-3 for value in values)
    return [scientific(value) if powers and abs(value) < 1 else short(value) for value in values]


def told_apart(value: float, other: float) -> tuple[str, str]:
    """Write two values with as many digits as it takes to see that they differ; at least four.

    >>> told_apart(0.1, 0.2), told_apart(5.8680001e-4, 5.868e-4)
    (('0.1', '0.2'), ('5.8680001e-4', '5.868e-4'))
    """
    pairs = ((short(value, digits), short(other, digits)) for digits in range(4, 18))
    return next((pair for pair in pairs if pair[0] != pair[1]), (short(value), short(other)))


def scientific(value: float, digits: int = 4) -> str:
    """Write a value with four digits, or more, and its power of ten: 1e-3, 1.25e-5; zero stays 0."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return f"{value:g}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def count(value: float, largest: float | None = None) -> str:
    """Write a number of epochs or steps for an axis: 90, 7.5, 5,000, 20k, 1.25M.

    largest: the largest number on the axis; all of them are written in the same unit.
    """
    for least, size, suffix in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if abs(value if largest is None else largest) >= least and value:
            return f"{value / size:.6g}{suffix}"
    return f"{value:,.6g}"


def counted(unit: str) -> str:
    """Return the name of what is counted along a run: epoch, or update, which is a step of the optimizer."""
    return "epoch" if unit == "epoch" else "update"


def plural(number: int, noun: str) -> str:
    """Write `number` with its noun: 1 epoch, 100,000 steps."""
    return f"{number:,} {noun if number == 1 else many(noun)}"


def many(noun: str) -> str:
    """Return the plural of a noun: epochs, batches."""
    return f"{noun}es" if noun.endswith("ch") and not noun.endswith("epoch") else f"{noun}s"
