"""The border of stability according to theory: the lr above which gradient descent leaves every minimum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrviz.documents.noisy_quadratic import SWEPT
from lrviz.documents.subject import Subject
from lrviz.documents.sweep import SweepDocument
from lrviz.foundation.errors import LrvizError
from lrviz.functions import Function
from lrviz.functions.bowls import Quadratic
from lrviz.optimizers import Optimizer
from lrviz.optimizers.torch.sgd import SGD
from lrviz.results import Border, FloatArray
from lrviz.runs.racing.minima import curvatures


def stable_lr(optimizer: Optimizer, curvature: float) -> float | None:
    """Return the lr below which SGD stays at a minimum with this largest curvature L; None where that is not known.

    Formula, m the momentum, λ the weight decay:
        lr < 2 (1 + m) / (L + λ)                   (heavy ball; 2/L without momentum)
        lr < 2 (1 + m) / ((1 + 2 m) (L + λ))       (nesterov)

    Source: Polyak, Some methods of speeding up the convergence of iteration methods,
    https://doi.org/10.1016/0041-5553(64)90137-5
    """
    if not isinstance(optimizer, SGD) or optimizer.dampening or optimizer.maximize or optimizer.momentum >= 1:
        return None
    momentum = optimizer.momentum
    ahead = 1 + 2 * momentum if optimizer.nesterov else 1.0
    return 2 * (1 + momentum) / (ahead * (curvature + optimizer.weight_decay))


def border(subject: Subject, document: SweepDocument, function: Function) -> Border | None:
    """Return the border of an entry over a grid with an axis of lr; None where there is none, or no theory for it."""
    keys, race = document.keys, document.race
    if "lr" not in keys or subject.entry.schedule is not None or not function.minima or race.clip or race.noise:
        return None
    sharpest = [high for _, high in curvatures(function)]
    if len(sharpest) < len(function.minima):
        return None
    bent = not isinstance(function, Quadratic)
    return border_at(subject, keys, document.values, min(sharpest), bent=bent)


def border_at(
    subject: Subject, keys: Sequence[str], values: Sequence[FloatArray], curvature: float, *, bent: bool = False
) -> Border | None:
    """Return the border of an entry at a minimum with this largest curvature; bent: the curvature varies around it."""
    if "lr" not in keys or subject.entry.schedule is not None:
        return None
    others = [(key, along) for key, along in zip(keys, values, strict=True) if key != "lr"]
    key, along = others[0] if others else ("", np.array([np.nan]))
    limits = []
    for each in along.tolist():
        try:
            optimizer, _ = subject.at({key: each} if key and key not in SWEPT else {})
        except LrvizError:
            return None
        # Weight decay moves the minimum, and on any other surface its curvature with it.
        if bent and optimizer.hyperparameters().get("weight_decay"):
            return None
        limit = stable_lr(optimizer, curvature)
        if limit is None:
            return None
        limits.append(limit)
    points = np.array([limits, along.tolist()]) if others else np.array([limits])
    if keys[0] != "lr":
        points = points[::-1]
    plain = isinstance(subject.optimizer, SGD) and not subject.optimizer.momentum and key != "momentum"
    words = "lr = 2/L" if plain else "lr = 2(1 + m)/L"
    if getattr(subject.optimizer, "nesterov", False):
        words = "lr = 2(1 + m)/((1 + 2m)L)"
    return Border(points.T, words)
