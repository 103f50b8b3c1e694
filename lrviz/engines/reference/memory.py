"""What an optimizer remembers along a path: the reference's own state after each of its steps."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from copy import deepcopy

import numpy as np

from lrviz.engines.reference.control import Control, disturb, optimizer_now
from lrviz.functions import Function
from lrviz.optimizers import Optimizer
from lrviz.optimizers.first_order import FirstOrder, State
from lrviz.optimizers.plane import Pair
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.optimizers.torch.strong_wolfe import Evaluation, SearchFailed
from lrviz.results import FloatArray, Trajectory


def states_along(function: Function, optimizer: Optimizer, trajectory: Trajectory, control: Control) -> list[State]:
    """Return the state before the first step of the reference's own path and after each step that was made.

    The path is not computed again: each step starts from its row, so that the state is that of the path, bit for bit.
    """
    with np.errstate(all="ignore"):
        points = _made(trajectory)
        first = fresh(optimizer, points[0], control) if len(points) else {}
        return [first, *_states(function, optimizer, points, control, deepcopy(first))]


def evaluated_along(function: Function, optimizer: LBFGS, trajectory: Trajectory, control: Control) -> FloatArray:
    """Return the points, [evaluations, 2], at which LBFGS evaluates the loss along the reference's own path."""
    state: State = {}
    asked: list[Pair] = []
    with np.errstate(all="ignore"):
        for step, (x, y) in enumerate(_made(trajectory).tolist()):
            search = optimizer.step((x, y), state, float(control.lr_at(step)[0]))
            asked += _evaluate(function, search, control, step)
    return np.array(asked).reshape(-1, 2)


def _made(trajectory: Trajectory) -> FloatArray:
    """Return the points, [n, 2], from which a step was made."""
    made = np.diff(trajectory.spent)[: trajectory.last + 1] > 0
    points: FloatArray = trajectory.path[:-1][: trajectory.last + 1][made]
    return points


def fresh(optimizer: Optimizer, start: FloatArray, control: Control) -> State:
    """Return the state before the first step from a start, [2]: empty where the first step creates it."""
    return optimizer.fresh(start[:, None], control.lr_at(0)) if isinstance(optimizer, FirstOrder) else {}


def _states(
    function: Function, optimizer: Optimizer, points: FloatArray, control: Control, state: State
) -> Iterator[State]:
    """Yield the state after the step from each of the points, [2]."""
    for step, point in enumerate(points):
        if isinstance(optimizer, LBFGS):
            lr = float(control.lr_at(step)[0])
            _evaluate(function, optimizer.step((float(point[0]), float(point[1])), state, lr), control, step)
        else:
            assert isinstance(optimizer, FirstOrder)
            g = _gradient(function, point, control, step)
            optimizer_now(optimizer, control, step).update(point[:, None].copy(), g, state, control.lr_at(step))
        yield {name: np.copy(kept) for name, kept in state.items() if not isinstance(kept, list)}


def _gradient(function: Function, point: FloatArray, control: Control, step: int) -> FloatArray:
    g = np.stack(function.gradient(point[:1], point[1:]))
    disturb(g, step, control)
    return g


def _evaluate(function: Function, search: Generator[Pair, Evaluation, Pair], control: Control, step: int) -> list[Pair]:
    """Make a step of LBFGS, which changes its state; return the points at which it evaluates the loss."""
    asked = [next(search)]
    try:
        while True:
            at = np.array(asked[-1])
            g = _gradient(function, at, control, step)
            loss = float(function.value(at[:1], at[1:])[0])
            asked.append(search.send((loss, float(g[0, 0]), float(g[1, 0]))))
    except (StopIteration, SearchFailed):
        return asked
