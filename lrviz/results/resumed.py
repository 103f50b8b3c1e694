"""The result of an interruption: the uninterrupted curve, and how it continues under each recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrviz.foundation.arrays import FloatArray
from lrviz.results.curves import Curves
from lrviz.results.differences import Cause


@dataclass(frozen=True, slots=True)
class Error:
    """How far a resumed value is from the uninterrupted one: the first wrong update, and the largest difference.

    largest: inf where a value is not finite. value, wanted: the value, and the right one, at the update
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
    """A run that continues under one recipe.

    lr: [steps - at, groups], NaN from where torch raised; params: the same of momentum or beta1. errors: by
    name, of those that are wrong somewhere. failed: the update before which torch raised, and its words;
    remedy: the way round it. rounding: the dtype to which the checkpoint's values were rounded, if they were and
    are right but for that. causes: what explains a wrong lr.
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
    causes: tuple[Cause, ...] = ()

    @property
    def verdict(self) -> str:
        """Continues, differs (in a curve, or in a value that the checkpoint has replaced), or raises."""
        return "raises" if self.failed else "differs" if self.errors or self.replaced else "continues"


@dataclass(frozen=True, slots=True, eq=False)
class Interrupted:
    """An interrupted run, or the rest of one.

    curves: the run without an interruption; at: the updates that were made before it; before: the run that was
    interrupted, where it goes on as another; origin: the checkpoint it goes on from, where that was a file.
    """

    curves: Curves
    at: int
    resumed: tuple[Resumed, ...]
    before: Curves | None = None
    origin: str = ""
