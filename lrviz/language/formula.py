"""Fields of a document that hold a formula: in the tick `t`, or in the argument `x` of a scale function."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, PlainSerializer, PlainValidator, Tag, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import Problem
from lrviz.language.expression import Expression, ExpressionError
from lrviz.language.fields import Listed, one_or_list
from lrviz.language.length import ANY, RUN_CONSTANTS, HasClock


def _parsed(value: Any, variables: tuple[str, ...], context: HasClock | None) -> Expression:
    if isinstance(value, Expression):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _refused(f"a formula in {variables[0]}, written as text")
    clock = context.clock if context else None
    try:
        formula = Expression.parse(
            value if isinstance(value, str) else repr(value), variables, (clock or ANY).constants
        )
    except ExpressionError as error:
        raise _refused(str(error)) from None
    if context is None and formula.constants:
        told = " and ".join(name for name, _ in formula.constants)
        raise _refused(f"{told}: known only in a document, which says how long the run is; see lrviz.document")
    return formula


def _refused(told: str) -> PydanticCustomError:
    return PydanticCustomError("formula", "{allowed}", {"allowed": told})


def _of_tick(value: Any, info: ValidationInfo) -> Expression:
    context: HasClock | None = info.context
    clock = context.clock if context else None
    formula = _parsed(value, ("t", "epoch"), context)
    if clock is None or clock.tells_epoch:
        return formula
    if "epoch" in formula.names:
        raise _refused("epoch is known only where the scheduler is stepped once an epoch; write t, the tick")
    return _parsed(value, ("t",), context)


def _of_cycle(value: Any, info: ValidationInfo) -> Expression:
    return _parsed(value, ("x",), info.context)


_AS_TEXT = (
    PlainSerializer(lambda formula: formula.text, return_type=str),
    WithJsonSchema(
        {
            "type": ["string", "number"],
            "description": f"a formula: arithmetic, `a if c else b`, math functions, {', '.join(RUN_CONSTANTS)}",
        }
    ),
)

TickFormula = Annotated[Expression, PlainValidator(_of_tick), *_AS_TEXT]
"""A formula in `t`, the tick (`epoch` is another name for it where the scheduler steps once an epoch)."""

CycleFormula = Annotated[Expression, PlainValidator(_of_cycle), *_AS_TEXT]
"""A formula in `x`, what CyclicLR hands to its scale_fn."""

TickFormulas = Annotated[
    Annotated[TickFormula, Tag("one")] | Annotated[tuple[TickFormula, ...], Listed, Tag("each")],
    Discriminator(one_or_list),
]
"""One formula for every parameter group, or a list with one each."""


def values(formulas: Expression | tuple[Expression, ...], at: FloatArray) -> FloatArray:
    """Evaluate the formulas of the groups at a column of arguments: [n, 1], or [n, groups] for a list.

    A value that is not finite stays so: only an engine knows whether it is ever read.
    """
    each = formulas if isinstance(formulas, tuple) else (formulas,)
    return np.hstack([one.evaluate(**dict.fromkeys(one.variables, at)) for one in each])


def not_finite(formulas: Expression | tuple[Expression, ...], key: str, at: int) -> Problem:
    """Say which of the formulas of the groups, given under a key, has no finite value at an argument."""
    found = values(formulas, np.array([[float(at)]]))[0]
    index = int(np.argmin(np.isfinite(found)))
    one = formulas[index] if isinstance(formulas, tuple) else formulas
    path = (key, index) if isinstance(formulas, tuple) else (key,)
    return Problem(path, f"{one.text} is {found[index]:g} at t = {at}; a finite value is needed")
