"""Curved and narrow valleys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from lrviz.functions.base import Function
from lrviz.language.arrays import FloatArray, np


@dataclass(frozen=True)
class Rosenbrock(Function):
    """A curved valley with a flat floor: it is easy to find and slow to follow.

    Formula:
        f = (1 - x)² + 100 (y - x²)²

    Source: Rosenbrock, An Automatic Method for Finding the Greatest or Least Value of a Function,
    https://doi.org/10.1093/comjnl/3.3.175
    """

    name = "rosenbrock"
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
        across = 200 * (y - x * x)
        return 2 * (x - 1) - 2 * x * across, across
