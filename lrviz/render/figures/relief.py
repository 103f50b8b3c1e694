"""A surface as heights over the plane: the height of a value, and which parts of a path the surface hides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrviz.results import BoolArray, Box, Contest, FloatArray

_MIDDLE = 0.12
"""If the median lies below this share of all heights, a linear scale would show mostly a plain."""
_FLOOR = 0.005
"""The share of the view whose lowest points are drawn at one height on a log scale."""
_SHADES, _STEEPEST = 64, 3.0
"""Bands of height that shades are counted in, and how many times the shades of a ramp one of them may take."""
_LIFT = 0.004
"""How far above the surface a path is drawn, as a share of the height of all."""
_RAY = 160
"""Points of a ray to the eye at which the surface may lie above it."""
_BESIDE = 1.5
"""Cells of the net next to a point that do not hide it: between its nodes the surface is unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """The heights of a surface. heights: [rows, columns] over `box`, row 0 the lowest y; from `bottom`, `span` high.

    Formula of a height, s = soft:
        f, where the scale is linear
        log10(f - f_min + s) elsewhere; the little of the surface that is lower than s is drawn as a floor
    """

    box: Box
    heights: FloatArray
    bottom: float
    span: float
    minimum: float
    soft: float

    @property
    def logarithmic(self) -> bool:
        """Whether heights are logarithms."""
        return self.soft > 0

    @property
    def words(self) -> str:
        """What the height shows, in words."""
        return "height: f − f_min, on a log scale" if self.logarithmic else "height: f"

    def shades(self) -> FloatArray:
        """Return how pale the surface is, [rows, columns], 0 to 1: by areas, but small bumps stay small."""
        shares = (self.heights - self.bottom) / self.span
        areas, edges = np.histogram(shares, _SHADES, (0.0, 1.0))
        # Contrast-limited histogram equalisation: no band of heights takes much more of the shades than on a ramp.
        steps = np.minimum(areas / shares.size, _STEEPEST / _SHADES) + 1 / _SHADES
        pale: FloatArray = np.interp(shares, edges, np.append(0.0, np.cumsum(steps)) / steps.sum())
        return pale

    def height(self, value: float) -> float:
        """Return the height of a value of f, or of f - f_min on a log scale."""
        return float(np.log10(value + self.soft)) if self.logarithmic else value

    def value(self, height: float) -> float:
        """Return the value at a height."""
        return round(float(10**height) - self.soft, 12) if self.logarithmic else height

    def decades(self) -> list[float]:
        """Return the powers of ten of f - f_min that can be told apart on the scale."""
        low, high = (self.value(at) for at in (self.bottom, self.bottom + self.span))
        powers = np.arange(np.ceil(np.log10(max(low, self.soft))), np.floor(np.log10(high)) + 1)
        return [float(10.0**power) for power in powers[:: max(len(powers) // 5, 1)]]

    def on(self, points: FloatArray) -> FloatArray:
        """Return points of the plane, [n, 2], just above the surface, [n, 3]; outside the box as high as its edge."""
        heights = self._under(points) + _LIFT * self.span
        return np.column_stack([points, heights])

    def followed(self, path: FloatArray) -> FloatArray:
        """Return a path, [n, 3], with points added so that it follows the surface; rows of NaN separate its parts."""
        (left, right), (low, high) = self.box
        cells = np.abs(np.diff(path[:, :2], axis=0)) / ((right - left), (high - low)) * max(self.heights.shape)
        pieces = np.clip(np.nan_to_num(np.ceil(cells.max(axis=1)), nan=1), 1, None).astype(int)
        start = np.repeat(np.arange(len(pieces)), pieces)
        share = (np.arange(len(start)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[start]
        change = np.diff(path[:, :2], axis=0)[start] * share[:, None]
        between: FloatArray = np.concatenate([path[start, :2] + change, path[-1:, :2]])
        return self.on(between)

    def visible(self, points: FloatArray, toward: FloatArray) -> BoolArray:
        """Return which points, [n, 3], are not hidden by the surface from an eye that is far away.

        toward: the direction to it, [3], in shares of the box's sides.
        """
        (left, right), (low, high) = self.box
        sides = np.array([right - left, high - low, self.span])
        # From beside the point until the ray is above everything.
        first = _BESIDE / max(self.heights.shape) / float(np.hypot(*toward[:2]))
        along = np.linspace(first, 1.0 / toward[2], _RAY)
        rays = points[:, None, :] + along[None, :, None] * (toward * sides)
        at = rays[..., :2]
        outside = (at < (left, low)).any(axis=2) | (at > (right, high)).any(axis=2)
        with np.errstate(invalid="ignore"):
            above = rays[..., 2] >= self._under(at.reshape(-1, 2)).reshape(outside.shape)
        free: BoolArray = (above | outside).all(axis=1)
        return free

    def _under(self, points: FloatArray) -> FloatArray:
        """Return the height of the surface at points, [n, 2], between its nodes linearly."""
        (left, right), (low, high) = self.box
        rows, columns = self.heights.shape
        x = np.clip(np.nan_to_num((points[:, 0] - left) / (right - left)) * (columns - 1), 0, columns - 1)
        y = np.clip(np.nan_to_num((points[:, 1] - low) / (high - low)) * (rows - 1), 0, rows - 1)
        column, row = np.minimum(x.astype(int), columns - 2), np.minimum(y.astype(int), rows - 2)
        across, up = x - column, y - row
        z = self.heights
        lower = (1 - across) * z[row, column] + across * z[row, column + 1]
        upper = (1 - across) * z[row + 1, column] + across * z[row + 1, column + 1]
        found: FloatArray = (1 - up) * lower + up * upper
        return found


def relief_of(contest: Contest) -> Relief:
    """Return the relief of a contest's surface: logarithmic if it is mostly low and nowhere below 0."""
    net, minimum = contest.surface.net, contest.function.minimum
    known = net[np.isfinite(net)]
    low, high = float(known.min()), float(known.max())
    plain = float(np.median(known)) - low < _MIDDLE * (high - low)
    soft = float(np.quantile(known, _FLOOR)) - minimum if minimum is not None and low >= 0 and plain else 0.0
    filled = np.nan_to_num(net, nan=high, posinf=high, neginf=low)
    heights = np.log10(filled - (minimum or 0.0) + soft) if soft > 0 else filled
    bottom, top = float(heights.min()), float(heights.max())
    return Relief(contest.surface.box, heights, bottom, top - bottom or 1.0, minimum or 0.0, max(soft, 0.0))
