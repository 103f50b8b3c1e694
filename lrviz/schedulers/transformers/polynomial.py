"""polynomial."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.schedulers.maps import Affine, At, ParamGroups
from lrviz.schedulers.situation import Situation
from lrviz.schedulers.transformers.lambdas import Decaying


class Polynomial(Decaying):
    """Rises from 0 to the lr in num_warmup_steps ticks, then falls by a polynomial to lr_end at num_training_steps.

    Formula, with W = num_warmup_steps, T = num_training_steps and lr the optimizer's own:
        lr[t] = base_lr * t / max(1, W)                                                               for t < W
        lr[t] = base_lr * ((lr - lr_end) (1 - (t - W) / (T - W))^power + lr_end) / lr                 for t <= T
        lr[t] = base_lr * lr_end / lr                                                                 after it

    Source: https://huggingface.co/docs/transformers/main_classes/optimizer_schedules
    """

    name: Literal["transformers.polynomial"] = "transformers.polynomial"
    lr_end: float = Field(1e-7, description="the lr at the end, below the optimizer's own")
    power: float = Field(1.0, description="power of what is left of the decay")

    function: ClassVar[str] = "get_polynomial_decay_schedule_with_warmup"
    decay: ClassVar[str] = "polynomial decay"

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        if self.num_training_steps == self.num_warmup_steps:
            told = f"a run of {self.num_training_steps}, as long as its warm-up; transformers divides by zero there"
            yield Problem(("num_training_steps",), told)

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        lr, warm_up, stop = groups.default_lr, self.num_warmup_steps, self.num_training_steps
        with np.errstate(divide="ignore", invalid="ignore"):
            left = 1 - (at.t - warm_up) / (stop - warm_up)
            falling = ((lr - self.lr_end) * left**self.power + self.lr_end) / lr
            after = np.where(at.t > stop, self.lr_end / lr, falling)
            return Affine(scale=0.0, shift=base_lr * np.where(at.t < warm_up, at.t / max(1, warm_up), after))


CLASSES = (Polynomial,)
