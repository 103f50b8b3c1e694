"""inverse_sqrt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.length import Length
from lrviz.schedulers.facts import Span
from lrviz.schedulers.transformers.lambdas import WarmedUp

_WITHOUT_WARM_UP = 10_000


class InverseSqrt(WarmedUp):
    """Rises from 0 to the lr in num_warmup_steps ticks, then falls with the inverse square root of the tick.

    Formula, with W = num_warmup_steps and s = timescale (default: W, or 10000 without a warm-up):
        lr[t] = base_lr * t / max(1, W)                    for t < W
        lr[t] = base_lr / sqrt((t + s - W) / s)            after it

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules;
    Zhai et al., Scaling Vision Transformers, https://arxiv.org/abs/2106.04560
    """

    name: Literal["transformers.inverse_sqrt"] = "transformers.inverse_sqrt"
    timescale: Length | None = Field(
        None, description="ticks in which it falls to 0.71 of the lr (default: the warm-up)"
    )

    function: ClassVar[str] = "get_inverse_sqrt_schedule"
    example: ClassVar[dict[str, Any]] = {"num_warmup_steps": 10}

    @override
    def after(self, t: FloatArray) -> FloatArray:
        scale = self.timescale or self.num_warmup_steps or _WITHOUT_WARM_UP
        return 1.0 / np.sqrt((t + (scale - self.num_warmup_steps)) / scale)

    @override
    def spans_after(self) -> Iterator[Span]:
        yield Span(self.num_warmup_steps, None, "inverse square root", "decay")


CLASSES = (InverseSqrt,)
