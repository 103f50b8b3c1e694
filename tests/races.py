"""Runs of one optimizer for the tests of both engines."""

from __future__ import annotations

from typing import Any

from lrviz.engines.tasks.race import Descent
from lrviz.functions.valleys import Rosenbrock
from lrviz.optimizers import OPTIMIZERS, Optimizer


def optimizer_of(plain: dict[str, Any]) -> Any:
    """Return the optimizer that a document would name so."""
    cls = OPTIMIZERS.find(plain["name"])
    assert cls is not None
    return cls.model_validate(plain)


def descent_of(optimizer: Optimizer | dict[str, Any], *, steps: int = 40, **more: Any) -> Descent:
    """Return a run of an optimizer over Rosenbrock's function, unless told otherwise."""
    chosen = optimizer_of(optimizer) if isinstance(optimizer, dict) else optimizer
    told: dict[str, Any] = {
        "function": Rosenbrock(),
        "start": (-1.5, 2.0),
        "steps": steps,
        "budget": steps,
        "updates": range(steps),
    }
    told |= more
    return Descent(
        module=chosen.module,
        optimizer=chosen.class_name,
        hyperparameters=chosen.hyperparameters(),
        shape=chosen.shape,
        sparse=chosen.sparse,
        **told,
    )
