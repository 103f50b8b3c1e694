"""Lengths in the wrong unit: epochs where steps are meant, steps where epochs are, batches where steps are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from typing_extensions import override

from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import many, plural
from lrviz.language.fields import computed
from lrviz.language.length import has_unit
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.rule import Edit, Found, Rule, Severity


def _key(path: Path) -> str:
    key = next(part for part in reversed(path) if isinstance(part, str))
    return "milestone" if key == "milestones" else key


class LengthInOtherUnit(Rule):
    """A length in steps for a scheduler that counts epochs, or in epochs for one that counts steps.

    A plain number counts calls of scheduler.step(). "30ep" and "36000ba" are epochs and updates whatever the
    interval.
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
        yield from self._in(at.looks_like_steps, at, "step", lambda length: f"{length}ba" if each > 1 else "1dur")
        yield from self._in(at.looks_like_epochs, at, "epoch", lambda length: f"{length}ep")

    @staticmethod
    def _in(found: Mapping[Path, int], at: Subject, unit: str, written: Callable[[int], str]) -> Iterator[Found]:
        run = plural(at.document.ticks("epoch"), "epoch")
        told: set[Path] = set()
        nouns = {path: one.noun for one, path, _ in at.counted} if found else {}
        steps = f" of {at.document.epoch_steps:,} steps" if at.document.epoch_steps > 1 else ""
        for path, length in found.items():
            edit = Edit(path, written(length))
            if isinstance(path[-1], int):
                # The members of a list have one unit: it is edited as a whole, and reported once.
                edit = Edit(path[:-1], rewritten(at.written(path[:-1]), written))
            if edit.path in told:
                continue
            told.add(edit.path)
            yield Found(
                path,
                f"{_key(path)} is {length:,} and counts {many(nouns[path])} here, in a run of {run}{steps}; it looks "
                f"like {unit}s",
                (edit,),
            )


def rewritten(listed: object, written: Callable[[int], object]) -> list[object]:
    """Return a list of lengths with each plain number in it written in another way."""
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


class CadenceNotCounted(Rule):
    """A length in epochs, steps or batches for a scheduler whose `repeat` or `frequency` changes what a tick is.

    A length counts calls of scheduler.step(). accelerate makes one call per process: on four processes, a schedule as
    long as the run is over after a quarter of it. With a frequency of 3 it gets only a third of the way.
    """

    id = "LR049"
    name = "cadence-not-counted"
    severity = Severity.error
    fires = """\
steps: 10000
interval: step
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: CosineAnnealingLR, T_max: 10000, repeat: 4}
"""
    near = """\
steps: 10000
interval: step
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: CosineAnnealingLR, T_max: 40000, repeat: 4}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        wrong = at.forgets_cadence
        for root in dict.fromkeys(one.root for one, path, _ in at.counted if path in wrong):
            inside = [(one, path) for one, path, _ in at.counted if one.root == root and path in wrong]
            # The one that says how long the schedule is, or the last of them.
            one, path = next((each for each in reversed(inside) if self._ends(*each)), inside[-1])
            key = "repeat" if one.member.repeat > 1 else "frequency"
            ends = plural(at.ends(one.member), one.clock.interval)
            yield Found(
                path,
                f"{_key(path)} is {wrong[path]:,}, and with {key} {getattr(one.member, key):,} the {ends} of the run "
                f"are {plural(one.clock.ticks, 'tick')}; it looks like {many(one.clock.interval)}",
                self._fix([path for _, path in inside], wrong, one, at),
            )

    @staticmethod
    def _ends(one: Acting, path: Path) -> bool:
        return one.horizon is not None and path == one.field(one.horizon[0])

    @staticmethod
    def _fix(paths: list[Path], wrong: Mapping[Path, int], one: Acting, at: Subject) -> tuple[Edit, ...]:
        def written(length: int) -> int | str:
            unit = {"epoch": "ep", "step": "ba"}.get(one.clock.interval)
            ticks = max(1, length * one.member.repeat // one.member.frequency)
            return ticks if unit is None else f"{length}{unit}"

        edits = {}
        for path in paths:
            listed = isinstance(path[-1], int)
            whole = path[:-1] if listed else path
            edits[whole] = Edit(whole, rewritten(at.written(whole), written) if listed else written(wrong[path]))
        return tuple(edits.values())
