"""B goes through A at another pace: several ticks per update, or one tick every few updates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np
from typing_extensions import override

from lrviz.results import FloatArray, IntArray
from lrviz.runs.differing.explanations.explanation import Transformation, first_fit, updates
from lrviz.runs.differing.lookup import values_at
from lrviz.runs.differing.question import Fit, Pair, Question, Reading

_LARGEST, _PROBES, _TRIED = 20_000, 12, 24
"""The most ticks per update, the updates at which all of them are tried first, and the most tried on all updates."""

_CHANGES = 8
"""With fewer values, or changes at multiples of a number of updates, much would fit by chance."""

Pace = Callable[[IntArray, IntArray | np.int64], IntArray]
"""From update and n to A's tick there."""

_FASTER: tuple[Pace, ...] = (lambda t, n: n * t, lambda t, n: n * t + n - 1)
"""n ticks after each update, or before it, as where a scheduler is stepped after each batch of an accumulation."""


def _slower(t: IntArray, n: IntArray | np.int64) -> IntArray:
    return t // n


def _held(t: IntArray, n: IntArray | np.int64) -> IntArray:
    return t - t % n


class Stretched(Transformation):
    """B goes through A n times faster or slower, or holds each of its values for n updates.

    Formula, n a whole number, wherever both have values:
        b[t] = a[n t] or a[n t + n - 1]: n ticks per update; or the same with A and B exchanged
        b[t] = a[floor(t / n)]: a tick every n updates
        b[t] = a[n floor(t / n)]: B changes only every n updates; or the same with A and B exchanged
    """

    id: ClassVar[str] = "DIFF004"
    name: ClassVar[str] = "stretched"

    @override
    def fit(self, question: Question) -> Fit | None:
        found = super().fit(question) or first_fit(question, self._slower(question))
        return found or super().fit(question.turned)

    def _slower(self, question: Question) -> Iterator[Reading]:
        a, b = question.names
        for n in _paces(question, _slower):
            told = f"{b} is {{times}}{a} with one tick every {updates(n, question)}"
            yield self._reading(question, _slower, n, told)

    @override
    def readings(self, question: Question) -> Iterator[Reading]:
        a, b = question.names
        for pace in _FASTER:
            for n in _paces(question, pace):
                yield self._reading(question, pace, n, f"{b} is {{times}}{a} with {n:,} ticks per update")
        for n in _paces(question, _held):
            told = f"{b} is {{times}}{a}, but changes only every {updates(n, question)}"
            held = self._reading(question, _held, n, told)
            yield replace(held, changes=_CHANGES)
            # Too much would fit a log, which has few values.
            if len(question.leading.at) == question.leading.at[-1] - question.leading.at[0] + 1:
                yield replace(held, changes=2, weak=True)

    def _reading(self, question: Question, pace: Pace, n: int, words: str) -> Reading:
        found = [values_at(pair.a, pace(pair.at, np.int64(n))) for pair in question.pairs]
        values, known = zip(*found, strict=True)
        told = sum(int(rows.sum()) for rows in known)
        # A curve with few steps fits many others at some pace and height.
        changes = 0 if question.factor == 1 else _CHANGES
        return Reading(words, values, known, 0.0, changes, weak=told < _CHANGES)


def _paces(question: Question, pace: Pace) -> list[int]:
    """Return the n, two and more, under which A gives B at a few updates, the smallest first."""
    pair = question.leading
    probes = _probes(pair, question)
    most = min(_LARGEST, max(question.a.steps, question.b.steps))
    if not len(probes) or most < 2:
        return []
    ticks = np.arange(2, most + 1)
    # A few updates rule out most of them.
    for some in (probes[:: len(probes) // 3 + 1], probes):
        wanted = pair.right[np.searchsorted(pair.at, some)]
        values, known = values_at(pair.a, pace(some[None, :], ticks[:, None]).ravel())
        values, known = values.reshape(len(ticks), len(some)), known.reshape(len(ticks), len(some))
        kept = (_near(values, wanted, pair, question) | ~known).all(axis=1)
        ticks = ticks[kept]
        known = known[kept]
    return [int(n) for n in ticks[known.sum(axis=1) >= 2][:_TRIED]]


def _near(values: FloatArray, wanted: FloatArray, pair: Pair, question: Question) -> np.ndarray:
    """Return where values equal those of B."""
    with np.errstate(all="ignore"):
        same = np.isnan(values) & np.isnan(wanted)
        near = np.abs(values - wanted) <= 4 * question.tolerance * (np.abs(wanted) + 1e-3 * pair.peak) + pair.slack
    return same | near


def _probes(pair: Pair, question: Question) -> IntArray:
    """Return updates at which A and B differ, the first ones, and others over the run."""
    apart = pair.at[pair.apart > question.tolerance]
    early = pair.at[1:_PROBES]
    spread = [one[np.unique(np.linspace(0, len(one) - 1, _PROBES).astype(int))] for one in (apart, pair.at) if len(one)]
    return np.unique(np.concatenate([apart[:_PROBES], early, *spread]))
