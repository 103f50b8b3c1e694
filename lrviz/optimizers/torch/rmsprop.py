"""RMSprop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.optimizers.first_order import Average, FirstOrder, State, lerp, next_step
from lrviz.optimizers.hyperparameters import (
    Capturable,
    Differentiable,
    Epsilon,
    Foreach,
    LearningRate,
    Maximize,
    NonNegative,
    WeightDecay,
)


class RMSprop(FirstOrder):
    """Divides the gradient by the root of a running average of its square.

    Formula, g the gradient at θ:
        g ← g + weight_decay θ
        v ← alpha v + (1 - alpha) g²
        a ← alpha a + (1 - alpha) g,  s = v - a²  with centered;  s = v  without
        b ← momentum b + g/(√s + eps)
        θ ← θ - lr b

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html;
    Hinton, lecture 6 of Neural Networks for Machine Learning,
    https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf;
    centered: Graves, Generating Sequences With Recurrent Neural Networks, https://arxiv.org/abs/1308.0850
    """

    name: Literal["RMSprop"] = "RMSprop"
    lr: LearningRate = 1e-2
    alpha: NonNegative = Field(0.99, description="share kept each step by the running average of the square")
    eps: Epsilon = 1e-8
    weight_decay: WeightDecay = 0
    momentum: NonNegative = Field(0, description="share of the running sum of steps kept each step")
    centered: bool = Field(False, description="subtract the square of the averaged gradient: a variance")
    capturable: Capturable = False
    foreach: Foreach = None
    maximize: Maximize = False
    differentiable: Differentiable = False

    state_per_parameter: ClassVar[str] = "1 (+1 with momentum, +1 with centered)"
    usual_lr: ClassVar[tuple[float, float]] = (1e-6, 1)

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        kept = ["square_avg", *["momentum_buffer"] * (self.momentum > 0), *["grad_avg"] * self.centered]
        return {"step": 0, **{name: np.zeros_like(x) for name in kept}}

    @override
    def running_averages(self) -> Mapping[str, Average]:
        rates = {"square_avg": self.alpha, "momentum_buffer": self.momentum, "grad_avg": self.alpha}
        return {name: Average(rate) for name, rate in rates.items()}

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        self.prepare(x, g, self.weight_decay)
        next_step(state)
        squares = state["square_avg"]
        squares *= self.alpha
        squares += (1 - self.alpha) * g * g
        if self.centered:
            lerp(state["grad_avg"], g, 1 - self.alpha)
            squares = squares - state["grad_avg"] * state["grad_avg"]
        denominator = np.sqrt(squares) + self.eps
        if self.momentum > 0:
            buffer = state["momentum_buffer"]
            buffer *= self.momentum
            buffer += g / denominator
            x -= lr * buffer
        else:
            x -= lr * g / denominator
