"""Curved and narrow valleys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from lrviz.foundation.aligned import scratch
from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.plane import Box
from lrviz.functions.base import Function
from lrviz.functions.root import root


@dataclass(frozen=True)
class Rosenbrock(Function):
    """A curved valley with a flat floor: it is easy to find and slow to follow.

    Formula:
        f = (1 - x)² + 100 (y - x²)²

    Source: Rosenbrock, An Automatic Method for Finding the Greatest or Least Value of a Function,
    https://doi.org/10.1093/comjnl/3.3.175
    """

    name = "rosenbrock"
    known_as = "Rosenbrock"
    character = "curved valley"
    domain = ((-2.0, 2.0), (-1.0, 3.0))
    start = (-1.5, 2.0)
    minima = ((1.0, 1.0),)
    minimum = 0.0

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        across = y - x * x
        return (1 - x) * (1 - x) + 100 * across * across

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        along, across = np.empty(np.shape(x)), np.empty(np.shape(x))
        _set_slopes(along, across, x, y)
        return along, across

    @override
    def set_gradient(self, g: FloatArray, points: FloatArray) -> None:
        _set_slopes(*g, *points)


def _set_slopes(along: FloatArray, across: FloatArray, x: FloatArray, y: FloatArray) -> None:
    """Set the two parts of the gradient of Rosenbrock."""
    np.multiply(x, x, out=across)
    np.subtract(y, across, out=across)
    across *= 200
    np.multiply(x, across, out=along)
    np.subtract(np.subtract(x, 1, out=scratch(x)), along, out=along)
    along *= 2


@dataclass(frozen=True)
class Beale(Function):
    """A flat plateau between steep walls.

    Formula:
        f = (1.5 - x + xy)² + (2.25 - x + xy²)² + (2.625 - x + xy³)²

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "beale"
    known_as = "Beale"
    character = "plateau, steep walls"
    domain = ((-4.5, 4.5), (-4.5, 4.5))
    start = (0.5, 2.5)
    minima = ((3.0, 0.5),)
    minimum = 0.0

    @staticmethod
    def _terms(x: Any, y: Any) -> tuple[Any, Any, Any]:
        squared = y * y
        return 1.5 - x + x * y, 2.25 - x + x * squared, 2.625 - x + x * squared * y

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        p, q, r = self._terms(x, y)
        return p * p + q * q + r * r

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        p, q, r = self._terms(x, y)
        squared = y * y
        by_x = 2 * (p * (y - 1) + q * (squared - 1) + r * (squared * y - 1))
        return by_x, 2 * x * (p + 2 * y * q + 3 * squared * r)


@dataclass(frozen=True)
class Bukin6(Function):
    """A curved valley with a sharp crease along its floor, where the gradient does not vanish.

    Formula:
        f = 100 √|y - 0.01 x²| + 0.01 |x + 10|

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "bukin_6"
    known_as = "Bukin N. 6"
    character = "non-smooth valley"
    domain = ((-15.0, -5.0), (-3.0, 3.0))
    start = (-13.0, 2.5)
    minima = ((-10.0, 1.0),)
    minimum = 0.0
    no_basins = "it is not smooth"

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        return 100 * root(m.abs(y - 0.01 * x * x), m) + 0.01 * m.abs(x + 10)

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        above = y - 0.01 * x * x
        distance = np.abs(above)
        slope = 50 * np.sign(above) / np.sqrt(np.where(distance > 0, distance, 1.0))
        return 0.01 * np.sign(x + 10) - 0.02 * x * slope, slope


@dataclass(frozen=True)
class DixonPrice(Function):
    """Two mirrored valleys that meet at a saddle.

    Formula:
        f = (x - 1)² + 2 (2y² - x)²

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "dixon_price"
    known_as = "Dixon-Price"
    character = "valley, 2 minima"
    domain = ((-10.0, 10.0), (-10.0, 10.0))
    start = (-2.0, 2.0)
    minima = ((1.0, 0.7071067811865476), (1.0, -0.7071067811865476))
    minimum = 0.0

    @property
    @override
    def view(self) -> Box:
        return ((-3.0, 3.0), (-3.0, 3.0))

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        across = 2 * y * y - x
        return (x - 1) * (x - 1) + 2 * across * across

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        across = 4 * (2 * y * y - x)
        return 2 * (x - 1) - across, 4 * y * across


@dataclass(frozen=True)
class Powell(Function):
    """Two terms on very different scales: the valley is too narrow to see.

    Formula:
        f = (10⁴ x y - 1)² + (exp(-x) + exp(-y) - 1.0001)²

    Source: Powell, A Hybrid Method for Nonlinear Equations, in Rabinowitz (ed.), Numerical Methods for Nonlinear
    Algebraic Equations, 1970; problem 3 of Moré, Garbow and Hillstrom, https://doi.org/10.1145/355934.355936
    """

    name = "powell"
    known_as = "Powell"
    character = "scale"
    domain = ((-1.0, 10.0), (-1.0, 10.0))
    start = (0.0, 1.0)
    minima = ((1.0981593296999222e-05, 9.106146739866318), (9.106146739866318, 1.0981593296999222e-05))
    minimum = 0.0
    no_basins = "it is too ill-conditioned for gradient descent to converge"

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        p, q = 1e4 * x * y - 1, m.exp(-x) + m.exp(-y) - 1.0001
        return p * p + q * q

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        left, right = np.exp(-x), np.exp(-y)
        p, q = 2e4 * (1e4 * x * y - 1), 2 * (left + right - 1.0001)
        return p * y - q * left, p * x - q * right
