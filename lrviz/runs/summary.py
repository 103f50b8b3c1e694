"""The numbers of a curve that a reader looks for first."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lrviz.foundation.peak import peak, rise
from lrviz.results import Curves, FloatArray, Summary


def summarise(curves: Curves, groups: Sequence[int] | None = None) -> tuple[Summary, ...]:
    """Return the summary of each group, or of those asked for, in their order."""
    rows = []
    named = [phase.stop for phase in curves.phases[:1] if phase.start == 0 and phase.kind == "warm-up"]
    for index in range(len(curves.groups)) if groups is None else groups:
        # A group that is added later has no lr before.
        begun = int(np.isnan(curves.lr[:, index]).argmin())
        lr = curves.lr[begun:, index]
        peak_at, highest = peak(lr)
        finite = np.isfinite(lr)
        rows.append(
            Summary(
                group=curves.groups[index],
                first=float(lr[0]),
                peak=highest,
                peak_at=begun + peak_at,
                last=float(lr[-1]),
                mean=_mean(lr) if finite.all() else math.nan,
                share_below=float((lr < 0.01 * highest).mean()),
                warm_up=named[0] if named and not begun else rise(lr),
            )
        )
    return tuple(rows)


def _mean(values: FloatArray) -> float:
    """Return the mean of finite values, also where their sum is not finite."""
    largest = float(np.abs(values).max())
    with np.errstate(over="ignore"):
        mean = float(values.mean())
    return mean if math.isfinite(mean) else float((values / largest).mean()) * largest
