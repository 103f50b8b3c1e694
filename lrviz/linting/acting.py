"""A scheduler in its run: when it acts, which composites contain it, and what its curve does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from lrviz.foundation.errors import Path
from lrviz.language.length import Clock
from lrviz.schedulers import Scheduler
from lrviz.schedulers.facts import Span


@dataclass(frozen=True, slots=True)
class Acting:
    """A scheduler, and the part of the run in which it acts.

    parents: the composites around it, outermost first, each with the position of the member inside
    it. start, stop: the rows whose lr it has set, stop excluded. ticks: how many of its own ticks are
    in force there, 0 … ticks - 1; 0 where it never acts. stride: rows a tick. base_lr: a row, empty for those
    without one.
    """

    scheduler: Scheduler
    path: Path
    parents: tuple[tuple[Scheduler, int], ...]
    clock: Clock
    member: Scheduler
    start: int = 0
    stop: int = 0
    ticks: int = 0
    stride: Fraction = Fraction(1)
    origin: Fraction = Fraction(0)
    base_lr: tuple[float, ...] = ()

    @property
    def noun(self) -> str:
        """What one of its ticks is: where it is stepped now and then, or several times at once, a tick."""
        return self.clock.interval if self.even else "tick"

    @property
    def even(self) -> bool:
        """Whether it is stepped once at each end of its interval."""
        return self.member.frequency == self.member.repeat == 1

    @property
    def root(self) -> Path:
        """The path of the member that the loop steps."""
        return self.path[: len(self.path) - 2 * len(self.parents)]

    @property
    def horizon(self) -> tuple[str, int] | None:
        """The parameter that says when its curve is at its end, and the tick of the member that this is then."""
        own = self.scheduler
        key, length = own.run_length or (own.done_after, getattr(own, own.done_after, None))
        begun = sum(composite.begins[index - 1] for composite, index in self.parents if composite.in_turn and index)
        return None if length is None else (key, begun + length)

    @property
    def stage(self) -> int | None:
        """Which stage of the composite around it it is, from 0; None where that has no stages."""
        return self.parents[-1][1] if self.parents and self.parents[-1][0].in_turn else None

    @property
    def staged(self) -> bool:
        """Whether it is inside a stage of some composite."""
        return any(composite.in_turn for composite, _ in self.parents)

    @property
    def later(self) -> bool:
        """Whether it is in a composite that begins with another stage."""
        return any(composite.in_turn and index > 0 for composite, index in self.parents)

    def spans(self) -> Iterator[Span]:
        """Yield the named parts of its curve, in its own ticks; they may not end."""
        return self.scheduler.spans(np.asarray(self.base_lr))

    @property
    def first(self) -> Span | None:
        """The first part of its curve; None where it names none."""
        return next(self.spans(), None)

    @property
    def floor(self) -> str:
        """The parameter that says the lowest lr of its curve; nothing where there is none."""
        first = self.first
        return first.floor if first is not None and isinstance(first.floor, str) and not first.relative else ""

    def row(self, tick: int) -> int:
        """Return the row in which one of its own ticks comes into force."""
        return int(self.origin + tick * self.stride)

    def field(self, *below: str | int) -> Path:
        """Return the path of one of its fields."""
        return (*self.path, *below)
