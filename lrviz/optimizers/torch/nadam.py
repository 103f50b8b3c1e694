"""NAdam."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.optimizers.first_order import Average, FirstOrder, State, next_step, power
from lrviz.optimizers.hyperparameters import (
    Betas,
    Capturable,
    Decoupled,
    Differentiable,
    Epsilon,
    Foreach,
    LearningRate,
    Maximize,
    NonNegative,
    WeightDecay,
)
from lrviz.optimizers.torch.moments import average, averages, decay, running


class NAdam(FirstOrder):
    """Adam with Nesterov momentum: the averaged gradient is taken one step ahead.

    Formula, g the gradient at θ, t = 1, 2, ...:
        g ← g + weight_decay θ    (decoupled_weight_decay: θ ← θ - lr weight_decay θ)
        μ(t) = β₁ (1 - ½ 0.96^(t momentum_decay)),  M(t) = μ(1) μ(2) ... μ(t)
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        θ ← θ - lr ((1 - μ(t))/(1 - M(t)) g + μ(t+1)/(1 - M(t+1)) m) / (√(v/(1 - β₂ᵗ)) + eps)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.NAdam.html;
    Dozat, Incorporating Nesterov Momentum into Adam, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
    """

    name: Literal["NAdam"] = "NAdam"
    lr: LearningRate = 2e-3
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-8
    weight_decay: WeightDecay = 0
    momentum_decay: NonNegative = Field(4e-3, description="how fast the momentum grows from half of beta1 to beta1")
    decoupled_weight_decay: Decoupled = False
    foreach: Foreach = None
    maximize: Maximize = False
    capturable: Capturable = False
    differentiable: Differentiable = False

    state_per_parameter: ClassVar[str] = "2"
    usual_lr: ClassVar[tuple[float, float]] = (1e-7, 0.05)

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        return {**averages(x), "mu_product": np.ones(x.shape[1:])}

    @override
    def running_averages(self) -> Mapping[str, Average]:
        return {**running(self.betas), "exp_avg": Average(self.betas[0])}

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        decay(self, x, g, lr, self.weight_decay, decoupled=self.decoupled_weight_decay)
        step = next_step(state)
        now, ahead = self._momentum(step), self._momentum(step + 1)
        product = state["mu_product"] = state["mu_product"] * now
        first, second = average(g, state, self.betas)
        denominator = np.sqrt(second / (1 - power(self.betas[1], step))) + self.eps
        x -= lr * (1 - now) / (1 - product) * g / denominator
        x -= lr * ahead / (1 - product * ahead) * first / denominator

    def _momentum(self, step: Any) -> Any:
        return self.betas[0] * (1 - 0.5 * power(0.96, step, self.momentum_decay))
