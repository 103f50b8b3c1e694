"""Schedulers as torch constructs them: the state they hold, and which steps they will take.

torch's constructors run a first step, composites undo and redo steps of their members, OneCycleLR and
CyclicLR overwrite the groups. All of that happens before the first update, so it is done
here one step at a time; the many steps after it are returned as *turns*: arrays of last_epoch for
the rows after which a leaf is stepped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from typing_extensions import override

from lrviz.foundation.beats import Beats
from lrviz.foundation.errors import Path, Problem, Refusal
from lrviz.results import FloatArray
from lrviz.schedulers import Composite, Leaf, Scheduler, Watching
from lrviz.schedulers.maps import Affine, At, ParamGroups


@dataclass(frozen=True, slots=True)
class Turn:
    """A leaf is stepped after each row of `when`, or entered by SequentialLR after the one row of it."""

    live: LiveLeaf
    when: Beats
    at: At
    entered: bool = False

    def map(self, groups: ParamGroups) -> Affine:
        """Return the maps of all its steps.

        Raises Refusal where one is not finite: there torch raises.
        """
        return self.live.map(self.at, groups, entered=self.entered)

    def momentum(self, groups: ParamGroups) -> FloatArray | None:
        """Return the momentum that each step sets, [n, groups], or None where it does not change."""
        with np.errstate(all="ignore"):
            return self.live.leaf.momentum(self.at, groups)


@dataclass(frozen=True, slots=True)
class WatchingTurn:
    """A scheduler that watches a metric is stepped after each row of `when`, with a value of its own."""

    scheduler: Watching
    when: Beats
    path: Path


class Live(ABC):
    """A constructed scheduler."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def first_step(self, groups: ParamGroups) -> None:
        """Do what torch's _initial_step does."""

    @abstractmethod
    def step(self, groups: ParamGroups) -> None:
        """Take one step during construction."""

    @abstractmethod
    def undo(self) -> None:
        """Do what SequentialLR's recursive_undo does."""

    @abstractmethod
    def turns(self, when: Beats, *, entered: bool = False) -> Iterator[Turn | WatchingTurn]:
        """Yield the turns of the leaves, if this is stepped after each row of `when`."""


class LiveLeaf(Live):
    """A scheduler with a formula: its last_epoch, its _step_count, its base_lrs."""

    def __init__(self, leaf: Leaf, path: Path, groups: ParamGroups) -> None:
        super().__init__(path)
        self.leaf = leaf
        self.last_epoch = -1
        self.calls = 0
        self.base_lr = leaf.attach(groups)
        self.first_step(groups)
        self.base_lr = leaf.settled(groups, self.base_lr)

    @override
    def first_step(self, groups: ParamGroups) -> None:
        self.calls = 0
        self._step(groups, initial=True)

    @override
    def step(self, groups: ParamGroups) -> None:
        self._step(groups, initial=False)

    def _step(self, groups: ParamGroups, *, initial: bool) -> None:
        self.calls += 1
        self.last_epoch += 1
        self._apply(At(self.last_epoch, self.calls, initial=initial), groups)

    def enter(self, groups: ParamGroups) -> None:
        """Become the stage of a SequentialLR that is being constructed."""
        self.last_epoch = 0
        self._apply(At(0, self.calls), groups, entered=True)

    def _apply(self, at: At, groups: ParamGroups, *, entered: bool = False) -> None:
        affine = self.map(at, groups, entered=entered)
        moved = affine.scale * (groups.lr - affine.centre) + affine.centre + affine.shift
        groups.lr = groups.row(np.atleast_2d(moved)[0])
        momentum = self.leaf.momentum(at, groups)
        if momentum is not None:
            groups.momentum = groups.row(momentum[0])

    def map(self, at: At, groups: ParamGroups, *, entered: bool) -> Affine:
        """Return the maps of steps.

        Raises Refusal where one is not finite.
        """
        with np.errstate(all="ignore"):
            affine = self.leaf.entry(groups, self.base_lr) if entered else self.leaf.update(at, groups, self.base_lr)
        for part in (affine.scale, affine.centre, affine.shift):
            finite = np.isfinite(part)
            if not finite.all():
                row = int(np.argwhere(~np.atleast_2d(finite))[0][0])
                below, reason, _ = self.leaf.no_lr(at.first + row)
                raise Refusal(Problem((*self.path, *below), reason))
        return affine

    @override
    def undo(self) -> None:
        self.last_epoch -= 1

    @override
    def turns(self, when: Beats, *, entered: bool = False) -> Iterator[Turn]:
        if not len(when):
            return
        if entered:
            # Entering sets last_epoch to 0 and calls no step().
            yield Turn(self, when[:1], At(0, self.calls), entered=True)
            if len(when) > 1:
                yield Turn(self, when[1:], At(1, self.calls + 1, len(when) - 1))
        else:
            yield Turn(self, when, At(self.last_epoch + 1, self.calls + 1, len(when)))

    def sent(self, when: Beats, times: FloatArray) -> Turn:
        """Return the turn in which each step is given the epoch to go to."""
        return Turn(self, when, At(0, self.calls + 1, len(when), times=times))


class LiveWatching(Live):
    """A scheduler that watches a metric: no first step, no initial_lr."""

    def __init__(self, scheduler: Watching, path: Path) -> None:
        super().__init__(path)
        self.scheduler = scheduler

    @override
    def first_step(self, groups: ParamGroups) -> None:
        """Nothing: torch's class has none, and composites refuse it."""

    @override
    def step(self, groups: ParamGroups) -> None:
        """Nothing: without a metric it cannot be stepped during construction."""

    @override
    def undo(self) -> None:
        """Nothing: composites refuse it."""

    @override
    def turns(self, when: Beats, *, entered: bool = False) -> Iterator[WatchingTurn]:
        if len(when):
            yield WatchingTurn(self.scheduler, when, self.path)


class LiveComposite(Live):
    """A scheduler that is made of others, which were constructed before it."""

    def __init__(self, composite: Composite, members: Sequence[Live], path: Path) -> None:
        super().__init__(path)
        self.composite = composite
        self.members = members

    @override
    def first_step(self, groups: ParamGroups) -> None:
        # torch's _initial_step treats a composite like any other scheduler, so the members take a plain
        # step, which is why a chain as the first stage starts at another lr.
        self.step(groups)

    @override
    def undo(self) -> None:
        for member in self.members:
            member.undo()

    @override
    def turns(self, when: Beats, *, entered: bool = False) -> Iterator[Turn | WatchingTurn]:
        if entered:
            told = f"{self.composite.name} as a later stage; torch raises NotImplementedError"
            raise Refusal(Problem(self.path, told))
        yield from self._turns(when)

    @abstractmethod
    def _turns(self, when: Beats) -> Iterator[Turn | WatchingTurn]:
        """Yield the turns of the members."""


class LiveChained(LiveComposite):
    """One whose members act all at once, ChainedScheduler: each step is a step of every member."""

    @override
    def step(self, groups: ParamGroups) -> None:
        for member in self.members:
            member.step(groups)

    @override
    def _turns(self, when: Beats) -> Iterator[Turn | WatchingTurn]:
        for member in self.members:
            yield from member.turns(when)


class LiveSequential(LiveComposite):
    """One whose members act in turn, SequentialLR: resets lr, undoes the first steps, and runs one at a time."""

    def __init__(self, composite: Composite, members: Sequence[Live], path: Path, groups: ParamGroups) -> None:
        super().__init__(composite, members, path)
        self.last_epoch = 0
        groups.lr = groups.remember_initial_lr()
        for member in members:
            member.undo()
        members[composite.stage(0)].first_step(groups)

    @override
    def step(self, groups: ParamGroups) -> None:
        self.last_epoch += 1
        stage = self.composite.stage(self.last_epoch)
        member = self.members[stage]
        if not self._enters(stage, self.last_epoch):
            member.step(groups)
        elif isinstance(member, LiveLeaf):
            member.enter(groups)
        else:
            raise Refusal(Problem(member.path, "a composite as a later stage; torch raises NotImplementedError"))

    def _enters(self, stage: int, tick: int) -> bool:
        return stage > 0 and self.composite.begins[stage - 1] == tick

    @override
    def _turns(self, when: Beats) -> Iterator[Turn | WatchingTurn]:
        done = 0
        while done < len(when):
            tick = self.last_epoch + done + 1
            stage = self.composite.stage(tick)
            ends = self.composite.begins[stage] if stage < len(self.composite.begins) else tick + len(when)
            part = when[done : done + ends - tick]
            yield from self.members[stage].turns(part, entered=self._enters(stage, tick))
            done += len(part)


def construct(scheduler: Scheduler, path: Path, groups: ParamGroups) -> Live:
    """Construct a scheduler as torch does: depth-first in document order, members before their composite."""
    if isinstance(scheduler, Composite):
        members = [construct(one, (*path, "schedulers", index), groups) for index, one in enumerate(scheduler.members)]
        if scheduler.in_turn:
            return LiveSequential(scheduler, members, path, groups)
        return LiveChained(scheduler, members, path)
    if isinstance(scheduler, Watching):
        return LiveWatching(scheduler, path)
    assert isinstance(scheduler, Leaf)
    return LiveLeaf(scheduler, path, groups)
