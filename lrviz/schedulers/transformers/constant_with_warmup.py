"""constant_with_warmup."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from lrviz.schedulers.transformers.lambdas import WarmedUp


class ConstantWithWarmup(WarmedUp):
    """Rises from 0 to the lr in num_warmup_steps ticks, then stays constant.

    Formula, with W = num_warmup_steps:
        lr[t] = base_lr * t / max(1, W)      for t < W
        lr[t] = base_lr                      after it

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules
    """

    name: Literal["transformers.constant_with_warmup"] = "transformers.constant_with_warmup"

    function: ClassVar[str] = "get_constant_schedule_with_warmup"
    done_after: ClassVar[str] = "num_warmup_steps"
    example: ClassVar[dict[str, Any]] = {"num_warmup_steps": 10}


CLASSES = (ConstantWithWarmup,)
