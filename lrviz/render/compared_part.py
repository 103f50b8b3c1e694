"""Which part of two sources is drawn: all of both, or what was compared where that would be too narrow to see."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lrviz.language.window import Window
from lrviz.results import GroupDifference, Track

_NARROW = 1 / 3
"""The share of both sources below which the rest is left out."""
_AROUND = 1 / 4
"""What is left of the rest on each side, as a share of what was compared."""


def drawn_part(groups: Sequence[GroupDifference]) -> Window:
    """Return the first update, or epoch, that is drawn, and the first that is not any more."""
    tracks = [track for one in groups for track in (one.a, one.b)]
    whole = max(int(track.at[-1]) + 1 for track in tracks)
    first, last = min(int(one.at[0]) for one in groups), max(int(one.at[-1]) + 1 for one in groups)
    if last - first >= _NARROW * whole:
        return 0, whole
    around = math.ceil(_AROUND * (last - first))
    return max(min(int(track.at[0]) for track in tracks), first - around), min(whole, last + around)


def cut(one: GroupDifference, part: Window) -> GroupDifference:
    """Return a group with no more of its values than are drawn."""
    return replace(one, a=_within(one.a, part), b=_within(one.b, part))


def _within(track: Track, part: Window) -> Track:
    start, stop = np.searchsorted(track.at, part)
    return replace(track, at=track.at[start:stop], lr=track.lr[start:stop])
