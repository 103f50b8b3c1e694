"""OneCycleLR, which is a whole run with a warm-up of its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import DROP, Edit, Found, SchedulerRule, Severity
from lrviz.schedulers import OneCycleLR, Scheduler

_LENGTHS = {"total_steps", "epochs", "steps_per_epoch", "interval"}


class OneCycleOtherThanRun(SchedulerRule[OneCycleLR]):
    """OneCycleLR whose total_steps is not the number of ticks it is stepped for.

    A cycle longer than the run never comes down: the final decay, on which the method relies, is missing. With a
    shorter one torch raises an error in the middle of the run.
    """

    about = OneCycleLR
    id = "LR015"
    name = "one-cycle-other-than-run"
    severity = Severity.error
    fires = """\
epochs: 10
steps_per_epoch: 100
interval: step
optimizer: {name: SGD, lr: 0.01, momentum: 0.9}
scheduler: {name: OneCycleLR, max_lr: 0.1, total_steps: 2000, cycle_momentum: true}
"""
    near = """\
epochs: 10
steps_per_epoch: 100
interval: step
optimizer: {name: SGD, lr: 0.01, momentum: 0.9}
scheduler: {name: OneCycleLR, max_lr: 0.1, total_steps: 1000, cycle_momentum: true}
"""

    @override
    def judge(self, one: Acting, own: OneCycleLR, at: Subject) -> Iterator[Found]:
        key, length = own.run_length
        if (
            length in {one.ticks, one.clock.ticks}
            or not one.ticks
            or not at.ends_run(one)
            or at.miscounted(one.field(key))
        ):
            return
        drop = [Edit(one.field(other), DROP) for other in ("epochs", "steps_per_epoch") if key == "epochs"]
        yield Found(
            one.field(key),
            f"a cycle of {plural(length, one.noun)} in a run that gives it {one.ticks:,}: it ends at lr "
            f"{short(float(at.lr[-1].max()))} instead of {short(_last(own))}",
            (*drop, Edit(one.field("total_steps"), one.ticks)),
        )


def _last(own: OneCycleLR) -> float:
    highest = max(own.max_lr) if isinstance(own.max_lr, tuple) else own.max_lr
    return highest / own.div_factor / own.final_div_factor


class WarmUpBeforeOneCycle(SchedulerRule[OneCycleLR]):
    """A warm-up before OneCycleLR, or at the same time.

    OneCycleLR has a warm-up of its own, and its constructor overwrites the lr that the other one rises to: the run
    climbs to max_lr / div_factor, and only then begins the cycle.
    """

    about = OneCycleLR
    id = "LR018"
    name = "warm-up-before-one-cycle"
    severity = Severity.error
    fires = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler:
  name: SequentialLR
  milestones: [5]
  schedulers:
    - {name: LinearLR, start_factor: 0.1, total_iters: 5}
    - {name: OneCycleLR, max_lr: 0.1, total_steps: 25, cycle_momentum: true}
"""
    near = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: OneCycleLR, max_lr: 0.1, total_steps: 30, cycle_momentum: true}
"""

    @override
    def judge(self, one: Acting, own: OneCycleLR, at: Subject) -> Iterator[Found]:
        if not warmed_up_twice(one, at):
            return
        whole = {key: value for key, value in at.mapping(one.path).items() if key not in _LENGTHS}
        imposed = own.imposed()
        yield Found(
            one.path,
            f"the run starts at lr {short(float(at.lr[0].max()))} and has warmed up to "
            f"{short(float(np.max(imposed.start)))} when OneCycleLR begins to warm up to "
            f"{short(float(np.max(imposed.peak)))}",
            (Edit(("scheduler",), {**whole, "total_steps": at.document.ticks(at.document.interval)}),)
            if at.plainly_stepped
            else (),
        )


def warmed_up_twice(one: Acting, at: Subject) -> bool:
    """Tell whether a scheduler warms up over a whole run, and another one does so before it or beside it."""
    if one.scheduler.run_length is None:
        return False
    if one.parents:
        around, index = one.parents[-1]
        before = around.members[:index] if around.in_turn else around.members
        return any(map(_lifts, before))
    listed = at.document.scheduler
    return isinstance(listed, tuple) and any(_lifts(each) for each in listed if each.param is None)


def _lifts(own: Scheduler) -> bool:
    first = next(own.spans(np.zeros(1)), None)
    return own.run_length is None and first is not None and first.lifts
