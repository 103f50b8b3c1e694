"""Saddles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.functions.base import Function


@dataclass(frozen=True)
class Saddle(Function):
    """A saddle between two minima: on the ridge the gradient leads straight to the saddle.

    Formula:
        f = x² - y² + y⁴/4

    Source: lrviz; Dauphin et al., Identifying and Attacking the Saddle Point Problem, https://arxiv.org/abs/1406.2572
    """

    name = "saddle"
    character = "strict saddle at 0"
    domain = ((-3.0, 3.0), (-3.0, 3.0))
    start = (-2.5, 0.001)
    minima = ((0.0, math.sqrt(2)), (0.0, -math.sqrt(2)))
    minimum = -1.0

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        squared = y * y
        return x * x + squared * (squared / 4 - 1)

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return 2 * x, y * (y * y - 2)


@dataclass(frozen=True)
class HyperbolicSaddle(Function):
    """The plain saddle; it falls without end.

    Formula:
        f = x² - y²

    Source: Dauphin et al., Identifying and Attacking the Saddle Point Problem, https://arxiv.org/abs/1406.2572
    """

    name = "hyperbolic_saddle"
    character = "saddle"
    domain = ((-2.0, 2.0), (-2.0, 2.0))
    start = (-1.8, 0.001)
    no_basins = "it is unbounded below"

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        return x * x - y * y

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return 2 * x, -2 * y


@dataclass(frozen=True)
class MonkeySaddle(Function):
    """Three valleys and three ridges meet in a saddle where the Hessian is zero, too.

    Formula:
        f = x³ - 3 x y²

    Source: Hilbert and Cohn-Vossen, Geometry and the Imagination, 1952
    """

    name = "monkey_saddle"
    character = "saddle"
    domain = ((-2.0, 2.0), (-2.0, 2.0))
    start = (1.2, 0.05)
    no_basins = "it is unbounded below"

    @override
    def value(self, x: Any, y: Any, m: Any = np) -> Any:
        return x * (x * x - 3 * y * y)

    @override
    def gradient(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return 3 * (x * x - y * y), -6 * x * y
