"""Sensitivity of many entries: a small panel for each, on one scale, with the lines of the others in grey."""

from __future__ import annotations

from matplotlib.figure import Figure

from lrviz.render.figures import style
from lrviz.render.figures.sweep_lines import best_words, diverging, draw_lines, line_words
from lrviz.render.figures.sweep_map import LEFT, Multiples, edges_of, head_of
from lrviz.render.figures.sweep_scale import Filled, Scale
from lrviz.results import Swept

MOST_LINES = 6
"""Lines in one panel; of more, each has a panel of its own."""
_RIGHT, _LOW = 0.25, 0.62
"""Inches right of the panels, and how high each is, as a share of its width."""


def small_line_words(swept: Swept) -> str:
    """Say what the marks mean."""
    return line_words(swept, apart=True)


def compose_small_lines(swept: Swept, dpi: float, shown: Swept) -> Filled:
    """Lay out a panel for each of those shown."""
    places = Multiples.of(len(shown.entries), _LOW)
    edges = edges_of(swept.axes[0])

    def draw(figure: Figure, head: float) -> None:
        panels, scale = places.panels(figure, len(shown.entries), head), Scale.of(swept)
        for index, (ax, one) in enumerate(zip(panels, shown.entries, strict=True)):
            draw_lines(ax, shown, scale, index)
            head_of(ax, one.name, " · ".join(filter(None, (best_words(swept, one), one.told))), places.wide * dpi, dpi)
            if (first := diverging(one)) is not None:
                lost = float(edges[first]), float(edges[-1])
                ax.axvspan(*lost, color=style.ALARM, alpha=0.07, linewidth=0, gid="lost")
            if index % places.columns:
                ax.set_ylabel("")

    return LEFT + places.across + _RIGHT, places.down, draw
