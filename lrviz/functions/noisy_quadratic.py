"""The noisy quadratic model: a loss in many dimensions whose expectation is known exactly."""

from __future__ import annotations

from dataclasses import dataclass

from lrviz.foundation.arrays import FloatArray, np


@dataclass(frozen=True, slots=True)
class NoisyQuadratic:
    """A quadratic whose curvatures fall by a power law, under gradients with noise.

    Formula, i = 1 ... dim the coordinates, B the batch size:
        f(θ) = 1/2 sum_i h_i θ_i^2,  h_i = i^-power
        g_i = h_i θ_i + ε_i,  ε_i drawn with mean 0 and variance h_i / B
        E[θ_i^2] = 1 at the start

    dim: how many coordinates; batch: examples per gradient; power: how fast curvatures fall.

    Source: Zhang et al., Which algorithmic choices matter at which batch sizes? Insights from a noisy quadratic
    model, https://arxiv.org/abs/1907.04164
    """

    dim: int = 1000
    batch: float = 1.0
    power: float = 1.0

    @property
    def curvature(self) -> FloatArray:
        """The curvature of each coordinate, [dim], which is the variance of its gradient at a batch size of 1, too."""
        falling: FloatArray = np.arange(1.0, self.dim + 1) ** -self.power
        return falling

    @property
    def first(self) -> float:
        """The expected loss at the start."""
        return float(self.curvature.sum() / 2)
