"""The picture of a resumption: each recipe over the run without an interruption."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrviz.foundation.numerals import plural, short, told_apart
from lrviz.foundation.printable import printable
from lrviz.render.figures import style
from lrviz.render.figures.coincidence import draw_coincidences
from lrviz.render.figures.composition import DPI, EDGE, WIDTH
from lrviz.render.figures.decimate import decimate
from lrviz.render.figures.frame import quiet
from lrviz.render.figures.heading import Heading
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.picture import VERDICT, LatePicture
from lrviz.render.figures.text_size import height, missing_glyphs_shown_as_boxes, wrap
from lrviz.render.figures.ticks import count_ticks, value_ticks
from lrviz.render.text import verdicts
from lrviz.render.text.presentable import presentable
from lrviz.results import Curves, FloatArray, Interrupted, Resumed, Verdict

__all__ = ["Artist", "Axes", "ResumePicture", "ShownFigure", "draw_resumed"]

_ACROSS = 4
_PANEL, _HEAD, _GAP = 1.5, 0.52, 0.5
"""Inches: the height of a panel, of the words over it, and of the numbers under it."""
_WIDE = 3.4
_LEFT, _BETWEEN = 0.72, 0.2
_TRUTH = {"color": style.MARK, "linewidth": 3.4}
_MOST = 2.0
"""The top of a panel, as a multiple of the peak: a line that leaves it is marked with its largest value."""


def draw_resumed(ax: Axes, interrupted: Interrupted) -> list[Artist]:
    """Draw every way of resuming over the run without an interruption, on `ax`; return the artists.

    Ways that give the same curve share a line; a legend names them.
    """
    with missing_glyphs_shown_as_boxes():
        curves = interrupted.curves
        whole, *_ = artists = _ground(ax, interrupted, _limits(interrupted))
        ax.set_xlabel(curves.unit if curves.unit == "epoch" else "optimizer step")
        ax.set_ylabel("learning rate")
        alike: dict[bytes, list[Resumed]] = {}
        for one in interrupted.resumed:
            alike.setdefault(one.lr.tobytes(), []).append(one)
        named = [(whole, "without an interruption")]
        drawn: list[Line2D] = []
        for index, ways in enumerate(alike.values()):
            dashes = style.dash(index // len(style.PALETTE))
            look = {"color": style.colour(index), "linestyle": dashes, "linewidth": style.LINE_WIDTH}
            lines = _stairs(ax, interrupted.at, ways[0].lr, gid="resumed", **look)
            drawn += lines
            named += [(line, ", ".join(one.words for one in ways)) for line in lines[:1]]
        artists += [*drawn, *draw_coincidences(ax, drawn)]
        handles, words = zip(*named, strict=True)
        artists.append(ax.legend(handles, words, fontsize=style.SMALL, frameon=False))
        return artists


class ResumePicture(LatePicture):
    """A figure with a panel for each recipe: the run without an interruption in grey, what was resumed over it."""

    def __init__(self, interrupted: Interrupted) -> None:
        named = presentable(interrupted)
        self._name = named.curves.name
        super().__init__(lambda: _compose(named), EDGE)

    def stamp(self, verdict: Verdict) -> None:
        """Write the verdict on the uninterrupted curve in the lower left corner."""
        self.sign(verdicts.sentence([self._name], [verdict]), alarm=verdict.verdict == "disagree")


def _compose(interrupted: Interrupted) -> ShownFigure:
    curves, shown = interrupted.curves, interrupted.resumed
    across = min(_ACROSS, len(shown))
    down = -(-len(shown) // across)
    high = _PANEL if across > 1 else _WIDE
    heading = Heading.of(_title(interrupted), _subtitle(interrupted), WIDTH, EDGE, DPI)
    top = heading.bottom + 0.12
    tall = round((top + down * (_HEAD + high + _GAP) + VERDICT) * DPI) / DPI
    wide = (WIDTH - _LEFT - EDGE - 0.1 - (across - 1) * _BETWEEN) / across

    figure = ShownFigure((WIDTH, tall), dpi=DPI)
    heading.draw(figure)
    low, highest = _limits(interrupted)
    for index, one in enumerate(shown):
        row, column = divmod(index, across)
        left = _LEFT + column * (wide + _BETWEEN)
        under = top + row * (_HEAD + high + _GAP) + _HEAD
        ax = figure.add_axes((left / WIDTH, 1 - (under + high) / tall, wide / WIDTH, high / tall))
        _panel(ax, one, interrupted, (low, highest))
        count_ticks(ax.xaxis, (0, curves.steps), max(3, int(wide * DPI / 55)))
        value_ticks(ax, max(3, int(high * DPI / 45)))
        if column:
            ax.tick_params(labelleft=False)
        else:
            ax.set_ylabel("learning rate")
            ax.yaxis.set_label_coords(-0.52 / wide, 0.5)
        if index >= len(shown) - across:
            ax.set_xlabel(curves.unit if curves.unit == "epoch" else "optimizer step")
    if len(shown) > 1 and len(shown) % across:
        _legend(
            figure,
            interrupted,
            (_LEFT + (len(shown) % across) * (wide + _BETWEEN), top + (down - 1) * (_HEAD + high + _GAP)),
        )
    return figure


def _title(interrupted: Interrupted) -> str:
    curves = interrupted.curves
    if interrupted.origin:
        return f"{curves.name}: what remains of {printable(interrupted.origin)}"
    if interrupted.before is not None:
        return f"{interrupted.before.name}, resumed as {curves.name}"
    return f"{curves.name}: resumed after {plural(interrupted.at, curves.unit)}"


def _subtitle(interrupted: Interrupted) -> list[str]:
    curves = interrupted.curves
    told = [f"{curves.optimizer} · {curves.chain} · {plural(curves.steps, curves.unit)}"]
    if len(interrupted.resumed) == 1:
        before = f", {interrupted.before.name} dotted" if interrupted.before is not None else ""
        told.append(
            f"grey: the run without an interruption{before}; colour: resumed at {curves.unit} {interrupted.at:,}"
        )
    return told


def _limits(interrupted: Interrupted) -> tuple[float, float]:
    """Return the values that every panel shows: all of the whole run, and of the others what is near it."""
    runs = [one for one in (interrupted.curves, interrupted.before) if one is not None]
    whole = np.concatenate([one.lr[np.isfinite(one.lr)] for one in runs])
    peak, floor = (float(whole.max()), float(whole.min())) if whole.size else (1.0, 0.0)
    others = [one.lr[np.isfinite(one.lr)] for one in interrupted.resumed]
    most = max((float(each.max()) for each in others if each.size), default=peak)
    least = min((float(each.min()) for each in others if each.size), default=floor)
    high = max(peak, min(most, _MOST * peak)) if peak > 0 else 1.0
    low = min(0.0, floor, max(least, -peak))
    return low - 0.03 * (high - low), high + 0.08 * (high - low)


def _ground(ax: Axes, interrupted: Interrupted, limits: tuple[float, float]) -> list[Artist]:
    """Draw what every way of resuming is compared with, first of all the run without an interruption."""
    curves, at = interrupted.curves, interrupted.at
    ax.set_xlim(0, max([curves.steps, *(at + len(one.lr) for one in interrupted.resumed)]))
    ax.set_ylim(*limits)
    quiet(ax)
    ax.set_axisbelow(True)
    line = ax.axvline(at, color=style.FAINT, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0.8, gid="interruption")
    before: list[Line2D] = []
    if interrupted.before is not None:
        dotted = {"color": style.FAINT, "linewidth": 1.0, "linestyle": (0, (1, 1.5))}
        before = _stairs(ax, 0, interrupted.before.lr, gid="before", **dotted)
    whole = _stairs(ax, 0, curves.lr, gid="uninterrupted", **_TRUTH)
    return [*whole, line, *before]


def _panel(ax: Axes, one: Resumed, interrupted: Interrupted, limits: tuple[float, float]) -> None:
    curves, at = interrupted.curves, interrupted.at
    _ground(ax, interrupted, limits)
    good = one.verdict == "continues"
    for group in range(one.lr.shape[1]):
        colour = style.colour(0) if good else style.ALARM
        _stairs(ax, at, one.lr[:, group : group + 1], gid="resumed", color=colour, linewidth=style.LINE_WIDTH)
        _mark_beyond(ax, at, one.lr[:, group], colour)
    dpi, wide = DPI, ax.get_window_extent().width
    head = wrap(one.words, wide, style.TEXT, dpi, most=1, weight="bold")[0]
    told = wrap(_told(one, curves), wide, style.SMALL, dpi, most=2)
    above = 2 * height(style.SMALL, dpi) / ax.get_window_extent().height
    ax.text(
        0, 1 + above + 0.03, head, transform=ax.transAxes, fontsize=style.TEXT, weight="bold", ha="left", va="bottom",
        parse_math=False, gid="recipe",
    )  # fmt: skip
    ax.text(
        0, 1 + above, "\n".join(told), transform=ax.transAxes, fontsize=style.SMALL, ha="left", va="top",
        color=style.FAINT if good else style.ALARM, linespacing=1.15, parse_math=False, gid="told",
    )  # fmt: skip


def _mark_beyond(ax: Axes, start: int, lr: FloatArray, colour: str) -> None:
    """Mark with an arrow and its value where a line leaves the panel, at its farthest."""
    low, high = ax.get_ylim()
    known = np.where(np.isfinite(lr), lr, 0.0)
    for at, beyond, y, arrow in (
        (int(known.argmax()), known.max() > high, 0.97, "^"),
        (int(known.argmin()), known.min() < low, 0.03, "v"),
    ):
        if not beyond:
            continue
        x = start + at + 0.5
        across = x / ax.get_xlim()[1]
        edge = ax.get_xaxis_transform()
        ax.plot([x], [y], arrow, color=colour, markersize=5, clip_on=False, transform=edge, gid="beyond")
        ax.annotate(
            short(float(lr[at])), (x, y), xycoords=edge, xytext=(-5 if across > 0.5 else 5, -4 if y > 0.5 else 4),
            textcoords="offset points", fontsize=style.SMALL, color=colour, ha="right" if across > 0.5 else "left",
            va="center", gid="beyond", bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip


def _stairs(ax: Axes, start: int, lr: FloatArray, **look: Any) -> list[Line2D]:
    """Draw the columns of a table of values, each value held until the next; thinned to the pixels there are."""
    pixels = max(int(ax.get_window_extent().width), 1)
    lines: list[Line2D] = []
    for group in range(lr.shape[1]):
        kept = decimate(lr[:, group], pixels)
        values = np.where(np.isfinite(lr[kept, group]), lr[kept, group], np.nan)
        if not len(kept):
            continue
        lines += ax.plot(
            np.append(kept, len(lr)) + start,
            np.append(values, values[-1]),
            drawstyle="steps-post" if len(kept) == len(lr) else "default",
            solid_joinstyle="round",
            **look,
        )
    return lines


def _told(one: Resumed, curves: Curves) -> str:
    """Say in a few words how a run goes on."""
    noun = curves.unit
    if one.failed is not None:
        return f"{verdicts.failure(one, curves)}: {one.failed[1]}"
    wrong = one.errors.get("lr")
    if wrong is None:
        if one.errors:
            return f"{', '.join(one.errors)} is wrong"
        if one.replaced:
            return f"the checkpoint keeps its own {', '.join(value.field.rpartition('.')[2] for value in one.replaced)}"
        return f"continues correctly{f', up to {one.rounding} rounding' if one.rounding else ''}"
    factor = wrong.value / wrong.wanted if wrong.wanted else math.inf
    times = f" ({short(round(factor, 1))}×)" if math.isfinite(factor) and abs(factor) >= 1.5 else ""
    others = "".join(f"; {name} too" for name in one.errors if name != "lr")
    value, wanted = told_apart(wrong.value, wrong.wanted)
    where = "" if wrong.at == wrong.first else f"; at {wrong.at:,}"
    return f"wrong from {noun} {wrong.first:,}{where}: {value} instead of {wanted}{times}{others}"


def _legend(figure: Figure, interrupted: Interrupted, place: tuple[float, float]) -> None:
    """Say what the lines are, in the place that the panels leave free."""
    left, under = place
    tall = figure.get_figheight()
    rows: Sequence[tuple[str, dict[str, Any]]] = (
        ("without an interruption", _TRUTH),
        ("resumed correctly", {"color": style.colour(0), "linewidth": style.LINE_WIDTH}),
        ("resumed wrongly", {"color": style.ALARM, "linewidth": style.LINE_WIDTH}),
        (f"interrupted after {plural(interrupted.at, interrupted.curves.unit)}",
         {"color": style.FAINT, "linewidth": 0.8, "linestyle": (0, (2, 2))}),
    )  # fmt: skip
    ax = figure.add_axes((left / WIDTH, 1 - (under + _HEAD + 1.0) / tall, 2.1 / WIDTH, 1.0 / tall), gid="legend")
    ax.set_axis_off()
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    for index, (words, look) in enumerate(rows):
        y = 0.9 - 0.24 * index
        ax.plot([0, 0.14], [y, y], **look)
        ax.text(0.18, y, words, fontsize=style.SMALL, va="center", ha="left", parse_math=False)
