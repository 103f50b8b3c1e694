"""LambdaLR."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray
from lrviz.foundation.errors import Problem
from lrviz.language.formula import TickFormulas, not_finite, values
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.maps import Affine, At, ParamGroups


class LambdaLR(Leaf):
    """Sets the lr to the initial lr times a formula of the tick.

    Formula:
        lr[t] = base_lr * lr_lambda(t)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
    """

    name: Literal["LambdaLR"] = "LambdaLR"
    lr_lambda: TickFormulas = Field(description="formula in t, the tick: the factor of base_lr")

    assigns: ClassVar[bool] = True
    formula: ClassVar[str] = "lr_lambda"
    saved_keys: ClassVar[tuple[str, ...]] = ("lr_lambdas",)
    group_error: ClassVar[str] = "ValueError"
    example: ClassVar[dict[str, Any]] = {"lr_lambda": "min((t + 1) / 10, sqrt(10 / (t + 1)))"}

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        return Affine(scale=0.0, shift=base_lr * values(self.lr_lambda, at.t))

    @override
    def no_lr(self, tick: int) -> Problem:
        return not_finite(self.lr_lambda, "lr_lambda", tick)
