"""PolyLR of mmengine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.schedulers.facts import Span
from lrviz.schedulers.maps import Affine, ParamGroups
from lrviz.schedulers.mmengine.ranged import Ranged


class MMEnginePolyLR(Ranged):
    """Takes the lr to eta_min along a polynomial, one tick before `end`.

    Formula, with s = t - begin and N = end - begin - 1:
        lr[t] = (lr[t-1] - eta_min) * (1 - 1 / (N - s + 1))^power + eta_min      for 0 < s <= N

    Source: https://mmengine.readthedocs.io/en/latest/api/optim.html
    """

    name: Literal["mmengine.PolyLR"] = "mmengine.PolyLR"
    eta_min: float = Field(0.0, description="lowest lr")
    power: float = Field(1.0, description="power of what is left")

    done_after: ClassVar[str] = "end"
    example: ClassVar[dict[str, Any]] = {"power": 0.9, "end": 60}

    @override
    def acting(self, s: FloatArray, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        left = np.where(s == 0, 1.0, 1 - 1 / (self.length - 1 - s + 1))
        return Affine(scale=left**self.power, centre=self.eta_min)

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        yield Span(self.begin, self.stop, "polynomial decay", "decay", self.end_key, "eta_min")


CLASSES = (MMEnginePolyLR,)
