"""A document simulated by the reference alone, which is fast and enough for a comparison."""

from __future__ import annotations

from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.reference import schedule as reference
from lrviz.results import Curves
from lrviz.runs.differing.sides import Side


def simulated(document: ScheduleDocument, source: str, quantity: str = "lr") -> Side:
    """Return a document as a side.

    Raises Refusal where torch would raise, UsageError where it has no such hyperparameter.
    """
    recording = reference.run(document, () if quantity == "lr" else (quantity,)).recording
    curves = Curves(
        name=document.title,
        source=document.source,
        unit=document.unit,
        steps_per_epoch=document.epoch_steps,
        optimizer=document.optimizer.optimizer.name,
        chain=document.chain,
        groups=tuple(group.name for group in document.optimizer.groups),
        lr=recording.lr,
        params=recording.params,
        updates=document.steps if document.unit == "epoch" else None,
    )
    return Side.of_curves(source, [curves], document, quantity)
