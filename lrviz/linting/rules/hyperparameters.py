"""Hyperparameters of the optimizer that torch takes and that train nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from typing_extensions import override

from lrviz.documents.host import Host
from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import short
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, OptimizerRule, Rule, Severity

_L2 = 1e-5
"""The least weight_decay of the recipes for images, which all have momentum: language models with lr 30 use 1e-6."""
_IMAGES = (0.01, 1.0)
"""The lr of those recipes; SGD without momentum is also run at 20 and more, on purpose."""
_LARGEST = 1.0
"""The largest weight_decay of a recipe: AdamW where grokking is studied."""
_LOST = 0.1
"""The share of every weight in one step that no weight decay takes: half of it is gone after seven steps."""
_USUAL_L2 = 5e-4


def _each(at: Subject, key: str) -> Iterator[tuple[int, Path, Any]]:
    """Yield the group, the place and the value of a hyperparameter, each place once."""
    told: set[Path] = set()
    for index, group in enumerate(at.document.optimizer.groups):
        path, values = at.hyperparameter(index, key), group.optimizer.hyperparameters()
        if key in values and path not in told:
            told.add(path)
            yield index, path, values[key]


class BetasInWrongOrder(Rule):
    """A beta1 above beta2: the average of the squares forgets faster than that of the gradients.

    Adam divides old gradients by the root of new squares, so that one large gradient followed by small ones makes
    steps of hundreds of lr. The first beta belongs to the gradient, 0.9; the second to its square, 0.999.
    """

    id = "LR039"
    name = "betas-in-wrong-order"
    severity = Severity.error
    fires = """\
epochs: 50
optimizer: {name: AdamW, lr: 1e-3, betas: [0.999, 0.9]}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""
    near = """\
epochs: 50
optimizer: {name: AdamW, lr: 1e-3, betas: [0.9, 0.999]}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for _, path, betas in _each(at, "betas"):
            # Those with three, as Adan, have another meaning each.
            beta1, beta2 = betas if len(betas) == 2 else (0.0, 0.0)
            if beta1 > beta2:
                yield Found(
                    path,
                    f"beta1 is {beta1:g} and beta2 {beta2:g}: the squares of the gradients are averaged over "
                    f"{1 / (1 - beta2):,.0f} steps, the gradients over {1 / (1 - beta1):,.0f}",
                    (Edit(path, [beta2, beta1]),),
                )


class MomentumNotBelowOne(Rule):
    """A momentum of 1 or more, of the optimizer or of the scheduler that cycles it.

    Momentum is the share of the running sum that is kept at each step. At 1 and above nothing is ever forgotten, and
    the steps grow without end.
    """

    id = "LR040"
    name = "momentum-not-below-one"
    severity = Severity.error
    fires = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1, momentum: 9.0}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""
    near = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for _, path, momentum in _each(at, "momentum"):
            if momentum >= 1:
                yield self._found(path, momentum, 0.9)
        for one in at.acting:
            for (key, momentum), usual in zip(one.scheduler.cycled().items(), (0.85, 0.95), strict=False):
                if (highest := float(np.max(momentum))) >= 1:
                    yield self._found(one.field(key), highest, usual)

    @staticmethod
    def _found(path: Path, momentum: float, usual: float) -> Found:
        told = f"{path[-1]} is {momentum:g}: each step keeps {momentum:g} times the sum of the steps before it"
        return Found(path, told, (Edit(path, usual),))


class MomentumForgotten(OptimizerRule):
    """SGD without momentum in what is otherwise a recipe for images: an lr of 0.01 to 1 that decays, an L2 term.

    torch's default momentum is 0. These recipes are tuned with 0.9, which takes SGD ten times as far; without it the
    run trains at a tenth of the intended lr. To train without momentum, write momentum: 0.
    """

    about = "SGD"
    id = "LR041"
    name = "momentum-forgotten"
    severity = Severity.warning
    fires = """\
epochs: 90
optimizer: {name: SGD, lr: 0.1, weight_decay: 1e-4}
scheduler: {name: StepLR, step_size: 30}
"""
    near = """\
epochs: 90
optimizer: {name: SGD, lr: 0.1, momentum: 0.9, weight_decay: 1e-4}
scheduler: {name: StepLR, step_size: 30}
"""

    @override
    def judge(self, host: Host, at: Subject) -> Iterator[Found]:
        low, high = _IMAGES
        told = [group.optimizer for group in host.groups]
        if any("momentum" in one.model_fields_set for one in told) or not low <= max(at.peaks) <= high:
            return
        if any(one.scheduler.imposed() is not None for one in at.acting):
            return  # a cycle, with a momentum and an lr of its own
        if not (at.lr[-1] < at.lr.max(axis=0)).any():
            return
        largest = max(float(one.hyperparameters()["weight_decay"]) for one in told)
        if largest >= _L2:
            yield Found(
                ("optimizer", "momentum"),
                f"momentum is not given, and torch's default is 0, at a peak lr of {short(max(at.peaks))} with "
                f"weight_decay {short(largest)}",
                (Edit(("optimizer", "momentum"), 0.9),),
            )


class WeightDecayTooLarge(Rule):
    """A weight_decay above 1, or one whose product with the lr is above 0.1.

    Decoupled weight decay removes the fraction lr * weight_decay of every weight at each step, and so does an L2 term
    under SGD: at a product of 0.1 half of what was learned is gone after seven steps, near 1 all of it at once.
    """

    id = "LR044"
    name = "weight-decay-too-large"
    severity = Severity.error
    fires = """\
steps: 10000
interval: step
optimizer: {name: AdamW, lr: 1e-3, weight_decay: 5}
scheduler: {name: ConstantLR, factor: 1.0}
"""
    near = """\
steps: 10000
interval: step
optimizer: {name: AdamW, lr: 1e-3, weight_decay: 0.5}
scheduler: {name: ConstantLR, factor: 1.0}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for index, path, decay in _each(at, "weight_decay"):
            product = decay * at.peaks[index]
            # An lr that is out of range itself is LR029's.
            lost = product > _LOST and at.peaks[index] <= at.document.optimizer.optimizer.usual_lr[1]
            if not (decay > _LARGEST or lost):
                continue
            default = type(at.document.optimizer.optimizer).model_fields["weight_decay"].default
            usual = float(default or _USUAL_L2)
            settled = usual * max(at.peaks) <= _LOST
            yield Found(
                path,
                f"weight_decay is {short(float(decay))}, and its product with the peak lr{at.group(index)} of "
                f"{short(at.peaks[index])} is {short(product)}",
                (Edit(path, usual),) if settled else (),
            )
        for one in at.others:
            table = at.scheduled("weight_decay")
            # What it begins with is reported above.
            if one.parents or one.member.param != "weight_decay" or table is None:
                continue
            product = float((table * at.lr).max())
            highest = float(table.max())
            if highest > max(_LARGEST, table[0].max()) or product > max(_LOST, (table[0] * at.peaks).max()):
                told = f"weight_decay rises to {short(highest)}, and its product with the lr to {short(product)}"
                yield Found(one.path, told)
