"""StepLRScheduler and MultiStepLRScheduler."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.fields import Listed
from lrviz.schedulers.facts import Span, kind_of
from lrviz.schedulers.timm.warmed_up import Prefixed


class _Steps(Prefixed):
    """A scheduler that multiplies the lr by decay_rate at some ticks."""

    decay_rate: float = Field(1.0, description="factor of each step")
    warmup_prefix: bool = Field(
        True, description="count ticks from the end of the warm-up; if false the warm-up counts, too"
    )

    @override
    def spans_after(self) -> Iterator[Span]:
        label = "constant" if self.decay_rate == 1 else "step decay"
        yield Span(self.warmup_t, None, label, kind_of(self.decay_rate))


class StepLRScheduler(_Steps):
    """Multiplies the lr by decay_rate every decay_t ticks, which may be a fraction.

    Formula:
        lr[t] = warmup_lr_init + t (base_lr - warmup_lr_init) / warmup_t          for t < warmup_t
        lr[t] = base_lr * decay_rate^floor(t / decay_t)                           after it, t - warmup_t for t if prefix

    Source: https://huggingface.co/docs/timm/reference/schedulers
    """

    name: Literal["timm.StepLRScheduler"] = "timm.StepLRScheduler"
    decay_t: float = Field(gt=0, description="ticks from one step to the next")

    example: ClassVar[dict[str, Any]] = {"decay_t": 12.5, "decay_rate": 0.5, "warmup_t": 5}

    @override
    def after(self, t: FloatArray, base_lr: FloatArray) -> FloatArray:
        return base_lr * self.decay_rate ** (t // self.decay_t)


class MultiStepLRScheduler(_Steps):
    """Multiplies the lr by decay_rate at milestones, each one tick early.

    Formula:
        lr[t] = warmup_lr_init + t (base_lr - warmup_lr_init) / warmup_t          for t < warmup_t
        lr[t] = base_lr * decay_rate^(milestones at most t + 1)                   after it, t - warmup_t for t if prefix

    Source: https://huggingface.co/docs/timm/reference/schedulers
    """

    name: Literal["timm.MultiStepLRScheduler"] = "timm.MultiStepLRScheduler"
    decay_t: Annotated[tuple[float, ...], Listed] = Field(description="milestones")

    example: ClassVar[dict[str, Any]] = {"decay_t": [20, 40], "decay_rate": 0.1, "warmup_t": 5}

    @override
    def after(self, t: FloatArray, base_lr: FloatArray) -> FloatArray:
        return base_lr * self.decay_rate ** np.searchsorted(np.array(self.decay_t, np.float64), t + 1, side="right")


CLASSES = (StepLRScheduler, MultiStepLRScheduler)
