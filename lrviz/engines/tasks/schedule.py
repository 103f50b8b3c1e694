"""A schedule as plain data for the torch side: class names, arguments, and when each scheduler is stepped.

Light on purpose: the side process must not spend its time on validating models again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from lrviz.engines.tasks.task import Task
from lrviz.foundation.beats import Beats
from lrviz.foundation.errors import Path
from lrviz.results import FloatArray, Recording

Place = tuple[str, int | None]
"""A key of a parameter group, and a position where its value is a tuple: beta1 is ("betas", 0)."""


@dataclass(frozen=True, slots=True)
class Table:
    """A formula's values at 0, 1, 2, ...: what torch's lambda looks up."""

    formula: str
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Node:
    """A scheduler to construct: its library's module, class name and arguments; members are nodes among them.

    install: what pip installs where the library is missing; "" is the name of its package.
    versions, runs_alone, by_itself: as of a scheduler.
    """

    module: str
    name: str
    arguments: dict[str, Any]
    path: Path
    install: str = ""
    versions: tuple[str, str] = ("", "")
    runs_alone: bool = True
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Stepped:
    """A node, the beats after which it is stepped `repeat` times, and what each step is given.

    turn: of several that are due at one beat those of the lower turn are stepped first; metric: a value for
    each step, if any; watches: it is given the loss of the race after the update; epoch: the updates of an epoch,
    where each step is given the epoch, as a fraction; ticks: it is given its tick, from 1; group_keys: what the groups
    hold for it; param: the hyperparameter that it schedules in place of lr.
    """

    node: Node
    when: Beats
    turn: int = 0
    repeat: int = 1
    metric: FloatArray | None = None
    watches: bool = False
    epoch: int | None = None
    ticks: bool = False
    group_keys: dict[str, Any] = field(default_factory=dict)
    param: Place | None = None


@dataclass(frozen=True, slots=True)
class Plan(Task[Recording]):
    """Everything torch needs. groups: every hyperparameter of each group; added: the row before which each is added.

    module, optimizer: where the optimizer's library keeps its class, and what it calls it;
    stepped: in the order of construction; beats: how many the loop has; updates: the beat of each row's update;
    scheduler_first: whether the loop steps the schedulers before the updates of their beats, not after them.
    """

    performed_by: ClassVar[str] = "lrviz.engines.real.schedule:run"

    module: str
    optimizer: str
    defaults: dict[str, Any]
    groups: tuple[dict[str, Any], ...]
    added: tuple[int | None, ...]
    stepped: tuple[Stepped, ...]
    beats: int
    updates: Beats
    recorded: dict[str, Place]
    """What to record of each group, and its place."""
    scheduler_first: bool = False
    install: str = ""
    """As of a `Node`, for the optimizer's library."""

    @property
    def rows(self) -> int:
        """How many updates are recorded."""
        return len(self.updates)
