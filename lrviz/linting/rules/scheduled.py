"""Schedules of weight_decay, momentum and beta1."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.documents.host import Host
from lrviz.foundation.numerals import short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.linting.rules.idle_updates import formula_of
from lrviz.results import FloatArray

_NEAR_ONE = 0.99
"""A usual momentum that is next to 1."""
_USUAL_L2 = 1e-4
_RISE, _PEAK = 2.0, 0.99
"""How much weight decay has to grow, and how near its product with the lr has to be to its peak, at the end."""


def _scheduled(at: Subject) -> Iterator[tuple[str, FloatArray, Acting, int]]:
    """Yield each hyperparameter with a schedule of its own: its values, its last schedule, and how many it has."""
    for param in at.document.scheduled_params:
        table = at.scheduled(param)
        own = [one for one in at.others if one.member.param == param and not one.parents]
        if table is not None and own:
            yield param, table, own[-1], len(own)


class ScheduledOutOfRange(Rule):
    """A schedule that takes momentum or beta1 to 1 or beyond, or one of them or weight_decay below 0.

    The optimizer's constructor refuses such a value, but nothing checks a value that a schedule sets. At a
    momentum of 1 nothing is ever forgotten, below 0 each step undoes the last; a negative weight decay makes every
    weight grow.
    """

    id = "LR051"
    name = "scheduled-out-of-range"
    severity = Severity.error
    fires = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1, momentum: 0.5}
scheduler:
  - {name: CosineAnnealingLR, T_max: 50}
  - {name: LambdaLR, lr_lambda: "1 + t / 10", param: momentum}
"""
    near = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1, momentum: 0.5}
scheduler:
  - {name: CosineAnnealingLR, T_max: 50}
  - {name: LambdaLR, lr_lambda: "min(1.9, 1 + t / 10)", param: momentum}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for param, table, one, count in _scheduled(at):
            wrong = table < 0
            if param != "weight_decay":
                wrong |= table >= 1
            # Where it begins so, the optimizer's own value is the mistake, which LR040 tells of.
            if not wrong.any() or wrong[0].any():
                continue
            row, group = (int(part) for part in np.argwhere(wrong)[0])
            value, updates = float(table[row, group]), int(wrong.any(axis=1).sum())
            allowed = "0 or more" if param == "weight_decay" else "from 0 to below 1"
            yield Found(
                one.path,
                f"{param}{at.group(group)} is {short(value)} at {at.noun} {row:,}, and {updates:,} of "
                f"{at.rows:,} updates are made with such a value; {allowed} is allowed",
                self._fix(one, value, float(table[0].max())) if count == 1 else (),
            )

    @staticmethod
    def _fix(one: Acting, value: float, begun: float) -> tuple[Edit, ...]:
        own, repeated = one.scheduler, one.scheduler.repeated(one.ticks)
        if own.formula and own.assigns and begun > 0:
            bound = "max(0, {})" if value < 0 else f"min({_NEAR_ONE / begun:.6g}, {{}})"
            several = range(len(formulas) if isinstance(formulas := getattr(own, own.formula), tuple) else 1)
            return tuple(edit for group in several for edit in formula_of(one, group, bound.format)[1])
        if repeated is not None and not own.assigns and abs(factor := getattr(own, repeated[0])) != 1:
            settled = abs(factor) if value < 0 else 1 / factor
            return (Edit(one.field(repeated[0]), float(f"{settled:.6g}")),) if 0 < settled < 1 else ()
        if one.floor and value >= 1:
            return (Edit(one.field(one.floor), _NEAR_ONE),)
        return ()


class ScheduleOfZero(Rule):
    """A schedule of weight_decay, momentum or beta1 where the optimizer was given 0.

    Schedulers multiply what the optimizer was given: 0 stays 0 at every tick, and the schedule does nothing.
    torch's default momentum is 0, and so is the weight_decay of most optimizers.
    """

    id = "LR052"
    name = "schedule-of-zero"
    severity = Severity.error
    fires = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler:
  - {name: CosineAnnealingLR, T_max: 50}
  - {name: LambdaLR, lr_lambda: "1 + t / 50", param: weight_decay}
"""
    near = """\
epochs: 50
optimizer: {name: SGD, lr: 0.1, momentum: 0.9, weight_decay: 1e-4}
scheduler:
  - {name: CosineAnnealingLR, T_max: 50}
  - {name: LambdaLR, lr_lambda: "1 + t / 50", param: weight_decay}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for param, table, one, _ in _scheduled(at):
            # A group without weight decay beside others that have some is usual.
            if not table.any():
                yield Found(
                    one.path,
                    f"{param} is 0, and {one.scheduler.name} multiplies it: it stays 0 in all {at.rows:,} updates",
                    self._fix(param, at.document.optimizer),
                )

    @staticmethod
    def _fix(param: str, host: Host) -> tuple[Edit, ...]:
        if host.grouped:
            return ()
        if param == "beta1":
            _, beta2 = host.optimizer.hyperparameters()["betas"]
            return (Edit(("optimizer", "betas"), [0.9, beta2]),)
        default = type(host.optimizer).model_fields[param].default
        return (Edit(("optimizer", param), default or (0.9 if param == "momentum" else _USUAL_L2)),)


class WeightDecayRisesAlone(Rule):
    """A weight_decay that rises while the lr does not fall as much.

    Each step removes the fraction lr * weight_decay of every weight, and normalised layers rotate at a rate that
    grows with the root of that product. DINO, iBOT and DINOv2 raise weight_decay from 0.04 to 0.4 under an lr that
    falls to almost 0, so that the product falls; where it ends at its highest, the run never settles, and its weights
    shrink to the end.
    """

    id = "LR053"
    name = "weight-decay-rises-alone"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: AdamW, lr: 5e-4, weight_decay: 0.04}
scheduler:
  - {name: CosineAnnealingLR, T_max: 100, eta_min: 0.4, param: weight_decay}
"""
    near = """\
epochs: 100
optimizer: {name: AdamW, lr: 5e-4, weight_decay: 0.04}
scheduler:
  - {name: CosineAnnealingLR, T_max: 100, eta_min: 0.4, param: weight_decay}
  - {name: CosineAnnealingLR, T_max: 100}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for param, table, one, _ in _scheduled(at):
            if param != "weight_decay" or at.rows < 2:
                continue
            product = table * at.lr
            group = int(product[-1].argmax())
            first, last = float(table[0, group]), float(table[-1, group])
            most = float(product[:, group].max())
            if not 0 < first * _RISE <= last or product[-1, group] < _PEAK * most:
                continue
            yield Found(
                one.path,
                f"weight_decay{at.group(group)} rises from {short(first)} to {short(last)}, and its product with the "
                f"lr from {short(float(product[0, group]))} to {short(float(product[-1, group]))}, its highest",
                self._fix(at),
            )

    @staticmethod
    def _fix(at: Subject) -> tuple[Edit, ...]:
        """Let the lr fall, where it has no schedule."""
        listed = at.written(("scheduler",))
        if at.acting or at.document.swa is not None or at.document.optimizer.late:
            return ()
        others = listed if isinstance(listed, list) else [listed]
        return (Edit(("scheduler",), [*others, {"name": "CosineAnnealingLR", "T_max": "1dur"}]),)
