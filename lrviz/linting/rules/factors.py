"""Factors of the optimizer's lr that were meant otherwise: an lr in place of a factor, a third that nobody wrote."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.language.formula import values
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, SchedulerRule, Severity
from lrviz.schedulers.torch.lambda_lr import LambdaLR
from lrviz.schedulers.torch.linear_lr import LinearLR

_FACTOR = 0.1
"""The largest value of a formula that may be an lr: a factor of the optimizer's lr comes near 1 somewhere."""
_SAME = 1e-9


class LrInPlaceOfFactor(SchedulerRule[LambdaLR]):
    """An lr_lambda that returns an lr, by which LambdaLR multiplies the optimizer's lr.

    The lr of the run is the product of the two, often a thousandth of what was meant. If the formula is the lr itself,
    give the optimizer lr 1.
    """

    about = LambdaLR
    id = "LR038"
    name = "lr-in-place-of-factor"
    severity = Severity.error
    fires = """\
epochs: 50
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LambdaLR, lr_lambda: "1e-3 * 0.95 ** t"}
"""
    near = """\
epochs: 50
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LambdaLR, lr_lambda: "0.95 ** t"}
"""

    @override
    def judge(self, one: Acting, own: LambdaLR, at: Subject) -> Iterator[Found]:
        # A stage may well be low throughout.
        if not one.base_lr or one.ticks < 2 or one.staged:
            return
        base = max(one.base_lr)
        if not 0 < base < 1:
            return
        ticks = np.arange(one.ticks, dtype=np.float64)[:, None]
        if values(own.lr_lambda, ticks[:: 1 + one.ticks // 1000]).max() > max(_FACTOR, base) * (1 + _SAME):
            return  # what a few ticks say of a long run is enough
        factors = values(own.lr_lambda, ticks).max(axis=1)
        highest = float(factors.max())
        if factors.argmax() == one.ticks - 1:
            return  # a rise that the run cuts off
        alike = abs(highest - base) <= _SAME * base
        if not 0 < highest < 1 or not (alike or max(highest, base) <= _FACTOR * (1 + _SAME)):
            return
        yield Found(
            one.field("lr_lambda", 0) if isinstance(own.lr_lambda, tuple) else one.field("lr_lambda"),
            f"the formula is {short(highest)} at most, and LambdaLR multiplies the optimizer's lr of {short(base)} "
            f"by it: the peak lr is {short(max(at.peaks))}",
            self._fix(one, highest, at),
        )

    @staticmethod
    def _fix(one: Acting, highest: float, at: Subject) -> tuple[Edit, ...]:
        low, high = at.document.optimizer.optimizer.usual_lr
        alone = one.path == ("scheduler",) and at.document.swa is None
        return (
            (Edit(("optimizer", "lr"), 1.0),)
            if alone and not at.document.optimizer.grouped and low <= highest <= high
            else ()
        )


class ThirdByDefault(Rule):
    """A LinearLR without start_factor, or a ConstantLR without factor: both default to a third.

    torch's default of 1/3 is meant for a warm-up. With it a decay starts from a third of the lr, and a constant lr is
    a third of the optimizer's for the first five ticks.
    """

    id = "LR042"
    name = "third-by-default"
    severity = Severity.warning
    fires = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: LinearLR, end_factor: 0.0, total_iters: 60}
"""
    near = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: LinearLR, start_factor: 1.0, end_factor: 0.0, total_iters: 60}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            own, key, first = one.scheduler, one.scheduler.first_factor, one.first
            # Where a later stage begins so low, LR008 says it; LR014 says what comes of a first part without a tick.
            if not key or key in own.model_fields_set or one.later or not one.ticks:
                continue
            if first is None or not first.key or first.stop == 0:
                continue
            path = one.field(key)
            yield Found(
                path,
                f"{key} is not given, and torch's default is 1/3: {own.name} starts the run at lr "
                f"{short(float(at.lr[0].max()))}, and the optimizer was given {short(max(one.base_lr))}",
                self._fix(one, key),
            )

    @staticmethod
    def _fix(one: Acting, key: str) -> tuple[Edit, ...]:
        own, first = one.scheduler, one.first
        assert first is not None
        value = 0.1 if first.kind == "warm-up" and own.warms_up else 1.0
        # Other ends between a third and 1 leave open which way it is to go; a decay that the run cuts off is LR002's.
        falls = first.kind == "decay" and first.stop is not None and first.stop <= one.ticks
        if value == 1 and first.kind != "hold" and not falls:
            return ()
        return (Edit(one.field(key), value),)


class LinearStuck(SchedulerRule[LinearLR]):
    """LinearLR with total_iters 0.

    torch multiplies the lr by start_factor at construction and never undoes that: by default the whole run has a
    third of the lr.
    """

    about = LinearLR
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
    def judge(self, one: Acting, own: LinearLR, at: Subject) -> Iterator[Found]:
        if own.total_iters == 0 and own.start_factor != 1 and one.ticks:
            path = one.field("total_iters")
            yield Found(
                path,
                f"total_iters is 0: the lr stays at start_factor, {short(own.start_factor)} of what the optimizer "
                f"was given, for {plural(one.ticks, one.noun)}",
                # A stage is as long as its warm-up.
                (Edit(path, at.ticks(one, one.ticks) if one.parents else "0.05dur"),),
            )
