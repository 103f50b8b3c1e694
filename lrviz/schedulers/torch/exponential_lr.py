"""ExponentialLR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Span, kind_of
from lrviz.schedulers.maps import KEEP, Affine, At, ParamGroups


class ExponentialLR(Leaf):
    """Multiplies the lr by gamma at every tick.

    Formula:
        lr[t] = gamma * lr[t-1]
        closed form: lr[t] = base_lr * gamma ** t

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
    """

    name: Literal["ExponentialLR"] = "ExponentialLR"
    gamma: float = Field(description="factor of every tick")

    saved_keys: ClassVar[tuple[str, ...]] = ("gamma",)
    example: ClassVar[dict[str, Any]] = {"gamma": 0.95}

    @property
    @override
    def idle(self) -> bool:
        return self.gamma == 1

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        return KEEP if at.initial else Affine(scale=np.full_like(at.t, self.gamma))

    @override
    def entry(self, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        return Affine(scale=0.0, shift=base_lr)

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        size = abs(self.gamma)
        label = "constant" if size == 1 else "exponential decay" if size < 1 else "exponential growth"
        yield Span(0, None, label, kind_of(self.gamma), rests=size == 1)

    @override
    def repeated(self, ticks: int) -> tuple[str, int]:
        return "gamma", ticks
