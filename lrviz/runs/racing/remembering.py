"""What an optimizer remembered in a race, laid out for pictures and for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lrviz.engines.reference.control import Control, optimizer_now
from lrviz.optimizers import Optimizer
from lrviz.optimizers.first_order import Average, FirstOrder
from lrviz.results import FloatArray, Remembered

_LEFT_OUT = {"step", "n_iter", "func_evals", "old_dirs", "old_stps", "ro", "prev_flat_grad", "prev_loss"}
"""Counters, and of LBFGS the history, as long as it is, and what its last evaluation gave."""


def remembered(
    optimizer: Optimizer, states: Sequence[Mapping[str, Any]], path: FloatArray, control: Control
) -> tuple[Remembered, ...]:
    """Return what was remembered along a path, [steps + 1, 2], by name.

    states: before the first step and after each that was made, by either engine. Where the path stands still after
    them the last one stands; where it is not finite there is none.
    """
    known = sorted(name for name, kept in states[-1].items() if name not in _LEFT_OUT and kept is not None)
    averages = _averages(optimizer, len(states) - 1, control)
    steady = all(one == averages[0] for one in averages)
    found = []
    for name in known:
        values = np.full((len(path), np.size(states[-1][name])), np.nan)
        for row, state in enumerate(states):
            values[row] = np.ravel(state[name]) if name in state else np.nan
        values[len(states) :] = values[len(states) - 1]
        values[~(np.isfinite(path).all(axis=1) & np.isfinite(values).all(axis=1))] = np.nan
        own = [one.get(name, Average(1.0)) for one in averages]
        keeps = own[0].keeps if own and steady and name in averages[0] else None
        corrected = _corrected(values, [one.keeps for one in own]) if own and own[0].corrected else None
        found.append(Remembered(name, values, corrected, keeps))
    return tuple(found)


def _averages(optimizer: Optimizer, steps: int, control: Control) -> list[Mapping[str, Average]]:
    """Return the running averages as they are kept in each step: a schedule may change their rates."""
    if not isinstance(optimizer, FirstOrder):
        return []
    return [optimizer_now(optimizer, control, step).running_averages() for step in range(steps)]


def _corrected(values: FloatArray, keeps: Sequence[float]) -> FloatArray:
    """Return values, [rows, ...], without the bias of their start at 0: before the first step there are none."""
    steps = np.arange(len(values))
    rates = np.concatenate([[np.nan], keeps, np.full(len(values) - len(keeps) - 1, np.nan)])
    with np.errstate(invalid="ignore"):
        corrected: FloatArray = values / (1 - rates**steps)[:, None]
    return corrected
