"""LinearLR of mmengine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.schedulers.facts import Span
from lrviz.schedulers.maps import Affine, ParamGroups
from lrviz.schedulers.mmengine.ranged import Ranged


class MMEngineLinearLR(Ranged):
    """Moves the lr in a straight line from start_factor to end_factor of it, one tick before `end`.

    Formula, with s = t - begin, N = end - begin - 1 and d = end_factor - start_factor:
        lr[t] = start_factor * lr[t-1]                                                for s = 0
        lr[t] = lr[t-1] * (1 + d / (N start_factor + (s - 1) d))                      for 0 < s <= N

    Source: https://mmengine.readthedocs.io/en/latest/api/optim.html
    """

    name: Literal["mmengine.LinearLR"] = "mmengine.LinearLR"
    start_factor: float = Field(1.0 / 3, gt=0, le=1, description="share of the lr at the start")
    end_factor: float = Field(1.0, ge=0, le=1, description="share of the lr at the end")

    first_factor: ClassVar[str] = "start_factor"
    done_after: ClassVar[str] = "end"
    example: ClassVar[dict[str, Any]] = {"start_factor": 0.1, "end": 20}

    @property
    @override
    def warms_up(self) -> int:
        return self.stop if self.start_factor < self.end_factor == 1 and self.end is not None else 0

    @override
    def acting(self, s: FloatArray, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        change = self.end_factor - self.start_factor
        below = (self.length - 1) * self.start_factor + (s - 1) * change
        return Affine(scale=np.where(s == 0, self.start_factor, 1.0 + change / np.where(s == 0, 1.0, below)))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        if self.end_factor > self.start_factor:
            yield Span(self.begin, self.stop, "warm-up", "warm-up", self.end_key, "start_factor", relative=True)
        else:
            yield Span(self.begin, self.stop, "linear decay", "decay", self.end_key, "end_factor", relative=True)


CLASSES = (MMEngineLinearLR,)
