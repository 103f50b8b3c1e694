"""SWALR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.fields import PerGroup
from lrviz.language.length import LengthOrZero
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import GroupKey, Span
from lrviz.schedulers.maps import Affine, At, ParamGroups


class SWALR(Leaf):
    """Anneals the lr of each group to swa_lr, for the part of a run whose weights are averaged.

    Formula, with a(t) rising from 0 to 1 over anneal_epochs ticks (cos: (1 - cos(pi t/anneal_epochs)) / 2):
        start = (lr[t-1] - a(t-1) * swa_lr) / (1 - a(t-1))
        lr[t] = a(t) * swa_lr + (1 - a(t)) * start

    t counts its own calls of step(). With anneal_epochs 0 the constructor already sets swa_lr.

    Source: https://docs.pytorch.org/docs/stable/optim.html#stochastic-weight-averaging;
    Izmailov et al., Averaging Weights Leads to Wider Optima, https://arxiv.org/abs/1803.05407
    """

    name: Literal["SWALR"] = "SWALR"
    swa_lr: PerGroup = Field(description="the lr at the end of the annealing; a list gives one to each group")
    anneal_epochs: LengthOrZero = Field(10, description="ticks of the annealing")
    anneal_strategy: Literal["cos", "linear"] = Field("cos", description="shape of the annealing")

    module: ClassVar[str] = "torch.optim.swa_utils"
    target: ClassVar[str] = "swa_lr"
    saved_keys: ClassVar[tuple[str, ...]] = ("anneal_epochs",)
    group_error: ClassVar[str] = "KeyError"
    example: ClassVar[dict[str, Any]] = {"swa_lr": 0.01, "anneal_epochs": 20}

    @property
    @override
    def overwrites(self) -> frozenset[GroupKey]:
        return frozenset() if self.anneal_epochs else frozenset({"lr"})

    @override
    def attach(self, groups: ParamGroups) -> FloatArray:
        groups.slots["swa_lr"] = groups.row(self.swa_lr)
        return super().attach(groups)

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        step = at.calls - 1
        if self.anneal_epochs == 0:
            step = np.maximum(step, 1.0)
        before, now = self._weight(step - 1), self._weight(step)
        done = before == 1
        scale = np.where(done, 0.0, (1 - now) / np.where(done, 1.0, 1 - before))
        # Rounding must not move a lr that torch leaves alone: one that is swa_lr, or one before the annealing.
        return Affine(scale, centre=np.where(scale == 1, 0.0, groups.slots["swa_lr"]))

    def _weight(self, step: FloatArray) -> FloatArray:
        """Return a(t), the weight of swa_lr in the mix."""
        share = np.clip(step / max(1, self.anneal_epochs), 0.0, 1.0)
        return share if self.anneal_strategy == "linear" else (1 - np.cos(np.pi * share)) / 2

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        yield Span(1, None, "averaging", "hold")
