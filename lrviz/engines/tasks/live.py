"""Schedulers that exist already, stepped as a training loop would: the tasks, and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from lrviz.engines.tasks.task import Task
from lrviz.results import FloatArray, Recording, Unit


@dataclass(frozen=True, slots=True)
class Loop:
    """A training loop in which every scheduler is stepped after each of `ticks` epochs, or updates.

    metric: [ticks], for schedulers that watch one; params: hyperparameters to record besides those that vary.
    """

    unit: Unit
    ticks: int
    steps_per_epoch: int = 1
    metric: FloatArray | None = None
    params: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Traced:
    """The curves of one optimizer under copies of some schedulers.

    unit: what a row is: a step also where an epoch is a tick and some scheduler is called after every update;
    optimizer, chain, groups: as of `Curves`; warnings: why the curve may not be that of the run.
    recording: every hyperparameter that is known by name, constant ones too.
    document: the document of these schedulers, as a mapping; None where `undescribed` says why there is none.
    """

    unit: Unit
    optimizer: str
    chain: str
    groups: tuple[str, ...]
    recording: Recording
    warnings: tuple[str, ...]
    document: Mapping[str, Any] | None = None
    undescribed: str = ""


@dataclass(frozen=True, slots=True)
class Called(Task[tuple[Traced, ...]]):
    """A user's function that returns schedulers; where: the folder from which its module is imported first."""

    performed_by: ClassVar[str] = "lrviz.engines.real.called:call"

    module: str
    function: str
    where: str
    loop: Loop
