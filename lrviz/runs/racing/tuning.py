"""The learning rate of an optimizer for a race: the same grid, starts and rule for every one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import Descend, descend
from lrviz.foundation.plane import Box, Point
from lrviz.foundation.progress import Progress
from lrviz.optimizers import Optimizer
from lrviz.results import FloatArray, Protocol, Sensitivity
from lrviz.runs.racing.judging import TUNING, Judge, drawn

_TIE = 0.1
"""Scores within this, in decades of f - f_min, are as good as each other."""
_LEAVING = 0.1
"""The greatest share of the paths that may leave the view."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The lr that was chosen, whether it lies at an end of the grid, the evaluations it cost, and what each lr gave."""

    lr: float
    at_edge: bool
    evaluations: int
    sensitivity: Sensitivity


def grid(protocol: Protocol) -> FloatArray:
    """Return the learning rates that are tried."""
    lowest, highest, per_decade = protocol.grid
    decades = round(np.log10(highest / lowest))
    rates: FloatArray = np.array(
        [float(f"{lowest * 10 ** (step / per_decade):.3g}") for step in range(decades * per_decade + 1)]
    )
    return rates


def tune(
    optimizer: Optimizer,
    judge: Judge,
    start: Point,
    steps: int,
    protocol: Protocol,
    *,
    progress: Progress | None = None,
    descend: Descend = descend,
) -> Tuned:
    """Choose the lr with the best median score over the tuning starts, without noise.

    Of those within 0.1 of the best: the one with the fewest evaluations to tolerance (median over the
    starts), then the smallest. One under which more than a tenth of the paths leave the view, widened
    to hold the starts, is no choice unless no other is left: a jump out of the picture and back is luck.
    descend: who steps the optimizer.
    """
    rates = grid(protocol)
    starts = drawn(start, judge.function.view, protocol.spread, protocol.tuning_starts, (protocol.seed, TUNING))
    every = np.tile(starts, len(rates))
    each = np.repeat(rates, protocol.tuning_starts)[None]
    flight = descend(
        judge.function, optimizer, every, Control(each, clip=protocol.clip), steps,
        goal=judge.goal, view=_holding(judge.function.view, starts), progress=progress,
    )  # fmt: skip
    shape = (len(rates), protocol.tuning_starts)
    losses = judge.losses(flight.end).reshape(shape)
    scores = np.median(judge.scores(losses), axis=1)
    evaluations = np.median(flight.paid.reshape(shape), axis=1)
    in_view = flight.left.reshape(shape).mean(axis=1) <= _LEAVING
    if in_view.any():
        scores[~in_view] = np.inf
    tied = np.flatnonzero(scores <= scores.min() + _TIE)
    best = int(tied[np.argmin(evaluations[tied])]) if np.isfinite(scores.min()) else int(np.argmax(in_view))
    # Observed values, as there is none between a number and infinity.
    low, middle, high = np.quantile(losses, (0.25, 0.5, 0.75), axis=1, method="inverted_cdf")
    sensitivity = Sensitivity(rates, middle, low, high, flight.diverged.reshape(shape).mean(axis=1))
    return Tuned(float(rates[best]), best in {0, len(rates) - 1}, every.shape[1] * steps, sensitivity)


def _holding(view: Box, points: FloatArray) -> Box:
    """Return a view, widened where points, [2, n], lie outside."""
    (left, right), (low, high) = zip(points.min(axis=1).tolist(), points.max(axis=1).tolist(), strict=True)
    return (min(left, view[0][0]), max(right, view[0][1])), (min(low, view[1][0]), max(high, view[1][1]))
