"""A recorded scheduler -> what lrviz's registry knows of its class, and of its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from lrviz.foundation.errors import LrvizError
from lrviz.language.registry import NotLoadable
from lrviz.results import RecordedScheduler
from lrviz.schedulers import SCHEDULERS, Scheduler


@dataclass(frozen=True, slots=True)
class Horizon:
    """The tick at which a scheduler's curve is at its end, and the parameter that says so.

    kind: end (of a decay), drop (the last one of a list, after which the run may go on as long as it likes), stage (the
    last one begins).
    """

    key: str
    tick: int
    kind: Literal["end", "drop", "stage"]


def kind_of(one: RecordedScheduler) -> type[Scheduler] | None:
    """Return the class of the registry; None where lrviz does not know it."""
    library = one.module.partition(".")[0]
    try:
        return SCHEDULERS.find(one.name if library == "torch" else f"{library}.{one.name}")
    except NotLoadable:
        return None


def modelled(one: RecordedScheduler, beside: Sequence[RecordedScheduler]) -> Scheduler | None:
    """Return a scheduler as lrviz models it; None where its class or one of its arguments is not known.

    beside: all of its process, members of others among them.
    """
    cls = kind_of(one)
    if cls is None or one.arguments is None:
        return None
    given: dict[str, Any] = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in one.arguments.items()
        if key in cls.model_fields and key != "name" and value is not None
    }
    if one.members:
        inside = {each.index: each for each in beside}
        members = [modelled(inside[index], beside) if index in inside else None for index in one.members]
        if None in members:
            return None
        given["schedulers"] = members
    try:
        return cls.model_validate({"name": _registered(cls), **given})
    except (ValidationError, LrvizError, ValueError, TypeError):
        return None


def _registered(cls: type[Scheduler]) -> str:
    return str(cls.model_fields["name"].default)


def horizon(one: Scheduler) -> Horizon | None:
    """Return where a scheduler's curve is at its end; None where nothing says it, or it only warms up."""
    if one.in_turn:
        last, begun = horizon(one.members[-1]), one.begins[-1] if one.begins else 0
        if last is not None:
            return Horizon(f"milestones and {last.key}" if begun else last.key, begun + last.tick, last.kind)
        return Horizon("milestones", begun, "stage") if begun else None
    if one.members:
        known = [each for each in map(horizon, one.members) if each is not None]
        return max(known, key=lambda each: each.tick, default=None)
    if one.run_length is not None:
        key, length = one.run_length
        # OneCycleLR may be given both, of which neither is the length.
        return Horizon("epochs * steps_per_epoch" if key == "epochs" else key, length, "end")
    if one.done_after:
        first = next(one.spans(np.ones(1)), None)
        decays = first is not None and first.kind == "decay"
        return Horizon(one.done_after, getattr(one, one.done_after), "end") if decays else None
    drops = [each for each in one.awaited() if len(each.below) > 1]
    last_drop = max(drops, key=lambda each: each.tick, default=None)
    return None if last_drop is None else Horizon(str(last_drop.below[0]), last_drop.tick, "drop")
