"""CosineAnnealingWarmRestarts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, IntArray, np
from lrviz.language.fields import Count
from lrviz.language.length import Length
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Awaited, Cycle, Event, Span, half_cosine
from lrviz.schedulers.maps import Affine, At, ParamGroups


class CosineAnnealingWarmRestarts(Leaf):
    """Half a cosine from base_lr to eta_min, repeated; each cycle is T_mult times as long as the one before.

    Formula, with T_cur ticks since the last restart and T_i the length of the cycle:
        lr[t] = eta_min + (base_lr - eta_min) * (1 + cos(pi T_cur / T_i)) / 2

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html;
    Loshchilov and Hutter, SGDR, https://arxiv.org/abs/1608.03983
    """

    name: Literal["CosineAnnealingWarmRestarts"] = "CosineAnnealingWarmRestarts"
    T_0: Length = Field(description="ticks of the first cycle")
    T_mult: Count = Field(1, description="how much longer each cycle is than the one before")
    eta_min: float = Field(0.0, description="lowest lr")

    steps_to_epoch: ClassVar[bool] = True
    assigns: ClassVar[bool] = True
    saved_keys: ClassVar[tuple[str, ...]] = ("T_0", "T_mult", "eta_min")
    group_error: ClassVar[str] = "ValueError"
    example: ClassVar[dict[str, Any]] = {"T_0": 10, "T_mult": 2}

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        # torch keeps T_cur of its own; entering at or below 0 sets it to 0, so t alone tells it.
        t = np.maximum(at.t, 0.0)
        T_cur, T_i = t % self.T_0, np.full_like(t, self.T_0)
        if self.T_mult > 1:
            starts = np.array([start for start, _ in self._cycles(int(t.max(initial=0)) + 1)], dtype=np.float64)
            cycle = np.searchsorted(starts, t, side="right") - 1
            if at.times is not None:
                cycle = self._by_logarithm(t)
                starts = self.T_0 * (np.float64(self.T_mult) ** np.arange(cycle.max() + 1) - 1) / (self.T_mult - 1)
            T_cur, T_i = t - starts[cycle], self.T_0 * np.float64(self.T_mult) ** cycle
        height = (1 + np.cos(math.pi * T_cur / T_i)) / 2
        return Affine(scale=0.0, shift=self.eta_min + (base_lr - self.eta_min) * height)

    def _by_logarithm(self, t: FloatArray) -> IntArray:
        """Return the number of the cycle that step(t) finds, which where one begins may be that before: it rounds."""
        ratio = t / self.T_0 * (self.T_mult - 1) + 1
        exact = np.log(ratio) / math.log(self.T_mult)
        near = np.abs(exact - np.round(exact)) < 1e-9
        # torch's own call: NumPy's logarithm may differ by its last digit, which decides here.
        exact[near] = [math.log(one, self.T_mult) for one in ratio[near].tolist()]
        return exact.astype(np.int64)

    def _cycles(self, stop: float) -> Iterator[tuple[int, int]]:
        """Yield start and length of each cycle that starts below `stop`."""
        start, length = 0, self.T_0
        while start < stop:
            yield start, length
            start, length = start + length, length * self.T_mult

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        first = "cosine decay" if (base_lr >= self.eta_min).any() else "cosine rise"
        for number, (start, length) in enumerate(self._cycles(math.inf)):
            label = f"restart {number}" if number else first
            yield Span(start, start + length, label, "restart", "T_0", "eta_min", left=half_cosine)

    @override
    def awaited(self) -> Iterator[Awaited]:
        yield Awaited(("T_0",), self.T_0, self.T_0 - 1, Fraction(1), least=1)

    @override
    def cycle(self, ticks: int) -> Cycle:
        start, length, number = 0, self.T_0, 1
        if self.T_mult == 1:
            number = max(1, -(-ticks // length))
            start = (number - 1) * length
        while start + length < ticks:
            start, length, number = start + length, length * self.T_mult, number + 1
        return Cycle(number, length, ticks - start, half_cosine((ticks - start - 1) / length), alike=False)

    @override
    def with_cycle(self, length: int) -> dict[str, int]:
        return {"T_0": length}

    @override
    def events(self, stop: int) -> Iterator[Event]:
        for number, (start, _) in enumerate(self._cycles(stop)):
            if number:
                yield Event(start, f"restart {number}", "restart")
