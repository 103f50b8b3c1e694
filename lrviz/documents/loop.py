"""The training loop of a document: what it steps, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Literal, get_args

from pydantic import Discriminator, Field, PlainSerializer, PlainValidator, Tag
from typing_extensions import override

from lrviz.documents.geometry import MOST_TICKS, Geometry
from lrviz.documents.host import Host, plain_host, read_host, recordable
from lrviz.documents.metric import Metric
from lrviz.documents.swa import Swa
from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.beats import Beats, every, until
from lrviz.foundation.errors import Path, Problem, Refusal
from lrviz.foundation.numerals import plural
from lrviz.language.fields import Listed, one_or_list
from lrviz.language.length import Clock, Interval
from lrviz.language.marked_yaml import dotted
from lrviz.schedulers import AnyScheduler, Scheduler
from lrviz.schedulers.stepping import Param


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A scheduler that the training loop itself steps, `repeat` times after each of the beats in `when`.

    Where the loop steps the schedulers first, it is stepped before those beats. turn: of several members
    that are due at one beat those of the lower turn are stepped first; of one turn, in the order of the document.
    """

    scheduler: Scheduler
    path: Path
    when: Beats
    turn: int = 0
    repeat: int = 1

    @property
    def ticks(self) -> int:
        """How often it is stepped in the run."""
        return len(self.when) * self.repeat


class Loop(Geometry):
    """An optimizer, the schedulers that a loop steps, and when it does so: everything that determines a curve."""

    optimizer: Annotated[Host, PlainValidator(read_host), PlainSerializer(plain_host)] = Field(
        description="the optimizer whose lr is scheduled"
    )
    scheduler: Annotated[
        Annotated[AnyScheduler, Tag("one")]
        | Annotated[tuple[AnyScheduler, ...], Field(min_length=1), Listed, Tag("each")],
        Discriminator(one_or_list),
    ] = Field(
        (), description="one scheduler, or a list of schedulers stepped one after the other (default: a constant lr)"
    )
    metric: Metric | None = Field(None, description="what ReduceLROnPlateau watches")
    swa: Swa | None = Field(None, description="stochastic weight averaging: SWALR takes over after start")

    @property
    def _listed(self) -> list[tuple[Path, Scheduler, Interval]]:
        if isinstance(self.scheduler, tuple):
            pairs: list[tuple[Path, Scheduler]] = [(("scheduler", i), one) for i, one in enumerate(self.scheduler)]
        else:
            pairs = [(("scheduler",), self.scheduler)]
        return [(path, one, one.interval or self.interval) for path, one in pairs]

    @property
    def unit(self) -> Literal["epoch", "step"]:
        """What a row of the curves is: an epoch if everything happens at the end of one, else an optimizer step."""
        begun = all((group.added or 0) % self.epoch_steps == 0 for group in self.optimizer.late)
        return "epoch" if begun and self._ends == {"epoch"} else "step"

    @property
    def _ends(self) -> set[Interval]:
        """The intervals at whose ends something is stepped."""
        intervals: set[Interval] = {"step" if one.fractional else interval for _, one, interval in self._listed}
        return intervals | ({self.interval} if self.swa or not intervals else set())

    @property
    def updates(self) -> int:
        """Rows of the curves."""
        return self.ticks(self.unit)

    @property
    def row_steps(self) -> int:
        """Optimizer steps per row."""
        return self.epoch_steps if self.unit == "epoch" else 1

    @property
    def added_rows(self) -> tuple[int | None, ...]:
        """The row in which each group begins; None where the optimizer is made with it."""
        each = self.row_steps
        return tuple(None if group.added is None else group.added // each for group in self.optimizer.groups)

    @property
    def beat(self) -> Interval:
        """What the loop's beats are: the shortest of the intervals at whose ends something is stepped."""
        finer = "batch" in self._ends and self.batches(self.epoch_steps) != self.epoch_steps
        return "batch" if finer else self.unit

    @property
    def beats(self) -> int:
        """How many beats the run has, on which updates are made and schedulers stepped."""
        return self.ticks(self.beat)

    @property
    def update_beats(self) -> Beats:
        """The beat of each update, a row each."""
        if self.beat != "batch":
            return range(self.beats)
        each, whole = self.batches(self.epoch_steps), self.grad_accumulation
        if each == self.epoch_steps * whole:
            return range(whole - 1, self.beats, whole)
        epoch, step = np.divmod(np.arange(self.updates), self.epoch_steps)
        beats: Beats = epoch * each + np.minimum((step + 1) * whole, each) - 1
        return beats

    def members(self, *, scheduler_first: bool = False) -> tuple[Member, ...]:
        """Return the schedulers that the loop steps, in the order in which they are constructed.

        As in a nested loop, what is stepped once an epoch is stepped at the epoch's end, after what is stepped
        at each update or batch; scheduler_first: at the epoch's start, before it.
        With swa, SWALR is the last: it is constructed after the others and steps where t > start,
        and in these ticks the others are not stepped.
        """
        each = {"epoch": 1, "step": self.epoch_steps, "batch": self.batches(self.epoch_steps)}[self.beat]
        ends: dict[Interval, Beats] = {
            "batch": range(self.beats) if self.beat == "batch" else self.update_beats,
            "step": self.update_beats,
            "epoch": range(0 if scheduler_first else each - 1, self.beats, each),
        }
        in_epoch = int(scheduler_first)
        turns: dict[Interval, int] = {"batch": in_epoch, "step": in_epoch, "epoch": 1 - in_epoch}
        own, rest, taken_over = ends[self.interval], 0, self.beats
        if self.swa is not None:
            rest = min(self.swa.start + 1, len(own))
            # While averaging, the others are not stepped in an epoch that the run cuts short either.
            if rest < len(own):
                taken_over = int(own[rest]) if scheduler_first else int(own[rest - 1]) + 1
            elif not scheduler_first and self.interval == "epoch":
                taken_over = min(self.beats, (self.swa.start + 1) * each)
        members = [
            Member(one, path, until(every(ends[at], one.frequency, one.start), taken_over), turns[at], one.repeat)
            for path, one, interval in self._listed
            for at in ["step" if one.fractional else interval]
        ]
        if self.swa is not None:
            members.append(Member(self.swa, ("swa",), own[rest:], turns[self.interval]))
        return tuple(members)

    def own_clock(self, one: Scheduler) -> Clock:
        """Return the clock of a scheduler that the loop steps."""
        return self.clock(replace(one.cadence, interval=one.interval or self.interval))

    def watched(self, one: Scheduler, ticks: int) -> FloatArray:
        """Return the metric that a scheduler is given at its first ticks, [ticks].

        Raises Refusal where there are too few values, or a formula has no value.
        """
        assert self.metric is not None
        return self.metric.at(ticks, self.own_clock(one))

    @property
    def scheduled_params(self) -> tuple[str, ...]:
        """The hyperparameters besides lr that have a schedule of their own."""
        return tuple(dict.fromkeys(one.param for _, one, _ in self._listed if one.param is not None))

    @property
    def chain(self) -> str:
        """The chain in words."""
        words = [one.words if one.param is None else f"{one.words} of {one.param}" for _, one, _ in self._listed]
        chained = " + ".join(f"({text})" if " " in text and len(words) > 1 else text for text in words)
        return f"{chained}, then SWALR" if self.swa and chained else chained or ("SWALR" if self.swa else "constant lr")

    @override
    def problems(self) -> Iterator[Problem]:
        length = list(super().problems())
        yield from length
        if length:
            return
        if self.updates > MOST_TICKS:
            yield Problem((self.length_key,), f"{self.updates:,} optimizer steps; at most {MOST_TICKS:,} are simulated")
            return
        yield from self._loop_problems()
        for member in self.members():
            if self.metric is None or not member.scheduler.watches_metric:
                continue
            if self.metric.expression is None:
                try:
                    self.watched(member.scheduler, member.ticks)
                except Refusal as refusal:
                    yield from refusal.problems
            elif "epoch" in self.metric.expression.names and not self._tells_epoch(member.scheduler):
                told = f"epoch is known only where {dotted(member.path)}, which watches it, is stepped once an epoch"
                yield Problem(("metric", "expression"), f"{told}; write t, the tick")

    def _tells_epoch(self, one: Scheduler) -> bool:
        return self.own_clock(one).tells_epoch and one.start is None

    def _loop_problems(self) -> Iterator[Problem]:
        """Yield what the loop cannot do: too many ticks, or a hyperparameter that is missing or set twice."""
        known = recordable(self.optimizer)
        cycled = self.optimizer.optimizer.cycled()
        cycling = next((at for path, one, _ in self._listed if one.param is None for at in _cycling(one, path)), None)
        yield from self._too_many_ticks()
        for path, one, _ in self._listed:
            if one.param is None:
                continue
            for late in self.optimizer.late[:1]:
                told = f"the second optimizer that torch needs for {one.param} would lack the group {late.name!r}"
                yield Problem((*path, "param"), f"{told}, which is added later; drop param, or added")
            if one.param not in known:
                able = [name for name in get_args(Param) if name in known]
                told = f"has {' and '.join(able)}" if able else "has nothing besides lr that a schedule can set"
                yield Problem((*path, "param"), f"{one.param} given; {self.optimizer.optimizer.name} {told}")
            elif cycling is not None and one.param == cycled:
                told = f"{one.param} given, which {dotted(cycling)} cycles; write cycle_momentum: false there"
                yield Problem((*path, "param"), told)

    def _too_many_ticks(self) -> Iterator[Problem]:
        """Yield the members with more ticks than are simulated; else the one for which each beat has too many."""
        all_of_one = False
        for path, one, _ in self._listed:
            ticks = self.own_clock(one).ticks
            if ticks > MOST_TICKS:
                all_of_one = True
                yield Problem((*path, "repeat"), f"{ticks:,} ticks in all; at most {MOST_TICKS:,} are simulated")
        if all_of_one or not self._listed:
            return
        # The reference keeps a place for every step that may follow a beat, even if it follows only some beats.
        path, most, _ = max(self._listed, key=lambda each: each[1].repeat)
        places = self.beats * sum(one.repeat for _, one, _ in self._listed)
        if most.repeat > 1 and places > MOST_TICKS:
            beats = plural(self.beats, self.beat)
            told = f"{most.repeat:,} given; the members' repeat, over {beats}, come to {places:,} ticks"
            yield Problem((*path, "repeat"), f"{told}; at most {MOST_TICKS:,} are simulated")


def _cycling(one: Scheduler, path: Path) -> Iterator[Path]:
    """Yield the path of each scheduler that cycles momentum or beta1: it, or those inside it."""
    if one.cycled():
        yield path
    for index, member in enumerate(one.members):
        yield from _cycling(member, (*path, "schedulers", index))
