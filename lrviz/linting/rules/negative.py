"""An lr below zero."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.linting.rules.idle_updates import TINY, formula_of, place


class NegativeLr(Rule):
    """The lr is below zero.

    The optimizer then climbs the loss. With a negative gamma this happens after every other drop, with a formula
    wherever it crosses zero.
    """

    curve_alone = True
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
        path, fix = (place(one), ()) if one is None else self._settled(one, group, at)
        count = int((at.lr[:, group] < 0).sum())
        yield Found(
            path,
            f"the lr{at.group(group)} is {short(float(at.lr[row, group]))} at {at.noun} {row}, and below zero in "
            f"{count:,} of {at.rows:,} updates",
            fix,
        )

    @staticmethod
    def _settled(one: Acting, group: int, at: Subject) -> tuple[tuple[str | int, ...], tuple[Edit, ...]]:
        own = one.scheduler
        if own.formula and own.assigns:
            # Not 0, at which nothing is learned for the rest of the run, nor so little that it is as good as that.
            base = one.base_lr[group] if one.base_lr else 0.0
            floor = math.ceil(1e4 * TINY * at.peaks[group] / base) / 1e4 if base > 0 else 0.0
            path, fix = formula_of(one, group, lambda text: f"max({floor:g}, {text})")
            return path, fix if floor > 0 else ()
        if own.formula:
            return formula_of(one, group, str)[0], ()
        repeated = own.repeated(one.ticks)
        if repeated is not None and not own.assigns:
            path, factor = one.field(repeated[0]), abs(getattr(own, repeated[0]))
            return path, (Edit(path, factor),) if factor < 1 else ()
        # An lr that is imposed has its floor from the same hand.
        if one.floor and one.base_lr and own.imposed() is None:
            path = one.field(one.floor)
            return path, (Edit(path, 0.0),)
        return one.path, ()
