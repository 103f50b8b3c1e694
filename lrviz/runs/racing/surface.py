"""The surface of a race, computed before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrviz.foundation.plane import Box, Point
from lrviz.functions import Function
from lrviz.results import Contestant, FloatArray, Objective, Surface

_COLUMNS, _ROWS = 624, 600
"""As many as the picture of a race has pixels there; where there are more or fewer, they are interpolated."""
_NET = 90
"""Points along each axis of the surface in perspective."""
_AIR = 0.04
"""Of the view, around what lies outside it."""
_ROOM = 0.12
"""Of what paths need, around them."""


def objective(function: Function) -> Objective:
    """Return what is known of a function."""
    return Objective(
        function.name, function.title, function.character, function.view, function.domain, function.minima,
        function.minimum,
    )  # fmt: skip


def surface(
    function: Function,
    start: Point,
    contestants: Sequence[Contestant],
    known: Surface | None = None,
    *,
    near: bool = False,
) -> Surface:
    """Return the surface as the picture of a race shows it; known: that of other paths, often the same.

    near: of the view only what the paths and the nearest minima need.
    """
    (left, right), (low, high) = box = (_near if near else _box)(function, start, contestants)
    if known is not None and known.box == box:
        return known
    x = left + (np.arange(_COLUMNS) + 0.5) * (right - left) / _COLUMNS
    y = low + (np.arange(_ROWS) + 0.5) * (high - low) / _ROWS
    with np.errstate(all="ignore"):
        values = function.value(*np.meshgrid(x, y))
        net = function.value(*np.meshgrid(np.linspace(left, right, _NET), np.linspace(low, high, _NET)))
    return Surface(box, values, net)


def slopes(function: Function, path: FloatArray) -> FloatArray:
    """Return the gradient along a path, [steps + 1, 2]."""
    with np.errstate(all="ignore"):
        return np.stack(function.gradient(path[:, 0], path[:, 1]), axis=1)


def _box(function: Function, start: Point, contestants: Sequence[Contestant]) -> Box:
    """Return the view, wide enough for the start and every end that lies in the domain, with some air."""
    ends = [start, *(one.trajectory.path[one.trajectory.last] for one in contestants if not one.diverged)]
    box = []
    for axis, ((low, high), (least, greatest)) in enumerate(zip(function.view, function.domain, strict=True)):
        inside = [float(end[axis]) for end in ends if least <= end[axis] <= greatest]
        air = _AIR * (high - low)
        box.append((min(low, *(at - air for at in inside)), max(high, *(at + air for at in inside))))
    return box[0], box[1]


def _near(function: Function, start: Point, contestants: Sequence[Contestant]) -> Box:
    """Return the part of the view that holds the paths, as far as they are in it, and the minimum nearest each end."""
    paths = [one.trajectory.path[: one.trajectory.last + 1] for one in contestants]
    ends = [path[-1] for path, one in zip(paths, contestants, strict=True) if not one.diverged]
    minima = np.array(function.minima).reshape(-1, 2)
    near = [minima[np.hypot(*(minima - end).T).argmin()] for end in ends] if len(minima) else []
    low, high = np.array(function.view).T
    points = np.clip(np.concatenate([[start], *paths, np.array(near).reshape(-1, 2)]), low, high)
    air = _ROOM * np.ptp(points, axis=0)
    (left, bottom), (right, top) = np.maximum(points.min(axis=0) - air, low), np.minimum(points.max(axis=0) + air, high)
    return (float(left), float(right)), (float(bottom), float(top))
