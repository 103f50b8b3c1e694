"""The picture of a sweep: lines over one axis, maps over two, or a map of where paths from everywhere end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.foundation.numerals import plural
from lrviz.render.figures.basin_map import basin_map_words, compose_basin_maps, draw_basin_map
from lrviz.render.figures.heading import Heading
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.picture import VERDICT, LatePicture
from lrviz.render.figures.sweep_lines import compose_lines, draw_lines, line_words
from lrviz.render.figures.sweep_map import compose_maps, draw_sweep_map, map_words
from lrviz.render.figures.sweep_scale import Filled, Scale
from lrviz.render.figures.sweep_small_lines import MOST_LINES, compose_small_lines, small_line_words
from lrviz.render.text.verdicts import UNCOMPARED
from lrviz.results import Swept

__all__ = ["Artist", "Axes", "ShownFigure", "SweepPicture", "draw_sweep"]

DPI = 120
EDGE, TOP = 0.14, 0.12
"""Inches at the edges, and between the heading and the panels under it."""
MOST_ENTRIES = 36
"""Entries that are drawn; tables and data have all."""


def draw_sweep(ax: Axes, swept: Swept) -> list[Artist]:
    """Draw a sweep on `ax`: all lines, or the map of the first entry; return the artists."""
    if len(swept.axes) == 1:
        artists = draw_lines(ax, swept, Scale.of(swept))
        return [*artists, ax.legend(frameon=False)] if len(swept.entries) > 1 else artists
    draw = draw_basin_map if swept.over_start and swept.function.minima else draw_sweep_map
    return draw(ax, swept, swept.entries[0])


class SweepPicture(LatePicture):
    """The picture of a sweep."""

    def __init__(self, swept: Swept) -> None:
        seen = _first(swept)
        super().__init__(lambda: compose(seen, DPI, seen), EDGE)
        self.sign(UNCOMPARED, alarm=False)


def _first(swept: Swept) -> Swept:
    """Return a sweep with its first entries where there are more than a picture shows."""
    if len(swept.entries) <= MOST_ENTRIES:
        return swept
    told = f"the first {MOST_ENTRIES} of {len(swept.entries):,} entries"
    return replace(swept, entries=swept.entries[:MOST_ENTRIES], told=(*swept.told, told))


def compose(swept: Swept, dpi: float, shown: Swept) -> ShownFigure:
    """Lay the picture out: heading, panels, and what their marks mean.

    shown: what is drawn, with the scales and words of the whole that it is a frame of.
    """
    fill, words = _kind(swept, shown)
    width, tall, draw = fill(swept, dpi, shown)
    heading = Heading.of(swept.name, [_terms(shown), words(swept)], width, EDGE, dpi, most=3)
    head = heading.bottom + TOP
    whole = round((head + tall + VERDICT) * dpi) / dpi
    figure = ShownFigure((width, whole), dpi=dpi)
    heading.draw(figure)
    draw(figure, head)
    return figure


def _kind(swept: Swept, shown: Swept) -> tuple[Callable[[Swept, float, Swept], Filled], Callable[[Swept], str]]:
    """Return what lays out the panels of a sweep, and what says what their marks mean."""
    if len(swept.axes) == 1:
        few = len(shown.entries) <= MOST_LINES
        return (compose_lines, line_words) if few else (compose_small_lines, small_line_words)
    if swept.over_start and swept.function.minima:
        return compose_basin_maps, basin_map_words
    return compose_maps, map_words


def _terms(swept: Swept) -> str:
    """Say on what, and how, every point was computed."""
    function = swept.function
    ground = [*([] if function.named_in(swept.name) else [function.title]), function.character]
    if swept.start is None:
        return " · ".join([*ground, plural(swept.steps, "step"), *swept.told])
    begin = f"from {swept.start[0]:g}, {swept.start[1]:g}"
    if swept.over_start:
        points: Sequence[str] = [plural(swept.entries[0].median.size, "start")]
    elif swept.starts == 1:
        points = [begin]
    else:
        points = [f"median of {swept.starts:,} starts, {begin} and around it"]
    return " · ".join([*ground, plural(swept.steps, "step"), *points, *swept.told])
