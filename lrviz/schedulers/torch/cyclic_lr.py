"""CyclicLR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.fields import PerGroup
from lrviz.language.formula import CycleFormula, values
from lrviz.language.length import Length, LengthOrZero
from lrviz.schedulers.base import Leaf, nothing_to_cycle
from lrviz.schedulers.facts import Cycle, GroupKey, Imposed, Span
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Situation

_MOST_HALVINGS = 1024
"""The power of two at which float64 ends."""


class CyclicLR(Leaf):
    """Moves the lr between base_lr and max_lr in straight lines, and the momentum the other way.

    Formula, with total = step_size_up + step_size_down, cycle = floor(1 + t/total), x = 1 + t/total - cycle:
        height = x * total/step_size_up            while x <= step_size_up/total
               = (1 - x) * total/step_size_down    after it
        lr[t] = base_lr + (max_lr - base_lr) * height * scale
        momentum[t] = max_momentum - (max_momentum - base_momentum) * height * scale
        scale = 1 (triangular), 1 / 2**(cycle - 1) (triangular2), gamma**t (exp_range), or scale_fn(x)

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html;
    Smith, Cyclical Learning Rates for Training Neural Networks, https://arxiv.org/abs/1506.01186
    """

    name: Literal["CyclicLR"] = "CyclicLR"
    base_lr: PerGroup = Field(description="lowest lr; the constructor also sets it as the initial lr")
    max_lr: PerGroup = Field(description="highest lr")
    step_size_up: Length = Field(2000, description="ticks of the rising half")
    step_size_down: LengthOrZero | None = Field(None, description="ticks of the falling half (default: step_size_up)")
    mode: Literal["triangular", "triangular2", "exp_range"] = Field("triangular", description="how the peaks shrink")
    gamma: float = Field(1.0, description="base of exp_range")
    scale_fn: CycleFormula | None = Field(
        None, description="formula in x, the cycle (1, 2, ...) or the tick, in place of mode"
    )
    scale_mode: Literal["cycle", "iterations"] = Field(
        "cycle", description="what x is in scale_fn: the number of the cycle, or the tick"
    )
    cycle_momentum: bool = Field(True, description="move momentum (beta1 in the Adam family) opposite to the lr")
    base_momentum: PerGroup = Field(0.8, description="momentum where the lr is highest")
    max_momentum: PerGroup = Field(0.9, description="momentum where the lr is lowest")

    assigns: ClassVar[bool] = True
    target: ClassVar[str] = "max_lr"
    saved_keys: ClassVar[tuple[str, ...]] = ("total_size", "step_ratio", "mode", "gamma")
    group_error: ClassVar[str] = "ValueError"
    example: ClassVar[dict[str, Any]] = {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 10, "mode": "triangular2"}

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.cycle_momentum:
            yield from nothing_to_cycle(self.name, where)

    @property
    @override
    def overwrites(self) -> frozenset[GroupKey]:
        return frozenset({"lr", "initial_lr", *(("momentum",) if self.cycle_momentum else ())})

    @override
    def imposed(self) -> Imposed:
        return Imposed(self.base_lr, self.max_lr, ("max_lr", "base_lr"))

    @override
    def cycled(self) -> dict[str, PerGroup]:
        if not self.cycle_momentum:
            return {}
        return {"base_momentum": self.base_momentum, "max_momentum": self.max_momentum}

    @override
    def attach(self, groups: ParamGroups) -> FloatArray:
        groups.lr = groups.row(self.base_lr)
        if self.cycle_momentum:
            groups.momentum = groups.slots["max_momentum"] = groups.row(self.max_momentum)
            groups.slots["base_momentum"] = groups.row(self.base_momentum)
        return super().attach(groups)

    @override
    def settled(self, groups: ParamGroups, base_lr: FloatArray) -> FloatArray:
        return groups.row(self.base_lr)

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        return Affine(scale=0.0, shift=base_lr + (groups.row(self.max_lr) - base_lr) * self._height(at.t))

    @override
    def momentum(self, at: At, groups: ParamGroups) -> FloatArray | None:
        if not self.cycle_momentum:
            return None
        highest = groups.row(self.max_momentum)
        return highest - (highest - groups.row(self.base_momentum)) * self._height(at.t)

    @override
    def no_lr(self, tick: int) -> Problem:
        return Problem(
            ("mode",),
            f"{self.mode} has no finite scale at tick {tick}, where torch raises; write a longer step_size_up, "
            "or another mode",
        )

    def _height(self, t: FloatArray) -> FloatArray:
        """Return how far up its swing the lr is, 0 to 1, times the scale of the cycle."""
        up = float(self.step_size_up)
        total = up + (up if self.step_size_down is None else float(self.step_size_down))
        ratio = up / total
        cycle = np.floor(1 + t / total)
        x = 1.0 + t / total - cycle
        height = x / ratio
        if ratio < 1:
            height = np.where(x <= ratio, height, (x - 1) / (ratio - 1))
        if self.scale_fn is not None:
            return height * values(self.scale_fn, cycle if self.scale_mode == "cycle" else t)
        if self.mode == "triangular2":
            # Python's 2.0 ** 1024 raises, NumPy's is infinite and the scale then zero.
            return height * np.where(cycle - 1 < _MOST_HALVINGS, 1 / 2.0 ** (cycle - 1), np.nan)
        return height * self.gamma**t if self.mode == "exp_range" else height

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        total, start = self.step_size_up + self._down, 0
        while True:
            yield Span(start, start + total, f"cycle {start // total + 1}", "restart", "step_size_up", "base_lr")
            start += total

    @property
    def _down(self) -> int:
        return self.step_size_up if self.step_size_down is None else self.step_size_down

    @override
    def cycle(self, ticks: int) -> Cycle:
        up, down = self.step_size_up, self._down
        number, at = divmod(ticks - 1, up + down)
        height = at / up if at <= up else (up + down - at) / down
        return Cycle(number + 1, up + down, at + 1, height, alike=True)

    @override
    def with_cycle(self, length: int) -> dict[str, int]:
        share = self.step_size_up / (self.step_size_up + self._down)
        up = max(1, round(share * length))
        return {"step_size_up": up} | ({} if self.step_size_down is None else {"step_size_down": max(0, length - up)})

    @override
    def repeated(self, ticks: int) -> tuple[str, int] | None:
        return ("gamma", ticks) if self.mode == "exp_range" and self.scale_fn is None else None
