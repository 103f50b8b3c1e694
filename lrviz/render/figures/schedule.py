"""The picture of one schedule, or of several compared."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.render.figures.composition import EDGE, compose
from lrviz.render.figures.end_labels import end_labels, make_room
from lrviz.render.figures.lines import distinct_lines
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.panel import draw_rates
from lrviz.render.figures.picture import LatePicture
from lrviz.render.figures.text_size import missing_glyphs_shown_as_boxes, resolution
from lrviz.render.figures.ticks import second_scale
from lrviz.render.figures.timeline import timeline
from lrviz.render.text import verdicts
from lrviz.render.text.names import told_apart
from lrviz.render.text.presentable import presentable
from lrviz.results import Curves, Verdict

__all__ = ["Artist", "Axes", "SchedulePicture", "ShownFigure", "draw_schedules"]


def draw_schedules(ax: Axes, curves: Sequence[Curves], *, log: bool = False) -> list[Artist]:
    """Draw the learning rates of `curves` over one another on `ax`; return the artists.

    Labels stand right of the axes, which are narrowed for them where the figure ends too soon; what
    has room is decided for the size `ax` has now.
    """
    with missing_glyphs_shown_as_boxes():
        _, curves = told_apart(presentable(curves))
        axis = timeline(curves)
        labels = end_labels(distinct_lines(curves, axis), resolution(ax), ax.get_window_extent().height)
        make_room(ax, labels)
        artists = draw_rates(ax, curves, labels, axis, log=log)
        second_scale(ax, axis, max(3, int(ax.get_window_extent().width / 95)))
        return artists


class SchedulePicture(LatePicture):
    """A figure of `curves`: learning rates, and below them a panel for whatever else they hold."""

    def __init__(self, curves: Sequence[Curves], *, log: bool = False) -> None:
        named = presentable(curves)
        self._names = [one.name for one in named]
        super().__init__(lambda: compose(named, log=log), EDGE)

    def stamp(self, given: Sequence[Verdict]) -> None:
        """Write the verdicts, one a schedule, in the lower left corner; a disagreement in red."""
        self.sign(verdicts.sentence(self._names, given), alarm=any(one.verdict == "disagree" for one in given))
