"""A recording file -> `Recorded`: the streams of its processes, expanded to a value for each update."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lrviz.foundation.errors import DocumentError, Fault
from lrviz.foundation.printable import printable
from lrviz.recorder.expand import Expanded, table
from lrviz.recorder.frames import Stream, streams
from lrviz.results import (
    Argument,
    Continuation,
    Event,
    FloatArray,
    Recorded,
    RecordedGroup,
    RecordedOptimizer,
    RecordedProcess,
    RecordedScheduler,
    Site,
)

_NONSENSE = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, struct.error, zlib.error)
"""Errors of reading a file whose frames are whole but were not written by the probe."""


def read(path: Path, source: str | None = None) -> Recorded:
    """Return what a recording holds; source: what messages call it.

    Raises DocumentError where it cannot be read, is of another version, or is damaged.
    """
    source = str(path) if source is None else source
    found, cut = streams(path, source)
    processes: list[RecordedProcess] = []
    optimizers: list[RecordedOptimizer] = []
    try:
        continued = _continued(found.values())
        for number, stream in found.items():
            told = next((each for each in stream.events if each["e"] == "process"), None)
            if told is None:
                # Cut off before the event of the process, so without an update; or the projection of another process.
                continue
            optimizers += _Told(stream, continued.get(number, {})).optimizers(len(processes))
            rank = told["rank"]
            processes.append(
                RecordedProcess(
                    pid=int(told["pid"]),
                    rank=None if rank is None else int(rank),
                    began=float(told["began"]),
                    last=stream.last,
                    ended=any(each["e"] == "ended" for each in stream.events),
                    python=str(told["python"]),
                    torch=str(told["torch"]),
                )
            )
    except _NONSENSE:
        raise DocumentError(Fault(source, "", "damaged: a part of it cannot be understood")) from None
    return Recorded(source, tuple(processes), tuple(optimizers), cut)


def _continued(found: Iterable[Stream]) -> dict[int, dict[int, Continuation]]:
    """Return the projected updates by process and optimizer."""
    continued: dict[int, dict[int, Continuation]] = {}
    for stream in found:
        head = next((each for each in stream.events if each["e"] == "projection"), None)
        if head is None:
            continue
        expanded = Expanded(stream)
        own = continued.setdefault(int(head["of"], 16), {})
        for told in (each for each in stream.events if each["e"] == "projected"):
            groups: dict[int, dict[str, FloatArray]] = {}
            for each in stream.events:
                if each["e"] == "slot" and each["o"] == told["o"]:
                    slot = expanded.slots[each["v"]]
                    groups.setdefault(int(each["g"]), {})[str(each["name"])] = slot.expanded()
            own[int(told["o"])] = Continuation(
                start=int(told["from"]),
                until=int(told["until"]),
                groups=tuple(groups[index] for index in sorted(groups)),
                reason=printable(str(told["why"])),
                asked=bool(head["asked"]),
            )
    return continued


@dataclass
class _Told:
    """The stream of one process: its events, and its operations expanded; continued: projections by optimizer."""

    stream: Stream
    continued: Mapping[int, Continuation]

    def __post_init__(self) -> None:
        self.expanded = Expanded(self.stream)
        # A hyperparameter search makes thousands of optimizers: the events of one must be found at once.
        self._by: dict[tuple[str, str, Any], list[dict[str, Any]]] = {}
        for each in self.stream.events:
            for key in ("o", "s"):
                if key in each:
                    self._by.setdefault((each["e"], key, each[key]), []).append(each)

    def _events(self, kind: str, key: str, one: int) -> list[dict[str, Any]]:
        """Return the events of a kind for one optimizer or scheduler; key: o or s."""
        return self._by.get((kind, key, one), [])

    def optimizers(self, process: int) -> list[RecordedOptimizer]:
        """Return the optimizers, those that made no update only where a scheduler holds them."""
        told = [each for each in self.stream.events if each["e"] == "optimizer"]
        held = [self._events("scheduler", "o", each["o"]) for each in told]
        return [
            self._optimizer(process, each, own)
            for each, own in zip(told, held, strict=True)
            if self.expanded.made[each["o"]] or own
        ]

    def _optimizer(self, process: int, told: Mapping[str, Any], held: list[dict[str, Any]]) -> RecordedOptimizer:
        index = int(told["o"])
        slots: dict[int, dict[str, int]] = {}
        for each in self._events("slot", "o", index):
            slots.setdefault(int(each["g"]), {})[str(each["name"])] = each["v"]
        groups = [self._group(index, number, slots[number]) for number in sorted(slots)]
        handovers = [self.expanded.slots[slots[number]["lr"]].handed(number) for number in sorted(slots)]
        return RecordedOptimizer(
            process=process,
            index=index,
            name=str(told["name"]),
            updates=self.expanded.made[index],
            groups=tuple(groups),
            schedulers=tuple(self._scheduler(each) for each in held),
            events=self._happened(index, [each["s"] for each in held]),
            handovers=tuple(each for group in handovers for each in group),
            skipped=np.array(self.expanded.skips.get(index, []), np.int64),
            continuation=self.continued.get(index),
        )

    def _group(self, optimizer: int, number: int, slots: Mapping[str, int]) -> RecordedGroup:
        added = [each for each in self._events("added", "o", optimizer) if each["g"] == number]
        name = next((str(each["name"]) for each in added if "name" in each), str(number))
        columns = {key: self.expanded.slots[slot] for key, slot in slots.items()}
        lr = columns.pop("lr")
        return RecordedGroup(
            name=name,
            lr=lr.expanded(),
            params={key: column.expanded() for key, column in columns.items()},
            by=lr.by.whole(np.int32),
            added=min((when for each in added for when in self.expanded.happened[each["n"]]), default=0),
        )

    def _happened(self, optimizer: int, schedulers: Sequence[int]) -> tuple[Event, ...]:
        told = [
            *(each for kind in ("loaded", "added", "fused", "stopped") for each in self._events(kind, "o", optimizer)),
            *(each for one in schedulers for each in self._events("loaded", "s", one)),
        ]
        found = [
            Event(each["e"], when, each.get("at"), each.get("s"), each.get("g"), bool(each.get("empty")))
            for each in sorted(told, key=lambda each: int(each["n"]))
            for when in self.expanded.happened[each["n"]]
            # The groups that it was built with are not an event.
            if each["e"] != "added" or when
        ]
        return tuple(sorted(found, key=lambda each: each.update))

    def _scheduler(self, told: Mapping[str, Any]) -> RecordedScheduler:
        index = int(told["s"])
        scheduled = self.expanded.schedulers[index]
        told_of = self._events("site", "s", index)
        lines = {each["t"]: str(each["at"]) for each in told_of}
        given = {str(each["at"]) for each in told_of if each.get("given")}
        places = list(dict.fromkeys(lines.values()))
        at_site = table({site: places.index(at) for site, at in lines.items()})
        stepped = scheduled.sites.whole(np.int32)
        # Most schedulers are stepped at one line.
        sites = np.broadcast_to(np.int32(0), stepped.shape) if len(places) == 1 else at_site[stepped]
        counts = [int(np.count_nonzero(sites == each)) for each in range(len(places))]
        built = next(iter(self._events("built", "s", index)), None)
        arguments = told.get("arguments")
        return RecordedScheduler(
            index=index,
            name=str(told["name"]),
            module=str(told["module"]),
            arguments=None if arguments is None else {str(key): _argument(value) for key, value in arguments.items()},
            members=tuple(map(int, told.get("members", ()))),
            built_at=None if built is None else str(built["at"]),
            built=None if built is None else next(iter(self.expanded.happened[built["n"]]), None),
            ticks=scheduled.ticks.whole(np.int64),
            tick_sites=sites,
            stepped_at=tuple(Site(at, count, at in given) for at, count in zip(places, counts, strict=True)),
        )


def _argument(value: Any) -> Argument:
    return tuple(value) if isinstance(value, list) else value
