"""The cosines of axolotl: with a floor, with a quadratic warm-up, and with a constant end."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.schedulers.transformers.lambdas import Decaying


class _Cosine(Decaying):
    """One of axolotl's."""

    module: ClassVar[str] = "axolotl.utils.schedulers"
    decay: ClassVar[str] = "cosine decay"


class AxolotlCosineWithMinLr(_Cosine):
    """Rises from 0 to the lr in num_warmup_steps ticks, then falls along half a cosine to a share of the lr.

    Formula, with W = num_warmup_steps, T = num_training_steps, m = min_lr_ratio and p = (t - W) / max(1, T - W):
        lr[t] = base_lr * t / max(1, W)                                      for t < W
        lr[t] = base_lr * (m + (1 - m) (1 + cos(pi p)) / 2)                  after it

    Source: https://docs.axolotl.ai
    """

    name: Literal["axolotl.cosine_with_min_lr"] = "axolotl.cosine_with_min_lr"
    min_lr_ratio: float = Field(0.0, description="the lowest lr as a share of the lr")

    function: ClassVar[str] = "get_cosine_schedule_with_min_lr"
    example: ClassVar[dict[str, Any]] = {"num_warmup_steps": 10, "num_training_steps": 60, "min_lr_ratio": 0.1}

    @override
    def after(self, t: FloatArray) -> FloatArray:
        scaling = 0.5 * (1.0 + np.cos(math.pi * self.share(t)))
        return (1 - self.min_lr_ratio) * scaling + self.min_lr_ratio


class CosineWithQuadraticWarmup(_Cosine):
    """Rises from 0 to the lr with the square of the tick, then follows a cosine.

    Formula, with W = num_warmup_steps, T = num_training_steps and p = (t - W) / max(1, T - W):
        lr[t] = base_lr * (t / max(1, W))^2                                      for t < W
        lr[t] = base_lr * max(0, (1 + cos(2 pi num_cycles p)) / 2)               after it

    Source: https://docs.axolotl.ai
    """

    name: Literal["axolotl.cosine_with_quadratic_warmup"] = "axolotl.cosine_with_quadratic_warmup"
    num_cycles: float = Field(0.5, description="waves of the cosine; 0.5 falls to 0 and no further")

    function: ClassVar[str] = "get_cosine_schedule_with_quadratic_warmup"

    @override
    def factor(self, t: FloatArray) -> FloatArray:
        wave = np.maximum(0.0, 0.5 * (1.0 + np.cos(math.pi * self.num_cycles * 2.0 * self.share(t))))
        return np.where(t < self.num_warmup_steps, (t / max(1, self.num_warmup_steps)) ** 2, wave)


class CosineWithWarmupDecayConstant(_Cosine):
    """Rises from 0 to the lr, falls along a cosine to a share of it, and stays there for the rest of the run.

    Formula, with W = num_warmup_steps, C = floor(constant_lr_ratio num_training_steps), m = min_lr_ratio and
    p = (min(t, C) - W) / max(1, C - W):
        lr[t] = base_lr * t / max(1, W)                                                      for t < W
        lr[t] = base_lr * (m + (1 - m) max(0, (1 + cos(2 pi num_cycles p)) / 2))             after it

    Source: https://docs.axolotl.ai
    """

    name: Literal["axolotl.cosine_with_warmup_decay_constant"] = "axolotl.cosine_with_warmup_decay_constant"
    constant_lr_ratio: float = Field(ge=0, le=1, description="share of the run after which the lr is constant")
    min_lr_ratio: float = Field(0.0, description="the lowest lr as a share of the lr")
    num_cycles: float = Field(0.5, description="waves of the cosine")

    function: ClassVar[str] = "get_cosine_schedule_with_warmup_decay_constant"
    example: ClassVar[dict[str, Any]] = {
        "num_warmup_steps": 10,
        "num_training_steps": 60,
        "constant_lr_ratio": 0.8,
        "min_lr_ratio": 0.1,
    }

    @override
    def after(self, t: FloatArray) -> FloatArray:
        stop = int(self.num_training_steps * self.constant_lr_ratio)
        share = (np.minimum(t, stop) - self.num_warmup_steps) / max(1, stop - self.num_warmup_steps)
        wave = np.maximum(0.0, 0.5 * (1.0 + np.cos(math.pi * self.num_cycles * 2.0 * share)))
        return wave * (1 - self.min_lr_ratio) + self.min_lr_ratio


CLASSES = (AxolotlCosineWithMinLr, CosineWithQuadraticWarmup, CosineWithWarmupDecayConstant)
