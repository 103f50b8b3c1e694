"""warmup_stable_decay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.foundation.releases import at_least
from lrviz.language.length import Length, LengthOrZero
from lrviz.schedulers.facts import Span
from lrviz.schedulers.situation import Situation
from lrviz.schedulers.transformers.lambdas import Lambda

_CHANGED = "4.49"
"""The version of transformers that changed the formula."""
_NEW = {"num_training_steps", "warmup_type", "decay_type"}
"""The arguments that its function did not have before."""
_RISE: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "linear": lambda done: done,
    "cosine": lambda done: 0.5 * (1.0 - np.cos(np.pi * done)),
    "1-sqrt": lambda done: 1.0 - np.sqrt(1.0 - done),
}


class WarmupStableDecay(Lambda):
    """Rises in num_warmup_steps ticks, holds the lr for num_stable_steps, and falls in num_decay_steps (WSD).

    Formula, with W = num_warmup_steps, S = num_stable_steps (default: num_training_steps - W - D), D =
    num_decay_steps, m = min_lr_ratio, q = (t - W - S) / max(1, D):
        lr[t] = base_lr * ((1 - m) g(t / max(1, W)) + m)        for t < W
        lr[t] = base_lr                                         for t < W + S
        lr[t] = base_lr * ((1 - m) d(q) + m)                    for t < W + S + D
        lr[t] = base_lr * m                                     after it
        g(x) = x, (1 - cos(pi x)) / 2 or 1 - sqrt(1 - x); d(q) = 1 - q, (1 + cos(2 pi num_cycles q)) / 2 or 1 - sqrt(q)

    Before transformers 4.49, as `version` says: lr[t] = base_lr * t / max(1, W) for t < W, and a cosine decay.

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules;
    Hu et al., MiniCPM, https://arxiv.org/abs/2404.06395
    """

    name: Literal["transformers.warmup_stable_decay"] = "transformers.warmup_stable_decay"
    num_warmup_steps: LengthOrZero = Field(description="ticks of the warm-up")
    num_decay_steps: LengthOrZero = Field(description="ticks of the decay")
    num_training_steps: Length | None = Field(None, description="ticks of the whole run; or num_stable_steps")
    num_stable_steps: LengthOrZero | None = Field(None, description="ticks at the lr; or num_training_steps")
    warmup_type: Literal["linear", "cosine", "1-sqrt"] = Field("linear", description="shape of the warm-up")
    decay_type: Literal["linear", "cosine", "1-sqrt"] = Field("cosine", description="shape of the decay")
    min_lr_ratio: float = Field(0.0, description="the lowest lr as a share of the lr")
    num_cycles: float = Field(0.5, description="waves of a cosine decay")
    version: str | None = Field(
        None, pattern=r"^\d+(\.\d+)*$", description="version of transformers whose formula to use (default: the newest)"
    )

    function: ClassVar[str] = "get_wsd_schedule"
    whole_run: ClassVar[tuple[str, ...]] = ("num_training_steps", "num_stable_steps")
    example: ClassVar[dict[str, Any]] = {"num_warmup_steps": 10, "num_decay_steps": 20, "num_training_steps": 60}

    @property
    @override
    def warms_up(self) -> int:
        return self.num_warmup_steps

    @property
    @override
    def versions(self) -> tuple[str, str]:
        return ("", _CHANGED) if self._old else (_CHANGED, "")

    @property
    def _old(self) -> bool:
        return self.version is not None and not at_least(self.version, _CHANGED)

    @override
    def arguments(self) -> dict[str, Any]:
        given = {key: value for key, value in super().arguments().items() if key != "version"}
        if self._old:
            given = {key: value for key, value in given.items() if key not in _NEW} | {"num_stable_steps": self.stable}
        return given

    @property
    def stable(self) -> int:
        """Ticks at the lr."""
        if self.num_stable_steps is not None:
            return self.num_stable_steps
        return (self.num_training_steps or 0) - self.num_warmup_steps - self.num_decay_steps

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.num_training_steps is None and self.num_stable_steps is None:
            yield Problem(("num_training_steps",), "missing; num_training_steps or num_stable_steps is needed")
        if self._old:
            for key, usual in (("warmup_type", "linear"), ("decay_type", "cosine")):
                if getattr(self, key) != usual:
                    yield Problem(
                        (key,), f"{getattr(self, key)} given; transformers {self.version} knows {usual} alone"
                    )

    @override
    def factor(self, t: FloatArray) -> FloatArray:
        warm_up, stable, decay, floor = self.num_warmup_steps, self.stable, self.num_decay_steps, self.min_lr_ratio
        lowest = 0.0 if self._old else floor
        rise = np.maximum(0.0, _RISE[self.warmup_type](t / max(1, warm_up)) * (1.0 - lowest) + lowest)
        fall = np.maximum(0.0, self._fall((t - warm_up - stable) / max(1, decay)) * (1.0 - floor) + floor)
        parts = [t < warm_up, t < warm_up + stable, t < warm_up + stable + decay]
        return np.select(parts, [rise, np.ones_like(t), fall], floor)

    def _fall(self, done: FloatArray) -> FloatArray:
        if self.decay_type == "linear":
            return 1.0 - done
        if self.decay_type == "1-sqrt":
            return 1.0 - np.sqrt(done)
        return 0.5 * (1.0 + np.cos(np.pi * self.num_cycles * 2.0 * done))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        warm_up, stable = self.num_warmup_steps, max(0, self.stable)
        if warm_up:
            yield Span(0, warm_up, "warm-up", "warm-up", "num_warmup_steps")
        yield Span(warm_up, warm_up + stable, "stable", "hold")
        stop = warm_up + stable + self.num_decay_steps
        yield Span(warm_up + stable, stop, "decay", "decay", "num_decay_steps", "min_lr_ratio", relative=True)
        yield Span(stop, None, "floor", "hold", rests=True)


CLASSES = (WarmupStableDecay,)
