"""Adamax."""

from __future__ import annotations

from typing import ClassVar, Literal

from lrviz.optimizers.base import Optimizer
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


class Adamax(Optimizer):
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
