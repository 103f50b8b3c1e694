"""What the schedules of transformers share: a factor of the initial lr at each tick, after a linear warm-up."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.language.length import Length, LengthOrZero
from lrviz.schedulers.base import Leaf
from lrviz.schedulers.facts import Span
from lrviz.schedulers.maps import Affine, At, ParamGroups


class Lambda(Leaf):
    """A LambdaLR that a function of transformers builds, such as `get_linear_schedule_with_warmup`."""

    module: ClassVar[str] = "transformers.optimization"
    function: ClassVar[str]
    """The name of the function in transformers."""
    assigns: ClassVar[bool] = True
    saved_keys: ClassVar[tuple[str, ...]] = ("lr_lambdas",)
    group_error: ClassVar[str] = "ValueError"

    @property
    @override
    def class_name(self) -> str:
        return self.function

    @abstractmethod
    def factor(self, t: FloatArray) -> FloatArray:
        """Return the factor of the initial lr at ticks t, [n, 1]."""

    @override
    def update(self, at: At, groups: ParamGroups, base_lr: FloatArray) -> Affine:
        # NumPy computes both sides of `where`; the one that is not taken may divide by zero.
        with np.errstate(divide="ignore", invalid="ignore"):
            return Affine(scale=0.0, shift=base_lr * self.factor(at.t))


class WarmedUp(Lambda):
    """A schedule that begins with a linear warm-up from 0."""

    num_warmup_steps: LengthOrZero = Field(description="ticks of the warm-up, from 0 to the lr")

    @property
    @override
    def warms_up(self) -> int:
        return self.num_warmup_steps

    def after(self, t: FloatArray) -> FloatArray:
        """Return the factor at ticks that come after the warm-up."""
        return np.ones_like(t)

    @override
    def factor(self, t: FloatArray) -> FloatArray:
        return np.where(t < self.num_warmup_steps, t / max(1, self.num_warmup_steps), self.after(t))

    @override
    def spans(self, base_lr: FloatArray) -> Iterator[Span]:
        if self.num_warmup_steps:
            yield Span(0, self.num_warmup_steps, "warm-up", "warm-up", "num_warmup_steps")
        yield from self.spans_after()

    def spans_after(self) -> Iterator[Span]:
        """Yield the parts after the warm-up."""
        yield Span(self.num_warmup_steps, None, "constant", "hold", rests=True)


class Decaying(WarmedUp):
    """A schedule that ends at num_training_steps.

    Its share of the way there is p = (t - num_warmup_steps) / max(1, num_training_steps - num_warmup_steps).
    """

    num_training_steps: Length = Field(description="ticks of the whole run")

    whole_run: ClassVar[tuple[str, ...]] = ("num_training_steps",)
    done_after: ClassVar[str] = "num_training_steps"
    decay: ClassVar[str]
    """What its decay is called."""
    example: ClassVar[dict[str, Any]] = {"num_warmup_steps": 10, "num_training_steps": 60}

    @property
    @override
    def run_length(self) -> tuple[str, int] | None:
        return "num_training_steps", self.num_training_steps

    def share(self, t: FloatArray) -> FloatArray:
        """Return p at ticks t."""
        return (t - self.num_warmup_steps) / max(1, self.num_training_steps - self.num_warmup_steps)

    @override
    def spans_after(self) -> Iterator[Span]:
        stop = max(self.num_warmup_steps, self.num_training_steps)
        yield Span(self.num_warmup_steps, stop, self.decay, "decay", "num_training_steps")
