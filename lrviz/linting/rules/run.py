"""A schedule that does not fit the run: too long for it, too short, or cut off by its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from typing_extensions import override

from lrviz.documents.schedule import Swa
from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import plural, short
from lrviz.linting.context import Acting, Subject
from lrviz.linting.rule import DROP, Edit, Found, Rule, Severity
from lrviz.schedulers import CyclicLR, OneCycleLR, ReduceLROnPlateau, SequentialLR
from lrviz.schedulers.torch.constant_lr import ConstantLR
from lrviz.schedulers.torch.cosine_annealing_lr import CosineAnnealingLR
from lrviz.schedulers.torch.cosine_annealing_warm_restarts import CosineAnnealingWarmRestarts
from lrviz.schedulers.torch.linear_lr import LinearLR
from lrviz.schedulers.torch.multi_step_lr import MultiStepLR
from lrviz.schedulers.torch.polynomial_lr import PolynomialLR
from lrviz.schedulers.torch.step_lr import StepLR

_NEARLY = 0.01
"""The share of a decay that may be left at the end of a run: nobody sees it."""
_HIGH = 0.1
"""The share of a cycle's height above which a run ends at a high lr."""


def _stretch(one: Acting) -> str:
    return plural(one.ticks, one.noun)


class CosineTurnsBack(Rule):
    """CosineAnnealingLR whose T_max is below the ticks it is stepped for.

    Past T_max torch's cosine climbs again, so that the run goes on at a rising lr, up to the full one after
    2 T_max ticks. Whoever wants restarts means CosineAnnealingWarmRestarts.
    """

    id = "LR001"
    name = "cosine-turns-back"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""
    near = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 100}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            if isinstance(one.scheduler, CosineAnnealingLR) and one.ticks - 1 > one.scheduler.T_max:
                path, T_max = one.field("T_max"), one.scheduler.T_max
                if at.miscounted(path):
                    continue
                last = short(float(at.lr[one.stop - 1].max()))
                yield Found(
                    path,
                    f"T_max is {T_max} and it acts for {_stretch(one)}: past {one.noun} {one.row(T_max)} the lr climbs "
                    f"again, and it ends at {last}",
                    (Edit(path, at.ticks(one, one.ticks)),),
                )


class FloorNotReached(Rule):
    """A decay that is longer than the part of the run it has.

    The low lr at the end of a decay is where most of the last accuracy comes from; a run that stops
    half-way down never gets there.
    """

    id = "LR002"
    name = "floor-not-reached"
    severity = Severity.warning
    fires = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 90}
"""
    near = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 60}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            key, length = self._length(one)
            path = one.field(key)
            # A stage that SequentialLR or swa cuts short is cut on purpose.
            if not one.ticks or length <= one.ticks or not at.ends_run(one) or at.miscounted(path):
                continue
            if self._left(one, (one.ticks - 1) / length) > _NEARLY:
                last = short(float(at.lr[-1].max()))
                yield Found(
                    path,
                    f"{key} is {length:,} and it acts for {_stretch(one)}: the run ends at lr {last}, before the floor",
                    (Edit(path, at.ticks(one, one.ticks)),),
                )

    @staticmethod
    def _length(one: Acting) -> tuple[str, int]:
        match one.scheduler:
            case CosineAnnealingLR():
                return "T_max", one.scheduler.T_max
            case PolynomialLR():
                return "total_iters", one.scheduler.total_iters
            case LinearLR() if one.scheduler.end_factor < one.scheduler.start_factor:
                return "total_iters", one.scheduler.total_iters
        return "", 0

    @staticmethod
    def _left(one: Acting, done: float) -> float:
        match one.scheduler:
            case CosineAnnealingLR():
                return (1 + math.cos(math.pi * done)) / 2
            case PolynomialLR():
                return float((1 - done) ** one.scheduler.power)
        return 1 - done


class CycleCutOff(Rule):
    """A cycle or restart that the end of the run cuts off at a high lr.

    The weights of a run are as good as its last low lr; one that ends near the top of a cycle throws that
    cycle away.
    """

    id = "LR003"
    name = "cycle-cut-off"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.05}
scheduler: {name: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2}
"""
    near = """\
epochs: 150
optimizer: {name: SGD, lr: 0.05}
scheduler: {name: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            if not one.ticks or not at.ends_run(one):
                continue
            if isinstance(one.scheduler, CosineAnnealingWarmRestarts):
                yield from self._restart(one, one.scheduler, at)
            elif isinstance(one.scheduler, CyclicLR):
                yield from self._cycle(one, one.scheduler, at)

    @staticmethod
    def _restart(one: Acting, own: CosineAnnealingWarmRestarts, at: Subject) -> Iterator[Found]:
        number, length, left = _last_cycle(one.ticks, own.T_0, own.T_mult)
        path = one.field("T_0")
        if not _restart_cut(one.ticks, own.T_0, own.T_mult) or at.miscounted(path):
            return
        # The last T_0 at which nothing is cut is the whole run.
        T_0 = _nearest(own.T_0, one.ticks, lambda T_0: not _restart_cut(one.ticks, T_0, own.T_mult))
        yield Found(
            path,
            f"cycle {number} is {plural(length, one.noun)} long and the run ends after {left} of them, at "
            f"lr {short(float(at.lr[-1].max()))}",
            (Edit(path, at.ticks(one, T_0)),),
        )

    @staticmethod
    def _cycle(one: Acting, own: CyclicLR, at: Subject) -> Iterator[Found]:
        down = own.step_size_up if own.step_size_down is None else own.step_size_down
        total = own.step_size_up + down
        path = one.field("step_size_up")
        if not _cycle_cut(one.ticks, own.step_size_up, down) or at.miscounted(path):
            return
        yield Found(
            path,
            f"a cycle is {plural(total, one.noun)} long and the run ends after {(one.ticks - 1) % total + 1} of the "
            f"last one, at lr {short(float(at.lr[-1].max()))}",
            tuple(_whole_cycles(one, own, at, total)),
        )


def _last_cycle(ticks: int, T_0: int, T_mult: int) -> tuple[int, int, int]:
    """Return the number of the last cycle of warm restarts, its length, and how much of it the run has."""
    start, length, number = 0, T_0, 1
    if T_mult == 1:
        number = max(1, -(-ticks // T_0))
        start = (number - 1) * T_0
    while start + length < ticks:
        start, length, number = start + length, length * T_mult, number + 1
    return number, length, ticks - start


def _restart_cut(ticks: int, T_0: int, T_mult: int) -> bool:
    number, length, left = _last_cycle(ticks, T_0, T_mult)
    height = (1 + math.cos(math.pi * (left - 1) / length)) / 2
    return number > 1 and left < length and height > _HIGH


def _cycle_cut(ticks: int, up: int, down: int) -> bool:
    total = up + down
    position = (ticks - 1) % total
    height = position / up if position <= up else (total - position) / down
    return ticks > total and ticks % total not in {0, 1} and height > _HIGH


def _nearest(wanted: int, most: int, fits: Callable[[int], bool]) -> int:
    """Return the length nearest to a wanted one that fits; most does."""
    near = min(max(1, wanted), most)
    for apart in range(most):
        for length in (near + apart, near - apart):
            if 1 <= length <= most and fits(length):
                return length
    return most


def _whole_cycles(one: Acting, own: CyclicLR, at: Subject, wanted: int) -> Iterator[Edit]:
    """Yield the edits that make the run a number of whole cycles, as near as they come to a wanted length."""
    rise = 0.5 if own.step_size_down is None else own.step_size_up / (own.step_size_up + own.step_size_down)

    def split(total: int) -> tuple[int, int]:
        up = max(1, round(rise * total))
        return up, up if own.step_size_down is None else max(0, total - up)

    up, down = split(_nearest(wanted, max(2, one.ticks), lambda total: not _cycle_cut(one.ticks, *split(total))))
    yield Edit(one.field("step_size_up"), at.ticks(one, up))
    if own.step_size_down is not None:
        yield Edit(one.field("step_size_down"), at.ticks(one, down))


class PeakNotReached(Rule):
    """A rise that is longer than the run.

    The lr that the document is about is never used: the whole run is a warm-up.
    """

    id = "LR004"
    name = "peak-not-reached"
    severity = Severity.error
    fires = """\
epochs: 20
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LinearLR, start_factor: 0.01, total_iters: 50}
"""
    near = """\
epochs: 20
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LinearLR, start_factor: 0.01, total_iters: 5}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            key, top, fix = self._rise(one)
            path = one.field(key)
            if one.ticks < 2 or one.ticks > top or not at.ends_run(one) or at.miscounted(path):
                continue
            yield Found(
                path,
                f"{key} is {getattr(one.scheduler, key) or 'longer than the run'} and it acts for {_stretch(one)}: the "
                f"highest lr of the run is {short(max(at.peaks))}",
                tuple(_whole_cycles(one, one.scheduler, at, max(2, one.ticks // 2)))
                if isinstance(one.scheduler, CyclicLR)
                else (Edit(path, at.ticks(one, fix) if isinstance(fix, int) else fix),),
            )

    @staticmethod
    def _rise(one: Acting) -> tuple[str, float, int | str]:
        """Return what the length is called, the tick of the top, and a length that fits; a top of -1 where none is."""
        own = one.scheduler
        # A later stage that begins low is a drop.
        later = any(isinstance(parent, SequentialLR) and index > 0 for parent, index in one.parents)
        match own:
            case LinearLR() | ConstantLR() if later:
                return "", -1, 0
            case LinearLR() if own.end_factor > own.start_factor:
                return "total_iters", own.total_iters, "0.05dur"
            case ConstantLR() if own.factor < 1:
                return "total_iters", own.total_iters, "0.05dur"
            case CyclicLR():
                return "step_size_up", own.step_size_up, 0
            case OneCycleLR() if own.total_steps is not None:
                return "total_steps", own.pct_start * own.total_steps - 1, one.ticks
        return "", -1, 0


class WarmUpLongerThanStage(Rule):
    """A warm-up that its stage in a SequentialLR cuts short.

    At the milestone the next stage starts from the optimizer's lr, so the lr jumps there by what is left
    of the warm-up: the jump that the warm-up was to avoid.
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
            if cut_short(one, at) and not at.miscounted(one.field("total_iters")):
                assert isinstance(one.scheduler, LinearLR)
                before, after = (short(float(at.lr[row].max())) for row in (one.stop - 1, one.stop))
                yield Found(
                    one.field("total_iters"),
                    f"total_iters is {one.scheduler.total_iters} and the stage {_stretch(one)} long: at {at.noun} "
                    f"{one.stop} the lr jumps from {before} to {after}",
                    (Edit(one.field("total_iters"), at.ticks(one, one.ticks)),),
                )


def cut_short(one: Acting, at: Subject) -> bool:
    """Tell whether a scheduler is a warm-up that the next stage begins before it is done."""
    own = one.scheduler
    return (
        isinstance(own, LinearLR)
        and own.end_factor > own.start_factor
        # Inside a first stage torch begins a tick early for each level: that is another matter.
        and 0 < one.ticks < own.total_iters - (len(one.parents) - 1)
        and one.stop < at.rows
        and bool(one.parents)
    )


class BeyondTheRun(Rule):
    """A milestone, step_size, T_0, patience or start of swa that the run does not reach.

    What it announces never happens: no drop, no stage, no restart, no averaging. torch says nothing.
    """

    id = "LR010"
    name = "beyond-the-run"
    severity = Severity.error
    fires = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: MultiStepLR, milestones: [30, 60]}
"""
    near = """\
epochs: 90
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: MultiStepLR, milestones: [30, 60]}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            for path, length, ticks, fix in self._late(one):
                if at.miscounted(path):
                    continue
                key = next(part for part in reversed(path) if isinstance(part, str))
                what = "milestone" if key == "milestones" else key
                # A list is edited as a whole.
                whole = path[:-1] if isinstance(path[-1], int) else path
                yield Found(
                    path,
                    f"{what} {length:,} is never reached: {plural(ticks, one.noun)} is all it has",
                    (
                        Edit(
                            whole,
                            [at.ticks(one, each) for each in fix] if isinstance(fix, list) else at.ticks(one, fix),
                        ),
                    ),
                )

    @staticmethod
    def _late(one: Acting) -> Iterator[tuple[Path, int, int, int | list[int]]]:
        own, ticks = one.scheduler, one.ticks
        if isinstance(own, SequentialLR):
            whole = one.clock.ticks
            for index, milestone in enumerate(own.milestones):
                if milestone >= whole:
                    yield one.field("milestones", index), milestone, whole, _spaced(own.milestones, whole)
        elif isinstance(own, Swa):
            if own.start >= one.clock.ticks:
                yield one.field("start"), own.start, one.clock.ticks, one.clock.ticks * 3 // 4
        elif not ticks:
            return
        elif isinstance(own, MultiStepLR):
            for index, milestone in enumerate(own.milestones):
                if milestone >= ticks:
                    reached = [each for each in own.milestones if each < ticks]
                    yield one.field("milestones", index), milestone, ticks, reached or [ticks // 2]
        elif isinstance(own, StepLR) and own.step_size >= ticks:
            yield one.field("step_size"), own.step_size, ticks, max(1, ticks // 3)
        elif isinstance(own, CosineAnnealingWarmRestarts) and ticks < own.T_0:
            yield one.field("T_0"), own.T_0, ticks, ticks
        elif isinstance(own, ReduceLROnPlateau) and own.patience + 3 > ticks > 2:
            yield one.field("patience"), own.patience, ticks, max(0, ticks // 10)


def _spaced(milestones: tuple[int, ...], ticks: int) -> list[int]:
    """Return the milestones with those beyond the run brought into it, evenly."""
    kept = [each for each in milestones if each < ticks]
    late, start = len(milestones) - len(kept), max(kept, default=0)
    return [*kept, *(start + (ticks - start) * (1 + index) // (late + 1) for index in range(late))]


class OneCycleOtherThanRun(Rule):
    """OneCycleLR whose total_steps is not the number of ticks it is stepped for.

    A cycle longer than the run never comes down: the annihilation at its end, which the method is about, is
    missing. A shorter one makes torch raise in the middle of the run.
    """

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
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            own = one.scheduler
            if not isinstance(own, OneCycleLR) or not one.ticks or not at.ends_run(one):
                continue
            key = "total_steps" if own.total_steps is not None else "epochs"
            if own.length != one.ticks and not at.miscounted(one.field(key)):
                drop = [Edit(one.field(other), DROP) for other in ("epochs", "steps_per_epoch") if key == "epochs"]
                yield Found(
                    one.field(key),
                    f"a cycle of {own.length:,} {one.noun}s in a run that gives it {one.ticks:,}: it ends at lr "
                    f"{short(float(at.lr[-1].max()))} instead of {short(_last(own))}",
                    (*drop, Edit(one.field("total_steps"), one.ticks)),
                )


def _last(own: OneCycleLR) -> float:
    highest = max(own.max_lr) if isinstance(own.max_lr, tuple) else own.max_lr
    return highest / own.div_factor / own.final_div_factor


class NeverStepped(Rule):
    """A scheduler that the run never steps.

    Only what its constructor did is left of it. A run shorter than an epoch steps nothing that is stepped
    once an epoch.
    """

    id = "LR033"
    name = "never-stepped"
    severity = Severity.warning
    fires = """\
steps: 100
steps_per_epoch: 400
interval: step
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: LinearLR, start_factor: 0.1, total_iters: 20}
  - {name: StepLR, step_size: 1, interval: epoch}
"""
    near = """\
steps: 1000
steps_per_epoch: 400
interval: step
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: LinearLR, start_factor: 0.1, total_iters: 20}
  - {name: StepLR, step_size: 1, interval: epoch}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for member in at.members:
            own = member.scheduler
            # LR010 and LR031 say it of SWALR.
            if member.when or isinstance(own, Swa):
                continue
            document = at.document
            ticks = document.ticks(own.interval or document.interval)
            fix: tuple[Edit, ...] = ()
            if document.length_key == "steps":
                fix = (Edit(("steps",), 2 * max(document.epoch_steps, document.ticks("step"))),)
            elif document.swa is not None:
                fix = (Edit(("swa", "start"), document.ticks(document.interval) * 3 // 4),)
            why = ", which swa takes over at once" if document.swa is not None and ticks > 0 else ""
            yield Found(member.path, f"{own.name} is never stepped in this run of {plural(at.rows, at.noun)}{why}", fix)
