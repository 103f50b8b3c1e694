"""What happens where one stage ends and the next begins."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.schedulers import Scheduler

_JUMP = 2.0
_ERASED = 0.05
"""How far from 1 the factor of another member must have come to be missed."""


class JumpAtMilestone(Rule):
    """A jump of more than a factor of two at the start of a stage, which no decay explains.

    A stage begins at the optimizer's lr, wherever the stage before it ended; torch does not join them. LinearLR and
    ConstantLR begin at a third of it by default.
    """

    id = "LR008"
    name = "jump-at-milestone"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler:
  name: SequentialLR
  milestones: [50]
  schedulers:
    - {name: ConstantLR, factor: 1.0}
    - {name: LinearLR, end_factor: 0.0, total_iters: 50}
"""
    near = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler:
  name: SequentialLR
  milestones: [50]
  schedulers:
    - {name: ConstantLR, factor: 1.0}
    - {name: LinearLR, start_factor: 1.0, end_factor: 0.0, total_iters: 50}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        cut = {one.stop for one in at.acting if cut_short(one, at)}
        cut |= {stage.start for one in at.acting for stage, *_ in erasures(one, at)}
        for one in at.acting:
            if not one.stage or not one.ticks:
                continue
            if one.start in cut or not 0 < one.start < at.rows:
                continue
            before, after = np.abs(at.lr[one.start - 1]), np.abs(at.lr[one.start])
            down = bool((after * _JUMP < before).any())
            if not down and not (after > _JUMP * before).any():
                continue
            if down and self._asked(one.scheduler):
                continue
            group = int(np.argmax(np.abs(np.log((after + 1e-300) / (before + 1e-300)))))
            yield Found(
                one.path,
                f"the lr{at.group(group)} jumps from {short(float(before[group]))} to {short(float(after[group]))} at "
                f"{at.noun} {one.start}, where {one.scheduler.name} takes over",
                self._fix(one, at, down=down),
            )

    @staticmethod
    def _asked(own: Scheduler) -> bool:
        """Tell whether a stage says itself how low it begins."""
        return own.formula != "" or own.first_factor in own.model_fields_set

    @staticmethod
    def _fix(one: Acting, at: Subject, *, down: bool) -> tuple[Edit, ...]:
        if down and one.scheduler.first_factor:
            return (Edit(one.field(one.scheduler.first_factor), 1.0),)
        sequence, index = one.parents[-1]
        before = at.stages[id(sequence)][index - 1]
        held, first = before.scheduler.first_factor, before.first
        # Where something else makes the lr jump, a ramp up to the stage does not keep it from that.
        if held and first is not None and first.kind == "hold":
            factor = getattr(before.scheduler, held)
            if factor > 0 and np.allclose(at.lr[one.start - 1], factor * at.lr[one.start], atol=0):
                linear = {"name": "LinearLR", "start_factor": factor, "total_iters": before.ticks}
                return (Edit(before.path, linear),)
        return ()


class WarmUpLongerThanStage(Rule):
    """A warm-up that its stage in a SequentialLR cuts short.

    At the milestone the next stage starts from the optimizer's lr, so the lr jumps there by what is left
    of the warm-up: the very jump that a warm-up should avoid.
    """

    id = "LR009"
    name = "warm-up-longer-than-stage"
    severity = Severity.error
    fires = """\
epochs: 90
optimizer: {name: SGD, lr: 0.1}
scheduler:
  name: SequentialLR
  milestones: [5]
  schedulers:
    - {name: LinearLR, start_factor: 0.01, total_iters: 10}
    - {name: CosineAnnealingLR, T_max: 85}
"""
    near = """\
epochs: 90
optimizer: {name: SGD, lr: 0.1}
scheduler:
  name: SequentialLR
  milestones: [5]
  schedulers:
    - {name: LinearLR, start_factor: 0.01, total_iters: 5}
    - {name: CosineAnnealingLR, T_max: 85}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            key = cut_short(one, at)
            if key and not at.miscounted(one.field(key)):
                before, after = (short(float(at.lr[row].max())) for row in (one.stop - 1, one.stop))
                yield Found(
                    one.field(key),
                    f"{key} is {getattr(one.scheduler, key)} and the stage is {plural(one.ticks, one.noun)} long: at "
                    f"{at.noun} {one.stop} the lr jumps from {before} to {after}",
                    (Edit(one.field(key), at.ticks(one, one.ticks)),),
                )


def cut_short(one: Acting, at: Subject) -> str:
    """Return the length of a warm-up that the next stage begins before it is done; nothing where there is none."""
    first = one.first
    if first is None or not first.key or first.kind != "warm-up" or one.scheduler.run_length is not None:
        return ""
    # Inside a first stage torch begins a tick early for each level: that is another matter.
    length = getattr(one.scheduler, first.key) - (len(one.parents) - 1)
    return first.key if 0 < one.ticks < length and one.stop < at.rows and one.parents else ""


class MilestoneErasesDecay(Rule):
    """A milestone of a SequentialLR that erases the decay of another scheduler.

    When a stage begins, torch writes the stage's own value into the lr: every factor that another member of the chain
    or list has applied by then is lost.
    """

    id = "LR021"
    name = "milestone-erases-decay"
    severity = Severity.error
    fires = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1}
scheduler:
  name: ChainedScheduler
  schedulers:
    - {name: ExponentialLR, gamma: 0.95}
    - name: SequentialLR
      milestones: [20]
      schedulers:
        - {name: LinearLR, start_factor: 0.1, total_iters: 20}
        - {name: ConstantLR, factor: 1.0}
"""
    near = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1}
scheduler:
  name: ChainedScheduler
  schedulers:
    - {name: ExponentialLR, gamma: 0.95}
    - {name: LinearLR, start_factor: 0.1, total_iters: 20}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            for stage, group, before, after in islice(erasures(one, at), 1):
                yield Found(
                    one.field("milestones", stage.parents[-1][1] - 1),
                    f"by {at.noun} {stage.start - 1} the other members have multiplied the lr{at.group(group)} by "
                    f"{short(before)}; at its milestone, {at.noun} {stage.start}, that factor becomes {short(after)}",
                    self._fix(one, at),
                )

    @staticmethod
    def _fix(one: Acting, at: Subject) -> tuple[Edit, ...]:
        idle = all(each.idle for each in one.scheduler.members[1:])
        return (Edit(one.path, at.mapping((*one.path, "schedulers", 0))),) if idle else ()


def erasures(one: Acting, at: Subject) -> Iterator[tuple[Acting, int, float, float]]:
    """Yield the stages of a SequentialLR whose beginning erases what schedulers beside it have done.

    With the group, and the factor that the others had brought its lr to in the row before and in this one.
    """
    if not one.scheduler.in_turn:
        return
    around = one.parents[-1][0] if one.parents else None
    beside = at.document.scheduler if around is None else around.members
    if one.stage is not None or not isinstance(beside, tuple) or sum(each.param is None for each in beside) == 1:
        return
    alone = at.instead(one.path[: -1 if around is None else -2], one.scheduler)
    for stage in at.stages.get(id(one.scheduler), ()) if alone is not None else ():
        if not 0 < stage.start < at.rows:
            continue
        assert alone is not None
        with np.errstate(all="ignore"):
            before, after = (at.lr[row] / alone.whole_lr[row] for row in (stage.start - 1, stage.start))
            erased = (np.abs(before - 1) > _ERASED) & (np.abs(after - 1) < 0.5 * np.abs(before - 1))
        if erased.any():
            group = int(np.argmax(erased))
            yield stage, group, float(before[group]), float(after[group])
