"""How long the run is: epochs or steps, and how many optimizer steps an epoch has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from lrviz.foundation.errors import Problem
from lrviz.language.fields import Count, Model, misfit
from lrviz.language.length import Clock, Interval

MOST_TICKS = 100_000_000

_LOADER = ("batch_size", "grad_accumulation", "devices", "drop_last")


class Geometry(Model):
    """The length of the run and of an epoch.

    Formula, DistributedSampler padding the data set so that every device is given as many samples:
        samples a device = ceil(dataset_size / devices)
        batches per epoch = ceil(samples a device / batch_size), floor with drop_last
        steps_per_epoch = ceil(batches per epoch / grad_accumulation)

    Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler
    """

    epochs: Count | None = Field(None, description="length of the run in epochs; or give steps")
    steps: Count | None = Field(None, description="length of the run in optimizer steps; or give epochs")
    steps_per_epoch: Count | None = Field(
        None, description="optimizer steps an epoch (default 1); or give dataset_size"
    )
    dataset_size: Count | None = Field(None, description="samples in the training set; needs batch_size")
    batch_size: Count | None = Field(None, description="samples a device takes at once")
    grad_accumulation: Count = Field(1, description="batches whose gradients make one optimizer step")
    devices: Count = Field(1, description="devices that share an epoch")
    drop_last: bool = Field(False, description="leave out a device's last batch where it is not full")
    interval: Interval = Field("epoch", description="when scheduler.step() is called: once an epoch, or every step")

    @property
    def batches_per_epoch(self) -> int | None:
        """Batches each device takes in an epoch; None where the data set is not given."""
        if self.dataset_size is None or self.batch_size is None:
            return None
        samples = self._samples(self.dataset_size)
        return samples // self.batch_size if self.drop_last else -(-samples // self.batch_size)

    def _samples(self, dataset_size: int) -> int:
        """Return how many samples each device is given in an epoch."""
        return -(-dataset_size // self.devices)

    @property
    def length_key(self) -> str:
        """The key that gives the length of the run."""
        return "steps" if self.steps is not None else "epochs"

    @property
    def epoch_steps(self) -> int:
        """Optimizer steps an epoch."""
        if self.batches_per_epoch is not None:
            return max(1, -(-self.batches_per_epoch // self.grad_accumulation))
        return self.steps_per_epoch or 1

    def ticks(self, interval: Interval) -> int:
        """Return how often something happens that happens once an epoch, or every step."""
        if interval == "step":
            return self.steps if self.steps is not None else (self.epochs or 1) * self.epoch_steps
        return self.epochs if self.epochs is not None else -(-(self.steps or 1) // self.epoch_steps)

    def clock(self, interval: Interval) -> Clock:
        """Return the clock of a scheduler that is stepped at an interval."""
        ticks = self.ticks(interval)
        cut = interval == "epoch" and self.steps is not None and self.steps % self.epoch_steps
        return Clock(interval, self.epoch_steps, ticks, ticks - bool(cut))

    def problems(self) -> Iterator[Problem]:
        """Yield what does not fit together."""
        if self.epochs is None and self.steps is None:
            yield Problem(("epochs",), "missing; give the length of the run, epochs or steps")
        if self.epochs is not None and self.steps is not None:
            yield Problem(
                ("steps",), f"{self.steps} given beside epochs {self.epochs}; the run has one length, drop one of them"
            )
        if self.steps_per_epoch is not None and self.dataset_size is not None:
            yield Problem(("steps_per_epoch",), "given beside dataset_size, from which it follows; drop one of them")
        if self.dataset_size is not None and self.batch_size is None:
            yield Problem(("dataset_size",), "given without batch_size; steps an epoch need both")
        if self.dataset_size is None:
            for key in _LOADER:
                if key in self.model_fields_set:
                    yield Problem((key,), "given without dataset_size; steps an epoch need both")
        if self.dataset_size is not None and self.batches_per_epoch == 0:
            yield Problem(
                ("drop_last",),
                f"leaves no batch: each device is given {self._samples(self.dataset_size)} samples, and batch_size is "
                f"{self.batch_size}; a smaller batch_size is needed",
            )
        if self.ticks(self.interval) > MOST_TICKS:
            yield Problem(
                (self.length_key,),
                f"{self.ticks(self.interval):,} ticks of the scheduler; at most {MOST_TICKS:,} are simulated",
            )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        found = list(self.problems())
        if found:
            raise misfit(found)
        return self
