"""Entries of a sweep that run under a schedule: the values that it sets, and its description in words."""

from __future__ import annotations

import numpy as np

from lrviz.documents.noisy_quadratic import SWEPT
from lrviz.documents.subject import Subject
from lrviz.documents.sweep import SweepDocument
from lrviz.foundation.numerals import short
from lrviz.results import FloatArray


def schedule_words(subject: Subject, document: SweepDocument) -> str:
    """Return the schedulers that an entry runs under, and the highest lr where no axis changes it.

    "CosineAnnealingLR, lr up to 0.1"; no schedulers if the entry's name says them, "" where there is nothing to say.
    """
    own = [] if document.over_start else [key for key in document.keys if key not in SWEPT]
    ends = [{key: float(values[end])} for key, values in zip(document.keys, document.values, strict=True)
            for end in (0, -1) if key in own]  # fmt: skip
    highest = {short(float(curves_at(subject, values)[0].max())) for values in ends or [{}]}
    told = [f"lr up to {highest.pop()}"] if len(highest) == 1 else []
    return ", ".join(filter(None, [subject.chain, *told]))


def curves_at(subject: Subject, values: dict[str, float]) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Return the lr that an entry's schedule sets with some values, and what else it varies, [steps] each."""
    from lrviz.engines.reference.scheduled_race import rates, watches

    _, schedule = subject.at(values)
    assert schedule is not None
    return rates(schedule, subject.steps, np.zeros(subject.steps + 1) if watches(schedule) else None)
