"""A curve that is odd in itself: zero, tiny, negative, jumping, growing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.language.expression import Expression
from lrviz.linting.context import Acting, Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.linting.rules.construction import erasures
from lrviz.linting.rules.run import cut_short
from lrviz.results import BoolArray, FloatArray
from lrviz.schedulers import CyclicLR, Scheduler, SequentialLR
from lrviz.schedulers.torch.constant_lr import ConstantLR
from lrviz.schedulers.torch.cosine_annealing_lr import CosineAnnealingLR
from lrviz.schedulers.torch.cosine_annealing_warm_restarts import CosineAnnealingWarmRestarts
from lrviz.schedulers.torch.exponential_lr import ExponentialLR
from lrviz.schedulers.torch.lambda_lr import LambdaLR
from lrviz.schedulers.torch.linear_lr import LinearLR
from lrviz.schedulers.torch.multi_step_lr import MultiStepLR
from lrviz.schedulers.torch.multiplicative_lr import MultiplicativeLR
from lrviz.schedulers.torch.polynomial_lr import PolynomialLR
from lrviz.schedulers.torch.step_lr import StepLR

_ZERO = 1e-12
"""Of the peak: what rounding leaves of a cosine's zero."""
_TINY, _SHARE = 0.001, 0.25
"""Below this share of the peak an lr is tiny; for this share of the run at its end is too long."""
_SEEN = 0.01
"""The share of the run that updates without any effect must exceed: less is how lengths are rounded."""
_JUMP = 2.0
_DECAYS = {"T_max", "total_iters", "total_steps"}


def _place(one: Acting | None) -> tuple[str | int, ...]:
    return one.path if one is not None else ("scheduler",)


def _ending_at(row: int, at: Subject) -> tuple[Edit, ...]:
    """Return the edit that ends the run before a row, where the rest of the document allows that.

    A length that the shorter run does not reach, or that is a share of the run, would have to change with it.
    """
    document = at.document
    each = document.epoch_steps
    if document.length_key == "steps":
        length = row if document.unit == "step" else row * each
        steps, epochs = length, length // each
    else:
        length = row if document.unit == "epoch" else row // each
        steps, epochs = length * each, length
    rows = epochs if document.unit == "epoch" else steps
    plain = {path for _, path, _ in at.counted}
    ticks = {"epoch": epochs, "step": steps}
    reached = all(
        # A milestone has to have a tick after it, a decay may end with the run.
        path in plain and one.start // one.stride + count <= ticks[one.clock.interval] - (not {*path} & _DECAYS)
        for one in at.acting
        for path, count in at.lengths(one).items()
    )
    kept = at.lr[:rows]
    if rows < 2 or not reached or mostly_tiny(kept) or ((kept[1:] == 0) & (kept[:-1] == 0)).any():
        return ()
    return (Edit((document.length_key,), length),)


class FirstUpdateAtZero(Rule):
    """The run begins with an lr of 0, for an epoch or for several updates.

    No weight moves there: what is computed is for nothing. A single update at 0, with which most warm-ups at every
    step begin, costs one batch; a whole epoch at 0 is a formula that should count ticks from 1.
    """

    id = "LR005"
    name = "first-update-at-zero"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LambdaLR, lr_lambda: "min(1, t / 10)"}
"""
    near = """\
epochs: 100
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LambdaLR, lr_lambda: "min(1, (t + 1) / 10)"}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        # A group at 0 beside others that move is frozen on purpose.
        moved = (at.lr != 0).any(axis=1)
        first = int(moved.argmax())
        if moved[0] or not moved.any() or (at.noun == "step" and first == 1):
            return
        one = at.at(0)
        path = _place(one)
        fix: tuple[Edit, ...] = ()
        if one is not None and isinstance(one.scheduler, LambdaLR):
            several = len(one.scheduler.lr_lambda) if isinstance(one.scheduler.lr_lambda, tuple) else 1
            later = [
                _formula(one, one.scheduler, group, lambda text: re.sub(r"\b(t|epoch)\b", r"(\1 + 1)", text))
                for group in range(several)
            ]
            path = later[0][0]
            # Where it stays at 0 for longer than a tick, counting from 1 does not settle it.
            fix = tuple(edit for _, edits in later for edit in edits) if first == one.stride else ()
        elif one is not None and isinstance(one.scheduler, ConstantLR):
            path = one.field("factor")
            fix = (Edit(path, 0.1),)
        yield Found(path, f"the lr is 0 in the first {at.noun if first == 1 else plural(first, at.noun)}", fix)


def _formula(
    one: Acting, own: LambdaLR | MultiplicativeLR, group: int, change: object
) -> tuple[tuple[str | int, ...], tuple[Edit, ...]]:
    """Return the place of a group's formula, and the edit that changes its text."""
    assert callable(change)
    several = isinstance(own.lr_lambda, tuple)
    formula = own.lr_lambda[group] if isinstance(own.lr_lambda, tuple) else own.lr_lambda
    assert isinstance(formula, Expression)
    path = one.field("lr_lambda", group) if several else one.field("lr_lambda")
    return path, (Edit(path, change(formula.text)),)


def _tiny_rows(lr: FloatArray) -> BoolArray:
    """Tell in which rows the lr of a group is tiny, after its peak; one of zero is another matter, and LR007's."""
    top = int(lr.argmax())
    found: BoolArray = (lr < _TINY * lr[top]) & (lr > _ZERO * lr[top])
    found[:top] = False
    return found


def mostly_tiny(lr: FloatArray) -> bool:
    """Tell whether LR006 would say something of a curve, [rows, groups]."""
    return any(_tiny_rows(lr[:, group]).mean() > _SHARE for group in range(lr.shape[1]))


class MostlyTiny(Rule):
    """The run ends with more than a quarter of it at less than 0.1% of the peak lr.

    At a thousandth of the lr the weights hardly move any more; the time is better spent at an lr that
    trains, or not at all. Recipes that step down three times, or by a few percent an epoch, end above that.
    """

    id = "LR006"
    name = "mostly-tiny"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: ExponentialLR, gamma: 0.9}
"""
    near = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: ExponentialLR, gamma: 0.96}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for index, highest in enumerate(at.peaks):
            below = _tiny_rows(at.lr[:, index])
            share = float(below.mean())
            if highest <= 0 or share <= _SHARE:
                continue
            above = np.flatnonzero(~below)
            tail = int(above[-1]) + 1
            one = at.at(at.rows - 1)
            fix: tuple[Edit, ...] = ()
            path = _place(one)
            if tail < at.rows:
                fix = _ending_at(tail, at)
            if one is not None and isinstance(one.scheduler, ExponentialLR) and 0 < one.scheduler.gamma < 1:
                path = one.field("gamma")
                # Beside others, or after them, it is not all that lowers the lr.
                alone = len(at.acting) == 1
                fix = () if not alone else (Edit(path, math.ceil(1e4 * _TINY ** (1 / one.ticks)) / 1e4),)
            yield Found(
                path,
                f"{share:.0%} of the run has less than 0.1% of the peak lr{at.group(index)}, {short(highest)}: from "
                f"{at.noun} {tail if tail < at.rows else int(np.flatnonzero(below)[0])} on",
                fix,
            )
            return


class ZeroBeforeTheEnd(Rule):
    """The lr is 0 before the run ends.

    From there on nothing is learned, and every update costs what it cost before.
    """

    id = "LR007"
    name = "zero-before-the-end"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.05}
scheduler: {name: PolynomialLR, total_iters: 50}
"""
    near = """\
epochs: 100
optimizer: {name: SGD, lr: 0.05}
scheduler: {name: PolynomialLR, total_iters: 100}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for index, highest in enumerate(at.peaks):
            zero = np.abs(at.lr[:, index]) <= _ZERO * highest
            if highest <= 0 or not zero.any():
                continue
            known = int(np.flatnonzero(~zero)[0])
            pairs = np.flatnonzero(zero[known:-1] & zero[known + 1 :])
            if not len(pairs) or zero[known:].sum() <= _SEEN * at.rows:
                continue
            row = known + int(pairs[0])
            count = int(zero[known:].sum())
            one = at.at(row)
            path, fix = _place(one), _ending_at(row, at)
            if (
                one is not None
                and isinstance(one.scheduler, PolynomialLR | LinearLR)
                and not at.miscounted(one.field("total_iters"))
            ):
                path = one.field("total_iters")
                fix = (Edit(path, at.ticks(one, one.ticks)),)
            yield Found(
                path,
                f"the lr{at.group(index)} is 0 from {at.noun} {row} on: {count:,} of {at.rows:,} updates do nothing",
                fix,
            )
            return


class JumpAtMilestone(Rule):
    """A jump of more than a factor of two where a stage begins, that no decay asked for.

    A stage begins at the optimizer's lr, whatever the stage before it has come down or up to; torch does not
    join them. LinearLR and ConstantLR begin at a third of it unless they are told otherwise.
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
            inside = one.parents[-1] if one.parents else None
            if inside is None or not isinstance(inside[0], SequentialLR) or inside[1] == 0 or not one.ticks:
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
        match own:
            case LinearLR():
                return "start_factor" in own.model_fields_set
            case ConstantLR():
                return "factor" in own.model_fields_set
        return isinstance(own, LambdaLR | MultiplicativeLR)

    @staticmethod
    def _fix(one: Acting, at: Subject, *, down: bool) -> tuple[Edit, ...]:
        if down and isinstance(one.scheduler, LinearLR | ConstantLR):
            return (Edit(one.field("start_factor" if isinstance(one.scheduler, LinearLR) else "factor"), 1.0),)
        sequence, index = one.parents[-1]
        before = sequence.schedulers[index - 1]
        # Where something else makes the lr jump, a ramp up to the stage does not keep it from that.
        if (
            isinstance(before, ConstantLR)
            and before.factor > 0
            and np.allclose(at.lr[one.start - 1], before.factor * at.lr[one.start], atol=0)
        ):
            ticks = at.stages[id(sequence)][index - 1].ticks
            linear = {"name": "LinearLR", "start_factor": before.factor, "total_iters": ticks}
            return (Edit((*one.path[:-1], index - 1), linear),)
        return ()


class NegativeLr(Rule):
    """The lr is below zero.

    The optimizer then climbs the loss. A negative gamma does it at every other drop, a formula wherever it
    crosses zero.
    """

    id = "LR012"
    name = "negative-lr"
    severity = Severity.error
    fires = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: LambdaLR, lr_lambda: "1 - t / 20"}
"""
    near = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: LambdaLR, lr_lambda: "1 - t / 30"}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        if not (at.lr < 0).any():
            return
        row, group = (int(part) for part in np.argwhere(at.lr < 0)[0])
        one = at.at(row)
        path, fix = (_place(one), ()) if one is None else self._settled(one, group, at)
        count = int((at.lr[:, group] < 0).sum())
        yield Found(
            path,
            f"the lr{at.group(group)} is {short(float(at.lr[row, group]))} at {at.noun} {row}, and below zero in "
            f"{count:,} of {at.rows:,} updates",
            fix,
        )

    @staticmethod
    def _settled(one: Acting, group: int, at: Subject) -> tuple[tuple[str | int, ...], tuple[Edit, ...]]:
        match one.scheduler:
            case LambdaLR():
                # Not 0, at which nothing is learned for the rest of the run, nor so little that it is as good as that.
                base = one.base_lr[group] if one.base_lr else 0.0
                floor = math.ceil(1e4 * _TINY * at.peaks[group] / base) / 1e4 if base > 0 else 0.0
                path, fix = _formula(one, one.scheduler, group, lambda text: f"max({floor:g}, {text})")
                return path, fix if floor > 0 else ()
            case MultiplicativeLR():
                return _formula(one, one.scheduler, group, str)[0], ()
            case StepLR() | MultiStepLR() | ExponentialLR():
                path = one.field("gamma")
                gamma = abs(one.scheduler.gamma)
                return path, (Edit(path, gamma),) if gamma < 1 else ()
            case CosineAnnealingLR() | CosineAnnealingWarmRestarts():
                path = one.field("eta_min")
                return path, (Edit(path, 0.0),)
        return one.path, ()


class GammaNotBelowOne(Rule):
    """A gamma of 1 or above, where gamma is the factor of a decay.

    At 1 the scheduler does nothing; above it the lr grows, at every tick or at every drop, until the loss is
    not a number.
    """

    id = "LR013"
    name = "gamma-not-below-one"
    severity = Severity.warning
    fires = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: StepLR, step_size: 10, gamma: 10}
"""
    near = """\
epochs: 30
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: StepLR, step_size: 10, gamma: 0.1}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            own = one.scheduler
            if isinstance(own, CyclicLR):
                shrinks = own.mode == "exp_range" and own.scale_fn is None
                gamma, drops = (own.gamma if shrinks else 0.0), one.ticks
            elif isinstance(own, ExponentialLR):
                gamma, drops = own.gamma, one.ticks
            elif isinstance(own, StepLR):
                gamma, drops = own.gamma, (one.ticks - 1) // own.step_size
            elif isinstance(own, MultiStepLR):
                gamma, drops = own.gamma, sum(milestone < one.ticks for milestone in own.milestones)
            else:
                continue
            if gamma >= 1 and one.ticks:
                path = one.field("gamma")
                # All drops together leave no less than 1%, below which the rest of the run would be of no use.
                least = math.ceil(1e6 * _TINY ** (1 / max(drops, 1))) / 1e6
                usual = 1 / gamma if gamma > 1 else 0.1
                fix = max(usual, least)
                does = "nothing" if gamma == 1 else f"raise the lr to {short(max(at.peaks))}"
                yield Found(path, f"gamma is {gamma:g}: all it does is {does}", (Edit(path, float(f"{fix:.6g}")),))


class LinearStuck(Rule):
    """LinearLR with total_iters 0.

    torch multiplies the lr by start_factor at construction and never gives it back: the whole run is made
    with a third of the lr, by default.
    """

    id = "LR014"
    name = "linear-stuck"
    severity = Severity.error
    fires = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: LinearLR, start_factor: 0.1, total_iters: 0}
"""
    near = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: LinearLR, start_factor: 0.1, total_iters: 1}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            own = one.scheduler
            if isinstance(own, LinearLR) and own.total_iters == 0 and own.start_factor != 1 and one.ticks:
                path = one.field("total_iters")
                yield Found(
                    path,
                    f"total_iters is 0: the lr stays at start_factor, {short(own.start_factor)} of what the optimizer "
                    f"was given, for {one.ticks:,} {one.noun}s",
                    # A stage is as long as its warm-up.
                    (Edit(path, at.ticks(one, one.ticks) if one.parents else "0.05dur"),),
                )
