"""Processes that continue one run: restarts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lrviz.results import Recorded, RecordedOptimizer

Life = tuple[RecordedOptimizer, ...]
"""An optimizer in one process after another: what a run is made of that was restarted."""


def lives(recorded: Recorded) -> tuple[Life, ...]:
    """Return the optimizers that made updates, each with those of later processes that continue its run.

    A process continues another of its rank that had ended before it began, if its optimizer has the same class,
    groups and classes of schedulers, and has loaded a state before its first update, or a launcher has begun it again
    after the other was broken off.
    """
    found: list[list[RecordedOptimizer]] = []
    order = sorted(recorded.optimizers, key=lambda one: recorded.processes[one.process].began)
    for one in order:
        if not one.updates:
            continue
        before = [life for life in found if _goes_on(life[-1], one, recorded)]
        if before:
            # The last that was begun.
            before[-1].append(one)
        else:
            found.append([one])
    firsts = sorted(found, key=lambda life: next(at for at, one in enumerate(recorded.optimizers) if one is life[0]))
    return tuple(map(tuple, firsts))


def _goes_on(one: RecordedOptimizer, other: RecordedOptimizer, recorded: Recorded) -> bool:
    before, after = recorded.processes[one.process], recorded.processes[other.process]
    if before is after or before.rank != after.rank or after.began < before.last:
        return False
    if (one.index, one.name, len(one.groups)) != (other.index, other.name, len(other.groups)):
        return False
    if [each.name for each in one.stepped] != [each.name for each in other.stepped]:
        return False
    stopped = any(event.kind == "stopped" for event in one.events)
    # Of processes without a rank, those that a program makes for one trial each are broken off, too.
    return has_loaded(other) or not (before.rank is None or before.ended or stopped)


def has_loaded(one: RecordedOptimizer) -> bool:
    """Tell whether a state was loaded before the first update, that was not one of a new optimizer."""
    return any(event.kind == "loaded" and not event.update and not event.empty for event in one.events)


def go_on(before: Recorded, after: Recorded) -> bool:
    """Tell whether a recording continues the run of another one: it has loaded what that has saved."""
    both = together([before, after])
    fewer = len(lives(both)) < len(lives(before)) + len(lives(after))
    return fewer and any(map(has_loaded, after.optimizers))


def together(recordings: Sequence[Recorded]) -> Recorded:
    """Return several recordings as one, in their order."""
    source = ", ".join(one.source for one in recordings)
    optimizers: list[RecordedOptimizer] = []
    begun = 0
    for one in recordings:
        optimizers += [replace(each, process=begun + each.process) for each in one.optimizers]
        begun += len(one.processes)
    processes = tuple(each for one in recordings for each in one.processes)
    return Recorded(source, processes, tuple(optimizers), any(one.cut for one in recordings))
