"""Where gradient descent leads from a point: the polish that tells basins apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lrviz.functions import Function
from lrviz.results import BoolArray, FloatArray, IntArray
from lrviz.runs.racing.funnels import diagonal, funnels

_BLOCK = 8192
"""Points that are polished together: what an iteration touches stays in the processor's cache."""
_ROUNDS = (16, 48, 192, 744)
"""Iterations until paths are put together again: 1000 in all."""
_ARMIJO = 1e-4
_LONGEST = 0.01
"""The longest step, as a share of the view's diagonal: a longer one could leap into another basin."""
_STILL = 1e-8
"""A path whose step is shorter than this share has arrived."""
_BESIDE = 1e-5
SAME = 1e-3
"""Two points nearer than this share of the view's diagonal are the same minimum."""


def polish(function: Function, points: FloatArray) -> FloatArray:
    """Return the point that gradient descent reaches from each of the points, [2, n]; NaN stays NaN.

    Every step goes down (Armijo's condition), has the length that the curvature of the one before
    suggests (Barzilai and Borwein, https://doi.org/10.1093/imanum/8.1.141), and is at most a
    hundredth of the view's diagonal long, so that no path leaps out of its basin. Where the only way left is to a
    known minimum, that is the answer.
    """
    x = points.astype(np.float64)
    with np.errstate(all="ignore"):
        left = _Paths.beginning(function, x)
        for iterations in _ROUNDS:
            if not len(left.index):
                break
            # Those that take long are few, and together again.
            left = _Paths.joined([_descended(function, x, part, iterations) for part in left.parts()])
    x[:, left.index] = left.here
    return x


@dataclass(frozen=True, slots=True)
class _Paths:
    """Paths under way. index: which they are, [n]; here: where they are, [2, n]; f, g: value and gradient there.

    rate: length of the next step over the gradient's, [n].
    """

    index: IntArray
    here: FloatArray
    f: FloatArray
    g: FloatArray
    rate: FloatArray

    @classmethod
    def beginning(cls, function: Function, x: FloatArray) -> _Paths:
        """Return the paths from the points, [2, n], that are finite."""
        index = np.flatnonzero(np.isfinite(x).all(axis=0))
        here = x[:, index]
        f, g = function.value(here[0], here[1]), np.array(function.gradient(here[0], here[1]))
        return cls(index, here, f, g, np.full(len(index), np.inf))

    @classmethod
    def joined(cls, parts: Sequence[_Paths]) -> _Paths:
        """Return paths together."""
        fields = zip(*((one.index, one.here, one.f, one.g, one.rate) for one in parts), strict=True)
        return cls(*(np.concatenate(field, axis=-1) for field in fields))

    def parts(self) -> list[_Paths]:
        """Return the paths in parts of which what an iteration touches stays in the processor's cache."""
        return [self.some(slice(first, first + _BLOCK)) for first in range(0, len(self.index), _BLOCK)]

    def some(self, which: slice | IntArray) -> _Paths:
        """Return some of the paths."""
        return _Paths(self.index[which], self.here[:, which], self.f[which], self.g[:, which], self.rate[which])


def _descended(function: Function, x: FloatArray, paths: _Paths, iterations: int) -> _Paths:
    """Return the paths that so many iterations do not finish; the ends of the others are written into x."""
    across = diagonal(function.view)
    known = funnels(function, _LONGEST * across)
    others = [minimum for minimum in function.minima if all(minimum != one.minimum for one in known)]
    for _ in range(iterations):
        here, f, g = paths.here, paths.f, paths.g
        steepness = np.sqrt(_dot(g, g))
        length = np.minimum(paths.rate * steepness, _LONGEST * across)
        moving = (length > _STILL * across) & (steepness > 0) & np.isfinite(f)
        for one in known:
            inside = one.holds(here, f)
            here[:, inside] = np.array(one.minimum)[:, None]
            moving &= ~inside
        # Beside a minimum that is known nothing more is to be found out.
        for minimum in others:
            moving &= np.maximum(*(np.abs(here[axis] - minimum[axis]) for axis in (0, 1))) > _BESIDE * across
        if not moving.all():
            stopped, kept = np.flatnonzero(~moving), np.flatnonzero(moving)
            x[:, paths.index[stopped]] = here[:, stopped]
            paths = paths.some(kept)
            if not len(kept):
                break
            here, f, g, length, steepness = paths.here, paths.f, paths.g, length[kept], steepness[kept]
        change = -(length / steepness) * g
        there = here + change
        f_there, g_there = function.value(there[0], there[1]), np.array(function.gradient(there[0], there[1]))
        accepted = f_there <= f - _ARMIJO * length * steepness
        curvature = _dot(change, g_there - g)
        bold = np.where(curvature > 0, _dot(change, change) / curvature, np.inf)
        rate = np.where(accepted, bold, length / steepness / 4)
        paths = _Paths(
            paths.index, np.where(accepted, there, here), np.where(accepted, f_there, f),
            np.where(accepted, g_there, g), rate,
        )  # fmt: skip
    return paths


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
