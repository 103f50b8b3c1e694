"""The layout of a picture: heading, panels and margins, known before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matplotlib.axes import Axes

from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures import schedule_words, style
from lrviz.render.figures.heading import Heading
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.stack import Stack
from lrviz.render.figures.text_size import width, wrap
from lrviz.render.figures.timeline import timeline
from lrviz.render.text.names import told_apart
from lrviz.results import Curves

DPI = 120
WIDTH, RATES, APART = 10.0, 3.75, 2.1
"""Inches: the picture's width, the height of the learning-rate panel, and of each of several."""
EDGE, LEFT, RIGHT, BOTTOM, TOP = 0.14, 1.0, 0.3, 0.84, 0.2
NAME, TIME = 0.28, 0.66
"""Inches above a schedule with a panel of its own, for its name, and below it, for its time axis."""


def compose(curves: Sequence[Curves], axes: ScheduleAxes) -> ShownFigure:
    """Lay a picture of `curves` out from top to bottom, in inches, and fill its panels.

    Schedules that would be unreadable in one panel have panels of their own, one below the other.
    """
    shared, curves = told_apart(curves)
    stacks = _stacks(curves, axes)
    apart = len(stacks) > 1

    room = (WIDTH - 2 * EDGE) * DPI
    told = schedule_words.part(curves, axes.ticks(curves))
    told = told if apart else schedule_words.subtitle(curves) + told
    told += [row for one in stacks for row in schedule_words.groups(one.curves, [label.line for label in one.labels])][
        :1
    ]
    heading = Heading.of(schedule_words.title(shared, curves, room, DPI), told, WIDTH, EDGE, DPI, most=3)
    under = head = heading.bottom + TOP
    tall = head + sum(NAME * apart + one.above + one.height for one in stacks) + TIME * (len(stacks) - 1)
    tall = round((tall + BOTTOM) * DPI) / DPI
    wide = WIDTH - LEFT - max(RIGHT, max(one.margin(DPI) for one in stacks) / DPI + EDGE)

    figure = ShownFigure((WIDTH, tall), dpi=DPI)
    heading.draw(figure)

    def panel(under: float, high: float) -> Axes:
        ax = figure.add_axes((LEFT / WIDTH, 1 - (under + high) / tall, wide / WIDTH, high / tall))
        # A fixed place, however wide the numbers are, so that the labels of all panels align.
        ax.yaxis.set_label_coords(-0.56 / wide, 0.5)
        return ax

    for stack in stacks:
        if apart:
            one = stack.curves[0]
            (name,) = wrap(one.name, room / 2, style.TEXT, DPI, most=1, weight="bold")
            long = width(name, style.TEXT, DPI, "bold") + 0.15 * DPI
            (words,) = wrap(schedule_words.words(one), room - long, style.TEXT, DPI, most=1)
            for left, text, weight, colour, gid in (
                (EDGE, name, "bold", style.INK, "name"),
                (EDGE + long / DPI, words, "normal", style.FAINT, "words"),
            ):
                figure.text(
                    left / WIDTH, 1 - under / tall, text, fontsize=style.TEXT, weight=weight, color=colour,
                    ha="left", va="top", parse_math=False, gid=gid,
                )  # fmt: skip
            under += NAME
        stack.draw(panel, under + stack.above, max(3, int(wide * DPI / 95)))
        under += stack.above + stack.height + TIME
    return figure


def _stacks(curves: Sequence[Curves], axes: ScheduleAxes) -> list[Stack]:
    axis = timeline(curves, axes)
    lengths = [(stop - start) * scale for (start, stop), scale in zip(axis.windows, axis.scales, strict=True)]
    if not axes.apart(curves, lengths):
        return [Stack.of(curves, axes, DPI, RATES)]
    each = zip(curves, axis.windows, strict=True)
    return [Stack.of([one], replace(axes, windows=(window,)), DPI, APART) for one, window in each]
