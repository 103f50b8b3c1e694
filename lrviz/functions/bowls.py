"""Bowls and plates: one minimum, well or badly conditioned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Gt, Lt
from typing_extensions import Doc, override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.functions.base import Function


@dataclass(frozen=True)
class Quadratic(Function):
    """A bowl that is kappa times steeper in one direction than in the other, rotated by an angle.

    Formula:
        f = ½ (u² + kappa v²)
        u = x cos a + y sin a,  v = -x sin a + y cos a,  a = rotation in radians

    Source: Goh, Why Momentum Really Works, https://distill.pub/2017/momentum/
    """

    kappa: Annotated[float, Gt(0), Lt(math.inf), Doc("condition number: the larger curvature over the smaller")] = 25.0
    rotation: Annotated[float, Gt(-math.inf), Lt(math.inf), Doc("angle of the ravine, in degrees")] = 0.0

    name = "quadratic"
    character = "conditioning"
    domain = ((-2.0, 2.0), (-2.0, 2.0))
    start = (-1.8, 1.2)
    minima = ((0.0, 0.0),)
    minimum = 0.0

    @property
    def _turned(self) -> tuple[float, float]:
        angle = math.radians(self.rotation)
        return math.cos(angle), math.sin(angle)

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        cos, sin = self._turned
        u, v = cos * x + sin * y, cos * y - sin * x
        return 0.5 * (u * u + self.kappa * (v * v))

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        cos, sin = self._turned
        u, v = cos * x + sin * y, self.kappa * (cos * y - sin * x)
        return cos * u - sin * v, sin * u + cos * v


@dataclass(frozen=True)
class Booth(Function):
    """A plain convex bowl with rotated axes.

    Formula:
        f = (x + 2y - 7)² + (2x + y - 5)²

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "booth"
    known_as = "Booth"
    character = "convex"
    domain = ((-10.0, 10.0), (-10.0, 10.0))
    start = (-7.0, 6.0)
    minima = ((1.0, 3.0),)
    minimum = 0.0

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        p, q = x + 2 * y - 7, 2 * x + y - 5
        return p * p + q * q

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        p, q = x + 2 * y - 7, 2 * x + y - 5
        return 2 * p + 4 * q, 4 * p + 2 * q


@dataclass(frozen=True)
class Matyas(Function):
    """A long and almost flat convex trough.

    Formula:
        f = 0.26 (x² + y²) - 0.48 x y

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "matyas"
    known_as = "Matyas"
    character = "flat convex"
    domain = ((-10.0, 10.0), (-10.0, 10.0))
    start = (8.0, -3.0)
    minima = ((0.0, 0.0),)
    minimum = 0.0

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        return 0.26 * (x * x + y * y) - 0.48 * x * y

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return 0.52 * x - 0.48 * y, 0.52 * y - 0.48 * x


@dataclass(frozen=True)
class Zakharov(Function):
    """A flat plate whose rim rises with the fourth power.

    Formula:
        s = ½ x + y
        f = x² + y² + s² + s⁴

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "zakharov"
    known_as = "Zakharov"
    character = "plate"
    domain = ((-5.0, 10.0), (-5.0, 10.0))
    start = (-4.0, 8.0)
    minima = ((0.0, 0.0),)
    minimum = 0.0

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        s = 0.5 * x + y
        squared = s * s
        return x * x + y * y + squared + squared * squared

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        s = 0.5 * x + y
        slope = 2 * s + 4 * s * s * s
        return 2 * x + 0.5 * slope, 2 * y + slope


@dataclass(frozen=True)
class McCormick(Function):
    """A tilted wave along a valley; outside the domain it falls without end.

    Formula:
        f = sin(x + y) + (x - y)² - 1.5x + 2.5y + 1

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "mccormick"
    known_as = "McCormick"
    character = "tilted; lower outside the domain"
    domain = ((-1.5, 4.0), (-3.0, 4.0))
    start = (3.0, 3.5)
    minima = ((-0.5471975511965976, -1.5471975511965976),)
    minimum = -1.9132229549810362

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        across = x - y
        return m.sin(x + y) + across * across - 1.5 * x + 2.5 * y + 1

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        wave, across = np.cos(x + y), 2 * (x - y)
        return wave + across - 1.5, wave - across + 2.5
