"""The learning rate of an optimizer for a race: the same grid, starts and rule for every one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import descend
from lrviz.engines.tasks.schedule import Progress
from lrviz.functions import Point
from lrviz.optimizers import Optimizer
from lrviz.results import FloatArray, Protocol
from lrviz.runs.racing.judging import TUNING, Judge, drawn

_TIE = 0.1
"""Scores within this, in decades of f - f_min, are as good as each other."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The lr that was chosen, whether it lies at an end of the grid, and the evaluations it cost."""

    lr: float
    at_edge: bool
    evaluations: int


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
) -> Tuned:
    """Choose the lr with the best median score over the tuning starts, without noise.

    Of those within 0.1 of the best: the one with the fewest evaluations to tolerance (median over the
    starts), then the smallest.
    """
    rates = grid(protocol)
    starts = drawn(start, judge.function.view, protocol.spread, protocol.tuning_starts, (protocol.seed, TUNING))
    every = np.tile(starts, len(rates))
    each = np.repeat(rates, protocol.tuning_starts)[None]
    flight = descend(
        judge.function, optimizer, every, Control(each, clip=protocol.clip), steps, goal=judge.goal, progress=progress
    )
    shape = (len(rates), protocol.tuning_starts)
    scores = np.median(judge.scores(flight.end).reshape(shape), axis=1)
    evaluations = np.median(flight.paid.reshape(shape), axis=1)
    if not np.isfinite(scores.min()):
        best = 0
    else:
        tied = np.flatnonzero(scores <= scores.min() + _TIE)
        best = int(tied[np.argmin(evaluations[tied])])
    return Tuned(float(rates[best]), best in {0, len(rates) - 1}, every.shape[1] * steps)
