"""A recorded run and its projected rest as one curve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lrviz.results import Curves, Mark


def joined(one: Curves) -> Curves:
    """Return curves with the projected updates after the recorded ones, which are `seen(one)`; a mark is between."""
    after = one.projected
    if after is None:
        return one
    nothing = np.full(after.lr.shape, np.nan)
    return replace(
        one,
        lr=np.concatenate([one.lr, after.lr]),
        params={name: np.concatenate([values, after.params.get(name, nothing)]) for name, values in one.params.items()},
        marks=(*one.marks, Mark(one.steps, "projected", "milestone")),
    )


def seen(one: Curves) -> int:
    """Return how many updates of joined curves were recorded."""
    return one.steps if one.projected is None else one.steps - len(one.projected.lr)
