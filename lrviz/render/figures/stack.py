"""The panels of schedules on one time axis: the learning rates, and below them whatever else the schedules hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes

from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures import style
from lrviz.render.figures.end_labels import EndLabel, end_labels, margin
from lrviz.render.figures.lines import Line, distinct_lines
from lrviz.render.figures.metric import BEST, GAP, METRIC, draw_metrics
from lrviz.render.figures.panel import draw_rates, draw_values
from lrviz.render.figures.text_size import width
from lrviz.render.figures.ticks import numeral, second_scale
from lrviz.render.figures.timeline import Timeline, timeline
from lrviz.results import Curves

PANEL, BETWEEN, SECOND_SCALE = 1.05, 0.16, 0.32
"""Inches: the height of each low panel, the space above it, and what a second scale needs above the first."""
TALLEST = 12.0
"""Inches the learning-rate panel may grow to where many labels stand beside it."""
MOST_LABELS = 6
"""Lines that a low panel has room to label; more of them have only their colours."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What is drawn over one time axis, with its labels; rates, others: inches of the panels of lr and params."""

    curves: Sequence[Curves]
    axis: Timeline
    log: bool
    deep: bool
    labels: Sequence[EndLabel]
    params: dict[str, tuple[Sequence[Line], Sequence[EndLabel]]]
    metric: bool
    rates: float
    others: float

    @classmethod
    def of(
        cls, curves: Sequence[Curves], axes: ScheduleAxes, dpi: float, rates: float, tallest: float = TALLEST
    ) -> Stack:
        """Make the labels of schedules in one panel, which grows up to `tallest` inches for them.

        Where lr is constant and another hyperparameter is not, the latter has the high panel, of `rates` inches.
        """
        axis, log = timeline(curves, axes), axes.logarithmic(curves)
        lines = distinct_lines(curves, axis)
        labels = end_labels(lines, dpi, tallest * dpi, numeral([line.values for line in lines], log=log))
        found = {name: distinct_lines(curves, axis, name) for name in _params(curves)}
        swapped = not _vary(lines) and any(map(_vary, found.values()))
        rates, others = (PANEL, rates / len(found)) if swapped else (rates, PANEL)
        params: dict[str, tuple[Sequence[Line], Sequence[EndLabel]]] = {}
        for name, own in found.items():
            # A line that all share needs no name.
            told = own if len(own) > 1 else [replace(own[0], label="")]
            params[name] = own, end_labels(told, dpi, others * dpi) if len(own) <= MOST_LABELS else ()
        rates = min(max(rates, sum(label.height(dpi) for label in labels) / dpi), tallest)
        metric = any(one.metric is not None for one in curves)
        return cls(curves, axis, log, axes.log is not None, labels, params, metric, rates, others)

    def margin(self, dpi: float) -> float:
        """Return the pixels right of the axes that the labels need."""
        best = width(BEST, style.SMALL, dpi) + GAP * dpi if self.metric and len(self.curves) == 1 else 0.0
        labels = [self.labels, *(own for _, own in self.params.values())]
        return max(best, *(margin(some, dpi) for some in labels if some))

    @property
    def above(self) -> float:
        """Inches above the first panel that its second scale needs."""
        return SECOND_SCALE if self.axis.other else 0.0

    @property
    def height(self) -> float:
        """Inches from the top of the first panel to the foot of the last."""
        return self.rates + len(self.params) * (BETWEEN + self.others) + self.metric * (BETWEEN + METRIC)

    def draw(self, panel: Callable[[float, float], Axes], under: float, bins: int) -> None:
        """Fill the panels from `under` inches on; panel: makes one, of what lies above it and its height in inches."""
        panels = [panel(under, self.rates)]
        draw_rates(panels[0], self.curves, self.labels, self.axis, log=self.log, deep=self.deep)
        second_scale(panels[0], self.axis, bins)
        under += self.rates + BETWEEN
        for name, (lines, labels) in self.params.items():
            panels.append(panel(under, self.others))
            draw_values(panels[-1], self.curves, lines, labels, self.axis, name=name)
            under += self.others + BETWEEN
        if self.metric:
            panels.append(panel(under, METRIC))
            draw_metrics(panels[-1], self.curves, self.axis)
        for ax in panels[:-1]:
            ax.set_xlabel("")
            ax.tick_params(labelbottom=False)


def _vary(lines: Sequence[Line]) -> bool:
    return any((line.values[1:] != line.values[:-1]).any() for line in lines)


def _params(curves: Sequence[Curves]) -> list[str]:
    """Return the hyperparameters besides lr: first what a scheduler cycles, then the others in their order."""
    names = dict.fromkeys(name for one in curves for name in one.params)
    return sorted(names, key=lambda name: name not in ("momentum", "beta1"))
