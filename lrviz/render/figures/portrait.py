"""The portrait of an optimizer: a small surface, and losses, for each hyperparameter that varies, all on one scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from lrviz.foundation.numerals import plural
from lrviz.render.figures import style
from lrviz.render.figures.clipping import exit_of
from lrviz.render.figures.heading import Heading
from lrviz.render.figures.label_space import Box, along
from lrviz.render.figures.losses import costs, dearest, followed, frame_losses, leaving, near, spent
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.path_ends import around, draw_discs, exit_look, free_place, minima_under_ends
from lrviz.render.figures.paths import dashes_among, draw_start, drawn
from lrviz.render.figures.picture import VERDICT, LatePicture
from lrviz.render.figures.round_values import log_ticks
from lrviz.render.figures.surface import Ground, draw_surface, ground, mark_scale
from lrviz.render.figures.text_size import height, resolution, width, wrap
from lrviz.render.figures.ticks import count_ticks
from lrviz.render.text.presentable import presentable
from lrviz.render.text.verdicts import race_sentence
from lrviz.results import Contest, FloatArray, Variation

DPI = 120
WIDTH, COLUMNS = 10.0, 3
"""Inches, and how many panels are in a row; four are two by two."""
EDGE, LEFT, BETWEEN, APART = 0.14, 0.62, 0.2, 0.22
"""Inches at the edges, left of the panels for the numbers of the losses, between panels, and between their rows."""
NAME, LOSSES, NUMBERS = 0.5, 0.8, 0.2
"""Inches: over a surface for its name, and the heights of the losses and of the numbers under them."""
MAP = {1: 4.2, 2: 2.8, 3: 2.2}
"""Inches of a surface, by how many are in a row."""
PALE = (0.80, 0.87, 0.93)
"""The lowest band: the lightest colour of the ramp is read on it."""
_BELOW = 0.3
"""How far below the tolerance the losses are followed, as a share of it."""
_DOTS, _FAR, _SAME = 60, 60.0, 1.5
"""Steps that have a dot each; pixels beyond which paths are as far apart as need be, and below which they are one."""


def colours(one: Variation) -> list[str]:
    """Return the colours of the values, from the first to the last."""
    last = max(len(one.values) - 1, 1)
    return [style.ramp(at / last) for at in range(len(one.values))]


class PortraitPicture(LatePicture):
    """The picture of a contest of one entry at several values of its hyperparameters."""

    def __init__(self, contest: Contest) -> None:
        self._contest = presentable(contest)
        super().__init__(lambda: compose(self._contest), EDGE)

    def stamp(self, contest: Contest) -> None:
        """Write the verdicts; where torch's paths differ from those drawn, draw again."""
        contest = presentable(contest)
        if _apart(contest, self._contest):
            self._contest = contest
            self.redraw()
        wrong = any(one.verdict.verdict == "disagree" for one in contest.contestants)
        self.sign(race_sentence(contest.contestants), alarm=wrong)


def _apart(contest: Contest, other: Contest) -> bool:
    """Return whether paths differ by more than half a pixel."""
    pixel = np.array([np.ptp(side) for side in contest.surface.box]) / (WIDTH / COLUMNS * DPI)
    pairs = zip(contest.contestants, other.contestants, strict=True)
    paths = [(one.trajectory.path, same.trajectory.path) for one, same in pairs]
    return any(
        (np.isfinite(ours) != np.isfinite(theirs)).any() or np.nanmax(np.abs(ours - theirs) / pixel, initial=0.0) > 0.5
        for ours, theirs in paths
    )


def compose(contest: Contest) -> ShownFigure:
    """Lay a portrait out in inches, and fill its panels."""
    panels = len(contest.varied)
    columns = min(panels, 2 if panels == 4 else COLUMNS)
    rows = -(-panels // columns)
    wide = (WIDTH - LEFT - EDGE - (columns - 1) * BETWEEN) / columns
    heading = Heading.of(contest.name, [_told(contest)], WIDTH, EDGE, DPI, most=3)
    head = heading.bottom + 0.08
    tall = MAP[columns]
    high = NAME + tall + BETWEEN / 2 + LOSSES + NUMBERS
    whole = round((head + rows * high + (rows - 1) * APART + 0.26 + VERDICT) * DPI) / DPI
    figure = ShownFigure((WIDTH, whole), dpi=DPI)
    heading.draw(figure)
    known: Ground | None = None
    for at, one in enumerate(contest.varied):
        left = LEFT + at % columns * (wide + BETWEEN)
        top = head + at // columns * (high + APART)

        def axes(under: float, deep: float, gid: str, left: float = left, top: float = top) -> Axes:
            return figure.add_axes(
                (left / WIDTH, 1 - (top + under + deep) / whole, wide / WIDTH, deep / whole), gid=gid
            )

        surface = axes(NAME, tall, "map")
        known = draw_variation(surface, contest, one, known)
        _name(surface, one, alone=panels == 1)
        losses = axes(NAME + tall + BETWEEN / 2, LOSSES, "losses")
        draw_losses(losses, contest, one)
        if at % columns:
            losses.tick_params(labelleft=False)
        else:
            losses.set_ylabel("f" if contest.tolerance is None else "f − f_min", fontsize=style.SMALL)
            losses.yaxis.set_label_coords(-0.45 / wide, 0.5)
        if at >= panels - columns:
            losses.set_xlabel(costs(contest), labelpad=1)
    return figure


def _told(contest: Contest) -> str:
    """Say what the panels have in common."""
    begin = f"from the ring at {contest.start[0]:g}, {contest.start[1]:g}"
    begin += " towards the star" if contest.function.minima else ""
    dots = f", a dot each for the first {_DOTS}" if contest.steps > _DOTS else ", a dot each"
    evaluated = any(one.evaluated is not None for one in contest.contestants)
    marks = ["rings: evaluations, in order"] if evaluated else []
    if contest.tolerance is not None:
        above = np.concatenate([one.trajectory.loss for one in contest.contestants]) - (contest.function.minimum or 0.0)
        marks += ["dashed: the tolerance"] if near(above, contest.tolerance) else []
    each = " in each panel" if len(contest.varied) > 1 else ""
    told = f"one hyperparameter of {contest.varied[0].of} varies{each}, the others are constant"
    length = plural(contest.steps, contest.unit) + ("" if evaluated else dots)
    return " · ".join([told, begin, length, *marks])


def _name(ax: Axes, one: Variation, *, alone: bool) -> None:
    """Write over a surface which hyperparameter varies, and what that is; alone: there are no other surfaces."""
    box, dpi = ax.get_window_extent(), resolution(ax)
    small = style.SMALL - 0.5
    words = wrap(one.words.partition(";")[0], box.width, small, dpi, most=2)
    right = width(f"{one.key}nn", style.TEXT, dpi, "bold")
    given = "" if one.base is None or alone else one.values[one.entries.index(one.base)]
    told = (f"{given} in the other panels", f"{given} elsewhere", "") if given else ("",)
    others = next(text for text in told if width(text, small, dpi) <= box.width - right)
    for text, across, up, size, weight, colour in (
        (one.key, 0.0, NAME - 0.02, style.TEXT, "bold", style.INK),
        (others, right / box.width, NAME - 0.03, small, "normal", style.FAINT),
        ("\n".join(words), 0.0, NAME - 0.19, small, "normal", style.FAINT),
    ):
        ax.text(
            across, 1 + up * dpi / box.height, text, transform=ax.transAxes, fontsize=size, weight=weight, color=colour,
            ha="left", va="top", linespacing=1.1, gid="panel title", parse_math=False,
        )  # fmt: skip


def draw_variation(ax: Axes, contest: Contest, one: Variation, known: Ground | None = None) -> Ground:
    """Draw the surface with the path of each value, for the size that `ax` has now; known: as `draw_surface` has it."""
    ax.set(xlim=contest.surface.box[0], ylim=contest.surface.box[1])
    known = ground(ax, contest, PALE) if known is None else known
    drawn_ground = draw_surface(ax, contest, known, under=minima_under_ends(ax, contest, one.entries))
    ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    looks = dict(zip(one.entries, colours(one), strict=True))
    ends: dict[int, FloatArray] = {}
    for index, colour in looks.items():
        runner = contest.contestants[index]
        points = drawn(contest, runner)
        line: dict[str, Any] = {"color": colour, "linewidth": 1.3, **dashes_among(contest, index, one.entries)}
        under = 3.6 if runner.diverged else 4.8
        ax.plot(*points.T, color="white", linewidth=2.8, alpha=0.8, solid_joinstyle="round", zorder=under, gid="halo")
        ax.plot(*points.T, zorder=under + 0.5, solid_joinstyle="round", gid="path", **line)
        if runner.evaluated is None:
            dots: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 2.6, "markeredgewidth": 0}
            ax.plot(*points[1 : _DOTS + 1].T, color=colour, zorder=under + 0.6, gid="steps", **dots)
        else:
            rings: dict[str, Any] = {
                "marker": "o",
                "markersize": 2.8,
                "markerfacecolor": "white",
                "markeredgewidth": 0.8,
            }
            ax.plot(*runner.evaluated.T, color=colour, linewidth=0.5, zorder=5.5, gid="evaluations", **rings)
        left = exit_of(points, (ax.get_xlim(), ax.get_ylim()))
        if left is None:
            ends[index] = points[-1]
        else:
            at, change = left
            way = ax.transData.transform(at + 1e-3 * change) - ax.transData.transform(at)
            ax.plot(*at[:, None], zorder=7, clip_on=False, gid="exit", **exit_look(way, colour))
    draw_start(ax, contest, one.entries)
    draw_discs(ax, ends, gid="end", scale=mark_scale(ax), colour=looks.__getitem__)
    _name_paths(ax, contest, one)
    return drawn_ground


def _name_paths(ax: Axes, contest: Contest, one: Variation) -> list[Artist]:
    """Write each value beside its path, where it is farthest from the others; values with the same path together."""
    box, dpi = ax.get_window_extent(), resolution(ax)
    frame = (box.width, box.height)
    ways = [
        along(ax.transData.transform(drawn(contest, contest.contestants[index])) - box.min, frame)
        for index in one.entries
    ]
    hides = np.concatenate(ways)
    marks = np.array([contest.start, *contest.function.minima])
    taken: list[Box] = [around(at, 9) for at in ax.transData.transform(marks) - box.min]
    artists: list[Artist] = []
    named: set[int] = set()
    for at, colour in enumerate(colours(one)):
        if at in named:
            continue
        alike = [other for other in range(at, len(ways)) if _farthest(ways[at], ways[other]) < _SAME]
        named.update(alike)
        others = [way for other, way in enumerate(ways) if other not in alike]
        inside = ways[at][((ways[at] >= 4) & (ways[at] <= np.array(frame) - 4)).all(axis=1)]
        free = _distances(inside, np.concatenate(others)) if others else np.arange(len(inside))
        far = np.minimum(free, _FAR)
        text = ", ".join(_value(contest, one, other) for other in alike)
        size = np.array([width(text, style.SMALL, dpi, "bold") + 4, height(style.SMALL, dpi) + 1])
        # The best place may be taken by the name of another path.
        for point in inside[np.argsort(-far, kind="stable")][:: max(len(inside) // 40, 1)]:
            place = free_place(point, size, taken, hides, frame)
            if place is not None:
                taken.append(place)
                artists += _written(ax, text, point, place, colour if len(alike) == 1 else style.INK)
                break
    return artists


def _value(contest: Contest, one: Variation, at: int) -> str:
    """Return a value as it is written beside its path, with what became of it if it was lost."""
    return one.values[at] + (" diverges" if contest.contestants[one.entries[at]].diverged else "")


def _written(ax: Axes, text: str, point: FloatArray, place: Box, colour: str) -> list[Artist]:
    """Write a text at a place in pixels of the axes, with a line to the point that it names."""
    box = ax.get_window_extent()
    frame = np.array([box.width, box.height])
    edge = np.clip(point, (place.left, place.bottom), (place.right, place.top))
    leader = ax.plot(
        *(np.array([point, edge]) / frame).T, transform=ax.transAxes, color=colour, linewidth=0.8, zorder=6.9,
        gid="end leader",
    )  # fmt: skip
    name = ax.text(
        (place.left + 2) / frame[0], (place.bottom + place.top) / 2 / frame[1], text, transform=ax.transAxes,
        fontsize=style.SMALL, weight="bold", color=colour, ha="left", va="center", zorder=9, gid="value",
        parse_math=False, bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.0},
    )  # fmt: skip
    return [*leader, name]


def _distances(points: FloatArray, others: FloatArray) -> FloatArray:
    """Return how far each point, [n, 2], is from the nearest of the others, [m, 2]."""
    apart: FloatArray = np.hypot(*(points[:, None] - others[None]).T).min(axis=0)
    return apart


def _farthest(way: FloatArray, other: FloatArray) -> float:
    """Return how far two paths, [n, 2] and [m, 2], are apart where they are farthest."""
    return float(max(_distances(way, other).max(), _distances(other, way).max()))


def draw_losses(ax: Axes, contest: Contest, one: Variation) -> list[Artist]:
    """Draw the losses of the values on the scale of all panels; return the artists."""
    artists: list[Artist] = []
    for artist in frame_losses(ax, contest, _BELOW):
        # The name of the tolerance's line would hide a third of so low a panel.
        if isinstance(artist, Annotation):
            artist.remove()
        else:
            artists.append(artist)
    if ax.get_yscale() == "log":
        log_ticks(ax.yaxis, 3)
    else:
        known = [tick for tick in ax.get_yticks() if ax.get_ylim()[0] <= tick <= ax.get_ylim()[1]]
        ax.set_yticks(known[:: -(-len(known) // 3)])
    ax.set_xlim(0, dearest(contest))
    count_ticks(ax.xaxis, ax.get_xlim(), 4)
    for index, colour in zip(one.entries, colours(one), strict=True):
        runner = contest.contestants[index]
        at, heights = spent(contest, runner), followed(ax, contest, runner, runner.trajectory.loss)
        line: dict[str, Any] = {"color": colour, "linewidth": 1.3, **dashes_among(contest, index, one.entries)}
        artists += ax.plot(at, heights, solid_joinstyle="round", gid="loss", **line)
        artists += leaving(ax, at, heights, colour)
    return artists
