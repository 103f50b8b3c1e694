"""QuadraticWarmupLR of mmdet, used by YOLOX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.length import Length
from lrviz.schedulers.facts import Span
from lrviz.schedulers.maps import Affine, ParamGroups
from lrviz.schedulers.mmengine.ranged import Ranged


class QuadraticWarmupLR(Ranged):
    """Rises from nearly 0 to the initial lr with the square of the tick.

    Formula, with s = t - begin and N = end - begin:
        lr[t] = base_lr / N^2                                for s = 0
        lr[t] = lr[t-1] + base_lr * (2 s + 1) / N^2          for s > 0

    Source: https://mmdetection.readthedocs.io
    """

    name: Literal["mmengine.QuadraticWarmupLR"] = "mmengine.QuadraticWarmupLR"
    end: Length = Field(description="the first tick at which it no longer acts")

    module: ClassVar[str] = "mmdet.engine.schedulers"
    install: ClassVar[str] = "mmdet"
    done_after: ClassVar[str] = "end"
    example: ClassVar[dict[str, Any]] = {"end": 20}

    @override
    def acting(self, s: FloatArray, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        rise = base_lr * (2 * s + 1) / self.length**2
        return Affine(scale=np.where(s == 0, 0.0, 1.0), shift=rise)

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        yield Span(self.begin, self.stop, "warm-up", "warm-up", "end")


CLASSES = (QuadraticWarmupLR,)
