"""StepLR."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.length import Length
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Awaited, Event, Span, kind_of
from lrviz.schedulers.maps import Affine, At, ParamGroups


class StepLR(Leaf):
    """Multiplies the lr by gamma every step_size ticks.

    Formula:
        lr[t] = gamma * lr[t-1]   where t is a multiple of step_size, t > 0
        lr[t] = lr[t-1]           elsewhere
        closed form: lr[t] = base_lr * gamma ** (t // step_size)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
    """

    name: Literal["StepLR"] = "StepLR"
    step_size: Length = Field(description="ticks between two drops")
    gamma: float = Field(0.1, description="factor of each drop")

    saved_keys: ClassVar[tuple[str, ...]] = ("step_size", "gamma")
    example: ClassVar[dict[str, Any]] = {"step_size": 20}

    @property
    @override
    def idle(self) -> bool:
        return self.gamma == 1

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        drops = (at.t != 0) & (at.t % self.step_size == 0)
        return Affine(scale=np.where(drops, self.gamma, 1.0))

    @override
    def entry(self, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        return Affine(scale=0.0, shift=base_lr)

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        yield Span(0, None, "step decay", kind_of(self.gamma))

    @override
    def awaited(self) -> Iterator[Awaited]:
        yield Awaited(("step_size",), self.step_size, self.step_size, Fraction(1, 3), least=1)

    @override
    def repeated(self, ticks: int) -> tuple[str, int]:
        return "gamma", (ticks - 1) // self.step_size

    @override
    def events(self, stop: int) -> Iterator[Event]:
        for tick in range(self.step_size, stop, self.step_size):
            yield Event(tick, f"×{self.gamma:g}", "drop")
