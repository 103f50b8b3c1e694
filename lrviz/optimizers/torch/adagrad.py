"""Adagrad."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.optimizers.first_order import FirstOrder, State, next_step
from lrviz.optimizers.hyperparameters import (
    Differentiable,
    Epsilon,
    Foreach,
    Fused,
    LearningRate,
    Maximize,
    NonNegative,
    WeightDecay,
)


class Adagrad(FirstOrder):
    """Divides the gradient by the root of the sum of all its squares so far.

    Formula, g the gradient at θ, t = 1, 2, ...:
        g ← g + weight_decay θ
        s ← s + g²    (s = initial_accumulator_value at the start)
        θ ← θ - lr/(1 + (t - 1) lr_decay) g/(√s + eps)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adagrad.html;
    Duchi, Hazan and Singer, Adaptive Subgradient Methods, https://jmlr.org/papers/v12/duchi11a.html
    """

    name: Literal["Adagrad"] = "Adagrad"
    lr: LearningRate = 1e-2
    lr_decay: NonNegative = Field(0, description="decay of the lr per step, beside any schedule")
    weight_decay: WeightDecay = 0
    initial_accumulator_value: NonNegative = Field(0, description="the sum of squares to start from")
    eps: Epsilon = 1e-10
    foreach: Foreach = None
    maximize: Maximize = False
    differentiable: Differentiable = False
    fused: Fused = None

    state_per_parameter: ClassVar[str] = "1"
    usual_lr: ClassVar[tuple[float, float]] = (1e-5, 1)

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        return {"step": 0, "sum": np.full_like(x, self.initial_accumulator_value)}

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        self.prepare(x, g, self.weight_decay)
        step = next_step(state)
        state["sum"] += g * g
        x -= lr / (1 + (step - 1) * self.lr_decay) * g / (np.sqrt(state["sum"]) + self.eps)
