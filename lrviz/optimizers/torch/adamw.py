"""AdamW."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray
from lrviz.optimizers.first_order import Average, FirstOrder, State
from lrviz.optimizers.hyperparameters import (
    Betas,
    Capturable,
    DecoupledWeightDecay,
    Differentiable,
    Epsilon,
    Foreach,
    Fused,
    LearningRate,
    Maximize,
)
from lrviz.optimizers.torch.moments import adam_step, averages, decay, running


class AdamW(FirstOrder):
    """Adam whose weight decay shrinks the parameter itself and stays out of the averages.

    Formula, g the gradient at θ, t = 1, 2, ...:
        θ ← θ - lr weight_decay θ
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²    (amsgrad: its largest value so far is used below)
        θ ← θ - lr m/(1 - β₁ᵗ) / (√(v/(1 - β₂ᵗ)) + eps)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html;
    Loshchilov and Hutter, Decoupled Weight Decay Regularization, https://arxiv.org/abs/1711.05101
    """

    name: Literal["AdamW"] = "AdamW"
    lr: LearningRate = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: Epsilon = 1e-8
    weight_decay: DecoupledWeightDecay = 1e-2
    amsgrad: bool = Field(False, description="divide by the largest average of squares so far")
    maximize: Maximize = False
    foreach: Foreach = None
    capturable: Capturable = False
    differentiable: Differentiable = False
    fused: Fused = None

    each: ClassVar[frozenset[str]] = frozenset({"beta1", "beta2", "eps"})
    state_per_parameter: ClassVar[str] = "2 (+1 with amsgrad)"
    usual_lr: ClassVar[tuple[float, float]] = (1e-7, 0.05)

    @override
    def fresh(self, x: FloatArray, lr: FloatArray) -> State:
        return averages(x, amsgrad=self.amsgrad)

    @override
    def running_averages(self) -> Mapping[str, Average]:
        return running(self.betas, amsgrad=self.amsgrad)

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        decay(self, x, g, lr, self.weight_decay, decoupled=True)
        adam_step(x, g, state, lr, betas=self.betas, eps=self.eps, amsgrad=self.amsgrad)
