"""A schedule inside a race: what it sets at each step, also where it watches the race's own loss."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lrviz.documents.metric import Metric
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.reference import schedule as reference
from lrviz.foundation.beats import array
from lrviz.results import FloatArray


def watches(document: ScheduleDocument) -> bool:
    """Return whether the schedule depends on the loss of the race."""
    return any(member.scheduler.watches_metric for member in document.members())


def rates(
    document: ScheduleDocument, steps: int, losses: FloatArray | None = None
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Return lr, [steps], of a race's steps, and the other hyperparameters that the schedule varies, each [steps].

    losses: [steps + 1], the race's own loss, row 0 that of the start, for a schedule that watches it;
    ReduceLROnPlateau receives the loss after the update.
    Raises Refusal where torch would raise.
    """
    if losses is not None:
        updates = array(document.update_beats)
        ticks = [
            # The loss after the last update made by then; before the first update, the loss at the start.
            losses[np.minimum(np.searchsorted(updates, array(member.when), side="right"), steps)].repeat(member.repeat)
            for member in document.members()
            if member.scheduler.watches_metric
        ]
        # Made without validation: where a path diverges the loss is not finite, and torch takes it all the same.
        watched = Metric.model_construct(expression=None, values=tuple(ticks[0]), csv=None, column=None)
        document = document.model_copy(update={"metric": watched})
    known = reference.run(document)
    return known.recording.lr[:steps, 0], {
        name: known.recording.params[name][:steps, 0] for name in sorted(known.varied)
    }


def settled(
    document: ScheduleDocument, steps: int, paths: int, losses_under: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Return the lr of each path, [steps, paths], under a schedule that watches the loss that it influences.

    losses_under: runs the race under such an lr and returns the losses, [steps + 1, paths].
    The lr of a step depends only on the losses before it. So running the race and reading the
    schedule in turn makes at least one more reduction right in every round, and ends.
    """
    lr = np.empty((steps, paths))
    known = np.zeros((steps + 1, paths))
    stale = np.ones(paths, dtype=bool)
    for _ in range(steps + 1):
        for index in np.flatnonzero(stale):
            lr[:, index] = rates(document, steps, known[:, index])[0]
        losses = losses_under(lr)
        stale = ~((losses == known) | (np.isnan(losses) & np.isnan(known))).all(axis=0)
        if not stale.any():
            break
        known = losses
    return lr
