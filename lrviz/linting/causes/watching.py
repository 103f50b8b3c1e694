"""Schedules that depend on the run."""

from __future__ import annotations

from collections.abc import Iterator

from typing_extensions import override

from lrviz.foundation.numerals import plural
from lrviz.linting.causes.cause import Cause, Seen
from lrviz.linting.causes.run import Run
from lrviz.linting.rule import Severity


class DependsOnLoss(Cause):
    """A scheduler watches the loss.

    The same script gives another curve with another seed, and the rest of a run cannot be projected. This is not a
    mistake, but matters when two runs are compared.
    """

    id = "RUN011"
    name = "depends-on-loss"
    severity = Severity.note
    fires = """\
scheduler = ReduceLROnPlateau(optimizer, patience=2)
for _ in range(20):
    optimizer.step()
    scheduler.step(1.0)
"""
    near = """\
scheduler = StepLR(optimizer, step_size=5)
for _ in range(20):
    optimizer.step()
    scheduler.step()
"""

    @override
    def look(self, at: Run) -> Iterator[Seen]:
        for one in at.stepped:
            if one.kind is not None and one.kind.watches_metric:
                lr = one.optimizer.groups[0].lr
                reductions = int((lr[1:] < lr[:-1]).sum())
                yield Seen(
                    f"{one.name}{at.words(one.optimizer)} sets the lr by the loss: the lr fell "
                    f"{plural(reductions, 'time')} in {plural(one.total, 'tick')}",
                    "to compare runs, compare their recordings",
                    one.at,
                    one.optimizer,
                )
