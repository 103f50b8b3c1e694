"""The floor of a cosine, as a minimum or as a share of the lr."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Situation
from lrviz.schedulers.transformers.lambdas import Decaying


class Floored(Decaying):
    """A cosine that falls to min_lr; transformers divides that by the optimizer's own lr."""

    num_cycles: float = Field(0.5, description="waves of the cosine; 0.5 falls to its floor and no further")
    min_lr: float | None = Field(None, description="the lowest lr; or min_lr_rate")
    min_lr_rate: float | None = Field(None, description="the lowest lr as a share of the lr; or min_lr")

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.min_lr is None and self.min_lr_rate is None:
            yield Problem(("min_lr",), "missing; min_lr or min_lr_rate is needed")
        elif self.min_lr is not None and self.min_lr_rate is not None:
            yield Problem(("min_lr_rate",), f"given with min_lr {self.min_lr:g}; drop one of them")

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        rate = self.min_lr_rate if self.min_lr is None else self.min_lr / groups.default_lr
        assert rate is not None
        with np.errstate(divide="ignore", invalid="ignore"):
            return Affine(scale=0.0, shift=base_lr * self.above(at.t, rate))

    def above(self, t: FloatArray, rate: float) -> FloatArray:
        """Return the factor at ticks t, [n, 1]; rate: the floor's."""
        return np.where(t < self.num_warmup_steps, self.rise(t), np.maximum(0.0, self.wave(t) * (1 - rate) + rate))

    def rise(self, t: FloatArray) -> FloatArray:
        """Return the factor at ticks of the warm-up."""
        return t / max(1, self.num_warmup_steps)

    def wave(self, t: FloatArray) -> FloatArray:
        """Return the height of the cosine, 0 to 1, at ticks after the warm-up."""
        return 0.5 * (1.0 + np.cos(np.pi * self.num_cycles * 2.0 * self.share(t)))

    @override
    def factor(self, t: FloatArray) -> FloatArray:
        return self.above(t, self.min_lr_rate or 0.0)
