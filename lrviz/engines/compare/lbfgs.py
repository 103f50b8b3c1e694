"""LBFGS's steps made again by the reference, from the evaluations that torch made."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from lrviz.engines.tasks.race import Tape
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.results import FloatArray

ROUNDING = 1e-14
"""A change, as a share of a value, that is no more than rounding."""


def retraced(tape: Tape, optimizer: LBFGS, extent: FloatArray) -> tuple[FloatArray, str]:
    """Return the points that the steps lead to, [2, steps], and which steps could not be compared, in words.

    Those are the steps that rounding alone leads elsewhere, or to more or fewer evaluations than torch
    made: near-collinear curvature pairs magnify it. They are left at torch's point. Where the
    evaluations differ and no rounding explains it, the point is NaN. extent: [steps], the largest |x|
    until then.
    """
    points = tape.path[1 : tape.made + 1].copy()
    other_calls = magnified = 0
    for step in range(tape.made):
        bound = optimizer.agreement * extent[step]
        reached = _step(tape, optimizer, step, 0.0)
        if reached is not None and _apart(reached, points[step]) <= bound:
            points[step] = reached
            continue
        nudged = [_step(tape, optimizer, step, nudge) for nudge in (ROUNDING, -ROUNDING)]
        if reached is None:
            explained = any(other is not None for other in nudged)
            other_calls += explained
        else:
            explained = any(other is None or _apart(reached, other) > bound for other in nudged)
            magnified += explained
        if not explained:
            points[step] = np.nan if reached is None else reached
    left_out = {
        "with other evaluations": other_calls,
        "in which near-collinear curvature pairs magnify rounding": magnified,
    }
    reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.items() if count)
    return points.T, f"{sum(left_out.values())} of {tape.made} steps not compared: {reasons}" if reasons else ""


def _step(tape: Tape, optimizer: LBFGS, step: int, nudge: float) -> Sequence[float] | None:
    """Make a step from torch's point, state and evaluations; return where it ends.

    None where it wants more or fewer evaluations than torch made. nudge: the share by which the
    gradients are changed first, x up and y down.
    """
    state: dict[str, Any] = deepcopy(dict(tape.state[step - 1])) if step else {}
    x, y = tape.path[step].tolist()
    search = optimizer.step((x, y), state, float(tape.lr[step]))
    calls = tape.calls[tape.spent[step] : tape.spent[step + 1], 3:].tolist()
    next(search)
    try:
        for loss, gx, gy in calls[:-1]:
            search.send((loss, gx * (1 + nudge), gy * (1 - nudge)))
    except StopIteration:
        return None
    try:
        loss, gx, gy = calls[-1]
        search.send((loss, gx * (1 + nudge), gy * (1 - nudge)))
    except StopIteration as done:
        reached: Sequence[float] = done.value
        return reached
    return None


def _apart(point: Sequence[float], other: Sequence[float]) -> float:
    """Return the largest difference of a coordinate; points that are both not finite do not differ."""
    if not np.isfinite(point).all() and not np.isfinite(other).all():
        return 0.0
    return float(np.nan_to_num(np.abs(np.subtract(point, other)), nan=np.inf).max())
