"""Momentum that a scheduler moves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity


class MomentumNeverAskedFor(Rule):
    """Momentum, or beta1, is cycled though the document does not mention it.

    cycle_momentum is true by default: CyclicLR overwrites the momentum of the optimizer at construction, and an
    optimizer without momentum gets one of 0.9, or 0.95 from OneCycleLR. If there is a momentum, cycling it is part of
    both policies; beta1 is cycled only in the one-cycle policy.
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
            own, cycled = one.scheduler, one.scheduler.cycled()
            if not cycled or own.model_fields_set & {"cycle_momentum", *cycled}:
                continue
            host = at.document.optimizer.optimizer
            key = host.cycled()
            values = host.hyperparameters()
            before = float(values["betas"][0] if key == "beta1" else values["momentum"])
            if before > 0 and (key == "momentum" or own.run_length is not None):
                continue
            lowest, highest = cycled.values()
            low, high = np.min(lowest), np.max(highest)
            yield Found(
                one.path,
                f"{own.name} moves {key} between {low:g} and {high:g}, and the optimizer has {before:g}",
                (Edit(one.field("cycle_momentum"), False),),
            )
