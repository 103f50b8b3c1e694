"""The projected rest of a recorded run, drawn dashed after the recorded part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lrviz.render.figures import style
from lrviz.render.figures.lines import Line

_DASHES = (0, (3.2, 1.6))


def dash_projected(ax: Axes, lines: Sequence[Line], drawn: Sequence[Line2D]) -> list[Artist]:
    """Replace each line that is partly projected by two, the second dashed; return these."""
    found: list[Artist] = []
    for line, whole in zip(lines, drawn, strict=True):
        x, y = np.asarray(whole.get_xdata()), np.asarray(whole.get_ydata())
        until = line.seen * line.scale
        count = int(np.searchsorted(x, until))
        if count == len(x):
            continue
        # A value holds until the next update, and so until the first that is projected.
        last = y[max(count - 1, 0)]
        for part, dashes, gid in (
            ((np.append(x[:count], until), np.append(y[:count], last)), style.dash(line.dash), "seen"),
            ((np.append(until, x[count:]), np.append(last, y[count:])), _DASHES, "projected"),
        ):
            found += ax.plot(
                *part, color=whole.get_color(), linestyle=dashes, linewidth=style.LINE_WIDTH,
                drawstyle=whole.get_drawstyle(), solid_joinstyle="round", path_effects=whole.get_path_effects(),
                zorder=whole.get_zorder(), gid=gid,
            )  # fmt: skip
        whole.set_linestyle("None")
    return found
