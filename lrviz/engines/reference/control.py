"""What is set at each step of a race: lr and scheduled hyperparameters, noise and clipping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lrviz.optimizers.first_order import FirstOrder
from lrviz.optimizers.hyperparameters import place
from lrviz.results import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Control:
    """What is set at each step.

    lr: [1 or steps, 1 or paths]; varied: hyperparameters that a schedule changes, each [steps];
    noise: [steps, 2], added to the gradient of every path; clip: the norm gradients are cut to; each: hyperparameters
    that differ between paths, each [paths], of those that the optimizer accepts per path.
    """

    lr: FloatArray
    varied: Mapping[str, FloatArray] = field(default_factory=dict)
    noise: FloatArray | None = None
    clip: float | None = None
    each: Mapping[str, FloatArray] = field(default_factory=dict)

    def lr_at(self, step: int) -> FloatArray:
        """Return the lr of a step, [1 or paths]."""
        row: FloatArray = self.lr[min(step, len(self.lr) - 1)]
        return row

    def of_paths(self, some: slice) -> Control:
        """Return what is set for some of the paths."""
        lr = self.lr[:, some] if self.lr.shape[1] > 1 else self.lr
        each = {name: values[some] for name, values in self.each.items()}
        return Control(lr, self.varied, self.noise, self.clip, each)


def optimizer_now(optimizer: FirstOrder, control: Control, step: int) -> FirstOrder:
    """Return the optimizer with the hyperparameters that the schedule sets for a step."""
    if not control.varied:
        return optimizer
    return _changed(optimizer, {name: float(values[step]) for name, values in control.varied.items()})


def optimizer_of(optimizer: FirstOrder, control: Control) -> FirstOrder:
    """Return the optimizer with the hyperparameters that differ between paths."""
    return _changed(optimizer, control.each) if control.each else optimizer


def _changed(optimizer: FirstOrder, values: Mapping[str, Any]) -> FirstOrder:
    changes: dict[str, Any] = {}
    for name, value in values.items():
        key, part = place(name)
        if part is None:
            changes[key] = value
        else:
            both = list(changes.get(key, getattr(optimizer, key)))
            both[part] = value
            changes[key] = tuple(both)
    return optimizer.model_copy(update=changes)


def disturb(g: FloatArray, step: int, control: Control) -> None:
    """Add the step's noise to gradients [2, paths], in place, and clip each to the largest norm allowed.

    Formula, of torch's clip_grad_norm_:
        g ← g min(1, clip / (‖g‖ + 1e-6))
    """
    if control.noise is not None:
        g += control.noise[step][:, None]
    if control.clip is not None:
        norm = np.sqrt(g[0] * g[0] + g[1] * g[1])
        g *= np.minimum(control.clip / (norm + 1e-6), 1.0)
