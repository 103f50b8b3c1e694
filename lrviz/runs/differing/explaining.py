"""What explains a difference: one explanation alone, else two together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from lrviz.results import Cause
from lrviz.runs.differing.explanations import EXPLANATIONS, Explanation, Transformation
from lrviz.runs.differing.explanations.horizon import Horizon
from lrviz.runs.differing.explanations.one_group import OneGroup, differing
from lrviz.runs.differing.explanations.restarted import Restarted, restarted_lower
from lrviz.runs.differing.explanations.rounding import Rounding, grain
from lrviz.runs.differing.explanations.scaled import Scaled, likely_factors
from lrviz.runs.differing.explanations.warm_up import WarmUp, warmed_up
from lrviz.runs.differing.question import Fit, Question


def explained(question: Question) -> tuple[Cause, ...]:
    """Return every explanation that fits, in the order of the output; none where nothing does.

    If B cannot be derived from A, A may be derived from B. Two explanations together are reported only if none fits
    alone; an explanation of some groups, in addition to the fact that only these differ.
    """
    # A log may hold what is not finite, or so large that its quotients are not: nothing fits those.
    with np.errstate(all="ignore"):
        return _explained(question)


def _explained(question: Question) -> tuple[Cause, ...]:
    if question.same:
        return tuple(_causes(_alone(question)))
    # A log has few values; only a document can give a value for any update.
    question = question.turned if question.a.is_log and not question.b.is_log else question
    found = [*_alone(question)]
    apart = differing(question)
    if apart:
        found += _in_groups(question.of(apart), found)
    found = found or _begun_again(question.turned) or _searched(question) or [*_together(question)]
    if not found and len(question.leading.at) <= _LONG:
        found = [*_together(question.turned)]
    return tuple(_causes(found))


_MOST_GROUPS = 16
"""The most groups of which each is tried as the one that differs from the others."""

_LONG = 20_000
"""The most updates of a run for which lengths are searched under several factors: simulating it takes too long."""

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


def _begun_again(question: Question) -> list[_Found]:
    """Return whether B is A begun again: the one explanation that is not also tried with A and B exchanged."""
    fit = Restarted().fit(question)
    return [] if fit is None else [(Restarted(), fit)]


def _searched(question: Question) -> list[_Found]:
    """Return the explanation that only a long search finds."""
    fit = Horizon().fit(replace(question, deep=True))
    return [] if fit is None else [(Horizon(), fit)]


def _in_groups(question: Question, known: list[_Found]) -> list[_Found]:
    """Return the explanations of the groups that differ, worded for these groups."""
    inner = [*_alone(question)] or _searched(question) or [*_together(question)]
    said = {one.id for one, fit in known if not fit.weak}
    new = [(one, fit) for one, fit in inner if one.id not in said]
    strong = [(one, fit) for one, fit in new if not fit.weak] or new
    names = ", ".join(pair.name for pair in question.pairs[:4]) + ", ..." * (len(question.pairs) > 4)
    return [(one, replace(fit, words=f"in {names}: {fit.words}", weak=False)) for one, fit in strong]


def _together(question: Question) -> Iterator[_Found]:
    """Yield two explanations that fit together: a transformation of A, and a factor, group, warm-up or rounding."""
    yield from _multiplied(question)
    lower = restarted_lower(question)
    if lower is not None:
        yield Restarted(), lower
        yield Scaled(), lower
    yield from _but_for_one(question)
    end = warmed_up(question)
    if 0 < end <= question.last:
        rest = question.since(end)
        for one, fit in [] if rest.same else _alone(rest):
            told = replace(fit, words=f"{fit.words}, from the end of the warm-up on")
            yield one, told
            yield WarmUp(), told
    rounded = grain(question)
    if rounded is not None and rounded[0] > question.tolerance:
        rough = question.within(2 * rounded[0])
        for one, fit in [] if rough.same else _alone(rough):
            told = replace(fit, words=f"{fit.words}, {rounded[1]}")
            yield one, told
            yield Rounding(), told


def _multiplied(question: Question) -> Iterator[_Found]:
    short = len(question.leading.at) <= _LONG
    for factor in likely_factors(question):
        scaled = replace(question.multiplied(factor), deep=short)
        if scaled.same:
            continue
        for one in EXPLANATIONS:
            if isinstance(one, OneGroup) and len(differing(scaled)) != 1:
                continue
            if isinstance(one, (Transformation, OneGroup, WarmUp)) and (fit := one.fit(scaled)) is not None:
                told = fit if isinstance(one, Transformation) else _beside(fit, scaled)
                yield one, told
                yield Scaled(), told


def _beside(fit: Fit, question: Question) -> Fit:
    """Return a fit of A times a factor, with the factor added to its words."""
    return replace(fit, words=f"with {{times}}A in place of A: {fit.words}", factor=question.factor)


def _but_for_one(question: Question) -> Iterator[_Found]:
    """Yield an explanation of all groups but one, and one of that group."""
    if not 2 <= len(question.pairs) <= _MOST_GROUPS:
        return
    for odd in question.pairs:
        rest = question.of([pair for pair in question.pairs if pair is not odd])
        alone = question.of([odd])
        if rest.same or alone.same:
            continue
        found = list(_alone(rest))
        own = next(iter([*_alone(alone)] or [*_multiplied(alone)]), None) if found else None
        if own is not None:
            for one, fit in found:
                told = replace(fit, words=f"{fit.words}; but in {odd.name}: {own[1].sentence}")
                yield one, told
                yield OneGroup(), told
            return
