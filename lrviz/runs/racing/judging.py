"""How a race judges paths: the starts they are drawn from, when they have arrived, and their score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrviz.engines.reference.boxes import held, widened
from lrviz.foundation.plane import Box, Point
from lrviz.functions import Function
from lrviz.results import FloatArray

_TOLERANCE = 1e-6
_LEAST_TOLERANCE = 1e-12
_OUTSIDE = 2.0
"""An end beyond this many times the domain is not a solution, however low f is there."""
TUNING, HELD_OUT, NOISE = 1, 2, 3
"""The streams of random numbers, each independent of the others under one seed."""


def drawn(start: Point, view: Box, spread: float, count: int, stream: tuple[int, int]) -> FloatArray:
    """Return starts, [2, count], uniform within a share of the view around the start; stream: seed and stream."""
    sizes = np.array([high - low for low, high in view])[:, None]
    around = np.random.default_rng(stream).uniform(-spread, spread, (2, count))
    starts: FloatArray = np.array(start)[:, None] + around * sizes
    return starts


def noise_of(scale: float, seed: int, steps: int) -> FloatArray | None:
    """Return what is added to every gradient, [steps, 2], None where there is no noise."""
    if not scale:
        return None
    draws = np.random.default_rng((seed, NOISE)).standard_normal((steps, 2))
    with np.errstate(over="ignore"):
        # Noise beyond the largest float is infinite, and what it moves has diverged.
        return scale * draws


@dataclass(frozen=True, slots=True)
class Judge:
    """The function and the tolerance that paths are judged by; only for a function with a known minimum.

    tolerance: the f - f_min that counts as arrived.
    """

    function: Function
    minimum: float
    tolerance: float

    @classmethod
    def of(cls, function: Function, start: Point) -> Judge | None:
        """Return the judge of races from a start, None where no minimum is known.

        Formula:
            tolerance = max(1e-6 (f(start) - f_min), 1e-12)
        """
        if function.minimum is None:
            return None
        height = float(function.value(np.array([start[0]]), np.array([start[1]]))[0]) - function.minimum
        return cls(function, function.minimum, max(_TOLERANCE * height, _LEAST_TOLERANCE))

    @property
    def goal(self) -> Point:
        """The least and the greatest value of f that count as arrived: f_min is known up to the tolerance only."""
        return self.minimum - self.tolerance, self.minimum + self.tolerance

    def losses(self, ends: FloatArray) -> FloatArray:
        """Return f - f_min at ends, [2, ...]; infinite where not finite, outside twice the domain, or below f_min."""
        with np.errstate(all="ignore"):
            values = self.function.value(ends[0], ends[1])
            # Below the least value inside, an end can only be outside.
            judged = held(ends, widened(self.function.domain, _OUTSIDE)) & (values >= self.goal[0])
        found: FloatArray = np.where(judged & np.isfinite(values), np.maximum(values - self.minimum, 0.0), np.inf)
        return found

    def scores(self, losses: FloatArray) -> FloatArray:
        """Return how good ends with these `losses` are: less is better.

        Formula:
            log10(max(f - f_min, tolerance))
        """
        found: FloatArray = np.log10(np.maximum(losses, self.tolerance))
        return found
