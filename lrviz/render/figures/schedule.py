"""The picture of one schedule, or of several compared."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.foundation.printable import printable
from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures.composition import EDGE, compose
from lrviz.render.figures.end_labels import make_room
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.panel import draw_rates
from lrviz.render.figures.picture import LatePicture
from lrviz.render.figures.stack import Stack
from lrviz.render.figures.text_size import missing_glyphs_shown_as_boxes, resolution
from lrviz.render.figures.ticks import second_scale
from lrviz.render.figures.variations import compose_variations
from lrviz.render.projection import joined
from lrviz.render.text import verdicts
from lrviz.render.text.names import told_apart
from lrviz.render.text.presentable import presentable
from lrviz.render.variations import Variation
from lrviz.results import Curves, Verdict

__all__ = ["Artist", "Axes", "SchedulePicture", "ShownFigure", "draw_schedules"]

_AS_THEY_ARE = ScheduleAxes()


def draw_schedules(ax: Axes, curves: Sequence[Curves], axes: ScheduleAxes = _AS_THEY_ARE) -> list[Artist]:
    """Draw the learning rates of `curves` over one another on `ax`; return the artists.

    Labels are right of the axes, which become narrower if the figure has no room for them; what
    fits is decided for the size that `ax` has now.
    """
    with missing_glyphs_shown_as_boxes():
        _, curves = told_apart([joined(one) for one in presentable(curves)])
        high = ax.get_window_extent().height / resolution(ax)
        stack = Stack.of(curves, axes, resolution(ax), high, high)
        make_room(ax, stack.labels)
        artists = draw_rates(ax, curves, stack.labels, stack.axis, log=stack.log, deep=stack.deep)
        second_scale(ax, stack.axis, max(3, int(ax.get_window_extent().width / 95)))
        return artists


class SchedulePicture(LatePicture):
    """A figure of `curves`: learning rates, and below them a panel for whatever else they hold.

    panels: which curves have a small panel of their own, in their order; by default all share one.
    """

    def __init__(
        self, curves: Sequence[Curves], axes: ScheduleAxes = _AS_THEY_ARE, panels: Sequence[Variation] = ()
    ) -> None:
        named = [joined(one) for one in presentable(curves)]
        self._names = [one.name for one in named]
        varied = [
            Variation(printable(one.title), printable(one.words), tuple(map(printable, one.names))) for one in panels
        ]
        super().__init__(lambda: compose_variations(named, axes, varied) if varied else compose(named, axes), EDGE)

    def stamp(self, given: Sequence[Verdict]) -> None:
        """Write the verdicts, one a schedule, in the lower left corner; a disagreement in red."""
        self.sign(verdicts.sentence(self._names, given), alarm=any(one.verdict == "disagree" for one in given))
