"""A floor that is not below the lr: eta_min at the lr, or above it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity

_SAME = 1e-9


def _floors(at: Subject) -> Iterator[tuple[Acting, float, int]]:
    """Yield each scheduler with a floor, that, and the group with the smallest lr."""
    for one in at.acting:
        # What imposes its own lr has its floor from the same hand.
        floor = getattr(one.scheduler, one.floor) if one.floor and one.base_lr else None
        if floor is not None and one.scheduler.imposed() is None:
            yield one, floor, int(np.argmin(one.base_lr))


def _lower(one: Acting, lowest: float, at: Subject) -> tuple[Edit, ...]:
    """Return a hundredth of the lr; none where that lr is itself too small, and only the floor hid it (LR029)."""
    if max(one.base_lr) < at.document.optimizer.optimizer.usual_lr[0]:
        return ()
    return (Edit(one.field(one.floor), float(f"{max(0.0, 0.01 * lowest):.3g}")),)


class FloorAboveLr(Rule):
    """eta_min is above the lr of some group.

    The "decay" then raises the lr of that group to eta_min. One scalar eta_min holds for all groups, including the
    one with the smallest lr.
    """

    id = "LR011"
    name = "floor-above-lr"
    severity = Severity.error
    fires = """\
epochs: 50
optimizer:
  name: SGD
  lr: 0.1
  groups:
    - {name: head}
    - {name: backbone, lr: 1e-4}
scheduler: {name: CosineAnnealingLR, T_max: 50, eta_min: 1e-3}
"""
    near = """\
epochs: 50
optimizer:
  name: SGD
  lr: 0.1
  groups:
    - {name: head}
    - {name: backbone, lr: 1e-4}
scheduler: {name: CosineAnnealingLR, T_max: 50, eta_min: 1e-6}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one, floor, group in _floors(at):
            lowest = one.base_lr[group]
            if floor > lowest * (1 + _SAME):
                yield Found(
                    one.field(one.floor),
                    f"{one.floor} is {short(floor)} and the lr{at.group(group)} is {short(lowest)}: it rises "
                    "instead of falling",
                    _lower(one, lowest, at),
                )


class FloorAtLr(Rule):
    """eta_min equals the lr of some group.

    Nothing decays: the lr of that group stays constant, and the scheduler has no effect on it.
    """

    id = "LR046"
    name = "floor-at-lr"
    severity = Severity.error
    fires = """\
epochs: 50
optimizer: {name: AdamW, lr: 1e-4}
scheduler: {name: CosineAnnealingLR, T_max: 50, eta_min: 1e-4}
"""
    near = """\
epochs: 50
optimizer: {name: AdamW, lr: 1e-4}
scheduler: {name: CosineAnnealingLR, T_max: 50, eta_min: 1e-6}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one, floor, group in _floors(at):
            lowest = one.base_lr[group]
            if lowest > 0 and abs(floor - lowest) <= _SAME * lowest and one.ticks > 1:
                yield Found(
                    one.field(one.floor),
                    f"{one.floor} and the lr{at.group(group)} are both {short(lowest)}: it does not change in "
                    f"{plural(one.ticks, one.noun)}",
                    _lower(one, lowest, at),
                )
