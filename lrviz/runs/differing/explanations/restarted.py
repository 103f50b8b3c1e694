"""B begins again from the start of A."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np
from typing_extensions import override

from lrviz.runs.differing.explanations.explanation import Transformation, place
from lrviz.runs.differing.explanations.shifted import shifts
from lrviz.runs.differing.lookup import values_at
from lrviz.runs.differing.question import Fit, Question, Reading


class Restarted(Transformation):
    """B is A, and begins again.

    Formula:
        b[t] = a[t] for t < k, and a[t - k] from there on, perhaps times a factor
    """

    id: ClassVar[str] = "DIFF006"
    name: ClassVar[str] = "restarted"

    @override
    def fit(self, question: Question) -> Fit | None:
        if not question.free:
            return super().fit(question)
        # What comes before is not multiplied.
        begun = question.since(question.first)
        return super().fit(replace(begun, shifts=question.shifts))

    @override
    def readings(self, question: Question) -> Iterator[Reading]:
        a, b = question.names
        for k in shifts(question):
            if k <= 0 or (question.free and k != question.first):
                continue
            found = []
            for pair in question.pairs:
                after, there = values_at(pair.a, pair.at - k)
                late = pair.at >= k
                found.append((np.where(late, after, pair.left), there | ~late))
            values, known = zip(*found, strict=True)
            if all(one.all() for one in known):
                told = f"{b} is {a} up to {place(k, question)}, and there begins again"
                yield Reading(f"{told}, as {{times}}{a}" if question.free else told, values)
