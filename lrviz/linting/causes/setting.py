"""Learning rates that are set and replaced."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.causes.cause import Cause, Seen
from lrviz.linting.causes.run import Run, Stepped
from lrviz.linting.rule import Severity
from lrviz.results import PROGRAM, Handover, RecordedOptimizer

_OFTEN = 3
"""How often what a scheduler sets must be replaced unused before it counts as no coincidence."""


class Overwritten(Cause):
    """A scheduler replaces an lr that the program sets, or two schedulers replace each other's.

    Many schedulers compute each lr from the initial one, whatever the current one is: what is set by hand lasts until
    the next step, and of two such schedulers the one that is stepped last decides.
    """

    id = "RUN008"
    name = "overwritten"
    severity = Severity.warning
    fires = """\
scheduler = LambdaLR(optimizer, lambda epoch: 0.9**epoch)
for epoch in range(20):
    if epoch == 10:
        optimizer.param_groups[0]["lr"] = 0.001
    optimizer.step()
    scheduler.step()
"""
    near = """\
scheduler = StepLR(optimizer, step_size=5)
for epoch in range(20):
    if epoch == 10:
        optimizer.param_groups[0]["lr"] = 0.001
    optimizer.step()
    scheduler.step()
"""

    @override
    def look(self, at: Run) -> Iterator[Seen]:
        for one in at.optimizers:
            stepped = {each.scheduler.index: each for each in at.of(one)}
            ways = (look(one, stepped, at) for look in (self._by_hand, self._by_another, self._unused))
            yield from islice(filter(None, ways), 1)

    @staticmethod
    def _by_hand(one: RecordedOptimizer, stepped: dict[int, Stepped], at: Run) -> Seen | None:
        """Return that a scheduler replaces what was set by hand, after some update was made with what it had set."""
        for number, group in enumerate(one.groups):
            for index, each in stepped.items():
                if not (each.kind is not None and each.kind.assigns):
                    continue
                own = np.flatnonzero(group.by == index)
                hand = np.flatnonzero(group.by == PROGRAM)
                lost = [
                    hand_over
                    for hand_over in one.handovers
                    if (hand_over.group, hand_over.before, hand_over.after) == (number, PROGRAM, index)
                    and not hand_over.used
                    # What a constructor replaces was the lr of what went before.
                    and hand_over.first > (each.scheduler.built or 0)
                ]
                between = hand[(hand > own[0]) & (hand < own[-1])] if len(own) else hand[:0]
                if len(between):
                    first = int(between[0])
                    replaced = int(own[own > first][0])
                    values = f"lr {short(float(group.lr[first]))}, set by hand for update {first:,}"
                elif lost and len(own):
                    replaced = lost[0].first
                    values = f"an lr that is set by hand before update {replaced:,}"
                else:
                    continue
                now = short(float(group.lr[min(replaced, one.updates - 1)]))
                return Seen(
                    f"{values}{at.words(one)}, is replaced by {each.name} with {now},{each.lines}",
                    f"let {each.name} alone set the lr: put the change into its arguments, or stop stepping it",
                    each.at,
                    one,
                    min(replaced, one.updates - 1),
                    "overwritten",
                )
        return None

    @staticmethod
    def _by_another(one: RecordedOptimizer, stepped: dict[int, Stepped], at: Run) -> Seen | None:
        """Return that two schedulers replace each other's values, at least one of which does not build on the other."""
        known = {(each.group, each.before, each.after) for each in one.handovers}
        for each in one.handovers:
            pair = stepped.get(each.before), stepped.get(each.after)
            if pair[0] is None or pair[1] is None or (each.group, each.after, each.before) not in known:
                continue
            assigning = [other for other in pair if other is not None and other.kind is not None and other.kind.assigns]
            if not assigning:
                continue
            return Seen(
                f"{pair[0].name} and {pair[1].name}{at.words(one)} replace each other's lr, "
                f"{plural(each.count, 'time')}: {assigning[-1].name} computes it from the initial "
                f"lr,{assigning[-1].lines}",
                "combine them into one: SequentialLR runs one after the other, LambdaLR multiplies them",
                assigning[-1].at,
                one,
                min(each.first, one.updates - 1),
                "overwritten",
            )
        return None

    @staticmethod
    def _unused(one: RecordedOptimizer, stepped: dict[int, Stepped], at: Run) -> Seen | None:
        """Return that the program replaces all that a scheduler sets before an update is made with it."""

        def replaced(index: int) -> list[Handover]:
            return [each for each in one.handovers if each.before == index and each.after == PROGRAM and not each.used]

        for index, each in stepped.items():
            often = sum(one_of.count for one_of in replaced(index))
            if often < _OFTEN or any((group.by == index).any() for group in one.groups):
                continue
            return Seen(
                f"what {each.name}{at.words(one)} sets is replaced by hand {plural(often, 'time')}, before any "
                f"update is made with it",
                f"set the lr by hand or by {each.name}, not by both",
                each.at,
                one,
                min(replaced(index)[0].first, one.updates - 1),
                "overwritten",
            )
        return None
