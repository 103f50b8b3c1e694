"""The film of a race: every entry moves over the surface while its loss is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrviz.foundation.numerals import plural
from lrviz.foundation.progress import Progress
from lrviz.render.figures import style
from lrviz.render.figures.film_formats import encode
from lrviz.render.figures.heading import draw_rows
from lrviz.render.figures.losses import costs, dearest, draw_scheduled, followed, frame_losses, spent
from lrviz.render.figures.palette import Pixels
from lrviz.render.figures.path_ends import minima_under_ends
from lrviz.render.figures.paths import FAINT, average_look, draw_start, look
from lrviz.render.figures.surface import STAR, draw_surface
from lrviz.render.figures.text_size import height, missing_glyphs_shown_as_boxes, width, wrap
from lrviz.render.figures.ticks import count_ticks
from lrviz.render.text.presentable import presentable
from lrviz.results import Contest, FloatArray, IntArray

SLOW, FAST = 40, 50
"""Frames of one step each at the beginning, where most happens, and of many steps each after them."""
FRAMES = SLOW + FAST + 1
"""At the most; a race of no more steps has a frame for each."""
SHOWN, LAST = 60, 1500
"""Milliseconds that a frame is shown, and the last one."""
DPI = 100
WIDTH, MAP, EDGE, LEFT, BETWEEN, FOOT = 8.0, 3.7, 0.12, 0.56, 0.66, 0.56
"""Inches."""
OVER, RATES, APART = 0.24, 0.75, 0.34
"""Inches over the losses for the counter, of the panel of the lr, and between it and the losses."""


def costs_shown(most: int) -> IntArray:
    """Return the costs that have a frame: each one at first, then evenly, as far apart as needed."""
    if most < FRAMES:
        return np.arange(most + 1)
    return np.concatenate([np.arange(SLOW), np.rint(np.linspace(SLOW, most, FAST + 1)).astype(np.int64)])


def animate(contest: Contest, stream: BinaryIO, suffix: str, progress: Progress | None = None) -> None:
    """Write the film of a contest in the format of a suffix, one of `lrviz.render.figures.film_formats.FORMATS`.

    Raises UnfinishedError where the encoder fails.
    """
    contest = presentable(contest)
    shown = costs_shown(int(dearest(contest)))
    durations = [SHOWN] * (len(shown) - 1) + [LAST]
    with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():
        encode(_frames(contest, shown, progress), durations, stream, suffix, _colours(contest))


def _colours(contest: Contest) -> list[str]:
    """Return the colours that a small palette must hold, however few pixels have them."""
    entries = {style.path_colour(index) for index in range(len(contest.contestants))}
    return [*sorted(entries), style.INK, style.FAINT, style.RULE, style.GRID, STAR, "#ffffff"]


def _frames(contest: Contest, shown: IntArray, progress: Progress | None) -> Iterator[Pixels]:
    """Yield the frames: each adds a piece of every trail to the one before, and sets the heads over it.

    shown: how many steps were made, or evaluations where the losses are drawn against these.
    """
    stage = _stage(contest)
    figure, counter, unit = stage.figure, stage.counter, contest.unit.removeprefix("gradient ")
    movers = [_Mover(stage, contest, index) for index in range(len(contest.contestants))]
    canvas = FigureCanvasAgg(figure)
    trails = [artist for mover in movers for artist in mover.trail]
    heads = [*(artist for mover in movers for artist in mover.head), counter]
    for artist in (*trails, *heads):
        artist.set_animated(True)
    canvas.draw()
    still = canvas.copy_from_bbox(figure.bbox)
    for done, step in enumerate(shown.tolist()):
        canvas.restore_region(still)
        counter.set_text(_counted(shown, done, unit))
        for mover in movers:
            mover.go(step)
        for artist in trails:
            figure.draw_artist(artist)
        still = canvas.copy_from_bbox(figure.bbox)
        for artist in heads:
            figure.draw_artist(artist)
        yield np.array(canvas.buffer_rgba())
        if progress is not None:
            progress(done + 1, len(shown))


def _counted(shown: IntArray, done: int, unit: str) -> str:
    """Say how far the race is and, if the speed of the film changes, how fast it is."""
    told = f"{unit} {int(shown[done]):,}"
    pace = round((int(shown[-1]) - SLOW) / FAST)
    if len(shown) < FRAMES or pace <= 1:
        return told
    return f"{told}  ·  {plural(1 if done < SLOW else pace, unit)} per frame"


class _Mover:
    """The trail, the head and the loss curve of one entry."""

    def __init__(self, stage: _Stage, contest: Contest, index: int) -> None:
        one = contest.contestants[index]
        path, losses = one.trajectory, stage.losses
        self._path, self._end, self._spent = path.path, path.last, spent(contest, one)
        self._loss, self._lr = followed(losses, contest, one, path.loss), np.append(path.lr, path.lr[-1])
        self._limits = losses.get_ylim()
        # A path is faint next to its average, as in the picture.
        given: dict[str, Any] = {"linewidth": 1.5, **(FAINT if one.average is not None else {}), **look(index)}
        head: dict[str, Any] = {"linestyle": "", "color": style.path_colour(index), "markeredgecolor": "white"}
        tip: dict[str, Any] = {"marker": "o", "markersize": 5, "zorder": 7, "clip_on": False, **head}
        self._last = 0
        (self._trail,) = stage.ground.plot([], [], zorder=5, **given)
        (self._curve,) = losses.plot([], [], **given)
        (self._head,) = stage.ground.plot([], [], marker="o", markersize=8, zorder=7, **head)
        (self._tip,) = losses.plot([], [], **tip)
        self._rate = stage.rates.plot([], [], **tip) if stage.rates is not None and one.chain else []

        self.trail: list[Line2D] = [self._trail, self._curve]
        """What a frame adds to those before."""
        self._means = self._averages(stage, contest, index)
        self.head: list[Line2D] = [*(line for line, _ in self._means), self._head, self._tip, *self._rate]
        """What is in one frame only."""

    @staticmethod
    def _averages(stage: _Stage, contest: Contest, index: int) -> list[tuple[Line2D, FloatArray]]:
        """Return the lines of the average with all their points, [rows, 2]; dashes are redrawn in each frame."""
        ground, losses, one = stage.ground, stage.losses, contest.contestants[index]
        mean = one.average
        if mean is None:
            return []
        dotted = average_look(contest, index)
        (halo,) = ground.plot([], [], color="white", linewidth=4.4, zorder=6, gid="halo")
        (line,) = ground.plot([], [], zorder=6.5, gid="average", **dotted)
        (curve,) = losses.plot([], [], gid="average loss", **dotted)
        rows = np.stack([spent(contest, one), followed(losses, contest, one, mean.loss)], axis=1)
        return [(halo, mean.path), (line, mean.path), (curve, rows)]

    def go(self, at: int) -> None:
        """Show the entry after so many steps, or evaluations; at its last point if it has ended by then."""
        step = min(int(np.searchsorted(self._spent, at, side="right")) - 1, self._end)
        rows = np.arange(self._last, step + 1)
        self._trail.set_data(*self._path[rows].T)
        self._curve.set_data(self._spent[rows], self._loss[rows])
        self._head.set_data(*self._path[step : step + 1].T)
        low, high = self._limits
        loss = float(self._loss[step])
        # An arrowhead on the edge shows that the loss has left the axes.
        self._tip.set_marker("v" if loss < low else "^" if loss > high else "o")
        self._tip.set_markersize(5 if low <= loss <= high else 8)
        self._tip.set_data(self._spent[step : step + 1], [min(max(loss, low), high)])
        for line in self._rate:
            line.set_data(self._spent[step : step + 1], self._lr[step : step + 1])
        for line, known in self._means:
            line.set_data(*known[: step + 1].T)
        self._last = step


@dataclass(frozen=True, slots=True)
class _Stage:
    """What does not move: the surface, the axes of the losses and of the lr under a schedule; and the counter."""

    figure: Figure
    ground: Axes
    losses: Axes
    rates: Axes | None
    counter: Any


def _stage(contest: Contest) -> _Stage:
    """Lay a film out in inches, and draw what does not move."""
    room = (WIDTH - 2 * EDGE) * DPI
    title = wrap(contest.name, room, style.TITLE - 1, DPI, most=2, weight="bold")
    rows = _legend(contest, room)
    line = height(style.SMALL, DPI) / DPI
    head = EDGE + height(style.TITLE - 1, DPI, len(title)) / DPI + line * len(rows) + 0.1
    # Even numbers of pixels, as films need them.
    tall = 2 * round((head + OVER + MAP + FOOT) * DPI / 2) / DPI
    figure = Figure((WIDTH, tall), dpi=DPI)
    draw_rows(figure, (EDGE, EDGE), title, style.TITLE - 1, style.INK, weight="bold")
    for row, entries in enumerate(rows):
        y = 1 - (head - 0.1 - line * (len(rows) - row) + line / 2) / tall
        for index, x, name in entries:
            sample: dict[str, Any] = {**look(index), "linewidth": 2.4}
            figure.add_artist(Line2D([x / room, (x + 18) / room], [y, y], transform=figure.transFigure, **sample))
            figure.text((x + 24) / room, y, name, fontsize=style.SMALL, va="center", parse_math=False, gid="name")

    left = LEFT + MAP + BETWEEN
    wide = WIDTH - left - 0.2

    def panel(x: float, top: float, across: float, down: float, told: str = "") -> Axes:
        ax = figure.add_axes((x / WIDTH, 1 - (head + OVER + top + down) / tall, across / WIDTH, down / tall))
        ax.set_title(told, loc="left", pad=5, fontsize=style.SMALL, weight="bold", color=style.INK)
        return ax

    ground = panel(LEFT, 0, MAP, MAP)
    ground.set(xlim=contest.surface.box[0], ylim=contest.surface.box[1])
    draw_surface(ground, contest, under=minima_under_ends(ground, contest, range(len(contest.contestants))))
    ground.yaxis.set_label_coords(-0.42 / MAP, 0.5)
    draw_start(ground, contest)
    scheduled = any(one.chain for one in contest.contestants)
    lower = RATES + APART if scheduled else 0.0
    losses = panel(left, 0, wide, MAP - lower, "Loss" if contest.tolerance is None else "Loss above the minimum")
    frame_losses(losses, contest)
    losses.set_xlim(0, dearest(contest))
    count_ticks(losses.xaxis, (0, dearest(contest)), 4)
    rates = None
    if scheduled:
        losses.tick_params(labelbottom=False)
        rates = panel(left, MAP - RATES, wide, RATES, "Learning rate")
        draw_scheduled(rates, contest)
    (rates or losses).set_xlabel(costs(contest), labelpad=1)
    # In the margin, which no curve reaches.
    counter = figure.text(
        LEFT / WIDTH, 1 - (head + OVER - 0.06) / tall, "", fontsize=style.SMALL, weight="bold", color=style.INK,
        ha="left", va="bottom", gid="counter",
    )  # fmt: skip
    return _Stage(figure, ground, losses, rates, counter)


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
