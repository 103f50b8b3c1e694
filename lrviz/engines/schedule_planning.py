"""From a document to the plan of it that the torch side works from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.tasks.schedule import Node, Place, Plan, Stepped, Table
from lrviz.foundation.errors import Path
from lrviz.language.expression import Expression
from lrviz.optimizers import Optimizer
from lrviz.optimizers.hyperparameters import place
from lrviz.schedulers import Scheduler


def plan(document: ScheduleDocument, params: Iterable[str] = (), *, scheduler_first: bool = False) -> Plan:
    """Lay out a document for the torch engine; params are hyperparameters to record beside lr."""
    stepped = []
    for member in document.members(scheduler_first=scheduler_first):
        metric = None
        if member.scheduler.watches_metric and document.metric is not None:
            metric = document.metric.at(len(member.when))
        stepped.append(
            Stepped(_node(member.scheduler, member.path, len(member.when)), member.when, member.turn, metric)
        )
    host = document.optimizer
    return Plan(
        host.optimizer.module,
        host.optimizer.class_name,
        host.optimizer.hyperparameters(),
        tuple(group.optimizer.hyperparameters() for group in host.groups),
        tuple(stepped),
        document.updates,
        {"lr": place("lr"), **cycled(host.optimizer), **{name: place(name) for name in params}},
        scheduler_first,
        host.optimizer.install,
    )


def stepped_in_a_race(document: ScheduleDocument) -> tuple[Stepped, ...]:
    """Lay out the schedulers of a document that runs in a race, whose loss ReduceLROnPlateau then watches."""
    return tuple(
        Stepped(
            _node(one.scheduler, one.path, len(one.when)),
            one.when,
            one.turn,
            watches=one.scheduler.watches_metric,
        )
        for one in document.members()
    )


def cycled(optimizer: Optimizer) -> dict[str, Place]:
    """Return the hyperparameter beside lr that a scheduler may write."""
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
    )
