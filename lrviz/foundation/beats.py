"""Beats of a loop at which something is done: a range where they are evenly spaced, else a rising array."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.foundation.arrays import IntArray, np

Beats = range | IntArray


def every(beats: Beats, frequency: int, start: int | None = None) -> Beats:
    """Return each `frequency`-th of the beats, those up to number `start` (counted from 0) left out."""
    first = 0 if start is None else start + 1
    kept: Beats = beats[first + (frequency - 1 - first) % frequency :: frequency]
    return kept


def until(beats: Beats, stop: int) -> Beats:
    """Return the beats before `stop`."""
    return beats[: count(beats, stop)]


def between(beats: Beats, start: int, stop: int) -> tuple[int, int]:
    """Return the positions of the beats from `start` (included) to `stop` (excluded)."""
    return count(beats, start), count(beats, stop)


def count(beats: Beats, stop: int) -> int:
    """Return how many beats there are before `stop`."""
    if isinstance(beats, range):
        return min(max(-(-(stop - beats.start) // beats.step), 0), len(beats))
    return int(np.searchsorted(beats, stop))


def since(beats: Beats, start: int) -> Beats:
    """Return the beats counted from `start`, none of which is before it."""
    return range(beats.start - start, beats.stop - start, beats.step) if isinstance(beats, range) else beats - start


def spacing(beats: Beats) -> int:
    """Return the spacing of the beats, approximately if they are uneven; 1 for a single one in an array."""
    if isinstance(beats, range):
        return beats.step
    return max(1, round(int(beats[-1] - beats[0]) / max(1, len(beats) - 1)))


def index(beats: Beats, origin: int = 0) -> slice | IntArray:
    """Return the index of the beats in an array that starts at beat `origin`, which is not after the first of them."""
    if isinstance(beats, range):
        return slice(beats.start - origin, beats.stop - origin, beats.step)
    return beats - origin


def array(beats: Beats) -> IntArray:
    """Return the beats as an array."""
    return np.arange(beats.start, beats.stop, beats.step) if isinstance(beats, range) else beats


def joined(parts: Sequence[IntArray]) -> IntArray:
    """Return several beats at each moment in one array, in their order: parts[k] has the kth of each moment."""
    return np.stack(parts, axis=1).reshape(-1)
