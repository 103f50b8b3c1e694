"""WSDLRScheduler."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.length import Length
from lrviz.schedulers.facts import Span
from lrviz.schedulers.situation import Situation
from lrviz.schedulers.timm.warmed_up import WarmedUp

_FALL: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "linear": lambda done: 1.0 - done,
    "1-sqrt": lambda done: 1.0 - np.sqrt(done),
    "cosine": lambda done: 0.5 * (1.0 + np.cos(np.pi * done)),
}


class WSDLRScheduler(WarmedUp):
    """Rises, stays constant or falls slowly, and falls to lr_min in its last decay_t ticks.

    Formula, with s = t - warmup_t, q = min((s - t_initial + decay_t) / decay_t, 1) and d = 1 for q < 0:
        lr[t] = warmup_lr_init + t (base_lr - warmup_lr_init) / warmup_t          for t < warmup_t
        stable = max(base_lr g(s), lr_min); lr[t] = lr_min + (stable - lr_min) d(q)     after it
        g = 1 (constant), (1 + s / stable_timescale)^-1/2 (rsqrt) or ^-stable_power (power)
        d = 1 - q (linear), 1 - sqrt q, (1 + cos(pi q)) / 2 (cosine), 1 - q^decay_power (power), or
        (r^q - r) / (1 - r) with r = decay_ratio (exp)

    Source: https://huggingface.co/docs/timm/reference/schedulers; Haegele et al., https://arxiv.org/abs/2405.18392
    """

    name: Literal["timm.WSDLRScheduler"] = "timm.WSDLRScheduler"
    t_initial: Length = Field(description="ticks after the warm-up, the decay included")
    decay_t: Length = Field(description="ticks of the decay")
    lr_min: float = Field(0.0, ge=0, description="lowest lr")
    stable_fn: Literal["constant", "rsqrt", "power"] = Field(
        "constant", description="what the lr does before the decay"
    )
    stable_timescale: float | None = Field(None, description="ticks of rsqrt and power (default: the warm-up)")
    stable_power: float = Field(0.5, gt=0, description="power of power")
    decay_fn: Literal["linear", "1-sqrt", "cosine", "power", "exp"] = Field("1-sqrt", description="shape of the decay")
    decay_power: float = Field(0.5, gt=0, description="power of the decay power")
    decay_ratio: float = Field(
        0.1, gt=0, lt=1, description="share to which exp falls, before it is stretched to lr_min"
    )

    whole_run: ClassVar[tuple[str, ...]] = ("t_initial",)
    example: ClassVar[dict[str, Any]] = {"t_initial": 50, "decay_t": 20, "warmup_t": 10}

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.decay_t > self.t_initial:
            yield Problem(("decay_t",), f"{self.decay_t} given; at most t_initial, {self.t_initial}, is allowed")
        if self.stable_fn != "constant" and not (self.stable_timescale or self.warmup_t) > 0:
            yield Problem(("stable_timescale",), f"missing; {self.stable_fn} needs it where there is no warm-up")

    @property
    @override
    def shifted(self) -> int:
        return self.warmup_t

    @override
    def after(self, t: FloatArray, base_lr: FloatArray) -> FloatArray:
        power = {"constant": 0.0, "rsqrt": 0.5, "power": self.stable_power}[self.stable_fn]
        slow = (1.0 + t / (self.stable_timescale or self.warmup_t or 1)) ** -power
        stable = np.maximum(base_lr * slow, self.lr_min)
        into = t - (self.t_initial - self.decay_t)
        fallen = self.lr_min + (stable - self.lr_min) * self._fall(np.clip(into / self.decay_t, 0.0, 1.0))
        return np.where(into <= 0, stable, fallen)

    def _fall(self, done: FloatArray) -> FloatArray:
        if self.decay_fn == "power":
            return 1.0 - done**self.decay_power
        if self.decay_fn == "exp":
            return (self.decay_ratio**done - self.decay_ratio) / (1.0 - self.decay_ratio)
        return _FALL[self.decay_fn](done)

    @override
    def spans_after(self) -> Iterator[Span]:
        decay = self.warmup_t + self.t_initial - self.decay_t
        stable = "stable" if self.stable_fn == "constant" else "inverse square root"
        if decay > self.warmup_t:
            yield Span(self.warmup_t, decay, stable, "hold" if self.stable_fn == "constant" else "decay")
        yield Span(decay, decay + self.decay_t, "decay", "decay", "decay_t", "lr_min")


CLASSES = (WSDLRScheduler,)
