"""The cross-check of a path: each step of torch recomputed by the reference, from torch's own point and state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrviz.documents.averaging import Averaging
from lrviz.engines.compare.lbfgs import ROUNDING, retraced
from lrviz.engines.reference.averaging import averaged
from lrviz.engines.reference.control import Control, optimizer_now
from lrviz.engines.tasks.race import Tape
from lrviz.optimizers import Optimizer
from lrviz.optimizers.first_order import FirstOrder, State
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.results import FloatArray, Replayed

_AVERAGES_AGREE = 1e-10
"""The largest difference between averages, as a share of the path's extent, that counts as rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    """What the steps led to, in both engines: the point, a part of the state, or the average.

    names: of its parts; ours, theirs: [parts, steps]; extent: [steps], the largest |value| of torch
    until then, by which differences are divided; allowed: the largest quotient that counts as rounding.
    """

    names: Sequence[str]
    ours: FloatArray
    theirs: FloatArray
    extent: FloatArray
    allowed: float

    def absolute(self) -> FloatArray:
        """Return the differences, [parts, steps]; values that are both not finite do not differ."""
        alike = (self.ours == self.theirs) | ~(np.isfinite(self.ours) | np.isfinite(self.theirs))
        return np.where(alike, 0.0, np.nan_to_num(np.abs(self.ours - self.theirs), nan=np.inf))

    def relative(self) -> FloatArray:
        """Return the differences as shares of the extent, [parts, steps]."""
        absolute = self.absolute()
        return np.where(absolute == 0, 0.0, absolute / self.extent)

    def moved_by_rounding(self, nudged: _Outcome) -> NDArray[np.bool_]:
        """Return in which steps the reference's own values move by more than is allowed when rounding nudges them."""
        own = np.where(np.isfinite(self.ours), np.abs(self.ours), 0.0).max(axis=0)
        beside = replace(self, theirs=nudged.ours, extent=np.maximum(self.extent, own))
        moved: NDArray[np.bool_] = np.any(beside.relative() > self.allowed, axis=0)
        return moved


def replay(
    tape: Tape, optimizer: Optimizer, free: FloatArray | None = None, averaging: Averaging | None = None
) -> Replayed:
    """Recompute each step of a tape from torch's own point, gradient and state, and compare the results.

    These are the point, and the state that the next step starts from. No step builds on another one of
    the reference's, so that a chaotic surface cannot turn rounding into a disagreement.

    free: [steps + 1, 2], the reference's own path; averaging: how the tape's average was made.

    Formula:
        max_rel = max |difference| / max |x| of the path so far
    """
    if not tape.made:
        return Replayed("agree", 0.0, 0.0, ran=tape.ran, uncounted="no step was made")
    with np.errstate(all="ignore"):
        extent = _extent(tape.path[: tape.made + 1].T)[1:]
        rows = slice(1, tape.made + 1)
        if isinstance(optimizer, LBFGS):
            reached, uncounted = retraced(tape, optimizer, extent)
            outcomes = [_Outcome("xy", reached, tape.path[rows].T, extent, optimizer.agreement)]
        else:
            assert isinstance(optimizer, FirstOrder)
            outcomes, uncounted = _counted(tape, optimizer, extent)
        shown, hidden = outcomes[:1], outcomes[1:]
        if averaging is not None and tape.average is not None:
            expected = averaged(tape.path[: tape.made + 1], averaging)[rows].T
            names = ("average of x", "average of y")
            shown.append(_Outcome(names, expected, tape.average[rows].T, extent, _AVERAGES_AGREE))
        apart = None if free is None else _farthest(tape.path, free)
        return replace(_judged(shown, hidden), ran=tape.ran, free_max_abs=apart, uncounted=uncounted)


def _judged(shown: Sequence[_Outcome], hidden: Sequence[_Outcome]) -> Replayed:
    """Return the verdict on every outcome, with the largest differences of those that a picture shows."""
    max_abs = max(float(one.absolute().max()) for one in shown)
    max_rel = max(float(one.relative().max()) for one in shown)
    wrong = []
    for one in (*shown, *hidden):
        parts, steps = np.nonzero(one.relative() > one.allowed)
        wrong += [(int(step), one, int(part)) for part, step in zip(parts, steps, strict=True)]
    if not wrong:
        return Replayed("agree", max_abs, max_rel)
    step, one, part = min(wrong, key=lambda found: found[0])
    return Replayed(
        "disagree",
        max_abs,
        max_rel,
        step,
        param=one.names[part],
        expected=float(one.ours[part, step]),
        found=float(one.theirs[part, step]),
    )


def _counted(tape: Tape, optimizer: FirstOrder, extent: FloatArray) -> tuple[list[_Outcome], str]:
    """Return what the steps led to, with torch's values in steps that magnify rounding, and their number in words.

    Such steps take the difference of two numbers that are nearly one, as centered RMSprop does with the
    averages of g² and g where the gradient hardly changes.
    """
    outcomes = _updated(tape, optimizer, extent)
    apart = np.any([(one.relative() > one.allowed).any(axis=0) for one in outcomes], axis=0)
    if not apart.any():
        return outcomes, ""
    nudged = _updated(tape, optimizer, extent, ROUNDING)
    moved = [one.moved_by_rounding(other) for one, other in zip(outcomes, nudged, strict=True)]
    magnified = apart & np.any(moved, axis=0)
    if not magnified.any():
        return outcomes, ""
    left_out = [replace(one, ours=np.where(magnified, one.theirs, one.ours)) for one in outcomes]
    return left_out, f"{magnified.sum()} of {tape.made} steps not compared: they amplify rounding"


def _updated(tape: Tape, optimizer: FirstOrder, extent: FloatArray, nudge: float = 0.0) -> list[_Outcome]:
    """Return what the steps lead to: the points, then each part of the state.

    The first step starts from the reference's own fresh state; all others are computed side by side, one
    path each, where no hyperparameter but lr changes between them. nudge: the share by which the
    gradients and the state are changed first, every other one of them downwards.
    """
    made = tape.made
    control = Control(tape.lr[:, None], tape.params)
    constant = all((values[:made] == values[0]).all() for values in tape.params.values())
    edges = [0, 1, *([] if constant else range(2, made)), made]
    batches = [slice(*pair) for pair in pairwise(edges) if pair[0] < pair[1]]
    points, states = [], []
    for batch in batches:
        x, g, lr = tape.path[batch].T.copy(), tape.calls[batch, 4:].T.copy(), tape.lr[batch]
        now = optimizer_now(optimizer, control, batch.start)
        before = tape.state[batch.start - 1 : batch.stop - 1]
        state = _stacked(before) if batch.start else now.fresh(x, lr)
        if nudge:
            g *= 1 + nudge
            # Counters are exact.
            for name, sign in zip((name for name in state if name != "step"), cycle((-1, 1)), strict=False):
                state[name] = state[name] * (1 + sign * nudge)
        now.update(x, g, state, lr)
        points.append(x)
        states.append(state)
    reached = np.concatenate(points, axis=1)
    outcomes = [_Outcome("xy", reached, tape.path[1 : made + 1].T, extent, optimizer.agreement)]
    for name, left in _stacked(tape.state).items():
        # No step uses what only torch keeps.
        if name in states[0]:
            theirs = np.atleast_2d(left)
            sizes = [(len(theirs), batch.stop - batch.start) for batch in batches]
            ours = [np.broadcast_to(state[name], size) for state, size in zip(states, sizes, strict=True)]
            names = [name] if len(theirs) == 1 else [f"{name} of {coordinate}" for coordinate in "xy"]
            outcomes.append(_Outcome(names, np.concatenate(ours, axis=1), theirs, _extent(theirs), optimizer.agreement))
    return outcomes


def _stacked(states: Sequence[Mapping[str, Any]]) -> State:
    """Return states of single paths as one of many: numbers as [steps], the elements of a parameter as [2, steps]."""
    return {name: np.array([one[name] for one in states], dtype=np.float64).T.copy() for name in states[0]}


def _extent(values: FloatArray) -> FloatArray:
    """Return the largest finite |value| of [parts, rows] in each row and those before it."""
    sizes = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=0)
    return np.maximum.accumulate(sizes)


def _farthest(path: FloatArray, other: FloatArray) -> float:
    """Return the largest distance between the rows of two paths, [rows, 2], that are both finite."""
    away = np.hypot(*(path - other).T)
    return float(away.max(where=np.isfinite(away), initial=0.0))
