"""How long the run is: epochs or steps, and how many optimizer steps an epoch has."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, Self

from pydantic import Field, model_validator

from lrviz.foundation.errors import Problem
from lrviz.language.fields import Count, Model, misfit
from lrviz.language.length import Cadence, Clock, Interval

MOST_TICKS = 100_000_000

_LOADER = ("batch_size", "devices", "drop_last")
_ACCUMULATION = ("grad_accumulation", "accumulate_remainder")


class Geometry(Model):
    """The length of the run and of an epoch.

    Formula, DistributedSampler padding the data set so that every device has equally many samples:
        samples a device = ceil(dataset_size / devices)
        batches per epoch = ceil(samples a device / batch_size), floor with drop_last
        steps_per_epoch = ceil(batches per epoch / grad_accumulation), floor with accumulate_remainder: drop

    Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler
    """

    epochs: Count | None = Field(None, description="length of the run in epochs; or give steps")
    steps: Count | None = Field(None, description="length of the run in optimizer steps; or give epochs")
    steps_per_epoch: Count | None = Field(
        None, description="optimizer steps per epoch (default 1); or give batches_per_epoch, or dataset_size"
    )
    dataset_size: Count | None = Field(None, description="samples in the training set; needs batch_size")
    batch_size: Count | None = Field(None, description="samples per device and batch")
    batches_per_epoch: Count | None = Field(None, description="batches per device and epoch; or give dataset_size")
    grad_accumulation: Count = Field(1, description="batches whose gradients make one optimizer step")
    accumulate_remainder: Literal["step", "drop"] = Field(
        "step", description="whether the last batches of an epoch, too few to accumulate, make an optimizer step"
    )
    devices: Count = Field(1, description="devices that share an epoch")
    drop_last: bool = Field(False, description="drop a device's last batch if it is not full")
    interval: Interval = Field("epoch", description="when scheduler.step() is called: after each epoch, step or batch")

    @property
    def epoch_batches(self) -> int | None:
        """Batches each device takes in an epoch; None where the document does not say."""
        if self.batches_per_epoch is not None or self.dataset_size is None or self.batch_size is None:
            return self.batches_per_epoch
        samples = self._samples(self.dataset_size)
        return samples // self.batch_size if self.drop_last else -(-samples // self.batch_size)

    def _samples(self, dataset_size: int) -> int:
        """Return how many samples each device has in an epoch."""
        return -(-dataset_size // self.devices)

    @property
    def length_key(self) -> str:
        """The key that gives the length of the run."""
        return "steps" if self.steps is not None else "epochs"

    @property
    def epoch_steps(self) -> int:
        """Optimizer steps per epoch."""
        batches = self.epoch_batches
        if batches is None:
            return self.steps_per_epoch or 1
        whole, rest = divmod(batches, self.grad_accumulation)
        return max(1, whole + (rest > 0 and self.accumulate_remainder == "step"))

    def batches(self, step: int) -> int:
        """Return how many batches were taken when a number of optimizer steps has been made."""
        epochs, rest = divmod(step, self.epoch_steps)
        each = self.epoch_batches or self.epoch_steps
        return epochs * each + min(rest * self.grad_accumulation, each)

    def ticks(self, interval: Interval) -> int:
        """Return how often something happens in the run: once per epoch, step or batch."""
        if interval == "epoch":
            return self.epochs if self.epochs is not None else -(-(self.steps or 1) // self.epoch_steps)
        steps = self.steps if self.steps is not None else (self.epochs or 1) * self.epoch_steps
        return steps if interval == "step" else self.batches(steps)

    def clock(self, cadence: Cadence | Interval) -> Clock:
        """Return the clock of a scheduler that is stepped at a cadence."""
        one = Cadence(cadence) if isinstance(cadence, str) else cadence
        interval = "epoch" if one.fractional else one.interval
        ticks = self.ticks(interval) // one.frequency * one.repeat
        cut = interval == "epoch" and self.steps is not None and self.steps % self.epoch_steps
        each = {"epoch": 1, "step": self.epoch_steps, "batch": self.batches(self.epoch_steps)}[interval]
        per_epoch = Fraction(each * one.repeat, one.frequency)
        tells_epoch = interval == "epoch" and one.frequency == one.repeat == 1
        return Clock(
            interval,
            self.epoch_steps,
            ticks,
            ticks - bool(cut),
            per_epoch,
            tells_epoch,
            self.ticks("epoch"),
            self.ticks("step"),
        )

    def problems(self) -> Iterator[Problem]:
        """Yield values that contradict each other."""
        if self.epochs is None and self.steps is None:
            yield Problem(("epochs",), "missing; give the length of the run, epochs or steps")
        if self.epochs is not None and self.steps is not None:
            yield Problem(
                ("steps",),
                f"{self.steps} given together with epochs {self.epochs}; the run has one length, drop one of them",
            )
        yield from self._epoch_problems()
        if self.ticks(self.interval) > MOST_TICKS:
            yield Problem(
                (self.length_key,),
                f"{self.ticks(self.interval):,} ticks of the scheduler; at most {MOST_TICKS:,} are simulated",
            )

    def _epoch_problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the length of an epoch."""
        given = [
            key for key in ("dataset_size", "batches_per_epoch", "steps_per_epoch") if getattr(self, key) is not None
        ]
        for key in given[1:]:
            yield Problem((key,), f"given together with {given[0]}, from which it follows; drop one of them")
        if self.dataset_size is not None and self.batch_size is None:
            yield Problem(("dataset_size",), "given without batch_size; steps per epoch need both")
        for key in _LOADER if self.dataset_size is None else ():
            if key in self.model_fields_set:
                yield Problem((key,), "given without dataset_size; steps per epoch need both")
        batches = self.epoch_batches
        for key in _ACCUMULATION if batches is None and self.dataset_size is None else ():
            if key in self.model_fields_set:
                beside = (
                    "together with steps_per_epoch, which counts optimizer steps" if self.steps_per_epoch else "alone"
                )
                yield Problem(
                    (key,), f"given {beside}; it needs batches_per_epoch, or dataset_size and batch_size, instead"
                )
        if batches == 0 and self.dataset_size is not None:
            yield Problem(
                ("drop_last",),
                f"leaves no batch: each device is given {self._samples(self.dataset_size)} samples, and batch_size is "
                f"{self.batch_size}; a smaller batch_size is needed",
            )
        elif batches is not None and batches < self.grad_accumulation and self.accumulate_remainder == "drop":
            yield Problem(
                ("accumulate_remainder",),
                f"drop leaves no optimizer step: an epoch has {batches} batches, and grad_accumulation is "
                f"{self.grad_accumulation}; a smaller grad_accumulation is needed",
            )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        found = list(self.problems())
        if found:
            raise misfit(found)
        return self
