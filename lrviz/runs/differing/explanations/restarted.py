"""B begins again from the start of A."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np
from typing_extensions import override

from lrviz.results import FloatArray
from lrviz.runs.differing.explanations.explanation import Transformation, place
from lrviz.runs.differing.explanations.scaled import Scaled
from lrviz.runs.differing.explanations.shifted import shifts
from lrviz.runs.differing.lookup import values_at
from lrviz.runs.differing.question import Fit, Question, Reading


class Restarted(Transformation):
    """B is A up to an update, and then A again from the start.

    Formula:
        b[t] = a[t] for t < k, and a[t - k] from there on
    """

    id: ClassVar[str] = "DIFF006"
    name: ClassVar[str] = "restarted"

    @override
    def readings(self, question: Question) -> Iterator[Reading]:
        a, b = question.names
        for k in shifts(question):
            if k > 0 and (values := _again(question, k)) is not None:
                yield Reading(f"{b} is {{times}}{a} up to {place(k, question)}, where it starts over", values)


def restarted_lower(question: Question) -> Fit | None:
    """Return how well B is A that begins again at another height, as if it took its current lr for the initial one.

    Formula, k at the first difference or just before it, because the first lr after such a start is right:
        b[t] = a[t] for t < k, and factor * a[t - k] from there on
    """
    found = (_restarted_lower(question, k) for k in (question.first, question.first - 1))
    return next((fit for fit in found if fit is not None), None)


def _restarted_lower(question: Question, k: int) -> Fit | None:
    values = _again(question, k) if k > 0 else None
    if values is None:
        return None
    since = question.since(k)
    begun = [pair.at >= k for pair in question.pairs]
    pairs = [replace(pair, left=one[late]) for pair, one, late in zip(since.pairs, values, begun, strict=True)]
    fit = Scaled().fit(since.of(pairs))
    if fit is None:
        return None
    a, b = question.names
    return replace(fit, words=f"{b} is {a} up to {place(k, question)}, where it starts over as {{times}}{a}")


def _again(question: Question, k: int) -> tuple[FloatArray, ...] | None:
    """Return A that begins again at k, at the rows of each pair; None where it lacks some values."""
    found = []
    for pair in question.pairs:
        after, there = values_at(pair.a, pair.at - k)
        late = pair.at >= k
        if not (there | ~late).all():
            return None
        found.append(np.where(late, after, pair.left))
    return tuple(found)
