"""When the training loop steps a scheduler: the keys of a document that are not parameters of the class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal, get_args

from pydantic import Field
from pydantic_core import PydanticCustomError

from lrviz.foundation.errors import Problem
from lrviz.language.fields import Count, Model, computed_whole
from lrviz.language.length import Cadence, Interval, Start
from lrviz.schedulers.situation import Reading, Situation

Param = Literal["weight_decay", "momentum", "beta1"]
"""A hyperparameter other than lr that a schedule may set; beta1 is the first of betas."""


class Stepping(Model):
    """How the loop steps a scheduler: of the whole document, or a member of the top-level list.

    After the end number i of its interval (i = 0, 1, ...) it is stepped `repeat` times, where i > start and
    (i + 1) % frequency == 0.
    """

    interval: Interval | None = Field(
        None, description="when it is stepped: once an epoch, every step, or every batch (default: the document's)"
    )
    frequency: Count = Field(1, description="with n it is stepped at every nth end of its interval")
    repeat: Count = Field(1, description="steps made each time; accelerate makes one for each process")
    start: Start | None = Field(
        None, description="stepped only where epoch > start (or step, or batch), counted from 0"
    )
    fractional: bool = Field(
        False, description="stepped after each update as step(epoch + i / steps_per_epoch); its ticks are epochs"
    )
    param: Param | None = Field(
        None, description="what it schedules instead of lr; torch needs a second optimizer, whose lr is that value"
    )

    @property
    def cadence(self) -> Cadence:
        """How it is stepped if the document's interval does not matter."""
        return Cadence(self.interval or "epoch", self.frequency, self.repeat, self.fractional)

    def misplaced(self, where: Situation) -> Iterator[Problem]:
        """Yield what the loop cannot do."""
        given = [key for key in Stepping.model_fields if key in self.model_fields_set]
        if where.parents:
            for key in given:
                yield Problem(
                    (key,),
                    f"given inside {where.parents[-1]}, which steps it; only the scheduler, or a member of the "
                    "top-level list, is stepped by the loop",
                    of_key=True,
                )
        if self.fractional:
            for key in ("frequency", "repeat"):
                if key in given:
                    yield Problem((key,), "given with fractional; it is stepped once after each update", of_key=True)
            if self.interval in {"epoch", "batch"}:
                yield Problem(("interval",), f"{self.interval} given with fractional; it is stepped after each update")


def stepped_as(data: Any, reading: Reading) -> dict[str, Any]:
    """Return what the keys of a scheduler change in the situation of its lengths and of what it cycles.

    A key that is not valid changes nothing: its own validation reports it.
    """
    if not isinstance(data, Mapping) or not any(key in data for key in Stepping.model_fields):
        return {}

    def whole(key: str) -> int:
        try:
            given: Any = computed_whole(data.get(key, 1))
        except PydanticCustomError:
            return 1
        valid = isinstance(given, int | float) and not isinstance(given, bool) and given >= 1 and given % 1 == 0
        return int(given) if valid else 1

    own: Any = data.get("interval")
    interval: Interval = own if own in get_args(Interval) else reading.interval
    fractional = data.get("fractional") is True
    cadence = Cadence(interval, whole("frequency"), whole("repeat"), fractional)
    clock = reading.clock_of(cadence)
    if clock is not None and data.get("start") is not None:
        # It counts from its own first step on.
        clock = replace(clock, tells_epoch=False)
    changed: dict[str, Any] = {
        "clock": clock,
        "occasions": reading.clock_of(Cadence("step" if fractional else interval)),
    }
    if data.get("param") in get_args(Param):
        # The second optimizer, whose lr the hyperparameter is, has nothing else.
        changed |= {"cycled": "", "optimizer": f"the schedule of {data['param']}"}
    return changed
