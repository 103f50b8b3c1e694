"""Lengths of a schedule: plain ticks, or "5ep", "500ba", "0.1dur" (the spelling of MosaicML Composer).

A length is resolved to ticks of the scheduler's own clock when the document is read, so nothing
behind the document knows the three units.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Literal, Protocol, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from lrviz.foundation.errors import Problem
from lrviz.language.fields import Count, Listed, Whole, misfit

Interval = Literal["epoch", "step", "batch"]
"""When scheduler.step() is called: once an epoch, after each optimizer step, or after each batch of an accumulation."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How a training loop steps a scheduler: `repeat` times at each `frequency`-th end of its interval.

    fractional: it is stepped after each update with the epoch as a fraction, so that its ticks are epochs.
    """

    interval: Interval = "epoch"
    frequency: int = 1
    repeat: int = 1
    fractional: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """When a scheduler is stepped, and how often in the run: `ticks` times, of which `whole` are surely complete.

    An epoch that the run cuts short is a tick where rows are epochs, and none where they are steps.
    steps_per_epoch is in optimizer steps (batches after gradient accumulation); per_epoch: its ticks in an epoch;
    interval: what a tick is, or what one is counted in where it is stepped now and then, or several times;
    tells_epoch: whether its tick t is epoch t; epochs, steps: the length of the run, where one cut short is an epoch.
    """

    interval: Interval
    steps_per_epoch: int
    ticks: int
    whole: int
    per_epoch: Fraction
    tells_epoch: bool
    epochs: int
    steps: int

    @classmethod
    def of_rows(cls, unit: Literal["epoch", "step"], steps_per_epoch: int, ticks: int) -> Clock:
        """Return the clock of a curve whose rows are epochs or optimizer steps."""
        each = steps_per_epoch if unit == "step" else 1
        epochs, steps = -(-ticks // each), ticks * (steps_per_epoch // each)
        return cls(unit, steps_per_epoch, ticks, ticks, Fraction(each), unit == "epoch", epochs, steps)

    @property
    def constants(self) -> dict[str, float]:
        """What the formulas of its scheduler know of the run, by name."""
        return {name: getattr(self, name) for name in RUN_CONSTANTS}


RUN_CONSTANTS = ("epochs", "steps", "steps_per_epoch", "ticks")
"""The names in formulas for the length of the run, in epochs and optimizer steps, and of the scheduler's own."""


class HasClock(Protocol):
    """What a validation context must offer so that written lengths can be resolved."""

    @property
    def clock(self) -> Clock | None:
        """The clock of the scheduler being read; None while the geometry itself is faulty."""

    @property
    def occasions(self) -> Clock | None:
        """The clock of the ends of its interval."""


# Digits and exponent are bounded: an exact fraction of 1e999999999 would fill the memory.
_WRITTEN = re.compile(r"(?P<number>(?:\d{1,12}\.?\d{0,18}|\.\d{1,18})(?:[eE][-+]?\d{1,2})?)\s*(?P<unit>ep|ba|dur)")


def ticks(text: str, clock: Clock) -> int:
    """Return the ticks that a written length means on a clock, rounded half up.

    ep: epochs, ba: optimizer steps, dur: share of the run. At least 1 unless written 0.
    Raises ValueError where the text is not a length.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        told = 'a length is a number of ticks, or "5ep" (epochs), "500ba" (batches), "0.1dur" (share)'
        raise ValueError(f"{told}; arithmetic is in ticks and takes no unit" if re.search("[-+*/]", text) else told)
    number = Fraction(match["number"])
    per_unit = {
        "ep": clock.per_epoch,
        "ba": clock.per_epoch / clock.steps_per_epoch,
        "dur": Fraction(clock.ticks),
    }
    exact = number * per_unit[match["unit"]]
    return max(math.floor(exact + Fraction(1, 2)), 1 if number else 0)


def has_unit(written: object) -> bool:
    """Tell a length with a unit from a number of ticks, which may be arithmetic in text."""
    return isinstance(written, str) and _WRITTEN.fullmatch(written.strip()) is not None


def moment(text: str, clock: Clock) -> int:
    """Return the ticks of a clock that have passed at a moment: their number, or a written length.

    Raises ValueError where the text is neither.
    """
    text = text.strip()
    return int(text.replace("_", "")) if re.fullmatch(r"[-+]?\d[\d_]*", text) else ticks(text, clock)


ANY = Clock("step", 1, 1, 1, Fraction(1), False, 1, 1)
"""For a run whose length is faulty: the document is refused, whatever its lengths resolve to."""


def _resolved(value: Any, info: ValidationInfo) -> Any:
    context: HasClock | None = info.context
    return _counted(value, context is not None, context.clock if context else None)


def _in_occasions(value: Any, info: ValidationInfo) -> Any:
    context: HasClock | None = info.context
    return _counted(value, context is not None, context.occasions if context else None)


def _counted(value: Any, in_a_run: bool, clock: Clock | None) -> Any:
    if not isinstance(value, str) or is_arithmetic(value):
        return value
    if not in_a_run:
        # Outside a run: any guess would be a wrong curve.
        allowed = "a number of ticks is needed; ep, ba and dur are for lrviz.document, which knows how long the run is"
        raise PydanticCustomError("length", "{allowed}", {"allowed": allowed})
    try:
        return ticks(value, clock or ANY)
    except ValueError as error:
        raise PydanticCustomError("length", "{allowed}", {"allowed": str(error)}) from None


def is_arithmetic(text: str) -> bool:
    """Return whether a text is arithmetic, whose result is in ticks: not a length with a unit, nor anything else."""
    from lrviz.language.expression import Expression, ExpressionError

    try:
        Expression.parse(text, ())
    except ExpressionError:
        return False
    return True


_READ = BeforeValidator(_resolved)


def _schema(minimum: int) -> WithJsonSchema:
    written = {"type": "string", "pattern": f"^{_WRITTEN.pattern}$".replace("?P<number>", "").replace("?P<unit>", "")}
    return WithJsonSchema({"anyOf": [{"type": "integer", "minimum": minimum}, written]})


Length = Annotated[Count, _READ, _schema(1)]
"""A length of at least one tick."""

LengthOrZero = Annotated[Whole, _READ, _schema(0)]
"""A length in ticks that may be zero."""

Start = Annotated[Whole, BeforeValidator(_in_occasions), _schema(0)]
"""The number of an end of the interval, from 0, whether the scheduler is stepped there or not."""


def _rising(milestones: tuple[int, ...]) -> tuple[int, ...]:
    found = [
        Problem((index,), f"{here} given after {before}; milestones must rise, although torch accepts any order")
        for index, (before, here) in enumerate(pairwise(milestones), start=1)
        if here < before
    ]
    if found:
        raise misfit(found)
    return milestones


Milestones = Annotated[tuple[LengthOrZero, ...], Listed]
"""Ticks in any order; one may occur twice."""

RisingMilestones = Annotated[Milestones, AfterValidator(_rising)]
"""Rising ticks; one may occur twice."""


@cache
def lengths(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of a model that hold a length, or a list of lengths."""

    def written(annotation: Any) -> bool:
        return annotation is _READ or any(map(written, get_args(annotation)))

    return tuple(
        key for key, field in model.model_fields.items() if _READ in field.metadata or written(field.annotation)
    )
