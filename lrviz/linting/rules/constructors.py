"""Constructors that change what other schedulers start from, and composites that take their steps again."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import permutations

import numpy as np
from typing_extensions import override

from lrviz.engines.reference import schedule as reference
from lrviz.engines.reference.construction import construct
from lrviz.foundation.errors import Path, Refusal
from lrviz.foundation.numerals import short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.linting.rules.one_cycle import warmed_up_twice
from lrviz.results import FloatArray
from lrviz.schedulers import Scheduler
from lrviz.schedulers.torch.constant_lr import ConstantLR

_SAME = 1e-9
_REORDERED = 4
"""How many members, from the last back, are tried in every order: 24 of them."""


def _differ(one: FloatArray, other: FloatArray) -> bool:
    return bool((np.abs(one - other) > _SAME * (np.abs(one) + np.abs(other))).any())


class ConstructorChangesOthers(Rule):
    """A later stage whose constructor changes what the earlier ones do.

    torch constructs all stages before the first update, and the constructors of OneCycleLR and CyclicLR write
    into the optimizer: its lr, its initial_lr, its momentum. The earlier stages start from those values.
    """

    id = "LR019"
    name = "constructor-changes-others"
    severity = Severity.error
    fires = """\
epochs: 40
optimizer: {name: SGD, lr: 0.1, momentum: 0.5}
scheduler:
  name: SequentialLR
  milestones: [20]
  schedulers:
    - {name: ConstantLR, factor: 1.0}
    - {name: OneCycleLR, max_lr: 0.5, total_steps: 20, cycle_momentum: false}
"""
    near = """\
epochs: 40
optimizer: {name: SGD, lr: 0.1, momentum: 0.5}
scheduler:
  name: SequentialLR
  milestones: [20]
  schedulers:
    - {name: ConstantLR, factor: 1.0}
    - {name: OneCycleLR, max_lr: 0.5, div_factor: 5, total_steps: 20, cycle_momentum: false}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        # What a later stage of its kind writes into the groups is what the stages before them start from.
        last = {self._kind(one): one.path for one in at.acting}
        for one in at.acting:
            if not one.stage or one.scheduler.imposed() is None or warmed_up_twice(one, at):
                continue
            if last[self._kind(one)] != one.path:
                continue
            without = at.instead(one.path, ConstantLR(factor=1.0))
            if without is None:
                continue
            rows = slice(0, one.start or at.rows)
            cycled = at.document.optimizer.optimizer.cycled() or ""
            known = {"lr": (at.lr, without.whole_lr)}
            if cycled in at.known.recording.params and cycled in without.recording.params:
                known[cycled] = (at.known.recording.params[cycled], without.recording.params[cycled])
            said = [
                f"{name} is {short(float(ours[row, group]))} instead of {short(float(theirs[row, group]))}"
                for name, (ours, theirs) in known.items()
                if _differ(ours[rows], theirs[rows])
                for row, group in [np.argwhere(ours[rows] != theirs[rows])[0]]
            ]
            if said:
                yield Found(
                    one.path,
                    f"{one.scheduler.name} is constructed with the others, so {' and '.join(said)} before it begins",
                    self._fix(one, at),
                )

    @staticmethod
    def _kind(one: Acting) -> tuple[Path, type[Scheduler], bool]:
        """Return what decides which keys of the groups a stage's constructor writes, and whose stage it is."""
        return one.path[:-1], type(one.scheduler), "momentum" in one.scheduler.overwrites

    @staticmethod
    def _fix(one: Acting, at: Subject) -> tuple[Edit, ...]:
        edits = [Edit(one.field("cycle_momentum"), False)]
        imposed = one.scheduler.imposed()
        given = float(at.document.optimizer.optimizer.hyperparameters()["lr"])
        if imposed is not None and imposed.divisor and given > 0:
            factor = float(np.max(imposed.peak)) / given
            edits.append(Edit(one.field(imposed.divisor), float(f"{factor:.12g}")))
        return tuple(edits)


class CompositeShifted(Rule):
    """A SequentialLR or ChainedScheduler as the first stage of a SequentialLR.

    torch undoes the first steps of the members and makes them again, once for each level: the inner stages begin a
    tick early, or at an lr that no scheduler sets. Put the inner stages into the outer list.
    """

    id = "LR020"
    name = "composite-shifted"
    severity = Severity.error
    fires = """\
epochs: 40
optimizer: {name: SGD, lr: 0.1}
scheduler:
  name: SequentialLR
  milestones: [30]
  schedulers:
    - name: SequentialLR
      milestones: [5]
      schedulers:
        - {name: LinearLR, start_factor: 0.1, total_iters: 5}
        - {name: ExponentialLR, gamma: 0.9}
    - {name: ConstantLR, factor: 0.1, total_iters: 100}
"""
    near = """\
epochs: 40
optimizer: {name: SGD, lr: 0.1}
scheduler:
  name: SequentialLR
  milestones: [5, 30]
  schedulers:
    - {name: LinearLR, start_factor: 0.1, total_iters: 5}
    - {name: ExponentialLR, gamma: 0.9}
    - {name: ConstantLR, factor: 0.1, total_iters: 100}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            if one.stage is None or not one.scheduler.members:
                continue
            alone = at.instead(one.path[:-2], one.scheduler)
            if alone is None:
                continue
            stop = min((at.rows, *one.parents[-1][0].begins[:1]))
            # The milestones are in ticks of the list; where a tick is many rows the first one tells as well.
            ours, meant = at.lr[:stop], alone.whole_lr[:stop]
            if not _differ(ours, meant):
                continue
            row, group = np.argwhere(ours != meant)[0]
            yield Found(
                one.path,
                f"inside another SequentialLR the lr{at.group(int(group))} is {short(float(ours[row, group]))} at "
                f"{at.noun} {row}; {one.scheduler.name} alone makes it {short(float(meant[row, group]))}",
                self._fix(one, at),
            )

    @staticmethod
    def _fix(one: Acting, at: Subject) -> tuple[Edit, ...]:
        outer, inner = at.mapping(one.path[:-2]), at.mapping(one.path)
        if len(outer["schedulers"]) == 1:
            return (Edit(one.path[:-2], inner),)
        around = one.parents[-1][0]
        inside = one.scheduler
        if not inside.in_turn or max(inside.begins, default=0) > min(around.begins):
            return ()
        flat = {
            **outer,
            "milestones": [*inner["milestones"], *outer["milestones"]],
            "schedulers": [*inner["schedulers"], *outer["schedulers"][1:]],
        }
        return (Edit(one.path[:-2], flat),)


class OrderDecides(Rule):
    """A list of schedulers whose first lr depends on which of them is constructed last.

    When constructed, a SequentialLR resets the lr to the initial one, and OneCycleLR and CyclicLR set it to theirs:
    the last one wins. lrviz builds them in the order of the document; your script has to do the same.
    """

    id = "LR022"
    name = "order-decides"
    severity = Severity.warning
    fires = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: LinearLR, start_factor: 0.1, total_iters: 10}
  - name: SequentialLR
    milestones: [25]
    schedulers:
      - {name: ConstantLR, factor: 1.0}
      - {name: ExponentialLR, gamma: 0.9}
"""
    near = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: LinearLR, start_factor: 0.1, total_iters: 10}
  - {name: ExponentialLR, gamma: 0.9}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        listed = at.document.scheduler
        if not isinstance(listed, tuple) or sum(each.param is None for each in listed) < 2:
            return
        if not any(each.resets_lr for each in listed if each.param is None):
            return
        begun = {tuple(float(f"{lr:.9g}") for lr in known) for known in _begun(at, _REORDERED)}
        if len(begun) > 1:
            said = " or ".join(", ".join(map(short, known)) for known in sorted(begun, reverse=True))
            yield Found(
                ("scheduler",),
                f"the run starts at lr {said}, depending on which member is constructed last",
                self._fix(listed, at),
            )

    @staticmethod
    def _fix(listed: tuple[Scheduler, ...], at: Subject) -> tuple[Edit, ...]:
        """Put a warm-up before the stages of the SequentialLR beside it."""
        if len(listed) != 2 or not at.plainly_stepped:
            return ()
        for warm_up, sequence in (listed, listed[::-1]):
            first = next(warm_up.spans(np.zeros(1)), None)
            # What begins at a share of the lr and moves on from there.
            ramp = first is not None and first.kind in {"warm-up", "decay"} and warm_up.first_factor
            if not ramp or first is None or not sequence.in_turn:
                continue
            if warm_up.interval != sequence.interval or any(x.members for x in sequence.members):
                return ()
            own = [at.mapping(("scheduler", listed.index(each))) for each in (warm_up, sequence)]
            ticks = getattr(warm_up, first.key)
            flat = {
                "name": "SequentialLR",
                "milestones": [ticks, *(ticks + each for each in sequence.begins)],
                "schedulers": [{k: v for k, v in own[0].items() if k != "interval"}, *own[1]["schedulers"]],
            }
            return (Edit(("scheduler",), flat),)
        return ()


def _begun(at: Subject, last: int) -> set[tuple[float, ...]]:
    """Return the lr of each group that the constructors of a list leave, in every order of its last members."""
    groups = reference.param_groups(at.document.optimizer)
    members = [one for one in at.members if one.path != ("swa",) and one.scheduler.param is None]
    found: set[tuple[float, ...]] = set()
    try:
        for member in members[:-last]:
            construct(member.scheduler, member.path, groups)
    except Refusal:
        return found
    for order in permutations(members[-last:]):
        begun = copy.deepcopy(groups)
        try:
            for member in order:
                construct(member.scheduler, member.path, begun)
        except Refusal:
            continue
        found.add(tuple(np.asarray(begun.lr).tolist()))
    return found
