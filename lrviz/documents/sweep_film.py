"""`--along KEY=LOW..HIGH[:log|lin][:COUNT]`: a sweep once for each value of one more key, the frames of a film."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lrviz.documents.noisy_quadratic import SWEPT, with_values
from lrviz.documents.subject import Subject
from lrviz.documents.sweep import SweepDocument, values_of
from lrviz.documents.sweep_axis import StartGrid, read_axes
from lrviz.foundation.arrays import FloatArray
from lrviz.foundation.errors import DocumentError, Fault, Problem, Refusal

_FRAMES, MOST_FRAMES = 16, 240
"""Default and largest number of values."""


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """The frames of a film: the values of a key, [n], rising; log: their scale; documents: the sweep at each."""

    key: str
    values: FloatArray
    log: bool
    documents: tuple[SweepDocument, ...]


def along(document: SweepDocument, text: str) -> Along:
    """Return the frames that a text describes; raises DocumentError with everything that is wrong with it."""
    try:
        return _along(document, text)
    except Refusal as refusal:
        raise DocumentError(*(Fault("--along", "", one.text) for one in refusal.problems)) from None


def _along(document: SweepDocument, text: str) -> Along:
    axes = read_axes([text])
    if isinstance(axes, StartGrid):
        raise Refusal(Problem((), "start given; a film changes a hyperparameter; use start with --over"))
    axis = replace(axes[0], count=axes[0].count or _FRAMES)
    if axis.key in document.keys:
        raise Refusal(Problem((), f"{axis.key} given; --over sweeps it already"))
    if axis.count is not None and axis.count > MOST_FRAMES:
        raise Refusal(Problem((), f"{axis.key}: {axis.count:,} frames given; a film has at most {MOST_FRAMES}"))
    values = values_of(axis, 1, 0, document.subjects, document.model)
    return Along(axis.key, values, axis.log, tuple(_at(document, axis.key, value) for value in values.tolist()))


def _at(document: SweepDocument, key: str, value: float) -> SweepDocument:
    """Return a sweep with one value replaced in its entries, or in its model."""
    if document.model is not None and key in SWEPT:
        return replace(document, model=with_values(document.model, {key: value}))
    entries = []
    for subject in document.subjects:
        optimizer, schedule = subject.at({key: value})
        given = subject.entry.lr_given or key == "lr"
        entries.append(replace(subject.entry, optimizer=optimizer, schedule=schedule, lr_given=given))
    race = replace(document.race, entries=tuple(entries))
    return replace(document, race=race, subjects=tuple(Subject(one, race.steps) for one in entries))
