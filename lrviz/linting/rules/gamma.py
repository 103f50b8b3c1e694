"""A gamma that lowers nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator

from typing_extensions import override

from lrviz.foundation.numerals import short
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.linting.rules.idle_updates import TINY


class GammaNotBelowOne(Rule):
    """A gamma of 1 or above, where gamma is the factor of a decay.

    At 1 the scheduler does nothing; above it the lr grows, at every tick or at every drop, until the loss is NaN.
    """

    id = "LR013"
    name = "gamma-not-below-one"
    severity = Severity.warning
    fires = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: StepLR, step_size: 10, gamma: 10}
"""
    near = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: StepLR, step_size: 10, gamma: 0.1}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            repeated = one.scheduler.repeated(one.ticks)
            if repeated is None or not one.ticks:
                continue
            key, drops = repeated
            gamma = getattr(one.scheduler, key)
            if gamma >= 1:
                path = one.field(key)
                # All drops together leave no less than 1%, below which the rest of the run would be of no use.
                least = math.ceil(1e6 * TINY ** (1 / max(drops, 1))) / 1e6
                usual = 1 / gamma if gamma > 1 else 0.1
                fix = max(usual, least)
                does = "nothing" if gamma == 1 else f"raise the lr to {short(max(at.peaks))}"
                yield Found(path, f"{key} is {gamma:g}: all it does is {does}", (Edit(path, float(f"{fix:.6g}")),))
