"""Ticks that do not fit the updates: several for one, before the first, and for skipped ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import plural
from lrviz.linting.causes.cause import Cause, Seen
from lrviz.linting.causes.places import shown_place
from lrviz.linting.causes.run import Run, Stepped, counted, from_lines
from lrviz.linting.rule import Severity
from lrviz.results import Site

_DOWN, _STEEP = 0.05, 0.3
"""The shares of its peak, and of its value a tenth of the run before, at which an lr has come down to its end."""
_MUCH = 0.1
"""The share of updates that AMP may skip before it is reported."""


def ticks_per_update(one: Stepped) -> bool:
    """Tell whether a scheduler is stepped several times where it should be once."""
    if one.positioned:
        return False
    _, counts = one.ticks
    if one.each > 1 and int((counts == one.each).sum()) > 1:
        return not _fits(one)
    return extra_site(one) is not None


def _fits(one: Stepped) -> bool:
    """Tell whether a schedule of which each update takes several ticks is as long as the run.

    Lengths may well count batches that are accumulated, or those of all processes, as in the examples of accelerate.
    """
    if not one.whole:
        # How long the run was to be is not known; accelerate steps once for each process on purpose.
        return all(_of_accelerate(site) for site in one.scheduler.stepped_at)
    if one.horizon is not None:
        return one.horizon.kind == "end" and not one.reaches(one.horizon.tick)
    if one.kind is not None and not one.kind.formula:
        return False
    # The length of a formula is unknown, but not whether its curve reaches its end just when the run does.
    lr = one.optimizer.groups[0].lr
    top = int(np.nanargmax(lr))
    late = lr[-1 - len(lr) // 10]
    falls = late > 0 and lr[-1] <= min(_DOWN * lr[top], _STEEP * late)
    return bool(falls and (np.diff(lr[top:]) <= 0).all())


def _of_accelerate(site: Site) -> bool:
    """Tell whether it is accelerate's own scheduler that steps another one."""
    return shown_place(site.at).startswith("accelerate/scheduler.py:")


def extra_site(one: Stepped) -> Site | None:
    """Return a line that steps a scheduler where another one does so, too; None where there is none."""
    if len(one.scheduler.stepped_at) < 2 or one.positioned:
        return None
    places, counts = one.ticks
    doubled = places[(counts > 1) & (places > 0) & (places < one.optimizer.updates)]
    if len(doubled) < 2:
        return None
    for index, site in sorted(enumerate(one.scheduler.stepped_at), key=lambda pair: pair[1].count):
        own = one.scheduler.ticks[one.scheduler.tick_sites == index]
        if len(own) > 1 and np.isin(own, [*doubled, one.optimizer.updates]).mean() > 0.8:
            return site
    return None


class TicksPerUpdate(Cause):
    """A scheduler is stepped several times for one update, or for one epoch.

    The schedule runs that many times as fast: a decay ends early, and a cosine climbs again. Usual reasons:
    accelerate steps it once per process; a loop that accumulates gradients steps it at every batch; the loop calls it
    twice.
    """

    id = "RUN001"
    name = "ticks-per-update"
    severity = Severity.warning
    fires = """\
scheduler = StepLR(optimizer, step_size=10)
for _ in range(20):
    optimizer.step()
    for _ in range(2):
        scheduler.step()
"""
    near = """\
scheduler = StepLR(optimizer, step_size=10)
for _ in range(20):
    optimizer.step()
    scheduler.step()
"""

    @override
    def look(self, at: Run) -> Iterator[Seen]:
        for one in filter(ticks_per_update, at.stepped):
            extra, name = extra_site(one), f"{one.name}{at.words(one.optimizer)}"
            if one.each > 1 or extra is None:
                often = "per update" if one.gap < 2 else f"every {one.gap:,} updates"
                message = f"{name} is stepped {one.each} times {often},{one.lines}"
                remedy = (
                    f"call {one.name}.step() once {often}; if {one.each} times is intended, multiply its lengths "
                    f"by {one.each}"
                )
            else:
                others = [site.at for site in one.scheduler.stepped_at if site is not extra]
                message = (
                    f"{name} is stepped {plural(one.total, 'time')} in {plural(one.optimizer.updates, 'update')}: "
                    f"{plural(extra.count, 'time')} from {shown_place(extra.at)}, beside the calls{from_lines(others)}"
                )
                remedy = f"drop one of the two, probably the step() at {shown_place(extra.at)}"
            yield Seen(message, remedy, one.at if extra is None else extra.at, one.optimizer)


class SchedulerFirst(Cause):
    """A scheduler is stepped before the update that it is for.

    No update uses the first value of the schedule, and the rest of the curve is a step early. torch warns about it
    where it can.
    """

    id = "RUN002"
    name = "scheduler-first"
    severity = Severity.warning
    fires = """\
scheduler = StepLR(optimizer, step_size=10)
for _ in range(20):
    scheduler.step()
    optimizer.step()
"""
    near = """\
scheduler = StepLR(optimizer, step_size=10)
for _ in range(20):
    optimizer.step()
    scheduler.step()
"""

    @override
    def look(self, at: Run) -> Iterator[Seen]:
        for one in at.stepped:
            if self._first(one):
                every = "every update" if one.gap < 2 else f"the updates that follow it, {one.gap:,} each time"
                yield Seen(
                    f"{one.name}{at.words(one.optimizer)} is stepped before {every},{one.lines}; no update "
                    f"uses the first value of its schedule",
                    f"call {one.name}.step() after optimizer.step()",
                    one.at,
                    one.optimizer,
                )

    @staticmethod
    def _first(one: Stepped) -> bool:
        places, counts = one.ticks
        if one.positioned or len(places) < 2 or places[0] or counts[0] != one.each:
            return False
        # A loop may be brought forward by ticks of another line; that is how some resume.
        sites = one.scheduler.tick_sites[one.scheduler.ticks == 0]
        later = one.scheduler.tick_sites[one.scheduler.ticks > 0]
        if sites[-1] != later[0]:
            return False
        return not one.whole or bool(places[-1] < one.optimizer.updates)


class SkippedUpdates(Cause):
    """GradScaler skips updates and the scheduler is stepped for them anyway, or many are skipped.

    GradScaler skips an update when a gradient is not finite, so the schedule runs ahead of the updates. A few skips
    at the start are normal, while it looks for its scale; many mean that gradients overflow.
    """

    id = "RUN009"
    name = "skipped-updates"
    severity = Severity.warning
    fires = """\
scheduler = StepLR(optimizer, step_size=10)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
for batch in range(20):
    loss = weight.sum() * (torch.inf if batch % 5 == 0 else 1.0)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
    scheduler.step()
"""
    near = """\
scheduler = StepLR(optimizer, step_size=10)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
for batch in range(20):
    loss = weight.sum() * (torch.inf if batch == 0 else 1.0)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scale = scaler.get_scale()
    scaler.step(optimizer)
    scaler.update()
    if scaler.get_scale() >= scale:
        scheduler.step()
"""

    @override
    def look(self, at: Run) -> Iterator[Seen]:
        for optimizer in at.optimizers:
            skipped = len(optimizer.skipped)
            if not skipped:
                continue
            asked = skipped + optimizer.updates
            for one in at.of(optimizer):
                ahead = self._ahead(one)
                ticks = plural(ahead, "tick")
                if one.gap == 1 and ahead:
                    yield Seen(
                        f"GradScaler skipped {skipped:,} of {plural(asked, 'update')}{at.words(optimizer)}, and "
                        f"{one.name} was stepped for {ahead:,} of them,{one.lines}: it is {ticks} ahead",
                        "step the scheduler only if the update was made: if scaler.update() did not lower the scale",
                        one.at,
                        optimizer,
                        int(optimizer.skipped[0]),
                        "skipped",
                    )
                    break
            else:
                if skipped > max(2.0, _MUCH * asked):
                    yield Seen(
                        f"GradScaler skipped {skipped:,} of {plural(asked, 'update')}{at.words(optimizer)}",
                        "look for what overflows: a lower lr, clipped gradients, or bfloat16",
                        None,
                        optimizer,
                        int(optimizer.skipped[0]),
                        "skipped",
                    )

    @staticmethod
    def _ahead(one: Stepped) -> int:
        """Return how many ticks were made for skipped updates."""
        places, counts = counted(one.scheduler.ticks)
        surplus = np.maximum(counts - (places > 0), 0)
        return int(np.minimum(surplus, one.skips(places)).sum())
