"""greedy."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray
from lrviz.language.fields import Count, PerGroup
from lrviz.language.length import LengthOrZero
from lrviz.schedulers.facts import Span
from lrviz.schedulers.watching import Change, Watching


class _Seen(NamedTuple):
    """Its state at a tick: the best value, how many values were not better, and the change of the lr."""

    best: float
    bad: int
    change: Literal["", "raised", "reduced", "reset"]


class GreedyLR(Watching):
    """Divides the lr by factor while the metric improves, and multiplies it by factor while it does not.

    Formula, for m the metric, or with smooth the mean of its last window_size values:
        better: mode min, rel: m < best * (1 - threshold);  mode max, rel: m > best * (1 + threshold)
                mode min, abs: m < best - threshold;        mode max, abs: m > best + threshold
        after more than `patience` better ones in a row:  lr <- min(lr / factor, max_lr), then `warmup` ticks of rest
        after more than `patience` others in a row:       lr <- max(lr * factor, min_lr), then `cooldown` ticks of rest
        both where that changes lr by more than eps; after reset_start of the latter with every lr at its min_lr it
        begins again from the initial lr

    No other scheduler may move the lr: when it begins again depends on the lr.

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules
    """

    name: Literal["transformers.greedy"] = "transformers.greedy"
    mode: Literal["min", "max"] = Field("min", description="whether the metric should fall or rise")
    factor: float = Field(0.95, gt=0, lt=1, description="factor of each change, below 1")
    patience: LengthOrZero = Field(10, description="ticks of one kind in a row that are tolerated")
    threshold: float = Field(1e-6, description="how much better counts as better")
    threshold_mode: Literal["rel", "abs"] = Field("abs", description="threshold as a share of the best, or absolute")
    cooldown: LengthOrZero = Field(0, description="ticks after a reduction in which nothing is counted")
    warmup: LengthOrZero = Field(0, description="ticks after a rise in which nothing is counted")
    min_lr: PerGroup = Field(1e-3, description="lowest lr; a list gives one to each group")
    max_lr: PerGroup = Field(1.0, description="highest lr; a list gives one to each group")
    eps: float = Field(1e-8, description="a smaller change of the lr is not made")
    smooth: bool = Field(False, description="watch the mean of the last values")
    window_size: Count = Field(50, description="values in that mean")
    reset_start: int = Field(500, description="reductions at the lowest lr after which it begins again")

    module: ClassVar[str] = "transformers.optimization"
    waiting: ClassVar[tuple[str, ...]] = ("patience", "cooldown", "warmup")
    saved_keys: ClassVar[tuple[str, ...]] = ("reset_start", "warmup_counter", "max_lrs")
    example: ClassVar[dict[str, Any]] = {"patience": 2, "factor": 0.8, "min_lr": 1e-4}

    @property
    @override
    def class_name(self) -> str:
        return "GreedyLR"

    @property
    @override
    def versions(self) -> tuple[str, str]:
        return "5.4", ""

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        yield Span(0, None, "greedy", "decay", "", "min_lr")

    @override
    def watched(self, metric: Sequence[float]) -> Iterator[tuple[float, int]]:
        yield from ((one.best, one.bad) for one in self._seen(metric, ()))

    @override
    def changes(self, metric: Sequence[float], lr: Sequence[float]) -> Iterator[tuple[Change, list[int]]]:
        ticks: dict[str, list[int]] = {"reduced": [], "raised": [], "reset": []}
        for tick, one in enumerate(self._seen(metric, lr)):
            if one.change:
                ticks[one.change].append(tick)
        yield self.reduced, ticks["reduced"]
        yield self.raised, ticks["raised"]
        yield (lambda _, group: lr[group]), ticks["reset"]

    @override
    def reduced(self, lr: float, group: int) -> float:
        new = max(lr * self.factor, _of(self.min_lr, group))
        return new if lr - new > self.eps else lr

    def raised(self, lr: float, group: int) -> float:
        """Return the lr of a group after a rise."""
        new = min(lr / self.factor, _of(self.max_lr, group))
        return new if new - lr > self.eps else lr

    def _seen(self, metric: Sequence[float], initial: Sequence[float]) -> Iterator[_Seen]:
        """Yield its state at each tick; initial: the lr of each group."""
        worst = math.inf if self.mode == "min" else -math.inf
        best, bad, good, resting, left, lr = worst, 0, 0, 0, self.reset_start, list(initial)
        mean = _Mean(self.window_size if self.smooth else 1)
        for each in metric:
            value = mean.with_value(each)
            change: Literal["", "raised", "reduced", "reset"] = ""
            if resting > 0:
                resting, bad, good = resting - 1, 0, 0
            elif self._is_better(value, best):
                best, bad, good = value, 0, good + 1
            else:
                bad, good = bad + 1, 0
            counted = bad
            if good > self.patience:
                change, good, resting, left = "raised", 0, self.warmup, self.reset_start
                lr = [self.raised(one, group) for group, one in enumerate(lr)]
            elif bad > self.patience:
                change, bad, resting = "reduced", 0, self.cooldown
                lr = [self.reduced(one, group) for group, one in enumerate(lr)]
                if lr and all(one <= _of(self.min_lr, group) for group, one in enumerate(lr)):
                    left -= 1
                    if left <= 0:
                        change, best, left, lr = "reset", worst, self.reset_start, list(initial)
                        mean = _Mean(mean.size)
            yield _Seen(best, counted, change)

    def _is_better(self, value: float, best: float) -> bool:
        relative = self.threshold_mode == "rel"
        if self.mode == "min":
            return value < (best * (1.0 - self.threshold) if relative else best - self.threshold)
        return value > (best * (1.0 + self.threshold) if relative else best + self.threshold)


class _Mean:
    """The mean of the last values, summed up as transformers does, whose rounding decides what is better."""

    def __init__(self, size: int) -> None:
        self.size, self.total = size, 0.0
        self.values: deque[float] = deque()

    def with_value(self, value: float) -> float:
        """Return the mean after one more value; that of a single value is the value."""
        if self.size == 1:
            return value
        self.values.append(value)
        self.total += value
        if len(self.values) > self.size:
            self.total -= self.values.popleft()
        return self.total / len(self.values)


def _of(value: PerGroup, group: int) -> float:
    return value[group] if isinstance(value, tuple) else value


CLASSES = (GreedyLR,)
