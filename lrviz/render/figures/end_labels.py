"""Labels in the right margin, each next to the end of its line: the line's name and its last value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lrviz.foundation.numerals import short
from lrviz.render.figures import style
from lrviz.render.figures.label_space import spread
from lrviz.render.figures.lines import Line
from lrviz.render.figures.text_size import height, resolution, width, wrap

LEADER, SAMPLE, GAP = 0.09, 0.30, 0.06
"""Inches: from the axes to a label's sample of its line, the sample's length, from there to the text."""
FAR = 0.6
"""Inches beyond which a label is too far from its line's end for a leader to be followed."""
WIDEST = 2.1
"""Inches of text; longer names are wrapped."""


@dataclass(frozen=True, slots=True)
class EndLabel:
    """One line's label, already cut into rows; `size` is its font size in points.

    plain: its text has the colour of the line, in place of a sample of it.
    """

    line: Line
    rows: tuple[str, ...]
    size: float
    plain: bool = False

    @property
    def weight(self) -> str:
        """Its font weight."""
        return "bold" if self.plain else "normal"

    @property
    def text(self) -> str:
        """The rows as matplotlib takes them."""
        return "\n".join(self.rows)

    def height(self, dpi: float) -> float:
        """Return its height in pixels, with some space around it."""
        return height(self.size, dpi, len(self.rows)) + 0.02 * dpi


def end_labels(
    lines: Sequence[Line], dpi: float, room: float, write: Callable[[float], str] = short
) -> tuple[EndLabel, ...]:
    """Return the labels of `lines`, small enough to fit into a column of `room` pixels.

    A single line without a name only shows its last value. Below 4 points nothing is readable, and a
    column too full even for that overflows.
    """
    size = style.SMALL
    while True:
        labels = tuple(EndLabel(line, _rows(line, size, dpi, write), size) for line in lines)
        if size <= 4 or sum(label.height(dpi) for label in labels) <= room:
            return labels
        size -= 0.5


def _rows(line: Line, size: float, dpi: float, write: Callable[[float], str]) -> tuple[str, ...]:
    end = write(float(line.values[-1]))
    missing = _missing(line)
    if not line.label:
        if missing:
            return (missing,)
        word = "constant" if line.values.min() == line.values.max() else "then" if line.cut else "end"
        return (f"{word} {end}",)
    # The no-break spaces keep the arrow with its value.
    name = wrap(line.label, WIDEST * dpi, size, dpi, most=3)
    value = f"\N{NO-BREAK SPACE}→\N{NO-BREAK SPACE}{end}"
    if missing:
        value = f" ({missing})"
    if width(name[-1] + value, size, dpi) <= WIDEST * dpi:
        return (*name[:-1], name[-1] + value)
    return (*name, value.strip())


def _missing(line: Line) -> str:
    """Return why a line has no value at its end, "" where it has one."""
    if np.isnan(line.values).all():
        return "added later"
    if not np.isnan(line.values[-1]):
        return ""
    return "not projected" if np.isfinite(line.seen) else "not reached"


def margin(labels: Sequence[EndLabel], dpi: float) -> float:
    """Return the pixels right of the axes that `labels` need."""
    widest = max(
        width(row, label.size, dpi, "bold" if label.plain else "normal") for label in labels for row in label.rows
    )
    return widest + (GAP + LEADER + _sample(labels)) * dpi


def make_room(ax: Axes, labels: Sequence[EndLabel]) -> None:
    """Narrow `ax` where `labels` would run over the figure's edge; a layout engine does that itself."""
    figure, root, dpi = ax.figure, ax.get_figure(root=True), resolution(ax)
    assert root is not None
    box = ax.get_window_extent()
    over = box.x1 + margin(labels, dpi) + GAP * dpi - figure.bbox.width
    if over > 0 and root.get_layout_engine() is None:
        place = ax.get_position()
        narrow = max(place.width - over / figure.bbox.width, place.width / 3)
        ax.set_position((place.x0, place.y0, narrow, place.height))


def draw_end_labels(ax: Axes, labels: Sequence[EndLabel], heights: Sequence[float]) -> list[Artist]:
    """Set `labels` right of `ax`, as near to `heights` (pixels above its lower edge) as they fit."""
    dpi, box = resolution(ax), ax.get_window_extent()
    right, sample = ax.get_xlim()[1], _sample(labels)
    centres = spread(heights, [label.height(dpi) for label in labels], 0.0, box.height)
    artists: list[Artist] = []
    for label, wanted, centre in zip(labels, heights, centres, strict=True):
        line, y = label.line, centre / box.height
        start, stop = 1 + LEADER * dpi / box.width, 1 + (LEADER + sample) * dpi / box.width
        look: dict[str, Any] = {
            "color": style.colour(line.colour),
            "clip_on": False,
            "transform": ax.transAxes,
        }
        if (sample or label.plain) and np.isclose(line.end, right) and abs(centre - wanted) < FAR * dpi:
            artists.append(Line2D([1, start], [wanted / box.height, y], linewidth=0.8, **look))
        if sample:
            dashes = style.dash(line.dash)
            artists.append(Line2D([start, stop], [y, y], linewidth=style.LINE_WIDTH, linestyle=dashes, **look))
        text = ax.text(
            stop + GAP * dpi / box.width, y, label.text, transform=ax.transAxes, fontsize=label.size,
            linespacing=1.15, ha="left", va="center", gid="end", parse_math=False,
            color=look["color"] if label.plain else style.INK, weight=label.weight,
        )  # fmt: skip
        artists.append(text)
    for artist in artists:
        if isinstance(artist, Line2D):
            ax.add_artist(artist)
    return artists


def _sample(labels: Sequence[EndLabel]) -> float:
    """Return the inches of a line's sample; a line without a name needs none, and neither does a text in its colour."""
    return SAMPLE if any(label.line.label and not label.plain for label in labels) else 0.0
