"""A log -> the document with the same curve, as the reference computes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from lrviz.documents.load import document
from lrviz.engines.compare.schedule import differences
from lrviz.engines.reference import schedule as reference
from lrviz.foundation.errors import LrvizError
from lrviz.foundation.numerals import counted, plural, short
from lrviz.logs.digits import EXACT
from lrviz.results import Convention, FloatArray, IntArray, Logged, LoggedGroup
from lrviz.runs.fitting.document import run_of, text_of
from lrviz.runs.fitting.families import Seen, families
from lrviz.runs.fitting.search import Fit, Problem, best
from lrviz.runs.logged import placed

_COARSE = 1e-5
"""Relative tolerance of values that are written with five digits or fewer."""
_SOUGHT_AT = 300
"""About how many values are fitted; all of them are compared with the document's curve."""


class NotFitted(LrvizError):
    """No family has the curve of a log."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Fitted:
    """text: the document; family: its name; error: the largest relative difference of its curve from the log."""

    text: str
    family: str
    error: float


def fitted(logged: Logged, name: str) -> Fitted:
    """Return the document whose curve is the log's, as exactly as the log's digits allow; name: its title.

    Values of few digits may still be exact: a schedule that meets them to the last bit is then the right one.
    Raises NotFitted with the nearest family and its error.
    """
    if logged.tolerance > _COARSE:
        with suppress(NotFitted):
            return fitted(replace(logged, tolerance=EXACT), name)
    proposed: list[tuple[int, Fitted]] = []
    nearest: list[tuple[float, str]] = []
    unlike: list[str] = []
    for convention in logged.conventions:
        groups = placed(logged, convention)
        for fit in _fits(logged, groups[0]):
            found = _document(logged, groups, convention, fit, name) if fit.error <= 1 else None
            if isinstance(found, Fitted):
                # Where a log does not state its convention, the one with the shortest numbers is taken.
                proposed.append((_digits(fit), found))
                break
            if found is not None:
                unlike.append(f"{fit.family.name} fits the group {groups[0].name}, but the group {found} has another")
            elif fit.error > 1:
                nearest.append((_off(groups[0], fit), fit.family.name))
    if proposed:
        return min(proposed, key=lambda one: one[0])[1]
    if unlike:
        raise NotFitted(f"{logged.source}: {unlike[0]} schedule; --columns lr=NAME converts one of them")
    if not nearest:
        few = plural(len(logged.groups[0].at), "value")
        raise NotFitted(f"{logged.source}: {few} are too few to identify a family")
    error, words = min(nearest)
    raise NotFitted(
        f"{logged.source}: no family fits; the nearest is {words}, with a largest relative error of "
        f"{short(error, 2)}, where the log is exact to {_exact(logged)}"
    )


def _fits(logged: Logged, one: LoggedGroup) -> Iterator[Fit]:
    """Yield the best fit of each family to the values of a group."""
    finite = np.isfinite(one.lr)
    at, lr = one.at[finite].astype(np.float64), one.lr[finite]
    if len(at) < 2 or not lr.max() > 0:
        return
    near = 2 * (logged.tolerance * float(lr.max()) + logged.resolution)
    whole = Seen(at, lr, near)
    kept = _few(whole)
    seen = Seen(at[kept], lr[kept], near)
    problem = Problem(seen.at, seen.lr, scale(logged, seen.lr))
    for family in families(seen):
        if len(family.unknowns) + len(family.lr) > max(len(seen.at) - 1, 1):
            # With as many numbers as values, anything would fit.
            continue
        found = best(problem, family, seen, logged.tolerance)
        if found is not None:
            yield found


def scale(logged: Logged, lr: FloatArray) -> FloatArray:
    """Return how far off each value may be: as in the cross-check, and by half a unit of fixed decimals."""
    # A fifth more than half a unit, for the rounding of the values that are compared.
    allowed: FloatArray = logged.tolerance * (np.abs(lr) + 1e-3 * np.abs(lr).max()) + 1.2 * logged.resolution
    return allowed


def _few(seen: Seen) -> IntArray:
    """Return the indices of the values to fit: spread over the log, and around its start, top, floor and drops."""
    count = len(seen.at)
    if count <= _SOUGHT_AT:
        return np.arange(count)
    ends = np.unique(np.geomspace(1, count, _SOUGHT_AT // 5).astype(int)) - 1
    around = np.arange(-2, 3)
    drops = np.flatnonzero(np.diff(seen.lr) < -100 * seen.near)
    # If every step is a drop, the curve is smooth.
    edges = drops if len(drops) <= _SOUGHT_AT // 10 else drops[:0]
    places = np.concatenate([[seen.first, seen.last, seen.floor], edges])
    near = (places[:, None] + around).ravel()
    evenly = np.linspace(0, count - 1, _SOUGHT_AT // 2).astype(int)
    chosen = np.unique(np.concatenate([evenly, ends, count - 1 - ends[: len(ends) // 2], near]))
    return chosen[(chosen >= 0) & (chosen < count)]


def _document(
    logged: Logged, groups: Sequence[LoggedGroup], convention: Convention, fit: Fit, name: str
) -> Fitted | str | None:
    """Return the document of a fit; the group that does not follow it; None where its curve is not the log's."""
    seen = Seen(groups[0].at.astype(np.float64), groups[0].lr, 2 * logged.tolerance * float(groups[0].lr.max()))
    peaks = [(one.name, _peak(logged, fit, one)) for one in groups]
    allowed = float(scale(logged, groups[0].lr)[0])
    run = run_of(fit, seen, logged.unit, peaks, allowed, ahead=convention.shift > 0)
    text = text_of(fit, run, seen, name, ())
    try:
        lr = reference.run(document(text=text, source=logged.source), ()).recording.lr
    except LrvizError:
        # For example a floor of 0 under OneCycleLR.
        return None
    errors = []
    for index, one in enumerate(groups):
        known = np.isfinite(one.lr) & (one.at < len(lr))
        own = one.lr[known]
        absolute, relative = differences(lr[one.at[known], index], own)
        if (absolute > scale(logged, own)).any():
            return one.name if index else None
        errors.append(float(relative.max()))
    remarks = _remarks(logged, groups[0], convention, fit, max(errors))
    remarks.append(_end_of(run.ends))
    return Fitted(text_of(fit, run, seen, name, remarks), fit.family.name, max(errors))


def _peak(logged: Logged, fit: Fit, one: LoggedGroup) -> float:
    """Return the peak of a group with the fewest digits at which the fit of the first group gives its values."""
    at, lr = one.at.astype(np.float64), one.lr
    first = fit.family.basis(at, list(fit.p.values())) @ np.array(list(fit.lr.values()))
    at_top = int(np.argmax(first))
    peak = fit.lr["peak"] * float(lr[at_top] / first[at_top]) if first[at_top] else 0.0
    allowed = float(scale(logged, lr)[at_top])
    shorter = (float(f"{peak:.{digits}e}") for digits in range(17))
    return next((value for value in shorter if abs(value - peak) <= allowed / 2), peak)


def _end_of(ends: bool) -> str:
    return f"the run ends {'where the schedule does' if ends else 'with the log'}."


def _remarks(logged: Logged, one: LoggedGroup, convention: Convention, fit: Fit, error: float) -> list[str]:
    at = one.at
    noun = counted(logged.unit)
    kind = "" if logged.source.endswith(logged.kind) else f" ({logged.kind})"
    told = [
        f"Fitted to {logged.source}{kind} by lrviz convert: {fit.family.name}.",
        f"{plural(len(at), 'value')} of {noun}s {at[0]:,} to {at[-1]:,}; largest relative error {short(error, 2)},"
        f" where the log is exact to {_exact(logged)}.",
        "Assumed: the optimizer, SGD, as a log does not say which it was;",
    ]
    if len(logged.conventions) > 1 or convention.shift:
        told.append(f"each value is {convention.name};")
    if at[0] > 0:
        told.append(f"before {noun} {at[0]:,}, where nothing was logged, the same schedule;")
    return told


def _exact(logged: Logged) -> str:
    absolute = f"{short(logged.resolution, 2)} (fixed decimals)" if logged.resolution else ""
    return absolute or short(logged.tolerance, 2)


def _off(one: LoggedGroup, fit: Fit) -> float:
    """Return the largest relative difference of a fit from the values of a group."""
    finite = np.isfinite(one.lr)
    lr = one.lr[finite]
    told = fit.family.basis(one.at[finite].astype(np.float64), list(fit.p.values())) @ np.array(list(fit.lr.values()))
    return float(differences(told, lr)[1].max())


def _digits(fit: Fit) -> int:
    """Return how many digits the numbers of a fit have in total."""
    numbers = [*fit.p.values(), *fit.lr.values()]
    return sum(len(f"{one:.16e}".split("e")[0].replace(".", "").rstrip("0")) for one in numbers) + len(numbers)
