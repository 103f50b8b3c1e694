"""A part of a run, written A:B: epochs or updates as its curve counts them, or lengths as 5ep; one may be left out."""

from __future__ import annotations

from collections.abc import Sequence

from lrviz.foundation.errors import UsageError
from lrviz.foundation.numerals import plural
from lrviz.language.length import Clock, moment

Window = tuple[int, int]
"""The first tick of a part, and the one after its last."""


def asked_windows(option: str, text: str | None, clocks: Sequence[Clock]) -> tuple[Window, ...]:
    """Return what `option` asks for, None if it is not given.

    Raises UsageError where it is no part of a run.
    """
    try:
        return () if text is None else windows(text, clocks)
    except ValueError as error:
        raise UsageError(f'{option} "{text}": {error}') from None


def windows(text: str, clocks: Sequence[Clock]) -> tuple[Window, ...]:
    """Return the ticks that `text` means on the clock of each run; a run that ends inside of it is shown to its end.

    Raises ValueError where it is no part of a run.
    """
    begin, colon, end = text.partition(":")
    if not colon or ":" in end or not (begin.strip() or end.strip()):
        raise ValueError("write a part of the run as A:B, in epochs or updates (10:20), or as lengths (:5ep, 0.9dur:)")
    found = []
    for clock in clocks:
        start = moment(begin, clock) if begin.strip() else 0
        stop = moment(end, clock) if end.strip() else clock.ticks
        if start < 0 or stop < 0:
            raise ValueError(f"{begin if start < 0 else end} is before the run begins, at 0")
        if start >= clock.ticks:
            raise ValueError(f"begins at {plural(start, clock.interval)}; the run has {clock.ticks:,}")
        if start >= stop:
            raise ValueError(f"ends at {plural(stop, clock.interval)} and begins at {start:,}; nothing is in between")
        found.append((start, stop))
    most = max(clock.ticks for clock in clocks)
    if all(stop > clock.ticks for (_, stop), clock in zip(found, clocks, strict=True)):
        raise ValueError(f"ends at {plural(found[0][1], clocks[0].interval)}; the run has {most:,}")
    return tuple((start, min(stop, clock.ticks)) for (start, stop), clock in zip(found, clocks, strict=True))
