"""A document with another scheduler in the place of one, to see what that one does."""

from __future__ import annotations

from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.errors import Path
from lrviz.schedulers import Scheduler
from lrviz.schedulers.stepping import Stepping


def replaced(document: ScheduleDocument, path: Path, scheduler: Scheduler) -> ScheduleDocument:
    """Return a document with another scheduler at the path of one of its own."""
    _, *below = path
    current = document.scheduler
    if not below:
        return document.model_copy(update={"scheduler": scheduler})
    if isinstance(current, tuple):
        index, *rest = below
        assert isinstance(index, int)
        new: object = (*current[:index], _within(current[index], tuple(rest), scheduler), *current[index + 1 :])
    else:
        assert isinstance(current, Scheduler)
        new = _within(current, tuple(below), scheduler)
    return document.model_copy(update={"scheduler": new})


def _within(current: Scheduler, below: Path, scheduler: Scheduler) -> Scheduler:
    if not below:
        # A member of the list keeps its place in the loop, whatever replaces it.
        return scheduler.model_copy(update={key: getattr(current, key) for key in Stepping.model_fields})
    _, index, *rest = below
    assert isinstance(index, int)
    members = list(current.members)
    members[index] = _within(members[index], tuple(rest), scheduler)
    return current.model_copy(update={"schedulers": tuple(members)})
