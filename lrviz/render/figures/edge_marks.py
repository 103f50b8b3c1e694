"""Arrowheads of curves that continue beyond a point, usually on the edge of axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.render.figures.text_size import resolution

_SIZE = 7.0
"""Points of an arrowhead."""


def mark_edge(
    ax: Axes, x: float, y: float, marker: str, colour: str, *, gid: str, transform: Any = None, **given: Any
) -> list[Artist]:
    """Draw the arrowhead, "^" or "v", of a curve that continues beyond a point of axes whose limits are final.

    An arrowhead that would overlap another goes behind it: below one that points up, above one that points down.
    """
    given = {"linestyle": "", "marker": marker, "markersize": _SIZE, "color": colour, "clip_on": False, **given}
    placed, size = transform or ax.transData, _SIZE * resolution(ax) / 72
    at = placed.transform((x, y))
    others = [one.get_transform().transform(one.get_xydata())[0] for one in ax.lines if one.get_gid() == gid]
    while any(np.hypot(*(at - other)) < size / 2 for other in others):
        at = at - (0, size if marker == "^" else -size)
    x, y = placed.inverted().transform(at)
    rim: dict[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.7}
    return list(ax.plot([x], [y], transform=placed, zorder=6, gid=gid, **rim, **given))
