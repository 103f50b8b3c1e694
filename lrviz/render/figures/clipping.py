"""A path and the frame it is seen through: which parts lie inside, and where it leaves for good."""

from __future__ import annotations

import numpy as np

from lrviz.results import BoolArray, Box, FloatArray


def seen(points: FloatArray, box: Box) -> FloatArray:
    """Return the parts of a path that lie in `box`, cut at its edges, with a row of NaN between parts.

    points: [n, 2 or more]; columns after x and y are interpolated.
    """
    if len(points) < 2:
        return points
    enter, leave = _shares(points[:, :2], box)
    kept = np.flatnonzero(enter < leave)
    if not kept.size:
        return points[:0]
    start, change = points[kept], np.diff(points, axis=0)[kept]
    first, last = start + enter[kept, None] * change, start + leave[kept, None] * change
    rows = np.stack([np.full_like(first, np.nan), first, last], axis=1)
    unbroken = (np.diff(kept) == 1) & (leave[kept[:-1]] == 1) & (enter[kept[1:]] == 0)
    wanted = np.ones(rows.shape[:2], dtype=bool)
    # A part that continues the one before needs no second start; the first part needs no gap before it.
    wanted[1:, :2] = ~unbroken[:, None]
    wanted[0, 0] = False
    parts: FloatArray = rows[wanted]
    return parts


def exit_of(points: FloatArray, box: Box) -> tuple[FloatArray, FloatArray] | None:
    """Return where a path that ends outside `box` crosses its edge for the last time, and the step that crosses it.

    None where the path ends inside, or never enters the box.
    """
    if len(points) < 2 or inside(points[-1:], box)[0]:
        return None
    enter, leave = _shares(points, box)
    kept = np.flatnonzero(enter < leave)
    if not kept.size:
        return None
    change = points[kept[-1] + 1] - points[kept[-1]]
    at = points[kept[-1]] + leave[kept[-1]] * change
    # Exactly on the edge, despite rounding.
    return np.clip(at, *np.array(box).T), change


def inside(points: FloatArray, box: Box) -> BoolArray:
    """Return which points, [n, 2], lie in `box`."""
    low, high = np.array(box).T
    found: BoolArray = ((points >= low) & (points <= high)).all(axis=1)
    return found


def _shares(points: FloatArray, box: Box) -> tuple[FloatArray, FloatArray]:
    """Return the shares of each step at which it enters and leaves `box`, [n - 1]; enter < leave where it is seen.

    Source: Liang and Barsky, A new concept and method for line clipping, 1984.
    """
    here, change = points[:-1], np.diff(points, axis=0)
    low, high = np.array(box).T
    with np.errstate(all="ignore"):
        edges = np.stack([(low - here) / change, (high - here) / change])
    # Along an axis without movement a step is either inside all the way or not at all.
    still = change == 0
    within = (here >= low) & (here <= high)
    enter = np.where(still, np.where(within, 0.0, np.inf), edges.min(axis=0))
    leave = np.where(still, np.where(within, 1.0, -np.inf), edges.max(axis=0))
    return np.maximum(enter.max(axis=1), 0.0), np.minimum(leave.min(axis=1), 1.0)
