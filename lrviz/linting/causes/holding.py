"""Schedulers that do not act on what is trained: they hold another optimizer, or a group was added later."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.causes.cause import Cause, Seen
from lrviz.linting.causes.run import Run, Stepped
from lrviz.linting.rule import Severity
from lrviz.results import RecordedOptimizer, RecordedScheduler

_SAME = 1e-9
"""The relative difference up to which two lrs are the same: one written as a number, one reached by steps."""


def constant(one: RecordedOptimizer) -> bool:
    """Tell whether no lr of an optimizer ever changes."""
    known = [group.lr[~np.isnan(group.lr)] for group in one.groups]
    return all((lr == lr[0]).all() for lr in known if len(lr))


class OtherOptimizer(Cause):
    """The scheduler that is stepped holds another optimizer than the one that makes the updates.

    It sets an lr that no update uses, and the lr in use stays constant. Usual reasons: the optimizer is built again
    after its scheduler, as for another device or other parameters; two optimizers are mixed up.
    """

    id = "RUN005"
    name = "other-optimizer"
    severity = Severity.error
    fires = """\
scheduler = StepLR(optimizer, step_size=5)
optimizer = SGD([weight], lr=0.1)
for _ in range(20):
    optimizer.step()
    scheduler.step()
"""
    near = """\
optimizer = SGD([weight], lr=0.1)
scheduler = StepLR(optimizer, step_size=5)
for _ in range(20):
    optimizer.step()
    scheduler.step()
"""

    @override
    def look(self, at: Run) -> Iterator[Seen]:
        for left in at.optimizers:
            if any(len(each.ticks) for each in left.schedulers) or not constant(left):
                continue
            beside = [
                (one, each)
                for one in at.recorded.optimizers
                if one.process == left.process and one is not left
                for each in one.stepped
                if len(each.ticks)
            ]
            for one, each in beside:
                if not one.updates or self._twice(each, one):
                    makes = "makes no update" if not one.updates else "has two like it"
                    lr = short(float(left.groups[0].lr[-1]))
                    yield Seen(
                        f"{each.name} is stepped {plural(len(each.ticks), 'time')} but holds another {one.name}, which "
                        f"{makes}; the optimizer that makes the {plural(left.updates, 'update')}{at.words(left)} stays "
                        f"at lr {lr}",
                        f"pass {each.name} the optimizer whose step() is called",
                        each.built_at or (each.stepped_at[0].at if each.stepped_at else None),
                        left,
                    )
                    break

    @staticmethod
    def _twice(one: RecordedScheduler, holder: RecordedOptimizer) -> bool:
        """Tell whether its optimizer is held by another scheduler that is the same, and stepped as often."""
        like = [
            each
            for each in holder.stepped
            if (each.name, each.arguments) == (one.name, one.arguments) and np.array_equal(each.ticks, one.ticks)
        ]
        return one.arguments is not None and len(like) > 1 and like[-1] is one


class AddedGroup(Cause):
    """A parameter group is added after the scheduler was built.

    Most schedulers continue their curve from the lr that the group is given: it misses the decay that the others have
    had, or a warm-up takes it above them. Some schedulers never change it.
    """

    id = "RUN006"
    name = "added-group"
    severity = Severity.warning
    fires = """\
scheduler = StepLR(optimizer, step_size=5)
for epoch in range(20):
    if epoch == 12:
        optimizer.add_param_group({"params": [other], "lr": 0.1})
    optimizer.step()
    scheduler.step()
"""
    near = """\
scheduler = StepLR(optimizer, step_size=5)
for epoch in range(20):
    if epoch == 12:
        optimizer.add_param_group({"params": [other], "lr": optimizer.param_groups[0]["lr"]})
    optimizer.step()
    scheduler.step()
"""

    @override
    def look(self, at: Run) -> Iterator[Seen]:
        for one in at.optimizers:
            for event in one.events:
                standing = [each for each in at.of(one) if self._stands(each, event.update)]
                if event.kind != "added" or event.group is None or not standing or event.update >= one.updates:
                    continue
                group = one.groups[event.group]
                others = [each.lr[event.update :] for each in one.groups if each.added < event.update]
                if any(np.allclose(group.lr[event.update :], each, rtol=_SAME, atol=0) for each in others):
                    # It was given their lr, and goes with them.
                    continue
                lr = group.lr[event.update :]
                fate = "stays there" if (lr == lr[0]).all() else f"ends at {short(float(lr[-1]))}"
                beside = f" (the first group is at {short(float(others[0][0]))})" if others else ""
                yield Seen(
                    f"group {group.name}{at.words(one)} is added at update {event.update:,}, "
                    f"{plural(self._made(standing[0], event.update), 'tick')} into {standing[0].name}: it begins at lr "
                    f"{short(float(lr[0]))}{beside} and {fate}",
                    "give the optimizer all groups before the scheduler is built, and freeze late ones with "
                    "requires_grad_(False); or build a new scheduler after add_param_group",
                    event.at or standing[0].scheduler.built_at,
                    one,
                    event.update,
                    f"+ group {group.name}",
                )

    @staticmethod
    def _stands(one: Stepped, update: int) -> bool:
        if not (one.scheduler.ticks > update).any():
            # Another one takes over.
            return False
        return (one.scheduler.built or 0) <= update and bool(
            (one.scheduler.ticks <= update).any() or (one.scheduler.built or 0) < update
        )

    @staticmethod
    def _made(one: Stepped, update: int) -> int:
        return int(np.searchsorted(one.scheduler.ticks, update, "right"))
