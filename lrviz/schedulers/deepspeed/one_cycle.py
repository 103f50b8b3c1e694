"""OneCycle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.fields import PerGroup
from lrviz.language.length import Length, LengthOrZero
from lrviz.schedulers.deepspeed.versioned import HAS_STAIRS, LISTS_CYCLES, Versioned
from lrviz.schedulers.facts import GroupKey, Imposed, Span
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Situation


class OneCycle(Versioned):
    """Rises from cycle_min_lr to cycle_max_lr and falls back, with beta1 moving the other way; then the lr decays.

    Formula, with n1 = cycle_first_step_size, n2 = cycle_second_step_size, n = n1 + n2 and x = t mod n:
        h = x / n1 for x <= n1, (n - x) / n2 after it; with s stairs floor(s h) / s
        lr[t] = cycle_min_lr + (cycle_max_lr - cycle_min_lr) h                                       for t <= n
        lr[t] = cycle_min_lr / (1 + decay_lr_rate (t - n) / decay_step_size)                         after it
        beta1[0] = cycle_min_mom; beta1[t] = cycle_max_mom - (cycle_max_mom - cycle_min_mom) h       for t <= n
        beta1[t] = cycle_max_mom (1 + decay_mom_rate (t - n) / decay_step_size)                      after it

    Source: https://deepspeed.readthedocs.io/en/latest/schedulers.html
    """

    name: Literal["deepspeed.OneCycle"] = "deepspeed.OneCycle"
    cycle_min_lr: PerGroup = Field(description="lowest lr")
    cycle_max_lr: PerGroup = Field(description="highest lr")
    decay_lr_rate: float = Field(0.0, description="rate of the decay after the cycle")
    cycle_first_step_size: Length = Field(2000, description="ticks of the rise")
    cycle_second_step_size: LengthOrZero | None = Field(None, description="ticks of the fall (default: as of the rise)")
    cycle_first_stair_count: int = Field(
        0, ge=0, description="stairs of the rise, 0 for a line; no effect before DeepSpeed 0.19.4"
    )
    cycle_second_stair_count: int | None = Field(None, ge=0, description="stairs of the fall (default: as of the rise)")
    decay_step_size: LengthOrZero = Field(0, description="ticks per unit of the decay rate; 0: no decay")
    cycle_momentum: bool = Field(True, description="move beta1 against the lr")
    cycle_min_mom: PerGroup = Field(0.8, description="lowest beta1")
    cycle_max_mom: PerGroup = Field(0.9, description="highest beta1")
    decay_mom_rate: float = Field(0.0, description="rate at which beta1 grows after the cycle")

    target: ClassVar[str] = "cycle_max_lr"
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
        first, second = self.cycle_first_step_size, self.cycle_second_step_size
        return first, first if second is None else second

    @property
    def _stairs(self) -> tuple[int, int]:
        if not self.since(HAS_STAIRS):
            return 0, 0
        first, second = self.cycle_first_stair_count, self.cycle_second_stair_count
        return first, first if second is None else second

    @property
    @override
    def versions(self) -> tuple[str, str]:
        if not self.cycle_first_stair_count and not self.cycle_second_stair_count:
            return "", ""
        return (HAS_STAIRS, "") if self.since(HAS_STAIRS) else ("", HAS_STAIRS)

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        for key, value in self.arguments().items():
            if isinstance(value, tuple) and not self.since(LISTS_CYCLES):
                yield Problem((key,), f"a list given; DeepSpeed before {LISTS_CYCLES} takes one number")
        if self.cycle_momentum and where.cycled in {"", "momentum"}:
            told = f"{where.optimizer} has no betas, and DeepSpeed leaves its momentum; write cycle_momentum: false"
            yield Problem(("cycle_momentum",), told)

    @property
    @override
    def overwrites(self) -> frozenset[GroupKey]:
        return frozenset({"lr", *(("momentum",) if self.cycle_momentum else ())})

    @override
    def imposed(self) -> Imposed:
        return Imposed(self.cycle_min_lr, self.cycle_max_lr, ("cycle_max_lr", "cycle_min_lr"))

    def _height(self, t: FloatArray) -> FloatArray:
        first, second = self._cycle
        whole, (up, down) = first + second, self._stairs
        x = t % whole
        share, ratio = x / whole, first / whole
        rises = share <= ratio
        with np.errstate(divide="ignore", invalid="ignore"):
            line = np.where(rises, share / ratio, (share - 1) / (ratio - 1))
            stair = np.where(
                x <= first,
                np.floor(x * np.where(rises, up, down) / first),
                np.floor((whole - x) * np.where(rises, up, down) / second),
            )
        count = np.where(rises, up, down)
        return np.where(count > 0, stair / np.maximum(count, 1), line)

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        over = at.t - sum(self._cycle)
        low, high = groups.row(self.cycle_min_lr), groups.row(self.cycle_max_lr)
        cycle = low + (high - low) * self._height(at.t)
        after = low / (1 + self.decay_lr_rate * self._decayed(over))
        return Affine(scale=0.0, shift=np.where(over <= 0, cycle, after))

    def _decayed(self, over: FloatArray) -> FloatArray:
        return np.maximum(over, 0) / self.decay_step_size if self.decay_step_size else np.zeros_like(over)

    @override
    def momentum(self, at: At, groups: ParamGroups) -> FloatArray | None:
        if not self.cycle_momentum:
            return None
        over = at.t - sum(self._cycle)
        low, high = groups.row(self.cycle_min_mom), groups.row(self.cycle_max_mom)
        cycle = high - (high - low) * self._height(at.t)
        after = high * (1 + self.decay_mom_rate * self._decayed(over))
        return np.where(at.t == 0, low, np.where(over <= 0, cycle, after))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        first, second = self._cycle
        yield Span(0, first, "warm-up", "warm-up", "cycle_first_step_size", "cycle_min_lr")
        yield Span(first, first + second, "cool-down", "decay", "cycle_second_step_size", "cycle_min_lr")
        decays = self.decay_step_size and self.decay_lr_rate
        yield Span(first + second, None, "decay" if decays else "constant", "decay" if decays else "hold", rests=True)


CLASSES = (OneCycle,)
