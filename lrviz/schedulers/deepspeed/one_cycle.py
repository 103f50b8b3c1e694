"""OneCycle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.length import Length, LengthOrZero
from lrviz.schedulers.deepspeed.versioned import Versioned
from lrviz.schedulers.facts import GroupKey, Imposed, Span
from lrviz.schedulers.maps import Affine, At, ParamGroups


class OneCycle(Versioned):
    """Rises from cycle_min_lr to cycle_max_lr and falls back, beta1 moving against it; then the lr decays.

    Formula, with n1 = cycle_first_step_size, n2 = cycle_second_step_size, n = n1 + n2 and x = t mod n:
        h = x / n1 for x <= n1, (n - x) / n2 after it
        lr[t] = cycle_min_lr + (cycle_max_lr - cycle_min_lr) h                                       for t <= n
        lr[t] = cycle_min_lr / (1 + decay_lr_rate (t - n) / decay_step_size)                         after it
        beta1[0] = cycle_min_mom; beta1[t] = cycle_max_mom - (cycle_max_mom - cycle_min_mom) h       for t <= n
        beta1[t] = cycle_max_mom (1 + decay_mom_rate (t - n) / decay_step_size)                      after it

    Source: https://deepspeed.readthedocs.io/en/latest/schedulers.html
    """

    name: Literal["deepspeed.OneCycle"] = "deepspeed.OneCycle"
    cycle_min_lr: float = Field(description="lowest lr")
    cycle_max_lr: float = Field(description="highest lr")
    decay_lr_rate: float = Field(0.0, description="rate of the decay after the cycle")
    cycle_first_step_size: Length = Field(2000, description="ticks of the rise")
    cycle_second_step_size: Length | None = Field(None, description="ticks of the fall (default: as of the rise)")
    cycle_first_stair_count: int = Field(0, ge=0, description="stairs of the rise, which have no effect")
    cycle_second_stair_count: int | None = Field(None, ge=0, description="stairs of the fall, which have no effect")
    decay_step_size: LengthOrZero = Field(0, description="ticks after which the decay has gone one rate; 0: no decay")
    cycle_momentum: bool = Field(True, description="move beta1 against the lr")
    cycle_min_mom: float = Field(0.8, description="lowest beta1")
    cycle_max_mom: float = Field(0.9, description="highest beta1")
    decay_mom_rate: float = Field(0.0, description="rate at which beta1 grows after the cycle")

    target: ClassVar[str] = "cycle_max_lr"
    changes: ClassVar[tuple[str, ...]] = ()
    example: ClassVar[dict[str, Any]] = {
        "cycle_min_lr": 0.01,
        "cycle_max_lr": 0.1,
        "cycle_first_step_size": 20,
        "decay_step_size": 10,
        "decay_lr_rate": 0.5,
        "cycle_momentum": False,
    }

    @property
    def _cycle(self) -> tuple[int, int]:
        first = self.cycle_first_step_size
        return first, self.cycle_second_step_size or first

    @property
    @override
    def overwrites(self) -> frozenset[GroupKey]:
        return frozenset({"lr", *(("momentum",) if self.cycle_momentum else ())})

    @override
    def imposed(self) -> Imposed:
        return Imposed(self.cycle_min_lr, self.cycle_max_lr, ("cycle_max_lr", "cycle_min_lr"))

    def _height(self, t: FloatArray) -> FloatArray:
        first, second = self._cycle
        share, ratio = t % (first + second) / (first + second), first / (first + second)
        return np.where(share <= ratio, share / ratio, (share - 1) / (ratio - 1))

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        over = at.t - sum(self._cycle)
        cycle = self.cycle_min_lr + (self.cycle_max_lr - self.cycle_min_lr) * self._height(at.t)
        after = self.cycle_min_lr / (1 + self.decay_lr_rate * self._decayed(over))
        return Affine(scale=0.0, shift=np.where(over <= 0, cycle, after) * np.ones_like(base_lr))

    def _decayed(self, over: FloatArray) -> FloatArray:
        return np.maximum(over, 0) / self.decay_step_size if self.decay_step_size else np.zeros_like(over)

    @override
    def momentum(self, at: At, groups: ParamGroups) -> FloatArray | None:
        if not self.cycle_momentum:
            return None
        over = at.t - sum(self._cycle)
        cycle = self.cycle_max_mom - (self.cycle_max_mom - self.cycle_min_mom) * self._height(at.t)
        after = self.cycle_max_mom * (1 + self.decay_mom_rate * self._decayed(over))
        moved = np.where(over <= 0, cycle, after)
        return np.where(at.t == 0, self.cycle_min_mom, moved) * np.ones((1, groups.lr.size))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        first, second = self._cycle
        yield Span(0, first, "warm-up", "warm-up", "cycle_first_step_size", "cycle_min_lr")
        yield Span(first, first + second, "cool-down", "decay", "cycle_second_step_size", "cycle_min_lr")
        yield Span(first + second, None, "decay" if self.decay_step_size else "constant", "decay", rests=True)


CLASSES = (OneCycle,)
