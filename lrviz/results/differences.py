"""How two learning-rate curves differ, and which causes explain it, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lrviz.foundation.arrays import FloatArray, IntArray
from lrviz.results.unit import Unit


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The values of one parameter group. at: [values], the update or epoch of each, ascending; lr: [values].

    resolution: half a unit of the last decimal, absolute, of a log that writes a fixed number of them; else 0.
    """

    name: str
    at: IntArray
    lr: FloatArray
    resolution: float = 0.0


@dataclass(frozen=True, slots=True)
class Largest:
    """Where two curves are farthest apart, and their values there."""

    step: int
    a: float
    b: float


@dataclass(frozen=True, slots=True, eq=False)
class GroupDifference:
    """How far two groups are apart, where both have values. a, b: all values of each, also those beyond.

    at: [rows] the updates or epochs that were compared. first_step: the first that differs; largest: the one that
    differs most; both None where none does. max_rel: the largest |a - b| / (|b| + 1e-3 * peak of b), where what the
    resolution of a log hides of |a - b| is no difference.
    """

    name: str
    a: Track
    b: Track
    at: IntArray
    first_step: int | None
    largest: Largest | None
    max_rel: float


@dataclass(frozen=True, slots=True)
class Cause:
    """An explanation that makes B of A. max_rel: how far what it makes is from B."""

    id: str
    name: str
    message: str
    max_rel: float


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """What comparing two sources gave. a, b: the sources, as they were typed; unit: what `at` and `step` count.

    causes: all explanations that fit, in the order of their ids; notes: how they were compared, a sentence each.
    quantity: what was compared, "lr" or another hyperparameter.
    """

    a: str
    b: str
    verdict: Literal["same", "different"]
    unit: Unit
    groups: tuple[GroupDifference, ...]
    causes: tuple[Cause, ...]
    tolerance: float
    notes: tuple[str, ...] = ()
    quantity: str = "lr"

    @property
    def first(self) -> GroupDifference | None:
        """The group that differs first, None where none does."""
        apart = [one for one in self.groups if one.first_step is not None]
        return min(apart, key=lambda one: one.first_step or 0, default=None)
