"""Schedulers that put an lr of their own in the place of whatever the lr was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from typing_extensions import override

from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import plural, short
from lrviz.linting.context import Acting, Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.linting.rules.construction import erasures, warmed_up_twice
from lrviz.schedulers import Composite, ReduceLROnPlateau, Scheduler, SequentialLR
from lrviz.schedulers.torch.cosine_annealing_warm_restarts import CosineAnnealingWarmRestarts

_LOW = 0.1
"""The share of its height below which the last lr of a cycle is low."""
_APART = 1.01
"""How far an lr may lie outside a range and still be its end, written with fewer digits."""


class AssigningErasesOthers(Rule):
    """A scheduler that sets the lr anew at every step, beside another one whose changes it erases.

    LambdaLR, CosineAnnealingWarmRestarts, CyclicLR and OneCycleLR compute the lr from the initial one and do not look
    at what it is: a warm-up, a decay or a reduction made beside them lasts until their next step, and a multiplier
    that acts after them acts once, not cumulatively.
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
                        if index != own and _lost(each := known[(*below, index)], one, at, first=index < own)
                    ),
                    None,
                )
                if other is None or self._told_of_milestone(one, at):
                    continue
                told.add(around)
                yield Found(
                    one.path,
                    f"{one.scheduler.name} sets the lr anew at each of its {plural(one.ticks - 1, 'step')}, so what "
                    f"{other.scheduler.name} does to it is lost: the optimizer was given {short(max(_given(at)))}, and "
                    f"the lr of the run peaks at {short(max(at.peaks))} and ends at {short(float(at.lr[-1].max()))}",
                    self._fix(one, other, around, members, at),
                )

    @staticmethod
    def _told_of_milestone(one: Acting, at: Subject) -> bool:
        """Tell whether LR021 says it: the stage of a SequentialLR erases what was done before its milestone."""
        inside = one.parents[-1][0] if one.parents else None
        if not isinstance(inside, SequentialLR):
            return False
        return any(True for each in at.acting if each.scheduler is inside for _ in erasures(each, at))

    @staticmethod
    def _fix(one: Acting, other: Acting, around: Path, members: tuple[Scheduler, ...], at: Subject) -> tuple[Edit, ...]:
        """Put a warm-up before the restarts, where whole cycles then fit the run."""
        own, warm_up = one.scheduler, other.scheduler
        if (
            not isinstance(own, CosineAnnealingWarmRestarts)
            or not warm_up.warms_up
            or len(members) > 2
            or one.path[:-1] != other.path[:-1]
            or one.stride != other.stride
            or not at.ends_run(one)
        ):
            return ()
        ticks, start, length = one.ticks - warm_up.warms_up, 0, own.T_0
        while start + length < ticks:
            start, length = start + length, length * own.T_mult
        height = (1 + np.cos(np.pi * (ticks - 1 - start) / length)) / 2
        if ticks < own.T_0 or (start + length != ticks and height > _LOW):
            return ()
        stages = [_written(warm_up, other.path, at), _written(own, one.path, at)]
        interval = stages[0].pop("interval", None)
        stages[1].pop("interval", None)
        # As it is written: a length in epochs stays one.
        length_written = stages[0].get("total_iters")
        if length_written is None:
            return ()
        sequence: dict[str, Any] = {"name": "SequentialLR", "milestones": [length_written], "schedulers": stages}
        return (Edit(around, {**sequence, "interval": interval} if interval else sequence),)


def _written(own: Scheduler, path: Path, at: Subject) -> dict[str, Any]:
    written = at.written(path)
    return dict(written) if isinstance(written, dict) else {"name": own.name}


def _given(at: Subject) -> list[float]:
    return [float(group.optimizer.hyperparameters()["lr"]) for group in at.document.optimizer.groups]


def _beside(one: Acting, at: Subject) -> Iterator[tuple[Path, int, tuple[Scheduler, ...]]]:
    """Yield each list and ChainedScheduler around a scheduler: its path, the scheduler's branch, its members."""
    listed = at.document.scheduler
    depth = len(one.path) - 2 * len(one.parents)
    if isinstance(listed, tuple) and one.path[0] == "scheduler":
        yield ("scheduler",), int(one.path[1]), listed
    for level, (composite, index) in enumerate(one.parents):
        if not isinstance(composite, SequentialLR):
            yield one.path[: depth + 2 * level], index, composite.schedulers


def _lost(other: Acting, one: Acting, at: Subject, *, first: bool) -> bool:
    """Tell whether what a scheduler does beside an assigning one is undone; first: it is constructed before that."""
    own = other.scheduler
    if own.idle:
        return False
    if isinstance(own, Composite):
        return True  # which has no part of the run of its own
    if isinstance(own, ReduceLROnPlateau):
        return bool(at.known.reductions)
    if own.warms_up:
        # Begun after the other's constructor and done before its first step: both have what they want.
        return first or other.row(own.warms_up) > one.start + one.stride
    return other.ticks > 1


class LrReplaced(Rule):
    """An lr of the optimizer that OneCycleLR or CyclicLR replaces by a range in which it does not lie.

    Their constructors write max_lr / div_factor, or base_lr, over the lr that the optimizer was given. torch says
    nothing, and the number that the document states first has no effect.
    """

    id = "LR043"
    name = "lr-replaced"
    severity = Severity.warning
    fires = """\
epochs: 30
optimizer: {name: SGD, lr: 0.5, momentum: 0.9}
scheduler: {name: OneCycleLR, max_lr: 0.1, total_steps: 30}
"""
    near = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: OneCycleLR, max_lr: 0.1, total_steps: 30}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        given = _given(at)
        if at.written(("optimizer", "lr")) is None and len(set(given)) == 1:
            return  # nobody asked for torch's default
        for one in at.acting:
            imposed = one.scheduler.imposed()
            # LR019 says what a later stage does to those before it.
            if imposed is None or (one.parents and not warmed_up_twice(one, at)):
                continue
            ends = (imposed.start, imposed.peak)
            low, high = (np.broadcast_to(np.asarray(part, dtype=float), len(given)) for part in ends)
            apart = [
                group
                for group, lr in enumerate(given)
                if not low[group] / _APART <= lr <= high[group] * _APART and at.peaks[group] > 0
            ]
            if not apart or (len(set(given)) > 1 and len(set(high.tolist())) == 1):
                continue  # one range for unlike groups is LR016's
            group = apart[0]
            path = at.hyperparameter(group, "lr")
            alone = at.written(("optimizer", "groups")) is None
            yield Found(
                path,
                f"the optimizer's lr{at.group(group)} of {short(given[group])} is never used: {one.scheduler.name} "
                f"starts at {short(float(low[group]))} and rises to {short(float(high[group]))}",
                (Edit(path, float(high[group])),) if alone else (),
            )
            return
