"""Cycles and restarts that the end of the run cuts off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.schedulers import Scheduler

_HIGH = 0.1
"""The share of a cycle's height above which a run ends at a high lr."""


class CycleCutOff(Rule):
    """A cycle or restart that the end of the run cuts off at a high lr.

    Weights are best after a stretch of low lr; a run that ends near the top of a cycle throws that cycle away.
    """

    id = "LR003"
    name = "cycle-cut-off"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.05}
scheduler: {name: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2}
"""
    near = """\
epochs: 150
optimizer: {name: SGD, lr: 0.05}
scheduler: {name: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            own, now = one.scheduler, one.scheduler.cycle(one.ticks)
            if now is None or not at.ends_run(one) or not _cut(own, one.ticks):
                continue
            first = own.cycle(1)
            path = one.field(next(iter(own.with_cycle(1))))
            if first is None or at.miscounted(path):
                continue
            which, those = ("a cycle", "the last one") if now.alike else (f"cycle {now.number}", "them")
            yield Found(
                path,
                f"{which} is {plural(now.length, one.noun)} long and the run ends after {now.done} of {those}, at "
                f"lr {short(float(at.lr[-1].max()))}",
                whole_cycles(one, at, first.length),
            )


def _cut(own: Scheduler, ticks: int) -> bool:
    """Tell whether a run of so many ticks ends high up in a cycle that is not its first."""
    at = own.cycle(ticks)
    return at is not None and at.number > 1 and at.done < at.length and at.height > _HIGH


def whole_cycles(one: Acting, at: Subject, wanted: int) -> tuple[Edit, ...]:
    """Return the edits that make the run a number of whole cycles, as near as they come to a wanted length."""
    own, most = one.scheduler, max(2, one.ticks)

    def fits(length: int) -> bool:
        return not _cut(own.model_copy(update=own.with_cycle(length)), one.ticks)

    length = _nearest(wanted, most, fits)
    return tuple(Edit(one.field(key), at.ticks(one, value)) for key, value in own.with_cycle(length).items())


def _nearest(wanted: int, most: int, fits: Callable[[int], bool]) -> int:
    """Return the length nearest to a wanted one that fits; most does."""
    near = min(max(1, wanted), most)
    for apart in range(most):
        for length in (near + apart, near - apart):
            if 1 <= length <= most and fits(length):
                return length
    return most
