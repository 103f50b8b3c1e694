"""Sweeps on a surface: tiles of paths, from the race's start and others, for values of swept keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from lrviz.documents.averaging import Averaging
from lrviz.documents.subject import Subject
from lrviz.engines.reference.averaging import RunningAverages
from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import descend
from lrviz.foundation.plane import Point
from lrviz.functions import Function
from lrviz.functions.custom import Custom
from lrviz.optimizers import Optimizer
from lrviz.optimizers.first_order import FirstOrder
from lrviz.results import BoolArray, FloatArray, IntArray, Protocol
from lrviz.runs.racing.basins import polish, same_basin
from lrviz.runs.racing.judging import HELD_OUT, Judge, drawn, noise_of
from lrviz.runs.sweeping.grid import GridTile
from lrviz.runs.sweeping.tile import Arrays

if TYPE_CHECKING:
    from lrviz.documents.schedule import ScheduleDocument


@dataclass(frozen=True, slots=True)
class Conditions:
    """What all paths of a sweep have in common. start: the race's; starts: how many each point of a grid has."""

    function: Function
    start: Point
    starts: int
    steps: int
    noise: float = 0.0
    seed: int = 0
    clip: float | None = None
    averaging: Averaging | None = None

    @property
    def judge(self) -> Judge | None:
        """The judge of ends, None where no minimum is known."""
        return Judge.of(self.function, self.start)

    def points(self) -> FloatArray:
        """Return the starts of every point of a grid, [2, starts]: the first, then those that a race holds out."""
        race = Protocol(tuned=False)
        # As many as a race draws, in its order, and more where more are asked for.
        count = max(race.held_out_starts, self.starts - 1)
        others = drawn(self.start, self.function.view, race.spread, count, (self.seed, HELD_OUT))
        return np.column_stack([self.start, others[:, : self.starts - 1]])


def set_for_each(subject: Subject) -> frozenset[str]:
    """Return the keys for which paths that are stepped together may have different values."""
    optimizer = subject.optimizer
    if subject.entry.schedule is not None or not isinstance(optimizer, FirstOrder):
        return frozenset({"lr"})
    return optimizer.each | {"lr"}


@dataclass(frozen=True, slots=True, eq=False)
class PlaneTile(GridTile):
    """Paths of one entry; keys are x and y on a map of starts."""

    conditions: Conditions

    @property
    def over_start(self) -> bool:
        """Whether the points of the grid are starts."""
        return self.keys == ("x", "y")

    @property
    @override
    def on(self) -> Function:
        return self.conditions.function

    @property
    @override
    def terms(self) -> Mapping[str, Any]:
        terms, mean = self.conditions, self.conditions.averaging
        return {
            "kind": "plane",
            "function": _described(terms.function),
            "start": terms.start,
            "starts": terms.starts,
            "steps": terms.steps,
            "noise": terms.noise,
            "seed": terms.seed,
            "clip": terms.clip,
            "average": None if mean is None else [mean.kind, mean.start, mean.decay],
        }

    @override
    def compute(self) -> Arrays:
        points = self.points()
        count = points.shape[1]
        if self.over_start:
            optimizer, schedule = self.subject.optimizer, self.subject.entry.schedule
            run = Run([0], optimizer, *self._rates(optimizer, schedule, points))
            return _ended(self._flown(run, points), self.conditions, count)
        found: dict[str, Any] = {}
        starts = self.conditions.points()
        for run in self._runs(points, starts):
            for name, array in _judged(self._flown(run, starts), self.conditions, len(run.members)).items():
                found.setdefault(name, np.empty(count))[run.members] = array
        return found

    def _runs(self, points: FloatArray, starts: FloatArray) -> Iterator[Run]:
        """Yield the points, [axes, n], in runs: in each, points differ only in values that can be set for each path."""
        scheduled = self.subject.entry.schedule is not None
        each = set_for_each(self.subject)
        others = [index for index, key in enumerate(self.keys) if key not in each]
        groups: dict[tuple[float, ...], list[int]] = {}
        for member, values in enumerate(points[others].T.tolist()):
            groups.setdefault(tuple(values), []).append(member)
        if not scheduled:
            for values, members in groups.items():
                at = dict(zip([self.keys[index] for index in others], values, strict=True))
                optimizer, _ = self.subject.at(at)
                rates = points[self.keys.index("lr"), members] if "lr" in self.keys else [_lr(optimizer)] * len(members)
                own = {key: points[index, members] for index, key in enumerate(self.keys) if key in each - {"lr"}}
                yield Run(members, optimizer, np.array(rates)[None], {}, own)
            return
        together: list[Run] = []
        for member, values in enumerate(points.T.tolist()):
            optimizer, schedule = self.subject.at(dict(zip(self.keys, values, strict=True)))
            run = Run([member], optimizer, *self._rates(optimizer, schedule, starts))
            if together and not together[-1].fits(run):
                yield _joined(together)
                together = []
            together.append(run)
        yield _joined(together)

    def _rates(
        self, optimizer: Optimizer, schedule: ScheduleDocument | None, starts: FloatArray
    ) -> tuple[FloatArray, Mapping[str, FloatArray]]:
        """Return lr, [1 or steps, 1 or paths], of paths from starts, [2, paths], and what else a schedule varies."""
        if schedule is None:
            return np.array([[_lr(optimizer)]]), {}
        from lrviz.engines.reference.scheduled_race import rates, settled, watches

        terms = self.conditions
        watching = watches(schedule)
        alone, varied = rates(schedule, terms.steps, np.zeros(terms.steps + 1) if watching else None)
        if not watching:
            return alone[:, None], varied
        noise = noise_of(terms.noise, terms.seed, terms.steps)

        def losses(lr: FloatArray) -> FloatArray:
            control = Control(lr, varied, noise, terms.clip)
            path = descend(terms.function, optimizer, starts, control, terms.steps, recorded=starts.shape[1]).path
            with np.errstate(all="ignore"):
                found: FloatArray = terms.function.value(path[:, 0], path[:, 1])
                return found

        return settled(schedule, terms.steps, starts.shape[1], losses), varied

    def _flown(self, run: Run, starts: FloatArray) -> Flown:
        """Return where the paths of a run end: for each point in turn, those from every start, [2, starts]."""
        terms, judge, count = self.conditions, self.conditions.judge, len(run.members)
        every = np.tile(starts, count)
        lr = run.lr if count == 1 else np.repeat(run.lr, starts.shape[1], axis=1)
        each = {name: np.repeat(values, starts.shape[1]) for name, values in run.each.items()}
        noise = noise_of(terms.noise, terms.seed, terms.steps)
        averages = None if terms.averaging is None else RunningAverages(terms.averaging, every.shape[1])
        flight = descend(
            terms.function, run.optimizer, every, Control(lr, run.varied, noise, terms.clip, each), terms.steps,
            goal=judge.goal if judge is not None and self.over_start else None, averages=averages,
        )  # fmt: skip
        return Flown(flight.end if averages is None else averages.ends(), flight.diverged, flight.arrived)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Points whose paths are stepped together. lr: [1 or steps, points]; for a single point also [..., its paths].

    members: their numbers in the tile; varied: what a schedule changes beside lr, each [steps]; each: hyperparameters
    that differ between points, each [points].
    """

    members: list[int]
    optimizer: Optimizer
    lr: FloatArray
    varied: Mapping[str, FloatArray]
    each: Mapping[str, FloatArray] = field(default_factory=dict)

    def fits(self, other: Run) -> bool:
        """Return whether another may be stepped together with this one: they differ only in lr."""
        plain = not (self.varied or other.varied) and self.lr.shape[1] == other.lr.shape[1] == 1
        return plain and self.optimizer.with_lr(0) == other.optimizer.with_lr(0)


def _joined(runs: Sequence[Run]) -> Run:
    """Return runs as one."""
    members = [member for run in runs for member in run.members]
    return Run(members, runs[0].optimizer, np.concatenate([run.lr for run in runs], axis=1), runs[0].varied)


def _lr(optimizer: Optimizer) -> float:
    return float(optimizer.hyperparameters()["lr"])


@dataclass(frozen=True, slots=True, eq=False)
class Flown:
    """Where paths end, [2, paths], which of them have diverged, and the steps to the tolerance, [paths]."""

    ends: FloatArray
    diverged: BoolArray
    arrived: FloatArray


def _losses_at(ends: FloatArray, conditions: Conditions) -> FloatArray:
    """Return f - f_min at ends, [2, n], as races judge them, f where no minimum is known; else infinite."""
    judge = conditions.judge
    if judge is not None:
        return judge.losses(ends)
    with np.errstate(all="ignore"):
        values = conditions.function.value(ends[0], ends[1])
    found: FloatArray = np.where(np.isfinite(values), values, np.inf)
    return found


def _judged(flown: Flown, conditions: Conditions, points: int) -> Arrays:
    """Return the arrays of points of which each has several starts."""
    losses = _losses_at(flown.ends, conditions).reshape(points, -1)
    # Observed values: nothing can be interpolated between a number and infinity.
    low, median, high = np.quantile(losses, (0.25, 0.5, 0.75), axis=1, method="inverted_cdf")
    return {"median": median, "low": low, "high": high, "diverged": flown.diverged.reshape(points, -1).mean(axis=1)}


def _ended(flown: Flown, conditions: Conditions, points: int) -> Arrays:
    """Return the arrays of a map of starts."""
    losses = _losses_at(flown.ends, conditions)
    function = conditions.function
    return {
        "median": losses,
        "diverged": flown.diverged.astype(np.float64),
        "basin": _basins(function, flown, losses, conditions.judge),
        "arrived": flown.arrived if conditions.judge is not None else np.full(points, np.inf),
    }


def _basins(function: Function, flown: Flown, losses: FloatArray, judge: Judge | None) -> IntArray:
    """Return the index of the minimum to which gradient descent leads from each end, [paths]; -1 for none."""
    found = np.full(len(losses), -1, dtype=np.int64)
    if judge is None or not function.minima or function.no_basins:
        return found
    lost = flown.diverged | ~np.isfinite(losses)
    minima = np.array(function.minima).T
    # An end as low as a minimum is next to it: only the others need gradient descent.
    near = ~lost & (losses <= judge.tolerance)
    apart = flown.ends[:, near, None] - minima[:, None, :]
    found[near] = (apart * apart).sum(axis=0).argmin(axis=1)
    others = np.flatnonzero(~lost & ~near)
    led = polish(function, flown.ends[:, others])
    for index, minimum in enumerate(minima.T):
        found[others[same_basin(function, led, minimum)]] = index
    return found


def _described(function: Function) -> dict[str, Any]:
    """Return everything that a function depends on, as plain data for JSON."""
    if isinstance(function, Custom):
        return {
            "formula": function.expression.text, "domain": function.domain, "minima": function.minima,
            "minimum": function.minimum,
        }  # fmt: skip
    own = {field.name: getattr(function, field.name) for field in fields(function)}
    return {"name": function.name, **own}
