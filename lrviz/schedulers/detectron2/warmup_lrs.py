"""The schedules that SOLVER.LR_SCHEDULER_NAME names: a curve over the whole run, with a warm-up over its beginning."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.length import Length, LengthOrZero, Milestones
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Event, Span, half_cosine
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Situation

_NEXT_TO = 1e-6
"""How much too early fvcore makes a drop, as a share of the run."""


class _Warmup(Leaf):
    """A body f(w), for w = t / max_iter the share of the run, and before it a line or a constant up to it."""

    max_iter: Length = Field(description="updates of the run (MAX_ITER)")
    warmup_factor: float = Field(0.001, description="share of the lr at the start (WARMUP_FACTOR)")
    warmup_iters: LengthOrZero = Field(1000, description="updates of the warm-up (WARMUP_ITERS)")
    warmup_method: Literal["linear", "constant"] = Field("linear", description="shape of the warm-up (WARMUP_METHOD)")
    rescale_interval: bool = Field(False, description="fit the curve into the rest of the run after the warm-up")

    module: ClassVar[str] = "detectron2.solver"
    runs_alone: ClassVar[bool] = False
    assigns: ClassVar[bool] = True
    whole_run: ClassVar[tuple[str, ...]] = ("max_iter",)
    done_after: ClassVar[str] = "max_iter"

    @property
    @override
    def warms_up(self) -> int:
        return self.warmup_iters

    @property
    @override
    def run_length(self) -> tuple[str, int] | None:
        return "max_iter", self.max_iter

    @abstractmethod
    def body(self, where: FloatArray, lr: FloatArray) -> FloatArray:
        """Return the factor of the lr at shares of the run, [n, 1]."""

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        where, length = at.t / self.max_iter, min(self.warmup_iters / self.max_iter, 1.0)
        inside = (where + _NEXT_TO <= length) if self.warmup_iters else np.zeros_like(where, dtype=bool)
        shifted = (where - length) / (1 - length) if self.rescale_interval and length < 1 else where
        # At its end the warm-up meets the body; stretched, that begins there.
        end = self.body(np.array([[0.0 if self.rescale_interval else length]]), base_lr)
        start = self.warmup_factor * self.body(np.array([[0.0]]), base_lr)
        share = where / length if length else where
        rise = start * np.ones_like(share) if self.warmup_method == "constant" else end * share + start * (1 - share)
        return Affine(scale=0.0, shift=base_lr * np.where(inside, rise, self.body(shifted, base_lr)))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        if self.warmup_iters:
            yield Span(0, self.warmup_iters, "warm-up", "warm-up", "warmup_iters", "warmup_factor", relative=True)
        if self.max_iter > self.warmup_iters:
            yield self.after()

    @abstractmethod
    def after(self) -> Span:
        """Return the part that follows the warm-up."""


class WarmupMultiStepLR(_Warmup):
    """Multiplies the lr by gamma at each of its steps, after a warm-up.

    Formula, with w = t / max_iter and e = 1e-6:
        lr[t] = base_lr gamma^(steps at most floor((w + e) max_iter))                          after the warm-up
        lr[t] = base_lr (f(0) warmup_factor (1 - q) + f(end of the warm-up) q), q = t / warmup_iters     before it

    Source: https://detectron2.readthedocs.io/en/latest/modules/solver.html
    """

    name: Literal["detectron2.WarmupMultiStepLR"] = "detectron2.WarmupMultiStepLR"
    steps: Milestones = Field((30000,), description="updates at which the lr drops (STEPS)")
    gamma: float = Field(0.1, description="factor of each drop (GAMMA)")

    example: ClassVar[dict[str, Any]] = {"max_iter": 60, "steps": [30, 50], "warmup_iters": 10}

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        kept = [(index, one) for index, one in enumerate(self.steps) if one <= self.max_iter]
        before = 0
        for index, one in kept:
            if one in {0, self.max_iter}:
                yield Problem(("steps", index), f"{one} given; fvcore takes steps above 0 and below {self.max_iter}")
            elif one <= before:
                yield Problem(("steps", index), f"{one} given after {before}; fvcore takes steps that rise")
            before = one

    @override
    def body(self, where: FloatArray, lr: FloatArray) -> FloatArray:
        steps = np.array(sorted(one for one in self.steps if one <= self.max_iter), np.float64)
        at = np.floor((where + _NEXT_TO) * self.max_iter)
        return self.gamma ** np.searchsorted(steps, at, side="right").astype(np.float64)

    @override
    def after(self) -> Span:
        return Span(self.warmup_iters, self.max_iter, "step decay", "decay", "steps")

    @override
    def events(self, stop: int) -> Iterator[Event]:
        for tick in sorted(self.steps):
            if tick < min(stop, self.max_iter):
                yield Event(tick, f"×{self.gamma:g}", "drop")


class Detectron2WarmupCosineLR(_Warmup):
    """Falls along half a cosine over the whole run to an end value, after a warm-up.

    Formula, with w = t / max_iter and m = end_lr / lr:
        lr[t] = base_lr (m + (1 - m) (1 + cos(pi w)) / 2)                                      after the warm-up
        lr[t] = base_lr (f(0) warmup_factor (1 - q) + f(end of the warm-up) q), q = t / warmup_iters     before it

    Source: https://detectron2.readthedocs.io/en/latest/modules/solver.html
    """

    name: Literal["detectron2.WarmupCosineLR"] = "detectron2.WarmupCosineLR"
    end_value: float = Field(
        0.0, ge=0, le=1, description="the lr at the end as a share of the first (BASE_LR_END / BASE_LR)"
    )

    example: ClassVar[dict[str, Any]] = {"max_iter": 60, "warmup_iters": 10}

    @override
    def body(self, where: FloatArray, lr: FloatArray) -> FloatArray:
        return self.end_value + 0.5 * (1.0 - self.end_value) * (1 + np.cos(np.pi * where))

    @override
    def after(self) -> Span:
        return Span(
            self.warmup_iters, self.max_iter, "cosine decay", "decay", "max_iter", "end_value", left=half_cosine
        )


class WarmupStepWithFixedGammaLR(_Warmup):
    """Multiplies the lr by gamma at equal distances over the whole run, after a warm-up.

    Formula, with w = t / max_iter and e = 1e-6:
        lr[t] = base_lr gamma^floor((w + e) (num_decays + 1))                                  after the warm-up
        lr[t] = base_lr (f(0) warmup_factor (1 - q) + f(end of the warm-up) q), q = t / warmup_iters     before it

    Source: https://detectron2.readthedocs.io/en/latest/modules/solver.html
    """

    name: Literal["detectron2.WarmupStepWithFixedGammaLR"] = "detectron2.WarmupStepWithFixedGammaLR"
    num_decays: Length = Field(3, description="drops in the run (NUM_DECAYS)")
    gamma: float = Field(0.1, description="factor of each drop (GAMMA)")

    example: ClassVar[dict[str, Any]] = {"max_iter": 60, "warmup_iters": 10}

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.warmup_iters >= self.max_iter and not self.rescale_interval:
            told = f"{self.warmup_iters} given, in a run of {self.max_iter}; the last drop comes at its end, and fvcore"
            yield Problem(("warmup_iters",), f"{told} raises where the warm-up ends there, too")

    @override
    def body(self, where: FloatArray, lr: FloatArray) -> FloatArray:
        return self.gamma ** np.floor((where + _NEXT_TO) * (self.num_decays + 1))

    @override
    def after(self) -> Span:
        return Span(self.warmup_iters, self.max_iter, "step decay", "decay", "num_decays")


CLASSES = (WarmupMultiStepLR, Detectron2WarmupCosineLR, WarmupStepWithFixedGammaLR)
