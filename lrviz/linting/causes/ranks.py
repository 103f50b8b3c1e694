"""Processes of one run that do not do the same."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import told_apart
from lrviz.linting.causes.cause import Cause, Seen
from lrviz.linting.causes.run import Run
from lrviz.linting.rule import Severity
from lrviz.results import RecordedOptimizer


def first_difference(one: RecordedOptimizer, other: RecordedOptimizer) -> tuple[int, int] | None:
    """Return the group and the update at which the lrs of two optimizers differ first, as far as both go."""
    found = []
    for number, (mine, theirs) in enumerate(zip(one.groups, other.groups, strict=False)):
        both = min(len(mine.lr), len(theirs.lr))
        differs = (mine.lr[:both] != theirs.lr[:both]) & ~(np.isnan(mine.lr[:both]) & np.isnan(theirs.lr[:both]))
        if differs.any():
            found.append((int(differs.argmax()), number))
    if not found:
        return None
    update, group = min(found)
    return group, update


class RanksDiffer(Cause):
    """Processes of one run make the same update with different learning rates.

    Each process applies the averaged gradients to its own copy of the weights, so that the copies drift apart. It
    happens when each scheduler watches the loss of its own process, or when only one process steps or restores it.
    """

    id = "RUN010"
    name = "ranks-differ"
    severity = Severity.error
    fires = """\
scheduler = StepLR(optimizer, step_size=5)
for _ in range(20):
    optimizer.step()
    if rank == 0:
        scheduler.step()
"""
    near = """\
scheduler = StepLR(optimizer, step_size=5)
for _ in range(20):
    optimizer.step()
    scheduler.step()
"""

    @override
    def look(self, at: Run) -> Iterator[Seen]:
        told: set[int] = set()
        for index, one in enumerate(at.optimizers):
            mine = at.recorded.processes[one.process]
            for other in at.optimizers[index + 1 :]:
                theirs = at.recorded.processes[other.process]
                if mine.rank is None or theirs.rank is None or mine.rank == theirs.rank or one.index in told:
                    continue
                # At the same time, and the same optimizer of the program.
                if theirs.began > mine.last or mine.began > theirs.last or other.index != one.index:
                    continue
                if one.name != other.name or len(one.groups) != len(other.groups):
                    continue
                differs = first_difference(one, other)
                if differs is None:
                    continue
                group, update = differs
                values = told_apart(float(one.groups[group].lr[update]), float(other.groups[group].lr[update]))
                told.add(one.index)
                of = f" of group {one.groups[group].name}" if len(one.groups) > 1 else ""
                steppers = [*at.of(one), *at.of(other)]
                yield Seen(
                    f"from update {update:,} on the lr{of}{at.words(one)} is {values[0]} on rank {mine.rank} and "
                    f"{values[1]} on rank {theirs.rank}",
                    "step and restore the scheduler on every rank, and pass the same reduced metric to each",
                    steppers[0].at if steppers else None,
                    one,
                    update,
                    "ranks differ",
                )
