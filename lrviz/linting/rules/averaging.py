"""SWALR and the averaging of weights."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import plural, short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, SchedulerRule, Severity
from lrviz.schedulers import SWALR


class AnnealEpochsZero(SchedulerRule[SWALR]):
    """SWALR with anneal_epochs 0.

    Its constructor already sets the lr to swa_lr, so that the part of the run before swa starts from swa_lr
    too, and not from the optimizer's lr.
    """

    about = SWALR
    id = "LR030"
    name = "anneal-epochs-zero"
    severity = Severity.error
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: MultiplicativeLR, lr_lambda: "0.99"}
swa: {start: 75, swa_lr: 0.02, anneal_epochs: 0}
"""
    near = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: MultiplicativeLR, lr_lambda: "0.99"}
swa: {start: 75, swa_lr: 0.02, anneal_epochs: 1}
"""

    @override
    def judge(self, one: Acting, own: SWALR, at: Subject) -> Iterator[Found]:
        if "lr" not in own.overwrites:
            return
        path = one.field("anneal_epochs")
        yield Found(
            path,
            f"anneal_epochs is 0: the lr is {short(float(np.max(own.swa_lr)))} when the run starts, though the "
            f"optimizer was given {short(max(at.given))}",
            (Edit(path, at.ticks(one, 1)),),
        )


class AnnealingCutOff(SchedulerRule[SWALR]):
    """SWALR whose anneal_epochs is longer than its part of the run.

    The lr does not reach swa_lr before the run ends, so the weights are averaged while the lr is still changing.
    """

    about = SWALR
    id = "LR048"
    name = "annealing-cut-off"
    severity = Severity.error
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 100}
swa: {start: 75, swa_lr: 0.05, anneal_epochs: 60}
"""
    near = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 100}
swa: {start: 75, swa_lr: 0.05, anneal_epochs: 5}
"""

    @override
    def judge(self, one: Acting, own: SWALR, at: Subject) -> Iterator[Found]:
        path = one.field("anneal_epochs")
        # LR031 reports an average of one point.
        if one.ticks < 3 or own.anneal_epochs <= one.ticks or at.miscounted(path):
            return
        last, usual = short(float(at.lr[one.stop - 1].max())), max(1, one.ticks // 4)
        yield Found(
            path,
            f"anneal_epochs is {own.anneal_epochs:,}, but SWALR runs for {plural(one.ticks, one.noun)}: the run "
            f"ends at lr {last}, and swa_lr is {short(float(np.max(own.swa_lr)))}",
            # With its unit where a number alone might look like epochs (LR025).
            (Edit(path, f"{usual}ba" if one.clock.interval == "step" else usual),),
        )


class AveragesTooFew(Rule):
    """swa that averages fewer than two points.

    The weights are averaged once per tick after start; the average of one point is that point.
    """

    id = "LR031"
    name = "averages-too-few"
    severity = Severity.error
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 100}
swa: {start: 98, swa_lr: 0.02, anneal_epochs: 1}
"""
    near = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 100}
swa: {start: 75, swa_lr: 0.02, anneal_epochs: 1}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        swa = at.document.swa
        if swa is None:
            return
        ticks = at.document.ticks(at.document.interval)
        points = ticks - 1 - swa.start
        path = ("swa", "start")
        if 0 <= points < 2 and not at.miscounted(path):
            said = plural(points, "point") if points else "no point"
            yield Found(
                path,
                f"start is {swa.start} and the run has {plural(ticks, at.document.interval)}: {said} is averaged",
                (Edit(path, ticks * 3 // 4),) if ticks >= 4 else (),
            )
