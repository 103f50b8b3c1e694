"""The losses of a race as a plot of braille dots."""

from __future__ import annotations

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from lrviz.foundation.numerals import plural
from lrviz.render.terminal.braille import Frame, Trace, plot
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
    entries = contest.contestants
    curves = [(one.name, one, one.trajectory.loss, index) for index, one in enumerate(entries)]
    curves += [
        (f"{one.name}: {one.average.words}", one, one.average.loss, index)
        for index, one in enumerate(entries)
        if one.average is not None
    ]
    losses = [loss - (minimum or 0.0) for _, _, loss, _ in curves]
    extent = max(*(one.evaluations for one in entries), 1)
    if tolerance is not None:
        losses = [np.where(np.isfinite(loss), np.maximum(loss, _LEAST), np.nan) for loss in losses]
        low, high = _limits(losses, tolerance)
        shown = (tolerance, "tolerance") if low <= np.log10(tolerance) <= high else None
        what = "f − f_min"
    else:
        (low, high), shown, what = _linear(losses), None, "f"
    noun = contest.unit.removeprefix("gradient ")
    frame = Frame(low, high, extent, plural(extent, noun), tolerance is not None, shown)
    traces = [
        Trace(_per_evaluation(one, loss), max(one.evaluations, 1), label, index)
        for (label, one, _, index), loss in zip(curves, losses, strict=True)
    ]
    noise = ", without noise" if contest.protocol.noise else ""
    axis = ", on a log axis" if frame.log else ""
    return Group(Text(f"loss: {what}{noise}{axis}"), plot(traces, frame, width, height))


def _per_evaluation(one: Contestant, loss: FloatArray) -> FloatArray:
    """Return the loss after 0, 1, 2, ... evaluations: that of the last finished step."""
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
    return (low, high) if high / 2 > low / 2 else (low - 0.5, high + 0.5)
