"""MultiplicativeLR."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray
from lrviz.foundation.errors import Problem
from lrviz.language.formula import TickFormulas, not_finite, values
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.maps import KEEP, Affine, At, ParamGroups


class MultiplicativeLR(Leaf):
    """Multiplies the lr by a formula of the tick, at every tick.

    Formula:
        lr[t] = lr[t-1] * lr_lambda(t)   for t > 0

    Entered as a later stage of SequentialLR it multiplies the current lr by lr_lambda(0).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiplicativeLR.html
    """

    name: Literal["MultiplicativeLR"] = "MultiplicativeLR"
    lr_lambda: TickFormulas = Field(description="formula in t, the tick: the factor of the previous lr")

    formula: ClassVar[str] = "lr_lambda"
    saved_keys: ClassVar[tuple[str, ...]] = ("lr_lambdas",)
    group_error: ClassVar[str] = "ValueError"
    example: ClassVar[dict[str, Any]] = {"lr_lambda": "0.97 if t < 40 else 0.9"}

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        return KEEP if at.initial else Affine(scale=values(self.lr_lambda, at.t))

    @override
    def no_lr(self, tick: int) -> Problem:
        return not_finite(self.lr_lambda, "lr_lambda", tick)
