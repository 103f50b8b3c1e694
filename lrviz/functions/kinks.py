"""Functions with kinks: absolute values fold the surface, and the gradient jumps at the fold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.functions.base import Function
from lrviz.functions.root import root


@dataclass(frozen=True)
class CrossInTray(Function):
    """A grid of creases with four global minima around the centre.

    Formula:
        f = -0.0001 (|sin x sin y exp|100 - r/π|| + 1)^0.1,  r = √(x² + y²)

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "cross_in_tray"
    known_as = "cross-in-tray"
    character = "kinks"
    domain = ((-10.0, 10.0), (-10.0, 10.0))
    start = (4.0, -3.0)
    minima = (
        (1.3494066171539107, 1.3494066171539107),
        (1.3494066171539107, -1.3494066171539107),
        (-1.3494066171539107, 1.3494066171539107),
        (-1.3494066171539107, -1.3494066171539107),
    )
    minimum = -2.062611870822739
    no_basins = "it is not smooth"

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        radius = root(x * x + y * y, m)
        waves = m.abs(m.sin(x) * m.sin(y)) * m.exp(m.abs(100 - radius / math.pi))
        return -0.0001 * (waves + 1) ** 0.1

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        radius = np.sqrt(x * x + y * y)
        product, rest = np.sin(x) * np.sin(y), 100 - radius / math.pi
        size = np.exp(np.abs(rest))
        outer = -0.00001 * (np.abs(product) * size + 1) ** -0.9 * size
        turn = outer * np.sign(product)
        fall = outer * np.abs(product) * np.sign(rest) / (math.pi * np.where(radius > 0, radius, 1.0))
        by_x, by_y = turn * np.cos(x) * np.sin(y), turn * np.sin(x) * np.cos(y)
        return by_x - fall * x, by_y - fall * y


@dataclass(frozen=True)
class HolderTable(Function):
    """Creases and ripples on a table with its minima in the four corners.

    Formula:
        f = -|sin x cos y exp|1 - r/π||,  r = √(x² + y²)

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "holder_table"
    known_as = "Hölder table"
    character = "kinks; lower outside"
    domain = ((-10.0, 10.0), (-10.0, 10.0))
    start = (4.0, 5.0)
    minima = (
        (8.055023475736563, 9.664590019241272),
        (8.055023475736563, -9.664590019241272),
        (-8.055023475736563, 9.664590019241272),
        (-8.055023475736563, -9.664590019241272),
    )
    minimum = -19.208502567886747
    no_basins = "it is not smooth"

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        radius = root(x * x + y * y, m)
        return -m.abs(m.sin(x) * m.cos(y)) * m.exp(m.abs(1 - radius / math.pi))

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        radius = np.sqrt(x * x + y * y)
        product, rest = np.sin(x) * np.cos(y), 1 - radius / math.pi
        size = -np.exp(np.abs(rest))
        turn = size * np.sign(product)
        fall = size * np.abs(product) * np.sign(rest) / (math.pi * np.where(radius > 0, radius, 1.0))
        by_x, by_y = turn * np.cos(x) * np.cos(y), -turn * np.sin(x) * np.sin(y)
        return by_x - fall * x, by_y - fall * y
