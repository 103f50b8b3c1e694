"""What the parameters of a schedule do: a small panel for each of them, with a curve for each of its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from matplotlib.axes import Axes

from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures import schedule_words, style
from lrviz.render.figures.end_labels import EndLabel, margin
from lrviz.render.figures.heading import Heading
from lrviz.render.figures.lines import Line, distinct_lines
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.panel import draw_rates, draw_values
from lrviz.render.figures.picture import VERDICT
from lrviz.render.figures.text_size import resolution, wrap
from lrviz.render.figures.timeline import Timeline, timeline
from lrviz.render.text.names import told_apart
from lrviz.render.variations import Variation
from lrviz.results import Curves

DPI = 120
WIDTH, COLUMNS = 10.0, 3
"""Inches, and how many panels are in a row; four are two by two."""
EDGE, LEFT, BETWEEN = 0.14, 0.52, 0.16
"""Inches at the edges, left of a panel for its numbers, and right of its labels."""
WIDEST = 1.05
"""Inches of a label."""
NAME, TIME = 0.5, 0.42
"""Inches over a panel for its name, and under it for its time axis."""
HIGH = {1: 2.6, 2: 1.9, 3: 1.45}
"""Inches of a panel, by how many are in a row."""


def compose_variations(curves: Sequence[Curves], axes: ScheduleAxes, panels: Sequence[Variation]) -> ShownFigure:
    """Lay out a panel for each of `panels`, which hold the curves in their order."""
    columns = min(len(panels), 2 if len(panels) == 4 else COLUMNS)
    rows, high = -(-len(panels) // columns), HIGH[columns]
    cell = (WIDTH - 2 * EDGE) / columns
    shared, _ = told_apart(curves)
    each = " in each panel" if len(panels) > 1 else ""
    told = f"one parameter varies{each}, the others are constant · {schedule_words.words(curves[0])}"
    heading = Heading.of(shared or curves[0].name, [told], WIDTH, EDGE, DPI, most=1)
    head = heading.bottom + 0.12
    whole = round((head + rows * (NAME + high + TIME) + VERDICT) * DPI) / DPI
    figure = ShownFigure((WIDTH, whole), dpi=DPI)
    heading.draw(figure)
    cells = [_Cell.of(own, one, panel) for own, one, panel in _split(curves, axes, panels)]
    # The widest labels of any panel decide how wide all panels are: one time axis, one scale.
    wide = cell - LEFT - BETWEEN - max(margin(one.labels, DPI) for one in cells) / DPI
    for at, one in enumerate(cells):
        left = EDGE + LEFT + at % columns * cell
        top = head + at // columns * (NAME + high + TIME)
        ax = figure.add_axes((left / WIDTH, 1 - (top + NAME + high) / whole, wide / WIDTH, high / whole), gid="panel")
        one.draw(ax)
        one.name(ax, (cell - BETWEEN) * DPI)
        if at + columns < len(cells):
            ax.set_xlabel("")
    return figure


def _split(
    curves: Sequence[Curves], axes: ScheduleAxes, panels: Sequence[Variation]
) -> Iterator[tuple[list[Curves], ScheduleAxes, Variation]]:
    """Yield the curves of each panel, under the names that they have in it, and their axes."""
    first = 0
    for panel in panels:
        last = first + len(panel.names)
        named = zip(curves[first:last], panel.names, strict=True)
        yield [replace(one, name=name) for one, name in named], replace(axes, windows=axes.windows[first:last]), panel
        first = last


@dataclass(frozen=True, slots=True)
class _Cell:
    """A panel: its curves, and their quantity: lr, or what else the parameter changes where lr stays the same."""

    panel: Variation
    curves: Sequence[Curves]
    axis: Timeline
    log: bool
    deep: bool
    quantity: str
    lines: Sequence[Line]
    labels: Sequence[EndLabel]

    @classmethod
    def of(cls, curves: Sequence[Curves], axes: ScheduleAxes, panel: Variation) -> _Cell:
        axis, log = timeline(curves, axes), axes.logarithmic(curves)
        names = ["lr", *dict.fromkeys(name for one in curves for name in one.params)]
        found = {name: distinct_lines(curves, axis, name) for name in names}
        quantity = next((name for name, lines in found.items() if len(lines) > 1), "lr")
        lines = found[quantity]
        told = [wrap(line.label, WIDEST * DPI, style.SMALL, DPI, most=3, weight="bold") for line in lines]
        labels = [EndLabel(line, tuple(rows), style.SMALL, plain=True) for line, rows in zip(lines, told, strict=True)]
        return cls(panel, curves, axis, log, axes.log is not None, quantity, lines, labels)

    def draw(self, ax: Axes) -> None:
        """Draw the curves."""
        if self.quantity == "lr":
            draw_rates(ax, self.curves, self.labels, self.axis, log=self.log, deep=self.deep, small=True)
        else:
            draw_values(ax, self.curves, self.lines, self.labels, self.axis, name=self.quantity)
        log = " (log)" if self.quantity == "lr" and self.log else ""
        ax.set_ylabel(f"{self.quantity.replace('_', ' ')}{log}", fontsize=style.SMALL)
        ax.yaxis.set_label_coords(-(LEFT - 0.1) * resolution(ax) / ax.get_window_extent().width, 0.5)
        ax.xaxis.label.set_fontsize(style.SMALL)

    def name(self, ax: Axes, room: float) -> None:
        """Write over the panel which parameter varies, and what that is, in `room` pixels."""
        dpi, high = resolution(ax), ax.get_window_extent().height
        small = style.SMALL - 0.5
        for text, up, size, weight, colour, most in (
            (self.panel.title, NAME - 0.02, style.TEXT, "bold", style.INK, 1),
            (self.panel.words, NAME - 0.18, small, "normal", style.FAINT, 2),
        ):
            ax.text(
                -(LEFT - 0.1) * dpi / ax.get_window_extent().width, 1 + up * dpi / high,
                "\n".join(wrap(text, room, size, dpi, most=most, weight=weight)), transform=ax.transAxes,
                fontsize=size, weight=weight, color=colour, ha="left", va="top", linespacing=1.1, gid="panel title",
                parse_math=False,
            )  # fmt: skip
