"""From a document to the plan that the torch side works from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from lrviz.documents.loop import Member
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.tasks.schedule import Node, Place, Plan, Stepped, Table
from lrviz.foundation.errors import Path
from lrviz.language.expression import Expression
from lrviz.optimizers import Optimizer
from lrviz.optimizers.hyperparameters import place
from lrviz.results import FloatArray
from lrviz.schedulers import Scheduler


def plan(document: ScheduleDocument, params: Iterable[str] = (), *, scheduler_first: bool = False) -> Plan:
    """Lay out a document for the torch engine; params are hyperparameters to record besides lr."""
    stepped = []
    for member in document.members(scheduler_first=scheduler_first):
        metric = None
        if member.scheduler.watches_metric and document.metric is not None:
            metric = document.watched(member.scheduler, member.ticks)
        stepped.append(_stepped(member, document, metric))
    host = document.optimizer
    return Plan(
        host.optimizer.module,
        host.optimizer.class_name,
        host.optimizer.hyperparameters(),
        tuple(group.optimizer.hyperparameters() for group in host.groups),
        document.added_rows,
        tuple(stepped),
        document.beats,
        document.update_beats,
        {
            "lr": place("lr"),
            **cycled(host.optimizer),
            **{name: place(name) for name in (*document.scheduled_params, *params)},
        },
        scheduler_first,
        host.optimizer.install,
    )


def stepped_in_a_race(document: ScheduleDocument) -> tuple[Stepped, ...]:
    """Lay out the schedulers of a document that runs in a race, whose loss ReduceLROnPlateau then watches."""
    return tuple(replace(_stepped(one, document), watches=one.scheduler.watches_metric) for one in document.members())


def _stepped(member: Member, document: ScheduleDocument, metric: FloatArray | None = None) -> Stepped:
    one = member.scheduler
    return Stepped(
        _node(one, member.path, member.ticks),
        member.when,
        member.turn,
        member.repeat,
        metric,
        epoch=document.epoch_steps if one.fractional else None,
        ticks=one.takes_tick,
        group_keys=one.group_keys,
        param=None if one.param is None else place(one.param),
    )


def cycled(optimizer: Optimizer) -> dict[str, Place]:
    """Return the hyperparameters besides lr that a scheduler may write."""
    cycled = optimizer.cycled()
    return {cycled: place(cycled)} if cycled else {}


def _node(scheduler: Scheduler, path: Path, steps: int) -> Node:
    def plain(value: Any, at: Path) -> Any:
        if isinstance(value, Expression):
            # A nested SequentialLR runs one tick ahead of its parent for each level of nesting.
            arguments = np.arange(steps + len(path) + 2, dtype=np.float64)
            return Table(value.text, value.evaluate(**dict.fromkeys(value.variables, arguments)))
        if isinstance(value, Scheduler):
            return _node(value, at, steps)
        if isinstance(value, tuple):
            return [plain(each, (*at, index)) for index, each in enumerate(value)]
        return value

    return Node(
        scheduler.module,
        scheduler.class_name,
        {key: plain(value, (*path, key)) for key, value in scheduler.arguments().items()},
        path,
        scheduler.install,
        scheduler.versions,
        scheduler.runs_alone,
        scheduler.by_itself,
    )
