"""B decays over another length than A, or one of them ends earlier."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from typing_extensions import override

from lrviz.foundation.numerals import counted, plural
from lrviz.results import Track
from lrviz.runs.differing.explanations.explanation import Transformation
from lrviz.runs.differing.lengths import Length, lengthened, lengths_of
from lrviz.runs.differing.lookup import values_at
from lrviz.runs.differing.question import Fit, Pair, Question, Reading
from lrviz.runs.differing.sides import Side

_JUMPS = 3
"""How many of the places where a curve jumps are tried as ends of its steps or cycles."""
_LONGEST = 64
"""The longest decay that is tried, as a multiple of its own length."""


class Horizon(Transformation):
    """A's document with another length of one decay, or of the run, gives B; or the same with A and B exchanged.

    The length is searched among those of the two sources and, if nothing else explains B, by bisection.
    If nothing differs, the side that ends earlier is cut off.
    """

    id: ClassVar[str] = "DIFF005"
    name: ClassVar[str] = "horizon"
    of_equals: ClassVar[bool] = True

    @override
    def fit(self, question: Question) -> Fit | None:
        if question.same:
            told = _cut(question)
            return Fit(told, max(float(pair.apart.max(initial=0.0)) for pair in question.pairs)) if told else None
        return super().fit(question) or super().fit(_turned(question))

    @override
    def readings(self, question: Question) -> Iterator[Reading]:
        document = question.a.document
        if document is None or question.quantity != "lr":
            return
        theirs = None if question.b.document is None else lengths_of(question.b.document)
        for length in lengths_of(document):
            # Before the decay both sides are the same.
            if question.first < length.start:
                continue
            tried = _Tried(question, length)
            likely = {each.value for each in theirs or () if each.path[-1] == length.path[-1]} | {question.b.steps}
            likely |= _likely(question, length) if theirs is None else set()
            for value in sorted(each for each in likely if each > 0 and each != length.value):
                if (one := tried.reading(value)) is not None:
                    yield one
            # The length of B's run is known, and need not be searched.
            if question.deep and length.path != (document.length_key,):
                yield from tried.halved()


def _likely(question: Question, length: Length) -> set[int]:
    """Return the lengths worth a try: of the two runs, its own in the other's unit, and the places at which B jumps."""
    a, b = question.a, question.b
    rates = {one.steps_per_epoch for one in (a, b)} - {1}
    jumps = _jumps(question.leading)
    ends = {a.steps, b.steps, question.first, *jumps}
    values = {end - length.start for end in ends} | set(np.diff(jumps).tolist())
    return values | {value for rate in rates for value in (length.value * rate, length.value // rate, b.steps // rate)}


def _jumps(pair: Pair) -> list[int]:
    """Return where B falls or jumps first, and where it does so most: after a whole step, or cycle."""
    moved = np.abs(np.diff(pair.right))
    moved = np.where(np.isfinite(moved), moved, 0.0)
    most = np.argsort(-moved, kind="stable")[:_JUMPS]
    first = np.flatnonzero(moved > 0.05 * moved.max(initial=0.0))[:_JUMPS]
    return sorted({int(pair.at[row + 1]) for row in (*most, *first) if moved[row] > 0})


class _Tried:
    """A length of A's document, tried at several values."""

    def __init__(self, question: Question, length: Length) -> None:
        self._question, self._length = question, length
        self._known: dict[int, tuple[np.ndarray, ...] | None] = {}

    def reading(self, value: int) -> Reading | None:
        """Return the values that A's document would give."""
        if value not in self._known:
            self._known[value] = self._values(value)
        values = self._known[value]
        if values is None:
            return None
        a, b = self._question.names
        told = f"{b} is {{times}}{a} with {self._length.key} {value:,} in place of {self._length.value:,}"
        return Reading(told, values)

    def _values(self, value: int) -> tuple[np.ndarray, ...] | None:
        question = self._question
        key = question.names[0], self._length.key, value
        if key not in question.made:
            question.made[key] = lengthened(question.a, self._length, value, question.b)
        made = question.made[key]
        if made is None:
            return None
        tracks: dict[str, Track] = {track.name: track for track in made.tracks}
        if not all(pair.a.name in tracks for pair in question.pairs):
            return None
        found = [values_at(tracks[pair.a.name], pair.at) for pair in question.pairs]
        return (
            tuple(values * question.factor for values, _ in found) if all(known.all() for _, known in found) else None
        )

    def halved(self) -> Iterator[Reading]:
        """Search the length by bisection: once two decays have begun, the longer one is higher."""
        pair = self._question.leading
        index = next(at for at, one in enumerate(self._question.pairs) if one is pair)
        for row in _telling(pair):
            yield from self._halved(pair, index, row)

    def _halved(self, pair: Pair, index: int, row: int) -> Iterator[Reading]:
        """Yield the readings of the two neighbouring lengths between which A's document passes B at a row."""

        def apart(value: int) -> float:
            one = self.reading(value)
            return np.nan if one is None else float(one.values[index][row] - pair.right[row])

        own = self._length.value
        here = float(pair.left[row] - pair.right[row])
        for end in (max(1, int(pair.at[row]) - self._length.start), own * _LONGEST):
            there = apart(end)
            if not there * here <= 0:
                continue
            low, high = sorted((own, end))
            rising = (here < there) == (own < end)
            while high - low > 1:
                middle = (low + high) // 2
                if (apart(middle) < 0) == rising:
                    low = middle
                else:
                    high = middle
            for value in (low, high):
                if value != own and (one := self.reading(value)) is not None:
                    yield one


def _telling(pair: Pair) -> list[int]:
    """Return the first row at which the two clearly differ, before any decay turns, and the row of the largest."""
    apart = np.abs(pair.left - pair.right)
    apart = np.where(np.isfinite(apart), apart, 0.0)
    farthest = int(apart.argmax())
    return list(dict.fromkeys((int((apart > 0.02 * apart[farthest]).argmax()), farthest)))


def _turned(question: Question) -> Question:
    """Return the question with A and B exchanged, unless it has a factor, which would be on the wrong side."""
    return question if question.factor != 1 else question.turned


def _cut(question: Question) -> str:
    """Say which side ends earlier; nothing where they are equally long."""
    a, b = question.a, question.b
    for one, other, names in ((a, b, "AB"), (b, a, "BA")):
        end = _end(one)
        if end + _pause(one) < other.steps and not other.is_log:
            return f"{names[0]} is {names[1]}, cut after {plural(end + 1, counted(question.unit))} of {other.steps:,}"
    return ""


def _end(side: Side) -> int:
    return max((int(track.at[-1]) for track in side.tracks if len(track.at)), default=-1)


def _pause(side: Side) -> int:
    """Return the most updates between two values: a log's last value may come that many updates before its end."""
    return max((int(np.diff(track.at).max()) for track in side.tracks if len(track.at) > 1), default=1)
