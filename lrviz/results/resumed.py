"""What an interruption gives: the curve as it would have gone on, and as it goes on under each recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lrviz.results.curves import BoolArray, Curves, FloatArray
from lrviz.results.rounding import rounded_to, tolerance

_ROUNDING = 1e-9
"""Of a value and a thousandth of its curve's peak: differences up to it are rounding, as in the cross-check."""


@dataclass(frozen=True, slots=True)
class Error:
    """How far a resumed value is from the uninterrupted one: the first wrong update, and the largest difference.

    largest: inf where a value is not finite. value, wanted: what stands there, and what should, at the update
    `at` of the largest difference.
    """

    first: int
    largest: float
    at: int
    group: str
    value: float
    wanted: float


@dataclass(frozen=True, slots=True)
class Replaced:
    """A value that the document asks for and the checkpoint has silently replaced; place is `file:line:column`."""

    place: str
    field: str
    asked: object
    kept: object


@dataclass(frozen=True, slots=True, eq=False)
class Resumed:
    """A run that goes on under one recipe.

    lr: [steps - at, groups], NaN from where torch raised; params: the same of momentum or beta1. errors: by
    name, of those that are wrong somewhere. failed: the update before which torch raised, and its words;
    remedy: the way round it. rounding: the dtype to which the checkpoint's values were rounded, if they were and
    are right but for that.
    """

    name: str
    words: str
    script: tuple[str, ...]
    lr: FloatArray
    params: Mapping[str, FloatArray]
    errors: Mapping[str, Error] = field(default_factory=dict)
    failed: tuple[int, str] | None = None
    remedy: str = ""
    replaced: tuple[Replaced, ...] = ()
    rounding: str = ""

    @property
    def verdict(self) -> str:
        """Continues, differs (in a curve, or in a value that the checkpoint has replaced), or raises."""
        return "raises" if self.failed else "differs" if self.errors or self.replaced else "continues"


@dataclass(frozen=True, slots=True, eq=False)
class Interrupted:
    """An interrupted run, or what is left of one.

    curves: the run without an interruption; at: the updates that were made before it; before: the run that was
    interrupted, where it goes on as another; origin: the checkpoint it goes on from, where that was a file.
    """

    curves: Curves
    at: int
    resumed: tuple[Resumed, ...]
    before: Curves | None = None
    origin: str = ""


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
        # NaN is no value, and further from one than any other.
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
