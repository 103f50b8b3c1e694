"""The line search of LBFGS: a step that meets the strong Wolfe conditions, as torch finds it."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import NamedTuple

from lrviz.optimizers.plane import Pair, along, dot, largest, over

Evaluation = tuple[float, float, float]
"""A loss and its gradient."""

SUFFICIENT, FLAT = 1e-4, 0.9
"""c1 and c2 of the conditions."""


class SearchFailed(ArithmeticError):
    """The search ends, by the slope, at a step whose loss is NaN: there torch raises IndexError."""


class Trial(NamedTuple):
    """A step t along the direction: the loss there, its gradient, and its slope along the direction."""

    t: float
    loss: float
    gradient: Pair
    slope: float


def strong_wolfe(
    x: Pair, direction: Pair, start: Trial, t: float, *, tolerance_change: float, most: int
) -> Generator[Pair, Evaluation, tuple[Trial, int]]:
    """Search along a direction from x for a step that is low enough and flat enough.

    Formula, φ(t) = f(x + t d):
        φ(t) <= φ(0) + c1 t φ'(0),   |φ'(t)| <= c2 |φ'(0)|

    start: the trial with t = 0; t: the first step; most: iterations. Yields each point it needs the
    loss and gradient of; returns the step and the evaluations it took.
    Raises SearchFailed where torch's search raises.
    Source: Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6; torch.optim.lbfgs._strong_wolfe
    """

    def tried(t: float) -> Generator[Pair, Evaluation, Trial]:
        loss, gx, gy = yield along(x, direction, t)
        return Trial(t, loss, (gx, gy), dot((gx, gy), direction))

    before, now = start, (yield from tried(t))
    evaluations, iteration, done = 1, 0, False
    bracket = [start, now]
    while iteration < most:
        if now.loss > start.loss + SUFFICIENT * now.t * start.slope or (iteration > 1 and now.loss >= before.loss):
            bracket = [before, now]
            break
        if abs(now.slope) <= -FLAT * start.slope:
            if math.isnan(now.loss):
                raise SearchFailed
            bracket, done = [now], True
            break
        if now.slope >= 0:
            bracket = [before, now]
            break
        bounds = now.t + 0.01 * (now.t - before.t), now.t * 10
        t = _interpolated(before, now, bounds)
        before, now = now, (yield from tried(t))
        evaluations, iteration = evaluations + 1, iteration + 1
    if iteration == most:
        bracket = [start, now]
    low, high = (0, 1) if bracket[0].loss <= bracket[-1].loss else (1, 0)
    stuck, extent = False, largest(direction)
    while not done and iteration < most:
        left, right = min(bracket[0].t, bracket[1].t), max(bracket[0].t, bracket[1].t)
        if abs(bracket[1].t - bracket[0].t) * extent < tolerance_change:
            break
        t = _interpolated(bracket[0], bracket[1], (left, right))
        t, stuck = _away_from_the_ends(t, left, right, stuck=stuck)
        now = yield from tried(t)
        evaluations, iteration = evaluations + 1, iteration + 1
        if now.loss > start.loss + SUFFICIENT * t * start.slope or now.loss >= bracket[low].loss:
            bracket[high] = now
            low, high = (0, 1) if bracket[0].loss <= bracket[1].loss else (1, 0)
            continue
        if abs(now.slope) <= -FLAT * start.slope:
            done = True
        elif now.slope * (bracket[high].t - bracket[low].t) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = now
    return bracket[low], evaluations


def _away_from_the_ends(t: float, left: float, right: float, *, stuck: bool) -> tuple[float, bool]:
    """Return a trial step that makes progress, and whether it has not: at an end twice running, it moves inside."""
    tenth = 0.1 * (right - left)
    if not min(right - t, t - left) < tenth:
        return t, False
    if stuck or t >= right or t <= left:
        return (right - tenth if abs(t - right) < abs(t - left) else left + tenth), False
    return t, True


def _interpolated(one: Trial, other: Trial, bounds: Pair) -> float:
    """Return where the cubic through two trials and their slopes is least, within bounds; else their middle."""
    lowest, highest = bounds
    bend = one.slope + other.slope - 3 * over(one.loss - other.loss, one.t - other.t)
    square = bend * bend - one.slope * other.slope
    if not square >= 0:
        return (lowest + highest) / 2
    root = math.sqrt(square)
    if one.t > other.t:
        one, other = other, one
    share = over(other.slope + root - bend, other.slope - one.slope + 2 * root)
    return min(max(other.t - (other.t - one.t) * share, lowest), highest)
