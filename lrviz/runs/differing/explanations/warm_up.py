"""A and B warm up in different ways, and are the same from then on."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from typing_extensions import override

from lrviz.foundation.peak import rise
from lrviz.results import Track
from lrviz.runs.differing.explanations.explanation import Explanation, place
from lrviz.runs.differing.question import Fit, Question


def warmed_up(question: Question) -> int:
    """Return the update at which the warm-ups of A and B have ended in all groups; 0 where neither has one."""
    return max(_end(track) for pair in question.pairs for track in (pair.a, pair.b))


def _end(track: Track) -> int:
    known = np.isfinite(track.lr)
    first = int(known.argmax())
    ticks = rise(track.lr[first:]) if known[first] else 0
    return int(track.at[first + ticks]) if ticks else 0


class WarmUp(Explanation):
    """A and B are the same once both have warmed up.

    Formula:
        b[t] = a[t] from the first peak of both on, before which at least one of them only rises
    """

    id: ClassVar[str] = "DIFF008"
    name: ClassVar[str] = "warm-up"

    @override
    def fit(self, question: Question) -> Fit | None:
        end = warmed_up(question)
        rest = question.since(end)
        if question.last >= end or not any(len(pair.at) > 1 for pair in rest.pairs):
            return None
        a, b = question.names
        told = f"{a} and {b} are the same from {place(end, question)} on, when both have warmed up"
        return Fit(told, max(float(pair.apart.max(initial=0.0)) for pair in rest.pairs))
