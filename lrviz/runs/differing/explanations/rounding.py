"""A and B differ by rounding alone."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import scientific
from lrviz.results import FloatArray
from lrviz.runs.differing.explanations.explanation import Explanation
from lrviz.runs.differing.question import Fit, Question

_SINGLE = 2.0**-20
"""The largest relative difference of a run computed in float32, whose values are rounded by up to 2^-24 each."""
_FLOAT32, _TOLD = 2.0**-24, 4
"""Half a unit of float32's last digit, and how many different values are needed to show rounding."""
_DIGITS = range(3, 10)
"""Significant digits that people and logs write; with fewer, any values would be near each other."""


class Rounding(Explanation):
    """One side is the other in float32, or rounded to a few digits."""

    id: ClassVar[str] = "DIFF009"
    name: ClassVar[str] = "rounding"

    @override
    def fit(self, question: Question) -> Fit | None:
        worst = max(float(pair.apart.max(initial=0.0)) for pair in question.pairs)
        for one, other, turned in ((question.names[1], question.names[0], False), (*question.names, True)):
            digits = digits_of(question.turned if turned else question)
            if digits is not None and all(_rounded(question, turned=turned, digits=digits)):
                return Fit(f"{one} is {other}, rounded to {digits} digits", worst)
        if worst <= _SINGLE:
            a, b = question.names
            told = f"{a} and {b} are nowhere more than {scientific(worst, 1)} apart, as after rounding to float32"
            return Fit(told, worst)
        return None


def digits_of(question: Question) -> int | None:
    """Return the significant digits that all values of B have; None where they have more than people write."""
    values = np.concatenate([pair.right for pair in question.pairs])
    values = np.abs(values[np.isfinite(values) & (values != 0)])
    # A few different values, such as those of steps, do not show how they were rounded.
    if len(np.unique(values[:4096])) < _TOLD:
        return None
    for digits in _DIGITS:
        unit = _unit(values, digits)
        if (np.abs(values - np.rint(values / unit) * unit) <= 1e-6 * unit).all():
            return digits
    return None


def grain(question: Question) -> tuple[float, str] | None:
    """Return the relative difference that B's rounding leaves, and its name; None where B is not rounded."""
    digits = digits_of(question)
    if digits is not None:
        return 0.5 * 10.0 ** (1 - digits) * (1 + 1e-9), f"rounded to {digits} digits"
    values = np.concatenate([pair.right for pair in question.pairs])
    values = values[np.isfinite(values)]
    single = values.astype(np.float32) == values
    # A few values, such as 0.5, are exact in every format, and show no rounding.
    return (_FLOAT32, "in float32") if single.all() and len(np.unique(values[:4096])) >= _TOLD else None


def _unit(values: FloatArray, digits: int) -> FloatArray:
    found: FloatArray = 10.0 ** (np.floor(np.log10(values)) - digits + 1)
    return found


def _rounded(question: Question, *, turned: bool, digits: int) -> list[bool]:
    """Return for each pair whether each value is within half a unit of the last digit of the other side's."""
    found = []
    for pair in question.pairs:
        written, exact = (pair.left, pair.right) if turned else (pair.right, pair.left)
        known = np.isfinite(written) & np.isfinite(exact)
        alike = bool((np.isfinite(written) == np.isfinite(exact)).all())
        unit = _unit(np.maximum(np.abs(written[known]), 1e-300), digits)
        close = np.abs(written[known] - exact[known]) <= 0.5 * unit * (1 + 1e-6)
        found.append(alike and bool((close | (written[known] == exact[known])).all()))
    return found
