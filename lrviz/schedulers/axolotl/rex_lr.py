"""RexLR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.length import Length, LengthOrZero
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Span
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Situation


class RexLR(Leaf):
    """Rises in num_warmup_steps ticks, then falls to min_lr, slowly at first and then faster and faster (REX).

    Formula, with i = t + 1, W = num_warmup_steps, R = total_steps - W, z = (R - (i - W)) / R, m = min_lr / max_lr:
        lr[t] = base_lr * i / W                                        for i <= W
        lr[t] = base_lr * (m + (1 - m) z / (0.1 + 0.9 z))              for i - W < R
        lr[t] = min_lr                                                 after it

    Source: https://docs.axolotl.ai; Chen et al., REX, https://arxiv.org/abs/2107.04197
    """

    name: Literal["axolotl.RexLR"] = "axolotl.RexLR"
    max_lr: float = Field(description="the lr at the end of the warm-up, which only sets the share of min_lr")
    min_lr: float = Field(0.0, description="the lowest lr")
    total_steps: Length = Field(description="ticks of the whole run")
    num_warmup_steps: LengthOrZero = Field(0, description="ticks of the warm-up")

    module: ClassVar[str] = "axolotl.utils.schedulers"
    assigns: ClassVar[bool] = True
    group_error: ClassVar[str] = "IndexError"
    whole_run: ClassVar[tuple[str, ...]] = ("total_steps",)
    done_after: ClassVar[str] = "total_steps"
    example: ClassVar[dict[str, Any]] = {"max_lr": 0.1, "total_steps": 60, "num_warmup_steps": 10}

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.num_warmup_steps > self.total_steps:
            told = f"a warm-up of {self.num_warmup_steps} is longer than the run of {self.total_steps}"
            yield Problem(("num_warmup_steps",), told)
        if self.min_lr > self.max_lr:
            yield Problem(("min_lr",), f"{self.min_lr:g} given; at most max_lr is allowed, {self.max_lr:g}")

    @property
    @override
    def warms_up(self) -> int:
        return self.num_warmup_steps

    @property
    @override
    def run_length(self) -> tuple[str, int] | None:
        return "total_steps", self.total_steps

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        i, warm_up, rest = at.t + 1, self.num_warmup_steps, self.total_steps - self.num_warmup_steps
        share = self.min_lr / self.max_lr
        left = (rest - (i - warm_up)) / rest if rest else np.zeros_like(i)
        fall = base_lr * (share + (1.0 - share) * (left / (0.1 + 0.9 * left)))
        after = np.where(i - warm_up >= rest, self.min_lr, fall)
        return Affine(scale=0.0, shift=np.where(i <= warm_up, base_lr * i / max(1, warm_up), after))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        if self.num_warmup_steps:
            yield Span(0, self.num_warmup_steps, "warm-up", "warm-up", "num_warmup_steps")
        yield Span(self.num_warmup_steps, self.total_steps, "REX decay", "decay", "total_steps", "min_lr")


CLASSES = (RexLR,)
