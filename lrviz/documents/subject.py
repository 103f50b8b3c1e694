"""An entry of a sweep: an optimizer or a schedule document, which takes the values of swept keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from lrviz.documents.entries import Entry
from lrviz.documents.faults import Keys, problems_of
from lrviz.documents.hints import hint, scheduler_keys
from lrviz.documents.override import Override, parse
from lrviz.foundation.errors import DocumentError, Fault, Problem, Refusal, UsageError
from lrviz.optimizers import Optimizer
from lrviz.optimizers.hyperparameters import place

if TYPE_CHECKING:
    from lrviz.documents.schedule import ScheduleDocument

_KEY = re.compile(r"(?P<name>\w+)(?:\[(?P<part>[0-9]{1,9})\])?")


@dataclass(frozen=True, slots=True)
class Subject:
    """An entry that can be made for each point of a grid. steps: of each path, for which its schedule has to last."""

    entry: Entry
    steps: int

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer as the entry gives it."""
        return self.entry.optimizer

    @property
    def chain(self) -> str:
        """The schedulers that it runs under, in words; "" if there are none, or the entry's name says it."""
        schedule = self.entry.schedule
        return "" if schedule is None or schedule.chain in self.entry.name else schedule.chain

    def at(self, values: Mapping[str, float]) -> tuple[Optimizer, ScheduleDocument | None]:
        """Return the optimizer and the schedule with the values of swept keys in place of the entry's own.

        Raises Refusal where the entry has no such key or does not take the value.
        """
        schedule = self.entry.schedule
        if schedule is None:
            return self._alone(values), None
        from lrviz.documents.schedule import ScheduleDocument

        # Of two parts of one pair, the second is put beside the first.
        known = dict(self.optimizer.hyperparameters())
        overrides = [self._override(key, value, known) for key, value in values.items()]
        marked = schedule.marked
        try:
            found = ScheduleDocument.of(marked, FilePath(marked.source).parent, overrides, watched=True)
        except DocumentError as error:
            raise Refusal(*(Problem((), _unsaid(fault)) for fault in error.faults)) from None
        if found.updates < self.steps:
            told = f"the schedule has {found.updates} steps then, a path {self.steps}; --steps makes paths shorter"
            raise Refusal(Problem((), told))
        return found.optimizer.groups[0].optimizer, found

    def _alone(self, values: Mapping[str, float]) -> Optimizer:
        known = self.optimizer.hyperparameters()
        for key, value in values.items():
            name, part = self._place(key)
            if part is None:
                known[name] = value
            else:
                both = list(known[name])
                both[part] = value
                known[name] = tuple(both)
        given = {"name": self.optimizer.name, **known}
        try:
            found = type(self.optimizer).model_validate(given)
        except ValidationError as error:
            problems = problems_of(error, given, lambda _: Keys())
            # The caller, which has set the values, names their keys.
            told = [one.text if one.path[0] in values else f"{one.path[0]}: {one.text}" for one in problems]
            raise Refusal(*(Problem((), one) for one in told)) from None
        return found

    def _place(self, key: str) -> tuple[str, int | None]:
        """Return the hyperparameter that a key names, and which part of it.

        Raises Refusal where there is none.
        """
        known, match = self.optimizer.hyperparameters(), _KEY.fullmatch(key)
        if match is not None:
            name, part = place(match["name"]) if match["part"] is None else (match["name"], int(match["part"]))
            if name in known and _takes(known[name], part):
                return name, part
        able = self.swept_keys()
        schedule = self.entry.schedule
        inner = {} if schedule is None else scheduler_keys(schedule.marked.data.get("scheduler"), ("scheduler",))
        told = f"{self.entry.label} has no such key; it has {', '.join(able)}{hint(key, able, inner)}"
        if key.startswith("scheduler") and self.entry.schedule is None:
            told = f"{self.entry.label} has no schedule; name a document, or give a schedule for all entries"
        raise Refusal(Problem((), told))

    def swept_keys(self) -> list[str]:
        """Return the keys of its optimizer that can be swept."""
        found: list[str] = []
        for name, value in self.optimizer.hyperparameters().items():
            if isinstance(value, tuple):
                parts = range(len(value))
                found += [f"beta{part + 1}" if name == "betas" else f"{name}[{part}]" for part in parts]
            elif _takes(value, None):
                found.append(name)
        return found

    def _override(self, key: str, value: float, known: dict[str, Any]) -> Override:
        match = _KEY.fullmatch(key)
        plain: Any = int(value) if float(value).is_integer() else value
        own = match is not None and place(match["name"])[0] in known
        if not own and key.split(".", maxsplit=1)[0].partition("[")[0] not in self._written():
            self._place(key)
        if not own:
            try:
                return Override(parse(f"{key}=0")[0].path, plain, f"{key}={plain}")
            except UsageError:
                told = "no path in a schedule document; write for example scheduler.schedulers[1].T_max"
                raise Refusal(Problem((), told)) from None
        name, part = self._place(key)
        if part is not None:
            both = list(known[name])
            both[part] = plain
            plain = known[name] = both
        return Override(("optimizer", name), plain, f"{key}={plain}")

    def _written(self) -> list[str]:
        """Return the parts of its schedule document."""
        assert self.entry.schedule is not None
        return list(self.entry.schedule.marked.data)


def _takes(value: Any, part: int | None) -> bool:
    """Return whether a hyperparameter with such a value can be swept, or a part of it."""
    if part is not None:
        return isinstance(value, tuple) and part < len(value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unsaid(fault: Fault) -> str:
    """Return a fault of a document with a swept value, without its place: the caller names the axis."""
    return ": ".join(part for part in (fault.field, fault.text) if part)
