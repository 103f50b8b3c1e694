"""Where gradient descent leads from a point: the polish that tells basins apart."""

from __future__ import annotations

import numpy as np

from lrviz.foundation.plane import Box
from lrviz.functions import Function
from lrviz.results import BoolArray, FloatArray

_BLOCK = 8192
"""Points that are polished together: what an iteration touches stays in the processor's cache."""
_ITERATIONS = 1000
_ARMIJO = 1e-4
_LONGEST = 0.01
"""The longest step, as a share of the view's diagonal: a longer one could leap into another basin."""
_STILL = 1e-8
"""A path whose step is shorter than this share has arrived."""
_BESIDE = 1e-5
SAME = 1e-3
"""Two points nearer than this share of the view's diagonal are the same minimum."""


def diagonal(view: Box) -> float:
    """Return the length of a view's diagonal."""
    (left, right), (low, high) = view
    return float(np.hypot(right - left, high - low))


def polish(function: Function, points: FloatArray) -> FloatArray:
    """Return the point that gradient descent reaches from each of the points, [2, n]; NaN stays NaN.

    Every step goes down (Armijo's condition), has the length that the curvature of the one before
    suggests (Barzilai and Borwein, https://doi.org/10.1093/imanum/8.1.141), and is at most a
    hundredth of the view's diagonal long, so that no path leaps out of its basin.
    """
    x = points.astype(np.float64)
    with np.errstate(all="ignore"):
        for first in range(0, x.shape[1], _BLOCK):
            _polish(function, x[:, first : first + _BLOCK])
    return x


def _polish(function: Function, x: FloatArray) -> None:
    """Polish points that fit into the processor's cache, in place."""
    across = diagonal(function.view)
    active = np.flatnonzero(np.isfinite(x).all(axis=0))
    here = x[:, active]
    f, g = function.value(here[0], here[1]), np.array(function.gradient(here[0], here[1]))
    rate = np.full(len(active), np.inf)
    for _ in range(_ITERATIONS):
        steepness = np.sqrt(_dot(g, g))
        length = np.minimum(rate * steepness, _LONGEST * across)
        moving = (length > _STILL * across) & (steepness > 0) & np.isfinite(f)
        # Beside a minimum that is known nothing more is to be found out.
        for minimum in function.minima:
            moving &= np.maximum(*(np.abs(here[axis] - minimum[axis]) for axis in (0, 1))) > _BESIDE * across
        stopped = np.flatnonzero(~moving)
        x[:, active[stopped]] = here[:, stopped]
        if len(stopped) == len(active):
            break
        if len(stopped):
            kept = np.flatnonzero(moving)
            active, here, f, g = active[kept], here.take(kept, axis=1), f[kept], g.take(kept, axis=1)
            length, steepness = length[kept], steepness[kept]
        change = -(length / steepness) * g
        there = here + change
        f_there, g_there = function.value(there[0], there[1]), np.array(function.gradient(there[0], there[1]))
        accepted = f_there <= f - _ARMIJO * length * steepness
        curvature = _dot(change, g_there - g)
        bold = np.where(curvature > 0, _dot(change, change) / curvature, np.inf)
        rate = np.where(accepted, bold, length / steepness / 4)
        here = np.where(accepted, there, here)
        f = np.where(accepted, f_there, f)
        g = np.where(accepted, g_there, g)
    else:
        x[:, active] = here


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the inner products of vectors, [2, n]; not by sum(axis=0), which takes several times as long."""
    product: FloatArray = a[0] * b[0] + a[1] * b[1]
    return product


def same_basin(function: Function, polished: FloatArray, point: FloatArray) -> BoolArray:
    """Return which of the polished points, [2, n], are the polished `point`, [2]."""
    with np.errstate(all="ignore"):
        apart = np.hypot(*(polished - point[:, None]))
        same: BoolArray = apart <= SAME * diagonal(function.view)
    return same
