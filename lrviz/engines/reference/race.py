"""The reference engine of races: many paths of one optimizer over a function at once, in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.engines.reference.control import Control, disturb, optimizer_now
from lrviz.engines.reference.lockstep import descend_in_lockstep
from lrviz.engines.tasks.schedule import Progress
from lrviz.functions import Box, Function
from lrviz.optimizers import Optimizer
from lrviz.optimizers.first_order import FirstOrder
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.results import BoolArray, FloatArray, IntArray

_BLOCK = 4096
"""Paths that are stepped together: what an update touches stays in the processor's cache."""
_STEPS_BETWEEN_REPORTS = 256
FAR = 10.0
"""A path that leaves this many times the domain, about its centre, has diverged."""


@dataclass(frozen=True, slots=True, eq=False)
class Flight:
    """Where many paths went.

    path: [steps + 1, 2, recorded], of the first paths; end: [2, paths]; spent: [steps + 1, recorded],
    gradient evaluations made when a row was reached; arrived: [paths], the first row at which f is at
    most the goal, infinite where none is; paid: [paths], the evaluations made by then; diverged:
    [paths], whether some row is not finite or lies beyond 10 times the domain.
    """

    path: FloatArray
    end: FloatArray
    spent: IntArray
    arrived: FloatArray
    paid: FloatArray
    diverged: BoolArray


def descend(
    function: Function,
    optimizer: Optimizer,
    starts: FloatArray,
    control: Control,
    steps: int,
    *,
    goal: float = -np.inf,
    recorded: int = 0,
    progress: Progress | None = None,
) -> Flight:
    """Step an optimizer from every start, [2, paths]; each path is what it would be alone, bit for bit.

    goal: the value of f that counts as arrived; recorded: of how many paths every row is kept. An
    optimizer that spends several evaluations a step stops, and stands still, when it has spent `steps`.
    """
    with np.errstate(all="ignore"):
        if isinstance(optimizer, LBFGS):
            path, spent = descend_in_lockstep(function, optimizer, starts, control, steps)
            return _surveyed(function, path, spent, goal, recorded)
        assert isinstance(optimizer, FirstOrder)
        flights = []
        for first in range(0, starts.shape[1], _BLOCK):
            some = slice(first, first + _BLOCK)
            block, kept = control.of_paths(some), min(max(recorded - first, 0), _BLOCK)
            flights.append(
                _stepped(
                    function, optimizer, starts[:, some], block, steps, goal=goal, recorded=kept, progress=progress
                )
            )
        return flights[0] if len(flights) == 1 else _joined(flights)


def _stepped(
    function: Function,
    optimizer: FirstOrder,
    starts: FloatArray,
    control: Control,
    steps: int,
    *,
    goal: float,
    recorded: int,
    progress: Progress | None,
) -> Flight:
    x = starts.copy()
    g = np.empty_like(x)
    paths = x.shape[1]
    path = np.empty((steps + 1, 2, recorded))
    path[0] = x[:, :recorded]
    centre, half = reach(function.domain)
    least, greatest = x.copy(), x.copy()
    arrived = np.full(paths, np.inf)
    state = optimizer.fresh(x, control.lr_at(0))
    for step in range(steps):
        if goal > -np.inf:
            np.minimum(arrived, step, out=arrived, where=function.value(x[0], x[1]) <= goal)
        g[0], g[1] = function.gradient(x[0], x[1])
        disturb(g, step, control)
        optimizer_now(optimizer, control, step).update(x, g, state, control.lr_at(step))
        # Both keep a NaN once there is one.
        np.minimum(least, x, out=least)
        np.maximum(greatest, x, out=greatest)
        path[step + 1] = x[:, :recorded]
        if progress is not None and step % _STEPS_BETWEEN_REPORTS == 0:
            progress(step, steps)
    if goal > -np.inf:
        np.minimum(arrived, steps, out=arrived, where=function.value(x[0], x[1]) <= goal)
    spent = np.broadcast_to(np.arange(steps + 1)[:, None], (steps + 1, recorded))
    inside = (least >= centre - FAR * half) & (greatest <= centre + FAR * half)
    diverged = ~np.asarray(inside.all(axis=0))
    return Flight(path, x, spent, arrived, arrived, diverged)


def reach(domain: Box) -> tuple[FloatArray, FloatArray]:
    """Return the centre of a domain and half its extent, each [2, 1]."""
    bounds = np.array(domain, dtype=np.float64)
    return bounds.mean(axis=1, keepdims=True), (bounds[:, 1:] - bounds[:, :1]) / 2


def _surveyed(function: Function, path: FloatArray, spent: IntArray, goal: float, recorded: int) -> Flight:
    """Return the flight of paths, [steps + 1, 2, paths], of which every row is known."""
    hit = function.value(path[:, 0], path[:, 1]) <= goal
    arrived = np.where(hit.any(axis=0), hit.argmax(axis=0), np.inf)
    paid = np.where(hit.any(axis=0), spent[hit.argmax(axis=0), np.arange(spent.shape[1])], np.inf)
    centre, half = reach(function.domain)
    diverged = ~np.asarray((np.abs(path - centre) <= FAR * half).all(axis=(0, 1)))
    return Flight(path[..., :recorded], path[-1], spent[:, :recorded], arrived, paid, diverged)


def _joined(flights: list[Flight]) -> Flight:
    def all_of(name: str) -> Any:
        return np.concatenate([getattr(one, name) for one in flights], axis=-1)

    return Flight(*(all_of(name) for name in ("path", "end", "spent", "arrived", "paid", "diverged")))
