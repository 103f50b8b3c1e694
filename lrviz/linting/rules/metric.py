"""A metric that nothing watches, or that is not a number."""

from __future__ import annotations

import math
from collections.abc import Iterator

from typing_extensions import override

from lrviz.foundation.numerals import plural
from lrviz.linting.context import Subject
from lrviz.linting.rule import DROP, Edit, Found, Rule, Severity
from lrviz.linting.rules.plateau import plateaus


class MetricUnwatched(Rule):
    """A metric that no scheduler watches.

    ReduceLROnPlateau does: either that scheduler is missing, or the metric is left over.
    """

    id = "LR034"
    name = "metric-unwatched"
    severity = Severity.warning
    fires = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: StepLR, step_size: 10}
metric: {expression: "0.9 ** t"}
"""
    near = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: StepLR, step_size: 10}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        if at.document.metric is not None and not any(one.scheduler.watches_metric for one in at.members):
            yield Found(("metric",), "no scheduler watches it, as ReduceLROnPlateau does", (Edit(("metric",), DROP),))


class MetricNotANumber(Rule):
    """A metric that is NaN at some tick.

    To torch NaN is never better than the best so far, so each one counts as a tick without improvement and the lr is
    lowered as on a plateau, whether the run has diverged or an epoch was not validated.
    """

    id = "LR036"
    name = "metric-not-a-number"
    severity = Severity.warning
    fires = """\
epochs: 12
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: ReduceLROnPlateau, patience: 2, factor: 0.5}
metric: {values: [1.0, 0.8, 0.7, 0.7, 0.7, 0.7, .nan, .nan, .nan, 0.6, 0.6, 0.6]}
"""
    near = """\
epochs: 12
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: ReduceLROnPlateau, patience: 2, factor: 0.5}
metric: {values: [1.0, 0.8, 0.7, 0.7, 0.7, 0.7, 0.65, 0.65, 0.65, 0.6, 0.6, 0.6]}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        written = at.document.metric
        # All of them receive the same values; the one that is stepped most often sees the most.
        one, _, metric = max(plateaus(at), key=lambda each: len(each[2]), default=(None, None, []))
        missing = [tick for tick, value in enumerate(metric) if math.isnan(value)]
        if written is None or one is None or not missing:
            return
        key = next(key for key in ("values", "csv", "expression") if getattr(written, key) is not None)
        yield Found(
            ("metric", key, missing[0]) if key == "values" else ("metric", key),
            f"NaN at {len(missing)} of {plural(len(metric), one.noun)}, first at t = {missing[0]}; ReduceLROnPlateau "
            "counts each as no improvement",
            (Edit(("metric", "values"), _carried(written.values)),) if written.values is not None else (),
        )


def _carried(values: tuple[float, ...]) -> list[float]:
    """Return values with the last number before it, or the first of all, in place of each NaN."""
    last = next((value for value in values if not math.isnan(value)), 0.0)
    carried = []
    for value in values:
        last = last if math.isnan(value) else value
        carried.append(last)
    return carried
