"""Some groups differ, and the others do not."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from lrviz.runs.differing.explanations.explanation import Explanation
from lrviz.runs.differing.question import Fit, Pair, Question

_NAMED = 4


def differing(question: Question) -> list[Pair]:
    """Return the groups that differ, where others do not; none where all do."""
    apart = [pair for pair, rows in zip(question.pairs, question.wrong, strict=True) if rows.any()]
    return apart if len(apart) < len(question.pairs) else []


class OneGroup(Explanation):
    """Only some groups differ; their own explanations are reported separately."""

    id: ClassVar[str] = "DIFF007"
    name: ClassVar[str] = "one-group"

    @override
    def fit(self, question: Question) -> Fit | None:
        apart = differing(question)
        if not apart:
            return None
        rest = len(question.pairs) - len(apart)
        others = "the other is" if rest == 1 else f"the other {rest} are"
        told = f"only {_named(apart)} {'differs' if len(apart) == 1 else 'differ'}; {others} the same"
        same = [pair for pair, rows in zip(question.pairs, question.wrong, strict=True) if not rows.any()]
        return Fit(told, max(float(pair.apart.max(initial=0.0)) for pair in same))


def _named(pairs: list[Pair]) -> str:
    names = [pair.name for pair in pairs[:_NAMED]]
    more = f" and {len(pairs) - _NAMED} more" if len(pairs) > _NAMED else ""
    return f"group{'s' if len(pairs) > 1 else ''} {', '.join(names)}{more}"
