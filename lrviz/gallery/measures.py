"""The numbers of a result that claims need."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from lrviz.foundation.errors import DocumentError, Fault
from lrviz.foundation.wording import did_you_mean
from lrviz.gallery.claims import Claim, Quantity
from lrviz.gallery.digest import sampled
from lrviz.results import Contest, Contestant, Curves, FloatArray, Interrupted, Resumed, Swept, SweptEntry, Verdict

Named = TypeVar("Named")
Found = TypeVar("Found")
Sample = tuple[float | None, ...]
_NEAR = 10.0
"""Times the least loss: what is still near it."""


def of_race(contest: Contest, claims: Iterable[Claim]) -> dict[str, Sample]:
    """Return the numbers of paths, by the text of each; as `lrviz.gallery.claims.OF_RACE` tells them.

    Raises DocumentError if a claim names something that the race does not have.
    """
    named = {**{one.label: one for one in contest.contestants}, **{one.name: one for one in contest.contestants}}
    lowest = contest.function.minimum or 0.0
    return _measured(claims, named, lambda one, asked: _of_path(one, asked, lowest))


def of_schedules(several: Sequence[Curves], claims: Iterable[Claim]) -> dict[str, Sample]:
    """Return the numbers of curves, or of their groups where there are more; as `OF_SCHEDULE` tells them.

    A curve may be named by its setting alone, as in a picture of several values of one: "gamma=0.5 / head".
    """
    named = {name: (one, 0) for one in several for name in (one.name.partition(": ")[2], one.name) if name}
    for name, (one, _) in list(named.items()):
        if len(one.groups) > 1:
            before = f"{name} / " if len(several) > 1 else ""
            named |= {f"{before}{group}": (one, index) for index, group in enumerate(one.groups)}
    return _measured(claims, named, _of_curve)


def of_sweep(swept: Swept, claims: Iterable[Claim]) -> dict[str, Sample]:
    """Return the numbers of the entries of a sweep; as `OF_SWEEP` tells them."""
    named = {key: one for one in swept.entries for key in (one.label, one.name)}
    return _measured(claims, named, lambda one, asked: _of_grid(swept, one, asked))


def of_resumed(interrupted: Interrupted, claims: Iterable[Claim]) -> dict[str, Sample]:
    """Return the numbers of ways to resume; as `OF_RESUME` tells them."""
    named = {key: one for one in interrupted.resumed for key in (one.words, one.name)}
    return _measured(claims, named, _of_way)


def of_implementations(found: Mapping[str, Mapping[str, Verdict]], claims: Iterable[Claim]) -> dict[str, Sample]:
    """Return the numbers of implementations; as `OF_CHECK` tells them. Rounding differs from machine to machine."""
    named = {f"{name} {way}": one for name, ways in found.items() for way, one in ways.items()}
    return _measured(claims, named, lambda one, _: round(_known(one.max_rel, "been compared"), 9))


def _of_path(one: Contestant, asked: Quantity, lowest: float) -> float:
    robust = one.robustness
    match asked.name:
        case "final":
            return one.final_loss - lowest
        case "median":
            return 10 ** _known(robust.score, "a minimum")
        case "average":
            return float(_known(one.average, "an average").loss[-1]) - lowest
        case "rank":
            return math.inf if one.rank is None else one.rank
        case "share":
            return _known(robust.share, "basins")
        case "distance":
            return _known(one.distance, "a minimum")
        case "steps":
            return math.inf if one.steps_to_tolerance is None else one.steps_to_tolerance
        case "loss":
            return _row(one.trajectory.loss, asked) - lowest
        case "length":
            return _row(np.hypot(*np.diff(one.trajectory.path, axis=0, prepend=np.nan).T), asked)
        case "lr":
            return _row(one.trajectory.lr, asked)
        case axis:
            return _row(one.trajectory.path[:, "xy".index(axis)], asked)


def _of_grid(swept: Swept, one: SweptEntry, asked: Quantity) -> float:
    best = math.inf if one.best is None else float(one.median[one.best])
    match asked.name:
        case "best":
            return best
        case "at":
            return math.inf if one.best is None else float(swept.axes[0].values[one.best[0]])
        case "border":
            return float(_known(one.border, "a border of stability").points[0, 0])
        case "near":
            return float(np.mean(one.median <= _NEAR * best))
        case "diverges":
            return float(np.mean(one.diverged))
        case "arrived":
            return float(np.isfinite(_known(one.arrived, "a map of starts")).mean())
        case "speed":
            return float(np.median(_known(one.arrived, "a map of starts")))
        case "basin":
            shares = [np.mean(one.basin == index) for index in range(len(swept.function.minima))]
            return _row(np.array(shares), asked)
        case "ridge":
            if len(swept.axes) < 2:
                raise LookupError("this sweep has one axis")
            return _row(swept.axes[1].values[one.median.argmin(axis=1)], asked)
        case table:
            return _row(np.ravel(getattr(one, table)), asked)


def _of_curve(one: tuple[Curves, int], asked: Quantity) -> float:
    curves, group = one
    if asked.name == "updates":
        return curves.steps
    if asked.name == "peak":
        return float(np.nanmax(curves.lr[:, group]))
    tables = {"lr": curves.lr, **curves.params}
    if asked.name not in tables:
        raise LookupError(f"the picture shows {', '.join(tables)} and no {asked.name}")
    return _row(tables[asked.name][:, group], asked)


def _of_way(one: Resumed, asked: Quantity) -> float:
    if asked.name == "lr":
        return _row(one.lr[:, 0], asked)
    return one.errors["lr"].largest if "lr" in one.errors else math.inf if one.failed else 0.0


def _known(value: Found | None, what: str) -> Found:
    if value is None:
        raise LookupError(f"the picture has not {what}")
    return value


def _row(table: FloatArray, asked: Quantity) -> float:
    at = asked.at or 0
    if not -len(table) <= at < len(table):
        raise LookupError(f"{at} given; {-len(table)} to {len(table) - 1} are there")
    return float(table[at])


def _measured(
    claims: Iterable[Claim], named: Mapping[str, Named], measure: Callable[[Named, Quantity], float]
) -> dict[str, Sample]:
    return dict(_each(claims, named, measure))


def _each(
    claims: Iterable[Claim], named: Mapping[str, Named], measure: Callable[[Named, Quantity], float]
) -> Iterator[tuple[str, Sample]]:
    for claim in claims:
        for asked in claim.quantities.values():
            if asked.of not in named:
                told = f"{asked.of!r} given; there are {', '.join(named)}{did_you_mean(asked.of, named)}"
                raise DocumentError(Fault(claim.place, "claim", told))
            try:
                value = measure(named[asked.of], asked)
            except LookupError as error:
                raise DocumentError(Fault(claim.place, "claim", f"{asked.text}: {error.args[0]}")) from None
            yield asked.text, sampled(np.array([value]))
