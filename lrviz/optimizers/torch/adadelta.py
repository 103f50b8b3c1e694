"""Adadelta."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.optimizers.first_order import Average, FirstOrder, State, next_step
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


class Adadelta(FirstOrder):
    """Scales each step by the ratio of the sizes of recent steps and recent gradients.

    Formula, g the gradient at θ:
        g ← g + weight_decay θ
        v ← rho v + (1 - rho) g²
        Δ = √(u + eps)/√(v + eps) g
        u ← rho u + (1 - rho) Δ²
        θ ← θ - lr Δ

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adadelta.html;
    Zeiler, ADADELTA: An Adaptive Learning Rate Method, https://arxiv.org/abs/1212.5701
    """

    name: Literal["Adadelta"] = "Adadelta"
    lr: LearningRate = 1.0
    rho: Annotated[NonNegative, Field(le=1, description="share kept each step by both running averages")] = 0.9
    eps: Epsilon = 1e-6
    weight_decay: WeightDecay = 0
    foreach: Foreach = None
    capturable: Capturable = False
    maximize: Maximize = False
    differentiable: Differentiable = False

    state_per_parameter: ClassVar[str] = "2"
    usual_lr: ClassVar[tuple[float, float]] = (0.001, 10)

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        return {"step": 0, "square_avg": np.zeros_like(x), "acc_delta": np.zeros_like(x)}

    @override
    def running_averages(self) -> Mapping[str, Average]:
        return {"square_avg": Average(self.rho), "acc_delta": Average(self.rho)}

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        self.prepare(x, g, self.weight_decay)
        next_step(state)
        squares, changes = state["square_avg"], state["acc_delta"]
        squares *= self.rho
        squares += (1 - self.rho) * g * g
        change = np.sqrt(changes + self.eps) / np.sqrt(squares + self.eps) * g
        changes *= self.rho
        changes += (1 - self.rho) * change * change
        x -= lr * change
