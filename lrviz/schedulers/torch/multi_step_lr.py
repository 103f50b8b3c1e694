"""MultiStepLR."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.length import Milestones
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Awaited, Event, Span, kind_of
from lrviz.schedulers.maps import Affine, At, ParamGroups


class MultiStepLR(Leaf):
    """Multiplies the lr by gamma at each milestone; a milestone listed twice counts twice.

    Formula:
        lr[t] = lr[t-1] * gamma ** (how often t is in milestones)
        closed form: lr[t] = base_lr * gamma ** bisect_right(sorted milestones, t)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
    """

    name: Literal["MultiStepLR"] = "MultiStepLR"
    milestones: Milestones = Field(description="ticks at which the lr drops, in any order")
    gamma: float = Field(0.1, description="factor of each drop")

    saved_keys: ClassVar[tuple[str, ...]] = ("milestones", "gamma")
    example: ClassVar[dict[str, Any]] = {"milestones": [30, 45]}

    @property
    @override
    def idle(self) -> bool:
        return self.gamma == 1

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        scale = np.ones_like(at.t)
        for milestone, times in Counter(self.milestones).items():
            scale[at.t == milestone] = self._drop(times)
        return Affine(scale=scale)

    @override
    def entry(self, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        return Affine(scale=0.0, shift=base_lr * self._drop(self.milestones.count(0)))

    def _drop(self, times: int) -> np.float64:
        """Return the factor of a milestone listed so many times; infinite where Python's floats would raise."""
        with np.errstate(over="ignore"):
            return np.float64(self.gamma) ** times

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        yield Span(0, None, "step decay", kind_of(self.gamma))

    @override
    def awaited(self) -> Iterator[Awaited]:
        for index, milestone in enumerate(self.milestones):
            yield Awaited(("milestones", index), milestone, milestone, Fraction(1, 2))

    @override
    def repeated(self, ticks: int) -> tuple[str, int]:
        return "gamma", sum(milestone < ticks for milestone in self.milestones)

    @override
    def events(self, stop: int) -> Iterator[Event]:
        for tick, times in Counter(self.milestones).items():
            if tick < stop:
                yield Event(tick, f"×{self._drop(times):g}", "drop")
