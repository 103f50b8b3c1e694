"""The operations of one process -> a value for each update, some blocks at a time.

A run of ten million updates has some thirty million operations: only the result is in memory as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrviz.recorder.frames import VALUES_OF, Stream
from lrviz.recorder.probe.lrviz_probe.watch import MOST
from lrviz.recorder.probe.lrviz_probe.writer import EVENT, LATE, SET, SET_BY, SKIP, TICK, UPDATE
from lrviz.results import PROGRAM, FloatArray, Handover, IntArray

Setters = NDArray[np.int32]


@dataclass(slots=True)
class Column:
    """An array that grows by parts; one value that holds throughout takes no space."""

    parts: list[NDArray[Any]] = field(default_factory=list)

    def add(self, part: NDArray[Any]) -> None:
        """Add a part."""
        if len(part) > 1 and (part == part[0]).all():
            # A copy: a view would keep the whole part in memory.
            part = np.broadcast_to(part[:1].copy(), part.shape)
        if len(part):
            self.parts.append(part)

    def whole(self, kind: type[np.generic]) -> NDArray[Any]:
        """Return the whole array; a constant one is read-only."""
        if not self.parts:
            return np.empty(0, kind)
        first = self.parts[0][:1]
        if all(part.strides == (0,) and part[0] == first[0] for part in self.parts):
            return np.broadcast_to(first, (sum(map(len, self.parts)),))
        found = np.empty(sum(map(len, self.parts)), kind)
        end = len(found)
        # From the end, and each part freed: a long run is never in memory twice.
        while self.parts:
            part = self.parts.pop()
            found[end - len(part) : end] = part
            end -= len(part)
        return found


@dataclass(slots=True)
class Slot:
    """The values of one hyperparameter of one group. values, by: [updates].

    handovers: how often a setter replaced another's value, by (before, after, used), and `first` when.
    """

    optimizer: int
    values: Column = field(default_factory=Column)
    by: Column = field(default_factory=Column)
    handovers: Counter[tuple[int, int, bool]] = field(default_factory=Counter)
    first: dict[tuple[int, int, bool], int] = field(default_factory=dict)
    late: list[tuple[FloatArray, FloatArray]] = field(default_factory=list)
    _last: float = np.nan
    _setter: int = PROGRAM
    _made: int | None = None

    def grow(self, sets: IntArray, values: FloatArray, setters: Setters, updates: IntArray, made: int) -> None:
        """Add the values of some operations; sets, updates: their positions; made: updates before all of them."""
        at = np.searchsorted(sets, updates)
        self.values.add(np.concatenate([[self._last], values])[at])
        self.by.add(np.concatenate([np.array([self._setter], np.int32), setters])[at])
        if not len(sets):
            return
        when = made + np.searchsorted(updates, sets)
        if self._made is not None:
            setters, when = np.insert(setters, 0, self._setter), np.insert(when, 0, self._made)
        changed = np.flatnonzero(setters[1:] != setters[:-1])
        known = zip(setters[changed].tolist(), setters[changed + 1].tolist(), strict=True)
        for (before, after), since, until in zip(
            known, when[changed].tolist(), when[changed + 1].tolist(), strict=True
        ):
            key = (before, after, until > since)
            self.handovers[key] += 1
            self.first.setdefault(key, until)
        self._last, self._setter, self._made = float(values[-1]), int(setters[-1]), int(when[-1])

    def expanded(self) -> FloatArray:
        """Return the value when each update was made."""
        found: FloatArray = self.values.whole(np.float64)
        for told, values in self.late:
            # Values that a device delivered later, each with its update; each holds until the next.
            after = np.searchsorted(told, np.arange(len(found)), side="right") - 1
            found = np.where(after >= 0, values[np.maximum(after, 0)], found)
        return found

    def handed(self, group: int) -> list[Handover]:
        """Return the handovers of a group's lr."""
        return [Handover(group, *key, count=count, first=self.first[key]) for key, count in self.handovers.items()]


@dataclass(slots=True)
class Scheduled:
    """The ticks of one scheduler: updates of its optimizer made before each, and the site of each."""

    ticks: Column = field(default_factory=Column)
    sites: Column = field(default_factory=Column)


class Expanded:
    """The contents of a stream's operations. made: updates of each optimizer; skips, happened: updates before each."""

    def __init__(self, stream: Stream) -> None:
        events = stream.events
        self.made: Counter[int] = Counter()
        self.slots = {each["v"]: Slot(each["o"]) for each in events if each["e"] == "slot"}
        self.schedulers = {each["s"]: Scheduled() for each in events if each["e"] == "scheduler"}
        self.skips: dict[int, list[int]] = {}
        self.happened: dict[int, list[int]] = {each["n"]: [] for each in events if "n" in each}
        self._optimizers = [each["o"] for each in events if each["e"] == "optimizer"]
        held = {each["s"]: each["o"] for each in events if each["e"] == "scheduler"}
        self._held = {scheduler: -1 if one is None else int(one) for scheduler, one in held.items()}
        self._numbered = {each["n"]: each for each in events if "n" in each}
        self._sites = table({each["t"]: each["s"] for each in events if each["e"] == "site"})
        self._causes = table({number: each.get("s", PROGRAM) for number, each in self._numbered.items()})
        self._cause = PROGRAM
        for operations, values in stream.chunks():
            self._grow(operations, values)

    def _grow(self, operations: NDArray[np.uint32], values: FloatArray) -> None:
        kinds = (operations & 7).astype(np.uint8)
        whose = (operations >> 3).astype(np.int32)
        takes = VALUES_OF[kinds]
        first = np.cumsum(takes, dtype=np.int32) - takes

        def of(kind: int) -> IntArray:
            found: IntArray = np.flatnonzero(kinds == kind)
            return found

        every = of(UPDATE)
        updates = {one: every[whose[every] == one] for one in self._optimizers}
        updates[-1] = every[:0]
        setters = self._setters(kinds, whose)
        sets = np.flatnonzero((kinds == SET) | (kinds == SET_BY))
        late = of(LATE)
        for number, slot in self.slots.items():
            own = sets[whose[sets] == number]
            slot.grow(own, values[first[own]], setters(own), updates[slot.optimizer], self.made[slot.optimizer])
            asked = late[whose[late] == number]
            if len(asked):
                slot.late.append((values[first[asked]], values[first[asked] + 1]))
        ticks = of(TICK)
        steppers = self._sites[whose[ticks]]
        for index, scheduled in self.schedulers.items():
            own, one = ticks[steppers == index], self._held[index]
            scheduled.ticks.add(self.made[one] + np.searchsorted(updates[one], own))
            scheduled.sites.add(whose[own])
        for at in of(SKIP).tolist():
            one = int(whose[at])
            self.skips.setdefault(one, []).append(self.made[one] + int(np.searchsorted(updates[one], at)))
        for at in of(EVENT).tolist():
            told = self._numbered[int(whose[at])]
            one = self._held[told["s"]] if "s" in told else int(told["o"])
            self.happened[told["n"]].append(self.made[one] + int(np.searchsorted(updates[one], at)))
        for one in self._optimizers:
            self.made[one] += len(updates[one])

    def _setters(self, kinds: NDArray[np.uint8], whose: NDArray[np.int32]) -> Any:
        """Return a function from a set to its setter: the scheduler of the tick or event before, else PROGRAM."""
        positions = np.flatnonzero((kinds == TICK) | (kinds == EVENT))
        ticks = kinds[positions] == TICK
        causes = np.full(len(positions) + 1, self._cause, np.int32)
        causes[1:][ticks] = self._sites[whose[positions[ticks]]]
        causes[1:][~ticks] = self._causes[whose[positions[~ticks]]]
        self._cause = int(causes[-1])

        def setters(sets: IntArray) -> Setters:
            by = causes[np.searchsorted(positions, sets)]
            return np.where(kinds[sets] == SET_BY, by, PROGRAM).astype(np.int32)

        return setters


def table(values: Mapping[int, int]) -> NDArray[np.int32]:
    """Return an array to look values up in by key, PROGRAM where there is none.

    Raises ValueError for a key that no probe writes.
    """
    if values and not 0 <= min(values) <= max(values) < 10 * MOST:
        raise ValueError
    found = np.full(1 + max(values, default=0), PROGRAM, np.int32)
    for key, value in values.items():
        found[key] = value
    return found
