"""Runs that were restarted in the same log: updates that were made again replace the first ones."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.foundation.arrays import FloatArray, IntArray, np


class Disorder(Exception):
    """Steps go back too often for restarts; index: of the first value that does."""

    def __init__(self, index: int, times: int) -> None:
        super().__init__(index, times)
        self.index, self.times = index, times


def laid(steps: IntArray, lr: FloatArray, begins: Sequence[int] = ()) -> tuple[IntArray, FloatArray, IntArray]:
    """Return the values that were not replaced, by ascending step, and the steps at which a later run begins.

    steps, lr: [values], in the order in which they were logged; begins: where among them another file begins. A step
    that goes back begins a run, too: it makes all steps from there on again, and what was logged for them is
    dropped. Of several values of one step the last counts.
    Raises Disorder where steps do not ascend between restarts.
    """
    back = np.flatnonzero(np.diff(steps) < 0) + 1
    if len(back) and 2 * len(back) >= len(steps):
        raise Disorder(int(back[0]), len(back))
    starts = np.unique(np.concatenate([back, np.array([one for one in begins if 0 < one < len(steps)], np.int64)]))
    if len(starts):
        # Of each run what comes before the earliest start of any later one.
        limits = np.minimum.accumulate(steps[starts][::-1])[::-1]
        run = np.searchsorted(starts, np.arange(len(steps)), side="right")
        kept = steps < np.append(limits, np.iinfo(np.int64).max)[run]
        restarts = np.unique(limits)
        steps, lr = steps[kept], lr[kept]
        restarts = restarts[np.isin(restarts, steps)]
        restarts = restarts[restarts > steps[0]] if len(steps) else restarts
    else:
        restarts = np.empty(0, np.int64)
    last = np.append(np.diff(steps) != 0, True)[: len(steps)]
    return steps[last], lr[last], restarts
