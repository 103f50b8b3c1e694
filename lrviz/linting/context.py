"""What rules look at: a document, its simulated curve, and which part of the run each scheduler acts in."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import permutations
from typing import Any

import numpy as np

from lrviz.documents.schedule import Member, ScheduleDocument
from lrviz.engines.reference import schedule as reference
from lrviz.engines.reference.construction import WatchingTurn, construct
from lrviz.engines.reference.schedule import Reference
from lrviz.foundation.beats import count, spacing
from lrviz.foundation.errors import Path, Refusal
from lrviz.foundation.peak import peak
from lrviz.language.length import Clock, lengths
from lrviz.linting.acting import Acting
from lrviz.results import FloatArray
from lrviz.schedulers import Scheduler
from lrviz.schedulers.stepping import Stepping


class Subject:
    """A document under its rules.

    Everything that costs something is computed once, and only if a rule asks for it.
    """

    def __init__(self, document: ScheduleDocument, known: Reference) -> None:
        self.document = document
        self.known = known

    @cached_property
    def lr(self) -> FloatArray:
        """The lr of each update, [rows, groups]; before a group is added, that which it then begins with."""
        return self.known.whole_lr

    @property
    def rows(self) -> int:
        """Rows of the curve."""
        return len(self.lr)

    @cached_property
    def noun(self) -> str:
        """What a row is: epoch or step."""
        return self.document.unit

    @cached_property
    def peaks(self) -> list[float]:
        """The largest lr of each group."""
        return [peak(self.lr[:, group])[1] for group in range(self.lr.shape[1])]

    @cached_property
    def lowest(self) -> list[float]:
        """The least lr of each group."""
        return [float(self.lr[:, group].min()) for group in range(self.lr.shape[1])]

    @cached_property
    def given(self) -> list[float]:
        """The lr that the optimizer is given for each group."""
        return [float(group.optimizer.hyperparameters()["lr"]) for group in self.document.optimizer.groups]

    @cached_property
    def varies(self) -> bool:
        """Whether the lr of any group changes during the run."""
        return bool((self.lr != self.lr[0]).any())

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """The schedulers that the loop steps, SWALR the last of them."""
        return self.document.members()

    def of(self, about: type[Any]) -> Iterator[tuple[Acting, Any]]:
        """Yield what acts and is of a class, and it."""
        return ((one, one.scheduler) for one in self.acting if isinstance(one.scheduler, about))

    @cached_property
    def stages(self) -> dict[int, list[Acting]]:
        """The members of each composite, by its id."""
        found: dict[int, list[Acting]] = {}
        for one in self.acting:
            if one.parents:
                found.setdefault(id(one.parents[-1][0]), []).append(one)
        return found

    def group(self, index: int) -> str:
        """Return words for a group: nothing where there is one."""
        groups = self.document.optimizer.groups
        return f" of group {groups[index].name}" if len(groups) > 1 else ""

    @cached_property
    def acting(self) -> tuple[Acting, ...]:
        """Every scheduler of the document, composites before their members, with its part of the run."""
        spans: dict[Path, Acting] = {}
        line = self.known.line
        for turn in self.known.turns:
            when, each = turn.when, spacing(turn.when)
            visible = count(when, int(line.seen_at[-1]))
            stop = line.row(int(when[-1]) + each)
            stride = Fraction(each * line.rows, line.length - 1)
            if isinstance(turn, WatchingTurn):
                path = turn.path
                spans[path] = Acting(turn.scheduler, path, (), self._clock(None), 0, stop, visible + 1, stride)
                continue
            path, first = turn.live.path, turn.at.first
            ticks = max(first + visible, 1 if not turn.entered else visible)
            if turn.at.times is not None:
                # Its ticks are epochs.
                ticks, stride = turn.at.stop, Fraction(self.document.epoch_steps)
            start = line.row(int(when[0])) if turn.entered or path == ("swa",) else 0
            before = spans.get(path)
            if before is not None:
                start, ticks = before.start, max(ticks, before.ticks)
            base = tuple(turn.live.base_lr.tolist())
            spans[path] = Acting(turn.live.leaf, path, (), self._clock(None), start, stop, ticks, stride, base)
        return tuple(
            Acting(
                one.scheduler, one.path, one.parents, one.clock,
                found.start, min(found.stop, self.rows), found.ticks, found.stride, found.base_lr,
            )
            if (found := spans.get(one.path)) is not None
            else one
            for one in self._walk
        )  # fmt: skip

    @cached_property
    def _walk(self) -> tuple[Acting, ...]:
        """Every scheduler of the document, not knowing yet when it acts."""

        def below(scheduler: Scheduler, path: Path, parents: tuple[tuple[Scheduler, int], ...]) -> Iterator[Acting]:
            yield Acting(scheduler, path, parents, clock)
            for index, member in enumerate(scheduler.members):
                yield from below(member, (*path, "schedulers", index), (*parents, (scheduler, index)))

        found: list[Acting] = []
        for member in self.members:
            clock = self._clock(member.scheduler)
            found += below(member.scheduler, member.path, ())
        return tuple(found)

    def _clock(self, scheduler: Scheduler | None) -> Clock:
        if scheduler is None:
            return self.document.clock(self.document.interval)
        return self.document.clock(replace(scheduler.cadence, interval=scheduler.interval or self.document.interval))

    def at(self, row: int) -> Acting | None:
        """Return the leaf whose value is in force in a row: the last of them where several act."""
        return next((one for one in reversed(self.acting) if one.ticks and one.start <= row < one.stop), None)

    def ends_run(self, one: Acting) -> bool:
        """Tell whether a scheduler acts until the run ends, not until a stage or the averaging begins."""
        return one.stop == self.rows and not (self.document.swa is not None and one.path[0] != "swa")

    def hyperparameter(self, group: int, key: str) -> Path:
        """Return where the document says a hyperparameter of a group: in the group, or for all of them."""
        own: Path = ("optimizer", "groups", group, key)
        return ("optimizer", key) if self.written(own) is None else own

    def written(self, path: Path) -> object:
        """Return what the document says at a path; None where it says nothing."""
        return self.document.marked.written(path)

    def mapping(self, path: Path) -> dict[str, Any]:
        """Return the mapping that the document has at a path."""
        found = self.written(path)
        assert isinstance(found, dict)
        return found

    @cached_property
    def counted(self) -> tuple[tuple[Acting, Path, int], ...]:
        """The lengths that the document gives as plain numbers: whose, where, how many."""
        return tuple(
            (one, path, each)
            for one in self._walk
            for path, each in self.lengths(one).items()
            if isinstance(self.written(path), int | float)
        )

    def lengths(self, one: Acting) -> dict[Path, int]:
        """Return the lengths that the document gives a scheduler, in ticks."""
        found = {}
        for key in lengths(type(one.scheduler)):
            value = getattr(one.scheduler, key)
            for below, each in enumerate(value) if isinstance(value, tuple) else [(None, value)]:
                path = one.field(key) if below is None else one.field(key, below)
                if each is not None and self.written(path) is not None:
                    found[path] = each
        return found

    @cached_property
    def looks_like_steps(self) -> dict[Path, int]:
        """Lengths that must be optimizer steps, though the interval is epoch: path to the length."""
        document = self.document
        return {
            path: length
            for one, path, length in self.counted
            if one.clock.interval == "epoch"
            # Those that wait may be as long as one likes: LR010 and LR047 say when they are too long.
            and path[-1] not in one.scheduler.waiting
            and (
                2 * one.clock.ticks <= length <= 1.05 * one.clock.ticks * document.epoch_steps
                if document.epoch_steps > 1
                else length >= max(1000, 10 * one.clock.ticks)
            )
        }

    @cached_property
    def looks_like_epochs(self) -> dict[Path, int]:
        """Lengths that must be epochs, though the interval is step: path to the length."""
        return {
            path: length
            for one, path, length in self.counted
            if path[-1] not in one.scheduler.waiting and self._few(one, length)
        }

    def _few(self, one: Acting, length: int) -> bool:
        """Tell whether a length in steps is so small that it must be epochs."""
        return (
            one.clock.interval == "step"
            and self.document.epoch_steps > 1
            and 0 < length <= self.document.ticks("epoch")
            and length < 0.01 * one.clock.ticks
        )

    def ticks(self, one: Acting, length: int) -> int | str:
        """Return how to write a length of a scheduler: with its unit, where the number alone would look like epochs."""
        return f"{length}ba" if self._few(one, length) else length

    @cached_property
    def looks_like_batches(self) -> dict[Path, int]:
        """Lengths that must be batches, though several of them make an optimizer step: path to the length."""
        each = self.document.grad_accumulation
        return {
            path: length
            for one, path, length in self.counted
            if one.clock.interval == "step"
            and each > 1
            and one.clock.ticks < length <= 1.02 * one.clock.ticks * each
            and (length % each == 0 or length >= 0.98 * one.clock.ticks * each)
        }

    def miscounted(self, path: Path) -> bool:
        """Tell whether a length is in the wrong unit, which explains whatever else is odd about it."""
        return any(path in known for known in (self.looks_like_steps, self.looks_like_epochs, self.looks_like_batches))

    def instead(self, path: Path, scheduler: Scheduler) -> Reference | None:
        """Return what the reference makes of the document with another scheduler at a path.

        None where it refuses that, or where the run then has other rows.
        """
        try:
            found = reference.run(_replaced(self.document, path, scheduler))
        except Refusal:
            return None
        return found if len(found.whole_lr) == self.rows else None

    def begun(self, last: int) -> set[tuple[float, ...]]:
        """Return the lr of each group that the constructors of a list leave, in every order of its last members."""
        groups = reference.param_groups(self.document.optimizer)
        members = self.members[: len(self.members) - bool(self.document.swa)]
        found: set[tuple[float, ...]] = set()
        try:
            for member in members[:-last]:
                construct(member.scheduler, member.path, groups)
        except Refusal:
            return found
        for order in permutations(members[-last:]):
            begun = copy.deepcopy(groups)
            try:
                for member in order:
                    construct(member.scheduler, member.path, begun)
            except Refusal:
                continue
            found.add(tuple(np.asarray(begun.lr).tolist()))
        return found


def _replaced(document: ScheduleDocument, path: Path, scheduler: Scheduler) -> ScheduleDocument:
    _, *below = path
    current = document.scheduler
    if not below:
        return document.model_copy(update={"scheduler": scheduler})
    if isinstance(current, tuple):
        index, *rest = below
        assert isinstance(index, int)
        new: object = (*current[:index], _within(current[index], tuple(rest), scheduler), *current[index + 1 :])
    else:
        assert isinstance(current, Scheduler)
        new = _within(current, tuple(below), scheduler)
    return document.model_copy(update={"scheduler": new})


def _within(current: Scheduler, below: Path, scheduler: Scheduler) -> Scheduler:
    if not below:
        # A member of the list keeps its place in the loop, whatever stands there.
        return scheduler.model_copy(update={key: getattr(current, key) for key in Stepping.model_fields})
    _, index, *rest = below
    assert isinstance(index, int)
    members = list(current.members)
    members[index] = _within(members[index], tuple(rest), scheduler)
    return current.model_copy(update={"schedulers": tuple(members)})
