"""ReduceLROnPlateau, and what becomes of the lr under the metric that it watches."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import many, plural, short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.linting.rules.idle_updates import mostly_tiny
from lrviz.schedulers import ReduceLROnPlateau

_RISES = 0.5
"""The correlation with time from which on a metric goes in one direction."""


def plateaus(at: Subject) -> Iterator[tuple[Acting, ReduceLROnPlateau, list[float]]]:
    """Yield each plateau scheduler, and what it is given at its ticks."""
    calls = {member.path: member.ticks for member in at.members}
    for one, own in at.of(ReduceLROnPlateau):
        if at.document.metric is not None and calls[one.path]:
            yield one, own, at.document.watched(own, calls[one.path]).tolist()


def _wrong_way(own: ReduceLROnPlateau, metric: list[float]) -> bool:
    if not all(map(math.isfinite, metric)):
        return False
    if len(metric) < 3 or len(set(metric)) == 1:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        rise = float(np.corrcoef(np.arange(len(metric)), metric)[0, 1]) * (1 if own.mode == "min" else -1)
    apart = (metric[-1] - metric[0]) * (1 if own.mode == "min" else -1)
    return rise > _RISES and apart > 0


def _reduces(own: ReduceLROnPlateau, metric: list[float]) -> bool:
    """Tell whether there is a reduction that the run still sees."""
    return any(tick + 1 < len(metric) for tick in own.reductions(metric))


def _judged(own: ReduceLROnPlateau, metric: list[float]) -> str:
    """Return what a scheduler in the wrong mode makes of its metric."""
    better, cuts = sum(own.improvements(metric)), sum(1 for _ in own.reductions(metric))
    if better == len(metric):
        return f"under threshold {short(own.threshold)} every value still counts as better, and the lr is never reduced"
    none = "no value after the first" if better == 1 else f"only {better} of {len(metric)} values"
    verb = "counts" if better == 1 else "count"
    return f"{none} {verb} as better, and the lr is reduced {plural(cuts, 'time')}"


class PlateauNeverFires(Rule):
    """ReduceLROnPlateau that never lowers the lr in this run.

    Either it cannot, because min_lr is not below the lr or eps is larger than any change; or it does not have to,
    because the metric of the document improves to the end.
    """

    id = "LR023"
    name = "plateau-never-fires"
    severity = Severity.warning
    fires = """\
epochs: 60
optimizer: {name: SGD, lr: 0.01, momentum: 0.9}
scheduler: {name: ReduceLROnPlateau, patience: 5, min_lr: 0.01}
metric: {expression: "max(0.3, 0.9 ** t)"}
"""
    near = """\
epochs: 60
optimizer: {name: SGD, lr: 0.01, momentum: 0.9}
scheduler: {name: ReduceLROnPlateau, patience: 5, min_lr: 1e-4}
metric: {expression: "max(0.3, 0.9 ** t)"}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        lrs = at.lr[0].tolist()
        for one, own, metric in plateaus(at):
            if own.patience + 3 > len(metric) or _wrong_way(own, metric):
                continue  # LR010 and LR024 say why
            if not _reduces(own, metric):
                longest = _longest_wait(own, metric)
                yield Found(
                    one.field("patience"),
                    f"the metric is never worse for more than {longest} {many(one.noun)} in a row, and patience is "
                    f"{own.patience}",
                    (Edit(one.field("patience"), longest - 1),) if longest > 0 else (),
                )
                continue
            if all(own.reduced(lr, group) == lr for group, lr in enumerate(lrs)) and not at.varies:
                floor = float(np.min(own.min_lr))
                key = "min_lr" if floor >= min(lrs) * own.factor else "eps"
                said = short(floor) if key == "min_lr" else short(own.eps)
                fix = float(f"{min(lrs) * 0.01:.3g}") if key == "min_lr" else 0.0
                yield Found(
                    one.field(key),
                    f"{key} is {said} and the lr is {short(min(lrs))}: no reduction is ever made",
                    (Edit(one.field(key), fix),),
                )


def _longest_wait(own: ReduceLROnPlateau, metric: list[float]) -> int:
    """Return the longest row of ticks without an improvement whose end the run still sees."""
    longest = 0
    for patience in range(own.patience - 1, -1, -1):
        eager = own.model_copy(update={"patience": patience})
        if _reduces(eager, metric):
            longest = patience + 1
            break
    return longest


class PlateauWrongWay(Rule):
    """ReduceLROnPlateau watches a metric that moves against its mode.

    A rising metric in mode min does not improve, so the lr is reduced again and again, to almost 0; or never, if the
    threshold lets a worse value count as better. For an accuracy use mode max.
    """

    id = "LR024"
    name = "plateau-wrong-way"
    severity = Severity.error
    fires = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: ReduceLROnPlateau, factor: 0.5, patience: 8}
metric: {expression: "min(0.8, 1 - 0.9 * exp(-t / 15))"}
"""
    near = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: ReduceLROnPlateau, mode: max, factor: 0.5, patience: 8}
metric: {expression: "min(0.8, 1 - 0.9 * exp(-t / 15))"}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one, own, metric in plateaus(at):
            if _wrong_way(own, metric):
                verb, other = ("rises", "max") if own.mode == "min" else ("falls", "min")
                yield Found(
                    one.field("mode"),
                    f"the metric {verb} from {short(metric[0])} to {short(metric[-1])} and mode is {own.mode}: "
                    f"{_judged(own, metric)}",
                    # In the other mode LR023 may have something to say.
                    (Edit(one.field("mode"), other),)
                    if _reduces(own.model_copy(update={"mode": other}), metric)
                    else (),
                )


class CooldownBeyondTheRun(Rule):
    """A cooldown of ReduceLROnPlateau as long as the run.

    During the cooldown no tick counts as bad: after the first reduction there is never a second one.
    """

    id = "LR047"
    name = "cooldown-beyond-the-run"
    severity = Severity.warning
    fires = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: ReduceLROnPlateau, factor: 0.5, patience: 5, cooldown: 100}
metric: {expression: "max(0.3, 0.9 ** t)"}
"""
    near = """\
epochs: 60
optimizer: {name: SGD, lr: 0.1, momentum: 0.9}
scheduler: {name: ReduceLROnPlateau, factor: 0.5, patience: 5, cooldown: 10}
metric: {expression: "max(0.3, 0.9 ** t)"}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one, own, metric in plateaus(at):
            path, ticks = one.field("cooldown"), len(metric)
            if own.cooldown < ticks or at.miscounted(path):
                continue
            # A quarter of the run: what follows is as many reductions as recipes make drops.
            usual = ticks // 4
            after = at.instead(one.path, own.model_copy(update={"cooldown": usual}))
            sound = after is not None and not mostly_tiny(after.whole_lr)
            yield Found(
                path,
                f"cooldown is {own.cooldown:,} in a run of {plural(ticks, one.noun)}: at most one reduction is made",
                (Edit(path, usual),) if sound else (),
            )


class PlateauAtEachStep(Rule):
    """ReduceLROnPlateau that is stepped at every update, with a patience of less than an epoch.

    The loss of a batch is mostly noise: it is above its best value for many updates in a row however well the run
    goes, and the lr is lowered again and again. Patience is meant to count validations, one per epoch; if only the
    loss of the batches is known, make it several epochs of updates.
    """

    id = "LR054"
    name = "plateau-at-each-step"
    severity = Severity.warning
    fires = """\
epochs: 30
steps_per_epoch: 400
interval: step
optimizer: {name: Adam, lr: 1e-3}
scheduler: {name: ReduceLROnPlateau, patience: 10, factor: 0.5}
metric: {expression: "max(0.3, 0.9 ** t)"}
"""
    near = """\
epochs: 30
steps_per_epoch: 400
interval: step
optimizer: {name: Adam, lr: 1e-3}
scheduler: {name: ReduceLROnPlateau, patience: 10, factor: 0.5, interval: epoch}
metric: {expression: "max(0.3, 0.9 ** t)"}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for one, own, _ in plateaus(at):
            # A loop that validates only at some epochs has a frequency.
            if one.clock.interval == "epoch" or not one.even or at.document.ticks("epoch") < 2:
                continue
            path, each = one.field("patience"), one.clock.per_epoch
            if own.patience >= each or at.miscounted(path):
                continue
            yield Found(
                path,
                f"patience is {own.patience}, and each {one.noun} is a tick, {float(each):g} per epoch",
                (Edit(one.field("interval"), "epoch"),),
            )
