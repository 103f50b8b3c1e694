"""linear."""

from __future__ import annotations

from typing import ClassVar, Literal

from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.schedulers.transformers.lambdas import Decaying


class Linear(Decaying):
    """Rises from 0 to the lr in num_warmup_steps ticks, and falls in a straight line to 0 at num_training_steps.

    Formula, with W = num_warmup_steps and T = num_training_steps:
        lr[t] = base_lr * t / max(1, W)                          for t < W
        lr[t] = base_lr * max(0, (T - t) / max(1, T - W))        after it

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules
    """

    name: Literal["transformers.linear"] = "transformers.linear"

    function: ClassVar[str] = "get_linear_schedule_with_warmup"
    decay: ClassVar[str] = "linear decay"

    @override
    def after(self, t: FloatArray) -> FloatArray:
        left = (self.num_training_steps - t) / max(1, self.num_training_steps - self.num_warmup_steps)
        return np.maximum(0.0, left)


CLASSES = (Linear,)
