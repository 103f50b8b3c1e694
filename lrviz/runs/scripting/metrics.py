"""What plateaus watch, as Python: a formula where it computes every value, else the values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from lrviz.documents.loop import Member
from lrviz.documents.schedule import ScheduleDocument
from lrviz.language.expression import Expression
from lrviz.runs.scripting.calls import as_lambda


@dataclass(frozen=True, slots=True)
class Metrics:
    """What each of the plateaus watches, by its variable.

    counted: those whose calls have to be counted to know which value each is given.
    """

    watched: Mapping[str, Expression | list[float]]
    counted: frozenset[str]

    @classmethod
    def of(cls, document: ScheduleDocument, members: Mapping[str, Member]) -> Self:
        """Return what the members of a loop, by their variables, watch."""
        watching = {name: one for name, one in members.items() if one.scheduler.watches_metric and one.ticks}
        most = max((one.ticks for one in watching.values()), default=0)
        formula = None if document.metric is None else document.metric.expression
        # With ticks in it, it is a formula of each, and may have no value beyond those.
        apart = formula is not None and "ticks" in dict(formula.constants)
        watched: dict[str, Expression | list[float]] = {}
        for name, member in watching.items():
            values: list[float] = document.watched(member.scheduler, member.ticks if apart else most).tolist()
            # What is NaN in NumPy is an error of Python's math.
            written = formula if all(map(math.isfinite, values)) else None
            watched[name] = values if written is None else written.given(document.own_clock(member.scheduler).constants)
        counted = (name for name, one in watching.items() if not _told_by_the_tick(one, document))
        return cls(watched, frozenset(counted))

    @property
    def formulas(self) -> list[Expression]:
        """The formulas among them."""
        return [one for one in self.watched.values() if isinstance(one, Expression)]

    @property
    def counts(self) -> bool:
        """Whether the script needs itertools.count."""
        return any(isinstance(self.watched[name], Expression) for name in self.counted)

    @property
    def _apart(self) -> bool:
        """Whether plateaus watch different values: in a formula with ticks, each its own."""
        return len(set(map(repr, self.watched.values()))) > 1

    def _source(self, name: str) -> str:
        """Return the variable of what a plateau's values are taken from."""
        return name.replace("scheduler", "metric") if self._apart else "metric"

    def lines(self) -> Iterator[str]:
        """Yield the lines that define them."""
        for name in list(self.watched)[: None if self._apart else 1]:
            yield f"{self._source(name)} = {_written(self.watched[name])}"
        for name in (name for name in self.watched if name in self.counted):
            formula = isinstance(self.watched[name], Expression)
            values = f"map({self._source(name)}, count())" if formula else f"iter({self._source(name)})"
            yield f"{_one_by_one(name)} = {values}"

    def given(self, name: str, tick: str) -> str:
        """Return what a plateau's step() is called with; tick: its tick, which matters where calls are not counted."""
        if name in self.counted:
            return f"next({_one_by_one(name)})"
        source = self._source(name)
        return f"{source}({tick})" if isinstance(self.watched[name], Expression) else f"{source}[{tick}]"


def _told_by_the_tick(member: Member, document: ScheduleDocument) -> bool:
    even = isinstance(member.when, range) and member.when.start < member.when.step
    return even and member.repeat == 1 and document.beat != "batch"


def _one_by_one(name: str) -> str:
    """Return the variable of the values that a plateau is given, one a call."""
    return name.replace("scheduler", "metrics")


def _written(metric: Expression | list[float]) -> str:
    if isinstance(metric, Expression):
        return as_lambda(metric)
    values = ", ".join(repr(value) if math.isfinite(value) else f'float("{value}")' for value in metric)
    return f"[{values}]"
