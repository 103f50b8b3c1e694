"""Adam."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.language.arrays import FloatArray, np
from lrviz.optimizers.first_order import FirstOrder, State, power
from lrviz.optimizers.hyperparameters import (
    Betas,
    Capturable,
    Decoupled,
    Differentiable,
    Epsilon,
    Foreach,
    Fused,
    LearningRate,
    Maximize,
    WeightDecay,
)


class Adam(FirstOrder):
    """Divides a running average of the gradient by the root of one of its square.

    Formula, g the gradient at θ, t = 1, 2, ...:
        g ← g + weight_decay θ    (decoupled_weight_decay: θ ← θ - lr weight_decay θ)
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²    (amsgrad: its largest value so far is used below)
        θ ← θ - lr m/(1 - β₁ᵗ) / (√(v/(1 - β₂ᵗ)) + eps)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html;
    Kingma and Ba, Adam: A Method for Stochastic Optimization, https://arxiv.org/abs/1412.6980
    """

    name: Literal["Adam"] = "Adam"
    lr: LearningRate = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-8
    weight_decay: WeightDecay = 0
    amsgrad: bool = Field(False, description="divide by the largest average of squares so far")
    foreach: Foreach = None
    maximize: Maximize = False
    capturable: Capturable = False
    differentiable: Differentiable = False
    fused: Fused = None
    decoupled_weight_decay: Decoupled = False

    state_per_parameter: ClassVar[str] = "2 (+1 with amsgrad)"

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        averages = {"step": 0, "exp_avg": np.zeros_like(x), "exp_avg_sq": np.zeros_like(x)}
        return {**averages, "max_exp_avg_sq": np.zeros_like(x)} if self.amsgrad else averages

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        if self.decoupled_weight_decay:
            x *= 1 - lr * self.weight_decay
        self.prepare(x, g, 0 if self.decoupled_weight_decay else self.weight_decay)
        beta1, beta2 = self.betas
        step = state["step"] = state["step"] + 1
        average, squares = state["exp_avg"], state["exp_avg_sq"]
        # lerp, as torch has it: with the differences first, rounding stays in proportion to them.
        average += (1 - beta1) * (g - average)
        squares *= beta2
        squares += (1 - beta2) * g * g
        if self.amsgrad:
            squares = np.maximum(state["max_exp_avg_sq"], squares, out=state["max_exp_avg_sq"])
        denominator = np.sqrt(squares) / np.sqrt(1 - power(beta2, step)) + self.eps
        x -= lr / (1 - power(beta1, step)) * (average / denominator)
