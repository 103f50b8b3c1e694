"""What an interruption gives: the curve as it would have gone on, and as it goes on under each recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lrviz.results.curves import Curves, FloatArray

_ROUNDING = 1e-9
"""Of a value and a thousandth of its curve's peak: differences up to it are rounding, as in the cross-check."""


@dataclass(frozen=True, slots=True)
class Error:
    """How far a resumed value is from the uninterrupted one: the first wrong update, and the largest difference.

    value, wanted: what stands there, and what should, at the update `at` of the largest difference.
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
    remedy: the way round it.
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

    @property
    def verdict(self) -> str:
        """Continues, differs, or raises."""
        return "raises" if self.failed else "differs" if self.errors else "continues"


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


def errors(curves: Curves, at: int, lr: FloatArray, params: Mapping[str, FloatArray]) -> dict[str, Error]:
    """Compare what follows update `at` with a curve: by name, only what differs by more than rounding.

    Where torch raised nothing is compared: NaN is no value.
    """
    found = {}
    for name, table in {"lr": lr, **params}.items():
        whole = curves.lr if name == "lr" else curves.params.get(name)
        if whole is None:
            continue
        rows = min(len(table), len(whole) - at)
        wanted, ours = whole[at : at + rows], table[:rows]
        finite = np.abs(whole[np.isfinite(whole)])
        allowed = _ROUNDING * (np.abs(wanted) + 1e-3 * (finite.max() if finite.size else 0.0))
        apart = np.abs(ours - wanted)
        with np.errstate(invalid="ignore"):
            wrong = apart > allowed
        if wrong.any():
            row, group = (int(part) for part in np.unravel_index(np.nanargmax(apart), apart.shape))
            found[name] = Error(
                first=at + int(wrong.any(axis=1).argmax()),
                largest=float(apart[row, group]),
                at=at + row,
                group=curves.groups[group],
                value=float(ours[row, group]),
                wanted=float(wanted[row, group]),
            )
    return found
