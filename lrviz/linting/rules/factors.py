"""Factors of the optimizer's lr that were meant otherwise: an lr in place of a factor, a third that nobody wrote."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import short
from lrviz.language.formula import values
from lrviz.linting.context import Acting, Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.linting.rules.curve import mostly_tiny
from lrviz.schedulers import SequentialLR
from lrviz.schedulers.torch.constant_lr import ConstantLR
from lrviz.schedulers.torch.lambda_lr import LambdaLR
from lrviz.schedulers.torch.linear_lr import LinearLR

_FACTOR = 0.1
"""The largest value of a formula that may be an lr: a factor of the optimizer's lr comes near 1 somewhere."""
_SAME = 1e-9


class LrInPlaceOfFactor(Rule):
    """An lr_lambda that gives an lr, where LambdaLR multiplies the optimizer's lr by it.

    The lr of the run is the product of the two, often a thousandth of what was meant. A formula that is the lr itself
    wants an optimizer with lr 1.
    """

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
    def look(self, at: Subject) -> Iterator[Found]:
        for one in at.acting:
            own = one.scheduler
            if not isinstance(own, LambdaLR) or not one.base_lr or one.ticks < 2:
                continue
            if any(isinstance(parent, SequentialLR) for parent, _ in one.parents):
                continue  # a stage may well be low throughout
            factors = values(own.lr_lambda, np.arange(one.ticks, dtype=np.float64)[:, None]).max(axis=1)
            highest, base = float(factors.max()), max(one.base_lr)
            if factors.argmax() == one.ticks - 1:
                continue  # a rise that the run cuts off
            alike = abs(highest - base) <= _SAME * base
            if not 0 < highest < 1 or not 0 < base < 1 or not (alike or max(highest, base) <= _FACTOR * (1 + _SAME)):
                continue
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
            if alone and at.written(("optimizer", "groups")) is None and low <= highest <= high
            else ()
        )


class ThirdByDefault(Rule):
    """A LinearLR without start_factor, or a ConstantLR without factor: both are a third unless told otherwise.

    torch's default of 1/3 is a guess at a warm-up. A decay starts from a third of the lr with it, and a constant lr
    is a third of what the optimizer was given for the first five ticks.
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
            own = one.scheduler
            # Where a later stage begins so low, LR008 says it.
            later = any(isinstance(parent, SequentialLR) and index for parent, index in one.parents)
            key = "start_factor" if isinstance(own, LinearLR) else "factor"
            if not isinstance(own, LinearLR | ConstantLR) or key in own.model_fields_set or later or not one.ticks:
                continue
            if own.total_iters == 0:
                continue  # LR014 says what comes of that
            path = one.field(key)
            yield Found(
                path,
                f"{key} is not given, and torch's default is 1/3: {own.name} starts the run at lr "
                f"{short(float(at.lr[0].max()))}, and the optimizer was given {short(max(one.base_lr))}",
                self._fix(one, key, at),
            )

    @staticmethod
    def _fix(one: Acting, key: str, at: Subject) -> tuple[Edit, ...]:
        own, value = one.scheduler, 1.0
        if isinstance(own, LinearLR):
            value = 0.1 if own.end_factor == 1 else 1.0
            # Other ends between a third and 1 leave open which way it is to go; one that the run cuts off is LR002's.
            falls = own.end_factor <= own.start_factor and own.total_iters <= one.ticks
            if value == 1 and not falls:
                return ()
        after = at.instead(one.path, own.model_copy(update={key: value}))
        # A higher peak may make the end of the run too small for it (LR006).
        sound = after is not None and (mostly_tiny(at.lr) or not mostly_tiny(after.recording.lr))
        return (Edit(one.field(key), value),) if sound else ()
