"""OneCycleLR of mmengine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray
from lrviz.foundation.errors import Problem
from lrviz.language.length import Length
from lrviz.schedulers.facts import GroupKey, Imposed, Span
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.mmengine.ranged import Ranged
from lrviz.schedulers.situation import Situation
from lrviz.schedulers.torch.one_cycle_lr import OneCycleLR


class MMEngineOneCycleLR(Ranged):
    """One rise to eta_max and one long fall, with torch's formula, without momentum.

    Formula: that of torch's OneCycleLR, with eta_max for max_lr.

    Source: https://mmengine.readthedocs.io/en/latest/api/optim.html
    """

    name: Literal["mmengine.OneCycleLR"] = "mmengine.OneCycleLR"
    eta_max: float = Field(0.0, description="highest lr")
    total_steps: Length | None = Field(None, description="ticks of the cycle (default: end - begin)")
    pct_start: float = Field(0.3, ge=0, le=1, description="share of the cycle in which the lr rises")
    anneal_strategy: Literal["cos", "linear"] = Field("cos", description="shape of each phase")
    div_factor: float = Field(25.0, description="eta_max / initial lr")
    final_div_factor: float = Field(1e4, description="initial lr / last lr")
    three_phase: bool = Field(False, description="fall back to the initial lr first, then to the last one")

    assigns: ClassVar[bool] = True
    target: ClassVar[str] = "eta_max"
    example: ClassVar[dict[str, Any]] = {"eta_max": 0.1, "total_steps": 60}

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.div_factor and self.final_div_factor:
            length = self.total_steps or self.length
            if self.pct_start * length == 1:
                told = f"{self.pct_start:g} of {length} ticks is a rise of one tick; mmengine divides by zero there"
                yield Problem(("pct_start",), told)

    @property
    def _torchs(self) -> OneCycleLR:
        shared = {key: getattr(self, key) for key in ("pct_start", "anneal_strategy", "div_factor", "three_phase")}
        return OneCycleLR(
            max_lr=self.eta_max,
            total_steps=self.total_steps or self.length,
            final_div_factor=self.final_div_factor,
            cycle_momentum=False,
            **shared,
        )

    @property
    @override
    def overwrites(self) -> frozenset[GroupKey]:
        return frozenset({"lr", "initial_lr"})

    @override
    def imposed(self) -> Imposed:
        return Imposed(self.eta_max / self.div_factor, self.eta_max, ("eta_max",), "div_factor")

    @override
    def attach(self, groups: ParamGroups) -> FloatArray:
        return self._torchs.attach(groups)

    @override
    def acting(self, s: FloatArray, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        at = At(0, 0, len(s), times=s[:, 0])
        return self._torchs.update(at, groups, base_lr)

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        yield from self._torchs.spans(base_lr)


CLASSES = (MMEngineOneCycleLR,)
