"""A log -> a simulation: what was logged as a curve without a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lrviz.foundation.errors import DocumentError, Fault
from lrviz.foundation.numerals import plural
from lrviz.results import Convention, Curves, FloatArray, Logged, LoggedGroup, Mark, Verdict
from lrviz.runs.simulation import Simulation

UNCOMPARED = Verdict("skipped", reason="a log, nothing to compare with")
_LONGEST = 10**8


def placed(logged: Logged, convention: Convention | None = None) -> tuple[LoggedGroup, ...]:
    """Return the groups with each value at the update that it was the lr of.

    convention: under which the log was written, its first one where none is named.
    """
    shift = (convention or logged.conventions[0]).shift
    groups = [replace(one, at=one.at + shift) if shift else one for one in logged.groups]
    return tuple(
        one if one.at[0] >= 0 else replace(one, at=one.at[one.at >= 0], lr=one.lr[one.at >= 0]) for one in groups
    )


def simulation(logged: Logged, label: str) -> Simulation:
    """Return the curve of a log, on straight lines between its values, which it keeps; label: its name.

    Raises DocumentError where it is longer than any curve may be.
    """
    groups = placed(logged)
    length = max((int(one.at[-1]) for one in groups if len(one.at)), default=-1) + 1
    if not 0 < length <= _LONGEST:
        raise DocumentError(Fault(logged.source, "", f"{plural(length, logged.unit)}; 1 to {_LONGEST:,} are allowed"))
    curves = Curves(
        name=label,
        source=logged.source,
        unit=logged.unit,
        steps_per_epoch=1,
        optimizer=f"{logged.kind} log",
        chain=_words(groups, length),
        groups=tuple(one.name for one in groups),
        lr=np.stack([_between(one, length) for one in groups], axis=1),
        marks=tuple(Mark(at, "restart of the run", "restart") for at in logged.restarts),
        logged=groups,
    )
    several = "" if len(logged.conventions) == 1 else f"{logged.source}: read as {logged.conventions[0].name}"
    other = "; or it is ".join(one.name for one in logged.conventions[1:])
    told = [f"{several}; or it is {other}, one update later: the log does not say which"] if several else []
    return Simulation(curves, UNCOMPARED, (*logged.notes, *told))


def _between(one: LoggedGroup, length: int) -> FloatArray:
    """Return a value for each update [length]: NaN before the first one that was logged, the last one after it."""
    if len(one.at) == length:
        return one.lr
    if not len(one.at):
        return np.full(length, np.nan)
    found: FloatArray = np.interp(np.arange(length), one.at, one.lr, left=np.nan)
    return found


def _words(groups: Sequence[LoggedGroup], length: int) -> str:
    most = max(len(one.at) for one in groups)
    return plural(most, "value") if most < length else "a value for every update"
