"""LBFGS from many starts: each path is a coroutine, and the gradients of all are evaluated together."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import numpy as np

from lrviz.engines.reference.control import Control, disturb
from lrviz.foundation.plane import Point
from lrviz.functions import Function
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.optimizers.torch.strong_wolfe import SearchFailed
from lrviz.results import FloatArray, IntArray

Evaluation = tuple[float, float, float]
"""A loss and its gradient."""
Rows = tuple[list[Point], list[int]]
"""The points after each step, the start first, and the evaluations made by then."""


def descend_in_lockstep(
    function: Function, optimizer: LBFGS, starts: FloatArray, control: Control, steps: int
) -> tuple[FloatArray, IntArray]:
    """Return the paths, [steps + 1, 2, paths], from starts, [2, paths], and the evaluations spent, [steps + 1, paths].

    No step begins once `steps` evaluations are spent: from there on a path repeats its last point. From the
    first point that is not finite on, or a step in which torch's line search raises, rows are NaN.
    """
    paths = starts.shape[1]
    walks = [_walk(optimizer, (float(x), float(y)), index, control, steps) for index, (x, y) in enumerate(starts.T)]
    rows: list[Rows] = [([], [])] * paths
    asked: dict[int, Point] = {index: next(walk) for index, walk in enumerate(walks)}
    while asked:
        points = np.array(list(asked.values())).T
        losses = function.value(points[0], points[1])
        gradients = function.gradient(points[0], points[1])
        told = zip(losses.tolist(), *(part.tolist() for part in gradients), strict=True)
        for index, evaluation in zip(list(asked), told, strict=True):
            try:
                asked[index] = walks[index].send(evaluation)
            except StopIteration as done:
                rows[index] = done.value
                del asked[index]
    path, spent = np.empty((steps + 1, 2, paths)), np.empty((steps + 1, paths), dtype=np.int64)
    for index, (points_made, spent_by_then) in enumerate(rows):
        made = len(points_made)
        path[:made, :, index], spent[:made, index] = points_made, spent_by_then
        path[made:, :, index], spent[made:, index] = path[made - 1, :, index], spent_by_then[-1]
    return path, spent


def _walk(
    optimizer: LBFGS, start: Point, index: int, control: Control, steps: int
) -> Generator[Point, Evaluation, Rows]:
    """Yield each point whose loss and gradient one path needs; return its rows."""
    x, spent = start, 0
    state: dict[str, Any] = {}
    points, spent_by_then = [x], [0]
    for step in range(steps):
        if spent >= steps or not all(map(math.isfinite, x)):
            break
        lr = control.lr_at(step)
        before, already = x, spent
        search = optimizer.step(x, state, float(lr[min(index, len(lr) - 1)]))
        asked = next(search)
        while True:
            loss, *gradient = yield asked
            spent += 1
            try:
                asked = search.send((loss, *_disturbed(gradient, step, control)))
            except StopIteration as done:
                x = done.value
                break
            except SearchFailed:
                x = (math.nan, math.nan)
                break
        points.append(x if all(map(math.isfinite, x)) else (math.nan, math.nan))
        spent_by_then.append(spent)
        if x == before and spent == already + 1 and control.noise is None:
            # It evaluated once and stayed: with nothing new in its memory it will do so in every later step.
            rest = min(steps - step - 1, steps - spent)
            points += [x] * rest
            spent_by_then += range(spent + 1, spent + rest + 1)
            break
    return points, spent_by_then


def _disturbed(gradient: list[float], step: int, control: Control) -> tuple[float, float]:
    if control.noise is None and control.clip is None:
        return gradient[0], gradient[1]
    g = np.array(gradient)[:, None]
    disturb(g, step, control)
    return float(g[0, 0]), float(g[1, 0])
