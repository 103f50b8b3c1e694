"""ConstantLR of mmengine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.schedulers.facts import Span
from lrviz.schedulers.maps import Affine, ParamGroups
from lrviz.schedulers.mmengine.ranged import Ranged


class MMEngineConstantLR(Ranged):
    """Multiplies the lr by a factor, and restores it one tick before `end`.

    Formula, with s = t - begin and N = end - begin - 1:
        lr[t] = factor * lr[t-1]     for s = 0
        lr[t] = lr[t-1] / factor     for s = N
        lr[t] = lr[t-1]              between them

    Source: https://mmengine.readthedocs.io/en/latest/api/optim.html
    """

    name: Literal["mmengine.ConstantLR"] = "mmengine.ConstantLR"
    factor: float = Field(1.0 / 3, gt=0, le=1, description="share of the lr")

    first_factor: ClassVar[str] = "factor"
    done_after: ClassVar[str] = "end"
    example: ClassVar[dict[str, Any]] = {"factor": 0.1, "end": 20}

    @override
    def acting(self, s: FloatArray, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        return Affine(scale=np.where(s == 0, self.factor, np.where(s == self.length - 1, 1.0 / self.factor, 1.0)))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        yield Span(self.begin, self.stop, "held low", "hold", self.end_key, "factor", relative=True)


CLASSES = (MMEngineConstantLR,)
