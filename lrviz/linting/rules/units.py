"""Lengths in the wrong unit: epochs where steps are meant, steps where epochs are, batches where steps are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from typing_extensions import override

from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import plural
from lrviz.language.fields import computed
from lrviz.language.length import has_unit
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity


def _key(path: Path) -> str:
    key = next(part for part in reversed(path) if isinstance(part, str))
    return "milestone" if key == "milestones" else key


class LengthInOtherUnit(Rule):
    """A length that is in steps where the scheduler counts epochs, or in epochs where it counts steps.

    A number has no unit of its own: it is as many calls of scheduler.step(). "30ep" and "36000ba" mean the
    same whatever the interval.
    """

    id = "LR025"
    name = "length-in-other-unit"
    severity = Severity.error
    fires = """\
epochs: 90
steps_per_epoch: 400
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 36000}
"""
    near = """\
epochs: 90
steps_per_epoch: 400
interval: step
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: CosineAnnealingLR, T_max: 36000}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        each = at.document.epoch_steps
        yield from self._in(
            at.looks_like_steps, at, "epoch", "step", lambda length: f"{length}ba" if each > 1 else "1dur"
        )
        yield from self._in(at.looks_like_epochs, at, "step", "epoch", lambda length: f"{length}ep")

    @staticmethod
    def _in(
        found: Mapping[Path, int], at: Subject, interval: str, unit: str, written: Callable[[int], str]
    ) -> Iterator[Found]:
        run = plural(at.document.ticks("epoch"), "epoch")
        told: set[Path] = set()
        steps = f" of {at.document.epoch_steps:,} steps" if at.document.epoch_steps > 1 else ""
        for path, length in found.items():
            edit = Edit(path, written(length))
            if isinstance(path[-1], int):
                # The members of a list have one unit: it is edited as a whole, and told of once.
                edit = Edit(path[:-1], _rewritten(at.written(path[:-1]), written))
            if edit.path in told:
                continue
            told.add(edit.path)
            yield Found(
                path,
                f"{_key(path)} is {length:,} and counts {interval}s here, in a run of {run}{steps}; it looks like "
                f"{unit}s",
                (edit,),
            )


def _rewritten(listed: object, written: Callable[[int], str]) -> list[object]:
    assert isinstance(listed, list)
    return [each if has_unit(each) else written(int(computed(each))) for each in listed]


class AccumulationNotCounted(Rule):
    """A length in batches where several batches make one optimizer step.

    The scheduler is stepped once for every grad_accumulation batches, so a length that counts batches is that
    many times too long, and the schedule is cut off early.
    """

    id = "LR032"
    name = "accumulation-not-counted"
    severity = Severity.error
    fires = """\
epochs: 10
dataset_size: 64000
batch_size: 16
grad_accumulation: 4
interval: step
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: CosineAnnealingLR, T_max: 40000}
"""
    near = """\
epochs: 10
dataset_size: 64000
batch_size: 16
grad_accumulation: 4
interval: step
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: CosineAnnealingLR, T_max: 10000}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        each, steps = at.document.grad_accumulation, at.document.ticks("step")
        for path, length in at.looks_like_batches.items():
            yield Found(
                path,
                f"{_key(path)} is {length:,}, and with grad_accumulation {each} the run has {steps:,} optimizer steps; "
                "it looks like batches",
                (Edit(path, length // each),),
            )
