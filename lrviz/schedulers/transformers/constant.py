"""constant."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.schedulers.transformers.lambdas import Lambda


class Constant(Lambda):
    """Keeps the lr constant; it ignores the warm-up of TrainingArguments.

    Formula:
        lr[t] = base_lr

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules
    """

    name: Literal["transformers.constant"] = "transformers.constant"

    function: ClassVar[str] = "get_constant_schedule"
    example: ClassVar[dict[str, Any]] = {}

    @property
    @override
    def idle(self) -> bool:
        return True

    @override
    def factor(self, t: FloatArray) -> FloatArray:
        return np.ones_like(t)


CLASSES = (Constant,)
