"""The usual ways to resume a run, as plain data: what is built and loaded, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Final

from lrviz.engines.tasks.schedule import Plan
from lrviz.engines.tasks.task import Task
from lrviz.foundation.errors import Path
from lrviz.results import Recording


class Act(Enum):
    """One line of a resuming script; the value is that line."""

    build_optimizer = "optimizer = Optimizer(...)"
    build_scheduler = "scheduler = Scheduler(optimizer, ...)"
    build_scheduler_at = "scheduler = Scheduler(optimizer, ..., last_epoch=K)"
    build_scheduler_before = "scheduler = Scheduler(optimizer, ..., last_epoch=K-1)"
    load_optimizer = 'optimizer.load_state_dict(saved["optimizer"])'
    load_scheduler = 'scheduler.load_state_dict(saved["scheduler"])'


@dataclass(frozen=True, slots=True)
class Recipe:
    """A name for programs, words for people, and the lines of the script in their order."""

    name: str
    words: str
    acts: tuple[Act, ...]


RIGHT: Final = Recipe(
    "scheduler-built-first",
    "scheduler built first",
    (Act.build_optimizer, Act.build_scheduler, Act.load_optimizer, Act.load_scheduler),
)
SCHEDULER_ONLY: Final = Recipe(
    "scheduler-only", "scheduler state only", (Act.build_optimizer, Act.build_scheduler, Act.load_scheduler)
)
OPTIMIZER_ONLY: Final = Recipe(
    "optimizer-only", "optimizer state only", (Act.build_optimizer, Act.build_scheduler, Act.load_optimizer)
)

RECIPES: Final[tuple[Recipe, ...]] = (
    RIGHT,
    Recipe(
        "optimizer-loaded-first",
        "optimizer loaded first",
        (Act.build_optimizer, Act.load_optimizer, Act.build_scheduler, Act.load_scheduler),
    ),
    SCHEDULER_ONLY,
    OPTIMIZER_ONLY,
    Recipe("last_epoch=K", "last_epoch=K", (Act.build_optimizer, Act.load_optimizer, Act.build_scheduler_at)),
    Recipe("last_epoch=K-1", "last_epoch=K-1", (Act.build_optimizer, Act.load_optimizer, Act.build_scheduler_before)),
    Recipe("nothing", "nothing restored", (Act.build_optimizer, Act.build_scheduler)),
)


@dataclass(frozen=True, slots=True)
class Saved:
    """The states of a checkpoint as plain data, None where it holds no such state.

    groups: the parameter groups without their parameters; schedulers: a state for each that the loop steps.
    """

    groups: tuple[dict[str, Any], ...] | None
    schedulers: tuple[dict[str, Any], ...] | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that a document asks for, and that loading has replaced: `path` of the part that holds it, its key."""

    path: Path
    key: str
    asked: Any
    kept: Any


@dataclass(frozen=True, slots=True)
class Continued:
    """A run that was continued under one recipe.

    recording: rows `at` and following, NaN from where torch raised; failed: the row before whose update it
    raised, and its message; kept: what loading replaced.
    """

    recipe: Recipe
    recording: Recording
    failed: tuple[int, str] | None = None
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True)
class Interruption(Task[tuple[Continued, ...]]):
    """A run that ends when `at` updates have been made, and goes on in a new process.

    saved: the states it continues from; None runs `plan` up to there and saves its own. into: the plan it continues
    with, where that is another document's.
    """

    performed_by: ClassVar[str] = "lrviz.engines.real.resume:interrupt"

    plan: Plan
    at: int
    recipes: tuple[Recipe, ...] = RECIPES
    saved: Saved | None = None
    into: Plan | None = None

    @property
    def resumed(self) -> Plan:
        """The plan that the run continues with."""
        return self.into or self.plan


@dataclass(frozen=True, slots=True)
class Contents:
    """What a checkpoint holds: each state with the key it was found under, and the other keys."""

    optimizers: Mapping[str, tuple[dict[str, Any], ...]]
    schedulers: Mapping[str, dict[str, Any]]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading(Task[Contents]):
    """A checkpoint file to be read by torch, with weights_only."""

    performed_by: ClassVar[str] = "lrviz.engines.real.checkpoint:read"

    path: str
