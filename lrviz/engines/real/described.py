"""Live schedulers as the document that would build them, where their attributes are enough for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lrviz.engines.tasks.live import Loop
from lrviz.optimizers import OPTIMIZERS
from lrviz.schedulers import SCHEDULERS
from lrviz.schedulers.stepping import Stepping

_NO_ARGUMENTS = {"name", *Stepping.model_fields}


class Undescribed(Exception):
    """No document can describe these schedulers; the message says why."""


def described(schedulers: Sequence[Any], optimizer: Any, loop: Loop) -> dict[str, Any]:
    """Return the document of schedulers that have not been stepped yet, in the order in which they were built.

    Raises Undescribed where one has been stepped, or no document can name its class or its arguments.
    """
    for one in schedulers:
        if getattr(one, "last_epoch", 0) != 0 or any(each.last_epoch > 0 for each in getattr(one, "_schedulers", ())):
            raise Undescribed(f"{type(one).__name__} has been stepped before")
    members = [_scheduler(one, [group.get("initial_lr") for group in optimizer.param_groups]) for one in schedulers]
    return {
        f"{loop.unit}s": loop.ticks,
        "steps_per_epoch": loop.steps_per_epoch,
        "interval": loop.unit,
        "optimizer": _optimizer(optimizer),
        "scheduler": members if len(members) > 1 else members[0],
    }


def _scheduler(scheduler: Any, rates: Sequence[Any]) -> dict[str, Any]:
    name = type(scheduler).__name__
    model = SCHEDULERS.find(name)
    if model is None or type(scheduler).__module__ != model.module:
        raise Undescribed(f"{name} is a class that the reference does not know")
    if list(getattr(scheduler, "base_lrs", rates)) != list(rates):
        raise Undescribed(f"the base_lrs of {name} are not those of the optimizer")
    values: dict[str, Any] = {}
    for key in model.model_fields.keys() - _NO_ARGUMENTS:
        if key == "schedulers":
            values[key] = [_scheduler(one, rates) for one in scheduler._schedulers]
        elif hasattr(scheduler, f"_{key}"):
            values[key] = list(getattr(scheduler, f"_{key}"))
        elif key == "milestones":
            values[key] = sorted(scheduler.milestones.elements())
        elif isinstance(getattr(scheduler, key, None), int | float | str):
            values[key] = getattr(scheduler, key)
        else:
            raise Undescribed(f"{name} does not keep {key} as a document has it")
    return {"name": name, **values}


def _optimizer(optimizer: Any) -> dict[str, Any]:
    name = type(optimizer).__name__
    model = OPTIMIZERS.find(name)
    if model is None or not type(optimizer).__module__.startswith(model.module):
        raise Undescribed(f"{name} is a class that the reference does not know")
    groups = [_group(one, model.model_fields) for one in optimizer.param_groups]
    named = [
        {"name": str(one.get("name", index)), **values}
        for index, (one, values) in enumerate(zip(optimizer.param_groups, groups, strict=True))
    ]
    alone = len(groups) == 1 and "name" not in optimizer.param_groups[0]
    return {"name": name, **groups[0]} if alone else {"name": name, "groups": named}


def _group(group: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    values = {key: list(value) if isinstance(value, tuple) else value for key, value in group.items() if key in fields}
    known = {
        key: value for key, value in values.items() if key != "name" and isinstance(value, int | float | str | list)
    }
    return {**known, "lr": float(group["initial_lr"])}
