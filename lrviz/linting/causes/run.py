"""What causes look at: a recorded run, and each scheduler that its program steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lrviz.linting.causes.following import has_loaded, lives
from lrviz.linting.causes.modelled import Horizon, horizon, kind_of, modelled
from lrviz.linting.causes.places import shown_place
from lrviz.results import IntArray, Recorded, RecordedOptimizer, RecordedScheduler
from lrviz.schedulers import Scheduler

_NEAR = 0.1
"""How far a run may end from the end of its schedule, as a share of that: lengths are rounded in many ways."""


@dataclass(frozen=True, eq=False)
class Stepped:
    """A scheduler that the program itself steps. whole: its process came to its own end, and no other went on."""

    optimizer: RecordedOptimizer
    scheduler: RecordedScheduler
    whole: bool

    @property
    def name(self) -> str:
        """Its class."""
        return self.scheduler.name

    @cached_property
    def kind(self) -> type[Scheduler] | None:
        """The class of lrviz's registry, which knows facts; None where there is none."""
        return kind_of(self.scheduler)

    @cached_property
    def horizon(self) -> Horizon | None:
        """Where its curve is at its end; None where its arguments do not say it, or it did not begin here."""
        if not self.fresh or self.positioned:
            return None
        model = modelled(self.scheduler, self.optimizer.schedulers)
        return None if model is None else horizon(model)

    @property
    def fresh(self) -> bool:
        """Whether it began with this run: built before its first update, and nothing that stands was loaded."""
        loaded = any(event.kind == "loaded" and not event.empty for event in self.optimizer.events)
        return self.scheduler.built == 0 and not loaded and not goes_on(self.scheduler)

    @property
    def positioned(self) -> bool:
        """Whether it is told which epoch to go to, so that it does not matter how often and when it is stepped."""
        watches = self.kind is not None and self.kind.watches_metric
        return not watches and any(site.given for site in self.scheduler.stepped_at)

    @cached_property
    def ticks(self) -> tuple[IntArray, IntArray]:
        """The updates made before its ticks, ascending, and the ticks there, without those for skipped updates."""
        places, counts = counted(self.scheduler.ticks)
        if not len(self.optimizer.skipped):
            return places, counts
        counts = np.maximum(counts - self.skips(places), np.minimum(counts, places > 0))
        return places[counts > 0], counts[counts > 0]

    def skips(self, places: IntArray) -> IntArray:
        """Return how many updates were skipped when so many had been made, at each of some places."""
        skipped = self.optimizer.skipped
        found: IntArray = np.searchsorted(skipped, places, "right") - np.searchsorted(skipped, places, "left")
        return found

    @cached_property
    def each(self) -> int:
        """How many ticks it mostly makes between two updates, where it makes any; the fewest of several."""
        _, counts = self.ticks
        return int(np.bincount(counts).argmax()) if len(counts) else 0

    @cached_property
    def gap(self) -> int:
        """The updates from one of its ticks to the next, mostly."""
        places, _ = self.ticks
        gaps = np.diff(places, prepend=0)
        return int(np.bincount(gaps[1 if len(gaps) and not gaps[0] else 0 :], minlength=1).argmax())

    @property
    def total(self) -> int:
        """How many ticks it made."""
        return len(self.scheduler.ticks)

    @property
    def lasts(self) -> bool:
        """Whether it is stepped until the run ends, and no other takes over before."""
        return self.total > 0 and self.scheduler.ticks[-1] + 1.5 * self.gap >= self.optimizer.updates

    def reaches(self, length: int) -> int:
        """Tell whether it made fewer ticks than a length (-1), as many or nearly so (0), or more (1)."""
        far = max(2.0, _NEAR * length)
        return int(self.total > length + far) - int(self.total < length - far)

    @property
    def at(self) -> str | None:
        """The line that steps it most often, or else builds it."""
        sites = self.scheduler.stepped_at
        return max(sites, key=lambda site: site.count).at if sites else self.scheduler.built_at

    @property
    def lines(self) -> str:
        """The lines that step it: " from train.py:41 and train.py:52"."""
        return from_lines([site.at for site in self.scheduler.stepped_at])


def counted(ascending: IntArray) -> tuple[IntArray, IntArray]:
    """Return the values of an ascending array, and how often each occurs, without sorting it again."""
    begun: IntArray = np.flatnonzero(np.diff(ascending, prepend=-1))
    return ascending[begun], np.diff(begun, append=len(ascending))


def goes_on(one: RecordedScheduler) -> bool:
    """Tell whether the constructor of a scheduler was told how many ticks it has made before."""
    last = (one.arguments or {}).get("last_epoch", -1)
    return isinstance(last, int) and last >= 0


def from_lines(places: Sequence[str]) -> str:
    """Return words for lines of a program, of many the first few."""
    few = [shown_place(each) for each in places[:3]]
    rest = [f"{len(places) - 3} other lines"] if len(places) > 3 else []
    *most, last = [*few, *rest] or [""]
    return f" from {', '.join(most)}{' and ' if most else ''}{last}" if few else ""


class Run:
    """A recording under its causes."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self.lives = lives(recorded)

    @cached_property
    def optimizers(self) -> tuple[RecordedOptimizer, ...]:
        """Those that made updates."""
        return tuple(one for one in self.recorded.optimizers if one.updates)

    @cached_property
    def stepped(self) -> tuple[Stepped, ...]:
        """The schedulers that were stepped, of the optimizers that made updates."""
        return tuple(
            Stepped(one, each, self._whole(one)) for one in self.optimizers for each in one.stepped if len(each.ticks)
        )

    def of(self, one: RecordedOptimizer) -> list[Stepped]:
        """Return the schedulers of an optimizer that were stepped."""
        return [each for each in self.stepped if each.optimizer is one]

    def _whole(self, one: RecordedOptimizer) -> bool:
        goes_on = any(one in life[:-1] for life in self.lives)
        stopped = any(
            event.kind == "stopped"
            for beside in self.recorded.optimizers
            if beside.process == one.process
            for event in beside.events
        )
        if not self.recorded.processes[one.process].ended or stopped or goes_on:
            return False
        return not any(self._hands_over(one, each) for each in self.optimizers)

    @staticmethod
    def _hands_over(one: RecordedOptimizer, other: RecordedOptimizer) -> bool:
        """Tell whether the process itself begins again with another optimizer, which loads a state."""
        if one.process != other.process or one.index >= other.index or not has_loaded(other):
            return False
        return not has_loaded(one) and (one.name, len(one.groups)) == (other.name, len(other.groups))

    def words(self, one: RecordedOptimizer) -> str:
        """Return what tells an optimizer from the others of its process: " of SGD #2"; nothing where it is the only."""
        beside = [each for each in self.optimizers if each.process == one.process]
        return "" if len(beside) < 2 else f" of {self.named(one)}"

    def named(self, one: RecordedOptimizer) -> str:
        """Return the name of an optimizer, with a number where its process has several: "SGD #2"."""
        same = [each for each in self.optimizers if (each.process, each.name) == (one.process, one.name)]
        number = f" #{next(at for at, each in enumerate(same, start=1) if each is one)}" if len(same) > 1 else ""
        return f"{one.name}{number}"
