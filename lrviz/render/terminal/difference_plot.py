"""Two sources that are compared, as a plot of braille dots: the group that differs most."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from lrviz.render.axes import ScheduleAxes
from lrviz.render.compared_part import drawn_part
from lrviz.render.terminal.schedule_plot import braille_plot
from lrviz.render.text.presentable import presentable
from lrviz.results import Curves, Difference, FloatArray, Track


def difference_plot(difference: Difference, width: int, height: int) -> Text:
    """Return a plot of `width` by `height` characters of the group that differs most."""
    shown = presentable(difference)
    group = max(shown.groups, key=lambda one: one.max_rel)
    of = f", group {group.name}" if len(shown.groups) > 1 else ""
    curves = [
        Curves(f"{side}{of}", "", shown.unit, 1, "", "", (group.name,), _filled(track)[:, None])
        for side, track in (("A", group.a), ("B", group.b))
    ]
    start, stop = drawn_part([group])
    return braille_plot(
        curves, width, height, ScheduleAxes(windows=tuple((start, min(stop, one.steps)) for one in curves))
    )


def _filled(track: Track) -> FloatArray:
    """Return the values from update 0 on; those that a log has none of lie on the line between its neighbours."""
    at = np.arange(int(track.at[-1]) + 1)
    return np.interp(at, track.at, track.lr, left=np.nan)
