"""Two sides -> their difference, under the convention that brings them nearest, and its explanations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from lrviz.engines.compare.schedule import TOLERANCE
from lrviz.foundation.errors import UsageError
from lrviz.foundation.numerals import counted, plural
from lrviz.language.length import Clock
from lrviz.language.window import asked_windows
from lrviz.results import Convention, Difference, GroupDifference, Largest
from lrviz.runs.differing.explaining import explained
from lrviz.runs.differing.matching import matchings
from lrviz.runs.differing.question import Pair, Question
from lrviz.runs.differing.sides import Side, in_one_unit
from lrviz.runs.surviving import NEEDED


@dataclass(frozen=True, slots=True)
class Terms:
    """How two sources are compared.

    tolerance: relative, as in the cross-check; None is 1e-9, or what a log's digits allow. window: a part of the run,
    as `lrviz schedule --window` takes it. quantity: lr, or another hyperparameter. survival: whether to report the
    half-lives of both sides' updates.
    """

    tolerance: float | None = None
    window: str | None = None
    quantity: str = "lr"
    survival: bool = False

    @property
    def params(self) -> list[str]:
        """The hyperparameters that are read besides the lr."""
        own = [] if self.quantity == "lr" else [self.quantity]
        return [*own, *NEEDED] if self.survival else own


def tolerance_of(text: str | None) -> float | None:
    """Return the tolerance that a text states.

    Raises UsageError where it is not a number of at least 0.
    """
    try:
        value = 0.0 if text is None else float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise UsageError(f"--tolerance {text}: a number of at least 0 is needed, as 1e-6")
    return None if text is None else value


def compared(a: Side, b: Side, terms: Terms = Terms()) -> Difference:
    """Compare two sides where both have values.

    Raises UsageError where they have no update in common, or the window is not part of the run.
    """
    a, b, notes = in_one_unit(a, b)
    allowed = max(TOLERANCE, a.tolerance, b.tolerance) if terms.tolerance is None else terms.tolerance
    longer = max((a, b), key=lambda one: one.steps)
    clock = Clock.of_rows(a.unit, longer.steps_per_epoch, longer.steps)
    window = next(iter(asked_windows("--window", terms.window, [clock])), None)
    if window is not None:
        a, b = a.between(*window), b.between(*window)
    asked = [one for read in product(a.conventions, b.conventions) for one in _questions(a, b, *read)]
    if not asked:
        raise UsageError(f"{a.source} and {b.source} have no {_noun(a)} in common: {_span(a)}, {_span(b)}")
    put = [(replace(one, tolerance=allowed, quantity=terms.quantity), told) for one, told in asked]
    # The usual convention is the first of those that are equally near.
    likely = sorted(put, key=lambda one: _wrong(one[0]))
    found = ((explained(one), one, told) for one, told in likely)
    (causes, question, matching) = first = next(found)
    if not causes and not question.same:
        causes, question, matching = next((one for one in found if one[0]), first)
    told = [*notes, *filter(None, [matching, _common(question)]), *_hidden(a, b)]
    told += [f"{name}: {one.survival}" for name, one in (("A", a), ("B", b)) if one.survival]
    if question.convention and not question.same:
        told.append(f"read as if {question.convention}")
    return Difference(
        a.source,
        b.source,
        "same" if question.same else "different",
        question.unit,
        tuple(_group(pair, question) for pair in question.pairs),
        causes,
        allowed,
        tuple(told),
        terms.quantity,
    )


def _questions(a: Side, b: Side, mine: Convention, theirs: Convention) -> Iterator[tuple[Question, str]]:
    """Yield the questions under a convention of each side, and how groups were matched; none without a common value."""
    left, right = a.under(mine), b.under(theirs)
    many = len(left.tracks) >= len(right.tracks)
    unusual = [
        f"{name} writes {convention.name}"
        for name, side, convention in (("A", a, mine), ("B", b, theirs))
        if convention is not side.conventions[0]
    ]
    for tracks, told in matchings(left.tracks, right.tracks):
        every = (Pair.of((one if many else other).name, one, other) for one, other in tracks)
        pairs = tuple(pair for pair in every if len(pair.at))
        if pairs:
            yield Question(left, right, pairs, a.unit, TOLERANCE, convention=" and ".join(unusual)), told


def _wrong(question: Question) -> float:
    """Return the share of the rows that differ."""
    return sum(int(rows.sum()) for rows in question.wrong) / sum(len(rows) for rows in question.wrong)


def _noun(side: Side) -> str:
    return counted(side.unit)


def _span(side: Side) -> str:
    ends = [(int(track.at[0]), int(track.at[-1])) for track in side.tracks if len(track.at)]
    if not ends:
        return f"{side.source} has none"
    low, high = min(first for first, _ in ends), max(last for _, last in ends)
    return f"{side.source} has {low:,} to {high:,}"


def _common(question: Question) -> str:
    """Say what was compared, if not all of both sides."""
    noun = counted(question.unit)
    first = min(int(pair.at[0]) for pair in question.pairs)
    last = max(int(pair.at[-1]) for pair in question.pairs)
    sparse = max(len(pair.at) for pair in question.pairs)
    values = f"{plural(sparse, 'value')} of " if sparse < last - first + 1 else ""
    lengths = {one.steps for one in (question.a, question.b)}
    if not values and lengths == {last + 1} and first == 0:
        return ""
    sides = (("A", question.a), ("B", question.b))
    longer = [f"{name} has {side.steps:,}" for name, side in sides if side.steps != last + 1]
    if len(longer) == len(sides) and len(lengths) == 1:
        longer = [f"both have {question.a.steps:,}"]
    return "; ".join([f"compared: {values}{noun}s {first:,} to {last:,}", *([", ".join(longer)] if longer else [])])


def _hidden(a: Side, b: Side) -> list[str]:
    """Say what the fixed number of decimals of a log hides."""
    found = ((one.source, max(track.resolution for track in one.tracks)) for one in (a, b))
    return [
        f"{source} is written in steps of {2 * half:.0e}, and half of one is not a difference"
        for source, half in found
        if half
    ]


def _group(pair: Pair, question: Question) -> GroupDifference:
    wrong = pair.apart > question.tolerance
    max_rel = float(pair.apart.max())
    if not wrong.any():
        return GroupDifference(pair.name, pair.a, pair.b, pair.at, None, None, max_rel)
    absolute = np.abs(pair.left - pair.right)
    # A value that only one side has differs more than any number.
    row = int(np.where(wrong, np.nan_to_num(absolute, nan=np.inf), -1.0).argmax())
    largest = Largest(int(pair.at[row]), float(pair.left[row]), float(pair.right[row]))
    return GroupDifference(pair.name, pair.a, pair.b, pair.at, int(pair.at[wrong.argmax()]), largest, max_rel)
