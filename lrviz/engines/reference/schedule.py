"""The reference engine: the curves from lrviz's own maths, in NumPy, without torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lrviz.documents.host import Host
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.reference.construction import Turn, WatchingTurn, construct
from lrviz.engines.reference.scan import Action, curve
from lrviz.optimizers.hyperparameters import place
from lrviz.results import FloatArray, Recording
from lrviz.schedulers.maps import ParamGroups


@dataclass(frozen=True, slots=True)
class Reference:
    """What the reference engine recorded, and the turns behind it.

    varied: the hyperparameters beside lr that a scheduler writes; reductions: the rows after which
    ReduceLROnPlateau asked for a smaller lr.
    """

    recording: Recording
    varied: frozenset[str]
    turns: tuple[Turn | WatchingTurn, ...]
    reductions: tuple[int, ...]


def run(document: ScheduleDocument, params: Iterable[str] = (), *, scheduler_first: bool = False) -> Reference:
    """Simulate a document; params are hyperparameters to record although no scheduler varies them.

    scheduler_first: the loop steps the schedulers before each update; row 0 is then what no update is made with,
    and row t + 1 what update t is made with.
    Raises Refusal where torch would raise, with the path of the scheduler.
    """
    groups = param_groups(document.optimizer)
    members = document.members(scheduler_first=scheduler_first)
    # All are constructed before any of them is asked for its maps: a constructor writes what others read.
    live = [(construct(member.scheduler, member.path, groups), member) for member in members]
    in_turn = sorted(live, key=lambda one: one[1].turn)
    turns = [turn for one, member in in_turn for turn in one.turns(member.when)]
    actions: list[Action] = []
    writes: list[tuple[range, FloatArray]] = []
    reductions: list[int] = []
    for turn in turns:
        if isinstance(turn, WatchingTurn):
            assert document.metric is not None
            metric = document.metric.at(len(turn.when))
            reduces = np.zeros(len(metric), dtype=bool)
            reduces[list(turn.scheduler.reductions(metric.tolist()))] = True
            reductions += [turn.when[tick] for tick in np.flatnonzero(reduces).tolist()]
            actions.append(Action(turn.when, reduce=turn.scheduler.reduced, reduces=reduces))
            continue
        actions.append(Action(turn.when, turn.map(groups)))
        momentum = turn.momentum(groups)
        if momentum is not None:
            writes.append((turn.when, momentum))
    rows = document.updates + scheduler_first
    recorded = {name: np.broadcast_to(row_of(document.optimizer, name), (rows, len(groups.lr))) for name in params}
    varied = set()
    cycled = document.optimizer.optimizer.cycled()
    if cycled is not None and groups.momentum is not None:
        recorded[cycled] = _held(groups.momentum, writes, rows)
        varied |= {cycled} if writes else set()
    recording = Recording(curve(groups.lr, actions, rows), recorded)
    return Reference(recording, frozenset(varied), tuple(turns), tuple(reductions))


def param_groups(host: Host) -> ParamGroups:
    """Return the groups as the optimizer's constructor leaves them."""
    cycled = host.optimizer.cycled()
    return ParamGroups(lr=row_of(host, "lr"), momentum=row_of(host, cycled) if cycled else None)


def row_of(host: Host, name: str) -> FloatArray:
    """Return a hyperparameter of every group, a row."""
    key, part = place(name)
    values = [group.optimizer.hyperparameters()[key] for group in host.groups]
    return np.array([value if part is None else value[part] for value in values], dtype=np.float64)


def _held(start: FloatArray, writes: Sequence[tuple[range, FloatArray]], rows: int) -> FloatArray:
    """Return a value that is held until the next write, [rows, groups]; a write acts in the row after it."""
    if not writes:
        return np.broadcast_to(start, (rows, len(start)))
    out = np.empty((rows, len(start)))
    out[0] = start
    written = np.zeros(rows, dtype=np.int64)
    for when, values in writes:
        here = np.arange(when.start, when.stop, when.step) + 1
        inside = here < rows
        out[here[inside]] = values[inside]
        written[here[inside]] = here[inside]
    return out[np.maximum.accumulate(written)]
