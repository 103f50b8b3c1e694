"""Schedules whose length is not the run's: counted in the other unit, or longer or shorter than it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.causes.cause import Cause, Seen
from lrviz.linting.causes.modelled import Horizon
from lrviz.linting.causes.run import Run, Stepped
from lrviz.linting.causes.ticking import ticks_per_update
from lrviz.linting.rule import Severity

_EPOCHS, _DROPS = 10, 20
"""How many times as many ticks as its horizon a scheduler makes that counts epochs at every update: of a decay, and of
milestones, after which a run may go on for long."""
_RISES = 1e-3
"""The share of the peak by which an lr that climbs again is seen to."""


def in_epochs(one: Stepped, end: Horizon) -> bool:
    """Tell whether a scheduler whose lengths count epochs is stepped at every update."""
    times = {"end": _EPOCHS, "drop": _DROPS}.get(end.kind)
    return one.gap == 1 and times is not None and end.tick > 0 and one.total >= times * end.tick


def in_updates(one: Stepped, end: Horizon) -> bool:
    """Tell whether a scheduler whose lengths count updates is stepped only now and then."""
    updates = one.optimizer.updates
    each = (one.scheduler.arguments or {}).get("steps_per_epoch")
    if one.gap > 1 and isinstance(each, int) and each > 1 and abs(one.gap - each) <= max(1.0, 0.05 * each):
        return True
    if one.gap < 2 or not one.whole:
        return False
    if end.kind == "end":
        return end.tick >= 2 * one.total + 2 and abs(end.tick - updates) <= 0.1 * updates
    return end.tick >= 5 * one.total and 0.3 * updates <= end.tick <= 1.05 * updates


class Cadence(Cause):
    """A scheduler whose lengths count updates is stepped once per epoch, or the reverse.

    A schedule in updates that is stepped once per epoch hardly begins: OneCycleLR never leaves its warm-up. A
    schedule in epochs that is stepped at every update is over within the first epoch.
    """

    id = "RUN003"
    name = "cadence"
    severity = Severity.warning
    fires = """\
scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=60)
for epoch in range(6):
    for _ in range(10):
        optimizer.step()
    scheduler.step()
"""
    near = """\
scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=60)
for epoch in range(6):
    for _ in range(10):
        optimizer.step()
        scheduler.step()
"""

    @override
    def look(self, at: Run) -> Iterator[Seen]:
        for one in at.stepped:
            end = one.horizon
            if end is None or ticks_per_update(one):
                continue
            name, updates = f"{one.name}{at.words(one.optimizer)}", plural(one.optimizer.updates, "update")
            if in_epochs(one, end):
                yield Seen(
                    f"{name} is stepped at every update, {one.total:,} times,{one.lines}, but its length, "
                    f"{end.tick:,} ({end.key}), looks like epochs",
                    f"call {one.name}.step() once per epoch, or give {end.key} in updates",
                    one.at,
                    one.optimizer,
                )
            elif in_updates(one, end):
                yield Seen(
                    f"{name} is stepped every {one.gap:,} updates, {plural(one.total, 'time')} in {updates},"
                    f"{one.lines}, but its length, {end.tick:,} ({end.key}), is in updates",
                    f"call {one.name}.step() after every update, or give {end.key} in epochs",
                    one.at,
                    one.optimizer,
                )


class BesideTheRun(Cause):
    """The schedule ends before the run does, or after it.

    A decay that is cut off ends the run at a high lr. One that ends early leaves the rest of the run at an lr near 0,
    and a cosine climbs again. A milestone beyond the end has no effect. A tick is one step of the scheduler.
    """

    id = "RUN004"
    name = "horizon"
    severity = Severity.warning
    fires = """\
scheduler = CosineAnnealingLR(optimizer, T_max=20)
for epoch in range(40):
    optimizer.step()
    scheduler.step()
"""
    near = """\
scheduler = CosineAnnealingLR(optimizer, T_max=40)
for epoch in range(40):
    optimizer.step()
    scheduler.step()
"""

    @override
    def look(self, at: Run) -> Iterator[Seen]:
        for one in at.stepped:
            end = one.horizon
            if end is None or not one.whole or not one.lasts or ticks_per_update(one):
                continue
            if in_epochs(one, end) or in_updates(one, end):
                continue
            name, before = f"{one.name}{at.words(one.optimizer)}", one.reaches(end.tick)
            last = short(float(np.nanmax([group.lr[-1] for group in one.optimizer.groups])))
            remedy = f"set {end.key} to the length of the run, {plural(one.total, 'tick')}"
            if before < 0 and end.kind == "end":
                yield Seen(
                    f"the run ends after {plural(one.total, 'tick')} of {name}, whose schedule takes {end.tick:,} "
                    f"({end.key}): the lr ends at {last}",
                    remedy,
                    one.scheduler.built_at,
                    one.optimizer,
                )
            elif before < 0:
                yield Seen(
                    f"the run ends after {plural(one.total, 'tick')} of {name}, whose {end.key} go to {end.tick:,}",
                    f"put the {end.key} before the end of the run, tick {one.total:,}",
                    one.scheduler.built_at,
                    one.optimizer,
                )
            elif before > 0 and end.kind == "end" and (then := self._after(one, end)):
                update = int(one.scheduler.ticks[end.tick - 1]) if end.tick else 0
                yield Seen(
                    f"the schedule of {name} ends after {end.tick:,} ({end.key}) of {plural(one.total, 'tick')}, at "
                    f"update {update:,}: {then} {last}",
                    remedy,
                    one.scheduler.built_at,
                    one.optimizer,
                    update,
                    f"{end.key} {end.tick:,}",
                )

    @staticmethod
    def _after(one: Stepped, end: Horizon) -> str:
        """Say what the lr does past the end; nothing where it is held, as may be meant."""
        begun = int(one.scheduler.ticks[end.tick - 1]) if end.tick else 0
        for group in one.optimizer.groups:
            rest, peak = group.lr[begun:], float(np.nanmax(group.lr))
            if len(rest) and rest[-1] > rest.min() + _RISES * peak:
                return "then the lr climbs again, to"
            if len(rest) and (np.abs(rest) <= _RISES * peak).all():
                return "from there on the lr is near 0, at the end"
        return ""
