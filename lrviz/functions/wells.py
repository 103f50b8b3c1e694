"""A few wells: the start decides which one a path reaches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.plane import Box
from lrviz.functions.base import Function


@dataclass(frozen=True)
class Himmelblau(Function):
    """Four equally deep minima: the start and the step size decide which one a path reaches.

    Formula:
        f = (x² + y - 11)² + (x + y² - 7)²

    Source: Himmelblau, Applied Nonlinear Programming, 1972;
    Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "himmelblau"
    known_as = "Himmelblau"
    character = "4 equal basins"
    domain = ((-5.0, 5.0), (-5.0, 5.0))
    start = (-0.3, -0.9)
    minima = (
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    )
    minimum = 0.0

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        p, q = x * x + y - 11, x + y * y - 7
        return p * p + q * q

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        p, q = x * x + y - 11, x + y * y - 7
        return 4 * x * p + 2 * q, 2 * p + 4 * y * q


@dataclass(frozen=True)
class StyblinskiTang(Function):
    """Four minima; one is the deepest.

    Formula:
        f = ½ (x⁴ - 16x² + 5x + y⁴ - 16y² + 5y)

    Source: Styblinski and Tang, Experiments in Nonconvex Optimization, https://doi.org/10.1016/0893-6080(90)90029-K
    """

    name = "styblinski_tang"
    known_as = "Styblinski-Tang"
    character = "4 unequal basins"
    domain = ((-5.0, 5.0), (-5.0, 5.0))
    start = (0.5, -0.2)
    minima = ((-2.903534027771177, -2.903534027771177),)
    minimum = -78.33233140754284

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        p, q = x * x, y * y
        return 0.5 * (p * (p - 16) + 5 * x + q * (q - 16) + 5 * y)

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return 2 * x * (x * x - 8) + 2.5, 2 * y * (y * y - 8) + 2.5


@dataclass(frozen=True)
class ThreeHumpCamel(Function):
    """A deep minimum between two shallow ones.

    Formula:
        f = 2x² - 1.05x⁴ + x⁶/6 + xy + y²

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "three_hump_camel"
    known_as = "three-hump camel"
    character = "3 minima"
    domain = ((-5.0, 5.0), (-5.0, 5.0))
    start = (2.0, -1.5)
    minima = ((0.0, 0.0),)
    minimum = 0.0

    @property
    @override
    def view(self) -> Box:
        return ((-2.5, 2.5), (-2.5, 2.5))

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        p = x * x
        return p * (2 + p * (p / 6 - 1.05)) + x * y + y * y

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        p = x * x
        return x * (4 + p * (p - 4.2)) + y, x + 2 * y


@dataclass(frozen=True)
class SixHumpCamel(Function):
    """Six minima, two of them global, with saddles between.

    Formula:
        f = (4 - 2.1x² + x⁴/3) x² + xy + (4y² - 4) y²

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "six_hump_camel"
    known_as = "six-hump camel"
    character = "multimodal, saddles"
    domain = ((-3.0, 3.0), (-2.0, 2.0))
    start = (1.8, 0.9)
    minima = (
        (0.08984201310031807, -0.7126564030207396),
        (-0.08984201310031807, 0.7126564030207396),
    )
    minimum = -1.0316284534898774

    @property
    @override
    def view(self) -> Box:
        return ((-2.0, 2.0), (-1.2, 1.2))

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        p, q = x * x, y * y
        return p * (4 + p * (p / 3 - 2.1)) + x * y + 4 * q * (q - 1)

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        p = x * x
        return x * (8 + p * (2 * p - 8.4)) + y, x + 8 * y * (2 * y * y - 1)


@dataclass(frozen=True)
class GoldsteinPrice(Function):
    """Values from 3 to a million, with several local minima on low ground.

    Formula:
        f = (1 + (x + y + 1)² (19 - 14x + 3x² - 14y + 6xy + 3y²))
          · (30 + (2x - 3y)² (18 - 32x + 12x² + 48y - 36xy + 27y²))

    Source: Goldstein and Price, On Descent from Local Minima, https://doi.org/10.1090/S0025-5718-1971-0312365-X
    """

    name = "goldstein_price"
    known_as = "Goldstein-Price"
    character = "huge range"
    domain = ((-2.0, 2.0), (-2.0, 2.0))
    start = (-1.5, 1.0)
    minima = ((0.0, -1.0),)
    minimum = 3.0

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        s, d = x + y + 1, 2 * x - 3 * y
        left = 1 + s * s * (19 - 14 * x + 3 * x * x - 14 * y + 6 * x * y + 3 * y * y)
        right = 30 + d * d * (18 - 32 * x + 12 * x * x + 48 * y - 36 * x * y + 27 * y * y)
        return left * right

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        s, d = x + y + 1, 2 * x - 3 * y
        p = 19 - 14 * x + 3 * x * x - 14 * y + 6 * x * y + 3 * y * y
        q = 18 - 32 * x + 12 * x * x + 48 * y - 36 * x * y + 27 * y * y
        left, right = 1 + s * s * p, 30 + d * d * q
        # The left factor depends on x + y only.
        of_left = 2 * s * p + s * s * (6 * (x + y) - 14)
        by_x = 4 * d * q + d * d * (24 * x - 32 - 36 * y)
        by_y = -6 * d * q + d * d * (48 - 36 * x + 54 * y)
        return of_left * right + left * by_x, of_left * right + left * by_y


@dataclass(frozen=True)
class Branin(Function):
    """Three equally deep minima in curved valleys.

    Formula:
        f = (y - 5.1/(4π²) x² + 5/π x - 6)² + 10 (1 - 1/(8π)) cos x + 10

    Source: Branin, Widely Convergent Method for Finding Multiple Solutions of Simultaneous Nonlinear Equations,
    https://doi.org/10.1147/rd.165.0504
    """

    name = "branin"
    known_as = "Branin"
    character = "3 equal"
    domain = ((-5.0, 10.0), (0.0, 15.0))
    start = (6.0, 13.0)
    minima = ((-math.pi, 12.275), (math.pi, 2.275), (3 * math.pi, 2.475))
    minimum = 0.39788735772973816

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        across = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
        return across * across + 10 * (1 - 1 / (8 * math.pi)) * m.cos(x) + 10

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        across = 2 * (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6)
        along = 5 / math.pi - 5.1 / (2 * math.pi**2) * x
        return across * along - 10 * (1 - 1 / (8 * math.pi)) * np.sin(x), across


@dataclass(frozen=True)
class TwoWells(Function):
    """A sharp well and a wide one; the sharp one is deeper, but noise and a large step drive a path out of it.

    Formula:
        f = 1 - 0.9 exp(-((x - 1.2)² + y²)/(2 · 0.7²)) - exp(-((x + 1.2)² + y²)/(2 · 0.12²))

    Source: after Keskar et al., On Large-Batch Training for Deep Learning: Generalization Gap and Sharp Minima,
    https://arxiv.org/abs/1609.04836
    """

    name = "two_wells"
    character = "which minimum noise picks"
    domain = ((-3.0, 3.0), (-3.0, 3.0))
    start = (-1.0, 2.0)
    minima = ((-1.1998220167874327, 0.0),)
    minimum = -0.002522573283922136

    @staticmethod
    def _wells(x: Any, y: Any, m: Any) -> tuple[Any, Any]:
        squared = y * y
        flat = 0.9 * m.exp(-((x - 1.2) * (x - 1.2) + squared) / 0.98)
        return flat, m.exp(-((x + 1.2) * (x + 1.2) + squared) / 0.0288)

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        flat, sharp = self._wells(x, y, m)
        return 1 - flat - sharp

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        flat, sharp = self._wells(x, y, np)
        flat, sharp = flat / 0.49, sharp / 0.0144
        return flat * (x - 1.2) + sharp * (x + 1.2), (flat + sharp) * y
