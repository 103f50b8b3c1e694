"""The picture of a race: the surface with every path, losses and what each lr gave beside it, how it was made below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.foundation.numerals import plural
from lrviz.language.choices import View
from lrviz.render.figures import style
from lrviz.render.figures.entry_labels import draw_labels, labels, tall
from lrviz.render.figures.heading import Heading, draw_rows
from lrviz.render.figures.losses import draw_losses, draw_scheduled, loss_words
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.paths import shown_rows
from lrviz.render.figures.picture import VERDICT, LatePicture
from lrviz.render.figures.race_map import MOST_PATHS, draw_map
from lrviz.render.figures.remembered import draw_remembered, remembered_height, remembers_alike
from lrviz.render.figures.sensitivity import draw_sensitivity, sensitivity_words, tells
from lrviz.render.figures.step_view import ARROWS, draw_step_sizes
from lrviz.render.figures.surface import tell_surface
from lrviz.render.figures.text_size import height, missing_glyphs_shown_as_boxes, resolution, wrap
from lrviz.render.text.names import without_lr
from lrviz.render.text.presentable import presentable
from lrviz.render.text.protocol import sentences
from lrviz.render.text.verdicts import race_sentence
from lrviz.results import Contest, FloatArray

__all__ = ["Artist", "Axes", "RacePicture", "ShownFigure", "draw_race"]

DPI = 120
WIDTH, MAP, HIGH = 12.0, 5.2, 5.0
"""Inches: the picture's width, and the width and height of the surface."""
EDGE, LEFT, BETWEEN, MARGIN = 0.14, 0.6, 0.72, 2.16
"""Inches at the edges, left of the surface, between it and the losses, and for the labels at the right."""
TITLE, WORDS = 0.21, 0.16
"""Inches over a panel for its title, and for a line that says more."""
NUMBERS, COSTS = 0.2, 0.42
"""Inches under a panel for the numbers of its axis, and for its name too."""
LOW, LOSSES = 0.85, 1.75
"""Inches of a low panel, and the least of the losses."""
UNDER, ROW, TOP = 0.3, 0.14, 0.1
"""Inches under the panels for what the marks mean, for a second row of that, and over their titles."""
CELL, COLUMNS = 0.12, (3, 4)
"""Inches between small surfaces, and how many are in a row: of up to nine, and of more."""
SMALLEST = 6.5
"""Points that labels shrink to before the picture grows taller for them."""


def draw_race(ax: Axes, contest: Contest) -> list[Artist]:
    """Draw the surface with every path on `ax`, for the size it has now; return the artists."""
    with missing_glyphs_shown_as_boxes():
        artists, _ = draw_map(ax, without_lr(presentable(contest)))
        return artists


class RacePicture(LatePicture):
    """The picture of a contest; the paths may be the reference's at first, and torch's when it is stamped.

    bundle: the paths from other starts are drawn, not only where they end.
    """

    def __init__(self, contest: Contest, view: View = "2d", *, bundle: bool = False) -> None:
        self._contest = without_lr(presentable(contest))
        super().__init__(lambda: compose(self._contest, view, bundle=bundle), EDGE)

    def stamp(self, contest: Contest) -> None:
        """Write the verdicts; where torch's paths or their labels differ from those drawn, draw again."""
        contest = without_lr(presentable(contest))
        losses = next(ax for ax in self.figure.axes if ax.get_gid() == "losses")
        if _told(contest) != _told(self._contest) or _apart(contest, self._contest, losses):
            self._contest = contest
            self.redraw()
        wrong = any(one.verdict.verdict == "disagree" for one in contest.contestants)
        self.sign(race_sentence(contest.contestants), alarm=wrong)


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
    return not remembers_alike(contest, drawn)


def _up(ax: Axes, contest: Contest, loss: FloatArray) -> FloatArray:
    """Return how high losses are drawn, in pixels."""
    seen = np.clip(loss - (contest.function.minimum or 0.0), *ax.get_ylim())
    pixels: FloatArray = ax.transData.transform(np.stack([np.zeros(len(seen)), seen], axis=1))[:, 1]
    return pixels


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the panels at the right, from the top down.

    high: its least height in inches; grows: its share of the space left; costs: its axis is that of the losses.
    """

    gid: str
    title: str
    words: str
    draw: Callable[[Axes, Contest], list[Artist]]
    high: float
    grows: float = 0.0
    costs: bool = True

    @property
    def over(self) -> float:
        """Inches over it."""
        return TITLE + (WORDS if self.words else 0.0)


def panels_of(contest: Contest, view: View) -> list[Panel]:
    """Return the panels beside the surface."""
    losses = "Loss" if contest.tolerance is None else "Loss above the minimum"
    found = [Panel("losses", losses, loss_words(contest), draw_losses, LOSSES, 3.0)]
    if any(one.chain for one in contest.contestants):
        found.append(Panel("rates", "Learning rate", "", draw_scheduled, LOW))
    if view == "steps":
        found += [
            Panel(f"steps in {name}", f"Size of each step in {name}", "", partial(draw_step_sizes, axis=axis), LOW)
            for axis, name in enumerate("xy")
        ]
    if tells(contest):
        words = sensitivity_words(contest)
        found.append(
            Panel("sensitivity", "Final loss at each learning rate", words, draw_sensitivity, 1.4, 2.0, costs=False)
        )
    return found


def compose(contest: Contest, view: View, *, bundle: bool = False) -> ShownFigure:
    """Lay a picture out in inches, and fill its panels."""
    room = (WIDTH - 2 * EDGE) * DPI
    heading = Heading.of(contest.name, [_subtitle(contest)], WIDTH, EDGE, DPI)
    notes = wrap(" ".join([*sentences(contest), *_warnings(contest)]), room, 7.5, DPI, most=5)

    panels = panels_of(contest, view)
    tops, below = _stacked(panels)
    named = labels(contest, DPI)
    cells = _cells(len(contest.contestants)) if view != "3d" else [(0.0, 0.0, MAP, HIGH)]
    map_high = max(top + high for _, top, _, high in cells)
    size = style.SMALL
    while size > SMALLEST and sum(tall(rows, size, DPI) for rows in named) > (HIGH - tops[0]) * DPI:
        size -= 0.5
    needed = sum(tall(rows, size, DPI) for rows in named) / DPI
    high = max(map_high, below, tops[0] + needed)
    head = heading.bottom + TOP
    under = COSTS + UNDER + (ROW if view == "steps" else 0.0)
    foot = height(7.5, DPI, len(notes)) / DPI + VERDICT + 0.04
    memory = remembered_height(contest)
    whole = round((head + high + under + memory + foot) * DPI) / DPI
    figure = ShownFigure((WIDTH, whole), dpi=DPI)
    heading.draw(figure)
    draw_rows(figure, (EDGE, head + high + under + memory), notes, 7.5, style.FAINT, gid="notes")

    def at(left: float, top: float, wide: float, deep: float) -> tuple[float, float, float, float]:
        return left / WIDTH, 1 - (top + deep) / whole, wide / WIDTH, deep / whole

    if view == "3d":
        from lrviz.render.figures.surface_3d import draw_relief, relief_axes

        draw_relief(relief_axes(figure, at(0.1, head - 0.1, MAP + 0.6, high + 0.4)), contest)
    else:
        _draw_maps(figure, contest, [at(LEFT + x, head + y, *size) for x, y, *size in cells], view, bundle=bundle)
    left = LEFT + MAP + BETWEEN
    wide = WIDTH - left - MARGIN
    spare, parts = high - below, sum(panel.grows for panel in panels)
    grown = 0.0
    losses: Axes | None = None
    last_of_costs = max(index for index, panel in enumerate(panels) if panel.costs)
    for index, (panel, top) in enumerate(zip(panels, tops, strict=True)):
        more = spare * panel.grows / parts
        ax = figure.add_axes(at(left, head + top + grown, wide, panel.high + more), gid=panel.gid)
        grown += more
        panel.draw(ax, contest)
        _name_panel(ax, panel)
        if panel.costs and index < last_of_costs:
            ax.set_xlabel("")
            ax.tick_params(labelbottom=False)
        losses = losses or ax
    assert losses is not None
    draw_labels(losses, contest, named, size, reach=high - tops[0])
    draw_remembered(figure, contest, head + high + under, WIDTH, at)
    return figure


def _subtitle(contest: Contest) -> str:
    function = contest.function
    begin = f"from {contest.start[0]:g}, {contest.start[1]:g}"
    length = plural(contest.steps, contest.unit)
    ground = [] if function.named_in(contest.name) else [function.title]
    return " · ".join([*ground, function.character, begin, length])


def _warnings(contest: Contest) -> list[str]:
    return [f"{told}." for told in dict.fromkeys(told for one in contest.contestants for told in one.warnings)]


def _stacked(panels: list[Panel]) -> tuple[list[float], float]:
    """Return how far below the surface's top each begins, in inches, and where the last ends."""
    tops, down = [], 0.0
    for index, panel in enumerate(panels):
        down += panel.over + (0.0 if not index else 0.06 if panel.costs else COSTS)
        tops.append(down)
        down += panel.high
    return tops, down


def _cells(entries: int) -> list[tuple[float, float, float, float]]:
    """Return left, top, width and height of the surface, or of a small one for each of many entries, in inches."""
    if entries <= MOST_PATHS:
        return [(0.0, 0.0, MAP, HIGH)]
    columns = COLUMNS[entries > 9]
    wide = (MAP - (columns - 1) * CELL) / columns
    deep = wide * HIGH / MAP
    return [
        (index % columns * (wide + CELL), TITLE + index // columns * (deep + TITLE + 0.02), wide, deep)
        for index in range(entries)
    ]


def _draw_maps(figure: ShownFigure, contest: Contest, places: list[Any], view: View, *, bundle: bool) -> None:
    """Draw the surface, or a small one for each entry."""
    told = ["faint lines: from other starts" if bundle else "small dots: where other starts end"]
    if any(one.evaluated is not None for one in contest.contestants):
        told.append("rings: evaluations of LBFGS")
    if view == "steps":
        told += ARROWS
    if len(places) == 1:
        ax = figure.add_axes(places[0], gid="map")
        _, ground = draw_map(ax, contest, bundle=bundle, gradients=view == "steps")
        ax.yaxis.set_label_coords(-0.46 / MAP, 0.5)
        tell_surface(ax, [*ground.bands.words(), *told], MAP * DPI)
        return
    known, axes = None, [figure.add_axes(place, gid="map") for place in places]
    for index, ax in enumerate(axes):
        _, known = draw_map(ax, contest, [index], known, bundle=bundle, gradients=view == "steps", named=False)
        ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
        (name, *_) = wrap(contest.contestants[index].name, ax.bbox.width, style.SMALL, DPI, most=1, weight="bold")
        ax.set_title(
            name, loc="left", pad=3, fontsize=style.SMALL, weight="bold", color=style.path_colour(index),
            gid="map name", parse_math=False,
        )  # fmt: skip
    assert known is not None
    columns = COLUMNS[len(places) > 9]
    tell_surface(axes[-1 - (len(places) - 1) % columns], [*known.bands.words(), *told], MAP * DPI)


def _name_panel(ax: Axes, panel: Panel) -> None:
    """Write a panel's title over it, and below that what it shows."""
    tall = ax.get_window_extent().height / resolution(ax)
    room = ax.get_window_extent().width + 0.3 * DPI
    for text, up, size, weight, colour in (
        (panel.title, panel.over - 0.02, style.TEXT, "bold", style.INK),
        (panel.words, WORDS, style.SMALL - 0.5, "normal", style.FAINT),
    ):
        if text:
            (row, *_) = wrap(text, room, size, DPI, most=1, weight=weight)
            ax.text(
                0.0, 1 + up / tall, row, transform=ax.transAxes, fontsize=size, weight=weight, color=colour, ha="left",
                va="top", gid="panel title", parse_math=False,
            )  # fmt: skip
