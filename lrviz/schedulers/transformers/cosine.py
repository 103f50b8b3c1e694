"""cosine."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.schedulers.transformers.lambdas import Decaying


class Cosine(Decaying):
    """Rises from 0 to the lr in num_warmup_steps ticks, then follows a cosine; past num_training_steps it climbs again.

    Formula, with W = num_warmup_steps, T = num_training_steps and p = (t - W) / max(1, T - W):
        lr[t] = base_lr * t / max(1, W)                                          for t < W
        lr[t] = base_lr * max(0, (1 + cos(2 pi num_cycles p)) / 2)               after it

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules
    """

    name: Literal["transformers.cosine"] = "transformers.cosine"
    num_cycles: float = Field(0.5, description="waves of the cosine; 0.5 falls to 0 and no further")

    function: ClassVar[str] = "get_cosine_schedule_with_warmup"
    decay: ClassVar[str] = "cosine decay"

    @override
    def after(self, t: FloatArray) -> FloatArray:
        return np.maximum(0.0, 0.5 * (1.0 + np.cos(math.pi * self.num_cycles * 2.0 * self.share(t))))


CLASSES = (Cosine,)
