"""The picture of a race: the surface with every path, the losses beside it, how it was made below."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lrviz.foundation.numerals import plural
from lrviz.render.figures import style
from lrviz.render.figures.label_space import spread
from lrviz.render.figures.losses import Rows, costs, draw_losses, draw_scheduled, labels
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.paths import draw_paths, look, name_ends, shown_rows
from lrviz.render.figures.picture import VERDICT, LatePicture
from lrviz.render.figures.remembered import draw_remembered, remembered_height, remembers_alike
from lrviz.render.figures.step_view import draw_arrows, draw_step_sizes
from lrviz.render.figures.surface import draw_surface
from lrviz.render.figures.text_size import height, missing_glyphs_shown_as_boxes, wrap
from lrviz.render.text import verdicts
from lrviz.render.text.presentable import presentable
from lrviz.render.text.protocol import sentences
from lrviz.results import Contest, FloatArray

__all__ = ["Artist", "Axes", "RacePicture", "ShownFigure", "draw_race"]

DPI = 120
WIDTH, MAP, HIGH = 12.0, 5.1, 4.7
"""Inches: the picture's width, and the width and height of the surface."""
EDGE, LEFT, BETWEEN, MARGIN = 0.14, 0.66, 0.78, 2.22
"""Inches at the edges, left of the surface, between it and the losses, and for the labels at the right."""
UNDER, TOP, RATES, APART = 0.82, 0.14, 0.95, 0.5
"""Inches under the panels, over them, the height of the lr panel, and its distance from the losses."""
ROW = 0.13
"""Inches of one more row of words under the surface."""
SAMPLE, GAP = 0.26, 0.06
SMALLEST = 6.5
"""Points that labels shrink to before the picture grows taller for them."""

View = Literal["2d", "3d", "steps"]
"""From above; in perspective; from above with the gradient at the dots, and the step of each coordinate below."""


def draw_race(ax: Axes, contest: Contest) -> list[Artist]:
    """Draw the surface with every path on `ax`, for the size it has now; return the artists."""
    contest = presentable(contest)
    with missing_glyphs_shown_as_boxes():
        return [*draw_surface(ax, contest), *draw_paths(ax, contest), *name_ends(ax, contest)]


class RacePicture(LatePicture):
    """The picture of a contest; the paths may be the reference's at first, and torch's when it is stamped."""

    def __init__(self, contest: Contest, view: View = "2d") -> None:
        named = presentable(contest)
        self._contest, self._view = named, view
        super().__init__(lambda: compose(named, view), EDGE)
        self._losses = next(ax for ax in self.figure.axes if ax.get_gid() == "losses")

    def stamp(self, contest: Contest) -> None:
        """Write the verdicts; where torch's paths or their labels are others than those drawn, draw anew."""
        contest = presentable(contest)
        if (
            _told(contest) != _told(self._contest)
            or _apart(contest, self._contest, self._losses)
            or not remembers_alike(contest, self._contest)
        ):
            self.__init__(contest, self._view)  # type: ignore[misc]
        found = [one.verdict for one in contest.contestants]
        text = verdicts.race_sentence([one.label for one in contest.contestants], found)
        self.sign(text, alarm=any(one.verdict == "disagree" for one in found))


def _told(contest: Contest) -> list[Any]:
    return [
        labels(contest, DPI),
        [*sentences(contest), *_warnings(contest)],
        [shown_rows(contest, one) for one in contest.contestants],
    ]


def _apart(contest: Contest, drawn: Contest, losses: Axes) -> bool:
    """Return whether what is seen differs by more than half a pixel; losses: the axes that hold the losses drawn."""
    (left, right), (low, high) = drawn.surface.box
    pixel = np.array([(right - left) / (MAP * DPI), (high - low) / (HIGH * DPI)])
    for one, other in zip(contest.contestants, drawn.contestants, strict=True):
        rows = shown_rows(drawn, other)
        pairs = [(one.trajectory.path, other.trajectory.path)]
        if one.average is not None and other.average is not None:
            pairs.append((one.average.path, other.average.path))
        if any(np.nanmax(np.abs(new[:rows] - old[:rows]) / pixel, initial=0.0) > 0.5 for new, old in pairs):
            return True
        new_loss, old_loss = (_up(losses, drawn, kind.trajectory.loss[:rows]) for kind in (one, other))
        if np.nanmax(np.abs(new_loss - old_loss), initial=0.0) > 0.5:
            return True
    return False


def _up(ax: Axes, contest: Contest, loss: FloatArray) -> FloatArray:
    """Return how high losses are drawn, in pixels."""
    seen = np.clip(loss - (contest.function.minimum or 0.0), *ax.get_ylim())
    pixels: FloatArray = ax.transData.transform(np.stack([np.zeros(len(seen)), seen], axis=1))[:, 1]
    return pixels


def compose(contest: Contest, view: View) -> ShownFigure:
    """Lay a picture out in inches, and fill its panels."""
    room = (WIDTH - 2 * EDGE) * DPI
    title = wrap(contest.name, room, style.TITLE, DPI, most=2, weight="bold")
    function = contest.function
    begin = f"from {contest.start[0]:g}, {contest.start[1]:g}"
    length = plural(contest.steps, "step" if costs(contest) == "step" else "gradient evaluation")
    told = " · ".join([function.words, function.character, begin, length])
    subtitle = wrap(told, room, style.TEXT, DPI, most=2)
    notes = wrap(" ".join([*sentences(contest), *_warnings(contest)]), room, 7.5, DPI, most=5)

    named = labels(contest, DPI)
    below = [draw_scheduled] if any(one.chain for one in contest.contestants) else []
    below += [partial(draw_step_sizes, axis=axis) for axis in (0, 1)] if view == "steps" else []
    size = style.SMALL
    while size > SMALLEST and sum(_tall(rows, size) for rows in named) > HIGH * DPI:
        size -= 0.5
    high = max(HIGH, min(sum(_tall(rows, size) for rows in named) / DPI, 3 * HIGH))
    under_title = EDGE + height(style.TITLE, DPI, len(title)) / DPI
    head = under_title + height(style.TEXT, DPI, len(subtitle)) / DPI + TOP
    under = UNDER + (ROW if view == "steps" else 0.0)
    foot = height(7.5, DPI, len(notes)) / DPI + VERDICT + 0.04
    foot += remembered_height(contest)
    tall = round((head + high + under + foot) * DPI) / DPI
    figure = ShownFigure((WIDTH, tall), dpi=DPI)
    for top, rows, points, weight, colour, gid in (
        (EDGE, title, style.TITLE, "bold", style.INK, "heading"),
        (under_title, subtitle, style.TEXT, "normal", style.FAINT, "heading"),
        (head + high + under + remembered_height(contest), notes, 7.5, "normal", style.FAINT, "notes"),
    ):
        figure.text(
            EDGE / WIDTH, 1 - top / tall, "\n".join(rows), fontsize=points, weight=weight, color=colour,
            ha="left", va="top", linespacing=1.2, parse_math=False, gid=gid,
        )  # fmt: skip

    def at(left: float, top: float, wide: float, deep: float) -> tuple[float, float, float, float]:
        return left / WIDTH, 1 - (top + deep) / tall, wide / WIDTH, deep / tall

    if view == "3d":
        from lrviz.render.figures.surface_3d import draw_relief, relief_axes

        draw_relief(relief_axes(figure, at(0.1, head - 0.1, MAP + 0.7, high + 0.4)), contest)
    else:
        ground = figure.add_axes(at(LEFT, head, MAP, high))
        draw_surface(ground, contest, arrows=view == "steps")
        ground.yaxis.set_label_coords(-0.5 / MAP, 0.5)
        draw_paths(ground, contest)
        if view == "steps":
            draw_arrows(ground, contest, range(len(contest.contestants)))
        name_ends(ground, contest)
    left = LEFT + MAP + BETWEEN
    wide, deep = WIDTH - left - MARGIN, high - len(below) * (RATES + APART - 0.3)
    losses = figure.add_axes(at(left, head, wide, deep), gid="losses")
    draw_losses(losses, contest)
    panels = [losses]
    for place, draw in enumerate(below):
        down = deep + APART - 0.3 + place * (RATES + APART - 0.3)
        panels.append(figure.add_axes(at(left, head + down, wide, RATES)))
        draw(panels[-1], contest)
    for ax in panels[:-1]:
        ax.set_xlabel("")
        ax.tick_params(labelbottom=False)
    if below:
        for ax in panels:
            ax.yaxis.set_label_coords(-0.56 / wide, 0.5)
    _label_ends(losses, contest, named, size, reach=high)
    draw_remembered(figure, contest, head + high + under, WIDTH, at)
    return figure


def _warnings(contest: Contest) -> list[str]:
    return [f"{told}." for one in contest.contestants for told in one.warnings]


def _tall(rows: Rows, size: float) -> float:
    return height(size, DPI, len(rows)) + 0.07 * DPI


def _label_ends(ax: Axes, contest: Contest, named: list[Rows], size: float, *, reach: float) -> None:
    """Set the labels right of the losses, each as near to its curve's end as they fit; a sample shows whose it is."""
    box = ax.get_window_extent()
    lowest = box.height - reach * DPI
    low, high = ax.get_ylim()
    ends = [one.trajectory.loss[one.trajectory.last] - (contest.function.minimum or 0.0) for one in contest.contestants]
    # Among curves that end on the edge of the axes, too, the lower loss has the lower label.
    order = sorted(range(len(ends)), key=lambda index: float(ends[index]))
    wanted = [float(ax.transData.transform((0, np.clip(ends[index], low, high)))[1]) - box.y0 for index in order]
    centres = spread(wanted, [_tall(named[index], size) for index in order], lowest, box.height)
    for index, centre in zip(order, centres, strict=True):
        rows = named[index]
        y = centre / box.height
        start, stop = 1 + 0.1 * DPI / box.width, 1 + (0.1 + SAMPLE) * DPI / box.width
        sample: dict[str, Any] = {**look(index), "linewidth": 2.2, "clip_on": False, "transform": ax.transAxes}
        ax.add_artist(Line2D([start, stop], [y, y], gid="sample", **sample))
        text = stop + GAP * DPI / box.width
        top = y + height(size, DPI, len(rows)) / 2 / box.height
        for row, (line, bold) in enumerate(rows):
            ax.text(
                text, top - height(size, DPI) * row / box.height, line, transform=ax.transAxes, fontsize=size,
                color=style.INK if bold else style.FAINT, weight="bold" if bold else "normal", ha="left", va="top",
                gid="label", parse_math=False,
            )  # fmt: skip
