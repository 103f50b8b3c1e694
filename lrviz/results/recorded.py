"""The learning rates that a program really used: a recording, as plain data.

An *update* is an outermost `step` of an optimizer; those that share one list of parameter groups are one. A *tick* is
an outermost `step` of a scheduler, outside constructors and other schedulers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lrviz.foundation.arrays import FloatArray, IntArray

PROGRAM = -1
"""In `RecordedGroup.by` and `Handover`: set by the program itself, no scheduler."""

Argument = float | int | bool | str | None | tuple[float | int, ...]
"""An argument of a constructor; what is no number, bool or short string is the name of its type: "function"."""


@dataclass(frozen=True, slots=True)
class Site:
    """A line of the program, "train.py:41", and how often a scheduler was stepped there.

    given: it was stepped with an argument: an epoch to go to, or a metric.
    """

    at: str
    count: int
    given: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RecordedScheduler:
    """A scheduler. index: its number in its process, what `RecordedGroup.by` and `members` say.

    name: its class ("StepLR"), module: where that is defined; arguments: of its constructor, defaults included, the
    optimizer left out; None where it was built before the recording began; members: the schedulers among its
    arguments, by `index`; built_at: "file:line" that built it; built: updates of its optimizer made before, None
    where that is not known.
    ticks: [ticks], updates of its optimizer that had been made before each tick, ascending (0: before the first
    update); tick_sites: [ticks], where in `stepped_at` each was made; stepped_at: the lines, in order of appearance.
    """

    index: int
    name: str
    module: str
    arguments: Mapping[str, Argument] | None
    members: tuple[int, ...]
    built_at: str | None
    built: int | None
    ticks: IntArray
    tick_sites: NDArray[np.int32]
    stepped_at: tuple[Site, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RecordedGroup:
    """A parameter group. lr: [updates], lr[t] is in force when update t is made; NaN before the group was added.

    params: `momentum`, `beta1`, `weight_decay` and `d`, those that the optimizer has, each [updates].
    by: [updates], the index of the scheduler that set lr[t], else `PROGRAM`; added: updates made before the group
    was added, 0 where the optimizer was built with it.
    """

    name: str
    lr: FloatArray
    params: Mapping[str, FloatArray]
    by: NDArray[np.int32]
    added: int = 0

    @property
    def varied(self) -> Mapping[str, FloatArray]:
        """The hyperparameters that did not keep one value."""
        known = {key: values[~np.isnan(values)] for key, values in self.params.items()}
        return {key: values for key, values in self.params.items() if (known[key] != known[key][:1]).any()}


@dataclass(frozen=True, slots=True)
class Handover:
    """How often an lr of a group that `before` had set was replaced by `after`: schedulers by index, or `PROGRAM`.

    used: whether an update was made with the replaced value. first: updates made before it first happened.
    """

    group: int
    before: int
    after: int
    used: bool
    count: int
    first: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened once, when `update` updates of the optimizer had been made.

    kind: loaded (a state, by load_state_dict: of `scheduler` by index, or of the optimizer where that is None; empty:
    that held its groups alone, as where a library wraps a new optimizer and loads its own state into it),
    added (a group), fused (it skips updates of GradScaler inside its step, so that they count as made), stopped (by
    `--updates`); at: "file:line" that did it, where that is known.
    """

    kind: Literal["loaded", "added", "fused", "stopped"]
    update: int
    at: str | None = None
    scheduler: int | None = None
    group: int | None = None
    empty: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Continuation:
    """What copies of an optimizer's schedulers gave when the program ended, stepped on at the cadence that was seen.

    start: updates made before its first row, at most those of the optimizer; until: the updates that it was to reach;
    groups: the hyperparameters of each group, `lr` among them, each [rows]; reason: why it has no rows; asked: whether
    somebody waits for it: the program was interrupted, or `--until` given.
    """

    start: int
    until: int
    groups: tuple[Mapping[str, FloatArray], ...]
    reason: str = ""
    asked: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RecordedOptimizer:
    """An optimizer. process: the index of its process in `Recorded.processes`; index: its own in that process.

    schedulers: those that hold it, members of others included; a scheduler of an optimizer that never made an update
    is in the one of 0 updates. skipped: [skips], updates made before each update that GradScaler skipped (no row).
    continuation: None where the program ended in a way that left no time for one, or no scheduler was stepped.
    """

    process: int
    index: int
    name: str
    updates: int
    groups: tuple[RecordedGroup, ...]
    schedulers: tuple[RecordedScheduler, ...] = ()
    events: tuple[Event, ...] = ()
    handovers: tuple[Handover, ...] = ()
    skipped: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    continuation: Continuation | None = None

    @property
    def stepped(self) -> tuple[RecordedScheduler, ...]:
        """The schedulers that the program itself steps: not those that others step."""
        inner = {index for each in self.schedulers for index in each.members}
        return tuple(each for each in self.schedulers if len(each.ticks) or each.index not in inner)


@dataclass(frozen=True, slots=True)
class RecordedProcess:
    """A process that made updates. began, last: seconds since 1970, at its first and last update.

    rank: of torch.distributed, None where there is none. Processes of one rank, one after another, are restarts.
    ended: it came to its own end, by no exception and no signal.
    """

    pid: int
    rank: int | None
    began: float
    last: float
    python: str
    torch: str
    ended: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A recording. optimizers: of all processes, in the order of `processes` and of their first appearance.

    cut: its last record was not whole, and is left out.
    """

    source: str
    processes: tuple[RecordedProcess, ...]
    optimizers: tuple[RecordedOptimizer, ...]
    cut: bool = False
