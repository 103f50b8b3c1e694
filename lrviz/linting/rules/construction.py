"""What torch's constructors and composites do to one another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from typing_extensions import override

from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import short
from lrviz.linting.context import Acting, Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.results import FloatArray
from lrviz.schedulers import Composite, CyclicLR, OneCycleLR, Scheduler, SequentialLR
from lrviz.schedulers.torch.constant_lr import ConstantLR
from lrviz.schedulers.torch.linear_lr import LinearLR

_SAME = 1e-9
_ERASED = 0.05
"""How far from 1 the factor of another member must have come to be missed."""
_REORDERED = 4
"""How many members, from the last back, are tried in every order: 24 of them."""


def _rises(one: Scheduler) -> bool:
    return (isinstance(one, LinearLR) and one.end_factor > one.start_factor) or (
        isinstance(one, ConstantLR) and one.factor < 1 and one.total_iters > 0
    )


def _differ(one: FloatArray, other: FloatArray) -> bool:
    return bool((np.abs(one - other) > _SAME * (np.abs(one) + np.abs(other))).any())


def _mapping(at: Subject, path: Path) -> dict[str, Any]:
    written = at.written(path)
    assert isinstance(written, dict)
    return written


class ScalarFlattensGroups(Rule):
    """One scalar max_lr or base_lr for groups whose learning rates differ.

    OneCycleLR and CyclicLR overwrite the lr of every group with it: the smaller lr of a backbone is gone
    from the first update on. A list gives each group its own.
    """

    id = "LR016"
    name = "scalar-flattens-groups"
    severity = Severity.error
    fires = """\
epochs: 30
optimizer:
  name: SGD
  lr: 0.1
  momentum: 0.9
  groups:
    - {name: backbone, lr: 0.01}
    - {name: head}
scheduler: {name: OneCycleLR, max_lr: 0.5, total_steps: 30, cycle_momentum: true}
"""
    near = """\
epochs: 30
optimizer:
  name: SGD
  lr: 0.1
  momentum: 0.9
  groups:
    - {name: backbone, lr: 0.01}
    - {name: head}
scheduler: {name: OneCycleLR, max_lr: [0.05, 0.5], total_steps: 30, cycle_momentum: true}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        given = [float(group.optimizer.hyperparameters()["lr"]) for group in at.document.optimizer.groups]
        if len(set(given)) == 1 or max(given) <= 0:
            return
        for one in at.acting:
            own = one.scheduler
            for key in ("max_lr", "base_lr") if isinstance(own, CyclicLR | OneCycleLR) else ():
                value = getattr(own, key, None)
                if isinstance(value, float):
                    shared = [float(f"{value * lr / max(given):.6g}") for lr in given]
                    yield Found(
                        one.field(key),
                        f"{key} is {short(value)} for every group, though the optimizer gives them "
                        f"{', '.join(map(short, given))}",
                        (Edit(one.field(key), shared),),
                    )


class MomentumNeverAskedFor(Rule):
    """Momentum, or beta1, is cycled though the document does not mention it.

    cycle_momentum is true by default: CyclicLR overwrites the momentum of the optimizer at construction, and an
    optimizer without momentum gets one of 0.9, or 0.95 from OneCycleLR. Where there is a momentum, moving it is what
    the one-cycle policy means.
    """

    id = "LR017"
    name = "momentum-never-asked-for"
    severity = Severity.warning
    fires = """\
epochs: 40
optimizer: {name: SGD, lr: 0.01}
scheduler: {name: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 10}
"""
    near = """\
epochs: 40
optimizer: {name: SGD, lr: 0.01}
scheduler: {name: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 10, cycle_momentum: false}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            own = one.scheduler
            if not isinstance(own, CyclicLR | OneCycleLR) or not own.cycle_momentum:
                continue
            if own.model_fields_set & {"cycle_momentum", "base_momentum", "max_momentum"}:
                continue
            host = at.document.optimizer.optimizer
            key = host.cycled()
            values = host.hyperparameters()
            before = float(values["betas"][0] if key == "beta1" else values["momentum"])
            if isinstance(own, OneCycleLR) and before > 0:
                continue
            low, high = (np.min(own.base_momentum), np.max(own.max_momentum))
            yield Found(
                one.path,
                f"{own.name} moves {key} between {low:g} and {high:g}, and the optimizer has {before:g}",
                (Edit(one.field("cycle_momentum"), False),),
            )


class WarmUpBeforeOneCycle(Rule):
    """A warm-up before OneCycleLR, or beside it.

    OneCycleLR is a warm-up itself, and its constructor overwrites the lr that the other one rises to: the
    run climbs to max_lr / div_factor, and only then begins its cycle.
    """

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
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            if warmed_up_twice(one, at):
                assert isinstance(one.scheduler, OneCycleLR)
                whole = {key: value for key, value in _mapping(at, one.path).items() if key not in _CYCLE_LENGTHS}
                length = at.document.ticks(at.document.interval)
                own = one.scheduler
                yield Found(
                    one.path,
                    f"the run starts at lr {short(float(at.lr[0].max()))} and has warmed up to "
                    f"{short(float(np.max(own.max_lr)) / own.div_factor)} when OneCycleLR begins to warm up to "
                    f"{short(float(np.max(own.max_lr)))}",
                    (Edit(("scheduler",), {**whole, "total_steps": length}),),
                )


_CYCLE_LENGTHS = {"total_steps", "epochs", "steps_per_epoch", "interval"}


def warmed_up_twice(one: Acting, at: Subject) -> bool:
    """Tell whether a scheduler is OneCycleLR, and another one warms up before it or beside it."""
    if not isinstance(one.scheduler, OneCycleLR):
        return False
    if one.parents:
        around, index = one.parents[-1]
        before = around.schedulers[:index] if isinstance(around, SequentialLR) else around.schedulers
        return any(map(_rises, before))
    listed = at.document.scheduler
    return isinstance(listed, tuple) and any(map(_rises, listed))


class ConstructorChangesOthers(Rule):
    """A later stage whose constructor changes what the earlier ones do.

    torch constructs all stages before the first update, and the constructors of OneCycleLR and CyclicLR write
    into the optimizer: its lr, its initial_lr, its momentum. The stages before start from that.
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
            inside = one.parents[-1] if one.parents else None
            if inside is None or not isinstance(inside[0], SequentialLR) or inside[1] == 0:
                continue
            if not isinstance(one.scheduler, CyclicLR | OneCycleLR) or warmed_up_twice(one, at):
                continue
            if last[self._kind(one)] != one.path:
                continue
            without = at.instead(one.path, ConstantLR(factor=1.0))
            if without is None:
                continue
            rows = slice(0, one.start or at.rows)
            cycled = at.document.optimizer.optimizer.cycled() or ""
            known = {"lr": (at.lr, without.recording.lr)}
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
        return one.path[:-1], type(one.scheduler), bool(getattr(one.scheduler, "cycle_momentum", False))

    @staticmethod
    def _fix(one: Acting, at: Subject) -> tuple[Edit, ...]:
        edits = [Edit(one.field("cycle_momentum"), False)]
        if isinstance(one.scheduler, OneCycleLR):
            given = float(at.document.optimizer.optimizer.hyperparameters()["lr"])
            if given > 0:
                factor = float(np.max(one.scheduler.max_lr)) / given
                edits.append(Edit(one.field("div_factor"), float(f"{factor:.12g}")))
        return tuple(edits)


class CompositeShifted(Rule):
    """A SequentialLR or ChainedScheduler as the first stage of a SequentialLR.

    torch undoes the first steps of the members and takes them again, once for each level: the inner stages
    begin a tick early, or at an lr that is nobody's. The inner list can stand in the outer one.
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
            inside = one.parents[-1] if one.parents else None
            if inside is None or not isinstance(inside[0], SequentialLR) or not isinstance(one.scheduler, Composite):
                continue
            alone = at.instead(one.path[:-2], one.scheduler)
            if alone is None:
                continue
            stop = min(*inside[0].milestones[:1], at.rows) if inside[0].milestones else at.rows
            # The milestones are in ticks of the list; where a tick is many rows the first one tells as well.
            ours, meant = at.lr[:stop], alone.recording.lr[:stop]
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
        outer, inner = _mapping(at, one.path[:-2]), _mapping(at, one.path)
        if len(outer["schedulers"]) == 1:
            return (Edit(one.path[:-2], inner),)
        around = one.parents[-1][0]
        assert isinstance(around, SequentialLR)
        if not isinstance(one.scheduler, SequentialLR) or max(one.scheduler.milestones, default=0) > min(
            around.milestones
        ):
            return ()
        flat = {
            **outer,
            "milestones": [*inner["milestones"], *outer["milestones"]],
            "schedulers": [*inner["schedulers"], *outer["schedulers"][1:]],
        }
        return (Edit(one.path[:-2], flat),)


class MilestoneErasesDecay(Rule):
    """A milestone of a SequentialLR beside another scheduler, whose decay it erases.

    Where a stage begins torch writes the stage's own value into the lr, so that whatever another member of
    the chain, or of the list, has multiplied it by until then is lost.
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
                    f"{short(before)}; at its milestone, {at.noun} {stage.start}, that factor is {short(after)}",
                    self._fix(one, at),
                )

    @staticmethod
    def _fix(one: Acting, at: Subject) -> tuple[Edit, ...]:
        assert isinstance(one.scheduler, SequentialLR)
        idle = all(isinstance(each, ConstantLR) and each.factor == 1 for each in one.scheduler.schedulers[1:])
        return (Edit(one.path, _mapping(at, (*one.path, "schedulers", 0))),) if idle else ()


def erasures(one: Acting, at: Subject) -> Iterator[tuple[Acting, int, float, float]]:
    """Yield the stages of a SequentialLR whose beginning erases what schedulers beside it have done.

    With the group, and the factor that the others had brought its lr to in the row before and in this one.
    """
    if not isinstance(one.scheduler, SequentialLR):
        return
    around = one.parents[-1][0] if one.parents else None
    beside = at.document.scheduler if around is None else around.schedulers
    if isinstance(around, SequentialLR) or not isinstance(beside, tuple) or len(beside) == 1:
        return
    alone = at.instead(one.path[: -1 if around is None else -2], one.scheduler)
    for stage in at.stages.get(id(one.scheduler), ()) if alone is not None else ():
        if not 0 < stage.start < at.rows:
            continue
        assert alone is not None
        with np.errstate(all="ignore"):
            before, after = (at.lr[row] / alone.recording.lr[row] for row in (stage.start - 1, stage.start))
            erased = (np.abs(before - 1) > _ERASED) & (np.abs(after - 1) < 0.5 * np.abs(before - 1))
        if erased.any():
            group = int(np.argmax(erased))
            yield stage, group, float(before[group]), float(after[group])


class OrderDecides(Rule):
    """A list of schedulers whose first lr depends on which of them is constructed last.

    A SequentialLR sets the lr back to the initial one when it is constructed, OneCycleLR and CyclicLR set
    it to theirs: whoever is built last wins. lrviz builds them in the order of the document; your script has
    to do the same.
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
        if not isinstance(listed, tuple) or len(listed) < 2:
            return
        begun = {tuple(float(f"{lr:.9g}") for lr in known) for known in at.begun(_REORDERED)}
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
        match listed:
            case (LinearLR() as warm_up, SequentialLR() as sequence) | (
                SequentialLR() as sequence,
                LinearLR() as warm_up,
            ):
                if warm_up.interval != sequence.interval or any(isinstance(x, Composite) for x in sequence.schedulers):
                    return ()
                own = [_mapping(at, ("scheduler", listed.index(each))) for each in (warm_up, sequence)]
                ticks = warm_up.total_iters
                flat = {
                    "name": "SequentialLR",
                    "milestones": [ticks, *(ticks + each for each in sequence.milestones)],
                    "schedulers": [{k: v for k, v in own[0].items() if k != "interval"}, *own[1]["schedulers"]],
                }
                return (Edit(("scheduler",), flat),)
        return ()
