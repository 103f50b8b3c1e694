"""Runs of one optimizer for the tests of both engines."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from lrviz.engines.tasks.race import Descent
from lrviz.functions.valleys import Rosenbrock
from lrviz.optimizers import AnyOptimizer, Optimizer

_ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyOptimizer)


def optimizer_of(plain: dict[str, Any]) -> Any:
    """Return the optimizer that a document would name so."""
    return _ADAPTER.validate_python(plain)


def descent_of(optimizer: Optimizer | dict[str, Any], *, steps: int = 40, **more: Any) -> Descent:
    """Return a run of an optimizer over Rosenbrock's function, unless told otherwise."""
    chosen = optimizer_of(optimizer) if isinstance(optimizer, dict) else optimizer
    told = {"function": Rosenbrock(), "start": (-1.5, 2.0), "steps": steps, "budget": steps, **more}
    return Descent(
        optimizer=chosen.name,
        hyperparameters=chosen.hyperparameters(),
        shape=chosen.shape,
        sparse=chosen.sparse,
        **told,
    )
