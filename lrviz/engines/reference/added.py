"""Parameter groups that are added to an optimizer with schedulers: their lr, and where torch raises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from lrviz.documents.host import Host
from lrviz.engines.reference.construction import Turn, WatchingTurn
from lrviz.engines.reference.line import Line
from lrviz.engines.reference.scan import Action, curve
from lrviz.foundation.beats import count
from lrviz.foundation.errors import Problem, Refusal
from lrviz.results import FloatArray


def begun(table: FloatArray, rows: Sequence[int | None]) -> FloatArray:
    """Return a table, [rows, groups], that is NaN until a group is added; rows: where each is added."""
    late = np.array([row or 0 for row in rows])
    return np.where(np.arange(len(table))[:, None] >= late, table, np.nan)


def lr_of_added(host: Host, rows: Sequence[int | None], line: Line, actions: Sequence[Action]) -> FloatArray:
    """Return the lr of the groups that are added, [rows, added]: each continues from its own, as the others do."""
    added = [
        (row, group.optimizer.hyperparameters()["lr"])
        for row, group in zip(rows, host.groups, strict=True)
        if row is not None
    ]
    out = np.empty((line.rows, len(added)))
    for first in sorted({row for row, _ in added}):
        here = [column for column, (row, _) in enumerate(added) if row == first]
        moment = line.position(first)
        lr = np.array([added[column][1] for column in here], dtype=np.float64)
        later = [part for part in (one.since(moment) for one in actions) if len(part.when)]
        values = curve(lr, later, line.length - moment)
        out[:, here] = values[np.maximum(line.positions() - moment, 0)]
    return out


def check_added(rows: Sequence[int | None], line: Line, turns: Iterable[Turn | WatchingTurn]) -> None:
    """Go through the steps that are taken after a group was added.

    Raises Refusal where torch would raise, with the path of the group's `added`.
    """
    begun = {row: index for index, row in reversed(list(enumerate(rows))) if row is not None}
    found: dict[int, Problem] = {}
    for turn in turns:
        for row, index in begun.items():
            raised = _raised(turn, line.position(row))
            if raised:
                told = (
                    f"{raised} at a step after it, because it knows no lr of the group to start from; make the "
                    "optimizer with the group, or take a scheduler that goes on from the lr it finds, as StepLR"
                )
                found.setdefault(index, Problem(("optimizer", "groups", index, "added"), told))
    if found:
        raise Refusal(*(found[index] for index in sorted(found)))


def _raised(turn: Turn | WatchingTurn, moment: int) -> str:
    """Say what torch raises in the steps of a turn from a moment on, at which a group was added; "" if nothing."""
    skipped = count(turn.when, moment)
    if isinstance(turn, WatchingTurn) or skipped == len(turn.when):
        return ""
    leaf = turn.live.leaf
    if turn.entered:
        return f"SequentialLR, which enters {leaf.name}, raises ValueError"
    lost = leaf.loses_groups(range(int(turn.at.t[skipped, 0]), turn.at.stop))
    return "" if lost is None else f"{leaf.name} raises {leaf.group_error}"
