"""SparseAdam."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lrviz.optimizers.base import Optimizer
from lrviz.optimizers.hyperparameters import Betas, Epsilon, LearningRate, Maximize


class SparseAdam(Optimizer):
    """Adam for sparse gradients: only components that stand in the gradient are averaged and moved.

    Formula, for each component g stored in the gradient at θ, t = 1, 2, ...:
        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        θ ← θ - lr √(1 - β₂ᵗ)/(1 - β₁ᵗ) m/(√v + eps)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html;
    Kingma and Ba, Adam: A Method for Stochastic Optimization, https://arxiv.org/abs/1412.6980
    """

    name: Literal["SparseAdam"] = "SparseAdam"
    lr: Annotated[LearningRate, Field(gt=0)] = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: Annotated[Epsilon, Field(gt=0)] = 1e-8
    maximize: Maximize = False

    state_per_parameter: ClassVar[str] = "2"
