"""What an optimizer remembers from step to step."""

from __future__ import annotations

from dataclasses import dataclass

from lrviz.foundation.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Remembered:
    """One value of an optimizer's state over a race, under torch's name for it.

    values: [steps + 1, 2] for x and y, or [steps + 1, 1] where one number serves both; row t holds it after t steps.
    corrected: the same shape, what a step uses in its place: values / (1 - keeps^t); None where it uses values.
    keeps: the share of a running average that a step keeps (momentum, beta1, rho), None for all else, and where a
    schedule changes it. Rows in which there is no finite value are NaN.
    """

    name: str
    values: FloatArray
    corrected: FloatArray | None = None
    keeps: float | None = None
