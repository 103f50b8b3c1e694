"""RMSprop."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lrviz.optimizers.base import Optimizer
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


class RMSprop(Optimizer):
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
