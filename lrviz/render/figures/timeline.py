"""The time axis that one schedule, or several in different units, are drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrviz.foundation.numerals import short
from lrviz.language.window import Window
from lrviz.render.axes import ScheduleAxes
from lrviz.results import Curves

STEP = "optimizer step"
_SHARE = "of the run"
_WHOLE = ScheduleAxes()


@dataclass(frozen=True, slots=True)
class Timeline:
    """One axis: `label` names it and `noun` its unit; `scales` holds the units per tick of each schedule.

    other: the label of a second scale and its units per unit of this one, where there is one; windows: the ticks
    of each schedule that are drawn; limits: where they begin and end on the axis.
    """

    label: str
    noun: str
    scales: tuple[float, ...]
    other: tuple[str, float] | None
    windows: tuple[Window, ...]
    limits: tuple[float, float]

    @property
    def share(self) -> bool:
        """Whether the axis counts shares of the run."""
        return self.noun == _SHARE

    def place(self, x: float) -> str:
        """Say where on the axis x is: epoch 5, step 2,000, 5.6% of the run."""
        if self.share:
            return f"{short(100 * x, 3)}% {_SHARE}"
        return f"{self.noun} {f'{x:,.0f}' if float(x).is_integer() else f'{x:,.2f}'}"


def timeline(curves: Sequence[Curves], axes: ScheduleAxes = _WHOLE) -> Timeline:
    """Return the axis that holds every schedule of `curves`, as far as it is drawn."""
    label, noun, scales, other = _unit(curves) if axes.x == "time" else _share(curves)
    windows = axes.ticks(curves)
    drawn = list(zip(curves, windows, scales, strict=True))
    left = min(start * scale for _, (start, _), scale in drawn)
    right = max(min(stop, one.extent) * scale for one, (_, stop), scale in drawn)
    return Timeline(label, noun, scales, other, windows, (left, right))


_Unit = tuple[str, str, tuple[float, ...], tuple[str, float] | None]
"""Label, noun, scales and other scale of an axis."""


def _share(curves: Sequence[Curves]) -> _Unit:
    one = curves[0]
    other = (one.unit if one.unit == "epoch" else STEP, one.extent) if len(curves) == 1 else None
    return "share of the run", _SHARE, tuple(1 / one.extent for one in curves), other


def _unit(curves: Sequence[Curves]) -> _Unit:
    """Return the axis in epochs or steps.

    One unit, and for steps one `steps_per_epoch`, stays as it is. Else ticks become epochs where every
    schedule knows its epochs, else optimizer steps where every schedule knows those, else they stay
    ticks and the label says so. A schedule in steps with one step per epoch says nothing about epochs.
    """
    units = {one.unit for one in curves}
    rates = {one.steps_per_epoch for one in curves}
    ones = (1.0,) * len(curves)
    rate = curves[0].steps_per_epoch
    several = len(rates) > 1 or rate == 1
    if units == {"epoch"}:
        return ("epoch", "epoch", ones, None if several else (STEP, float(rate)))
    if units == {"step"} and len(rates) == 1:
        return (STEP, "step", ones, None if several else ("epoch", 1 / rate))
    if all(one.unit == "epoch" or one.steps_per_epoch > 1 for one in curves):
        scales = tuple(1.0 if one.unit == "epoch" else 1 / one.steps_per_epoch for one in curves)
        return "epoch  (steps converted with their steps per epoch)", "epoch", scales, None
    if all(one.unit == "step" or one.steps_per_epoch > 1 for one in curves):
        scales = tuple(1.0 if one.unit == "step" else float(one.steps_per_epoch) for one in curves)
        label = STEP if units == {"step"} else f"{STEP}  (epochs converted with their steps per epoch)"
        return label, "step", scales, None
    return "tick  (one epoch or one optimizer step, as each schedule counts)", "tick", ones, None
