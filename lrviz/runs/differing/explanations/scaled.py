"""B is A, times a factor."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import short
from lrviz.results import FloatArray, Track
from lrviz.runs.differing.alignment import likely_shifts
from lrviz.runs.differing.explanations.explanation import Explanation
from lrviz.runs.differing.lookup import values_at
from lrviz.runs.differing.question import Fit, Pair, Question


class Scaled(Explanation):
    """B is A times a factor.

    Formula:
        b[t] = factor * a[t], one factor for all groups
    """

    id: ClassVar[str] = "DIFF003"
    name: ClassVar[str] = "scaled"

    @override
    def fit(self, question: Question) -> Fit | None:
        factor = _factor(question)
        if factor is None:
            return _each(question)
        scaled = question.multiplied(factor)
        worst = max(float(pair.apart.max(initial=0.0)) for pair in scaled.pairs)
        a, b = question.names
        return None if worst > question.tolerance else Fit(f"{b} is {{times}}{a}", worst, scaled.factor)


def _factor(question: Question) -> float | None:
    """Return the roundest factor that gives B within the tolerance where A is not small; None where none does."""
    least, most = -np.inf, np.inf
    for pair in question.pairs:
        big = np.isfinite(pair.left) & np.isfinite(pair.right) & (np.abs(pair.left) > 1e-3 * _largest(pair.left))
        if big.any():
            slack = question.tolerance * (np.abs(pair.right[big]) + 1e-3 * pair.peak) + pair.b.resolution
            slack += pair.a.resolution * np.abs(pair.right[big] / pair.left[big])
            ends = np.stack([pair.right[big] - slack, pair.right[big] + slack]) / pair.left[big]
            least, most = max(least, float(ends.min(axis=0).max())), min(most, float(ends.max(axis=0).min()))
    if not least <= most < np.inf:
        return None
    factor = roundest(least, most)
    return None if factor == 0 or abs(factor - 1) <= question.tolerance else factor


def _each(question: Question) -> Fit | None:
    """Return how well B is A where each group that differs has a factor of its own; None where only one differs."""
    apart = [pair for pair, rows in zip(question.pairs, question.wrong, strict=True) if rows.any()]
    if len(apart) < 2 or len(question.pairs) < 3:
        return None
    factors, worst = [], 0.0
    for pair in apart:
        factor = _factor(question.of([pair]))
        far = np.inf if factor is None else float(pair.multiplied(factor).apart.max(initial=0.0))
        if factor is None or far > question.tolerance:
            return None
        factors.append(factor)
        worst = max(worst, far)
    a, b = question.names
    low, high = min(factors), max(factors)
    told = f"{b} is {short(low)} to {short(high)} times {a}, a factor of its own in each group"
    return Fit(told, worst, weak=True)


def likely_factors(question: Question) -> list[float]:
    """Return likely factors of B in a combined explanation: where both begin, at their peaks, at their ends."""
    pair = question.leading
    ends = [_largest(track.lr) for track in (pair.b, pair.a)]
    rows = (np.isfinite(pair.left * pair.right) & (pair.left * pair.right != 0)).nonzero()[0]
    ratios = [(float(pair.right[row]), float(pair.left[row])) for row in (*rows[:1], *rows[-1:])]
    found: list[float] = []
    for over, under in (*ratios[:1], (ends[0], ends[1]), *ratios[1:], *_aligned(pair, question.tolerance)):
        if over * under:
            factor = over / under
            hidden = pair.b.resolution / abs(over) + pair.a.resolution / abs(under)
            slack = (2 * question.tolerance + hidden) * abs(factor)
            near = roundest(factor - slack, factor + slack)
            if abs(near - 1) > 4 * question.tolerance and not any(abs(near - one) <= 2 * slack for one in found):
                found.append(near)
    return found


def _aligned(pair: Pair, tolerance: float) -> list[tuple[float, float]]:
    """Return a value of B and the matching one of A, found by their relative changes."""
    a, b = _moves(pair.a), _moves(pair.b)
    for k in likely_shifts(a, b, 0, tolerance)[:1]:
        values, known = values_at(pair.a, pair.b.at - k)
        told = np.abs(np.where(known & np.isfinite(pair.b.lr) & np.isfinite(values), values, 0.0))
        row = int(told.argmax())
        return [(float(pair.b.lr[row]), float(values[row]))] if told[row] else []
    return []


def _moves(track: Track) -> Track:
    """Return the relative change of a curve at each update; NaN where it is 0 before or after."""
    with np.errstate(all="ignore"):
        moved = np.diff(np.log(np.abs(track.lr)))
    return Track(track.name, track.at[1:], np.where(np.diff(track.at) == 1, moved, np.nan))


def roundest(least: float, most: float) -> float:
    """Return the number of fewest digits between two, a whole divisor counting as such; else their middle.

    >>> roundest(0.37 - 1e-9, 0.37 + 1e-9), roundest(1 / 3 - 1e-9, 1 / 3 + 1e-9) == 1 / 3
    (0.37, True)
    """
    value = (least + most) / 2
    if value == 0 or not np.isfinite(value):
        return value
    for digits in range(1, 16):
        for near in (float(f"{value:.{digits}g}"), 1 / float(f"{1 / value:.{digits}g}")):
            if least <= near <= most:
                return near
    return value


def _largest(values: FloatArray) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
