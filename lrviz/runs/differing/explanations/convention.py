"""A log writes the value of another update."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from lrviz.runs.differing.explanations.explanation import Explanation
from lrviz.runs.differing.question import Fit, Question


class LogConvention(Explanation):
    """Nothing differs under another convention that this kind of log has had: its values belong to other updates."""

    id: ClassVar[str] = "DIFF001"
    name: ClassVar[str] = "convention"
    of_equals: ClassVar[bool] = True

    @override
    def fit(self, question: Question) -> Fit | None:
        if not question.convention or not question.same:
            return None
        worst = max(float(pair.apart.max(initial=0.0)) for pair in question.pairs)
        return Fit(f"they are the same if {question.convention}", worst)
