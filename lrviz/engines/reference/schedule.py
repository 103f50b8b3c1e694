"""The reference engine: the curves from lrviz's own maths, in NumPy, without torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrviz.documents.host import Host
from lrviz.documents.loop import Member
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.reference.added import begun, check_added, lr_of_added
from lrviz.engines.reference.construction import Live, LiveLeaf, Turn, WatchingTurn, construct
from lrviz.engines.reference.line import Line
from lrviz.engines.reference.scan import Action, curve
from lrviz.foundation.beats import Beats, array
from lrviz.optimizers.hyperparameters import place
from lrviz.results import FloatArray, Recording
from lrviz.schedulers.maps import ParamGroups


@dataclass(frozen=True, slots=True)
class Reference:
    """What the reference engine recorded, and the turns behind it.

    varied: the hyperparameters besides lr that a scheduler writes; turns: of the schedulers of lr, at the moments of
    `line`; others: those of the other hyperparameters, by its name; begun: the lr of each group that construction
    leaves; reductions: the moments at which ReduceLROnPlateau asked for a smaller lr.
    """

    recording: Recording
    varied: frozenset[str]
    line: Line
    turns: tuple[Turn | WatchingTurn, ...]
    others: Mapping[str, Sequence[Turn | WatchingTurn]]
    begun: FloatArray
    reductions: tuple[int, ...]

    def turns_of(self, param: str | None) -> Sequence[Turn | WatchingTurn]:
        """Return the turns of the schedulers of a hyperparameter, None for lr."""
        return self.turns if param is None else self.others[param]

    @property
    def whole_lr(self) -> FloatArray:
        """The lr of each update, [rows, groups]; before a group is added, the lr that it will begin with."""
        lr = self.recording.lr
        added = np.isnan(lr).argmin(axis=0)
        return np.take_along_axis(lr, np.maximum(np.arange(len(lr))[:, None], added), axis=0) if added.any() else lr


def run(document: ScheduleDocument, params: Iterable[str] = (), *, scheduler_first: bool = False) -> Reference:
    """Simulate a document; params are hyperparameters to record although no scheduler varies them.

    scheduler_first: the loop steps the schedulers before each update.
    Raises Refusal where torch would raise, with the path of the scheduler.
    """
    host = document.optimizer
    groups = param_groups(host)
    members = document.members(scheduler_first=scheduler_first)
    line = Line.of(document, members, scheduler_first=scheduler_first)
    others = {name: ParamGroups(lr=row_of(host, name)) for name in document.scheduled_params}
    # All are constructed before the maps of any: a constructor writes values that others read.
    live = [
        (construct(one.scheduler, one.path, others[one.scheduler.param] if one.scheduler.param else groups), one)
        for one in members
    ]
    turns: dict[str, list[Turn | WatchingTurn]] = {"": [], **{name: [] for name in others}}
    for one, member in sorted(live, key=lambda each: each[1].turn):
        turns[member.scheduler.param or ""] += _turns(one, member, line, document)
    added = document.added_rows
    check_added(added, line, turns[""])
    played = {name: _played(document, groups if name == "" else others[name], own) for name, own in turns.items()}

    def whole(name: str) -> FloatArray:
        return np.broadcast_to(row_of(host, name), (line.rows, len(host.groups)))

    recorded = {name: whole(name) for name in params}
    varied = set(others)
    cycled = host.optimizer.cycled()
    if cycled is not None and groups.momentum is not None:
        recorded[cycled] = line.seen(_held(groups.momentum, played[""].writes, line.length))
        recorded[cycled] = np.hstack((recorded[cycled], whole(cycled)[:, len(host.standing) :]))
        varied |= {cycled} if played[""].writes else set()
    recorded |= {name: line.seen(curve(others[name].lr, played[name].actions, line.length)) for name in others}
    lr = line.seen(curve(groups.lr, played[""].actions, line.length))
    if len(host.standing) < len(host.groups):
        lr = np.hstack((lr, lr_of_added(host, added, line, played[""].actions)))
        lr, recorded = begun(lr, added), {name: begun(table, added) for name, table in recorded.items()}
    recording = Recording(lr, recorded)
    own = tuple(turns.pop(""))
    return Reference(recording, frozenset(varied), line, own, turns, groups.lr, tuple(played[""].reductions))


def _turns(live: Live, member: Member, line: Line, document: ScheduleDocument) -> Iterable[Turn | WatchingTurn]:
    moments = line.moments(member)
    if not member.scheduler.fractional:
        return live.turns(moments)
    assert isinstance(live, LiveLeaf)
    if not len(moments):
        return ()
    epoch, i = np.divmod(np.searchsorted(array(document.update_beats), array(member.when)), document.epoch_steps)
    return (live.sent(moments, epoch + i / document.epoch_steps),)


@dataclass(frozen=True, slots=True)
class _Played:
    """The turns of the schedulers of one hyperparameter, as what they do to it, and to momentum."""

    actions: list[Action]
    writes: list[tuple[Beats, FloatArray]]
    reductions: list[int]


def _played(document: ScheduleDocument, groups: ParamGroups, turns: Iterable[Turn | WatchingTurn]) -> _Played:
    found = _Played([], [], [])
    for turn in turns:
        if isinstance(turn, WatchingTurn):
            metric = document.watched(turn.scheduler, len(turn.when))
            for number, (change, ticks) in enumerate(turn.scheduler.changes(metric.tolist(), groups.lr.tolist())):
                here = np.zeros(len(metric), dtype=bool)
                here[ticks] = True
                found.actions.append(Action(turn.when, reduce=change, reduces=here))
                if number == 0:
                    found.reductions.extend(int(turn.when[tick]) for tick in ticks)
            continue
        found.actions.append(Action(turn.when, turn.map(groups)))
        momentum = turn.momentum(groups)
        if momentum is not None:
            found.writes.append((turn.when, momentum))
    return found


def param_groups(host: Host) -> ParamGroups:
    """Return the groups as the optimizer's constructor leaves them: without those that are added later."""
    cycled, made = host.optimizer.cycled(), len(host.standing)
    momentum = row_of(host, cycled)[:made] if cycled else None
    return ParamGroups(row_of(host, "lr")[:made], momentum, default_lr=host.optimizer.hyperparameters()["lr"])


def row_of(host: Host, name: str) -> FloatArray:
    """Return a hyperparameter of every group, a row."""
    key, part = place(name)
    values = [getattr(group.optimizer, key) for group in host.groups]
    return np.array([value if part is None else value[part] for value in values], dtype=np.float64)


def _held(start: FloatArray, writes: Sequence[tuple[Beats, FloatArray]], length: int) -> FloatArray:
    """Return a value that is held until the next write, [length, groups]; a write acts in the moment after it."""
    if not writes:
        return np.broadcast_to(start, (length, len(start)))
    out = np.empty((length, len(start)))
    out[0] = start
    written = np.zeros(length, dtype=np.int64)
    for when, values in writes:
        here = array(when) + 1
        out[here] = values
        written[here] = here
    return out[np.maximum.accumulate(written)]
