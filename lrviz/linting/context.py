"""What rules look at: a document, its simulated curve, and which part of the run each scheduler acts in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from lrviz.documents.loop import Member
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.reference import schedule as reference
from lrviz.engines.reference.construction import Turn, WatchingTurn
from lrviz.engines.reference.schedule import Reference
from lrviz.foundation.beats import count, spacing
from lrviz.foundation.errors import Path, Refusal
from lrviz.foundation.peak import peak
from lrviz.language.length import Cadence, has_unit, lengths
from lrviz.language.marked_yaml import dotted
from lrviz.linting.acting import Acting
from lrviz.linting.foreign import Foreign
from lrviz.linting.replacing import replaced
from lrviz.results import FloatArray
from lrviz.schedulers import Scheduler
from lrviz.schedulers.stepping import Stepping

_ALIKE = 0.02
"""How far a length may be from another one, as a share of it, and still be that one, rounded in some way."""


class Subject:
    """A document under its rules.

    Everything that costs something is computed once, and only if a rule asks for it.
    """

    def __init__(self, document: ScheduleDocument, known: Reference) -> None:
        self.document = document
        self.known = known

    @cached_property
    def foreign(self) -> Foreign | None:
        """The config of another library that the document was made from; None where there is none."""
        return Foreign.of(self.document.marked)

    def key(self, path: Path) -> str:
        """Return what the user calls a field: in a config of another library the key that says it."""
        told = self.document.marked.told(path)
        return str(path[-1]) if not told or self.foreign is None else dotted(told)

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

    def scheduled(self, param: str) -> FloatArray | None:
        """Return a hyperparameter that has a schedule of its own, [rows, groups]; None where it has none."""
        return self.known.recording.params[param] if param in self.document.scheduled_params else None

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
        given: list[float] = reference.row_of(self.document.optimizer, "lr").tolist()
        return given

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
        """Every scheduler of the lr, composites before their members, with its part of the run."""
        return self._parts(None)

    @cached_property
    def others(self) -> tuple[Acting, ...]:
        """Those of the other hyperparameters, likewise."""
        return tuple(one for param in self.document.scheduled_params for one in self._parts(param))

    def _parts(self, param: str | None) -> tuple[Acting, ...]:
        found = self._found(self.known.turns_of(param))
        walked = (one for one in self._walk if one.member.param == param)
        return tuple(replace(one, **found[one.path]) if one.path in found else one for one in walked)

    def _found(self, turns: Iterable[Turn | WatchingTurn]) -> dict[Path, dict[str, Any]]:
        """Return the part of the run of each scheduler that is stepped, by its path."""
        found: dict[Path, dict[str, Any]] = {}
        line = self.known.line
        for turn in turns:
            when, each = turn.when, spacing(turn.when)
            visible = count(when, int(line.seen_at[-1]))
            stop = min(line.row(int(when[-1]) + each), self.rows)
            stride = Fraction(each * line.rows, line.length - 1)
            begun = line.row(int(when[0]))
            if isinstance(turn, WatchingTurn):
                found[turn.path] = {
                    "stop": stop, "ticks": visible + 1, "stride": stride, "origin": begun - stride,
                }  # fmt: skip
                continue
            path, first = turn.live.path, turn.at.first
            # The steps after the last update belong to its tick, as lengths are counted.
            ticks = max(first + max(visible, len(when) - 1), 1 if not turn.entered else visible)
            if turn.at.times is not None:
                # Its ticks are epochs, of which the updates are fractions.
                ticks, stride = 1 + int(turn.at.times[max(visible, 1) - 1]), Fraction(self.document.epoch_steps)
            start = begun if turn.entered or path == ("swa",) else 0
            origin = Fraction(start) if start else begun - first * stride
            before = found.get(path)
            if before is not None:
                start, origin, ticks = before["start"], before["origin"], max(ticks, before["ticks"])
            found[path] = {
                "start": start, "stop": stop, "ticks": ticks, "stride": stride, "origin": origin,
                "base_lr": tuple(turn.live.base_lr.tolist()),
            }  # fmt: skip
        return found

    @cached_property
    def _walk(self) -> tuple[Acting, ...]:
        """Every scheduler of the document, not knowing yet when it acts."""

        def below(scheduler: Scheduler, path: Path, parents: tuple[tuple[Scheduler, int], ...]) -> Iterator[Acting]:
            yield Acting(scheduler, path, parents, clock, member.scheduler)
            for index, each in enumerate(scheduler.members):
                yield from below(each, (*path, "schedulers", index), (*parents, (scheduler, index)))

        found: list[Acting] = []
        for member in self.members:
            clock = self.document.own_clock(member.scheduler)
            found += below(member.scheduler, member.path, ())
        return tuple(found)

    def ends(self, scheduler: Scheduler) -> int:
        """Return how many ends of its interval the run has, at which a member may be stepped."""
        own = scheduler.interval or self.document.interval
        return self.document.clock(Cadence(own, fractional=scheduler.fractional)).ticks

    @cached_property
    def plainly_stepped(self) -> bool:
        """Whether every scheduler is one of the lr and stepped at each end of its interval, as most loops do."""
        told = set(Stepping.model_fields) - {"interval"}
        return all(
            told.isdisjoint(member.scheduler.model_fields_set) for member in self.members if member.path != ("swa",)
        )

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
        """The lengths that the document gives as numbers, without a unit: whose, where, how many."""
        return tuple(
            (one, path, each)
            for one in self._walk
            for path, each in self.lengths(one).items()
            if not has_unit(self.written(path))
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
    def forgets_cadence(self) -> dict[Path, int]:
        """Lengths that count every end of an interval, though `repeat` or `frequency` makes other ticks of them."""
        return self._in_members(self._forgets_cadence)

    def _forgets_cadence(self, one: Acting) -> bool:
        ends, ticks = self.ends(one.member), one.clock.ticks
        if one.even or one.member.fractional or _alike(ticks, ends) or not ticks:
            return False
        if one.horizon is not None and _alike(one.horizon[1], ends):
            return True
        # Of a list of milestones, where one length alone may well be for a longer run.
        return any(ticks <= each.tick < ends for each in one.scheduler.awaited() if len(each.below) > 1)

    def _in_members(self, wrong: Callable[[Acting], bool]) -> dict[Path, int]:
        """Return the lengths of the members of which one is wrong: they all have one unit."""
        members = {one.root for one in self._walk if wrong(one)}
        return {path: length for one, path, length in self.counted if one.root in members}

    @cached_property
    def looks_like_steps(self) -> dict[Path, int]:
        """Lengths that must be optimizer steps, though the interval is epoch, or batch: path to the length."""
        each = self.document.epoch_steps
        return {
            path: length
            for one, path, length in self.counted
            if one.clock.interval == "epoch"
            # Those that wait may be as long as one likes: LR010 and LR047 say when they are too long.
            and path[-1] not in one.scheduler.waiting
            and path not in self.forgets_cadence
            and (
                2 * max(one.clock.ticks, self.ends(one.member)) <= length <= 1.05 * self.ends(one.member) * each
                if each > 1
                else length >= max(1000, 10 * one.clock.ticks)
            )
        } | self._in_members(self._counts_steps)

    def _counts_steps(self, one: Acting) -> bool:
        """Tell whether the curve of what is stepped at each batch is as long as the run has optimizer steps."""
        steps = self.document.ticks("step")
        if one.clock.interval != "batch" or not one.even or _alike(one.clock.ticks, steps):
            return False
        return one.horizon is not None and _alike(one.horizon[1], steps)

    @cached_property
    def looks_like_epochs(self) -> dict[Path, int]:
        """Lengths that must be epochs, though the interval is step: path to the length."""
        return {
            path: length
            for one, path, length in self.counted
            if path[-1] not in one.scheduler.waiting and path not in self.forgets_cadence and self._few(one, length)
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
        return f"{length}ba" if one.even and self._few(one, length) else length

    @cached_property
    def looks_like_batches(self) -> dict[Path, int]:
        """Lengths that must be batches, though several of them make an optimizer step: path to the length."""
        each, batches = self.document.grad_accumulation, self.document.epoch_batches or 0
        # With its last batches, which are dropped, an epoch would have one step more.
        rounded_up = self.document.ticks("epoch") * -(-batches // each)
        return {
            path: length
            for one, path, length in self.counted
            if one.clock.interval == "step"
            and each > 1
            and path not in self.forgets_cadence
            and length != rounded_up
            and one.clock.ticks < length <= 1.02 * one.clock.ticks * each
            and (length % each == 0 or length >= 0.98 * one.clock.ticks * each)
        }

    def miscounted(self, path: Path) -> bool:
        """Tell whether a length is in the wrong unit, which explains whatever else is odd about it."""
        known = (self.forgets_cadence, self.looks_like_steps, self.looks_like_epochs, self.looks_like_batches)
        return any(path in each for each in known)

    def explained(self, one: Acting | None) -> bool:
        """Tell whether `repeat` or `frequency` was forgotten where a scheduler stands, which explains its curve."""
        return one is not None and any(path[: len(one.root)] == one.root for path in self.forgets_cadence)

    def instead(self, path: Path, scheduler: Scheduler) -> Reference | None:
        """Return what the reference makes of the document with another scheduler at a path.

        None where it refuses that, or where the run then has other rows.
        """
        try:
            found = reference.run(replaced(self.document, path, scheduler))
        except Refusal:
            return None
        return found if len(found.whole_lr) == self.rows else None


def _alike(length: int, other: int) -> bool:
    return abs(length - other) <= _ALIKE * other
