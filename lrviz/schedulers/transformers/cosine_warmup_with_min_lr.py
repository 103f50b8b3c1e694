"""cosine_warmup_with_min_lr."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray
from lrviz.schedulers.transformers.floors import Floored


class CosineWarmupWithMinLr(Floored):
    """Like cosine_with_min_lr, but one tick earlier and with a warm-up that may begin above 0.

    Formula, with W = num_warmup_steps, T = num_training_steps, p = (t - W + 1) / max(1, T - W), r = min_lr / lr
    and s = warmup_lr_rate:
        lr[t] = base_lr * (t + 1) / max(1, W)                          for t < W, without warmup_lr_rate
        lr[t] = base_lr * (s + (1 - s) t / max(1, W - 1))              for t < W, with it
        lr[t] = base_lr * max(0, (1 - r) (1 + cos(2 pi num_cycles p)) / 2 + r)     after it

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules
    """

    name: Literal["transformers.cosine_warmup_with_min_lr"] = "transformers.cosine_warmup_with_min_lr"
    warmup_lr_rate: float | None = Field(None, description="the first lr as a share of the lr (default: 1/warm-up)")

    function: ClassVar[str] = "get_cosine_with_min_lr_schedule_with_warmup_lr_rate"
    decay: ClassVar[str] = "cosine decay"
    example: ClassVar[dict[str, Any]] = {"num_warmup_steps": 10, "num_training_steps": 60, "min_lr_rate": 0.1}

    @override
    def rise(self, t: FloatArray) -> FloatArray:
        if self.warmup_lr_rate is None:
            return (t + 1) / max(1, self.num_warmup_steps)
        return self.warmup_lr_rate + (1.0 - self.warmup_lr_rate) * t / max(1, self.num_warmup_steps - 1)

    @override
    def share(self, t: FloatArray) -> FloatArray:
        return (t - self.num_warmup_steps + 1) / max(1, self.num_training_steps - self.num_warmup_steps)


CLASSES = (CosineWarmupWithMinLr,)
