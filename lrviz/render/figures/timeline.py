"""The time axis that one schedule, or several in different units, are drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrviz.results import Curves

STEP = "optimizer step"


@dataclass(frozen=True, slots=True)
class Timeline:
    """One axis: `label` names it and `noun` its unit; `scales` holds the units per tick of each schedule.

    other: the label of a second scale and its units per unit of this one, where there is one.
    """

    label: str
    noun: str
    scales: tuple[float, ...]
    other: tuple[str, float] | None = None


def timeline(curves: Sequence[Curves]) -> Timeline:
    """Return the axis that holds every schedule of `curves`.

    One unit, and for steps one `steps_per_epoch`, stays as it is. Else ticks become epochs where every
    schedule knows its epochs, else optimizer steps where every schedule knows those, else they stay
    ticks and the label says so. A schedule in steps with one step an epoch has told nothing about epochs.
    """
    units = {one.unit for one in curves}
    rates = {one.steps_per_epoch for one in curves}
    ones = (1.0,) * len(curves)
    rate = curves[0].steps_per_epoch
    several = len(rates) > 1 or rate == 1
    if units == {"epoch"}:
        return Timeline("epoch", "epoch", ones, None if several else (STEP, float(rate)))
    if units == {"step"} and len(rates) == 1:
        return Timeline(STEP, "step", ones, None if several else ("epoch", 1 / rate))
    if all(one.unit == "epoch" or one.steps_per_epoch > 1 for one in curves):
        scales = tuple(1.0 if one.unit == "epoch" else 1 / one.steps_per_epoch for one in curves)
        return Timeline("epoch  (steps converted with their steps per epoch)", "epoch", scales)
    if all(one.unit == "step" or one.steps_per_epoch > 1 for one in curves):
        scales = tuple(1.0 if one.unit == "step" else float(one.steps_per_epoch) for one in curves)
        label = STEP if units == {"step"} else f"{STEP}  (epochs converted with their steps per epoch)"
        return Timeline(label, "step", scales)
    return Timeline("tick  (one epoch or one optimizer step, as each schedule counts)", "tick", ones)
