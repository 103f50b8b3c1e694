"""All that explains a difference: one explanation alone, else two together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lrviz.results import Cause
from lrviz.runs.differing.explanations import EXPLANATIONS, Explanation, Transformation
from lrviz.runs.differing.explanations.one_group import OneGroup, differing
from lrviz.runs.differing.explanations.rounding import Rounding, digits_of, half_a_unit
from lrviz.runs.differing.explanations.scaled import Scaled
from lrviz.runs.differing.explanations.warm_up import WarmUp, warmed_up
from lrviz.runs.differing.question import Fit, Question


def explained(question: Question) -> tuple[Cause, ...]:
    """Return every explanation that fits, in the order in which they are said; none where nothing does.

    What needs two of them is said where no one fits alone, and of groups beside that only they differ.
    """
    if question.same:
        return tuple(_causes(_alone(question)))
    found = [*_alone(question)]
    apart = differing(question)
    if apart:
        found += _in_groups(question.of(apart), found)
    if not found:
        found = list(_together(question))
    if not found:
        found = list(_alone(replace(question, deep=True)))
    return tuple(_causes(found))


_Found = tuple[Explanation, Fit]


def _causes(found: Iterable[_Found]) -> list[Cause]:
    ordered = sorted(found, key=lambda one: one[0].id)
    strong = [one for one in ordered if not one[1].weak]
    kept: dict[str, Cause] = {}
    for one, fit in strong or ordered:
        kept.setdefault(one.id, Cause(one.id, one.name, fit.sentence, fit.max_rel))
    return list(kept.values())


def _alone(question: Question) -> Iterator[_Found]:
    for one in EXPLANATIONS:
        if (one.of_equals or not question.same) and (fit := one.fit(question)) is not None:
            yield one, fit


def _in_groups(question: Question, known: list[_Found]) -> list[_Found]:
    """Return what explains the groups that differ, as said of those alone."""
    inner = [*_alone(question)] or [*_together(question)] or [*_alone(replace(question, deep=True))]
    said = {one.id for one, _ in known}
    names = ", ".join(pair.name for pair in question.pairs[:4]) + ", ..." * (len(question.pairs) > 4)
    return [(one, replace(fit, words=f"in {names}: {fit.words}")) for one, fit in inner if one.id not in said]


def _together(question: Question) -> Iterator[_Found]:
    """Yield two explanations that fit together: what A is made into, and a factor, its warm-up or rounding beside."""
    transformations = [one for one in EXPLANATIONS if isinstance(one, Transformation) and not isinstance(one, Scaled)]
    free = question.scaled()
    yield from _pairs(transformations, free, Scaled())
    end = warmed_up(question)
    if 0 < end <= question.last:
        rest = question.since(end)
        if not rest.same:
            beside = replace(rest, shifts={})
            for one, fit in _beside(beside):
                told = replace(fit, words=f"{fit.words}, from the end of the warm-up on")
                yield one, told
                yield WarmUp(), told
    if (digits := _digits(question)) is not None and half_a_unit(digits) > question.tolerance:
        rough = replace(question, tolerance=half_a_unit(digits), shifts={})
        for one, fit in _beside(rough):
            told = replace(fit, words=f"{fit.words}, rounded to {digits} digits")
            yield one, told
            yield Rounding(), told


def _digits(question: Question) -> int | None:
    found = [digits for one in (question, question.turned) if (digits := digits_of(one)) is not None]
    return min(found, default=None)


def _beside(question: Question) -> Iterator[_Found]:
    for one in EXPLANATIONS:
        if isinstance(one, (Transformation, OneGroup)) and (fit := one.fit(question)) is not None:
            yield one, fit


def _pairs(transformations: list[Transformation], question: Question, other: Explanation) -> Iterator[_Found]:
    for one in transformations:
        fit = one.fit(question)
        if fit is not None:
            yield one, fit
            yield other, fit
