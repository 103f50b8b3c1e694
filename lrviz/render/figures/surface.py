"""The ground of a race: a surface in pale bands of f - f_min, its minima and its frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.foundation.numerals import short
from lrviz.render.figures import style
from lrviz.render.figures.text_size import resolution
from lrviz.results import Contest, FloatArray

BANDS = 22
LOW, HIGH = (0.62, 0.70, 0.79), (0.985, 0.985, 0.975)
"""Colours of the lowest and the highest band: pale, so that paths stand out, and grey alike."""
STEP_WORDS = "arrows: downhill (black, against the gradient) and the next step (coloured), all of one length"
_FINEST = 0.002
"""The share of the view whose lowest points do not stretch the scale."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Which values of f lie in which band: `edges` [bands + 1] of log10(f - f_min), or of f itself."""

    edges: FloatArray
    logarithmic: bool
    minimum: float

    def of(self, values: FloatArray) -> FloatArray:
        """Return where values lie on the scale, 0 for the lowest band to 1 for the highest."""
        heights = np.log10(np.maximum(values - self.minimum, 1e-300)) if self.logarithmic else values
        places = np.searchsorted(self.edges[1:-1], np.nan_to_num(heights, nan=np.inf)) / (len(self.edges) - 2)
        found: FloatArray = places
        return found

    @property
    def words(self) -> str:
        """The scale in words."""
        low, high = self.edges[0], self.edges[-1]
        if self.logarithmic:
            return f"bands: f − f_min from {short(10**low)} (dark) to {short(10**high)} (pale), on a log scale"
        return f"bands: f from {short(low)} (dark) to {short(high)} (pale), equal areas"


def bands(values: FloatArray, minimum: float | None) -> Bands:
    """Return the bands of a surface with these values, and this least one if it is known."""
    known = values[np.isfinite(values)]
    if minimum is None or not (known > minimum).any():
        return Bands(np.quantile(known, np.linspace(0, 1, BANDS + 1)), False, 0.0)
    heights = np.log10(np.maximum(known - minimum, 1e-300))
    low, high = float(np.quantile(heights, _FINEST)), float(heights.max())
    # A plain as flat as a table still has a scale.
    return Bands(np.linspace(min(low, high - 1e-6), high, BANDS + 1), True, minimum)


def draw_surface(ax: Axes, contest: Contest, *, worded: bool = True, arrows: bool = False) -> list[Artist]:
    """Draw the surface over the whole of `ax` in as many points as it has pixels, and its minima.

    worded: what bands, dots and faint lines mean is told below; arrows: and what arrows mean.
    """
    (left, right), (low, high) = box = contest.surface.box
    size = ax.get_window_extent()
    columns, rows = max(int(size.width), 2), max(int(size.height), 2)
    values = _stretched(_stretched(contest.surface.values, rows).T, columns).T
    scale = bands(values, contest.function.minimum)
    shade = scale.of(values)[..., None]
    colours = (255 * (np.array(LOW) * (1 - shade) + np.array(HIGH) * shade)).astype(np.uint8)
    ground = ax.imshow(
        colours, extent=(left, right, low, high), origin="lower", aspect="auto", interpolation="nearest", zorder=0,
        gid="surface",
    )  # fmt: skip
    ax.set(xlim=box[0], ylim=box[1])
    ax.set_xlabel("x", labelpad=1)
    ax.set_ylabel("y", labelpad=1)
    ax.tick_params(length=3, width=0.8, labelsize=style.SMALL, color=style.RULE, labelcolor=style.FAINT)
    minima = np.array(contest.function.minima).reshape(-1, 2)
    (stars,) = ax.plot(
        minima[:, 0], minima[:, 1], linestyle="", marker="*", markersize=13, markerfacecolor="white",
        markeredgecolor=style.INK, markeredgewidth=0.9, zorder=3, gid="minima",
    )  # fmt: skip
    if worded:
        _tell(ax, contest, scale, arrows=arrows)
    return [ground, stars]


def _stretched(values: FloatArray, count: int) -> FloatArray:
    """Return the centres of `count` cells down the first axis, interpolated where there are more or fewer now."""
    if len(values) == count:
        return values
    at = np.clip((np.arange(count) + 0.5) * len(values) / count - 0.5, 0, len(values) - 1)
    below = np.minimum(at.astype(np.int64), len(values) - 2)
    share = (at - below)[:, None]
    with np.errstate(all="ignore"):
        found: FloatArray = (1 - share) * values[below] + share * values[below + 1]
    return found


def _tell(ax: Axes, contest: Contest, scale: Bands, *, arrows: bool) -> None:
    rows = [scale.words, "dots: after steps 1, 2, 5, 10, 20, 50, …"]
    if any(one.robustness.bundle is not None for one in contest.contestants):
        rows[-1] += "; faint lines: from other starts"
    if arrows:
        rows.append(STEP_WORDS)
    # In inches below the axes, however tall they are.
    drop = 0.46 * resolution(ax) / ax.get_window_extent().height
    ax.text(
        0.0, -drop, "\n".join(rows), transform=ax.transAxes, fontsize=style.SMALL - 0.5, color=style.FAINT,
        ha="left", va="top", linespacing=1.2, parse_math=False, gid="scale",
    )  # fmt: skip
