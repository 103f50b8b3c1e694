"""B is A, times a factor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from typing_extensions import override

from lrviz.runs.differing.explanations.explanation import Transformation
from lrviz.runs.differing.question import Fit, Question, Reading


class Scaled(Transformation):
    """B is A times a factor.

    Formula:
        b[t] = factor * a[t], one factor for all groups
    """

    id: ClassVar[str] = "DIFF003"
    name: ClassVar[str] = "scaled"

    @override
    def fit(self, question: Question) -> Fit | None:
        return super().fit(question.scaled())

    @override
    def readings(self, question: Question) -> Iterator[Reading]:
        a, b = question.names
        yield Reading(f"{b} is {{times}}{a}", tuple(pair.left for pair in question.pairs))
