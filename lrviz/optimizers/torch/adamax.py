"""Adamax."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.optimizers.first_order import Average, FirstOrder, State, lerp, next_step, power
from lrviz.optimizers.hyperparameters import (
    Betas,
    Capturable,
    Differentiable,
    Epsilon,
    Foreach,
    LearningRate,
    Maximize,
    WeightDecay,
)


class Adamax(FirstOrder):
    """Adam with a decaying maximum of the gradient's size in place of the average of its square.

    Formula, g the gradient at θ, t = 1, 2, ...:
        g ← g + weight_decay θ
        m ← β₁ m + (1 - β₁) g
        u ← max(β₂ u, |g| + eps)
        θ ← θ - lr/(1 - β₁ᵗ) m/u

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adamax.html;
    Kingma and Ba, Adam: A Method for Stochastic Optimization, https://arxiv.org/abs/1412.6980
    """

    name: Literal["Adamax"] = "Adamax"
    lr: LearningRate = 2e-3
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-8
    weight_decay: WeightDecay = 0
    foreach: Foreach = None
    maximize: Maximize = False
    differentiable: Differentiable = False
    capturable: Capturable = False

    state_per_parameter: ClassVar[str] = "2"
    usual_lr: ClassVar[tuple[float, float]] = (1e-7, 0.1)

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        return {"step": 0, "exp_avg": np.zeros_like(x), "exp_inf": np.zeros_like(x)}

    @override
    def running_averages(self) -> Mapping[str, Average]:
        return {"exp_avg": Average(self.betas[0], corrected=True), "exp_inf": Average(self.betas[1])}

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        self.prepare(x, g, self.weight_decay)
        step = next_step(state)
        average, largest = state["exp_avg"], state["exp_inf"]
        lerp(average, g, 1 - self.betas[0])
        largest *= self.betas[1]
        np.maximum(largest, np.abs(g) + self.eps, out=largest)
        x -= lr / (1 - power(self.betas[0], step)) * average / largest
