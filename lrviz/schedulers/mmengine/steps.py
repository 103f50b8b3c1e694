"""StepLR, MultiStepLR and ExponentialLR of mmengine: a factor at some ticks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.length import Length, Milestones
from lrviz.schedulers.facts import Event, Span, kind_of
from lrviz.schedulers.maps import Affine, ParamGroups
from lrviz.schedulers.mmengine.ranged import Ranged


class _Factor(Ranged):
    """One that multiplies the lr by gamma."""

    gamma: float = Field(0.1, description="factor of each step")

    @abstractmethod
    def times(self, s: FloatArray) -> FloatArray:
        """Return how often it multiplies at each of its own ticks."""

    @override
    def acting(self, s: FloatArray, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        return Affine(scale=self.gamma ** self.times(s))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        yield Span(self.begin, self.stop, "step decay", kind_of(self.gamma))


class MMEngineStepLR(_Factor):
    """Multiplies the lr by gamma every step_size ticks.

    Formula, with s = t - begin:
        lr[t] = gamma * lr[t-1]      where s > 0 is a multiple of step_size

    Source: https://mmengine.readthedocs.io/en/latest/api/optim.html
    """

    name: Literal["mmengine.StepLR"] = "mmengine.StepLR"
    step_size: Length = Field(description="ticks from one step to the next")

    example: ClassVar[dict[str, Any]] = {"step_size": 15}

    @override
    def times(self, s: FloatArray) -> FloatArray:
        return np.where((s > 0) & (s % self.step_size == 0), 1.0, 0.0)

    @override
    def events(self, stop: int) -> Iterator[Event]:
        for tick in range(self.begin + self.step_size, min(stop, self.stop), self.step_size):
            yield Event(tick, f"×{self.gamma:g}", "drop")


class MMEngineMultiStepLR(_Factor):
    """Multiplies the lr by gamma at each milestone.

    Formula, with s = t - begin:
        lr[t] = gamma^(how often s is among the milestones) * lr[t-1]

    Source: https://mmengine.readthedocs.io/en/latest/api/optim.html
    """

    name: Literal["mmengine.MultiStepLR"] = "mmengine.MultiStepLR"
    milestones: Milestones = Field(description="own ticks at which the lr drops")

    example: ClassVar[dict[str, Any]] = {"milestones": [20, 40]}

    @override
    def times(self, s: FloatArray) -> FloatArray:
        found: FloatArray = (s[:, :, None] == np.array(self.milestones, np.float64)).sum(axis=2).astype(np.float64)
        return found

    @override
    def events(self, stop: int) -> Iterator[Event]:
        for tick in sorted({self.begin + one for one in self.milestones}):
            if tick < min(stop, self.stop):
                yield Event(tick, f"×{self.gamma:g}", "drop")


class MMEngineExponentialLR(_Factor):
    """Multiplies the lr by gamma at every tick.

    Formula, with s = t - begin:
        lr[t] = gamma * lr[t-1]      for s > 0

    Source: https://mmengine.readthedocs.io/en/latest/api/optim.html
    """

    name: Literal["mmengine.ExponentialLR"] = "mmengine.ExponentialLR"
    gamma: float = Field(description="factor of each step")

    example: ClassVar[dict[str, Any]] = {"gamma": 0.9}

    @override
    def times(self, s: FloatArray) -> FloatArray:
        return np.where(s > 0, 1.0, 0.0)


CLASSES = (MMEngineStepLR, MMEngineMultiStepLR, MMEngineExponentialLR)
