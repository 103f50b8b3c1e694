"""Colours of basins: a hue and a lightness of its own for each minimum, so that neighbours differ in grey, too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrviz.foundation.plane import Box, Point
from lrviz.results import BoolArray, FloatArray, IntArray

HUES = ("#3f90da", "#e76300", "#1f9a78", "#8a2fb0", "#e0b01e", "#c8413b", "#27a3b5", "#b9409b", "#8f7a54", "#6f8f1f")
ELSEWHERE = "#f2f2f2"
"""Where a path ends at none of the minima: lighter than any basin."""
SHADES = 8
"""Of each minimum, the last for paths that never arrive; few, so that a picture of few colours has them all."""
_LIGHTEST, _DARKEST = 88.0, 19.0
"""CIE lightness between which all shades lie."""
_GAP = 0.5
"""Between the shades of two minima, as a share of the range of one."""
_FEW = 4
"""Minima up to which each has a lightness of its own; of more, those far apart share one."""
_ACROSS = 64
"""Points along each side of the view by which neighbours are found."""
_NEVER = 0.2
"""The share of a range by which the last shade is apart from the one before."""
_PALE = 0.5
"""How much grey the fastest shade has: where ranges are narrow, what is slower is also more colourful."""


def shades_of(minima: Sequence[Point], view: Box) -> FloatArray:
    """Return the shades of each minimum, [minima, SHADES, RGB], from the fastest to those that never arrive."""
    levels = _levels(minima, view)
    # Of each level the hues differ.
    ranks = [int((levels[:index] == level).sum()) for index, level in enumerate(levels)]
    count = int(levels.max()) + 1
    wide = (_LIGHTEST - _DARKEST) / (count + _GAP * (count - 1))
    share = np.append(np.linspace(0, 1 - _NEVER, SHADES - 1), 1.0)
    return np.stack(
        [
            _shaded(HUES[(level + 3 * rank) % len(HUES)], _LIGHTEST - wide * ((1 + _GAP) * level + share))
            for level, rank in zip(levels.tolist(), ranks, strict=True)
        ]
    )


def lightness(colours: FloatArray) -> FloatArray:
    """Return the CIE lightness L* of sRGB colours, [..., 3]: 0 for black, 100 for white, even steps to the eye."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    found: FloatArray = np.where(luminance > (6 / 29) ** 3, 116 * np.cbrt(luminance) - 16, luminance * (29 / 3) ** 3)
    return found


def rgb(colour: str) -> tuple[float, float, float]:
    """Return the parts of "#rrggbb", from 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _shaded(hue: str, wanted: FloatArray) -> FloatArray:
    """Return a hue at each lightness, falling, [n, RGB]: mixed with black or white, the first ones with grey, too."""
    grey = _PALE * (1 - np.linspace(0, 1, len(wanted)))[:, None]
    pure = (1 - grey) * rgb(hue) + grey * np.mean(rgb(hue))
    at = np.linspace(0, 1, 257)[:, None]
    found = np.empty((len(wanted), 3))
    for index, (colour, light) in enumerate(zip(pure, wanted, strict=True)):
        path = np.concatenate([at * colour, colour + at[1:] * (1 - colour)])
        found[index] = [np.interp(light, lightness(path), part) for part in path.T]
    return found


def _levels(minima: Sequence[Point], view: Box) -> IntArray:
    """Return the lightness of each minimum, 0 the lightest, [minima]; neighbours differ."""
    if len(minima) <= _FEW:
        return np.arange(len(minima))
    beside = neighbours(minima, view)
    levels = np.full(len(minima), -1)
    # Those with the most neighbours first: so few levels are needed.
    for index in np.argsort(-beside.sum(axis=1), kind="stable"):
        taken = set(levels[beside[index]].tolist())
        levels[index] = next(level for level in range(len(minima)) if level not in taken)
    return levels


def neighbours(minima: Sequence[Point], view: Box) -> BoolArray:
    """Return which minima have a border in common where each point belongs to the nearest, [minima, minima]."""
    (left, right), (low, high) = view
    x, y = np.meshgrid(np.linspace(left, right, _ACROSS), np.linspace(low, high, _ACROSS), indexing="ij")
    nearest = np.stack([np.hypot(x - at[0], y - at[1]) for at in minima]).argmin(axis=0)
    beside = np.zeros((len(minima), len(minima)), dtype=bool)
    for one, other in ((nearest[1:], nearest[:-1]), (nearest[:, 1:], nearest[:, :-1])):
        beside[one, other] = beside[other, one] = True
    np.fill_diagonal(beside, val=False)
    return beside
