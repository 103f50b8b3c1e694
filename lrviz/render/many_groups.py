"""Schedules of too many groups to read: which of them pictures and tables show. JSON and CSV have all."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.foundation.arrays import np

MOST = 30
"""Of more groups than this only some are shown; in a picture of several schedules, of more than their share of it."""
_DRAWN = 8
_EACH_END = 10


def most_drawn(schedules: int = 1) -> int:
    """Return how many groups of each of several schedules a picture draws without leaving any out."""
    return max(MOST // schedules, _DRAWN)


def drawn(count: int, schedules: int = 1) -> Sequence[int]:
    """Return which of `count` different curves a picture draws: the first, the last, and some evenly between."""
    if count <= most_drawn(schedules):
        return range(count)
    chosen: list[int] = np.linspace(0, count - 1, _DRAWN).round().astype(int).tolist()
    return chosen


def tabled(count: int) -> Sequence[int]:
    """Return which of `count` groups a table has rows for: the first and the last."""
    return range(count) if count <= MOST else [*range(_EACH_END), *range(count - _EACH_END, count)]


def left_out(count: int, shown: int) -> tuple[int, str]:
    """Return after how many of the rows that are shown some are left out, and words for these; "" where none are."""
    return shown // 2, f"… and {count - shown:,} more" if shown < count else ""
