"""`problem` of a sweep: nqm, the noisy quadratic model, with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from lrviz.documents.faults import Keys, problems_of
from lrviz.documents.settings import settings_of
from lrviz.foundation.errors import Problem, Refusal
from lrviz.foundation.wording import did_you_mean
from lrviz.functions.noisy_quadratic import NoisyQuadratic
from lrviz.language.fields import Count, Model
from lrviz.optimizers import Optimizer
from lrviz.optimizers.torch.sgd import SGD

NAME = "nqm"
SWEPT = ("batch", "power")
"""What of the model can be an axis."""
_MOST_DIM = 1_000_000


class Written(Model):
    """The model's parameters as they are written."""

    dim: Annotated[Count, Field(le=_MOST_DIM)] = 1000
    batch: Annotated[float, Field(ge=1)] = 1.0
    power: Annotated[float, Field(ge=0, le=10)] = 1.0


def read_problem(text: str) -> NoisyQuadratic:
    """Return the model that a text names, as `nqm:dim=1000:batch=16`.

    Raises Refusal with everything that is wrong.
    """
    try:
        name, settings = settings_of(text)
    except Refusal as refusal:
        raise Refusal(*map(_named, refusal.problems)) from None
    if name != NAME:
        told = f"no problem is called {name!r}; there is nqm, the noisy quadratic model{did_you_mean(name, [NAME])}"
        raise Refusal(Problem((), told))
    return with_values(NoisyQuadratic(), settings)


def with_values(model: NoisyQuadratic, values: Mapping[str, Any]) -> NoisyQuadratic:
    """Return a model with other values of its parameters; raises Refusal with everything that is wrong."""
    given = {"dim": model.dim, "batch": model.batch, "power": model.power, **values}
    try:
        known = Written.model_validate(given)
    except ValidationError as error:
        allowed = Keys(tuple(Written.model_fields))
        problems = problems_of(error, given, lambda _: allowed)
        raise Refusal(*map(_named, problems)) from None
    return NoisyQuadratic(known.dim, known.batch, known.power)


def _named(problem: Problem) -> Problem:
    """Return a problem that says which parameter it is of."""
    return Problem((), ": ".join([*map(str, problem.path), problem.text]))


def unfit(optimizer: Optimizer) -> str | None:
    """Say why an optimizer has no exact expectation on the model; None where it has one."""
    if not isinstance(optimizer, SGD):
        return (
            f"{optimizer.name} given; the expectation is exact for SGD only (momentum, nesterov and weight decay "
            "included), whose step is linear in the gradient; sweep others on a surface, with fn"
        )
    return "maximize given; the model is minimized" if optimizer.maximize else None
