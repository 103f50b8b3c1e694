"""Which state of a checkpoint belongs to which scheduler of a document.

torch's state_dict of a scheduler does not name its class; its keys, the values of the constructor and the
members of composites tell it. Nothing is guessed: where two answers are left, the user is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lrviz.documents.loop import Member
from lrviz.foundation.errors import CheckpointError
from lrviz.foundation.printable import printable
from lrviz.foundation.rounding import rounded_to
from lrviz.language.marked_yaml import dotted
from lrviz.language.registry import name_of
from lrviz.runs.resuming.candidates import SchedulerState, listed
from lrviz.schedulers import SCHEDULERS, Scheduler

USUAL = {
    "scheduler", "scheduler_state_dict", "lr_scheduler", "lr_scheduler_state_dict", "sched",
    "schedulers", "lr_schedulers", "scheduler_states", "scheduler_state",
}  # fmt: skip
"""The keys that people use, Lightning and Transformers among them."""
_MOST_SHOWN = 4


def classes(state: Mapping[str, Any]) -> tuple[type[Scheduler], ...]:
    """Return the classes whose state it may be: those with the most keys of their own in it.

    Other libraries' schedules may be torch's classes: what has its keys is called that.
    """
    found = [cls for cls in SCHEDULERS.loaded() if cls.saved_keys and set(cls.saved_keys) <= set(state)]
    torchs = [cls.saved_keys for cls in found if cls in SCHEDULERS]
    found = [cls for cls in found if cls in SCHEDULERS or cls.saved_keys not in torchs]
    return tuple(cls for cls in found if not any(set(cls.saved_keys) < set(other.saved_keys) for other in found))


def misfit(state: Mapping[str, Any], scheduler: Scheduler) -> str:
    """Say of what a state is that cannot be a scheduler's; nothing where it can."""
    if scheduler.saved_keys and scheduler.saved_keys not in {cls.saved_keys for cls in classes(state)}:
        return described(state)
    if members := scheduler.members:
        inner = _inner(state)
        if len(inner) != len(members):
            return f"{scheduler.name} of {len(inner)} members, not {len(members)}"
        for index, (below, member) in enumerate(zip(inner, members, strict=True)):
            told = misfit(below, member)
            if told:
                return f"{scheduler.name} whose member {index} is {told}, not {member.name}"
    return ""


def described(state: Mapping[str, Any]) -> str:
    """Return the class of a state and the values by which it is known: StepLR (step_size 30, gamma 0.1)."""
    found = classes(state)
    if not found:
        keys = ", ".join(printable(str(key)[:40]) for key in list(state)[:8])
        return f"not a scheduler of torch (its keys are {keys})"
    written = [(key.lstrip("_"), _written(state[key])) for key in found[0].saved_keys]
    values = ", ".join([f"{key} {value}" for key, value in written if value][:_MOST_SHOWN])
    names = " or ".join(map(name_of, found))
    return f"{names} ({values})" if values else names


def _written(value: Any) -> str:
    if isinstance(value, Counter):
        value = _plain(value)
    flat = isinstance(value, list) and len(value) <= 8 and all(isinstance(each, int | float) for each in value)
    return printable(str(value)[:60]) if flat or isinstance(value, int | float | str) else ""


def _inner(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    inner = state.get("_schedulers")
    return [each if isinstance(each, Mapping) else {} for each in inner] if isinstance(inner, list | tuple) else []


def _has_its_values(state: Mapping[str, Any], scheduler: Scheduler) -> bool:
    """Tell whether a state has the values that a document gives to the constructor."""
    arguments = scheduler.arguments()
    own = all(
        _equal(_plain(state[key]), _plain(arguments[name]))
        for key in scheduler.saved_keys
        if (name := key.lstrip("_")) in arguments and name != "schedulers" and arguments[name] is not None
    )
    within = zip(_inner(state), scheduler.members, strict=False)
    return own and all(_has_its_values(below, one) for below, one in within)


def _plain(value: Any) -> Any:
    if isinstance(value, Counter):
        counts = [(key, count) for key, count in value.items() if isinstance(count, int) and 0 < count <= 1000]
        return sorted(key for key, count in counts for _ in range(count))
    return list(value) if isinstance(value, tuple) else value


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return one == other or bool(rounded_to(one, float(other)))
    return bool(one == other)


def matched(
    found: Sequence[SchedulerState], members: Sequence[Member], own: Sequence[Sequence[SchedulerState]], source: str
) -> tuple[tuple[SchedulerState, ...], bool]:
    """Return the state of each member, and whether names had to decide between states that fit equally.

    own: the states that each member may have. Raises CheckpointError where none fits, or several do and nothing
    tells them apart.
    """
    fitting = [
        [each for each in allowed if not misfit(each.state, member.scheduler)]
        for allowed, member in zip(own, members, strict=True)
    ]
    for member, fits in zip(members, fitting, strict=True):
        if not fits:
            raise CheckpointError(f"{source}: {_explained(found, member)}")
    in_order = _in_order(found, members, fitting)
    if in_order is not None:
        return in_order, False
    chosen: dict[int, SchedulerState] = {}
    named = False
    for tells in (None, _values_tell, _names_tell):
        if tells is not None:
            narrower = {
                index: kept
                for index, (member, fits) in enumerate(zip(members, fitting, strict=True))
                if index not in chosen and (kept := [each for each in fits if tells(each, member)])
            }
            named = named or (tells is _names_tell and any(len(kept) < len(fitting[i]) for i, kept in narrower.items()))
            fitting = [narrower.get(index, fits) for index, fits in enumerate(fitting)]
        _settle(fitting, chosen)
    for index, member in enumerate(members):
        if index not in chosen:
            raise CheckpointError(f"{source}: {_undecided(found, member, fitting[index], members)}")
    return tuple(chosen[index] for index in range(len(members))), named


def _in_order(
    found: Sequence[SchedulerState], members: Sequence[Member], fitting: Sequence[Sequence[SchedulerState]]
) -> tuple[SchedulerState, ...] | None:
    """Return the states of a list that has one for each member, in their order and with their values."""
    one_list = len(found) == len(members) and len({each.stem for each in found}) == 1
    if not one_list or [each.index for each in found] != list(range(len(members))):
        return None
    right = all(
        each in fits and _values_tell(each, member) for each, member, fits in zip(found, members, fitting, strict=True)
    )
    return tuple(found) if right else None


def _settle(fitting: list[list[SchedulerState]], chosen: dict[int, SchedulerState]) -> None:
    """Give each member the state that only it can have, as long as there is one: what is left has several answers."""
    settled = True
    while settled:
        settled = False
        for index, fits in enumerate(fitting):
            if index not in chosen and len(fits) == 1:
                (state,) = fits
                chosen[index] = state
                settled = True
                for other, left in enumerate(fitting):
                    if other != index:
                        fitting[other] = [each for each in left if each is not state]


def _values_tell(each: SchedulerState, member: Member) -> bool:
    return _has_its_values(each.state, member.scheduler)


def _names_tell(each: SchedulerState, member: Member) -> bool:
    """Tell whether the key of a state is the usual one, or a part of the class's name: plateau, warm_restarts."""
    words = [
        word for word in re.findall(r"[a-z]{4,}", each.last.lower()) if word not in {"scheduler", "sched", "state"}
    ]
    return each.last in USUAL or any(word in member.scheduler.name.lower() for word in words)


def _explained(found: Sequence[SchedulerState], member: Member) -> str:
    """Say what was found in place of a member's state."""
    scheduler = member.scheduler
    there = "; ".join(
        f"{printable(each.label) or 'it'} is of {misfit(each.state, scheduler) or described(each.state)}"
        for each in found[:_MOST_SHOWN]
    )
    return (
        f"no state of {scheduler.name}, which the document has under {dotted(member.path)} and whose state has "
        f"{', '.join(scheduler.saved_keys)}; {there or 'there is none'}"
    )


def _undecided(
    found: Sequence[SchedulerState], member: Member, fits: Sequence[SchedulerState], members: Sequence[Member]
) -> str:
    count = f"{len(members)} schedulers" if len(members) > 1 else "1 scheduler"
    role = dotted(member.path)
    if not fits:
        return (
            f"{len(found)} states under {listed(found)}; the document has {count}, and none is left for "
            f"{member.scheduler.name} under {role}"
        )
    return (
        f"{len(found)} states under {listed(found)}; the document has {count}, and nothing tells which of "
        f"{listed(fits)} is that of {member.scheduler.name}: choose with --key {role}={printable(fits[0].label)}"
    )
