"""B is A some updates late or early."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from typing_extensions import override

from lrviz.engines.compare.schedule import differences
from lrviz.runs.differing.alignment import likely_shifts
from lrviz.runs.differing.explanations.explanation import Transformation, place, updates
from lrviz.runs.differing.lookup import values_at
from lrviz.runs.differing.question import Pair, Question, Reading

_LEAST = 0.25
"""Share of the rows that must have a value on both sides."""
_ENOUGH, _ENOUGH_OF_TWO = (_LEAST, 1), (0.5, 3)
"""That share, and the changes of B that must be among them; with a factor, the tails of many curves are alike."""


def shifts(question: Question) -> tuple[int, ...]:
    """Return the shifts to try, computed once."""
    if not question.shifts:
        pair = question.leading
        question.shifts.append(likely_shifts(pair.a, pair.b, question.first, question.tolerance))
    return question.shifts[0]


class Shifted(Transformation):
    """B is A some updates late or early.

    Formula:
        b[t] = a[t - k] wherever both have values; or from the first difference on, where they are equal before it.

    A run that begins again at k is a shift by k, too; if it followed A until then, it is only reported as `restarted`.
    """

    id: ClassVar[str] = "DIFF002"
    name: ClassVar[str] = "shifted"

    @override
    def readings(self, question: Question) -> Iterator[Reading]:
        first, (a, b) = question.first, question.names
        enough = _ENOUGH if question.factor == 1 else _ENOUGH_OF_TWO
        for k in shifts(question):
            told = f"{b} is {{times}}{a} {updates(abs(k), question)} {'late' if k > 0 else 'early'}"
            found = [values_at(pair.a, pair.at - k) for pair in question.pairs]
            values, known = zip(*found, strict=True)
            if not any(_follows(pair, k, question.tolerance) for pair in question.pairs):
                yield Reading(told, values, known, *enough)
            if k == first:
                continue
            since = [pair.at >= first for pair in question.pairs]
            held = [
                (np.where(late, after, pair.left), there | ~late)
                for pair, after, there, late in zip(question.pairs, values, known, since, strict=True)
            ]
            values, known = zip(*held, strict=True)
            yield Reading(f"{told} from {place(first, question)} on", values, known, *enough, weak=True)


def _follows(pair: Pair, k: int, tolerance: float) -> bool:
    """Return whether B equals A, and is not constant, before it begins at k as A did."""
    head = pair.at < k
    if k <= 0 or head.sum() < 2:
        return False
    _, moved = differences(np.full(int(head.sum()), pair.left[head][0]), pair.left[head], pair.peak)
    return bool((pair.apart[head] <= tolerance).all() and (moved > tolerance).any())
