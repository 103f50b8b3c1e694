"""cosine_with_min_lr."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from lrviz.schedulers.transformers.floors import Floored


class CosineWithMinLr(Floored):
    """Rises from 0 to the lr in num_warmup_steps ticks, then falls along a cosine to min_lr.

    Formula, with W = num_warmup_steps, T = num_training_steps, p = (t - W) / max(1, T - W) and r = min_lr / lr:
        lr[t] = base_lr * t / max(1, W)                                                          for t < W
        lr[t] = base_lr * max(0, (1 - r) (1 + cos(2 pi num_cycles p)) / 2 + r)                   after it

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules
    """

    name: Literal["transformers.cosine_with_min_lr"] = "transformers.cosine_with_min_lr"

    function: ClassVar[str] = "get_cosine_with_min_lr_schedule_with_warmup"
    decay: ClassVar[str] = "cosine decay"
    example: ClassVar[dict[str, Any]] = {"num_warmup_steps": 10, "num_training_steps": 60, "min_lr_rate": 0.1}


CLASSES = (CosineWithMinLr,)
