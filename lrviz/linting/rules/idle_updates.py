"""Updates that train nothing, or next to nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from itertools import chain, islice

import numpy as np
from typing_extensions import override

from lrviz.foundation.errors import Path
from lrviz.foundation.numerals import plural, short
from lrviz.linting.acting import Acting
from lrviz.linting.context import Subject
from lrviz.linting.curve import CurveSubject
from lrviz.linting.rule import Edit, Found, Rule, Severity
from lrviz.results import BoolArray, FloatArray

ZERO = 1e-12
"""Of the peak: what rounding leaves of a cosine's zero."""
TINY, _SHARE = 0.001, 0.25
"""Below this share of the peak an lr is tiny; for this share of the run at its end is too long."""
_SEEN = 0.01
"""The share of the run that updates without any effect must exceed: less is how lengths are rounded."""
_FIRST = 2
"""Updates at 0 with which warm-ups of other libraries begin: LR101 and LR108 report those."""


def place(one: Acting | None) -> Path:
    """Return the place of a scheduler; if none is in force, the place of all of them."""
    return one.path if one is not None else ("scheduler",)


def _ending_at(row: int, at: Subject) -> tuple[Edit, ...]:
    """Return the edit that ends the run before a row, where the rest of the document allows that.

    A length that the shorter run does not reach, or that is a share of the run, would have to change with it.
    """
    if isinstance(at, CurveSubject):
        return ()
    document = at.document
    each = document.epoch_steps
    counted = each if document.length_key == "epochs" else 1
    length = row * document.row_steps // counted
    steps = length * counted
    plain = {path for _, path, _ in at.counted}
    ends = {"epoch": steps // each, "step": steps, "batch": document.batches(steps)}
    reached = all(
        # A milestone has to have a tick after it, a decay may end with the run.
        path in plain
        and (one.member.start is None or one.path == ("swa",))
        and one.start // one.stride + count
        <= ends[one.clock.interval] // one.member.frequency * one.member.repeat - (path[-1] != one.scheduler.done_after)
        for one in at.acting
        for path, count in at.lengths(one).items()
    )
    kept = at.lr[: steps // document.row_steps]
    if len(kept) < 2 or not reached or mostly_tiny(kept) or ((kept[1:] == 0) & (kept[:-1] == 0)).any():
        return ()
    return (Edit((document.length_key,), length),)


class FirstUpdateAtZero(Rule):
    """The run begins with an lr of 0, for an epoch or for several updates.

    No weight changes, so the computation is wasted. Most warm-ups that are stepped at every update begin with one
    update at 0, which costs one batch; a whole epoch at 0 comes from a formula that should count ticks from 1.
    """

    curve_alone = True
    id = "LR005"
    name = "first-update-at-zero"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LambdaLR, lr_lambda: "min(1, t / 10)"}
"""
    near = """\
epochs: 100
optimizer: {name: AdamW, lr: 1e-3}
scheduler: {name: LambdaLR, lr_lambda: "min(1, (t + 1) / 10)"}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        # A group at 0 beside others that move is frozen on purpose.
        if at.lr[: 2 if at.noun == "step" else 1].any():
            return
        moved = (at.lr != 0).any(axis=1)
        first = int(moved.argmax())
        if not moved.any() or (at.foreign is not None and first <= _FIRST):
            return
        one = at.at(0)
        path = place(one)
        fix: tuple[Edit, ...] = ()
        if one is not None and one.scheduler.assigns and one.scheduler.formula:
            formulas = getattr(one.scheduler, one.scheduler.formula)
            later = [
                formula_of(one, group, lambda text: re.sub(r"\b(t|epoch)\b", r"(\1 + 1)", text))
                for group in range(len(formulas) if isinstance(formulas, tuple) else 1)
            ]
            path = later[0][0]
            # Where it stays at 0 for longer than a tick, counting from 1 does not settle it.
            fix = tuple(edit for _, edits in later for edit in edits) if first == one.stride else ()
        elif one is not None and (part := one.first) is not None and part.kind == "hold" and part.lifts:
            path = one.field(one.scheduler.first_factor)
            fix = (Edit(path, 0.1),)
        yield Found(path, f"the lr is 0 in the first {at.noun if first == 1 else plural(first, at.noun)}", fix)


def formula_of(one: Acting, group: int, change: Callable[[str], str]) -> tuple[Path, tuple[Edit, ...]]:
    """Return the place of a group's formula, and the edit that changes its text."""
    key = one.scheduler.formula
    formulas = getattr(one.scheduler, key)
    several = isinstance(formulas, tuple)
    formula, path = (formulas[group], one.field(key, group)) if several else (formulas, one.field(key))
    return path, (Edit(path, change(formula.text)),)


def _becomes_tiny(lr: FloatArray) -> bool:
    """Tell whether the lr of a group is tiny, or zero, in any row after its peak."""
    top = int(lr.argmax())
    return bool(lr[top:].min() < TINY * lr[top])


def _tiny_rows(lr: FloatArray) -> BoolArray:
    """Tell in which rows the lr of a group is tiny, after its peak; one of zero is another matter, and LR007's."""
    top = int(lr.argmax())
    found: BoolArray = (lr < TINY * lr[top]) & (lr > ZERO * lr[top])
    found[:top] = False
    return found


def mostly_tiny(lr: FloatArray) -> bool:
    """Tell whether LR006 would say something of a curve, [rows, groups]."""
    return any(_tiny_rows(lr[:, group]).mean() > _SHARE for group in range(lr.shape[1]))


def _shrinks(one: Acting) -> str:
    """Return the factor by which a scheduler makes the lr smaller at every tick; nothing where it does not."""
    own, repeated = one.scheduler, one.scheduler.repeated(one.ticks)
    if repeated is None or own.assigns or repeated[1] != one.ticks:
        return ""
    return repeated[0] if 0 < getattr(own, repeated[0]) < 1 else ""


def _stays_down(one: Acting) -> str:
    """Return the length of a scheduler that goes in one line to its end, and stays there."""
    first, then = islice(chain(one.spans(), (None, None)), 2)
    if first is None or then is None or first.kind == "hold" or then.kind != "hold":
        return ""
    return first.key


class MostlyTiny(Rule):
    """More than the last quarter of the run is at less than 0.1% of the peak lr.

    At a thousandth of the lr the weights hardly move any more; the time is better spent at an lr that
    trains, or not at all. Recipes that step down three times, or by a few percent per epoch, end above that.
    """

    curve_alone = True
    id = "LR006"
    name = "mostly-tiny"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: ExponentialLR, gamma: 0.9}
"""
    near = """\
epochs: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: ExponentialLR, gamma: 0.96}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        for index, highest in enumerate(at.peaks):
            if highest <= 0 or not _becomes_tiny(at.lr[:, index]):
                continue
            below = _tiny_rows(at.lr[:, index])
            share = float(below.mean())
            if share <= _SHARE:
                continue
            above = np.flatnonzero(~below)
            tail = int(above[-1]) + 1
            one = at.at(at.rows - 1)
            if at.explained(one):
                continue
            fix: tuple[Edit, ...] = ()
            path = place(one)
            if tail < at.rows:
                fix = _ending_at(tail, at)
            if one is not None and (key := _shrinks(one)):
                path = one.field(key)
                # Beside others, or after them, it is not all that lowers the lr.
                alone = len(at.acting) == 1
                fix = () if not alone else (Edit(path, math.ceil(1e4 * TINY ** (1 / one.ticks)) / 1e4),)
            yield Found(
                path,
                f"{share:.0%} of the run has less than 0.1% of the peak lr{at.group(index)}, {short(highest)}: from "
                f"{at.noun} {tail if tail < at.rows else int(np.flatnonzero(below)[0])} on",
                fix,
            )
            return


class ZeroBeforeTheEnd(Rule):
    """The lr is 0 before the run ends.

    From there on nothing is learned, while every update costs as much as before.
    """

    curve_alone = True
    id = "LR007"
    name = "zero-before-the-end"
    severity = Severity.warning
    fires = """\
epochs: 100
optimizer: {name: SGD, lr: 0.05}
scheduler: {name: PolynomialLR, total_iters: 50}
"""
    near = """\
epochs: 100
optimizer: {name: SGD, lr: 0.05}
scheduler: {name: PolynomialLR, total_iters: 100}
"""

    @override
    def look(self, at: Subject) -> Iterator[Found]:
        # What is stepped now and then stays at a single zero for so many updates.
        apart = max((math.ceil(one.stride) for one in at.acting if not one.even), default=1)
        for index, highest in enumerate(at.peaks):
            if highest <= 0 or at.lowest[index] > ZERO * highest:
                continue
            zero = np.abs(at.lr[:, index]) <= ZERO * highest
            if not zero.any():
                continue
            known = int(np.flatnonzero(~zero)[0])
            pairs = np.flatnonzero(zero[known:-apart] & zero[known + apart :])
            if not len(pairs) or zero[known:].sum() <= _SEEN * at.rows:
                continue
            row = known + int(pairs[0])
            count = int(zero[known:].sum())
            one = at.at(row)
            if at.explained(one):
                continue
            path, fix = place(one), _ending_at(row, at)
            if one is not None and (key := _stays_down(one)) and not at.miscounted(one.field(key)):
                path = one.field(key)
                fix = (Edit(path, at.ticks(one, one.ticks)),)
            yield Found(
                path,
                f"the lr{at.group(index)} is 0 from {at.noun} {row} on: {count:,} of {at.rows:,} updates do nothing",
                fix,
            )
            return
