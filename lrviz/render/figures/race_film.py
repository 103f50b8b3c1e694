"""A race in motion: every head on its way over the surface, and the losses growing in step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrviz.foundation.progress import Progress
from lrviz.render.figures import style
from lrviz.render.figures.film_formats import encode
from lrviz.render.figures.losses import costs, dearest, followed, frame_losses, spent
from lrviz.render.figures.palette import Pixels
from lrviz.render.figures.path_ends import minima_under_ends
from lrviz.render.figures.paths import DOTTED, draw_start, look
from lrviz.render.figures.surface import STAR, draw_surface
from lrviz.render.figures.text_size import height, missing_glyphs_shown_as_boxes, width, wrap
from lrviz.render.text.presentable import presentable
from lrviz.results import Contest, FloatArray, IntArray

FRAMES = 100
"""At the most; a race of fewer steps has a frame for each."""
SHOWN, LAST = 60, 1500
"""Milliseconds that a frame is shown, and the last one."""
DPI = 100
WIDTH, MAP, EDGE, LEFT, BETWEEN, FOOT = 8.0, 3.7, 0.12, 0.5, 0.72, 0.62
"""Inches."""


def costs_shown(most: int) -> IntArray:
    """Return the costs that have a frame: every one at first, where most happens, then ever wider apart."""
    if most < FRAMES:
        return np.arange(most + 1)
    return np.unique(np.rint(most * np.linspace(0, 1, FRAMES) ** 2).astype(np.int64))


def animate(contest: Contest, stream: BinaryIO, suffix: str, progress: Progress | None = None) -> None:
    """Write the film of a contest in the format of a suffix, one of `lrviz.render.figures.film_formats.FORMATS`.

    Raises UnfinishedError where the encoder fails.
    """
    contest = presentable(contest)
    shown = costs_shown(int(dearest(contest)))
    durations = [SHOWN] * (len(shown) - 1) + [LAST]
    with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():  # type: ignore[arg-type]
        encode(_frames(contest, shown, progress), durations, stream, suffix, _colours(contest))


def _colours(contest: Contest) -> list[str]:
    """Return the colours that a small palette must hold, however few pixels have them."""
    entries = {style.path_colour(index) for index in range(len(contest.contestants))}
    return [*sorted(entries), style.INK, style.FAINT, style.RULE, style.GRID, STAR, "#ffffff"]


def _frames(contest: Contest, shown: IntArray, progress: Progress | None) -> Iterator[Pixels]:
    """Yield the frames: each adds a piece of every trail to the one before, and sets the heads over it."""
    figure, ground, losses, counter = _stage(contest)
    movers = [_Mover(ground, losses, contest, index) for index in range(len(contest.contestants))]
    canvas = FigureCanvasAgg(figure)
    trails = [artist for mover in movers for artist in mover.trail]
    heads = [*(artist for mover in movers for artist in mover.head), counter]
    for artist in (*trails, *heads):
        artist.set_animated(True)
    canvas.draw()  # type: ignore[no-untyped-call]
    still = canvas.copy_from_bbox(figure.bbox)  # type: ignore[no-untyped-call]
    noun = "step" if costs(contest) == "step" else "evaluation"
    for done, cost in enumerate(shown.tolist()):
        canvas.restore_region(still)  # type: ignore[no-untyped-call]
        counter.set_text(f"{noun} {cost:,}")
        for mover in movers:
            mover.go(cost)
        for artist in trails:
            figure.draw_artist(artist)
        still = canvas.copy_from_bbox(figure.bbox)  # type: ignore[no-untyped-call]
        for artist in heads:
            figure.draw_artist(artist)
        yield np.array(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
        if progress is not None:
            progress(done + 1, len(shown))


class _Mover:
    """The trail, the head and the loss curve of one entry."""

    def __init__(self, ground: Axes, losses: Axes, contest: Contest, index: int) -> None:
        one = contest.contestants[index]
        path = one.trajectory
        self._path, self._end = path.path, path.last
        self._spent = spent(contest, one)
        self._loss = followed(losses, contest, one, path.loss)
        given: dict[str, Any] = look(index)
        head: dict[str, Any] = {"linestyle": "", "color": style.path_colour(index), "markeredgecolor": "white"}
        self._last, self._limits = 0, losses.get_ylim()
        (self._trail,) = ground.plot([], [], linewidth=1.5, zorder=5, **given)
        (self._curve,) = losses.plot([], [], linewidth=1.5, **given)
        (self._head,) = ground.plot([], [], marker="o", markersize=8, zorder=7, **head)
        (self._tip,) = losses.plot([], [], marker="o", markersize=5, zorder=7, clip_on=False, **head)

        self.trail: list[Line2D] = [self._trail, self._curve]
        """What a frame adds to those before."""
        self._means = self._averages(ground, losses, contest, index)
        self.head: list[Line2D] = [*(line for line, _ in self._means), self._head, self._tip]
        """What stands in one frame only."""

    def _averages(self, ground: Axes, losses: Axes, contest: Contest, index: int) -> list[tuple[Line2D, FloatArray]]:
        """Return the lines of the average and what they show by and by, [rows, 2]; dashes are drawn anew each time."""
        one = contest.contestants[index]
        mean = one.average
        if mean is None:
            return []
        dotted: dict[str, Any] = {"color": style.path_colour(index), "linestyle": DOTTED, "linewidth": 2.6}
        (halo,) = ground.plot([], [], color="white", linewidth=4.4, zorder=6, gid="halo")
        (line,) = ground.plot([], [], zorder=6.5, gid="average", **dotted)
        (curve,) = losses.plot([], [], gid="average loss", **dotted)
        rows = np.stack([self._spent, followed(losses, contest, one, mean.loss)], axis=1)
        return [(halo, mean.path), (line, mean.path), (curve, rows)]

    def go(self, cost: int) -> None:
        """Show how far the entry comes at a cost; where its values are no longer finite, where it was last seen."""
        step = min(int(np.searchsorted(self._spent, cost, side="right")) - 1, self._end)
        at = np.arange(self._last, step + 1)
        self._trail.set_data(*self._path[at].T)
        self._curve.set_data(self._spent[at], self._loss[at])
        self._head.set_data(*self._path[step : step + 1].T)
        (low, high), height = self._limits, self._loss[step]
        self._tip.set_data([self._spent[step]], [height if low <= height <= high else np.nan])
        for line, rows in self._means:
            line.set_data(*rows[: step + 1].T)
        self._last = step


def _stage(contest: Contest) -> tuple[Figure, Axes, Axes, Any]:
    """Return the figure with all that stands still, its two panels, and the counter of steps."""
    room = (WIDTH - 2 * EDGE) * DPI
    title = wrap(contest.name, room, style.TITLE - 1, DPI, most=2, weight="bold")
    rows = _legend(contest, room)
    line = height(style.SMALL, DPI) / DPI
    head = EDGE + height(style.TITLE - 1, DPI, len(title)) / DPI + line * len(rows) + 0.1
    # Even numbers of pixels, as films need them.
    tall = 2 * round((head + MAP + FOOT) * DPI / 2) / DPI
    figure = Figure((WIDTH, tall), dpi=DPI)
    figure.text(
        EDGE / WIDTH, 1 - EDGE / tall, "\n".join(title), fontsize=style.TITLE - 1, weight="bold", color=style.INK,
        ha="left", va="top", linespacing=1.2, parse_math=False, gid="heading",
    )  # fmt: skip
    for row, entries in enumerate(rows):
        y = 1 - (head - 0.1 - line * (len(rows) - row) + line / 2) / tall
        for index, x, name in entries:
            sample: dict[str, Any] = {**look(index), "linewidth": 2.4}
            figure.add_artist(Line2D([x / room, (x + 18) / room], [y, y], transform=figure.transFigure, **sample))
            figure.text((x + 24) / room, y, name, fontsize=style.SMALL, va="center", parse_math=False, gid="name")
    ground = figure.add_axes((LEFT / WIDTH, (FOOT - 0.1) / tall, MAP / WIDTH, MAP / tall))
    ground.set(xlim=contest.surface.box[0], ylim=contest.surface.box[1])
    draw_surface(ground, contest, under=minima_under_ends(ground, contest, range(len(contest.contestants))))
    draw_start(ground, contest)
    left = LEFT + MAP + BETWEEN
    losses = figure.add_axes((left / WIDTH, (FOOT - 0.1) / tall, (WIDTH - left - 0.2) / WIDTH, MAP / tall))
    frame_losses(losses, contest)
    losses.set_xlim(0, dearest(contest))
    # Of a race with more steps than frames the first ones are shown slowly.
    losses.set_xlabel(costs(contest) + (" (time speeds up)" if dearest(contest) >= FRAMES else ""))
    counter = losses.text(
        0.97, 0.95, "", transform=losses.transAxes, fontsize=style.TITLE, weight="bold", color=style.FAINT, ha="right",
        va="top", gid="counter",
    )  # fmt: skip
    return figure, ground, losses, counter


def _legend(contest: Contest, room: float) -> list[list[tuple[int, float, str]]]:
    """Return rows of (entry, pixels from the left, name)."""
    rows: list[list[tuple[int, float, str]]] = [[]]
    x = EDGE * DPI
    for index, one in enumerate(contest.contestants):
        told = one.name if one.average is None else f"{one.name} (dotted: {one.average.words})"
        (name, *_) = wrap(told, room / 2, style.SMALL, DPI, most=1)
        long = 24 + width(name, style.SMALL, DPI) + 18
        if x + long > room and rows[-1]:
            rows.append([])
            x = EDGE * DPI
        rows[-1].append((index, x, name))
        x += long
    return rows
