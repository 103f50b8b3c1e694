"""What follows the updates that were recorded, where that is certain; else why it is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrviz.results import PROGRAM, FloatArray, Projected, RecordedGroup, RecordedOptimizer

_SAME = 1e-12
"""Relative difference up to which copies are what was seen."""


def projected(one: RecordedOptimizer) -> Projected | None:
    """Return how an optimizer's values would continue; None where no scheduler sets them, or that is not certain."""
    found = one.continuation
    if found is None or not found.groups or why_not(one):
        return None
    after = one.updates - found.start
    names = dict.fromkeys(name for group in found.groups for name in group if name != "lr")
    lr = side_by_side([group["lr"][after:] for group in found.groups])
    nothing = np.full(len(lr), np.nan)
    columns = {
        name: side_by_side(
            [
                nothing if _stopped(own.params.get(name, nothing), group.get(name, nothing)) else group[name][after:]
                for own, group in zip(one.groups, found.groups, strict=True)
            ]
        )
        for name in names
    }
    return Projected(lr, columns) if len(lr) else None


def why_not(one: RecordedOptimizer) -> str:
    """Return why an optimizer is not projected; "" where it is, or where there is nothing to project."""
    found = one.continuation
    if found is None:
        stopped = any(event.kind == "stopped" for event in one.events)
        return _without_ticks(one) if stopped else ""
    if found.reason:
        return found.reason
    for group in one.groups:
        row = _set_by_hand(one, group)
        if row is not None:
            return f"the program sets the lr itself, as at update {row}"
    if len(found.groups) != len(one.groups) or found.start > one.updates:
        return "its groups differ from those that were recorded"
    for group, own in zip(one.groups, found.groups, strict=True):
        seen = group.lr[found.start :]
        again = own["lr"][: len(seen)]
        wrong = np.flatnonzero(~np.isclose(again, seen[: len(again)], rtol=_SAME, atol=0.0, equal_nan=True))
        if len(wrong):
            return f"copies of its schedulers do not give what was recorded at update {found.start + int(wrong[0])}"
    return ""


def cut_short(one: RecordedOptimizer, given: Projected) -> str:
    """Return a sentence where a projection does not reach what it was to reach, else ""."""
    found = one.continuation
    reached = one.updates + len(given.lr)
    if found is None or reached >= found.until:
        return ""
    return f"projected to {reached:,} of {found.until:,} updates: the limit of 5 seconds was reached"


def _set_by_hand(one: RecordedOptimizer, group: RecordedGroup) -> int | None:
    """Return an update, not the first, before which the program itself set an lr; None where there is none."""
    # A state that is loaded, or a group that is added, is set once.
    once = {0, group.added, *(event.update for event in one.events)}
    by_hand = (group.by[1:] == PROGRAM) & (group.lr[1:] != group.lr[:-1]) & ~np.isnan(group.lr[1:])
    rows = [int(row) + 1 for row in np.flatnonzero(by_hand)[: len(once) + 1]]
    replaced = [each.first for each in one.handovers if each.after == PROGRAM and each.before != PROGRAM]
    return next((row for row in (*rows, *replaced) if row not in once), None)


def _without_ticks(one: RecordedOptimizer) -> str:
    """Return why a run that was interrupted before any tick cannot be projected; "" where there was one."""
    names = [each.name for each in one.stepped]
    if not names:
        return "no known scheduler sets its lr"
    if any(len(each.ticks) for each in one.stepped):
        return ""
    have = "have" if len(names) > 1 else "has"
    return f"{' and '.join(names)} {have} not been stepped: it is not known when it will be; record more --updates"


def _stopped(seen: FloatArray, after: FloatArray) -> bool:
    """Return whether a hyperparameter varied and is then constant without a scheduler: its rest is not known."""
    known = seen[~np.isnan(seen)]
    return bool(np.isnan(after).any()) or (bool((known != known[:1]).any()) and bool((after == after[:1]).all()))


def side_by_side(columns: Sequence[FloatArray]) -> FloatArray:
    """Return the values of each group as one array, [updates, groups]; those of a single one are not copied."""
    return columns[0][:, None] if len(columns) == 1 else np.stack(columns, axis=1)
