"""A recording file -> `Recorded`: the streams of its processes, expanded to a value for each update."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrviz.foundation.errors import DocumentError, Fault
from lrviz.recorder.frames import VALUES_OF, Stream, streams
from lrviz.recorder.probe.lrviz_probe.writer import EVENT, LATE, SET, SET_BY, SKIP, TICK, UPDATE
from lrviz.results import (
    PROGRAM,
    Argument,
    Event,
    FloatArray,
    Handover,
    IntArray,
    Recorded,
    RecordedGroup,
    RecordedOptimizer,
    RecordedProcess,
    RecordedScheduler,
    Site,
)


def read(path: Path, source: str | None = None) -> Recorded:
    """Return what a recording holds; source: what messages call it.

    Raises DocumentError where it cannot be read, is of another version, or is damaged.
    """
    source = str(path) if source is None else source
    found, cut = streams(path, source)
    processes: list[RecordedProcess] = []
    optimizers: list[RecordedOptimizer] = []
    try:
        for stream in found.values():
            told = next((each for each in stream.events if each["e"] == "process"), None)
            if told is None:
                # Cut before the process had said who it is: it has no update.
                continue
            optimizers += _Told(stream).optimizers(len(processes))
            rank = told["rank"]
            processes.append(
                RecordedProcess(
                    pid=int(told["pid"]),
                    rank=None if rank is None else int(rank),
                    began=float(told["began"]),
                    last=stream.last,
                    python=str(told["python"]),
                    torch=str(told["torch"]),
                )
            )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
        raise DocumentError(Fault(source, "", "damaged: an event of it cannot be understood")) from None
    return Recorded(source, tuple(processes), tuple(optimizers), cut)


def merged(recorded: Iterable[Recorded], source: str) -> Recorded:
    """Return several recordings as one, their processes in the order of time."""
    parts = list(recorded)
    processes = [each for part in parts for each in part.processes]
    order = sorted(range(len(processes)), key=lambda each: processes[each].began)
    place = {old: new for new, old in enumerate(order)}
    optimizers = []
    before = 0
    for part in parts:
        optimizers += [replace(each, process=place[before + each.process]) for each in part.optimizers]
        before += len(part.processes)
    optimizers.sort(key=lambda each: each.process)
    cut = any(part.cut for part in parts)
    return Recorded(source, tuple(processes[each] for each in order), tuple(optimizers), cut)


@dataclass
class _Told:
    """The stream of one process, with what its operations mean. Positions count operations."""

    stream: Stream

    def __post_init__(self) -> None:
        operations = self.stream.operations
        self.kinds = (operations & 7).astype(np.uint8)
        self.whose = (operations >> 3).astype(np.int32)
        self.values = self.stream.values

    def _events(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.stream.events if each["e"] == kind]

    def at(self, kind: int) -> IntArray:
        """Return the positions of the operations of a kind."""
        found: IntArray = np.flatnonzero(self.kinds == kind)
        return found

    @cached_property
    def first_value(self) -> IntArray:
        """For each operation how many values stand before its own."""
        return np.cumsum(VALUES_OF[self.kinds], dtype=np.int64) - VALUES_OF[self.kinds]

    @cached_property
    def _set(self) -> IntArray:
        return np.flatnonzero((self.kinds == SET) | (self.kinds == SET_BY))

    @cached_property
    def _causes(self) -> tuple[IntArray, NDArray[np.int32]]:
        """The positions of ticks and events, and the scheduler of each."""
        positions = np.flatnonzero((self.kinds == TICK) | (self.kinds == EVENT))
        sites = {each["t"]: int(each["s"]) for each in self._events("site")}
        events = {each["n"]: int(each.get("s", PROGRAM)) for each in self.stream.events if "n" in each}
        ticks = self.kinds[positions] == TICK
        scheduler = np.full(len(positions), PROGRAM, np.int32)
        scheduler[ticks] = _table(sites)[self.whose[positions[ticks]]]
        scheduler[~ticks] = _table(events)[self.whose[positions[~ticks]]]
        return positions, scheduler

    def optimizers(self, process: int) -> list[RecordedOptimizer]:
        """Return the optimizers, those that made no update only where a scheduler holds them."""
        held = self._schedulers()
        return [
            self._optimizer(process, told, held.get(told["o"], []))
            for told in self._events("optimizer")
            if len(self.updates(told["o"])) or held.get(told["o"])
        ]

    def updates(self, optimizer: int) -> IntArray:
        """Return the positions of an optimizer's updates."""
        positions = self.at(UPDATE)
        found: IntArray = positions[self.whose[positions] == optimizer]
        return found

    def _optimizer(self, process: int, told: Mapping[str, Any], held: list[dict[str, Any]]) -> RecordedOptimizer:
        index = int(told["o"])
        updates = self.updates(index)
        happened = [(each, self._when(each["n"], updates)) for each in self.stream.events if "n" in each]
        slots = [each for each in self._events("slot") if each["o"] == index]
        groups, handovers = [], []
        for number in range(1 + max((each["g"] for each in slots), default=-1)):
            added = [
                (each, when)
                for each, when in happened
                if (each["e"], each.get("o"), each.get("g")) == ("added", index, number)
            ]
            name = next((str(each["name"]) for each, _ in added if "name" in each), str(number))
            columns = {each["name"]: each["v"] for each in slots if each["g"] == number}
            lr = columns.pop("lr")
            before = min((when[0] for _, when in added if when), default=0)
            groups.append(
                RecordedGroup(
                    name=name,
                    lr=self._expanded(lr, updates),
                    params={key: self._expanded(slot, updates) for key, slot in columns.items()},
                    by=self._by(lr, updates),
                    added=before,
                )
            )
            handovers += self._handovers(number, lr, updates)
        skips = self.at(SKIP)
        mine = {each["s"] for each in held}
        events = [
            Event(each["e"], when, each.get("at"), each.get("s"), each.get("g"))
            for each, whens in happened
            if each["e"] in {"loaded", "added", "fused", "stopped"}
            and (each.get("o") == index or each.get("s") in mine)
            for when in whens
            if each["e"] != "added" or when
        ]
        return RecordedOptimizer(
            process=process,
            index=index,
            name=str(told["name"]),
            updates=len(updates),
            groups=tuple(groups),
            schedulers=tuple(self._scheduler(each, updates) for each in held),
            events=tuple(sorted(events, key=lambda each: each.update)),
            handovers=tuple(handovers),
            skipped=np.searchsorted(updates, skips[self.whose[skips] == index]),
        )

    def _when(self, number: int, updates: IntArray) -> list[int]:
        """Return how many of the updates stand before each time that an event happened."""
        positions = self.at(EVENT)
        found: list[int] = np.searchsorted(updates, positions[self.whose[positions] == number]).tolist()
        return found

    def _sets(self, slot: int) -> IntArray:
        found: IntArray = self._set[self.whose[self._set] == slot]
        return found

    def _expanded(self, slot: int, updates: IntArray) -> FloatArray:
        """Return the value in a slot when each update was made."""
        sets = self._sets(slot)
        known = np.concatenate([[np.nan], self.values[self.first_value[sets]]])
        found: FloatArray = known[np.searchsorted(sets, updates)]
        late = self.at(LATE)
        late = late[self.whose[late] == slot]
        if len(late):
            # Values that a device gave later, each with its update; each holds until the next.
            told = self.values[self.first_value[late]].astype(np.int64)
            values = self.values[self.first_value[late] + 1]
            after = np.searchsorted(told, np.arange(len(updates)), side="right") - 1
            found = np.where(after >= 0, values[np.maximum(after, 0)], found)
        return found

    def _setters(self, sets: IntArray) -> NDArray[np.int32]:
        """Return the scheduler that made each set, else PROGRAM."""
        positions, scheduler = self._causes
        if not len(positions):
            return np.full(len(sets), PROGRAM, np.int32)
        last = np.searchsorted(positions, sets) - 1
        by = np.where(last >= 0, scheduler[np.maximum(last, 0)], PROGRAM)
        return np.where(self.kinds[sets] == SET_BY, by, PROGRAM).astype(np.int32)

    def _by(self, slot: int, updates: IntArray) -> NDArray[np.int32]:
        sets = self._sets(slot)
        known = np.concatenate([np.array([PROGRAM], np.int32), self._setters(sets)])
        return known[np.searchsorted(sets, updates)]

    def _handovers(self, group: int, slot: int, updates: IntArray) -> list[Handover]:
        sets = self._sets(slot)
        by = self._setters(sets)
        changed = np.flatnonzero(by[1:] != by[:-1])
        made = np.searchsorted(updates, sets)
        found: Counter[tuple[int, int, bool]] = Counter()
        first: dict[tuple[int, int, bool], int] = {}
        pairs = zip(
            by[changed].tolist(),
            by[changed + 1].tolist(),
            made[changed].tolist(),
            made[changed + 1].tolist(),
            strict=True,
        )
        for before, after, since, until in pairs:
            key = (before, after, until > since)
            found[key] += 1
            first.setdefault(key, until)
        return [Handover(group, *key, count=count, first=first[key]) for key, count in found.items()]

    def _schedulers(self) -> dict[int, list[dict[str, Any]]]:
        """Return what is told of the schedulers of each optimizer."""
        held: dict[int, list[dict[str, Any]]] = {}
        for each in self._events("scheduler"):
            held.setdefault(each["o"], []).append(each)
        return held

    def _scheduler(self, told: Mapping[str, Any], updates: IntArray) -> RecordedScheduler:
        index = int(told["s"])
        lines = {each["t"]: str(each["at"]) for each in self._events("site") if each["s"] == index}
        ticks = self.at(TICK)
        ticks = ticks[np.isin(self.whose[ticks], list(lines))]
        places = list(dict.fromkeys(lines.values()))
        table = _table({site: places.index(at) for site, at in lines.items()})
        sites = table[self.whose[ticks]] if lines else np.empty(0, np.int32)
        counts = np.bincount(sites, minlength=len(places)).tolist()
        built = next((each for each in self._events("built") if each["s"] == index), None)
        arguments = told.get("arguments")
        return RecordedScheduler(
            index=index,
            name=str(told["name"]),
            module=str(told["module"]),
            arguments=None if arguments is None else {str(key): _argument(value) for key, value in arguments.items()},
            members=tuple(map(int, told.get("members", ()))),
            built_at=None if built is None else str(built["at"]),
            built=None if built is None else next(iter(self._when(built["n"], updates)), None),
            ticks=np.searchsorted(updates, ticks),
            tick_sites=sites.astype(np.int64),
            stepped_at=tuple(Site(at, count) for at, count in zip(places, counts, strict=True)),
        )


def _argument(value: Any) -> Argument:
    return tuple(value) if isinstance(value, list) else value


def _table(values: Mapping[int, int]) -> NDArray[np.int32]:
    """Return an array to look values up in by key."""
    table = np.full(1 + max(values, default=0), PROGRAM, np.int32)
    for key, value in values.items():
        table[key] = value
    return table
