"""The values of a group at any updates, as far as it has them."""

from __future__ import annotations

import numpy as np

from lrviz.results import BoolArray, FloatArray, IntArray, Track


def values_at(track: Track, at: IntArray) -> tuple[FloatArray, BoolArray]:
    """Return the values at updates, [rows], and which of them it has; the others are NaN."""
    if not len(track.at):
        return np.full(len(at), np.nan), np.zeros(len(at), dtype=bool)
    first, last = int(track.at[0]), int(track.at[-1])
    if last - first == len(track.at) - 1:
        known = (at >= first) & (at <= last)
        place = np.clip(at - first, 0, last - first)
    else:
        place = np.minimum(np.searchsorted(track.at, at), len(track.at) - 1)
        known = track.at[place] == at
    return np.where(known, track.lr[place], np.nan), known
