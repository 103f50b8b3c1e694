"""A race has one point, and so one parameter group: the one that represents all of a document's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrviz.documents.override import Override
from lrviz.documents.schedule import ScheduleDocument
from lrviz.foundation.errors import Path, Problem, Refusal
from lrviz.schedulers import Scheduler

_DECAY = "weight_decay"
"""The only difference allowed: frameworks leave it out for biases and norms, and give every group the same lr."""


@dataclass(frozen=True, slots=True)
class OneGroup:
    """What reduces a document of several groups to its first one, and what the user should know about it."""

    overrides: tuple[Override, ...]
    told: str


def one_group(document: ScheduleDocument) -> OneGroup:
    """Return how the first group of a document represents the others, which may differ only in weight decay.

    Raises Refusal where they differ in anything else.
    """
    host = document.optimizer
    if len(host.groups) == 1:
        return OneGroup((), "")
    first, *others = host.groups
    kept = first.optimizer.hyperparameters()
    differing = {
        key for each in others for key, value in each.optimizer.hyperparameters().items() if value != kept[key]
    }
    listed = list(_listed(document))
    odd = sorted(differing - {_DECAY}) + [f"{path[-1]} of {name}" for path, name, each in listed if len(set(each)) > 1]
    if host.late or odd:
        why = f"are added later ({host.late[0].name})" if host.late else f"differ in {' and '.join(odd)}"
        told = f"its {len(host.groups)} parameter groups {why}; a race has one point, and so one group"
        raise Refusal(Problem((), told))
    plain = {**first.optimizer.model_dump(mode="json", exclude_unset=True), "name": first.optimizer.name}
    told = f"its {len(host.groups)} parameter groups differ in weight decay alone; {first.name} races"
    return OneGroup(
        (Override(("optimizer",), plain, f"optimizer={first.name}"), *shared_values(document)),
        f"{told}, with {_DECAY} {kept[_DECAY]:g}" if _DECAY in differing else "",
    )


def shared_values(document: ScheduleDocument) -> tuple[Override, ...]:
    """Return each list of a scheduler that gives all groups one value, as that value."""
    return tuple(
        Override(path, document.marked.written(path)[0], f"{path[-1]} of one group")
        for path, _, each in _listed(document)
        if len(set(each)) == 1
    )


def _listed(document: ScheduleDocument) -> Iterator[tuple[Path, str, tuple[object, ...]]]:
    """Yield the values that schedulers hold for each group: where, whose and what."""
    rest: list[tuple[Path, Scheduler]] = [(member.path, member.scheduler) for member in document.members()]
    while rest:
        path, one = rest.pop()
        for key in type(one).model_fields:
            value = getattr(one, key)
            if isinstance(value, tuple) and one.is_per_group(key):
                yield (*path, key), one.name, value
        rest += [((*path, "schedulers", index), member) for index, member in enumerate(one.members)]
