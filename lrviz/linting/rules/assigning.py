"""A scheduler that recomputes the lr, together with others that change it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typing_extensions import override

from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import plural, short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.linting.rules.one_cycle import warmed_up_twice
from lrviz.linting.rules.stages import erasures
from lrviz.schedulers import Scheduler

_LOW = 0.1
"""The share of its height below which the last lr of a cycle is low."""


class AssigningErasesOthers(Rule):
    """A scheduler that recomputes the lr at every step, which erases the changes of another one.

    LambdaLR, CosineAnnealingWarmRestarts, CyclicLR and OneCycleLR compute the lr from the initial one, whatever the
    current one is: a warm-up, a decay or a reduction by another scheduler lasts until their next step, and a factor
    applied after them acts once, not cumulatively.
    """

    id = "LR037"
    name = "assigning-erases-others"
    severity = Severity.error
    fires = """\
epochs: 65
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler:
  name: ChainedScheduler
  schedulers:
    - {name: CosineAnnealingWarmRestarts, T_0: 20}
    - {name: LinearLR, start_factor: 0.1, total_iters: 5}
"""
    near = """\
epochs: 65
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler:
  name: SequentialLR
  milestones: [5]
  schedulers:
    - {name: LinearLR, start_factor: 0.1, total_iters: 5}
    - {name: CosineAnnealingWarmRestarts, T_0: 20}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        told: set[Path] = set()
        known = {one.path: one for one in at.acting}
        for one in at.acting:
            if not one.scheduler.assigns or one.ticks < 2 or warmed_up_twice(one, at):
                continue
            for around, own, members in _beside(one, at):
                if around in told:
                    continue
                below = around if members is at.document.scheduler else (*around, "schedulers")
                other = next(
                    (
                        each
                        for index in range(len(members))
                        # What is a schedule of another hyperparameter is not known here.
                        if index != own
                        and (each := known.get((*below, index)))
                        and _lost(each, one, at, first=index < own)
                    ),
                    None,
                )
                if other is None or self._told_of_milestone(one, at):
                    continue
                told.add(around)
                steps = (at.rows if one.member.fractional else one.ticks) - 1
                yield Found(
                    one.path,
                    f"{one.scheduler.name} recomputes the lr at each of its {plural(steps, 'step')}, so what "
                    f"{other.scheduler.name} does to it is lost: the optimizer was given {short(max(at.given))}, and "
                    f"the lr of the run peaks at {short(max(at.peaks))} and ends at {short(float(at.lr[-1].max()))}",
                    self._fix(one, other, around, members, at),
                )

    @staticmethod
    def _told_of_milestone(one: Acting, at: Subject) -> bool:
        """Tell whether LR021 says it: the stage of a SequentialLR erases what was done before its milestone."""
        if one.stage is None:
            return False
        inside = one.parents[-1][0]
        return any(True for each in at.acting if each.scheduler is inside for _ in erasures(each, at))

    @staticmethod
    def _fix(one: Acting, other: Acting, around: Path, members: tuple[Scheduler, ...], at: Subject) -> tuple[Edit, ...]:
        """Put a warm-up before the restarts, where whole cycles then fit the run."""
        own, warm_up, first = one.scheduler, other.scheduler, other.first
        if (
            own.cycle(1) is None
            or own.imposed() is not None
            or first is None
            or not warm_up.warms_up
            or len(members) > 2
            or one.path[:-1] != other.path[:-1]
            or one.stride != other.stride
            or not at.plainly_stepped
            or not at.ends_run(one)
        ):
            return ()
        ticks = one.ticks - warm_up.warms_up
        begun, left = own.cycle(1), own.cycle(ticks)
        if begun is None or left is None or ticks < begun.length or (left.done != left.length and left.height > _LOW):
            return ()
        stages = [_written(warm_up, other.path, at), _written(own, one.path, at)]
        interval = stages[0].pop("interval", None)
        stages[1].pop("interval", None)
        # As it is written: a length in epochs stays one.
        length_written = stages[0].get(first.key)
        if length_written is None:
            return ()
        sequence: dict[str, Any] = {"name": "SequentialLR", "milestones": [length_written], "schedulers": stages}
        return (Edit(around, {**sequence, "interval": interval} if interval else sequence),)


def _written(own: Scheduler, path: Path, at: Subject) -> dict[str, Any]:
    written = at.written(path)
    return dict(written) if isinstance(written, dict) else {"name": own.name}


def _beside(one: Acting, at: Subject) -> Iterator[tuple[Path, int, tuple[Scheduler, ...]]]:
    """Yield each list and ChainedScheduler around a scheduler: its path, the scheduler's branch, its members."""
    listed = at.document.scheduler
    depth = len(one.path) - 2 * len(one.parents)
    if isinstance(listed, tuple) and one.path[0] == "scheduler":
        yield ("scheduler",), int(one.path[1]), listed
    for level, (composite, index) in enumerate(one.parents):
        if not composite.in_turn:
            yield one.path[: depth + 2 * level], index, composite.members


def _lost(other: Acting, one: Acting, at: Subject, *, first: bool) -> bool:
    """Tell whether what a scheduler does beside an assigning one is undone; first: it is constructed before that."""
    own = other.scheduler
    if own.idle:
        return False
    if own.members:
        return True  # which has no part of the run of its own
    if own.watches_metric:
        return bool(at.known.reductions)
    if own.warms_up:
        # Begun after the other's constructor and done before its first step: both have what they want.
        return first or other.row(own.warms_up) > one.start + one.stride
    return other.ticks > 1
