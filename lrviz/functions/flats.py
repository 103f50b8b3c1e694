"""Plains and flat directions: the gradient is almost zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge, Le
from typing_extensions import Doc, override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.plane import Box, Point
from lrviz.functions.base import Function


@dataclass(frozen=True)
class Easom(Function):
    """A narrow well in a plain so flat that its gradient vanishes.

    Formula:
        f = -cos x cos y exp(-((x - π)² + (y - π)²))

    Source: Jamil and Yang, A Literature Survey of Benchmark Functions, https://arxiv.org/abs/1308.4008
    """

    name = "easom"
    known_as = "Easom"
    character = "vanishing gradient"
    domain = ((-100.0, 100.0), (-100.0, 100.0))
    start = (1.5, 4.8)
    minima = ((math.pi, math.pi),)
    minimum = -1.0
    no_basins = "its gradient vanishes far from the minimum"

    @property
    @override
    def view(self) -> Box:
        return ((0.0, 6.0), (0.0, 6.0))

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        p, q = x - math.pi, y - math.pi
        return -m.cos(x) * m.cos(y) * m.exp(-(p * p + q * q))

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        p, q = x - math.pi, y - math.pi
        well, c, d = np.exp(-(p * p + q * q)), np.cos(x), np.cos(y)
        return well * d * (np.sin(x) + 2 * p * c), well * c * (np.sin(y) + 2 * q * d)


@dataclass(frozen=True)
class Michalewicz(Function):
    """Narrow valleys that cross flat ground; the larger m, the narrower they are.

    Formula:
        f = -sin(x) sin(x²/π)²ᵐ - sin(y) sin(2y²/π)²ᵐ

    Source: Michalewicz, Genetic Algorithms + Data Structures = Evolution Programs,
    https://doi.org/10.1007/978-3-662-03315-9
    """

    m: Annotated[int, Ge(1), Le(1000), Doc("steepness of the valleys")] = 10

    name = "michalewicz"
    known_as = "Michalewicz"
    character = "narrow valleys on flat ground; lower outside"
    domain = ((0.0, math.pi), (0.0, math.pi))
    start = (1.0, 2.4)

    @property
    @override
    def minima(self) -> tuple[Point, ...]:  # type: ignore[override]  # it depends on m
        return ((self._lowest, math.pi / 2),)

    @property
    @override
    def minimum(self) -> float:  # type: ignore[override]  # it depends on m
        return float(self.value(np.array(self._lowest), np.array(math.pi / 2)))

    @property
    def _lowest(self) -> float:
        """Where sin(x) sin(x²/π)²ᵐ is greatest: the logarithm is concave, its slope falls through 0 once."""
        # It lies between the peaks of the two factors; sixty halvings leave nothing between the bounds.
        low, high = math.pi / 2, math.pi / math.sqrt(2)
        for _ in range(60):
            x = (low + high) / 2
            rises = 1 / math.tan(x) + 4 * self.m * x / (math.pi * math.tan(x * x / math.pi)) > 0
            low, high = (x, high) if rises else (low, x)
        return low

    def _ridge(self, x: Any, index: int, m: Any) -> Any:
        return m.sin(x) * _power(m.sin(index * x * x / math.pi), 2 * self.m)

    def _slope(self, x: FloatArray, index: int) -> FloatArray:
        angle = index * x * x / math.pi
        sine = np.sin(angle)
        turn = np.sin(x) * np.cos(angle) * (4 * self.m * index / math.pi) * x
        slope: FloatArray = -_power(sine, 2 * self.m - 1) * (np.cos(x) * sine + turn)
        return slope

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        return -self._ridge(x, 1, m) - self._ridge(y, 2, m)

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self._slope(x, 1), self._slope(y, 2)


def _power(base: Any, exponent: int) -> Any:
    """Return base to a whole power of at least 1, by squaring: faster than the libraries' own, and the same in both."""
    result = 1.0
    while exponent:
        if exponent % 2:
            result = result * base
        base, exponent = base * base, exponent // 2
    return result


@dataclass(frozen=True)
class Plateau(Function):
    """A single well in a plain: far from it the gradient vanishes.

    Formula:
        f = 1 - exp(-(x² + y²)/2)

    Source: lrviz; the vanishing gradients of Hochreiter, https://doi.org/10.1142/S0218488598000094
    """

    name = "plateau"
    character = "vanishing gradient"
    domain = ((-5.0, 5.0), (-5.0, 5.0))
    start = (-3.5, 2.5)
    minima = ((0.0, 0.0),)
    minimum = 0.0
    no_basins = "its gradient vanishes far from the minimum"

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        return 1 - m.exp(-(x * x + y * y) / 2)

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        well = np.exp(-(x * x + y * y) / 2)
        return x * well, y * well


@dataclass(frozen=True)
class LinearNet(Function):
    """The smallest deep network, a product of two weights: its minima are a curve, here sharp and there flat.

    Formula:
        f = (x y - 1)²,  sharpness 2 (x² + y²) on the curve x y = 1

    Source: Saxe, McClelland and Ganguli, Exact Solutions to the Nonlinear Dynamics of Learning in Deep Linear
    Neural Networks, https://arxiv.org/abs/1312.6120
    """

    name = "linear_net"
    known_as = "linear network"
    character = "flat and sharp minima"
    domain = ((-3.0, 3.0), (-3.0, 3.0))
    start = (-0.4, 2.8)
    minimum = 0.0
    no_basins = "its minima are a curve"

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        error = x * y - 1
        return error * error

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        error = 2 * (x * y - 1)
        return error * y, error * x
