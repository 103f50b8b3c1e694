"""WarmupLR, WarmupDecayLR and WarmupCosineLR."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.fields import PerGroup
from lrviz.language.length import Length, LengthOrZero
from lrviz.schedulers.deepspeed.versioned import (
    NEEDS_WARM_UP,
    NEVER_CLIMBS,
    SETS_AT_ONCE,
    TAKES_OPTIMIZERS_LR,
    Versioned,
)
from lrviz.schedulers.facts import GroupKey, Imposed, Span
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Situation


class _Warmup(Versioned):
    """A schedule that begins with a warm-up, along a logarithm by default."""

    warmup_num_steps: LengthOrZero = Field(1000, description="ticks of the warm-up; below 2 it is 2")
    warmup_type: Literal["log", "linear"] = Field("log", description="shape of the warm-up")

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.warmup_num_steps == 0 and self.since(NEEDS_WARM_UP):
            told = f"0 given; DeepSpeed from {NEEDS_WARM_UP} on needs at least 1"
            yield Problem(("warmup_num_steps",), told)

    @property
    def steps(self) -> int:
        """Ticks of the warm-up."""
        return max(2, self.warmup_num_steps)

    def rise(self, i: FloatArray) -> FloatArray:
        """Return the height of the warm-up at its ticks, 0 to 1; past it anything."""
        if self.warmup_type == "linear":
            return i / self.steps
        height: FloatArray = 1.0 / math.log(self.steps) * np.log(np.maximum(i, 0) + 1)
        return height

    def started(self, at: At, lr: FloatArray, base_lr: FloatArray, first: FloatArray | float) -> Affine:
        """Return the map of each step; lr: from the first update on; first: what the constructor sets."""
        begin = np.broadcast_to(first, base_lr.shape) if self.since(SETS_AT_ONCE) else base_lr
        return Affine(scale=0.0, shift=np.where(at.t == 0, begin, lr))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        yield Span(0, self.steps + 1, "warm-up", "warm-up", "warmup_num_steps")
        yield from self.spans_after()

    def spans_after(self) -> Iterator[Span]:
        """Yield the parts after the warm-up."""
        yield Span(self.steps + 1, None, "constant", "hold", rests=True)


class WarmupLR(_Warmup):
    """Rises from warmup_min_lr to warmup_max_lr in warmup_num_steps ticks, and stays there.

    Formula, with i = t - 1, W = max(2, warmup_num_steps) and u(i) = ln(i + 1) / ln(W), or i / W if linear:
        lr[0] = warmup_min_lr
        lr[t] = warmup_min_lr + (warmup_max_lr - warmup_min_lr) * u(i)      for i < W
        lr[t] = warmup_max_lr                                               after it

    The first two updates have warmup_min_lr; before DeepSpeed 0.15.3 the first has the optimizer's own lr.

    Source: https://deepspeed.readthedocs.io/en/latest/schedulers.html
    """

    name: Literal["deepspeed.WarmupLR"] = "deepspeed.WarmupLR"
    warmup_min_lr: PerGroup = Field(0.0, description="lr at the start")
    warmup_max_lr: PerGroup | None = Field(
        None, description="lr at the end of the warm-up (default: the optimizer's, 0.001 before DeepSpeed 0.17.2)"
    )

    done_after: ClassVar[str] = "warmup_num_steps"
    target: ClassVar[str] = "warmup_max_lr"
    changes: ClassVar[tuple[str, ...]] = (SETS_AT_ONCE, TAKES_OPTIMIZERS_LR)
    example: ClassVar[dict[str, Any]] = {"warmup_num_steps": 10}

    @property
    @override
    def overwrites(self) -> frozenset[GroupKey]:
        return frozenset({"lr"})

    @override
    def imposed(self) -> Imposed | None:
        top = self.warmup_max_lr
        return None if top is None else Imposed(self.warmup_min_lr, top, ("warmup_max_lr",))

    def _top(self, groups: ParamGroups, base_lr: FloatArray) -> FloatArray:
        if self.warmup_max_lr is not None:
            return groups.row(self.warmup_max_lr)
        return base_lr if self.since(TAKES_OPTIMIZERS_LR) else groups.row(1e-3)

    def height(self, i: FloatArray) -> FloatArray:
        """Return the height of the curve after the warm-up, 0 to 1."""
        return np.ones_like(i)

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        i, low = at.t - 1, groups.row(self.warmup_min_lr)
        height = np.where(i < self.steps, self.rise(i), self.height(i))
        return self.started(at, low + (self._top(groups, base_lr) - low) * height, base_lr, low)


class WarmupDecayLR(WarmupLR):
    """Rises as WarmupLR does, then falls in a straight line to warmup_min_lr at total_num_steps.

    Formula, with i = t - 1, W = max(2, warmup_num_steps) and u(i) as of WarmupLR:
        lr[0] = warmup_min_lr
        lr[t] = warmup_min_lr + (warmup_max_lr - warmup_min_lr) * u(i)                                    for i < W
        lr[t] = the same with max(0, (total_num_steps - i) / max(1, total_num_steps - W)) for u(i)        after it

    Source: https://deepspeed.readthedocs.io/en/latest/schedulers.html
    """

    name: Literal["deepspeed.WarmupDecayLR"] = "deepspeed.WarmupDecayLR"  # type: ignore[assignment]  # a Literal of its own
    total_num_steps: Length = Field(description="ticks of the whole run")
    warmup_max_lr: PerGroup = Field(0.001, description="lr at the end of the warm-up")

    whole_run: ClassVar[tuple[str, ...]] = ("total_num_steps",)
    done_after: ClassVar[str] = "total_num_steps"
    changes: ClassVar[tuple[str, ...]] = (SETS_AT_ONCE,)
    example: ClassVar[dict[str, Any]] = {"total_num_steps": 60, "warmup_num_steps": 10}

    @property
    @override
    def run_length(self) -> tuple[str, int] | None:
        return "total_num_steps", self.total_num_steps

    @override
    def height(self, i: FloatArray) -> FloatArray:
        return np.maximum(0.0, (self.total_num_steps - i) / max(1.0, self.total_num_steps - self.steps))

    @override
    def spans_after(self) -> Iterator[Span]:
        stop = max(self.steps, self.total_num_steps) + 1
        yield Span(self.steps + 1, stop, "linear decay", "decay", "total_num_steps", "warmup_min_lr")


class WarmupCosineLR(_Warmup):
    """Rises from a share of the lr to the lr, then falls along half a cosine to cos_min_ratio of it.

    Formula, with i = t - 1, W = max(2, warmup_num_steps), T = total_num_steps, r = warmup_min_ratio,
    c = cos_min_ratio, u(i) as of WarmupLR and q = min(1, (i - W + 1) / max(1, T - W)):
        lr[0] = 0
        lr[t] = base_lr * (r + (1 - r) u(i))                         for i < W
        lr[t] = base_lr * (c + (1 - c) (1 + cos(pi q)) / 2)          after it; before 0.19.3 q goes on past 1

    Source: https://deepspeed.readthedocs.io/en/latest/schedulers.html
    """

    name: Literal["deepspeed.WarmupCosineLR"] = "deepspeed.WarmupCosineLR"
    total_num_steps: Length = Field(description="ticks of the whole run")
    warmup_min_ratio: float = Field(0.0, description="the lr at the start of the warm-up, as a share of the lr")
    cos_min_ratio: float = Field(0.0001, description="the lowest lr of the cosine, as a share of the lr")

    whole_run: ClassVar[tuple[str, ...]] = ("total_num_steps",)
    done_after: ClassVar[str] = "total_num_steps"
    changes: ClassVar[tuple[str, ...]] = (SETS_AT_ONCE, NEVER_CLIMBS)
    example: ClassVar[dict[str, Any]] = {"total_num_steps": 60, "warmup_num_steps": 10}

    @property
    @override
    def run_length(self) -> tuple[str, int] | None:
        return "total_num_steps", self.total_num_steps

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        i, fall = at.t - 1, self.total_num_steps - self.steps
        if self.since(NEVER_CLIMBS):
            done = np.minimum(1.0, (i - self.steps + 1) / max(1, fall))
        else:
            done = (i - self.steps + 1) / (fall or 1)
        wave = np.maximum(0.0, self.cos_min_ratio + (1 - self.cos_min_ratio) * (1 + np.cos(np.pi * done)) / 2)
        rise = self.warmup_min_ratio + (1.0 - self.warmup_min_ratio) * self.rise(i)
        return self.started(at, base_lr * np.where(i < self.steps, rise, wave), base_lr, 0.0)

    @override
    def spans_after(self) -> Iterator[Span]:
        stop = max(self.steps, self.total_num_steps) + 1
        yield Span(self.steps + 1, stop, "cosine decay", "decay", "total_num_steps", "cos_min_ratio", relative=True)


CLASSES = (WarmupLR, WarmupDecayLR, WarmupCosineLR)
