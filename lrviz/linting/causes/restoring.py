"""Runs that are resumed with only a part of their state."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.causes.cause import Cause, Seen
from lrviz.linting.causes.following import Life, has_loaded
from lrviz.linting.causes.run import Run, goes_on
from lrviz.linting.rule import Severity
from lrviz.results import Event, RecordedOptimizer, RecordedScheduler


class NotRestored(Cause):
    """A state is loaded for the optimizer and not for its scheduler, or the reverse; or a restart loads neither.

    A scheduler that is not restored begins its schedule again, from the lr in the optimizer's state. An optimizer that
    is not restored begins at its first lr and without momentum, under a scheduler that is far into its curve.
    """

    id = "RUN007"
    name = "not-restored"
    severity = Severity.warning
    fires = """\
optimizer = SGD([weight], lr=0.1, momentum=0.9)
scheduler = StepLR(optimizer, step_size=5)
for epoch in range(20):
    if epoch == 3:
        best = optimizer.state_dict()
    if epoch == 12:
        optimizer.load_state_dict(best)
    optimizer.step()
    scheduler.step()
"""
    near = """\
optimizer = SGD([weight], lr=0.1, momentum=0.9)
scheduler = StepLR(optimizer, step_size=5)
for epoch in range(20):
    if epoch == 3:
        best = optimizer.state_dict(), scheduler.state_dict()
    if epoch == 12:
        optimizer.load_state_dict(best[0])
        scheduler.load_state_dict(best[1])
    optimizer.step()
    scheduler.step()
"""

    @override
    def look(self, at: Run) -> Iterator[Seen]:
        for one in at.optimizers:
            yield from self._halves(one, at)
        for life in at.lives:
            yield from self._anew(life, at)

    def _halves(self, one: RecordedOptimizer, at: Run) -> Iterator[Seen]:
        loads = [event for event in one.events if event.kind == "loaded"]
        for update in sorted({event.update for event in loads}):
            here = [event for event in loads if event.update == update]
            own = next((event for event in here if event.scheduler is None), None)
            loaded = {event.scheduler for event in here}
            missing = [each for each in self._in_force(one, update) if each.index not in loaded and not goes_on(each)]
            if own is not None and not own.empty and missing:
                each = missing[0]
                yield Seen(
                    f"a state is loaded for {at.named(one)} {_when(update)}, and none for its {each.name}, "
                    f"{self._then(one, update)}",
                    f"save {each.name}.state_dict() together with the optimizer's, and load both",
                    own.at or each.built_at,
                    one,
                    update,
                    "scheduler not restored",
                )
            elif own is None and (event := self._outer(here, one)) is not None:
                name = next(each.name for each in one.schedulers if each.index == event.scheduler)
                yield Seen(
                    f"a state is loaded for {name} {_when(update)}, and none for its {at.named(one)}, "
                    f"{self._then(one, update)}",
                    "save optimizer.state_dict() together with the scheduler's, and load both",
                    event.at,
                    one,
                    update,
                    "optimizer not restored",
                )

    @staticmethod
    def _in_force(one: RecordedOptimizer, update: int) -> list[RecordedScheduler]:
        """Return the schedulers that stand at an update and are stepped after it; where none is, those that could be.

        One that is built when the run has begun, on a state that was loaded, begins what is another phase.
        """
        standing = [each for each in one.stepped if not update or each.built is None or each.built < update]
        stepped = [each for each in standing if len(each.ticks) and each.ticks[-1] > update]
        return stepped or [each for each in standing if not len(each.ticks)]

    @staticmethod
    def _outer(events: list[Event], one: RecordedOptimizer) -> Event | None:
        stepped = {each.index for each in one.stepped}
        return next((event for event in events if event.scheduler in stepped), None)

    @staticmethod
    def _then(one: RecordedOptimizer, update: int) -> str:
        lr = one.groups[0].lr
        if not update:
            return f"so that the run goes on at lr {short(float(lr[0]))}" if len(lr) else "so that it starts again"
        after = float(lr[update]) if update < len(lr) else float(lr[-1])
        if after == lr[update - 1]:
            return f"which goes on at lr {short(after)}"
        return f"so that the lr goes from {short(float(lr[update - 1]))} to {short(after)}"

    def _anew(self, life: Life, at: Run) -> Iterator[Seen]:
        for before, one in pairwise(life):
            lr, now = before.groups[0].lr, float(one.groups[0].lr[0])
            first, last = float(lr[0]), float(lr[-1])
            if has_loaded(one) or any(map(goes_on, one.stepped)) or now != first or now == last:
                continue
            scheduler = next((each for each in one.stepped if len(each.ticks)), None)
            yield Seen(
                f"the run of {at.named(one)} begins again after {plural(before.updates, 'update')} and "
                f"loads no state: the lr goes back from {short(last)} to {short(now)}",
                "load the states of the optimizer and of the scheduler before the first update",
                None if scheduler is None else scheduler.built_at,
                one,
                0,
                "not restored",
            )


def _when(update: int) -> str:
    return f"after {plural(update, 'update')}" if update else "before the first update"
