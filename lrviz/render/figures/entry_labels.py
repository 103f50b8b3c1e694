"""The labels of a race's entries right of their losses: rank and name, lr, and the median that ranks."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lrviz.foundation.numerals import short
from lrviz.render.figures import style
from lrviz.render.figures.label_space import spread
from lrviz.render.figures.losses import followed
from lrviz.render.figures.paths import look
from lrviz.render.figures.text_size import height, resolution, wrap
from lrviz.results import Contest, Contestant

Rows = list[tuple[str, bool]]
"""The rows of a label, and whether each is part of the name."""

_WIDEST = 1.62
"""Inches of an entry's label."""
_LEADER, _SAMPLE, _GAP = 0.2, 0.2, 0.06
"""Inches: from the axes to the sample of the line, the sample's length, from there to the text."""
_APART = 0.06
"""Inches between labels."""
_RARE, _FAR = 0.1, 1 / 3
"""A path is lucky where a smaller share of the others ends in its basin, and its loss is this share of their median."""


def labels(contest: Contest, dpi: float) -> list[Rows]:
    """Return the rows of each entry's label: its rank and name, its lr or schedule, and where it ended."""
    return [_label(contest, one, dpi) for one in contest.contestants]


def _label(contest: Contest, one: Contestant, dpi: float) -> Rows:
    room, small = _WIDEST * dpi, style.SMALL
    # A lone entry has no rank.
    rank = f"{one.rank}.\N{NO-BREAK SPACE}" if one.rank is not None and len(contest.contestants) > 1 else ""
    name = wrap(f"{rank}{one.name}", room, small, dpi, most=4, weight="bold")
    rows = wrap(one.chain or f"lr {_brief(one.lr)} {one.lr_source}", room, small, dpi, most=2)
    rows += wrap(_end(contest, one), room, small, dpi, most=2)
    if _lucky(contest, one):
        told = f"this path ends at {_brief(one.final_loss - (contest.function.minimum or 0.0))}: "
        rows += wrap(f"{told}luck, {one.robustness.share:.0%} of the others end there", room, small, dpi, most=3)
    if one.average is not None:
        value = _brief(float(one.average.loss[-1]) - (contest.function.minimum or 0.0))
        rows += wrap(f"dotted: {one.average.words}, ends at\N{NO-BREAK SPACE}{value}", room, small, dpi, most=2)
    return [*((row, True) for row in name), *((row, False) for row in rows)]


def _brief(value: float) -> str:
    """Return a number with three digits, or four from 1000 on."""
    return short(value, 3 if abs(value) < 1000 else 4)


def _end(contest: Contest, one: Contestant) -> str:
    """Return where an entry ended; where several are ranked, the median of the other starts, which ranks them."""
    if not np.isfinite(one.final_loss):
        return f"DIVERGED at step {one.trajectory.last + 1}"
    end = _brief(one.final_loss - (contest.function.minimum or 0.0))
    if one.diverged or one.outside:
        return f"{'DIVERGED' if one.diverged else 'OUTSIDE the domain'}, ends at\N{NO-BREAK SPACE}{end}"
    score, tolerance = one.robustness.score, contest.tolerance
    if score is None or tolerance is None or len(contest.contestants) == 1:
        return f"ends at {end}"
    if not np.isfinite(score):
        return "median loss: none"
    return f"median loss {_brief(10**score) if score > np.log10(tolerance) else f'≤ {_brief(tolerance)}'}"


def _lucky(contest: Contest, one: Contestant) -> bool:
    """Return whether a path ends far below the paths from other starts, which rank it, and few of these end near it."""
    share, score = one.robustness.share, one.robustness.score
    if one.rank is None or len(contest.contestants) == 1 or share is None or score is None:
        return False
    return share < _RARE and one.final_loss - (contest.function.minimum or 0.0) < _FAR * 10**score


def tall(rows: Rows, size: float, dpi: float) -> float:
    """Return the height of a label in pixels."""
    return height(size, dpi, len(rows)) + _APART * dpi


def draw_labels(ax: Axes, contest: Contest, named: list[Rows], size: float, *, reach: float) -> None:
    """Set the labels right of the losses, each as near to its curve's end as they fit.

    A line leads from the curve's end to a sample of it. reach: inches below the top of `ax` they may extend to.
    """
    dpi, box = resolution(ax), ax.get_window_extent()
    lowest = box.height - reach * dpi
    wanted = []
    for one in contest.contestants:
        heights = followed(ax, contest, one, one.trajectory.loss)
        end = heights[np.flatnonzero(np.isfinite(heights))[-1]]
        wanted.append(float(ax.transData.transform((0, np.clip(end, *ax.get_ylim())))[1]) - box.y0)
    # Among curves that end on the edge of the axes, too, the better has the lower label.
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], contest.contestants[index].rank or np.inf))
    sizes = [tall(named[index], size, dpi) for index in order]
    centres = spread([wanted[index] for index in order], sizes, lowest, box.height)

    def across(inches: float) -> float:
        return 1 + inches * dpi / box.width

    for index, centre in zip(order, centres, strict=True):
        rows, middle = named[index], centre / box.height
        given: dict[str, Any] = {"clip_on": False, "transform": ax.transAxes, "color": style.path_colour(index)}
        # A curve that has left the axes by then has no end to lead from.
        if 0.5 < wanted[index] < box.height - 0.5:
            led = [across(0.03), across(_LEADER)], [wanted[index] / box.height, middle]
            ax.add_artist(Line2D(*led, linewidth=0.7, gid="leader", **given))
        sample: dict[str, Any] = {**given, **look(index), "linewidth": 2.2, "gid": "sample"}
        ax.add_artist(Line2D([across(_LEADER), across(_LEADER + _SAMPLE)], [middle, middle], **sample))
        top = middle + height(size, dpi, len(rows)) / 2 / box.height
        bold = sum(name for _, name in rows)
        for some, first, colour, weight in (
            (rows[:bold], 0, style.path_colour(index), "bold"),
            (rows[bold:], bold, style.FAINT, "normal"),
        ):
            ax.text(
                across(_LEADER + _SAMPLE + _GAP), top - height(size, dpi, first) / box.height,
                "\n".join(text for text, _ in some), transform=ax.transAxes, fontsize=size, color=colour, weight=weight,
                ha="left", va="top", linespacing=1.2, gid="label", parse_math=False,
            )  # fmt: skip
