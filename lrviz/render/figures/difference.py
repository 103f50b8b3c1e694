"""The picture of a difference: both curves, and below them B - A."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from lrviz.foundation.numerals import counted, short
from lrviz.language.window import Window
from lrviz.render.axes import unlike
from lrviz.render.compared_part import cut, drawn_part
from lrviz.render.figures import style
from lrviz.render.figures.composition import DPI, EDGE, WIDTH
from lrviz.render.figures.decimate import decimate
from lrviz.render.figures.frame import quiet
from lrviz.render.figures.heading import draw_rows
from lrviz.render.figures.label_space import spread
from lrviz.render.figures.limits import frame_values
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.picture import VERDICT, LatePicture
from lrviz.render.figures.text_size import height, width, wrap
from lrviz.render.figures.ticks import count_ticks, numeral, value_ticks
from lrviz.render.text import verdicts
from lrviz.render.text.difference_table import cause_words, group_words, verdict_words
from lrviz.render.text.presentable import presentable
from lrviz.results import Difference, FloatArray, GroupDifference, Track, Verdict

__all__ = ["DifferencePicture", "ShownFigure"]

_LEFT, _RATES, _APART, _BETWEEN, _UNDER = 1.0, 3.2, 1.35, 0.34, 0.5
"""Inches: left of the axes; the heights of the two panels, the space between them, and that under them."""
_DRAWN, _CAUSES, _DOTTED = 4, 3, 120
"""Groups and causes that are shown, and values of a log up to which each has a dot."""
_SAMPLE, _WIDEST = 0.32, 1.8
"""Inches of a line beside its name, and of a group's name."""
_A: dict[str, Any] = {"color": style.MARK, "linewidth": 4.0}
_HALO = withStroke(linewidth=3.0, foreground="white")
"""Keeps a text readable where lines run behind it."""


class DifferencePicture(LatePicture):
    """A figure with both curves, A wide and grey under B, the first and the largest difference marked."""

    def __init__(self, difference: Difference) -> None:
        named = presentable(difference)
        super().__init__(lambda: _compose(named), EDGE)

    def stamp(self, given: Sequence[Verdict]) -> None:
        """Write the verdicts of the cross-check, where there are any, in the lower left corner."""
        if given:
            wrong = any(one.verdict == "disagree" for one in given)
            self.sign(verdicts.sentence(["A", "B"][: len(given)], given), alarm=wrong)


def _compose(difference: Difference) -> ShownFigure:
    groups = _shown(difference)
    part = drawn_part(groups)
    groups = [cut(one, part) for one in groups]
    room = (WIDTH - 2 * EDGE) * DPI
    title = wrap(f"{difference.b} compared with {difference.a}", room, style.TITLE, DPI, most=2, weight="bold")
    told = [row for line in _words(difference, groups) for row in wrap(line, room, style.TEXT, DPI, most=2)]
    under_title = EDGE + height(style.TITLE, DPI, len(title)) / DPI
    under_words = under_title + height(style.TEXT, DPI, len(told)) / DPI + 0.08
    top = under_words + height(style.TEXT, DPI) / DPI + 0.3
    tall = round((top + _RATES + _BETWEEN + _APART + _UNDER + VERDICT) * DPI) / DPI
    labels = [group_words(one) for one in groups] if len(difference.groups) > 1 else []
    right = max((width(text, style.SMALL, DPI) / DPI for text in labels), default=0.0)
    wide = WIDTH - _LEFT - max(0.3, min(right, _WIDEST) + 0.2)

    figure = ShownFigure((WIDTH, tall), dpi=DPI)
    draw_rows(figure, (EDGE, EDGE), title, style.TITLE, style.INK, weight="bold")
    said = style.ALARM if difference.verdict == "different" else style.INK
    draw_rows(figure, (EDGE, under_title), told[:1], style.TEXT, said, weight="bold")
    draw_rows(figure, (EDGE, under_title + height(style.TEXT, DPI) / DPI), told[1:], style.TEXT, style.INK)

    def panel(under: float, high: float) -> Axes:
        ax = figure.add_axes((_LEFT / WIDTH, 1 - (under + high) / tall, wide / WIDTH, high / tall))
        ax.yaxis.set_label_coords(-0.62 / wide, 0.5)
        return ax

    rates, apart = panel(top, _RATES), panel(top + _RATES + _BETWEEN, _APART)
    _draw_rates(rates, difference, groups, labels, part)
    _draw_apart(apart, difference, groups, part)
    _mark(rates, apart, difference, groups)
    _name_sides(figure, difference, 1 - under_words / tall)
    return figure


def _shown(difference: Difference) -> list[GroupDifference]:
    """Return the groups that are drawn: those that are farthest apart, in their order."""
    far = sorted(range(len(difference.groups)), key=lambda index: -difference.groups[index].max_rel)[:_DRAWN]
    return [difference.groups[index] for index in sorted(far)]


def _words(difference: Difference, groups: Sequence[GroupDifference]) -> list[str]:
    told = [verdict_words(difference)]
    told += cause_words(difference)[:_CAUSES]
    told += difference.notes
    left = len(difference.groups) - len(groups)
    return told + ([f"{left:,} groups with smaller differences are not drawn"] if left else [])


def _draw_rates(
    ax: Axes, difference: Difference, groups: Sequence[GroupDifference], labels: Sequence[str], part: Window
) -> list[Artist]:
    """Draw both sides of each group on `ax`: A wide and grey, B over it in a colour of its own."""
    tracks = [track for one in groups for track in (one.a, one.b)]
    values = [track.lr[np.isfinite(track.lr)] for track in tracks]
    log = unlike([float(one.max()) for one in values if one.size]) and all((one > 0).mean() > 0.95 for one in values)
    if log:
        ax.set_yscale("log")
        values = [one[one > 0] for one in values]
    ax.set_xlim(*part)
    frame_values(ax, values, log=log, zero=True, above=0.12)
    _shade(ax, groups)
    artists: list[Artist] = [line for one in groups for line in _draw(ax, one.a, log=log, gid="a", **_A)]
    ends: list[float] = []
    for index, one in enumerate(groups):
        look = {"color": style.colour(index), "linewidth": style.LINE_WIDTH, "zorder": 3.0}
        drawn = _draw(ax, one.b, log=log, gid="b", **look)
        artists += drawn
        ends.append(float(ax.transData.transform(np.asarray(drawn[0].get_xydata())[-1])[1]) if drawn else np.nan)
    if labels:
        artists += _label(ax, ends, labels)
    _frame(ax)
    write = numeral(values, log=log)
    value_ticks(ax, max(3, int(ax.get_window_extent().height / 60)), write)
    quantity = "learning rate" if difference.quantity == "lr" else difference.quantity.replace("_", " ")
    ax.set_ylabel(f"{quantity} (log)" if log else quantity)
    ax.tick_params(labelbottom=False)
    return artists


def _label(ax: Axes, ends: Sequence[float], labels: Sequence[str]) -> list[Artist]:
    """Name the groups right of the axes, each in its colour and as near to the end of its line as there is room."""
    box = ax.get_window_extent()
    wanted = [min(max(end - box.y0, 0.0), box.height) if np.isfinite(end) else 0.0 for end in ends]
    row = height(style.SMALL, DPI)
    places = spread(wanted, [row] * len(wanted), -row / 2, box.height)
    return [
        ax.text(
            1 + 5 / box.width,
            y / box.height,
            wrap(label, _WIDEST * DPI, style.SMALL, DPI, most=1)[0],
            transform=ax.transAxes,
            fontsize=style.SMALL,
            color=style.colour(index),
            va="center",
            parse_math=False,
            gid="end",
        )
        for index, (y, label) in enumerate(zip(places, labels, strict=True))
    ]


def _draw_apart(ax: Axes, difference: Difference, groups: Sequence[GroupDifference], part: Window) -> list[Artist]:
    """Draw B - A of each group on `ax`, as far as both have values."""
    ax.set_xlim(*part)
    _shade(ax, groups)
    ax.axhline(0, color=style.MARK, linewidth=1.0, gid="zero")
    artists: list[Artist] = []
    apart = [_apart(one) for one in groups]
    for index, (one, values) in enumerate(zip(groups, apart, strict=True)):
        look = {"color": style.colour(index), "linewidth": 1.4, "zorder": 3.0}
        artists += _draw(ax, Track(one.name, one.at, values), log=False, gid="apart", **look)
    known = [values[np.isfinite(values)] for values in apart]
    # Differences within the tolerance look like a flat line.
    known_b = (np.abs(one.b.lr[np.isfinite(one.b.lr)]) for one in groups)
    allowed = difference.tolerance * max(float(one.max(initial=0.0)) for one in known_b)
    frame_values(ax, [*known, np.array([-allowed, 0.0, allowed])], log=False, zero=False, above=0.25)
    low, high = ax.get_ylim()
    ax.set_ylim(low - 0.12 * (high - low), high)
    _frame(ax)
    value_ticks(ax, 3)
    ax.set_ylabel("B − A")
    ax.set_xlabel(counted(difference.unit))
    return artists


def _apart(one: GroupDifference) -> FloatArray:
    a, b = (track.lr[np.searchsorted(track.at, one.at)] for track in (one.a, one.b))
    with np.errstate(invalid="ignore", over="ignore"):
        found: FloatArray = b - a
    return found


def _frame(ax: Axes) -> None:
    quiet(ax)
    ax.set_axisbelow(True)
    count_ticks(ax.xaxis, ax.get_xlim(), max(3, int(ax.get_window_extent().width / 95)), full=True)


def _shade(ax: Axes, groups: Sequence[GroupDifference]) -> None:
    """Shade what was not compared: only one side has values there, or the comparison was limited to a part."""
    left, right = ax.get_xlim()
    first, last = min(int(one.at[0]) for one in groups), max(int(one.at[-1]) for one in groups) + 1
    for begin, end in ((left, first), (last, right)):
        if (end - begin) > 0.004 * (right - left):
            ax.axvspan(begin, end, color=style.SHADES[0], zorder=0.2, linewidth=0, gid="not compared")
            if (end - begin) > 0.14 * (right - left):
                ax.text(
                    (begin + end) / 2, 0.97, "not compared", transform=ax.get_xaxis_transform(),
                    fontsize=style.SMALL, color=style.FAINT, ha="center", va="top", gid="not compared",
                )  # fmt: skip


def _draw(ax: Axes, track: Track, *, log: bool, gid: str, **look: Any) -> list[Line2D]:
    """Draw the values of a track, each held until the next; those of a log as dots on a line."""
    at, values = track.at, np.where(np.isfinite(track.lr), track.lr, np.nan)
    if not len(at):
        return []
    if log:
        values = np.where(values > 0, values, np.nan)
    kept = decimate(values, max(int(ax.get_window_extent().width), 1))
    dense = int(at[-1] - at[0]) == len(at) - 1
    if dense:
        x, y = np.append(at[kept], at[-1] + 1), np.append(values[kept], values[-1])
        stairs = "steps-post" if len(kept) == len(at) else "default"
        return ax.plot(x, y, drawstyle=stairs, solid_joinstyle="round", gid=gid, **look)
    marker: dict[str, Any] = {"marker": "o", "markersize": 3.2} if len(at) <= _DOTTED else {}
    return ax.plot(at[kept], values[kept], gid=gid, **marker, **look)


def _mark(rates: Axes, apart: Axes, difference: Difference, groups: Sequence[GroupDifference]) -> None:
    """Mark where the first group begins to differ, in both panels, and where one is farthest apart."""
    noun = counted(difference.unit)
    first = difference.first
    if first is None or first.first_step is None:
        return
    for ax in (rates, apart):
        ax.axvline(first.first_step, color=style.ALARM, linewidth=1.0, linestyle=(0, (3, 2)), zorder=2.5, gid="first")
    left, right = rates.get_xlim()
    late = (first.first_step - left) / (right - left) > 0.8
    rates.annotate(
        f"first difference: {noun} {first.first_step:,}", (first.first_step, 1.0), xycoords=rates.get_xaxis_transform(),
        xytext=(-3 if late else 3, 3), textcoords="offset points", fontsize=style.SMALL, color=style.ALARM,
        ha="right" if late else "left", va="bottom", annotation_clip=False, gid="first",
    )  # fmt: skip
    farthest = max((one for one in groups if one.largest), key=_size, default=None)
    if farthest is None or farthest.largest is None:
        return
    place, colour = farthest.largest, style.INK
    x = place.step + 0.5 if len(farthest.at) > 1 else float(place.step)
    if not (np.isfinite(place.a) and np.isfinite(place.b)):
        return
    rates.plot([x, x], [place.a, place.b], "o-", color=colour, markersize=4, linewidth=1.2, zorder=4, gid="largest")
    by = place.b - place.a
    apart.plot([x], [by], "o", color=colour, markersize=4, zorder=4, gid="largest")
    beyond = (x - left) / (right - left) > 0.6
    sign = "+" if by > 0 else "−"
    apart.annotate(
        f"largest: {sign}{short(abs(by))} at {noun} {place.step:,}", (x, by),
        xytext=(-6 if beyond else 6, 4 if by > 0 else -4),
        textcoords="offset points", fontsize=style.SMALL, color=colour, ha="right" if beyond else "left",
        va="bottom" if by > 0 else "top", gid="largest", zorder=5, path_effects=[_HALO],
    )  # fmt: skip


def _size(one: GroupDifference) -> float:
    return 0.0 if one.largest is None else abs(one.largest.b - one.largest.a)


def _name_sides(figure: ShownFigure, difference: Difference, y: float) -> None:
    """Write a sample of each side's line, and what the side is, in a row."""
    left = EDGE
    half = (WIDTH - 2 * EDGE) / 2 - _SAMPLE - 0.3
    of_b: dict[str, Any] = {"color": style.colour(0), "linewidth": style.LINE_WIDTH}
    looks = (("A", difference.a, _A), ("B", difference.b, of_b))
    middle = y - height(style.TEXT, DPI) / 2 / DPI / figure.get_figheight()
    for side, source, look in looks:
        ends = [left / WIDTH, (left + _SAMPLE) / WIDTH]
        figure.add_artist(Line2D(ends, [middle, middle], gid="sample", **look))
        colours = ", one colour per group" if side == "B" and len(difference.groups) > 1 else ""
        (text,) = wrap(f"{side}: {source}{colours}", half * DPI, style.TEXT, DPI, most=1)
        figure.text(
            (left + _SAMPLE + 0.07) / WIDTH, y, text, fontsize=style.TEXT, color=style.INK, ha="left", va="top",
            parse_math=False, gid="name",
        )  # fmt: skip
        left += _SAMPLE + 0.07 + width(text, style.TEXT, DPI) / DPI + 0.35
