"""ReduceLROnPlateau."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray
from lrviz.language.fields import PerGroup
from lrviz.language.length import LengthOrZero
from lrviz.schedulers.facts import Awaited, Span
from lrviz.schedulers.watching import Watching


class ReduceLROnPlateau(Watching):
    """Multiplies the lr by factor when the metric has not improved for more than patience ticks.

    Formula:
        better: mode min, rel: m < best * (1 - threshold);  mode max, rel: m > best * (1 + threshold)
                mode min, abs: m < best - threshold;        mode max, abs: m > best + threshold
        after more than `patience` ticks that were not better, outside the cooldown:
        lr <- max(lr * factor, min_lr)   where that changes lr by more than eps

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
    """

    name: Literal["ReduceLROnPlateau"] = "ReduceLROnPlateau"
    mode: Literal["min", "max"] = Field("min", description="whether the metric should fall or rise")
    factor: float = Field(0.1, lt=1, description="factor of each reduction, below 1")
    patience: LengthOrZero = Field(10, description="ticks without improvement that are tolerated")
    threshold: float = Field(1e-4, description="how much better counts as better")
    threshold_mode: Literal["rel", "abs"] = Field("rel", description="threshold as a share of the best, or absolute")
    cooldown: LengthOrZero = Field(0, description="ticks after a reduction in which nothing is counted")
    min_lr: PerGroup = Field(0.0, description="lowest lr; a list gives one to each group")
    eps: float = Field(1e-8, description="a smaller change of the lr is not made")

    waiting: ClassVar[tuple[str, ...]] = ("patience", "cooldown")
    saved_keys: ClassVar[tuple[str, ...]] = ("factor", "patience", "threshold", "cooldown")
    example: ClassVar[dict[str, Any]] = {"patience": 5, "factor": 0.5}

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        yield Span(0, None, "reduced on plateaus", "decay", "", "min_lr")

    @override
    def awaited(self) -> Iterator[Awaited]:
        # The first value is the best so far; after patience more, and one, the next update sees the reduction.
        yield Awaited(("patience",), self.patience, self.patience + 2, Fraction(1, 10))

    @override
    def watched(self, metric: Sequence[float]) -> Iterator[tuple[float, int]]:
        # torch's best and num_bad_epochs.
        best = math.inf if self.mode == "min" else -math.inf
        bad = cooling = 0
        for value in metric:
            better = self._is_better(value, best)
            best, bad = (value, 0) if better else (best, bad + 1)
            if cooling > 0:
                cooling, bad = cooling - 1, 0
            yield best, bad
            if bad > self.patience:
                cooling, bad = self.cooldown, 0

    def improvements(self, metric: Sequence[float]) -> Iterator[bool]:
        """Yield for each value whether it counts as better than the best before it."""
        best = math.inf if self.mode == "min" else -math.inf
        for value in metric:
            better = self._is_better(value, best)
            if better:
                best = value
            yield better

    def _is_better(self, value: float, best: float) -> bool:
        relative = self.threshold_mode == "rel"
        if self.mode == "min":
            return value < (best * (1.0 - self.threshold) if relative else best - self.threshold)
        return value > (best * (self.threshold + 1.0) if relative else best + self.threshold)

    @override
    def reduced(self, lr: float, group: int) -> float:
        floor = self.min_lr[group] if isinstance(self.min_lr, tuple) else self.min_lr
        new = max(lr * self.factor, floor)
        return new if lr - new > self.eps else lr
