"""The lengths of a document's decays, and what the document gives with another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path as FilePath

import numpy as np

from lrviz.documents.load import Written
from lrviz.documents.override import Override
from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.errors import DocumentError, Path, Refusal
from lrviz.language.length import lengths
from lrviz.language.marked_yaml import dotted
from lrviz.runs.differing.sides import Side
from lrviz.runs.differing.simulated import simulated
from lrviz.schedulers import Scheduler
from lrviz.schedulers.stepping import Stepping

_SPANS = 8
"""The most parts of a curve whose length keys are collected: a cyclic curve has no last part."""


@dataclass(frozen=True, slots=True)
class Length:
    """A length of a document. path: its key; value: what it is; start: the tick at which its scheduler begins."""

    path: Path
    value: int
    start: int = 0

    @property
    def key(self) -> str:
        """The key, as people write it."""
        return dotted(self.path)


def lengths_of(document: ScheduleDocument) -> list[Length]:
    """Return the lengths of the decays, in ticks of their schedulers, and that of the run."""
    found: list[Length] = []
    listed = isinstance(document.scheduler, tuple)
    for index, one in enumerate(document.scheduler if isinstance(document.scheduler, tuple) else (document.scheduler,)):
        if one.param is None:
            found += _of(one, ("scheduler", index) if listed else ("scheduler",), 0)
    run = document.steps if document.steps is not None else document.epochs
    return [*found, Length((document.length_key,), run or 1)]


def _of(one: Scheduler, path: Path, start: int) -> Iterator[Length]:
    begins = (0, *one.begins) if one.in_turn else (0,) * len(one.members)
    for index, (member, begun) in enumerate(zip(one.members, begins, strict=True)):
        yield from _of(member, (*path, "schedulers", index), start + begun)
    # Which parts fall does not depend on the lr.
    spans = list(islice(one.spans(np.array([1.0])), _SPANS)) if not one.members else []
    falling = {span.key for span in spans if not span.lifts}
    lifting = {span.key for span in spans if span.lifts} - falling
    for key in lengths(type(one)):
        value = getattr(one, key)
        if key not in lifting and key not in Stepping.model_fields and isinstance(value, int) and not one.warms_up:
            yield Length((*path, key), value, start)


def lengthened(side: Side, length: Length, value: int, other: Side) -> Side | None:
    """Return what a side's document gives with another length; None where that is not valid, or torch refuses it.

    other: the side to compare with; a schedule that would be too short for its own run is made for a run as long.
    """
    document = side.document
    assert document is not None
    wanted = Override(length.path, value, f"{length.key}={value}")
    changed = _changed(document, wanted)
    if changed is None and length.path != (document.length_key,):
        rate = 1 if document.length_key == "steps" or other.unit == "epoch" else max(other.steps_per_epoch, 1)
        run = min(-(-other.steps // rate), value)
        changed = _changed(document, Override((document.length_key,), run, f"{document.length_key}={run}"), wanted)
    if changed is None:
        return None
    try:
        made = simulated(changed, side.source)
    except Refusal:
        return None
    return made.in_updates(side.steps_per_epoch) if side.unit == "step" else made


def _changed(document: ScheduleDocument, *overrides: Override) -> ScheduleDocument | None:
    try:
        return Written(document.marked, FilePath(document.source).parent).document(overrides)
    except DocumentError:
        return None
