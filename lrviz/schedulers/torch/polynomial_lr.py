"""PolynomialLR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.length import LengthOrZero
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Span
from lrviz.schedulers.maps import KEEP, Affine, At, ParamGroups


class PolynomialLR(Leaf):
    """Takes the lr to zero over total_iters ticks along a power of the remaining time.

    Formula:
        lr[t] = lr[t-1] * ((1 - t/total_iters) / (1 - (t-1)/total_iters)) ** power   for t <= total_iters
        lr[t] = lr[t-1]                                                              after it
        closed form: lr[t] = base_lr * (1 - min(t, total_iters)/total_iters) ** power

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html
    """

    name: Literal["PolynomialLR"] = "PolynomialLR"
    total_iters: LengthOrZero = Field(5, description="ticks until the lr is zero")
    power: float = Field(1.0, description="power of the remaining share of the time; 1 is a straight line")

    done_after: ClassVar[str] = "total_iters"
    saved_keys: ClassVar[tuple[str, ...]] = ("total_iters", "power")
    example: ClassVar[dict[str, Any]] = {"total_iters": 60, "power": 2.0}

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        if at.initial:
            return KEEP
        moving = at.t <= self.total_iters
        t = np.where(moving, at.t, 0.0)
        total = np.float64(self.total_iters)
        factor = ((1.0 - t / total) / (1.0 - (t - 1) / total)) ** self.power
        return Affine(scale=np.where(moving, factor, 1.0))

    @override
    def entry(self, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        # The closed form at 0 divides by total_iters: torch raises where that is 0.
        return Affine(scale=0.0, shift=base_lr if self.total_iters else np.full_like(base_lr, np.nan))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        if self.total_iters:
            label = "linear decay" if self.power == 1 else "polynomial decay"
            yield Span(
                0, self.total_iters, label, "decay", "total_iters", 0.0, left=lambda done: (1 - done) ** self.power
            )
        yield Span(self.total_iters, None, "constant", "hold", rests=True)
