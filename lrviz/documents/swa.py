"""The averaging part of a schedule document."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from pydantic import Field
from typing_extensions import override

from lrviz.foundation.errors import Problem
from lrviz.language.length import LengthOrZero
from lrviz.schedulers import SWALR
from lrviz.schedulers.facts import Awaited
from lrviz.schedulers.situation import Situation
from lrviz.schedulers.stepping import Stepping


class Swa(SWALR):
    """The averaging part of a run: SWALR, stepped instead of the scheduler after update t where t > start."""

    start: LengthOrZero = Field(description="the last tick after which the scheduler, not SWALR, steps")

    @override
    def arguments(self) -> dict[str, Any]:
        return {key: value for key, value in super().arguments().items() if key != "start"}

    @override
    def awaited(self) -> Iterator[Awaited]:
        yield Awaited(("start",), self.start, self.start, Fraction(3, 4))

    @override
    def problems(self, where: Situation) -> Iterator[Problem]:
        yield from super().problems(where)
        for key in Stepping.model_fields:
            if key != "start" and key in self.model_fields_set:
                yield Problem((key,), "given; swa is stepped at each end of the document's interval", of_key=True)
