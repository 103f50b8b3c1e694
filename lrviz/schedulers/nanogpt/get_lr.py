"""get_lr, the function in train.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.releases import at_least
from lrviz.language.length import Length, LengthOrZero
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Span, half_cosine
from lrviz.schedulers.maps import Affine, At, ParamGroups

_CHANGED = "2024-12"


class GetLr(Leaf):
    """Rises to the lr in warmup_iters iterations, then falls along half a cosine to min_lr at lr_decay_iters.

    Formula, with W = warmup_iters, D = lr_decay_iters:
        lr[t] = base_lr * (t + 1) / (W + 1)                                                    for t < W
        lr[t] = min_lr + (base_lr - min_lr) * (1 + cos(pi (t - W) / (D - W))) / 2              for t <= D
        lr[t] = min_lr                                                                         after it
    Before December 2024: lr[t] = base_lr * t / W in the warm-up.

    Source: https://github.com/karpathy/nanoGPT/blob/master/train.py
    """

    name: Literal["nanogpt.get_lr"] = "nanogpt.get_lr"
    warmup_iters: LengthOrZero = Field(2000, description="iterations of the warm-up")
    lr_decay_iters: Length = Field(600000, description="iteration at which the lr is min_lr")
    min_lr: float = Field(6e-5, description="lowest lr")
    version: str = Field(_CHANGED, pattern=r"^\d{4}-\d{2}$", description="month of train.py")

    module: ClassVar[str] = "nanogpt"
    runs_alone: ClassVar[bool] = False
    assigns: ClassVar[bool] = True
    whole_run: ClassVar[tuple[str, ...]] = ("lr_decay_iters",)
    done_after: ClassVar[str] = "lr_decay_iters"
    example: ClassVar[dict[str, Any]] = {"warmup_iters": 10, "lr_decay_iters": 60, "min_lr": 0.01}

    @property
    @override
    def warms_up(self) -> int:
        return self.warmup_iters

    @property
    @override
    def run_length(self) -> tuple[str, int] | None:
        return "lr_decay_iters", self.lr_decay_iters

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        t, warm_up, stop = at.t, self.warmup_iters, self.lr_decay_iters
        new = at_least(self.version, _CHANGED)
        rise = base_lr * (t + 1) / (warm_up + 1) if new else base_lr * t / max(1, warm_up)
        done = (t - warm_up) / max(1, stop - warm_up)
        fall = self.min_lr + 0.5 * (1.0 + np.cos(np.pi * done)) * (base_lr - self.min_lr)
        return Affine(scale=0.0, shift=np.where(t < warm_up, rise, np.where(t > stop, self.min_lr, fall)))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        if self.warmup_iters:
            yield Span(0, self.warmup_iters, "warm-up", "warm-up", "warmup_iters")
        if self.lr_decay_iters > self.warmup_iters:
            stop = self.lr_decay_iters + 1
            yield Span(self.warmup_iters, stop, "cosine decay", "decay", "lr_decay_iters", "min_lr", left=half_cosine)
        yield Span(max(self.warmup_iters, self.lr_decay_iters + 1), None, "min_lr", "hold", rests=True)


CLASSES = (GetLr,)
