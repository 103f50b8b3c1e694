"""OneCycleLR."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.fields import Count, PerGroup
from lrviz.language.length import Length
from lrviz.schedulers.base import Leaf, nothing_to_cycle
from lrviz.schedulers.facts import GroupKey, Imposed, Kind, Span, half_cosine, straight
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Situation


class OneCycleLR(Leaf):
    """One rise to max_lr and one long fall to nearly nothing, with the momentum moving the other way.

    Formula, with initial = max_lr / div_factor, min = initial / final_div_factor, n = total_steps:
        phases end at pct_start*n - 1 (initial to max) and n - 1 (max to min); with three_phase at
        pct_start*n - 1 (initial to max), 2*pct_start*n - 2 (max to initial) and n - 1 (initial to min)
        cos:    lr[t] = end + (start - end) * (1 + cos(pi p)) / 2, p the share of the phase that is done
        linear: lr[t] = start + (end - start) * p

    The constructor overwrites lr, initial_lr and momentum (or beta1) of every group.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html;
    Smith and Topin, Super-Convergence, https://arxiv.org/abs/1708.07120
    """

    name: Literal["OneCycleLR"] = "OneCycleLR"
    max_lr: PerGroup = Field(description="highest lr; a list gives one to each group")
    total_steps: Length | None = Field(None, description="ticks of the cycle; or give epochs and steps_per_epoch")
    epochs: Count | None = Field(None, description="epochs of the cycle, where total_steps is not given")
    steps_per_epoch: Count | None = Field(None, description="ticks in each of epochs")
    pct_start: float = Field(0.3, ge=0, le=1, description="share of the cycle in which the lr rises, 0 to 1")
    anneal_strategy: Literal["cos", "linear"] = Field("cos", description="shape of each phase")
    cycle_momentum: bool = Field(True, description="move momentum (beta1 in the Adam family) opposite to the lr")
    base_momentum: PerGroup = Field(0.85, description="momentum where the lr is highest")
    max_momentum: PerGroup = Field(0.95, description="momentum where the lr is lowest")
    div_factor: float = Field(25.0, description="max_lr / initial lr")
    final_div_factor: float = Field(1e4, description="initial lr / last lr")
    three_phase: bool = Field(False, description="fall back to the initial lr first, then to the last one")

    assigns: ClassVar[bool] = True
    target: ClassVar[str] = "max_lr"
    whole_run: ClassVar[tuple[str, ...]] = ("total_steps", "epochs", "steps_per_epoch")
    done_after: ClassVar[str] = "total_steps"
    saved_keys: ClassVar[tuple[str, ...]] = ("total_steps", "_schedule_phases")
    group_error: ClassVar[str] = "KeyError"
    example: ClassVar[dict[str, Any]] = {"max_lr": 0.1, "total_steps": 60}

    @property
    def length(self) -> int | None:
        """Ticks of the cycle; None where the document gives too little."""
        if self.total_steps is not None:
            return self.total_steps
        return self.epochs * self.steps_per_epoch if self.epochs and self.steps_per_epoch else None

    @property
    def _length_key(self) -> str:
        return "epochs" if self.total_steps is None else "total_steps"

    @property
    @override
    def run_length(self) -> tuple[str, int]:
        return self._length_key, self.length or 0

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.cycle_momentum:
            yield from nothing_to_cycle(self.name, where)
        for key in ("div_factor", "final_div_factor"):
            if getattr(self, key) == 0:
                yield Problem((key,), "0 given; torch divides by it, any other number is allowed")
        if self.length is None:
            yield Problem(("total_steps",), "missing; give total_steps, or both epochs and steps_per_epoch")
            return
        # Behind a milestone or before swa it is stepped less often; there the engine finds out.
        throughout = "SequentialLR" not in where.parents and not where.averaged
        if throughout and where.clock and where.clock.whole > self.length:
            yield Problem(
                (self._length_key,),
                f"a cycle of {self.length} ticks given for a run of {where.clock.ticks}; torch raises when it is "
                f"stepped past its end, write at least {where.clock.ticks}",
            )
        if self._phases()[0][0] == 0:
            yield Problem(
                ("pct_start",),
                f"{self.pct_start:g} of {self.length} ticks is a rise of one tick, over which torch divides by zero; "
                f"write 0, or at least {2 / self.length:.3g}",
            )

    @property
    @override
    def overwrites(self) -> frozenset[GroupKey]:
        return frozenset({"lr", "initial_lr", *(("momentum",) if self.cycle_momentum else ())})

    @override
    def imposed(self) -> Imposed:
        peak = self.max_lr
        start = tuple(lr / self.div_factor for lr in peak) if isinstance(peak, tuple) else peak / self.div_factor
        return Imposed(start, peak, ("max_lr",), "div_factor")

    @override
    def cycled(self) -> dict[str, PerGroup]:
        if not self.cycle_momentum:
            return {}
        return {"base_momentum": self.base_momentum, "max_momentum": self.max_momentum}

    @override
    def attach(self, groups: ParamGroups) -> FloatArray:
        groups.slots["max_lr"] = groups.row(self.max_lr)
        with np.errstate(over="ignore"):
            groups.initial_lr = groups.slots["max_lr"] / self.div_factor
            groups.slots["min_lr"] = groups.initial_lr / self.final_div_factor
        if self.cycle_momentum:
            groups.momentum = groups.slots["max_momentum"] = groups.row(self.max_momentum)
            groups.slots["base_momentum"] = groups.row(self.base_momentum)
        return super().attach(groups)

    @override
    def no_lr(self, tick: int) -> Problem:
        if self.length is not None and tick > self.length:
            return Problem(
                (self._length_key,),
                f"a cycle of {self.length} ticks is stepped to tick {tick}; torch raises past its end, "
                "write at least the ticks it is stepped for",
            )
        return super().no_lr(tick)

    def _phases(self) -> list[tuple[float, str, str]]:
        """Return the last tick of each phase, and the names of its first and last lr."""
        total = self.length or 0
        rise = float(self.pct_start * total) - 1
        if not self.three_phase:
            return [(rise, "initial", "max"), (total - 1, "max", "min")]
        back = float(2 * self.pct_start * total) - 2
        return [(rise, "initial", "max"), (back, "max", "initial"), (total - 1, "initial", "min")]

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        lrs = {"initial": groups.remember_initial_lr(), "max": groups.slots["max_lr"], "min": groups.slots["min_lr"]}
        return Affine(scale=0.0, shift=self._between(at.t, lrs))

    @override
    def momentum(self, at: At, groups: ParamGroups) -> FloatArray | None:
        if not self.cycle_momentum:
            return None
        high, low = groups.slots["max_momentum"], groups.slots["base_momentum"]
        return self._between(at.t, {"initial": high, "max": low, "min": high})

    def _between(self, t: FloatArray, ends: dict[str, FloatArray]) -> FloatArray:
        """Return the value at each tick on its way between the two ends of its phase, [n, groups]."""
        phases = self._phases()
        starts = [0.0, *(end for end, _, _ in phases[:-1])]
        # Past the end torch raises; what is not finite makes the engine do the same.
        value: FloatArray = np.full((1, 1), np.nan)
        with np.errstate(all="ignore"):
            for number, (start, (end, first, last)) in reversed(list(enumerate(zip(starts, phases, strict=True)))):
                covered = t <= (end if number < len(phases) - 1 else self.length or 0)
                done = (t - start) / np.float64(end - start)
                value = np.where(covered, self._anneal(ends[first], ends[last], done), value)
        return value

    def _anneal(self, start: FloatArray, end: FloatArray, done: FloatArray) -> FloatArray:
        if self.anneal_strategy == "linear":
            return (end - start) * done + start
        height: FloatArray = np.cos(math.pi * done) + 1
        return end + (start - end) / 2.0 * height

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        start = 0
        names = ("warm-up", "cool-down", "annihilation") if self.three_phase else ("warm-up", "annealing")
        left = straight if self.anneal_strategy == "linear" else half_cosine
        for name, (end, _, _) in zip(names, self._phases(), strict=True):
            stop = max(start, math.floor(end))
            kind: Kind = "warm-up" if name == "warm-up" else "decay"
            key = self._length_key if end == (self.length or 0) - 1 else "pct_start"
            yield Span(start, stop if end < (self.length or 0) - 1 else None, name, kind, key, left=left)
            start = stop
