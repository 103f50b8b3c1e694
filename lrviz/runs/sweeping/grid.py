"""What the tiles of a grid share: an entry, and some of the points of the grid of swept values."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from lrviz.documents.subject import Subject
from lrviz.results import FloatArray
from lrviz.runs.sweeping.surroundings import code_of
from lrviz.runs.sweeping.tile import Tile

if TYPE_CHECKING:
    from lrviz.documents.schedule import ScheduleDocument


@dataclass(frozen=True, slots=True, eq=False)
class GridTile(Tile):
    """One entry at the points `first` to `last` of the flattened grid. keys: of the axes; values: of each axis."""

    subject: Subject
    keys: tuple[str, ...]
    values: tuple[FloatArray, ...]
    first: int
    last: int

    @property
    @abstractmethod
    def terms(self) -> Mapping[str, Any]:
        """What the arrays depend on besides the entry and the points, as plain data for JSON."""

    @property
    @abstractmethod
    def on(self) -> Any:
        """The function or model that the entry is swept on."""

    @override
    def description(self) -> Mapping[str, Any]:
        schedule, optimizer = self.subject.entry.schedule, self.subject.optimizer
        return {
            **self.terms,
            "optimizer": {"name": optimizer.name, **{k: _number(v) for k, v in optimizer.hyperparameters().items()}},
            "code": code_of(type(self.on), type(optimizer), *([] if schedule is None else _classes(schedule))),
            # A config of another library has one row per update in any case.
            "schedule": None if schedule is None else [schedule.marked.data, schedule.marked.origin is not None],
            "axes": [[key, values.tolist()] for key, values in zip(self.keys, self.values, strict=True)],
            "points": [self.first, self.last],
        }

    def points(self) -> FloatArray:
        """Return the values at each point of the tile, [axes, points]."""
        at = np.unravel_index(np.arange(self.first, self.last), [len(one) for one in self.values])
        return np.stack([values[index] for values, index in zip(self.values, at, strict=True)])


def _classes(schedule: ScheduleDocument) -> list[type]:
    return [type(member.scheduler) for member in schedule.members()]


def _number(value: Any) -> Any:
    """Return a whole number as a float, because 0 and 0.0 are the same value."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
