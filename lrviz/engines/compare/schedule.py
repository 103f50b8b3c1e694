"""The comparison of the two engines: how far apart their curves are, and where they first differ."""

from __future__ import annotations

import numpy as np

from lrviz.results import FloatArray, Recording, Verdict

TOLERANCE = 1e-9
"""The largest relative difference that counts as agreement; rounding alone stays near 1e-15."""

MODELLED = "2.13"
"""The version of torch that the reference models."""


def compare(reference: Recording, real: Recording, groups: tuple[str, ...]) -> Verdict:
    """Compare every value both engines recorded.

    Formula:
        max_rel = max |real - reference| / (|real| + 1e-3 * peak of the curve)
    """
    max_abs = max_rel = 0.0
    first: tuple[int, int, str] | None = None
    recorded = {"lr": (reference.lr, real.lr)}
    recorded |= {name: (values, real.params[name]) for name, values in reference.params.items()}
    for name, (ours, theirs) in recorded.items():
        absolute, relative = differences(ours, theirs)
        max_abs, max_rel = max(max_abs, float(absolute.max())), max(max_rel, float(relative.max()))
        apart = np.argwhere(relative > TOLERANCE)
        if len(apart) and (first is None or apart[0][0] < first[0]):
            first = (int(apart[0][0]), int(apart[0][1]), name)
    if first is None:
        return Verdict("agree", max_abs, max_rel, ran=real.ran)
    row, group, name = first
    ours, theirs = recorded[name]
    return Verdict(
        "disagree",
        max_abs,
        max_rel,
        row,
        groups[group],
        name,
        float(ours[row, group]),
        float(theirs[row, group]),
        real.ran,
    )


def modelled(verdict: Verdict) -> str:
    """Say which version of torch the reference models, to explain a disagreement."""
    return f"The reference models torch {MODELLED}; {verdict.by} is installed."


def differences(ours: FloatArray, theirs: FloatArray, peak: float | None = None) -> tuple[FloatArray, FloatArray]:
    """Return absolute and relative differences; equal infinities and NaNs do not differ.

    peak: of the curve, where theirs, [rows] or [rows, groups], is a part of it.
    """
    with np.errstate(all="ignore"):
        same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        absolute = np.where(same, 0.0, np.abs(theirs - ours))
        finite = np.where(np.isfinite(theirs), np.abs(theirs), 0.0)
        scale = finite + 1e-3 * (finite.max(axis=0, keepdims=True) if peak is None else peak)
        relative = np.where(same, 0.0, absolute / scale)
    return np.nan_to_num(absolute, nan=np.inf), np.nan_to_num(relative, nan=np.inf)
