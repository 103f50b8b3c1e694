"""Which groups of two sources are compared: those with the same name, else those with the same values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrviz.engines.compare.schedule import differences
from lrviz.results import Track
from lrviz.runs.differing.lookup import values_at

_SHOWN = 6
"""The most pairs of groups that are named."""
_PROBES = 256
"""Values by which groups are compared: a run of 100,000 updates with a hundred groups has ten million."""


def matched(a: Sequence[Track], b: Sequence[Track]) -> tuple[list[tuple[Track, Track]], str]:
    """Return each group of the side that has more of them with its partner, A's first, and how they were matched.

    Groups with the same name belong together. Each of the others belongs to the one with the nearest values; of
    equally near ones, to the first that is still free.
    """
    if len(a) == len(b) == 1:
        return [(a[0], b[0])], ""
    few, many, turned = (a, b, False) if len(a) <= len(b) else (b, a, True)
    named = {one.name: one for one in few}
    partner: dict[int, Track] = {index: named[one.name] for index, one in enumerate(many) if one.name in named}
    free = [one for one in few if one.name not in {each.name for each in many}]
    by_value = []
    for index, one in enumerate(many):
        if index in partner:
            continue
        pool = free or list(few)
        nearest = min(pool, key=lambda other: _apart(other, one))
        partner[index] = nearest
        free = [other for other in free if other is not nearest]
        by_value.append(f"{one.name} with {nearest.name}" if not turned else f"{nearest.name} with {one.name}")
    pairs = [(partner[index], one) if not turned else (one, partner[index]) for index, one in enumerate(many)]
    if not by_value:
        return pairs, ""
    if len(few) == 1:
        which = "B's" if not turned else "A's"
        return pairs, f"the one group of {'A' if not turned else 'B'} is compared with each of {which} {len(many)}"
    more = f" and {len(by_value) - _SHOWN} more" if len(by_value) > _SHOWN else ""
    return pairs, f"group names differ, so groups are matched by their values: {', '.join(by_value[:_SHOWN])}{more}"


def matchings(a: Sequence[Track], b: Sequence[Track]) -> list[tuple[list[tuple[Track, Track]], str]]:
    """Return the ways in which groups may belong together, the likelier first among those that are equally near.

    Equally many groups with other names may be in the same order: runs at different heights have no values in common.
    """
    found = [matched(a, b)]
    ordered = list(zip(a, b, strict=False))
    if len(a) == len(b) > 1 and {one.name for one in a}.isdisjoint(one.name for one in b) and found[0][0] != ordered:
        told = [f"{mine.name} with {theirs.name}" for mine, theirs in ordered]
        more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        words = f"group names differ, so groups are matched in their order: {', '.join(told[:_SHOWN])}{more}"
        found.insert(0, (ordered, words))
    return found


def _apart(one: Track, other: Track) -> float:
    """Return the mean relative difference of two groups where both have values; infinite where they never do."""
    sparse, dense = (one, other) if len(one.at) <= len(other.at) else (other, one)
    few = np.unique(np.linspace(0, len(sparse.at) - 1, _PROBES).astype(int))
    values, known = values_at(dense, sparse.at[few])
    if not known.any():
        return float("inf")
    _, apart = differences(values[known], sparse.lr[few][known])
    return float(np.minimum(apart, 1.0).mean())
