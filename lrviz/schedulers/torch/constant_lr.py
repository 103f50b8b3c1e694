"""ConstantLR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.length import LengthOrZero
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Span
from lrviz.schedulers.maps import Affine, At, ParamGroups


class ConstantLR(Leaf):
    """Multiplies the lr by factor until total_iters, then restores it.

    Formula:
        lr[0] = factor * lr
        lr[t] = lr[t-1] / factor   at t = total_iters
        lr[t] = lr[t-1]            elsewhere

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html
    """

    name: Literal["ConstantLR"] = "ConstantLR"
    factor: float = Field(1.0 / 3, ge=0, le=1, description="factor of the lr until total_iters, 0 to 1")
    total_iters: LengthOrZero = Field(5, description="ticks until the lr is restored")

    first_factor: ClassVar[str] = "factor"
    done_after: ClassVar[str] = "total_iters"
    saved_keys: ClassVar[tuple[str, ...]] = ("factor", "total_iters")
    example: ClassVar[dict[str, Any]] = {"factor": 0.5, "total_iters": 10}

    @property
    @override
    def idle(self) -> bool:
        return self.factor == 1

    @property
    @override
    def warms_up(self) -> int:
        return self.total_iters if self.factor < 1 else 0

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        given_back = np.where(at.t == self.total_iters, 1.0 / np.float64(self.factor), 1.0)
        return Affine(scale=np.where(at.t == 0, self.factor, given_back))

    @override
    def entry(self, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        return Affine(scale=0.0, shift=base_lr * (self.factor + (self.total_iters <= 0) * (1 - self.factor)))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        held = self.total_iters if self.factor < 1 else 0
        if held:
            yield Span(0, held, "held low", "hold", "total_iters", "factor", relative=True)
        yield Span(held, None, "constant", "hold", rests=True)
