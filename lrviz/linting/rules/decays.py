"""A decay that turns back before its part of the run ends, or is not done by then."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity

_NEARLY = 0.01
"""The share of a decay that may be left at the end of a run, too small to matter."""
_SEEN = 1e-3
"""The share of the way back up below which the climb of a cosine is too small to matter."""


class CosineTurnsBack(Rule):
    """CosineAnnealingLR whose T_max is below the ticks it is stepped for.

    Past T_max torch's cosine climbs again: the lr rises for the rest of the run, back to its full value after 2 T_max
    ticks. For restarts, use CosineAnnealingWarmRestarts.
    """

    id = "LR001"
    name = "cosine-turns-back"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""
    near = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 100}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            first, then = islice(chain(one.spans(), (None, None)), 2)
            # Down and up again, or up and down where eta_min is above the lr.
            if first is None or then is None or {first.kind, then.kind} != {"decay", "rise"}:
                continue
            path, length = one.field(first.key), getattr(one.scheduler, first.key)
            if one.ticks - 1 <= length or at.miscounted(path):
                continue
            height = np.abs(at.lr[one.start : one.stop] - at.lr[one.row(length)])
            if (height[-1] <= _SEEN * height.max()).all():
                continue
            last = short(float(at.lr[one.stop - 1].max()))
            yield Found(
                path,
                f"{first.key} is {length}, but the scheduler runs for {plural(one.ticks, one.noun)}: past {at.noun} "
                f"{one.row(length)} the lr climbs again, and ends at {last}",
                (Edit(path, at.ticks(one, one.ticks)),),
            )


class FloorNotReached(Rule):
    """A decay that is longer than its part of the run.

    The low lr at the end of a decay is where most of the last accuracy comes from; a run that stops
    half-way down never gets there.
    """

    id = "LR002"
    name = "floor-not-reached"
    severity = Severity.warning
    fires = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 90}
"""
    near = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 60}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            first = one.first
            # A stage that SequentialLR or swa cuts short is cut on purpose.
            if first is None or first.kind not in {"decay", "rise"} or not first.key or not at.ends_run(one):
                continue
            path, length = one.field(first.key), getattr(one.scheduler, first.key)
            if not 0 < one.ticks < length or at.miscounted(path):
                continue
            if first.left((one.ticks - 1) / length) > _NEARLY:
                last = short(float(at.lr[-1].max()))
                yield Found(
                    path,
                    f"{first.key} is {length:,}, but it runs for {plural(one.ticks, one.noun)}: the run ends at lr "
                    f"{last}, before it reaches the floor",
                    (Edit(path, at.ticks(one, one.ticks)),),
                )
