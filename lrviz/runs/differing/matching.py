"""Which groups of two sources are compared: those of one name, else those of the same values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrviz.engines.compare.schedule import differences
from lrviz.results import Track
from lrviz.runs.differing.lookup import values_at

_PROBES = 256
"""Values by which groups are told apart: a run of 100,000 updates with a hundred groups has ten million."""


def matched(a: Sequence[Track], b: Sequence[Track]) -> tuple[list[tuple[Track, Track]], str]:
    """Return each group of the side that has more of them with its partner, A's first, and how they were matched.

    Groups of one name belong together. Each of the others belongs to the one with the values nearest to its own, of
    equally near ones to the first that nobody has yet.
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
    more = f" and {len(by_value) - 6} more" if len(by_value) > 6 else ""
    return pairs, f"groups have other names, and are matched by their values: {', '.join(by_value[:6])}{more}"


def _apart(one: Track, other: Track) -> float:
    """Return the mean relative difference of two groups where both have values; infinite where they never do."""
    sparse, dense = (one, other) if len(one.at) <= len(other.at) else (other, one)
    few = np.unique(np.linspace(0, len(sparse.at) - 1, _PROBES).astype(int))
    values, known = values_at(dense, sparse.at[few])
    if not known.any():
        return float("inf")
    _, apart = differences(values[known], sparse.lr[few][known])
    return float(np.minimum(apart, 1.0).mean())
