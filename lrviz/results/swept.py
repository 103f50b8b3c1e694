"""What a sweep gives: for each entry and each point of a grid, what the paths from there were worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lrviz.foundation.arrays import FloatArray, IntArray
from lrviz.foundation.plane import Point
from lrviz.results.surface import Objective


@dataclass(frozen=True, slots=True, eq=False)
class GridAxis:
    """One axis of a grid. key: what is swept, x and y on a map of starts; values: [n], rising; log: its scale."""

    key: str
    values: FloatArray
    log: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Border:
    """Beyond which learning rate theory allows no minimum to be stable.

    points: [n, axes of the grid], a line through it, or one point on its only axis; words: the rule, "lr = 2/L".
    """

    points: FloatArray
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class SweptEntry:
    """One entry over the whole grid; each array has the grid's shape, [first axis] or [first axis][second axis].

    median, low, high: quartiles over the starts of the final f - f_min (f where no minimum is known), infinite
    where an end is not finite, outside twice the domain, or below f_min; diverged: the share of the starts whose path
    is not finite or leaves 10 times the domain.
    On a map of starts, None elsewhere: basin, the index of the minimum that the end belongs to, -1 where none;
    arrived, the steps until f is within the tolerance of the minimum, infinite where it never is.
    best: where the median is least while most starts do not diverge, None where there is no such point; told: what
    else is in force, "lr 0.05, tuned";
    border: None where theory has none.
    """

    label: str
    name: str
    told: str
    median: FloatArray
    low: FloatArray
    high: FloatArray
    diverged: FloatArray
    basin: IntArray | None = None
    arrived: FloatArray | None = None
    best: tuple[int, ...] | None = None
    border: Border | None = None


@dataclass(frozen=True, slots=True)
class Tiles:
    """Of how many pieces a sweep was: computed now, or taken from the store; damaged ones were computed again."""

    computed: int
    reused: int
    damaged: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Swept:
    """A whole sweep. record: what its JSON says of what was swept on, as `function`; starts: of each point."""

    name: str
    """What it is called, or what of whom is swept on what."""
    function: Objective
    record: Mapping[str, Any]
    start: Point | None
    """None where it is no point of a plane."""
    first: float
    """The loss at the race's start, as the arrays have it."""
    tolerance: float | None
    """f - f_min that counts as arrived, None where no minimum is known."""
    starts: int
    steps: int
    axes: tuple[GridAxis, ...]
    entries: tuple[SweptEntry, ...]
    tiles: Tiles
    told: tuple[str, ...] = ()
    """The terms in words: noise, an average."""

    @property
    def over_start(self) -> bool:
        """Whether the points of the grid are starts."""
        return self.axes[0].key == "x"

    @property
    def beside_lr(self) -> int | None:
        """Which axis is beside lr on a map of expectations, whose best lr at each value is told; None for others."""
        keys = [axis.key for axis in self.axes]
        return 1 - keys.index("lr") if self.expected and len(keys) == 2 and "lr" in keys else None

    @property
    def expected(self) -> bool:
        """Whether losses are expectations, of a model that has no starts."""
        return self.start is None
