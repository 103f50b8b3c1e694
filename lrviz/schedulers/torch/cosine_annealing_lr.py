"""CosineAnnealingLR."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.length import Length
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Span, half_cosine
from lrviz.schedulers.maps import KEEP, Affine, At, ParamGroups


class CosineAnnealingLR(Leaf):
    """Takes the lr to eta_min along half a cosine of T_max ticks; past T_max it climbs again.

    Formula, torch's recursion:
        lr[t] = eta_min + (lr[t-1] - eta_min) * (1 + cos(pi t/T_max)) / (1 + cos(pi (t-1)/T_max))
        lr[t] = lr[t-1] + (base_lr - eta_min) * (1 - cos(pi/T_max)) / 2   where (t-1-T_max) mod 2 T_max = 0
        closed form: lr[t] = eta_min + (base_lr - eta_min) * (1 + cos(pi t/T_max)) / 2

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html;
    Loshchilov and Hutter, SGDR, https://arxiv.org/abs/1608.03983
    """

    name: Literal["CosineAnnealingLR"] = "CosineAnnealingLR"
    T_max: Length = Field(description="ticks from the top to eta_min")
    eta_min: float = Field(0.0, description="lowest lr")

    whole_run: ClassVar[tuple[str, ...]] = ("T_max",)
    done_after: ClassVar[str] = "T_max"
    saved_keys: ClassVar[tuple[str, ...]] = ("T_max", "eta_min")
    group_error: ClassVar[str] = "ValueError"
    example: ClassVar[dict[str, Any]] = {"T_max": 60}

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        if at.initial:
            return KEEP
        ticks = np.concatenate((at.t[:1] - 1, at.t))
        height = 1 + np.cos(math.pi * ticks / self.T_max)
        # One ulp of the cosine beside the floor becomes the amplitude of the whole climb after it:
        # there the C library's cosine, which torch calls, not NumPy's.
        beside = slice((self.T_max + 1 - at.first + 1) % (2 * self.T_max), None, 2 * self.T_max)
        height[beside, 0] = [1 + math.cos(math.pi * t / self.T_max) for t in ticks[beside, 0].tolist()]
        now, before = height[1:], height[:-1]
        leaves_floor = slice((self.T_max + 1 - at.first) % (2 * self.T_max), None, 2 * self.T_max)
        if not at.t[leaves_floor].size:
            return Affine(scale=now / before, centre=self.eta_min)
        before = before.copy()
        before[leaves_floor] = 1.0
        scale, centre, shift = now / before, np.full_like(now, self.eta_min), np.zeros((at.steps, len(base_lr)))
        scale[leaves_floor], centre[leaves_floor] = 1.0, 0.0
        shift[leaves_floor] = (base_lr - self.eta_min) * (1 - math.cos(math.pi / self.T_max)) / 2
        return Affine(scale, centre, shift)

    @override
    def loses_groups(self, ticks: range) -> int | None:
        # Where it leaves the floor the amplitude is that of base_lr, which no group has that was added.
        leaves = ticks[(self.T_max + 1 - ticks.start) % (2 * self.T_max) :]
        return leaves[0] if leaves else None

    @override
    def entry(self, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        return Affine(scale=0.0, shift=self.eta_min + (base_lr - self.eta_min) * 2.0 / 2)

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        # Tick T_max is the floor itself: it still belongs to the decay.
        start, stop, falling = 0, self.T_max + 1, bool((base_lr >= self.eta_min).any())
        while True:
            if falling:
                yield Span(start, stop, "cosine decay", "decay", "T_max", "eta_min", left=half_cosine)
            else:
                yield Span(start, stop, "cosine rise", "rise", "T_max", "eta_min", left=half_cosine)
            start, stop, falling = stop, stop + self.T_max, not falling
