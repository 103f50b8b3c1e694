"""The axes of schedules: as asked for, or by default as their values need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lrviz.foundation.arrays import FloatArray, np

if TYPE_CHECKING:
    from lrviz.language.window import Window
    from lrviz.results import Curves

X = Literal["time", "share"]
"""Along the axis: epochs or steps, or the share of the run, on which runs of any length compare."""

UNLIKE = 30.0
"""A curve that is smaller by more than this factor would look flat next to the other."""
_VANISHES, _DROPS = 0.02, 1.5
"""A drop by this factor or more that takes less than this share of a linear axis is not seen."""
_SHOWN = 0.95
"""Share of a line's values that must be above 0 for a log axis by default."""


@dataclass(frozen=True, slots=True)
class ScheduleAxes:
    """log: None lets the values decide; windows: a part of each schedule, none for all of them whole."""

    log: bool | None = None
    x: X = "time"
    windows: tuple[Window, ...] = ()

    def ticks(self, curves: Sequence[Curves]) -> tuple[Window, ...]:
        """Return the ticks of each schedule that are drawn."""
        return self.windows or tuple((0, one.steps) for one in curves)

    def logarithmic(self, curves: Sequence[Curves]) -> bool:
        """Return whether the learning rates are drawn on a log axis.

        By default: if the peaks differ by more than a factor of 30, or if a drop would not be visible.
        """
        if self.log is not None:
            return self.log
        if len(curves) == 1 and len(curves[0].groups) == 1 and not curves[0].marks:
            return False
        lines = list(_lines(curves, self.ticks(curves)))
        if not lines or not all((line > 0).mean() >= _SHOWN and line.min() >= 0 for line in lines):
            return False
        peaks = [float(line.max()) for line in lines]
        return unlike(peaks) or any(
            _drops_vanish(one, window, max(peaks)) for one, window in zip(curves, self.ticks(curves), strict=True)
        )

    def apart(self, curves: Sequence[Curves], lengths: Sequence[float]) -> bool:
        """Return whether the schedules need a panel each: neither axis lets them be read over one another.

        Their lengths on a common axis differ by more than a factor of 30, or their peaks do and some values are
        not above 0. What was asked for, `x` or `log`, keeps them on common axes.
        """
        if len(curves) == 1:
            return False
        peaks = [float(line.max()) for line in _lines(curves, self.ticks(curves))]
        return (self.x == "time" and unlike(lengths)) or (
            self.log is None and unlike(peaks) and not self.logarithmic(curves)
        )


def unlike(sizes: Sequence[float]) -> bool:
    """Return whether positive sizes differ by more than a factor of 30."""
    known = [size for size in sizes if size > 0]
    return bool(known) and max(known) > UNLIKE * min(known)


def _lines(curves: Sequence[Curves], windows: Sequence[Window]) -> Iterator[FloatArray]:
    """Yield the finite values of each group, where there are any."""
    for one, (start, stop) in zip(curves, windows, strict=True):
        for group in range(len(one.groups)):
            values = one.lr[start:stop, group]
            values = values[np.isfinite(values)]
            if values.size:
                yield values


def _drops_vanish(one: Curves, window: Window, peak: float) -> bool:
    """Return whether the lr drops somewhere by too little to be seen on an axis that reaches up to `peak`."""
    start, stop = window
    at = np.array([mark.tick for mark in one.marks if start < mark.tick < stop and mark.kind in ("drop", "reduction")])
    if not at.size:
        return False
    before, after = one.lr[at - 1], one.lr[at]
    known = np.isfinite(before) & np.isfinite(after) & (after > 0)
    before, after = before[known], after[known]
    return bool(((before - after < _VANISHES * peak) & (after <= before / _DROPS)).any())
