"""The picture of one schedule, or of several compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lrviz.render import style, verdicts
from lrviz.render.composition import BOTTOM, DPI, EDGE, RATES, SECOND_SCALE, VERDICT, WIDTH, compose
from lrviz.render.ends import end_labels, make_room
from lrviz.render.lettering import missing_glyphs_shown_as_boxes, resolution, wrap
from lrviz.render.lines import distinct_lines
from lrviz.render.names import told_apart
from lrviz.render.panel import draw_rates
from lrviz.render.png import LatePng, Pixels
from lrviz.render.ticks import second_scale
from lrviz.render.timeline import timeline
from lrviz.results import Curves, Verdict

__all__ = ["Artist", "Axes", "SchedulePicture", "draw_schedules", "new_axes"]


def draw_schedules(ax: Axes, curves: Sequence[Curves], *, log: bool = False) -> list[Artist]:
    """Draw the learning rates of `curves` over one another on `ax`; return the artists.

    Labels stand right of the axes, which are narrowed for them where the figure ends too soon; what
    has room is decided for the size `ax` has now.
    """
    with missing_glyphs_shown_as_boxes():
        _, curves = told_apart(curves)
        axis = timeline(curves)
        labels = end_labels(distinct_lines(curves, axis), resolution(ax), ax.get_window_extent().height)
        make_room(ax, labels)
        artists = draw_rates(ax, curves, labels, axis, log=log)
        second_scale(ax, axis, max(3, int(ax.get_window_extent().width / 95)))
        return artists


def new_axes() -> Axes:
    """Return the axes of a new figure, as wide as a picture, that pyplot's global state does not hold."""
    return Figure((WIDTH, RATES + BOTTOM + 2 * SECOND_SCALE), dpi=DPI).add_subplot()


class SchedulePicture:
    """A figure of `curves`: learning rates, and below them a panel for whatever else they hold.

    The cross-check's verdict comes late. So `prepare` draws everything else, and `stamp` and `save`
    only add the verdict's line to the finished pixels.
    """

    def __init__(self, curves: Sequence[Curves], *, log: bool = False) -> None:
        self._names = [one.name for one in curves]
        with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():  # type: ignore[arg-type]
            self.figure = compose(curves, log=log)
            self._canvas = FigureCanvasAgg(self.figure)
            # Above all else, so that adding it last to finished pixels is what a full draw does.
            self._verdict = self.figure.text(
                EDGE / WIDTH, 0.08 / self.figure.get_figheight(), "", fontsize=7.5, color=style.FAINT,
                ha="left", va="bottom", linespacing=1.2, zorder=1000, gid="verdict",
            )  # fmt: skip
        self._finished: tuple[Any, LatePng] | None = None

    def prepare(self) -> None:
        """Draw everything but the verdict; called once, by `save` at the latest."""
        with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():  # type: ignore[arg-type]
            self._finished = self._draw()

    def stamp(self, given: Sequence[Verdict]) -> None:
        """Write the verdicts, one a schedule, in the lower left corner; a disagreement in red."""
        text = verdicts.sentence(self._names, given)
        alarm = any(one.verdict == "disagree" for one in given)
        rows = wrap(text, (WIDTH - 2 * EDGE) * DPI, 7.5, DPI, most=2, weight="bold" if alarm else "normal")
        self._verdict.set_text("\n".join(rows))
        self._verdict.set_color(style.ALARM if alarm else style.FAINT)
        self._verdict.set_fontweight("bold" if alarm else "normal")

    def save(self, stream: BinaryIO, format: Literal["png", "svg", "pdf"]) -> None:  # noqa: A002 - matplotlib's word
        """Write the picture, the same bytes for the same curves: without dates, versions or random names."""
        with rc_context(style.SETTINGS), missing_glyphs_shown_as_boxes():  # type: ignore[arg-type]
            if format != "png":
                metadata = {"Date": None} if format == "svg" else {"CreationDate": None}
                self.figure.savefig(stream, format=format, metadata=metadata)
                return
            if self._finished is None:
                self._finished = self._draw()
            background, png = self._finished
            self._canvas.restore_region(background)  # type: ignore[no-untyped-call]
            self.figure.draw_artist(self._verdict)
            png.write(self._pixels(), stream)

    def _draw(self) -> tuple[Any, LatePng]:
        self._verdict.set_visible(False)
        self._canvas.draw()  # type: ignore[no-untyped-call]
        self._verdict.set_visible(True)
        background = self._canvas.copy_from_bbox(self.figure.bbox)  # type: ignore[no-untyped-call]
        return background, LatePng(self._pixels(), int(VERDICT * DPI), DPI)

    def _pixels(self) -> Pixels:
        return np.asarray(self._canvas.buffer_rgba())  # type: ignore[no-untyped-call]
