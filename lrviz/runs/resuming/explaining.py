"""What a wrongly resumed run does instead, by the explanations of `lrviz diff`."""

from __future__ import annotations

import numpy as np

from lrviz.engines.compare.schedule import TOLERANCE
from lrviz.results import Cause, Curves, FloatArray
from lrviz.runs.differing.explaining import explained
from lrviz.runs.differing.question import Pair, Question
from lrviz.runs.differing.sides import Side

_NAMES = ("the uninterrupted run", "the resumed run")


def causes(curves: Curves, at: int, lr: FloatArray) -> tuple[Cause, ...]:
    """Return what explains that a run goes on with other learning rates, lr [rows, groups], from update `at` on."""
    if not np.isfinite(lr).all():
        return ()
    rows = min(len(curves.lr), at + len(lr))
    gone_on = np.concatenate([curves.lr[:at], lr[: rows - at]])
    whole, resumed = (
        Side.of_curves(name, [Curves(name, name, curves.unit, curves.steps_per_epoch, "", "", curves.groups, values)])
        for name, values in zip(_NAMES, (curves.lr, gone_on), strict=True)
    )
    pairs = tuple(Pair.of(a.name, a, b) for a, b in zip(whole.tracks, resumed.tracks, strict=True))
    question = Question(whole, resumed, pairs, curves.unit, TOLERANCE, names=_NAMES)
    # A state that differs is a difference, however small.
    if question.same:
        return ()
    return tuple({one.message: one for one in explained(question) if one.name != "rounding"}.values())
