"""A sweep in motion: one frame for each value of one more key, all on the same scales."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrviz.foundation.numerals import short
from lrviz.foundation.progress import Progress
from lrviz.render.figures import style
from lrviz.render.figures.film_formats import encode
from lrviz.render.figures.palette import Pixels
from lrviz.render.figures.surface import STAR
from lrviz.render.figures.sweep import EDGE, compose
from lrviz.render.figures.text_size import missing_glyphs_shown_as_boxes, width
from lrviz.render.text.presentable import presentable
from lrviz.results import GridAxis, Swept

DPI = 80
FIRST, SHOWN, LAST = 1000, 150, 2000
"""Milliseconds that a frame is shown: the first, each other, and the last."""
_APART, _RIGHT, _UP = 0.75, 0.75, 0.24
"""Inches between the label and the slider, right of it, and from the lower edge to its middle."""


def animate(
    frames: Sequence[Swept], axis: GridAxis, stream: BinaryIO, suffix: str, progress: Progress | None = None
) -> None:
    """Write the film of a sweep along an axis, a frame for each value, in the format of a suffix.

    Raises UnfinishedError where the encoder fails.
    """
    durations = [FIRST, *[SHOWN] * (len(frames) - 2), LAST]
    with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():
        pictures = _pixels([presentable(one) for one in frames], axis, progress)
        encode(pictures, durations, stream, suffix, [style.INK, style.FAINT, style.RULE, STAR, "#ffffff"])


def figures(frames: Sequence[Swept], axis: GridAxis) -> Iterator[Figure]:
    """Yield the figure of each frame: laid out and coloured for the entries of all."""
    every = tuple(entry for one in frames for entry in one.entries)
    whole = replace(frames[0], entries=every, first=max(one.first for one in frames))
    for frame, value in zip(frames, axis.values.tolist(), strict=True):
        figure = compose(whole, DPI, frame)
        _draw_slider(figure, axis, value)
        yield figure


def _pixels(frames: Sequence[Swept], axis: GridAxis, progress: Progress | None) -> Iterator[Pixels]:
    for done, figure in enumerate(figures(frames, axis), start=1):
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        yield np.array(canvas.buffer_rgba())
        if progress is not None:
            progress(len(frames) + done, 2 * len(frames))


def _draw_slider(figure: Figure, axis: GridAxis, value: float) -> None:
    """Write the key and value of the frame at the lower edge, and show its place among all values."""
    wide, tall = figure.get_figwidth(), figure.get_figheight()
    ends = np.array([axis.values[0], axis.values[-1], value])
    low, high, at = (np.log(ends) if axis.log else ends).tolist()
    longest = max(width(_told(axis, one), style.TITLE, DPI, "bold") for one in axis.values.tolist()) / DPI
    left, right, y = (EDGE + longest + _APART) / wide, 1 - _RIGHT / wide, _UP / tall
    place: dict[str, Any] = {"transform": figure.transFigure, "solid_capstyle": "round"}
    figure.add_artist(Line2D([left, right], [y, y], color=style.RULE, linewidth=2, gid="slider", **place))
    here = left + (right - left) * (at - low) / (high - low)
    figure.add_artist(Line2D([here], [y], marker="o", markersize=8, color=style.INK, gid="value", **place))
    for x, text, ha, size, weight, colour in (
        (EDGE / wide, _told(axis, value), "left", style.TITLE, "bold", style.INK),
        (left - 0.1 / wide, short(float(axis.values[0]), 3), "right", style.SMALL, "normal", style.FAINT),
        (right + 0.1 / wide, short(float(axis.values[-1]), 3), "left", style.SMALL, "normal", style.FAINT),
    ):
        figure.text(
            x, y, text, fontsize=size, weight=weight, color=colour, ha=ha, va="center", parse_math=False, gid="label"
        )


def _told(axis: GridAxis, value: float) -> str:
    return f"{axis.key} {short(value, 3)}"
