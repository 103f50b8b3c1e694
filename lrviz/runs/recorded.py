"""A recording -> a simulation for each optimizer: what was really used, as curves without a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from itertools import accumulate

import numpy as np

from lrviz.linting.caused import RunFinding, caused
from lrviz.linting.causes.following import Life, lives
from lrviz.results import Curves, FloatArray, Mark, Recorded, RecordedGroup, RecordedOptimizer, Verdict
from lrviz.runs.projecting import cut_short, projected, side_by_side, why_not
from lrviz.runs.simulation import Simulation

UNCOMPARED = Verdict("skipped", reason="recorded, nothing to compare with")


def simulations(
    recorded: Recorded,
    params: Sequence[str] = (),
    label: str = "",
    findings: Sequence[RunFinding] | None = None,
) -> tuple[Simulation, ...]:
    """Return one for each optimizer that made updates; one that is the same on several ranks, or goes on in a restart.

    params: hyperparameters to show although they did not vary, of the optimizers that have them; label: what tells
    them from those of other recordings; findings: what is wrong with the run, looked for where it is not given.
    """
    if findings is None:
        findings = caused(recorded)
    found = _different(recorded)
    names = [": ".join(filter(None, [label, name if len(found) > 1 or not label else ""])) for _, name in found]
    own = _shared_out(findings, [life for life, _ in found])
    beside = Counter(life[0].process for life, _ in found)
    made = []
    for (life, told), name, some in zip(found, names, own, strict=True):
        marks = _marks(life, some, f"{told}: " if beside[life[0].process] > 1 else "")
        curves = replace(_curves(life, name, recorded.source, params), marks=marks)
        made.append(Simulation(curves, UNCOMPARED, (*_unseen(life[-1], curves), *map(str, some)), tuple(some)))
    return tuple(made)


def _shared_out(findings: Sequence[RunFinding], shown: Sequence[Life]) -> list[list[RunFinding]]:
    """Return the findings of each curve; what none of them shows is told with the first."""
    own: list[list[RunFinding]] = [[] for _ in shown]
    for each in findings:
        known = [at for at, life in enumerate(shown) if any(each.optimizer is part for part in life)]
        if own:
            own[known[0] if known else 0].append(each)
    return own


def _marks(life: Life, findings: Sequence[RunFinding], whose: str) -> tuple[Mark, ...]:
    """Return what to mark on a curve: where a cause has a place, and where a restart goes on.

    whose: what tells it from other curves over the same updates.
    """
    begun = list(accumulate((part.updates for part in life), initial=0))
    found = dict.fromkeys(begun[1:-1], "restart")
    for each in findings:
        if each.update is not None:
            part = next((at for at, one in enumerate(life) if one is each.optimizer), None)
            if part is not None and each.label:
                tick = begun[part] + each.update
                found[tick] = ", ".join(dict.fromkeys(filter(None, [found.get(tick), each.label])))
    return tuple(Mark(tick, f"{whose}{found[tick]}", "cause") for tick in sorted(found))


def titles(recorded: Recorded, shown: Sequence[RecordedOptimizer] | None = None) -> list[str]:
    """Return a name for each optimizer, that no other one has: "SGD", "SGD #2", "SGD, rank 1", "SGD, restart 1".

    A process that goes on with the run of no other one is "SGD, process 2".

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
    again = {part.process for life in lives(recorded) for part in life[1:]}
    seen: Counter[tuple[int | None, bool]] = Counter()
    found = {}
    for each in sorted(named):
        rank = recorded.processes[each].rank
        told = f", rank {rank}" if len(ranks) > 1 and rank is not None else ""
        seen[rank, each in again] += 1
        number = seen[rank, each in again]
        if each in again:
            told += f", restart {number}"
        elif number > 1:
            told += f", process {number}"
        found[each] = told
    return found


def _different(recorded: Recorded) -> list[tuple[Life, str]]:
    """Return the optimizers that made updates, with their names, without those of other ranks that did the same."""
    shown: list[Life] = []
    for life in lives(recorded):
        rank = recorded.processes[life[0].process].rank
        others = [each for each in shown if recorded.processes[each[0].process].rank != rank]
        if not any(len(life) == len(each) and all(map(_same, life, each)) for each in others):
            shown.append(life)
    return list(zip(shown, titles(recorded, [life[0] for life in shown]), strict=True))


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


def _unseen(one: RecordedOptimizer, curves: Curves) -> Iterator[str]:
    """Say what is not shown: skips inside a fused step; the rest of the run, or a part of it, where somebody waits."""
    if any(event.kind == "fused" for event in one.events):
        yield f"{curves.source}: {one.name}: fused, so updates that GradScaler skips are counted as made"
    told = ""
    if curves.projected is not None:
        told = cut_short(one, curves.projected)
    elif (one.continuation is None or one.continuation.asked) and (reason := why_not(one)):
        told = f"not projected: {reason}"
    if told:
        yield f"{curves.source}: {one.name}: {told}"


def _curves(life: Life, name: str, source: str, params: Sequence[str]) -> Curves:
    one = life[-1]
    columns = dict.fromkeys((*(key for part in life for group in part.groups for key in group.varied), *params))
    standing = one.stepped
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
        lr=_one_after_another([side_by_side([group.lr for group in part.groups]) for part in life]),
        params={
            key: _one_after_another([side_by_side(_column(part, key)) for part in life])
            for key in columns
            if any(key in group.params for group in one.groups)
        },
        projected=projected(one),
    )


def _column(one: RecordedOptimizer, key: str) -> list[FloatArray]:
    """Return a hyperparameter of each group, NaN where a group has none."""
    nothing = np.full(one.updates, np.nan)
    return [group.params.get(key, nothing) for group in one.groups]


def told(findings: Sequence[RunFinding]) -> list[dict[str, str]]:
    """Return findings as the JSON of `lrviz record` has them."""
    return [{"id": one.id, "name": one.rule.name, "message": one.message} for one in findings]


def _one_after_another(parts: Sequence[FloatArray]) -> FloatArray:
    """Return the values of a run that was restarted as one array; those of one that was not are not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _epoch(one: RecordedOptimizer) -> int:
    """Return the updates between two ticks of a scheduler, where they are always the same and several; else 1."""
    for each in one.stepped:
        gaps = np.unique(np.diff(each.ticks[each.ticks > 0]))
        if len(each.ticks) > 1 and len(gaps) == 1 and gaps[0] > 1:
            return int(gaps[0])
    return 1
