"""CosineLRScheduler, TanhLRScheduler and PolyLRScheduler: the same curve in each of some cycles."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.length import Length
from lrviz.schedulers.facts import Span
from lrviz.schedulers.timm.warmed_up import Prefixed


class _Where(NamedTuple):
    """For ticks: the number of the cycle, the tick within it, and its length, [n, 1] each."""

    cycle: FloatArray
    t: FloatArray
    length: FloatArray


class _Cycles(Prefixed):
    """One that falls to lr_min in each cycle.

    With mul = cycle_mul, I = t_initial and t without the warm-up where that is a prefix:
        mul = 1: cycle i = floor(t / I), its ticks c = t - i I, its length n = I
        else:    i = floor(log_mul(1 - t / I (1 - mul))), n = mul^i I, c = t - (1 - mul^i) / (1 - mul) I
        its top M = base_lr * cycle_decay^i; from i = cycle_limit on the lr is lr_min
    """

    t_initial: Length = Field(description="ticks of the first cycle")
    lr_min: float = Field(0.0, ge=0, description="lowest lr")
    cycle_mul: float = Field(1.0, gt=0, description="length of a cycle as a multiple of the one before")
    cycle_decay: float = Field(1.0, description="top of a cycle as a share of the one before")
    cycle_limit: int = Field(1, ge=0, description="number of cycles")

    whole_run: ClassVar[tuple[str, ...]] = ("t_initial",)
    done_after: ClassVar[str] = "t_initial"
    example: ClassVar[dict[str, Any]] = {"t_initial": 60, "warmup_t": 10}

    @property
    @override
    def run_length(self) -> tuple[str, int] | None:
        return ("t_initial", self.t_initial + self.shifted) if self.cycle_limit == 1 else None

    @abstractmethod
    def fall(self, where: _Where, top: FloatArray) -> FloatArray:
        """Return the lr in a cycle, [n, groups]; top: [n, groups]."""

    def _where(self, t: FloatArray) -> _Where:
        start, mul = self.t_initial, self.cycle_mul
        if mul == 1:
            cycle = t // start
            return _Where(cycle, t - start * cycle, np.full_like(t, start))
        # As timm does it in floats, one by one: at some ends of cycles the logarithm is just below a whole number.
        cycle = np.array([[self._cycle(one)] for one in t[:, 0].tolist()])
        known = np.where(np.isfinite(cycle), cycle, 0.0)
        return _Where(cycle, t - (1 - mul**known) / (1 - mul) * start, mul**known * start)

    def _cycle(self, t: float) -> float:
        inside = 1 - t / self.t_initial * (1 - self.cycle_mul)
        # Cycles that grow shorter come to an end, where timm raises.
        return float(math.floor(math.log(inside, self.cycle_mul))) if inside > 0 else math.inf

    @override
    def after(self, t: FloatArray, base_lr: FloatArray) -> FloatArray:
        where = self._where(t)
        inside = where.cycle < self.cycle_limit
        top = base_lr * self.cycle_decay ** np.where(inside, where.cycle, 0.0)
        return np.where(inside, self.fall(where, top), self.lr_min)

    @override
    def spans_after(self) -> Iterator[Span]:
        start, length = self.shifted, float(self.t_initial)
        for cycle in range(min(self.cycle_limit, 1000)):
            stop = start + max(1, round(length))
            kind: Literal["decay", "restart"] = "decay" if self.cycle_limit == 1 else "restart"
            if stop > self.warmup_t:
                label = f"{self.shape} decay" if self.cycle_limit == 1 else f"cycle {cycle + 1}"
                yield Span(max(start, self.warmup_t), stop, label, kind, "t_initial", "lr_min")
            start, length = stop, length * self.cycle_mul
        yield Span(max(start, self.warmup_t), None, "lr_min", "hold", rests=True)

    shape: ClassVar[str]
    """What its fall is called."""


class CosineLRScheduler(_Cycles):
    """Falls along half a cosine to lr_min, in one cycle or in several.

    Formula, in cycle i of n ticks at its tick c, with M = base_lr * cycle_decay^i:
        lr[t] = warmup_lr_init + t (base_lr - warmup_lr_init) / warmup_t                          for t < warmup_t
        lr[t] = lr_min + (M - lr_min) (1 + cos(pi c^k_decay / n^k_decay)) / 2                     for i < cycle_limit
        lr[t] = lr_min                                                                            after it
    Without warmup_prefix the cosine runs during the warm-up, and the lr drops at warmup_t.

    Source: https://huggingface.co/docs/timm/reference/schedulers; Loshchilov and Hutter, https://arxiv.org/abs/1608.03983
    """

    name: Literal["timm.CosineLRScheduler"] = "timm.CosineLRScheduler"
    k_decay: float = Field(1.0, description="power of the share that is done")

    shape: ClassVar[str] = "cosine"

    @override
    def fall(self, where: _Where, top: FloatArray) -> FloatArray:
        done = where.t**self.k_decay / where.length**self.k_decay
        found: FloatArray = self.lr_min + 0.5 * (top - self.lr_min) * (1 + np.cos(math.pi * done))
        return found


class TanhLRScheduler(_Cycles):
    """Falls along a hyperbolic tangent to lr_min, in one cycle or in several.

    Formula, in cycle i of n ticks at its tick c, with M = base_lr * cycle_decay^i and q = c / n:
        lr[t] = lr_min + (M - lr_min) (1 - tanh(lb (1 - q) + ub q)) / 2                           for i < cycle_limit
        lr[t] = lr_min                                                                            after it
    Its warm-up without warmup_prefix aims at its own value at warmup_t.

    Source: https://huggingface.co/docs/timm/reference/schedulers; Hsueh et al., https://arxiv.org/abs/1806.01593
    """

    name: Literal["timm.TanhLRScheduler"] = "timm.TanhLRScheduler"
    lb: float = Field(-7.0, description="where on the tangent a cycle begins")
    ub: float = Field(3.0, description="where on the tangent a cycle ends")

    shape: ClassVar[str] = "tanh"

    @override
    def reached(self, base_lr: FloatArray) -> FloatArray:
        return base_lr if self.warmup_prefix else self.after(np.array([[float(self.warmup_t)]]), base_lr)[0]

    @override
    def fall(self, where: _Where, top: FloatArray) -> FloatArray:
        done = where.t / where.length
        found: FloatArray = self.lr_min + 0.5 * (top - self.lr_min) * (
            1 - np.tanh(self.lb * (1.0 - done) + self.ub * done)
        )
        return found


class PolyLRScheduler(_Cycles):
    """Falls by a power to lr_min, in one cycle or in several.

    Formula, in cycle i of n ticks at its tick c, with M = base_lr * cycle_decay^i:
        lr[t] = lr_min + (M - lr_min) (1 - c^k_decay / n^k_decay)^power                           for i < cycle_limit
        lr[t] = lr_min                                                                            after it

    Source: https://huggingface.co/docs/timm/reference/schedulers
    """

    name: Literal["timm.PolyLRScheduler"] = "timm.PolyLRScheduler"
    power: float = Field(0.5, description="power of what is left")
    k_decay: float = Field(1.0, description="power of the share that is done")

    shape: ClassVar[str] = "polynomial"

    @override
    def fall(self, where: _Where, top: FloatArray) -> FloatArray:
        left = np.maximum(1 - where.t**self.k_decay / where.length**self.k_decay, 0.0)
        return self.lr_min + (top - self.lr_min) * left**self.power


CLASSES = (CosineLRScheduler, TanhLRScheduler, PolyLRScheduler)
