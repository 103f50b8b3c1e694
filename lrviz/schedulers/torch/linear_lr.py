"""LinearLR."""

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


class LinearLR(Leaf):
    """Moves the lr in a straight line from start_factor to end_factor times the lr over total_iters ticks.

    Formula, with d = end_factor - start_factor:
        lr[0] = start_factor * lr
        lr[t] = lr[t-1] * (1 + d / (total_iters * start_factor + (t-1) * d))   for 0 < t <= total_iters
        lr[t] = lr[t-1]                                                        after it
        closed form: lr[t] = base_lr * (start_factor + d * min(t, total_iters) / total_iters)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
    """

    name: Literal["LinearLR"] = "LinearLR"
    start_factor: float = Field(
        1.0 / 3, gt=0, le=1, description="fraction of the lr at the start, above 0 and at most 1"
    )
    end_factor: float = Field(1.0, ge=0, le=1, description="fraction of the lr at the end, 0 to 1")
    total_iters: LengthOrZero = Field(5, description="ticks from start_factor to end_factor")

    first_factor: ClassVar[str] = "start_factor"
    done_after: ClassVar[str] = "total_iters"
    saved_keys: ClassVar[tuple[str, ...]] = ("start_factor", "end_factor", "total_iters")
    example: ClassVar[dict[str, Any]] = {"start_factor": 0.1, "total_iters": 20}

    @property
    @override
    def idle(self) -> bool:
        return self.start_factor == self.end_factor == 1

    @property
    @override
    def warms_up(self) -> int:
        return self.total_iters if self.start_factor < self.end_factor == 1 else 0

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        if at.initial:
            return Affine(scale=np.where(at.t == 0, self.start_factor, 1.0))
        change = self.end_factor - self.start_factor
        moving = (at.t != 0) & (at.t <= self.total_iters)
        # Only the moving ticks divide: after total_iters the denominator may well be 0.
        denominator = np.where(moving, self.total_iters * self.start_factor + (at.t - 1) * change, 1.0)
        return Affine(scale=np.where(moving, 1.0 + change / denominator, np.where(at.t == 0, self.start_factor, 1.0)))

    @override
    def entry(self, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        change = self.end_factor - self.start_factor
        return Affine(scale=0.0, shift=base_lr * (self.start_factor + change * np.float64(0) / self.total_iters))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        # Without a tick it is a part all the same: the lr sticks at its start.
        if self.end_factor > self.start_factor:
            yield Span(0, self.total_iters, "warm-up", "warm-up", "total_iters", "start_factor", relative=True)
        else:
            yield Span(0, self.total_iters, "linear decay", "decay", "total_iters", "end_factor", relative=True)
        yield Span(self.total_iters, None, "constant", "hold", rests=True)
