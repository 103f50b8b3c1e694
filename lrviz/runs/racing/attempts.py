"""One entry of a race in the reference engine: its lr chosen, its paths run, its held-out starts judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import Descend, Flight, descend
from lrviz.functions import Function
from lrviz.optimizers import Optimizer
from lrviz.results import FloatArray, IntArray, Robustness, Trajectory
from lrviz.runs.racing.basins import polish, same_basin
from lrviz.runs.racing.judging import HELD_OUT, Judge, drawn
from lrviz.runs.racing.terms import Terms

if TYPE_CHECKING:
    from lrviz.documents.schedule import ScheduleDocument

_BUNDLE = 24
"""Held-out starts whose paths are drawn."""
_ALIKE = 1e-12
"""Two ends of a path that are no farther apart lie in one basin."""
_BUNDLE_ROWS = 160
"""Points of each of those paths."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """An optimizer with every hyperparameter in force, lr included, and its schedule."""

    optimizer: Optimizer
    schedule: ScheduleDocument | None


@dataclass(frozen=True, slots=True, eq=False)
class Attempts:
    """The main path of an entrant, and those from the held-out starts.

    polished: [2, 1 + held-out starts], the points that gradient descent reaches from the end of the
    main path and from theirs, None where basins mean nothing; control: what was set along the main path.
    """

    main: Trajectory
    held_out: Flight
    bundle: FloatArray
    polished: FloatArray | None
    control: Control


def attempt(entrant: Entrant, terms: Terms, descend: Descend = descend, most: int | None = None) -> Attempts:
    """Run an entrant from the start and from the held-out starts, all under the same noise.

    descend: who steps it; most: of the held-out starts, where it cannot be stepped from all of them.
    Raises Refusal where torch would refuse its schedule.
    """
    function, judge, steps, protocol = terms.function, terms.judge, terms.steps, terms.protocol
    stream = (protocol.seed, HELD_OUT)
    others = drawn(terms.start, function.view, protocol.spread, protocol.held_out_starts, stream)
    starts = np.column_stack([terms.start, others[:, :most]])
    goal = judge.goal if judge else None
    recorded = min(1 + _BUNDLE, starts.shape[1])

    def fly(lr: FloatArray, kept: int) -> Flight:
        control = Control(lr, varied, terms.noise, protocol.clip)
        return descend(function, entrant.optimizer, starts, control, steps, goal=goal, recorded=kept)

    schedule = entrant.schedule
    varied: Mapping[str, FloatArray] = {}
    lr = np.array([[entrant.optimizer.hyperparameters()["lr"]]], dtype=np.float64)
    if schedule is not None:
        # Most races have none, and need no scheduler to be imported.
        from lrviz.engines.reference.scheduled_race import rates, settled, watches

        watching = watches(schedule)
        alone, varied = rates(schedule, steps, np.zeros(steps + 1) if watching else None)
        lr = alone[:, None]
        if watching:
            lr = settled(schedule, steps, starts.shape[1], lambda lr: _losses(function, fly(lr, starts.shape[1]).path))
    flight = fly(lr, recorded)
    own = np.broadcast_to(lr[:, 0], steps) if len(lr) == 1 else lr[:, 0]
    path = flight.path[..., 0]
    main = trajectory(path, _losses(function, path), flight.spent[:, 0], own)
    return Attempts(
        main,
        flight.others(),
        flight.path[:: -(-(steps + 1) // _BUNDLE_ROWS), :, 1:],
        None if function.no_basins or judge is None else polish(function, flight.end),
        Control(own[:, None], varied, terms.noise, protocol.clip),
    )


def trajectory(path: FloatArray, loss: FloatArray, spent: IntArray, lr: FloatArray) -> Trajectory:
    """Return a path that ends with its first value that is not finite: the rows from there on are NaN."""
    path, loss, spent = path.copy(), loss.copy(), spent.copy()
    broken = ~(np.isfinite(path).all(axis=1) & np.isfinite(loss))
    if broken.any():
        first = int(broken.argmax())
        path[first:], loss[first:], spent[first:] = np.nan, np.nan, spent[first]
    return Trajectory(path, loss, spent, lr)


def judged(attempts: Attempts, end: FloatArray, function: Function, judge: Judge | None) -> Robustness:
    """Return what became of the held-out starts, beside a main path that ends at `end`, [2]."""
    flight = attempts.held_out
    share = None
    if attempts.polished is not None and np.isfinite(end).all():
        basin, others = attempts.polished[:, 0], attempts.polished[:, 1:]
        if np.abs(end - attempts.main.path[-1]).max() > _ALIKE:
            basin = polish(function, end[:, None])[:, 0]
        share = float((same_basin(function, others, basin) & ~flight.diverged).mean())
    quartiles = None
    if judge is not None:
        # An observed value, not one in between: between a number and infinity there is none.
        low, middle, high = np.quantile(flight.arrived, (0.25, 0.5, 0.75), method="inverted_cdf")
        quartiles = (float(low), float(middle), float(high))
    score = None if judge is None else float(np.median(judge.scores(judge.losses(flight.end))))
    return Robustness(share, float(flight.diverged.mean()), quartiles, score, flight.end, attempts.bundle)


def _losses(function: Function, path: FloatArray) -> FloatArray:
    """Return f along paths, [rows, 2, ...]."""
    with np.errstate(all="ignore"):
        losses: FloatArray = function.value(path[:, 0], path[:, 1])
        return losses
