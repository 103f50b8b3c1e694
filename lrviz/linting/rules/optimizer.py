"""An optimizer and a schedule that do not go together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.documents.host import Host
from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import short
from lrviz.linting.context import Subject
from lrviz.linting.rule import DROP, Edit, Found, OptimizerRule, Rule, Severity
from lrviz.optimizers import OPTIMIZERS

_DECOUPLED = 0.01
"""The weight decay from which on it is one of AdamW's: graph networks and translation use L2 terms up to 0.005."""


def _as(name: str, at: Subject) -> tuple[Edit, ...]:
    """Return the edits that make another optimizer of it: its name, without the keys it does not have."""
    target = next(cls for cls in OPTIMIZERS if cls.__name__ == name)
    written = at.written(("optimizer",))
    foreign = [key for key in (written if isinstance(written, dict) else ()) if key not in target.model_fields]
    return (
        Edit(("optimizer", "name"), name),
        *(Edit(("optimizer", key), DROP) for key in foreign if key not in {"name", "groups", "layer_decay"}),
    )


class RpropIgnoresLr(OptimizerRule):
    """Rprop under a schedule.

    Rprop reads the lr once, as the size of its first steps, and then adapts its step sizes itself: no schedule
    changes anything.
    """

    about = "Rprop"
    id = "LR026"
    name = "rprop-ignores-lr"
    severity = Severity.error
    fires = """\
epochs: 50
optimizer: {name: Rprop, lr: 0.01}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""
    near = """\
epochs: 50
optimizer: {name: RMSprop, lr: 0.01}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""

    @override
    def judge(self, host: Host, at: Subject) -> Iterator[Found]:
        if at.varies:
            yield Found(
                ("optimizer", "name"),
                f"the lr goes from {short(float(at.lr[0, 0]))} to {short(float(at.lr[-1, 0]))}, and Rprop reads "
                "it in its first step only",
                _as("RMSprop", at),
            )


class AsgdOneStepLate(OptimizerRule):
    """ASGD under a schedule.

    ASGD computes the step size of the next update at the end of this one, from the lr of this one: every
    value of the schedule is used one update late, and the first one twice.
    """

    about = "ASGD"
    id = "LR027"
    name = "asgd-one-step-late"
    severity = Severity.warning
    fires = """\
epochs: 50
optimizer: {name: ASGD, lr: 0.01}
scheduler: {name: StepLR, step_size: 20}
"""
    near = """\
epochs: 50
optimizer: {name: SGD, lr: 0.01}
scheduler: {name: StepLR, step_size: 20}
"""

    @override
    def judge(self, host: Host, at: Subject) -> Iterator[Found]:
        if at.varies:
            row = int((at.lr != at.lr[0]).any(axis=1).argmax())
            yield Found(
                ("optimizer", "name"),
                f"the lr changes to {short(float(at.lr[row, 0]))} at {at.noun} {row}, and ASGD uses it one update "
                "later",
                _as("SGD", at),
            )


class L2InAdam(OptimizerRule):
    """A weight_decay of AdamW's size in Adam, where it is an L2 term in the gradient.

    Adam divides that term by the same running root as the gradient, so that weights with large gradients are
    decayed less. Values of 0.01 and more are meant for AdamW, which decays all weights alike; L2 terms are smaller.
    """

    about = "Adam"
    id = "LR028"
    name = "l2-in-adam"
    severity = Severity.warning
    fires = """\
epochs: 50
optimizer: {name: Adam, lr: 1e-3, weight_decay: 0.01}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""
    near = """\
epochs: 50
optimizer: {name: AdamW, lr: 1e-3, weight_decay: 0.01}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""

    @override
    def judge(self, host: Host, at: Subject) -> Iterator[Found]:
        for index, group in enumerate(host.groups):
            values = group.optimizer.hyperparameters()
            given, table = float(values["weight_decay"]), at.scheduled("weight_decay")
            highest = given if table is None else max(given, float(table[:, index].max()))
            if highest >= _DECOUPLED and not values["decoupled_weight_decay"]:
                whose = ("groups", index) if at.written(("optimizer", "groups", index, "weight_decay")) else ()
                yield Found(
                    ("optimizer", *whose, "weight_decay"),
                    f"weight_decay {'is' if highest == given else 'rises to'} {short(highest)}, a value for AdamW; "
                    "Adam adds it to the gradient as an L2 term",
                    _as("AdamW", at),
                )
                return


class LrOutOfRange(Rule):
    """An lr far outside the range in which the optimizer is used.

    Adam at SGD's 0.1 diverges or destroys what a pretrained model knows; SGD at Adam's 1e-4 hardly moves. Most often
    the optimizer was replaced and the lr was not.
    """

    id = "LR029"
    name = "lr-out-of-range"
    severity = Severity.warning
    fires = """\
epochs: 50
optimizer: {name: AdamW, lr: 0.3}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""
    near = """\
epochs: 50
optimizer: {name: AdamW, lr: 3e-3}
scheduler: {name: CosineAnnealingLR, T_max: 50}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        host = at.document.optimizer
        low, high = host.optimizer.usual_lr
        group = int(np.argmax(at.peaks))
        highest = at.peaks[group]
        if low <= highest <= high or highest <= 0:
            return
        one = at.at(int(np.nanargmax(at.lr[:, group])))
        # Some schedulers set an lr of their own, whatever the optimizer was given.
        key = one.scheduler.target if one is not None else ""
        path: Path = ("optimizer", "groups", group, "lr")
        if key and one is not None:
            path = one.field(key)
        elif at.written(path) is None:
            path = ("optimizer", "lr")
        if not key and low <= float(host.groups[group].optimizer.hyperparameters()["lr"]) <= high:
            return  # what has brought it there is another rule's
        yield Found(
            path,
            f"the peak lr is {short(highest)}; {host.optimizer.name} usually takes {short(low)} to {short(high)}",
            self._fix(path, key, group, at),
        )

    @staticmethod
    def _fix(path: Path, key: str, group: int, at: Subject) -> tuple[Edit, ...]:
        """Return torch's default; none where the groups, a floor or the schedule's own numbers would not go with it."""
        host = at.document.optimizer
        low, high = host.optimizer.usual_lr
        default = float(type(host.optimizer).model_fields["lr"].default)
        floors = [float(np.max(getattr(one.scheduler, one.floor))) for one in at.acting if one.floor]
        given = float(host.groups[group].optimizer.hyperparameters()["lr"])
        peak = default if key or given <= 0 else default * at.peaks[group] / given
        if host.grouped or not low <= peak <= high or any(floor >= default for floor in floors):
            return ()
        # A constructor would replace an optimizer's lr that lies outside its range (LR043).
        imposed = any(one.scheduler.imposed() is not None and path == one.field(key) for one in at.acting)
        own = [Edit(("optimizer", "lr"), default)] if imposed and at.written(("optimizer", "lr")) else []
        return (*own, Edit(path, default))
