"""Where everything stands in a picture: heading, panels and margins, known before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from lrviz.render.figures import headings, style
from lrviz.render.figures.end_labels import end_labels, margin
from lrviz.render.figures.lines import distinct_lines
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.panel import draw_metrics, draw_rates, draw_values
from lrviz.render.figures.text_size import height, wrap
from lrviz.render.figures.ticks import second_scale
from lrviz.render.figures.timeline import timeline
from lrviz.render.text.names import told_apart
from lrviz.results import Curves

DPI = 120
WIDTH, RATES, PANEL = 10.0, 3.75, 1.05
"""Inches: the picture's width, the height of the learning-rate panel and of each panel below it."""
EDGE, LEFT, RIGHT, BOTTOM, TOP, BETWEEN = 0.14, 1.0, 0.3, 0.84, 0.2, 0.16
SECOND_SCALE = 0.32
TALLEST = 12.0
"""Inches the learning-rate panel may grow to where many labels stand beside it."""
MOST_LABELS = 6
"""Lines that a low panel has room to label; where there are more, their colours must do."""


def compose(curves: Sequence[Curves], *, log: bool) -> ShownFigure:
    """Lay a picture of `curves` out from top to bottom, in inches, and fill its panels."""
    shared, curves = told_apart(curves)
    axis = timeline(curves)
    labels = end_labels(distinct_lines(curves, axis), DPI, TALLEST * DPI)
    params = {name: distinct_lines(curves, axis, name) for name in _params(curves)}
    param_labels = {
        name: end_labels(lines, DPI, PANEL * DPI) if 1 < len(lines) <= MOST_LABELS else ()
        for name, lines in params.items()
    }
    metric = any(one.metric is not None for one in curves)

    room = (WIDTH - 2 * EDGE) * DPI
    title = wrap(shared or headings.title(curves, room, DPI), room, style.TITLE, DPI, most=3, weight="bold")
    told = headings.subtitle(curves)
    subtitle = [row for text in told for row in wrap(text, room, style.TEXT, DPI, most=3)]
    under_title = EDGE + height(style.TITLE, DPI, len(title)) / DPI
    head = under_title + height(style.TEXT, DPI, len(subtitle)) / DPI + TOP + (SECOND_SCALE if axis.other else 0)
    rates = min(max(RATES, sum(label.height(DPI) for label in labels) / DPI), TALLEST)
    tall = round((head + rates + (len(params) + metric) * (BETWEEN + PANEL) + BOTTOM) * DPI) / DPI
    widest = max(margin(some, DPI) for some in (labels, *param_labels.values()) if some) / DPI
    wide = WIDTH - LEFT - max(RIGHT, widest + EDGE)

    figure = ShownFigure((WIDTH, tall), dpi=DPI)
    for top, rows, size, weight, colour in (
        (EDGE, title, style.TITLE, "bold", style.INK),
        (under_title, subtitle, style.TEXT, "normal", style.FAINT),
    ):
        figure.text(
            EDGE / WIDTH, 1 - top / tall, "\n".join(rows), fontsize=size, weight=weight, color=colour,
            ha="left", va="top", linespacing=1.2, parse_math=False, gid="heading",
        )  # fmt: skip

    def panel(under: float, high: float) -> Axes:
        ax = figure.add_axes((LEFT / WIDTH, 1 - (under + high) / tall, wide / WIDTH, high / tall))
        # Where the label stands does not depend on the numbers: all panels' labels are in line.
        ax.yaxis.set_label_coords(-0.56 / wide, 0.5)
        return ax

    panels = [panel(head, rates)]
    draw_rates(panels[0], curves, labels, axis, log=log)
    second_scale(panels[0], axis, max(3, int(wide * DPI / 95)))
    under = head + rates + BETWEEN
    for name, lines in params.items():
        panels.append(panel(under, PANEL))
        draw_values(panels[-1], curves, lines, param_labels[name], axis, name=name)
        under += PANEL + BETWEEN
    if metric:
        panels.append(panel(under, PANEL))
        draw_metrics(panels[-1], curves, axis)
    for ax in panels[:-1]:
        ax.set_xlabel("")
        ax.tick_params(labelbottom=False)
    return figure


def _params(curves: Sequence[Curves]) -> list[str]:
    """Return the hyperparameters beside lr: what a scheduler cycles first, the others as they come."""
    names = dict.fromkeys(name for one in curves for name in one.params)
    return sorted(names, key=lambda name: name not in ("momentum", "beta1"))
