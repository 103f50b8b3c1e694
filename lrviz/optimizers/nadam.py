"""NAdam."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lrviz.optimizers.base import Optimizer
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


class NAdam(Optimizer):
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
