"""What happens when, on a panel: phases shaded and named, milestones, drops and restarts as thin lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.render.figures import style
from lrviz.render.figures.label_space import Box, Room
from lrviz.render.figures.text_size import height, resolution, width
from lrviz.results import Mark, Phase

CROWD = 100
"""More marks than this become short ticks on the axis, without names."""
PAD = 4.0
"""Pixels between a label and the edge of what it names."""


def draw_spans(ax: Axes, phases: Sequence[Phase], marks: Sequence[Mark], scale: float) -> list[Artist]:
    """Shade every other phase and draw a line at every mark; a tick is `scale` long on the axis.

    Where they are too close to be told apart, phases are not shaded and marks become
    short ticks on the axis.
    """
    wide = ax.get_window_extent().width
    artists: list[Artist] = []
    left, right = ax.get_xlim()
    whole = len(phases) == 1 and phases[0].start * scale <= left and phases[0].stop * scale >= right
    if len(phases) <= wide / 4 and not whole:
        for index, phase in enumerate(phases):
            shade = style.SHADES[index % len(style.SHADES)]
            span = ax.axvspan(phase.start * scale, phase.stop * scale, color=shade, linewidth=0, zorder=0, gid="phase")
            artists.append(span)
    if marks:
        ticks = scale * np.unique([mark.tick for mark in marks])
        top = mark_height(marks)
        lines = ax.vlines(
            ticks, 0, top, transform=ax.get_xaxis_transform(), color=style.MARK, linewidth=0.7,
            linestyle=(0, (3, 3)) if top == 1 else "solid", zorder=0.6, gid="marks",
        )  # fmt: skip
        artists.append(lines)
    return artists


def mark_height(marks: Sequence[Mark]) -> float:
    """Return how high marks are, as a share of the panel."""
    return 1.0 if len(marks) <= CROWD else 0.015


def rows_needed(phases: Sequence[Phase], marks: Sequence[Mark]) -> int:
    """Return how many rows of names the top of the panel must hold."""
    return bool(phases) + bool(_unnamed(phases, marks))


def name_spans(ax: Axes, phases: Sequence[Phase], marks: Sequence[Mark], scale: float, room: Room) -> list[Artist]:
    """Name phases in the first row under the panel's upper edge and marks in the next.

    A name without room is left out: never set over another, nor over a curve.
    """
    dpi = resolution(ax)
    begin, end = ax.get_xlim()

    def pixel(tick: float) -> float:
        return (tick * scale - begin) * room.width / (end - begin)

    row = height(style.SMALL, dpi)
    spans = [(one.label, max(pixel(one.start), 0.0), min(pixel(one.stop), room.width)) for one in phases]
    named = [(left, text, 0) for left, text in _phase_names(spans, room.width, dpi)]
    unnamed = _unnamed(phases, marks)
    named += [(pixel(mark.tick) + PAD, mark.label, int(bool(phases))) for mark in unnamed]
    artists: list[Artist] = []
    for left, text, line in named:
        top = room.height - PAD / 2 - line * row
        if room.take(Box(left, top - row, left + width(text, style.SMALL, dpi) + PAD, top)):
            artists.append(
                ax.text(
                    left / room.width, (top - row / 2) / room.height, text, transform=ax.transAxes,
                    fontsize=style.SMALL, color=style.FAINT, ha="left", va="center",
                    gid="phase name" if line == 0 and phases else "mark name", parse_math=False,
                )
            )  # fmt: skip
    return artists


def _unnamed(phases: Sequence[Phase], marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks that need a name: where a phase begins, its name says it."""
    if len(marks) > CROWD:
        return []
    starts = {phase.start for phase in phases}
    return [mark for mark in marks if mark.tick not in starts and mark.label]


_Span = tuple[str, float, float]
"""A name, and the pixels at which what it names begins and ends."""


def _phase_names(phases: Sequence[_Span], wide_pixels: float, dpi: float) -> list[tuple[float, str]]:
    """Return (left edge in pixels, text) of the names that have room on a panel `wide_pixels` wide.

    A name is centred in its phase. A run of phases too narrow for theirs shares one, "restart 1 …
    restart 12"; a single one is named by its neighbour's edge, "◂ warm-up" or "constant ▸".
    """
    names: list[tuple[float, str]] = []
    taken = 0.0

    def place(text: str, start: float, stop: float, *, centred: bool = True) -> bool:
        nonlocal taken
        long, start = width(text, style.SMALL, dpi), max(start, taken)
        if long + 2 * PAD > stop - start:
            return False
        left = (start + stop - long) / 2 if centred else start + PAD
        names.append((left, text))
        taken = left + long + PAD
        return True

    def fits(phase: _Span) -> bool:
        label, start, stop = phase
        return width(label, style.SMALL, dpi) + 2 * PAD <= stop - start

    runs = [(wide, list(run)) for wide, run in groupby(phases, key=fits)]
    for index, (wide, run) in enumerate(runs):
        (first, start, _), (last, _, stop) = run[0], run[-1]
        if wide:
            for label, begin, end in run:
                place(label, begin, end)
        elif len(run) > 1:
            _ = place(f"{first} … {last}", start, stop) or place(f"{first} …", start, stop)
        else:
            after, _, after_stop = runs[index + 1][1][0] if index + 1 < len(runs) else ("", stop, wide_pixels)
            both = f"◂ {first}{after}"
            if width(both, style.SMALL, dpi) + 4 * PAD <= after_stop - stop:
                place(f"◂ {first}", stop - PAD, after_stop, centred=False)
            elif index + 1 == len(runs):
                pointing = f"{first} ▸"
                left = start - PAD - width(pointing, style.SMALL, dpi)
                if left >= taken:
                    names.append((left, pointing))
    return names
