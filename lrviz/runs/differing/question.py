"""What explanations have to answer: how B follows from A, group by group; and whether an answer is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from lrviz.engines.compare.schedule import differences
from lrviz.foundation.numerals import short
from lrviz.results import BoolArray, FloatArray, IntArray, Track, Unit
from lrviz.runs.differing.lookup import values_at
from lrviz.runs.differing.sides import Side

FEWEST = 3
"""Values that differ between A and B, or all of them, that an explanation must give to be one."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Two groups that are compared, under one name.

    at: [rows], the updates at which both have values; left, right: those of each.
    """

    name: str
    a: Track
    b: Track
    at: IntArray
    left: FloatArray
    right: FloatArray

    @classmethod
    def of(cls, name: str, a: Track, b: Track) -> Pair:
        """Compare two groups where both have values."""
        if len(a.at) < len(b.at):
            right, known = values_at(b, a.at)
            return cls(name, a, b, a.at[known], a.lr[known], right[known])
        left, known = values_at(a, b.at)
        return cls(name, a, b, b.at[known], left[known], b.lr[known])

    @cached_property
    def peak(self) -> float:
        """The largest finite value of B."""
        return _peak(self.b)

    @cached_property
    def apart(self) -> FloatArray:
        """How far the two are from each other, [rows], relative as in the cross-check."""
        return self.distance(self.left)

    def distance(self, values: FloatArray, rows: BoolArray | slice = slice(None)) -> FloatArray:
        """Return how far values are from B's at some rows: relative, beyond what the resolution of a log hides."""
        absolute, relative = differences(values, self.right[rows], self.peak)
        if self.slack == 0:
            return relative
        with np.errstate(all="ignore"):
            beyond = np.where(absolute <= self.slack, 0.0, 1 - self.slack / absolute)
        return np.where(np.isinf(relative), relative, relative * beyond)

    @property
    def slack(self) -> float:
        """The absolute difference that the resolution of the two hides."""
        return self.a.resolution + self.b.resolution

    def kept(self, rows: BoolArray) -> Pair:
        """Return the same groups, compared at some of the rows."""
        return Pair(self.name, self.a, self.b, self.at[rows], self.left[rows], self.right[rows])

    def multiplied(self, factor: float) -> Pair:
        """Return the same groups with A multiplied."""
        scaled = replace(self.a, lr=self.a.lr * factor, resolution=self.a.resolution * abs(factor))
        return replace(self, a=scaled, left=self.left * factor)

    @property
    def turned(self) -> Pair:
        """The same with A and B exchanged."""
        return Pair(self.name, self.b, self.a, self.at, self.right, self.left)


def _peak(track: Track) -> float:
    known = np.abs(track.lr[np.isfinite(track.lr)])
    return float(known.max()) if known.size else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The values that an explanation predicts. values: of B, for each pair at `Pair.at`.

    known: which of them it gives; None for all. least: the share of all rows that it must give; changes: how often
    B must change there. words: its sentence. weak: it fits easily, and is reported only if nothing else fits.
    """

    words: str
    values: tuple[FloatArray, ...]
    known: tuple[BoolArray, ...] | None = None
    least: float = 1.0
    changes: int = 0
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Fit:
    """An explanation that fits. max_rel: how far it is from B; factor: by which A is multiplied in addition.

    words: its sentence, with {times} in the place of the factor. weak: as of its reading.
    """

    words: str
    max_rel: float
    factor: float = 1.0
    weak: bool = False

    @property
    def sentence(self) -> str:
        """Its words, with the factor."""
        return self.words.replace("{times}", "" if self.factor == 1 else f"{times(self.factor)} ")


def times(factor: float) -> str:
    """Write a factor: 8 times, 1/8 of, 0.37 times."""
    below = 1 / factor
    if abs(factor) < 1 and abs(below) < 1e4 and abs(below - round(below)) < 1e-9 * abs(below):
        return f"1/{round(below)} of"
    return f"{short(factor, 6)} times"


@dataclass(frozen=True, eq=False)
class Question:
    """How does B follow from A? tolerance: relative, as in the cross-check; factor: what A has been multiplied by.

    names: what the two are called in sentences; convention: the one under which a log is read, where that is not its
    usual one; quantity: what is compared; deep: whether slow searches are made, too.
    shifts: those to try, once computed; made: the sides of documents with other lengths.
    """

    a: Side
    b: Side
    pairs: tuple[Pair, ...]
    unit: Unit
    tolerance: float
    factor: float = 1.0
    names: tuple[str, str] = ("A", "B")
    convention: str = ""
    quantity: str = "lr"
    deep: bool = False
    shifts: list[tuple[int, ...]] = field(default_factory=list)
    made: dict[tuple[str, str, int], Side | None] = field(default_factory=dict)

    @cached_property
    def wrong(self) -> tuple[BoolArray, ...]:
        """Which rows of each pair differ."""
        return tuple(pair.apart > self.tolerance for pair in self.pairs)

    @cached_property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not any(rows.any() for rows in self.wrong)

    @cached_property
    def first(self) -> int:
        """The first update that differs in any group."""
        return min(int(pair.at[rows.argmax()]) for pair, rows in zip(self.pairs, self.wrong, strict=True) if rows.any())

    @cached_property
    def last(self) -> int:
        """The last update that differs in any group."""
        found = zip(self.pairs, self.wrong, strict=True)
        return max(int(pair.at[rows.nonzero()[0][-1]]) for pair, rows in found if rows.any())

    @cached_property
    def leading(self) -> Pair:
        """The most informative pair: of those that differ, the one with the most different values in B."""
        told = [pair for pair, rows in zip(self.pairs, self.wrong, strict=True) if rows.any()]
        few = told[:64]
        return max(few, key=lambda pair: np.count_nonzero(np.diff(pair.right)))

    @property
    def turned(self) -> Question:
        """The question how A follows from B."""
        pairs = tuple(pair.turned for pair in self.pairs)
        names = (self.names[1], self.names[0])
        return replace(self, a=self.b, b=self.a, pairs=pairs, names=names, shifts=[])

    def multiplied(self, factor: float) -> Question:
        """Return the question how B follows from so many times A."""
        return replace(self.of([pair.multiplied(factor) for pair in self.pairs]), factor=self.factor * factor)

    def within(self, tolerance: float) -> Question:
        """Return the same question with another tolerance."""
        return replace(self, tolerance=tolerance, shifts=[])

    def of(self, kept: Sequence[Pair]) -> Question:
        """Return the same question for other pairs."""
        return replace(self, pairs=tuple(kept), shifts=[])

    def since(self, update: int) -> Question:
        """Return the same question from an update on."""
        return self.of([pair.kept(pair.at >= update) for pair in self.pairs])

    def answered(self, reading: Reading) -> Fit | None:
        """Return how well a reading gives B; None where it does not, within the tolerance."""
        known = reading.known or tuple(np.ones(len(one), dtype=bool) for one in reading.values)
        if not self._enough(known, reading):
            return None
        worst = 0.0
        for pair, values, rows in zip(self.pairs, reading.values, known, strict=True):
            if rows.any():
                worst = max(worst, float(pair.distance(values[rows], rows).max()))
                if worst > self.tolerance:
                    return None
        return Fit(reading.words, worst, self.factor, reading.weak)

    def _enough(self, known: Sequence[BoolArray], reading: Reading) -> bool:
        """Return whether a reading covers some of the rows that differ, and enough rows in all."""
        rows, given = sum(len(one) for one in known), sum(int(one.sum()) for one in known)
        told = sum(int((one & apart).sum()) for one, apart in zip(known, self.wrong, strict=True))
        apart = sum(int(one.sum()) for one in self.wrong)
        if given < max(reading.least * rows, min(FEWEST, rows)) or told < min(FEWEST, apart):
            return False
        changes = (int(np.count_nonzero(np.diff(pair.right[one]))) for pair, one in zip(self.pairs, known, strict=True))
        return reading.changes == 0 or max(changes) >= reading.changes
