"""LBFGS."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from lrviz.language.fields import Count
from lrviz.optimizers.base import Optimizer
from lrviz.optimizers.hyperparameters import LearningRate, NonNegative


class LBFGS(Optimizer):
    """Follows a quasi-Newton direction built from recent changes of the gradient; several a step.

    It evaluates the loss again and again within one step, and takes one parameter group only.

    Formula, g the gradient at θ, H the inverse Hessian that the last history_size pairs
    (change of θ, change of g) imply, by the two-loop recursion:
        d = -H g
        θ ← θ + lr d                     (first iteration: lr min(1, 1/‖g‖₁) d)
        θ ← θ + s d,  s from lr onwards by line search, with strong_wolfe
    repeated until max_iter iterations, max_eval evaluations or a tolerance is reached.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.LBFGS.html;
    Liu and Nocedal, On the limited memory BFGS method for large scale optimization,
    https://doi.org/10.1007/BF01589116
    """

    name: Literal["LBFGS"] = "LBFGS"
    lr: LearningRate = 1
    max_iter: Count = Field(20, description="iterations a step")
    max_eval: Count | None = Field(None, description="evaluations a step (default: 1.25 max_iter)")
    tolerance_grad: NonNegative = Field(1e-7, description="stops where no component of the gradient is larger")
    tolerance_change: NonNegative = Field(1e-9, description="stops where loss and parameters change less")
    history_size: Count = Field(100, description="pairs that are kept")
    line_search_fn: Literal["strong_wolfe"] | None = Field(None, description="line search (default: none)")

    single_group: ClassVar[bool] = True
    state_per_parameter: ClassVar[str] = "2, and 2 for each pair kept (history_size)"
