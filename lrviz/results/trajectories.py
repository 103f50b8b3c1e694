"""What a race gives: the path of every optimizer, how it did, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, IntArray
from lrviz.foundation.plane import Point
from lrviz.results.curves import Verdict
from lrviz.results.remembered import Remembered
from lrviz.results.surface import Objective, Surface

LrSource = Literal["tuned", "given", "default"]


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """The path of one optimizer over a surface.

    path: [steps + 1, 2], row 0 the start; loss: [steps + 1], without noise; spent: [steps + 1],
    gradient evaluations made when a row was reached; lr: [steps], in force at each step. From the
    first value that is not finite on, rows of path and loss are NaN.
    """

    path: FloatArray
    loss: FloatArray
    spent: IntArray
    lr: FloatArray

    @property
    def steps(self) -> int:
        """The number of steps."""
        return len(self.lr)

    @property
    def last(self) -> int:
        """The last row that is finite."""
        return int(np.flatnonzero(np.isfinite(self.loss))[-1])


@dataclass(frozen=True, slots=True, eq=False)
class Averaged:
    """The running average of a path, as torch's AveragedModel keeps it.

    words: how it was asked for, "swa" or "ema"; path: [steps + 1, 2], loss: [steps + 1], NaN in rows
    before the averaging starts.
    """

    words: str
    path: FloatArray
    loss: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Robustness:
    """What became of the held-out starts.

    share: of them that end in the basin of the main path, None where basins mean nothing; diverged:
    share of them; steps: quartiles (25, 50, 75%) of the steps to tolerance, infinite where a start
    never reaches it, None without a minimum; score: median of log10(max(f - f_min, tolerance)), None
    without a minimum; ends: [2, starts], where they end; bundle: [rows, 2, some], the paths of a few of them, thinned.
    """

    share: float | None
    diverged: float
    steps: tuple[float, float, float] | None
    score: float | None
    ends: FloatArray
    bundle: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """What each learning rate of the tuning grid leads to, over the tuning starts.

    lr: [rates]; median, low, high: [rates], the quartiles of f - f_min at the end, infinite where an end is not
    finite, outside twice the domain, or below f_min; diverged: [rates], the share of starts that diverge.
    """

    lr: FloatArray
    median: FloatArray
    low: FloatArray
    high: FloatArray
    diverged: FloatArray


@dataclass(frozen=True, slots=True)
class Replayed(Verdict):
    """What replaying torch's steps through the reference's update showed.

    max_rel = max |difference| / max |x| of the path so far; free_max_abs: the largest distance between the
    two engines' paths when each runs freely; uncounted: steps that could not be compared, in words.
    On disagreement `param` says what differs: "x", "exp_avg of y", "average of x".
    """

    free_max_abs: float | None = None
    uncounted: str = ""

    @property
    @override
    def _where(self) -> str:
        return f"at step {self.first_step}: {self.param} becomes"

    @property
    @override
    def _note(self) -> str:
        return self.uncounted


@dataclass(frozen=True, slots=True, eq=False)
class Contestant:
    """One entry of a race, and how it did.

    label: the text as typed; name: what a picture calls it, with a default weight decay that is not
    zero; params: every hyperparameter in force; chain: the schedule in words, "" without one;
    tuning_evaluations: gradient evaluations that choosing the lr took, 0 where it was not tuned;
    sensitivity: what every lr that was tried led to, None where it was not tuned;
    slopes: [steps + 1, 2], the gradient along the path, without noise;
    at_edge: the tuned lr lies at an end of the grid; distance: from the end to the nearest minimum;
    diverged: not finite, or beyond 10 times the domain; outside: it did not, and yet ends outside the
    domain. In both cases it has no rank, and has not arrived.
    """

    label: str
    name: str
    optimizer: str
    params: Mapping[str, Any]
    lr_source: LrSource
    chain: str
    state_per_parameter: str
    trajectory: Trajectory
    slopes: FloatArray
    average: Averaged | None
    robustness: Robustness
    verdict: Replayed
    rank: int | None
    tuning_evaluations: int
    sensitivity: Sensitivity | None
    at_edge: bool
    distance: float | None
    steps_to_tolerance: int | None
    diverged: bool
    outside: bool
    warnings: tuple[str, ...] = ()
    evaluated: FloatArray | None = None
    """[evaluations, 2], the points at which the loss was evaluated, None where that is once in each step."""
    state: tuple[Remembered, ...] | None = None
    """What the optimizer remembers along the path, None where nobody asked for it."""

    @property
    def final_loss(self) -> float:
        """The loss in the last row; NaN where the path left the finite numbers."""
        return float(self.trajectory.loss[-1])

    @property
    def evaluations(self) -> int:
        """Gradient evaluations of the whole path."""
        return int(self.trajectory.spent[-1])

    @property
    def lr(self) -> float:
        """The lr of the first step."""
        return float(self.trajectory.lr[0])


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a race was made, so that it can be reproduced."""

    tuned: bool
    """Whether some entry's lr was tuned."""
    grid: tuple[float, float, int] = (1e-12, 1e3, 4)
    """Lowest and highest lr that are tried, and how many per decade."""
    tuning_starts: int = 32
    held_out_starts: int = 256
    spread: float = 0.05
    """Starts are drawn uniformly within this share of the view around the start."""
    noise: float = 0.0
    """Standard deviation of the noise on each component of the gradient."""
    seed: int = 0
    clip: float | None = None
    """The norm that gradients are clipped to."""
    impl: str | None = None
    average: str | None = None


@dataclass(frozen=True, slots=True)
class Variation:
    """Entries of a race that differ in one hyperparameter.

    of: the entry that they are made of, as typed; key: the hyperparameter as it was written, as lr or beta1; words:
    what it is; values: as they were written; entries: the index of the contestant that has each; base: the index of
    the one that is as `of` says, None where none is.
    """

    of: str
    key: str
    words: str
    values: tuple[str, ...]
    entries: tuple[int, ...]
    base: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """A whole race. tolerance: f - f_min that counts as arrived, None without a minimum.

    varied: which contestants belong together, where the race is one entry at several values of its hyperparameters.
    """

    name: str
    function: Objective
    surface: Surface
    start: Point
    steps: int
    tolerance: float | None
    protocol: Protocol
    contestants: tuple[Contestant, ...]
    varied: tuple[Variation, ...] = ()

    @property
    def unit(self) -> str:
        """What all entries are charged by: gradient evaluations where a step of some entry takes more than one."""
        several = any((np.diff(one.trajectory.spent[: one.trajectory.last + 1]) > 1).any() for one in self.contestants)
        return "gradient evaluation" if several else "step"
