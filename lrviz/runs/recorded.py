"""A recording -> a simulation for each optimizer: what was really used, as curves without a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set

import numpy as np

from lrviz.results import Curves, FloatArray, Recorded, RecordedGroup, RecordedOptimizer, RecordedScheduler, Verdict
from lrviz.runs.projecting import cut_short, projected, why_not
from lrviz.runs.simulation import Simulation

UNCOMPARED = Verdict("skipped", reason="recorded, nothing to compare with")


def simulations(recorded: Recorded, params: Sequence[str] = (), label: str = "") -> tuple[Simulation, ...]:
    """Return one for each optimizer that made updates; an optimizer that is the same on several ranks is one.

    params: hyperparameters to show although they did not vary, of the optimizers that have them; label: what tells
    them from those of other recordings.
    """
    found = _different(recorded)
    names = [": ".join(filter(None, [label, name if len(found) > 1 or not label else ""])) for _, name in found]
    return tuple(_simulation(one, name, recorded.source, params) for (one, _), name in zip(found, names, strict=True))


def titles(recorded: Recorded, shown: Sequence[RecordedOptimizer] | None = None) -> list[str]:
    """Return a name for each optimizer, that no other one has: "SGD", "SGD #2", "SGD, rank 1", "SGD, restart 1".

    shown: those that are named, all where none are.
    """
    optimizers = recorded.optimizers if shown is None else shown
    places = _places(recorded, {one.process for one in optimizers})
    seen: Counter[str] = Counter()
    found = []
    for one in optimizers:
        name = one.name + places[one.process]
        seen[name] += 1
        found.append(f"{name} #{seen[name]}" if seen[name] > 1 else name)
    return found


def _places(recorded: Recorded, named: Set[int]) -> dict[int, str]:
    """Return what tells each process from the others that are named, in words that follow an optimizer's name."""
    ranks = {recorded.processes[each].rank for each in named}
    seen: Counter[int | None] = Counter()
    found = {}
    for each in sorted(named):
        rank = recorded.processes[each].rank
        told = f", rank {rank}" if len(ranks) > 1 and rank is not None else ""
        found[each] = told + (f", restart {seen[rank]}" if seen[rank] else "")
        seen[rank] += 1
    return found


def _different(recorded: Recorded) -> list[tuple[RecordedOptimizer, str]]:
    """Return the optimizers that made updates, with their names, without those of other ranks that did the same."""
    shown: list[RecordedOptimizer] = []
    for one in recorded.optimizers:
        rank = recorded.processes[one.process].rank
        others = [each for each in shown if recorded.processes[each.process].rank != rank]
        if one.updates and not any(_same(one, each) for each in others):
            shown.append(one)
    return list(zip(shown, titles(recorded, shown), strict=True))


def _same(one: RecordedOptimizer, other: RecordedOptimizer) -> bool:
    def columns(group: RecordedGroup) -> dict[str, FloatArray]:
        return {"lr": group.lr, **group.params}

    if (one.index, one.name, one.updates, len(one.groups)) != (
        other.index,
        other.name,
        other.updates,
        len(other.groups),
    ):
        return False
    pairs = [(columns(mine), columns(theirs)) for mine, theirs in zip(one.groups, other.groups, strict=True)]
    return all(
        mine.keys() == theirs.keys() and all(np.array_equal(mine[key], theirs[key], equal_nan=True) for key in mine)
        for mine, theirs in pairs
    )


def varied(one: RecordedOptimizer) -> list[str]:
    """Return the hyperparameters beside lr that did not keep one value in some group."""
    return list(dict.fromkeys(key for group in one.groups for key, values in group.params.items() if _varies(values)))


def _varies(values: FloatArray) -> bool:
    known = values[~np.isnan(values)]
    return bool(len(known)) and bool((known != known[0]).any())


def stepped(one: RecordedOptimizer) -> list[RecordedScheduler]:
    """Return the schedulers that the program itself steps: not those that others step."""
    inner = {index for each in one.schedulers for index in each.members}
    return [each for each in one.schedulers if len(each.ticks) or each.index not in inner]


def _simulation(one: RecordedOptimizer, name: str, source: str, params: Sequence[str]) -> Simulation:
    curves = _curves(one, name, source, params)
    told = ""
    if curves.projected is not None:
        told = cut_short(one, curves.projected)
    elif one.continuation is not None and one.continuation.asked and why_not(one):
        told = f"not projected: {why_not(one)}"
    return Simulation(curves, UNCOMPARED, tuple(filter(None, [f"{source}: {one.name}: {told}" if told else ""])))


def _curves(one: RecordedOptimizer, name: str, source: str, params: Sequence[str]) -> Curves:
    columns = dict.fromkeys((*varied(one), *params))
    nothing = np.full(one.updates, np.nan)
    standing = stepped(one)
    chain = " + ".join(each.name for each in standing if len(each.ticks))
    idle = " + ".join(each.name for each in standing)
    return Curves(
        name=name,
        source=source,
        unit="step",
        steps_per_epoch=_epoch(one),
        optimizer=one.name,
        chain=chain or (f"{idle}, never stepped" if idle else "no scheduler"),
        groups=tuple(group.name for group in one.groups),
        lr=_side_by_side([group.lr for group in one.groups]),
        params={
            key: _side_by_side([group.params.get(key, nothing) for group in one.groups])
            for key in columns
            if any(key in group.params for group in one.groups)
        },
        projected=projected(one),
    )


def _side_by_side(columns: Sequence[FloatArray]) -> FloatArray:
    """Return columns as one array; a single one is not copied."""
    return columns[0][:, None] if len(columns) == 1 else np.stack(columns, axis=1)


def _epoch(one: RecordedOptimizer) -> int:
    """Return the updates between two ticks of a scheduler, where they are always the same and several; else 1."""
    for each in stepped(one):
        gaps = np.unique(np.diff(each.ticks[each.ticks > 0]))
        if len(each.ticks) > 1 and len(gaps) == 1 and gaps[0] > 1:
            return int(gaps[0])
    return 1
