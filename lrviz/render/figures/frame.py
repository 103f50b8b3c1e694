"""The frame of a panel."""

from __future__ import annotations

from matplotlib.axes import Axes

from lrviz.render.figures import style


def quiet(ax: Axes) -> None:
    """Give a panel a plain frame: two spines, and pale grid lines at the values."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(style.RULE)
    ax.grid(axis="y", color=style.GRID, linewidth=0.8, zorder=0.5)
    ax.tick_params(length=3, width=0.8, labelsize=style.SMALL, color=style.RULE, labelcolor=style.FAINT)
