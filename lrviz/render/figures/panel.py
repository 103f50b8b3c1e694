"""One panel: lines over time, with its axis, and for the learning rate its names and values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lrviz.render.figures import style
from lrviz.render.figures.bands import draw_bands
from lrviz.render.figures.beginnings import beginning, draw_beginnings
from lrviz.render.figures.coincidence import draw_coincidences
from lrviz.render.figures.edge_marks import mark_edge
from lrviz.render.figures.end_labels import EndLabel, draw_end_labels
from lrviz.render.figures.frame import quiet
from lrviz.render.figures.inset import draw_warm_up
from lrviz.render.figures.label_space import Box, Room
from lrviz.render.figures.limits import frame_values
from lrviz.render.figures.lines import Line
from lrviz.render.figures.peaks import draw_peaks
from lrviz.render.figures.projection import dash_projected
from lrviz.render.figures.stairs import draw_lines
from lrviz.render.figures.text_size import height, resolution, wrap
from lrviz.render.figures.ticks import count_ticks, numeral, value_ticks
from lrviz.render.figures.timeline import Timeline
from lrviz.render.figures.timemarks import draw_spans, mark_height, name_spans, rows_needed
from lrviz.results import EFFECTIVE_LR, HALF_LIFE, Curves, FloatArray, Mark, Phase

_LEAST = 1e-3
"""The least range of a lower panel, as a share of its values."""


def draw_rates(
    ax: Axes,
    curves: Sequence[Curves],
    labels: Sequence[EndLabel],
    axis: Timeline,
    *,
    log: bool,
    deep: bool = True,
    small: bool = False,
) -> list[Artist]:
    """Draw the learning rates of the labels' lines on `ax`; return the artists. small: without their peaks.

    Phases and marks, except causes, belong to one schedule and are drawn where there is only one. On a log axis
    values that are not positive, like values that are not finite, leave a gap that the label counts.
    """
    lines = [label.line for label in labels]
    phases, marks = _time_marks(curves, axis)
    artists = draw_lines(ax, lines, axis, log=log)
    parts = dash_projected(ax, lines, artists)
    stairs = [(np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in artists]
    box = ax.get_window_extent()
    row = height(style.SMALL, resolution(ax))
    above = 6.0 if small else (rows_needed(phases, marks) + 1) * row + 12
    bands = draw_bands(ax, curves, lines, axis, log=log)
    known = [y for _, y in stairs] + [y for band in bands for y in band]
    frame_values(ax, known, log=log, zero=True, above=min(above / box.height, 0.45), deep=deep)
    covered = draw_coincidences(ax, artists)
    frame(ax, axis, bins=max(3, int(box.width / 95)))
    write = numeral([line.values for line in lines], log=log)
    value_ticks(ax, max(3, int(box.height / 60)), write)
    ax.set_ylabel("\n".join(["learning rate (log)" if log else "learning rate", *_gaps(lines, log=log)]))

    to_pixels = ax.transData.transform
    paths = []
    for x, y in stairs:
        pixels = to_pixels(np.column_stack([x, y])) - (box.x0, box.y0)
        # Where y is NaN, matplotlib's transform makes x NaN as well.
        paths.append((np.array(_pixels(ax, x)), pixels[:, 1]))
    room = Room(box.width, box.height, paths)
    spans = draw_spans(ax, phases, marks, axis.scales[0])
    names = name_spans(ax, phases, marks, axis.scales[0], room)
    begun = draw_beginnings(ax, lines, room, write)
    named = len(curves) == 1 or len(lines) <= 4
    peaks = [] if small else draw_peaks(ax, lines, axis, room, write, named=named)
    marked = _pixels(ax, [mark.tick * axis.scales[0] for mark in marks])
    room.taken += [Box(x - 1, 0, x + 1, box.height * mark_height(marks)) for x in marked]
    inset = draw_warm_up(ax, curves, lines, axis, room, write=write)
    return [
        *artists,
        *parts,
        *covered,
        *_early_ends(ax, labels, artists),
        *spans,
        *names,
        *begun,
        *peaks,
        *inset,
        *_leaving(ax, artists),
        *draw_end_labels(ax, labels, [_end(ax, line) for line in artists]),
    ]


_WORDS = {HALF_LIFE: "half-life in updates", EFFECTIVE_LR: "lr / (1 - momentum)"}
"""The names of panels whose key alone would be unclear."""


def draw_values(
    ax: Axes,
    curves: Sequence[Curves],
    lines: Sequence[Line],
    labels: Sequence[EndLabel],
    axis: Timeline,
    *,
    name: str,
) -> None:
    """Draw another hyperparameter under the learning rates, in their colours and over the same time.

    A line that all groups share has no group's colour. `labels` may be empty.
    """
    drawn = draw_lines(ax, lines, axis, log=False)
    if len(lines) == 1 and len(lines[0].members) > 1:
        drawn[0].set(color=style.FAINT, linestyle="solid")
    dash_projected(ax, lines, drawn)
    told = _WORDS.get(name) or name.replace("_", " ")
    lower_panel(ax, curves, [np.asarray(line.get_ydata()) for line in drawn], axis, name=told)
    draw_coincidences(ax, drawn)
    if labels:
        draw_end_labels(ax, labels, [_end(ax, line) for line in drawn])


def frame(ax: Axes, axis: Timeline, *, bins: int) -> None:
    """Give a panel its plain frame, and a numbered time axis."""
    quiet(ax)
    ax.set_axisbelow(True)
    ax.set_xlabel(axis.label)
    count_ticks(ax.xaxis, ax.get_xlim(), bins, share=axis.share, full=True)


def lower_panel(
    ax: Axes, curves: Sequence[Curves], values: Sequence[FloatArray], axis: Timeline, *, name: str, above: float = 0.08
) -> None:
    """Give a panel under the learning rates its limits, with the share `above` left free, its frame and its marks."""
    ax.set_xlim(axis.limits)
    known = np.concatenate([one[np.isfinite(one)] for one in values] or [np.empty(0)])
    low, high = (known.min(), known.max()) if known.size else (0.0, 0.0)
    # A value that hardly changes is drawn as a flat line: its ticks would have more digits than there is room for.
    around = [(low + high) / 2 * np.array([1 - _LEAST / 2, 1 + _LEAST / 2])] if low < high else []
    frame_values(ax, [*values, *around], log=False, zero=False, above=above)
    box = ax.get_window_extent()
    frame(ax, axis, bins=max(3, int(box.width / 95)))
    value_ticks(ax, max(3, int(box.height / 60)))
    rows = wrap(name, 1.1 * box.height, style.TEXT, resolution(ax), most=2)
    ax.set_ylabel("\n".join(rows), parse_math=False)
    draw_spans(ax, *_time_marks(curves, axis), axis.scales[0])


def _time_marks(curves: Sequence[Curves], axis: Timeline) -> tuple[Sequence[Phase], Sequence[Mark]]:
    """Return the phases and marks that are drawn, in ticks; of several schedules only the causes, in one unit."""
    if len(curves) > 1:
        if len(set(axis.scales)) > 1:
            return (), ()
        each = zip(curves, axis.windows, strict=True)
        causes = [mark for one, (start, stop) in each for mark in one.marks if start <= mark.tick < stop]
        return (), sorted({mark for mark in causes if mark.kind == "cause"}, key=lambda mark: (mark.tick, mark.label))
    start, stop = axis.windows[0]
    phases = [one for one in curves[0].phases if one.start < stop and one.stop > start]
    return phases, [one for one in curves[0].marks if start <= one.tick < stop]


def _pixels(ax: Axes, places: Iterable[float]) -> list[float]:
    """Return how many pixels right of the axes' left edge places on the axis are."""
    (left, right), wide = ax.get_xlim(), ax.get_window_extent().width
    return [(place - left) / (right - left) * wide for place in places]


def _end(ax: Axes, line: Line2D) -> float:
    """Return how many pixels above the axes' lower edge `line` ends, or stops before a gap; 0 without values."""
    points = np.asarray(line.get_xydata())
    known = points[np.isfinite(points[:, 1])]
    box, last = ax.get_window_extent(), (known if len(known) else points)[-1]
    y = float(ax.transData.transform(last)[1]) - box.y0
    return min(max(y, 0.0), box.height) if np.isfinite(y) else 0.0


def _leaving(ax: Axes, lines: Sequence[Line2D]) -> list[Artist]:
    """Mark the lines that end below the axes: a log axis does not reach down to the last steps before zero."""
    low, artists = ax.get_ylim()[0], list[Artist]()
    for line in lines:
        x, y = np.asarray(line.get_xydata())[-1]
        if y < low:
            artists += mark_edge(ax, x, low, "v", str(line.get_color()), gid="leaves")
    return artists


def _early_ends(ax: Axes, labels: Sequence[EndLabel], drawn: Sequence[Line2D]) -> list[Artist]:
    """Mark the ends of lines that stop before the axis does: they have no leader, and another line may hide them."""
    artists: list[Artist] = []
    for label, line in zip(labels, drawn, strict=True):
        if label.line.end < ax.get_xlim()[1] and not np.isclose(label.line.end, ax.get_xlim()[1]):
            last = np.asarray(line.get_xydata())[-1:]
            artists += ax.plot(
                *last.T, "o", markersize=6, color=style.colour(label.line.colour), markeredgecolor="white",
                markeredgewidth=1.0, zorder=5, gid="early end",
            )  # fmt: skip
    return artists


def _gaps(lines: Sequence[Line], *, log: bool) -> list[str]:
    """Say how many values are not drawn, and why."""
    begun = [line.values[beginning(line) :] for line in lines]
    missing = sum(int(np.count_nonzero(~np.isfinite(values))) for values in begun)
    below = sum(int(np.count_nonzero(line.values <= 0)) for line in lines) if log else 0
    parts = [f"{missing:,} not finite"] * bool(missing) + [f"{below:,} not above 0"] * bool(below)
    return [f"not drawn: {', '.join(parts)}"] if parts else []
