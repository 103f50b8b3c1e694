"""LBFGS's steps recomputed by the reference, from the evaluations that torch made."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from lrviz.engines.tasks.race import Tape
from lrviz.optimizers.plane import Pair, largest
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.optimizers.torch.strong_wolfe import SearchFailed
from lrviz.results import FloatArray

ROUNDING = 1e-14
"""A change, as a share of a value, that is no more than rounding."""
_NUDGES = 8
"""How many random roundings are tried before a difference counts."""
_NOWHERE = (math.nan, math.nan)


def retraced(tape: Tape, optimizer: LBFGS, extent: FloatArray) -> tuple[FloatArray, str]:
    """Return the points that the steps lead to, [2, steps], and which steps could not be compared, in words.

    Those are the steps that rounding alone leads to another point, or to more or fewer evaluations than torch
    made: near-collinear curvature pairs magnify it, and so does a line search along which the loss is
    nearly linear. They are left at torch's point. Where the evaluations differ and no rounding explains
    it, the point is NaN. extent: [steps], the largest |x| until then.
    """
    points = tape.path[1 : tape.made + 1].copy()
    other_calls = magnified = 0
    for step, point in enumerate(points):
        # The end of this step may be far from its first evaluation.
        far = float(extent[step - 1]) if step else largest((float(tape.path[0, 0]), float(tape.path[0, 1])))
        asked = [(x, y) for x, y in tape.calls[_calls(tape, step), 1:3].tolist()]
        torchs = _Trace(asked, (float(point[0]), float(point[1])))
        ours = _trace(tape, optimizer, step, np.zeros((len(asked), 3)))
        end = ours.end if len(ours.asked) == len(asked) else None
        if end is not None and _apart(end, torchs.end or _NOWHERE) <= optimizer.agreement * extent[step]:
            points[step] = end
            continue
        signs = np.random.default_rng(step).choice((-ROUNDING, ROUNDING), (_NUDGES, len(asked), 3))
        parted = _parting(ours, torchs, optimizer, far)
        if any(_parting(ours, _trace(tape, optimizer, step, nudge), optimizer, far) <= parted for nudge in signs):
            other_calls += end is None
            magnified += end is not None
        else:
            points[step] = end or _NOWHERE
    left_out = {
        "with other evaluations": other_calls,
        "in which the line search or near-collinear curvature pairs amplify rounding": magnified,
    }
    reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.items() if count)
    return points.T, f"{sum(left_out.values())} of {tape.made} steps not compared: {reasons}" if reasons else ""


class _Trace(NamedTuple):
    """A step: the points at which it evaluates loss and gradient, and where it ends; None where it needs more."""

    asked: list[Pair]
    end: Pair | None

    def points(self) -> list[tuple[Pair, bool]]:
        """Return every point, and whether it is the end."""
        ends = [] if self.end is None else [(self.end, True)]
        return [*((point, False) for point in self.asked), *ends]


def _calls(tape: Tape, step: int) -> slice:
    """Return which of the closure calls a step made."""
    return slice(int(tape.spent[step]), int(tape.spent[step + 1]))


def _trace(tape: Tape, optimizer: LBFGS, step: int, nudge: FloatArray) -> _Trace:
    """Make a step from torch's point and state, with what torch's closure returned.

    nudge: [calls, 3], what is added to loss and gradient, as a share of their size there or at the start of the step:
    where a point is the small difference of large numbers its rounding is that of the large ones.
    """
    # A shallow copy is enough: items of the memory are added and dropped, never changed.
    before = tape.state[step - 1] if step else {}
    state: dict[str, Any] = {name: [*kept] if isinstance(kept, list) else kept for name, kept in before.items()}
    x, y = tape.path[step].tolist()
    search = optimizer.step((x, y), state, float(tape.lr[step]))
    asked = [next(search)]
    told = tape.calls[_calls(tape, step), 3:]
    size = np.fmax(np.abs(told), np.abs(told[0]))
    for loss, gx, gy in np.where(np.isfinite(size), told + nudge * size, told).tolist():
        try:
            asked.append(search.send((loss, gx, gy)))
        except StopIteration as done:
            return _Trace(asked, done.value)
        except SearchFailed:
            return _Trace(asked, _NOWHERE)
    return _Trace(asked, None)


def _parting(one: _Trace, other: _Trace, optimizer: LBFGS, extent: float) -> float:
    """Return how many points two traces have in common, infinite if all of them."""
    for index, ((a, a_ends), (b, b_ends)) in enumerate(zip(one.points(), other.points(), strict=False)):
        # A line search may evaluate points far beyond the path.
        if a_ends != b_ends or _apart(a, b) > optimizer.agreement * max(extent, largest(b)):
            return index
    return math.inf


def _apart(point: Pair, other: Pair) -> float:
    """Return the largest difference of a coordinate; points that are both not finite do not differ."""
    if not np.isfinite(point).all() and not np.isfinite(other).all():
        return 0.0
    return float(np.nan_to_num(np.abs(np.subtract(point, other)), nan=np.inf).max())
