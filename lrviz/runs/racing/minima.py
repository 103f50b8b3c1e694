"""The minima of a function of the user's own: isolated ones that nothing is seen to lie below, and all of them or none.

They are looked for from a grid, and from points at many distances beside the lowest. A spike between all of them stays
unseen.
"""

from __future__ import annotations

import numpy as np

from lrviz.engines.reference.boxes import held, widened
from lrviz.foundation.plane import Point
from lrviz.functions import Function
from lrviz.results import BoolArray, FloatArray
from lrviz.runs.racing.funnels import diagonal

_GRID = 401
_CANDIDATES = 1024
"""More hollows than these on the grid are a flat, or a lattice too fine for it."""
_ITERATIONS = 300
_HALVINGS = 30
_ARMIJO = 1e-4
_LONGEST = 0.1
"""The longest step, as a share of the view's diagonal."""
_STILL = 1e-9
"""A Newton step shorter than this share of the diagonal has arrived."""
_APART = 1e-6
"""Minima that are farther apart than this share of the diagonal are two."""
_PRECISION = 1e-5
"""The distance over which second derivatives are taken, as a share of where the point lies."""
_SCALES = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
_SCATTERED = 64
"""Points beside the lowest one at each distance, as a share of the diagonal, that are followed down too.

A function that repeats in step with the grid hides its other hollows from it.
"""
_FLATTEST = 1e-7
"""A curvature below this share of the largest one is no more than rounding."""


def lowest(function: Function) -> tuple[tuple[Point, ...], float] | None:
    """Return the lowest minima inside the domain, and the value there; None where that cannot be proved.

    Every hollow of a grid is followed down by Newton's method. A minimum is proved where that comes to rest inside the
    domain, and the Hessian there is positive definite by more than its own error: then it is isolated. Where
    anything else that is seen is as low (the edge, a flat, a kink, a pole, a point off the grid) nothing is proved.
    """
    (left, right), (low, high) = function.domain
    x, y = np.meshgrid(np.linspace(left, right, _GRID), np.linspace(low, high, _GRID))
    with np.errstate(all="ignore"):
        values = function.value(x, y)
        values[np.isnan(values)] = np.inf
        hollow = _hollows(values)
        if not 0 < hollow.sum() <= _CANDIDATES:
            return None
        points = _descended(function, np.array([x[hollow], y[hollow]]))
        found = function.value(points[0], points[1])
        inside, proved, rise = _proved(function, points)
        # What left the domain was as low at its edge, where the grid has seen it.
        found = np.where(inside & ~np.isnan(found), found, np.inf)
    least = min(float(found.min()), float(values.min()))
    if not np.isfinite(least):
        return None
    if _lower_beside(function, points[:, int(found.argmin())], least):
        return None
    level = found - least <= np.maximum(rise, 1e-12 * abs(least))
    if not level.any() or not proved[level].all():
        return None
    minima: list[Point] = []
    for px, py in points[:, level].T.tolist():
        if all(np.hypot(px - mx, py - my) > _APART * diagonal(function.view) for mx, my in minima):
            minima.append((px, py))
    return tuple(minima), least


def curvatures(function: Function) -> list[Point]:
    """Return the least and the largest curvature, eigenvalues of the Hessian, at each minimum that is smooth there."""
    minima = np.array(function.minima, dtype=np.float64).reshape(-1, 2).T
    with np.errstate(all="ignore"):
        _, smooth, _ = _proved(function, minima)
        _, _, small, large = _newton(function, minima[:, smooth])
    return list(zip(small.tolist(), large.tolist(), strict=True))


def _lower_beside(function: Function, point: FloatArray, least: float) -> bool:
    """Return whether a way down that begins beside a point, [2], ends lower than what was found."""
    # The same points every time, and in step with no function.
    draws = np.random.default_rng(0).standard_normal((2, len(_SCALES), _SCATTERED))
    around = diagonal(function.view) * np.array(_SCALES)[:, None]
    bounds = np.array(function.domain)
    with np.errstate(all="ignore"):
        starts = np.clip((point[:, None, None] + around * draws).reshape(2, -1), bounds[:, :1], bounds[:, 1:])
        reached = _descended(function, starts)
        values = function.value(reached[0], reached[1])
        lower = held(reached, function.domain) & (values < least - 1e-9 * max(abs(least), 1.0))
    return bool(lower.any())


def _hollows(values: FloatArray) -> BoolArray:
    """Return which values of a grid are finite, and no larger than the eight around them."""
    rows, columns = values.shape
    around = np.full((rows + 2, columns + 2), np.inf)
    around[1:-1, 1:-1] = values
    hollow: BoolArray = values < np.inf
    for down in range(3):
        for across in range(3):
            hollow &= values <= around[down : down + rows, across : across + columns]
    return hollow


def _descended(function: Function, points: FloatArray) -> FloatArray:
    """Return where Newton's method leads from points, [2, n], downhill only; it stops where it can do no better."""
    x, across = points.copy(), diagonal(function.view)
    around = widened(function.domain, 2.0)
    active = np.arange(x.shape[1])
    for _ in range(_ITERATIONS):
        here = x[:, active]
        f = function.value(here[0], here[1])
        g, step, _, _ = _newton(function, here)
        length = np.sqrt((step * step).sum(axis=0))
        step *= np.minimum(1.0, _LONGEST * across / np.maximum(length, 1e-300))
        slope = (g * step).sum(axis=0)
        share, high = np.ones(len(active)), np.arange(len(active))
        for _ in range(_HALVINGS):
            there = here[:, high] + share[high] * step[:, high]
            # Beside a minimum f no longer tells how to go on, and its slope still does.
            bound = np.where(length[high] <= _APART * across, np.inf, f[high] + _ARMIJO * share[high] * slope[high])
            high = high[~(function.value(there[0], there[1]) <= bound)]
            if not high.size:
                break
            share[high] /= 2
        share[high] = 0.0
        x[:, active] = here + share * step
        going = (share > 0) & (length > 1e-3 * _STILL * across) & held(x[:, active], around)
        active = active[going]
        if not active.size:
            break
    return x


def _proved(function: Function, points: FloatArray) -> tuple[BoolArray, BoolArray, FloatArray]:
    """Return which of points, [2, n], lie inside the domain, which of those are proved minima, and a least difference.

    Values of f that differ by less than that are equal: it is how much f rises within a millionth of the diagonal.
    """
    across = diagonal(function.view)
    (left, right), (low, high) = function.domain
    edge = _STILL * across
    inside = held(points, ((left + edge, right - edge), (low + edge, high - edge)))
    _, step, flat, steep = _newton(function, points)
    fine, coarse = (_hessian(function, points, times) for times in (0.5, 1.0))
    error = np.sqrt(((fine - coarse) ** 2).sum(axis=(0, 1)))
    definite = (flat > 10 * error) & (flat > _FLATTEST * steep)
    still = np.sqrt((step * step).sum(axis=0)) <= _STILL * across
    return inside, inside & definite & still, 0.5 * np.abs(flat) * (_APART * across) ** 2


def _newton(function: Function, points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return at points, [2, n], the gradient, the step against it, and the least and the largest curvature.

    Formula, λ and v the eigenvalues and eigenvectors of the Hessian:
        step = -Σ v (v·g) / |λ|
    """
    g = np.array(function.gradient(points[0], points[1]))
    (xx, xy), (_, yy) = _hessian(function, points)
    middle, half = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    turn = np.arctan2(2 * xy, xx - yy) / 2
    steep = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-steep[1], steep[0]])
    large, small = middle + half, middle - half
    # A curvature of 0 would make the step infinite, and a step of nothing over nothing none at all.
    floor = 1e-12 * np.maximum(np.abs(large), np.abs(small)) + 1e-300
    step = -(
        steep * ((steep * g).sum(axis=0) / np.maximum(np.abs(large), floor))
        + across * ((across * g).sum(axis=0) / np.maximum(np.abs(small), floor))
    )
    return g, step, small, large


def _hessian(function: Function, points: FloatArray, times: float = 1.0) -> FloatArray:
    """Return the second derivatives at points, [2, 2, n], as differences of the exact first ones."""
    h = times * _PRECISION * (1e-3 * diagonal(function.view) + np.abs(points).max(axis=0))
    x, y = points
    # Forth and back along each axis, all in one call.
    dx, dy = (np.array(signs)[:, None] * h for signs in ((1, -1, 0, 0), (0, 0, 1, -1)))
    forth_x, back_x, forth_y, back_y = np.moveaxis(np.array(function.gradient(x + dx, y + dy)), 1, 0)
    (xx, xy), (yx, yy) = (forth_x - back_x) / (2 * h), (forth_y - back_y) / (2 * h)
    return np.array([[xx, (xy + yx) / 2], [(xy + yx) / 2, yy]])
