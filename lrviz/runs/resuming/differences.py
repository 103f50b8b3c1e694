"""How far a resumed run is from the uninterrupted one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lrviz.foundation.rounding import rounded_to, tolerance
from lrviz.results import BoolArray, Curves, Error, FloatArray

_ROUNDING = 1e-9
"""Of a value and a thousandth of its curve's peak: differences up to it are rounding, as in the cross-check."""


def errors(
    curves: Curves, at: int, lr: FloatArray, params: Mapping[str, FloatArray], reached: int
) -> tuple[dict[str, Error], str]:
    """Compare rows `at` to `reached` with a curve; `reached` is where torch raised, or the end.

    Returns what differs by more than rounding, by name, and the dtype to which the values were rounded, if any.
    """
    found, dtypes = {}, []
    for name, table in {"lr": lr, **params}.items():
        whole = curves.lr if name == "lr" else curves.params.get(name)
        if whole is None:
            continue
        rows = min(reached, at + len(table), len(whole)) - at
        if rows <= 0:
            continue
        wanted, ours = whole[at : at + rows], table[:rows]
        finite = np.abs(whole[np.isfinite(whole)])
        scale = np.abs(wanted) + 1e-3 * (finite.max() if finite.size else 0.0)
        with np.errstate(invalid="ignore"):
            apart = np.abs(ours - wanted)
        # NaN differs from a value more than any number.
        apart[np.isnan(apart)] = np.inf
        if not (apart > _ROUNDING * scale).any():
            continue
        dtype = _rounding(ours[0], wanted[0], apart[0] > _ROUNDING * scale[0])
        if dtype:
            dtypes.append(dtype)
        # What the rounding has moved at the start stays moved.
        allowed = max(tolerance(dtype), float((apart[0] / scale[0]).max())) if dtype else _ROUNDING
        wrong = apart > allowed * scale
        if wrong.any():
            row, group = (int(part) for part in np.unravel_index(np.argmax(apart), apart.shape))
            found[name] = Error(
                first=at + int(wrong.any(axis=1).argmax()),
                largest=float(apart[row, group]),
                at=at + row,
                group=curves.groups[group],
                value=float(ours[row, group]),
                wanted=float(wanted[row, group]),
            )
    return found, "" if found or not dtypes else max(dtypes, key=tolerance)


def _rounding(ours: FloatArray, wanted: FloatArray, wrong: BoolArray) -> str:
    """Return the dtype to which the values that a run goes on from were rounded; nothing where one is really wrong."""
    dtypes = [rounded_to(float(one), float(other)) for one, other in zip(ours[wrong], wanted[wrong], strict=True)]
    return max(dtypes, key=tolerance) if dtypes and all(dtypes) else ""
