"""The losses of a race as a plot of braille dots."""

from __future__ import annotations

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from lrviz.foundation.numerals import plural
from lrviz.render.text.braille import Frame, Trace, plot
from lrviz.render.text.presentable import presentable
from lrviz.results import Contest, Contestant, FloatArray

_BELOW, _ABOVE = 1e-3, 1e2
"""How far below the tolerance, and above the loss at the start, the axis reaches at the most."""
_LEAST = 1e-300
"""In place of a loss at or below the known minimum: below every axis."""


def loss_plot(contest: Contest, width: int, height: int) -> RenderableType:
    """Return the loss of every entry against the gradient evaluations it has cost, below a line that says so.

    f - f_min is drawn on a log axis, or f itself where no minimum is known.
    """
    contest = presentable(contest)
    minimum, tolerance = contest.function.minimum, contest.tolerance
    log = minimum is not None and tolerance is not None
    losses = [one.trajectory.loss - (minimum or 0.0) for one in contest.contestants]
    if log:
        losses = [np.where(np.isfinite(loss), np.maximum(loss, _LEAST), np.nan) for loss in losses]
    spent = [int(one.trajectory.spent[-1]) for one in contest.contestants]
    extent = max(*spent, 1)
    low, high = _limits(losses, tolerance) if log and tolerance is not None else _linear(losses)
    each = all(
        np.array_equal(one.trajectory.spent, np.arange(len(one.trajectory.spent))) for one in contest.contestants
    )
    noun = "step" if each else "evaluation"
    shown = tolerance is not None and log and low <= np.log10(tolerance) <= high
    frame = Frame(
        low, high, extent, plural(extent, noun), log, (tolerance, "tolerance") if shown and tolerance else None
    )
    traces = [
        Trace(_per_evaluation(one, loss), max(end, 1), one.name, index)
        for index, (one, loss, end) in enumerate(zip(contest.contestants, losses, spent, strict=True))
    ]
    noise = ", without noise" if contest.protocol.noise else ""
    what = f"loss: f − f_min{noise}, on a log axis" if log else f"loss: f{noise}"
    return Group(Text(what), plot(traces, frame, width, height))


def _per_evaluation(one: Contestant, loss: FloatArray) -> FloatArray:
    """Return the loss that stands after each evaluation from none on: that of the last step that is over."""
    spent = one.trajectory.spent
    rows = np.searchsorted(spent, np.arange(int(spent[-1]) + 1), side="right") - 1
    return np.asarray(loss[np.maximum(rows, 0)])


def _limits(losses: list[FloatArray], tolerance: float) -> tuple[float, float]:
    """Return the powers of ten between which the losses are drawn."""
    known = np.concatenate([loss[np.isfinite(loss)] for loss in losses])
    first = max(float(losses[0][0]), tolerance)
    high = np.log10(min(max(float(known.max()), first), first * _ABOVE))
    low = np.log10(max(float(known.min()), tolerance * _BELOW))
    return (float(low), float(high)) if high - low > 0.3 else (float(low) - 0.15, float(high) + 0.15)


def _linear(losses: list[FloatArray]) -> tuple[float, float]:
    """Return the losses between which they are drawn: at most so far from the start's as a hundred times its size."""
    known = np.concatenate([loss[np.isfinite(loss)] for loss in losses])
    first = float(losses[0][0])
    reach = _ABOVE * (abs(first) or 1.0)
    low, high = max(float(known.min()), first - reach), min(float(known.max()), first + reach)
    return (low, high) if high > low else (low - 0.5, high + 0.5)
