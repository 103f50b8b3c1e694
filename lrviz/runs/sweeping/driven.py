"""Swept hyperparameters that have no effect, because the schedule of an entry sets them itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrviz.documents.subject import Subject
from lrviz.documents.sweep import SweepDocument
from lrviz.results import FloatArray
from lrviz.runs.sweeping.scheduled import curves_at


def driven(document: SweepDocument) -> Iterator[str]:
    """Yield why an axis has no effect on an entry: as lr under OneCycleLR, which begins with an lr of its own."""
    for subject in document.subjects:
        if subject.entry.schedule is None:
            continue
        for key, values in zip(document.keys, document.values, strict=True):
            if key not in subject.swept_keys():
                continue
            low, high = (_curve(subject, key, float(values[end])) for end in (0, -1))
            if low is not None and high is not None and np.array_equal(low, high):
                yield (
                    f"{key}: no value of it has an effect on {subject.entry.label}, whose schedule sets it itself; "
                    "sweep a key of the schedule, as scheduler.KEY"
                )


def _curve(subject: Subject, key: str, value: float) -> FloatArray | None:
    """Return a hyperparameter at each step, [steps], where it begins with a value; None where no schedule sets it."""
    lr, varied = curves_at(subject, {key: value})
    return lr if key == "lr" else varied.get(key)
