"""The reference engine of races: many paths of one optimizer over a function at once, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from lrviz.engines.reference.averaging import RunningAverages
from lrviz.engines.reference.boxes import held, outside, widened
from lrviz.engines.reference.control import Control, disturb, optimizer_now, optimizer_of
from lrviz.engines.reference.lockstep import descend_in_lockstep
from lrviz.engines.reference.staying import Staying
from lrviz.foundation.aligned import copied, empty
from lrviz.foundation.plane import Box, Point
from lrviz.foundation.progress import Progress
from lrviz.functions import Function
from lrviz.optimizers import Optimizer
from lrviz.optimizers.first_order import FirstOrder
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.results import BoolArray, FloatArray, IntArray

_BLOCK = 12_288
"""Paths that are stepped together: what an update touches stays in the processor's cache."""
_STEPS_BETWEEN_REPORTS = 256
FAR = 10.0
"""A path that leaves this many times the domain, about its centre, has diverged."""


@dataclass(frozen=True, slots=True, eq=False)
class Flight:
    """Where many paths went.

    path: [steps + 1, 2, recorded], of the first paths; end: [2, paths]; spent: [steps + 1, recorded],
    gradient evaluations made when a row was reached; arrived: [paths], the first row inside the domain
    at which f is within the goal, infinite where none is; paid: [paths], the evaluations made by then;
    diverged: [paths], whether some row is not finite or lies beyond 10 times the domain; left: [paths],
    whether some row is not finite or lies outside the view that was asked about.
    """

    path: FloatArray
    end: FloatArray
    spent: IntArray
    arrived: FloatArray
    paid: FloatArray
    diverged: BoolArray
    left: BoolArray

    def others(self) -> Flight:
        """Return the flight without its first path, of which path and spent go on to tell."""
        rest = {name: getattr(self, name)[..., 1:] for name in ("end", "arrived", "paid", "diverged", "left")}
        return replace(self, **rest)


class Descend(Protocol):
    """Whatever steps an optimizer from many starts, as `descend` does."""

    def __call__(
        self,
        function: Function,
        optimizer: Optimizer,
        starts: FloatArray,
        control: Control,
        steps: int,
        *,
        goal: Point | None = None,
        view: Box | None = None,
        recorded: int = 0,
        progress: Progress | None = None,
    ) -> Flight:
        """Step it."""


def descend(
    function: Function,
    optimizer: Optimizer,
    starts: FloatArray,
    control: Control,
    steps: int,
    *,
    goal: Point | None = None,
    view: Box | None = None,
    recorded: int = 0,
    progress: Progress | None = None,
    averages: RunningAverages | None = None,
) -> Flight:
    """Step an optimizer from every start, [2, paths]; each path is what it would be alone, bit for bit.

    goal: the least and greatest value of f that count as arrived; view: what a path may leave, by default
    10 times the domain; recorded: of how many paths every row is kept; averages: what follows all paths, not
    of LBFGS. An optimizer that spends several evaluations a step stops, and stands still, when it has spent
    `steps`.
    """
    with np.errstate(all="ignore"):
        if isinstance(optimizer, LBFGS):
            path, spent = descend_in_lockstep(function, optimizer, starts, control, steps)
            return surveyed(function, path, spent, goal=goal, view=view, recorded=recorded)
        assert isinstance(optimizer, FirstOrder)
        flights = []
        paths = starts.shape[1]
        # Blocks of one size: a small one would cost nearly as much as a large one.
        cuts = np.linspace(0, paths, -(-paths // _BLOCK) + 1, dtype=int).tolist()
        for first, last in pairwise(cuts):
            some = slice(first, last)
            block, kept = control.of_paths(some), min(max(recorded - first, 0), last - first)
            followed = None if averages is None else partial(averages.take, some=some)
            flights.append(
                _stepped(
                    function, optimizer, starts[:, some], block, steps, goal=goal, view=view, recorded=kept,
                    progress=progress, followed=followed,
                )
            )  # fmt: skip
        return flights[0] if len(flights) == 1 else joined(flights)


def _stepped(
    function: Function,
    optimizer: FirstOrder,
    starts: FloatArray,
    control: Control,
    steps: int,
    *,
    goal: Point | None,
    view: Box | None,
    recorded: int,
    progress: Progress | None,
    followed: Callable[[int, FloatArray], None] | None = None,
) -> Flight:
    x, g = copied(starts), empty(starts.shape)
    paths = x.shape[1]
    path = np.empty((steps + 1, 2, recorded))
    path[0] = x[:, :recorded]
    staying = Staying(_boxes(function, view))
    staying.note(x)
    arrivals = None if goal is None else _Arrivals(function, goal, paths)
    optimizer = optimizer_of(optimizer, control)
    state = optimizer.fresh(x, control.lr_at(0))
    for step in range(steps):
        if arrivals is not None:
            arrivals.note(step, x)
        function.set_gradient(g, x)
        disturb(g, step, control)
        lr = control.lr_at(step)
        # NumPy takes longer to multiply by an array of one number than by the number.
        optimizer_now(optimizer, control, step).update(x, g, state, lr if len(lr) > 1 else lr[0])
        if step == 0:
            # Not before: some parts of a state begin with the first step.
            state.update({name: copied(part) for name, part in state.items() if np.shape(part) == x.shape})
        staying.note(x)
        if recorded:
            path[step + 1] = x[:, :recorded]
        if followed is not None:
            followed(step + 1, x)
        if progress is not None and step % _STEPS_BETWEEN_REPORTS == 0:
            progress(step, steps)
    if arrivals is not None:
        arrivals.note(steps, x)
    arrived = np.full(paths, np.inf) if arrivals is None else arrivals.rows
    spent = np.broadcast_to(np.arange(steps + 1)[:, None], (steps + 1, recorded))
    return Flight(path, x, spent, arrived, arrived, *staying.left(paths))


def reached(function: Function, points: FloatArray, values: FloatArray, goal: Point) -> BoolArray:
    """Return which of points, [2, ...], have arrived: inside the domain, with a value that the goal holds.

    Outside, and below what is the least value inside, there is no minimum to arrive at.
    """
    arrived: BoolArray = (values >= goal[0]) & (values <= goal[1]) & held(points, function.domain)
    return arrived


class _Arrivals:
    """The first rows, [paths], at which paths have arrived, infinite where none has been.

    Once most have, only the others are looked at.
    """

    def __init__(self, function: Function, goal: Point, paths: int) -> None:
        self.rows = np.full(paths, np.inf)
        self._function, self._goal = function, goal
        self._some: slice | IntArray = slice(None)

    def note(self, row: int, points: FloatArray) -> None:
        """Look at the points, [2, paths], of a row."""
        here, before = points[:, self._some], self.rows[self._some]
        values = self._function.value(here[0], here[1])
        # In most rows none is low, or none for the first time.
        new = (values <= self._goal[1]) & (before > row)
        if not new.any():
            return
        new &= reached(self._function, here, values, self._goal)
        self.rows[self._some] = np.where(new, row, before)
        waiting = np.flatnonzero(self.rows > row)
        if len(waiting) < len(self.rows) / 2:
            self._some = waiting


def surveyed(
    function: Function,
    path: FloatArray,
    spent: IntArray,
    *,
    goal: Point | None = None,
    view: Box | None = None,
    recorded: int = 0,
) -> Flight:
    """Return the flight of paths, [steps + 1, 2, paths], of which every row is known."""
    points = path.swapaxes(0, 1)
    hit = np.zeros(points.shape[1:], dtype=np.bool_)
    if goal is not None:
        hit = reached(function, points, function.value(points[0], points[1]), goal)
    arrived = np.where(hit.any(axis=0), hit.argmax(axis=0), np.inf)
    paid = np.where(hit.any(axis=0), spent[hit.argmax(axis=0), np.arange(spent.shape[1])], np.inf)
    least, greatest = path.min(axis=0), path.max(axis=0)
    left = (outside(least, greatest, box) for box in _boxes(function, view))
    return Flight(path[..., :recorded], path[-1], spent[:, :recorded], arrived, paid, *left)


def _boxes(function: Function, view: Box | None) -> tuple[Box, Box]:
    """Return what a path leaves that diverges, and the view that was asked about."""
    far = widened(function.domain, FAR)
    return far, view or far


def joined(flights: list[Flight]) -> Flight:
    """Return several flights as one, in their order."""

    def all_of(name: str) -> Any:
        return np.concatenate([getattr(one, name) for one in flights], axis=-1)

    return Flight(*(all_of(name) for name in [field.name for field in fields(Flight)]))
