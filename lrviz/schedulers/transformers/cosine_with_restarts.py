"""cosine_with_restarts."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.schedulers.transformers.lambdas import Decaying


class CosineWithRestarts(Decaying):
    """Rises from 0 to the lr in num_warmup_steps ticks, then falls along num_cycles half cosines, each from the lr.

    Formula, with W = num_warmup_steps, T = num_training_steps and p = (t - W) / max(1, T - W):
        lr[t] = base_lr * t / max(1, W)                                             for t < W
        lr[t] = base_lr * max(0, (1 + cos(pi ((num_cycles p) mod 1))) / 2)          for p < 1
        lr[t] = 0                                                                   after it

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules
    """

    name: Literal["transformers.cosine_with_restarts"] = "transformers.cosine_with_restarts"
    num_cycles: float = Field(1, description="half cosines after the warm-up")

    function: ClassVar[str] = "get_cosine_with_hard_restarts_schedule_with_warmup"
    decay: ClassVar[str] = "cosine decay"

    @override
    def after(self, t: FloatArray) -> FloatArray:
        share = self.share(t)
        wave = np.maximum(0.0, 0.5 * (1.0 + np.cos(math.pi * ((self.num_cycles * share) % 1.0))))
        return np.where(share >= 1.0, 0.0, wave)


CLASSES = (CosineWithRestarts,)
