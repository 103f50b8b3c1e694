"""Milestones that torch takes as they come."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from typing_extensions import override

from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, SchedulerRule, Severity
from lrviz.schedulers.torch.multi_step_lr import MultiStepLR


class MilestonesOutOfOrder(SchedulerRule[MultiStepLR]):
    """Milestones of MultiStepLR that are not in ascending order.

    torch applies each of them at its own tick, wherever it is in the list. Most lists that are out of order have a
    digit too few or too many, and then the lr drops long before or after it should.
    """

    about = MultiStepLR
    id = "LR035"
    name = "milestones-out-of-order"
    severity = Severity.warning
    fires = """\
epochs: 90
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: MultiStepLR, milestones: [60, 30], gamma: 0.2}
"""
    near = """\
epochs: 90
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: MultiStepLR, milestones: [30, 60], gamma: 0.2}
"""

    @override
    def judge(self, one: Acting, own: MultiStepLR, at: Subject) -> Iterator[Found]:
        fallen = [index for index, (before, here) in enumerate(pairwise(own.milestones), 1) if here < before]
        if not fallen:
            return
        first = fallen[0]
        before, here = own.milestones[first - 1 : first + 1]
        written = at.written(one.field("milestones"))
        given = list(written) if isinstance(written, list) else list(own.milestones)
        rising = sorted(range(len(given)), key=own.milestones.__getitem__)
        yield Found(
            one.field("milestones", first),
            f"{here} comes after {before} in the list; the lr is multiplied by gamma at {here} first",
            (Edit(one.field("milestones"), [given[index] for index in rising]),),
        )
