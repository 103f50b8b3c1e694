"""The place of a scheduler in a document: what its parameters are validated against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any, Literal

from lrviz.language.length import Cadence, Clock, Interval

Cycled = Literal["momentum", "beta1"]


@dataclass(frozen=True, slots=True)
class Situation:
    """The place of a scheduler; None where the document does not say it, or not validly.

    clock: its ticks; occasions: the ends of its interval, of which it may be stepped at some only, or at each
    several times. groups: how many the optimizer is made with; grows: others are added later. cycled: what CyclicLR
    and OneCycleLR would cycle, "" where the optimizer has nothing to cycle.
    averaged: SWALR takes over at some tick. parents: the names of the composites around it, outermost first.
    """

    clock: Clock | None = None
    occasions: Clock | None = None
    groups: int | None = None
    grows: bool = False
    optimizer: str | None = None
    cycled: Cycled | Literal[""] | None = None
    has_metric: bool | None = None
    averaged: bool = False
    parents: tuple[str, ...] = ()


@dataclass(slots=True)
class Reading:
    """The validation context: the situation of the scheduler being read, updated on the way down.

    clock_of: the clock of a cadence; folder: where relative paths of the document start.
    """

    situation: Situation
    clock_of: Callable[[Cadence], Clock | None]
    folder: FilePath

    @property
    def clock(self) -> Clock | None:
        """The clock that lengths are resolved on."""
        return self.situation.clock

    @property
    def occasions(self) -> Clock | None:
        """The clock of the interval's ends."""
        return self.situation.occasions

    @property
    def interval(self) -> Interval:
        """The interval of the document, where the scheduler has none of its own."""
        return self.occasions.interval if self.occasions is not None else "epoch"

    @contextmanager
    def at(self, **changes: Any) -> Iterator[None]:
        """Read what is inside with a changed situation."""
        before = self.situation
        self.situation = replace(before, **changes)
        try:
            yield
        finally:
            self.situation = before
