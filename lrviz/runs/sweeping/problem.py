"""The problem of a sweep, which cuts a grid into tiles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from lrviz.documents.subject import Subject
from lrviz.documents.sweep import SweepDocument
from lrviz.foundation.numerals import short
from lrviz.results import BoolArray, FloatArray, GridAxis, Swept, Tiles
from lrviz.runs.sweeping.tile import Arrays, Placed, Tile

QUARTILES = dict.fromkeys(("median", "low", "high", "diverged"), "f8")
"""The arrays of a grid whose points have several starts, or an expectation."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem(ABC):
    """A grid of work: tiles in, a result out. A kind of problem is a subclass of this, and one of Tile.

    subjects: the entries as they are swept; warnings: what a reader of the result should know, a sentence each.
    """

    document: SweepDocument
    subjects: tuple[Subject, ...]
    warnings: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def points(self) -> int:
        """How many points the grid of each has."""
        return int(np.prod([len(one) for one in self.document.values]))

    @property
    def axes(self) -> tuple[GridAxis, ...]:
        """The axes of the grid, as the document gives them."""
        return tuple(map(GridAxis, self.document.keys, self.document.values, self.document.logs))

    @property
    def fields(self) -> Mapping[str, str]:
        """The arrays that every tile results in, by name, with the type of their values."""
        return QUARTILES

    @abstractmethod
    def size(self, subject: Subject) -> int:
        """Return how many points of a subject are in a tile; it depends on nothing but the work itself."""

    @abstractmethod
    def tile(self, subject: Subject, first: int, last: int) -> Tile:
        """Return the tile of a subject's points from `first` on, up to `last`."""

    def tiles(self) -> Iterator[Placed]:
        """Yield the tiles, each when it is needed: all of them together may be larger than the memory."""
        for entry, subject in enumerate(self.subjects):
            size = self.size(subject)
            for first in range(0, self.points, size):
                last = min(first + size, self.points)
                yield Placed(self.tile(subject, first, last), entry, first, last)

    @abstractmethod
    def put_together(self, arrays: Arrays, tiles: Tiles) -> Swept:
        """Return the result of arrays, each [entries, points]."""


def given_lr(subject: Subject) -> str:
    """Say which lr an entry has that no axis and no schedule sets."""
    known = short(float(subject.optimizer.hyperparameters()["lr"]))
    return f"lr {known}" if subject.entry.lr_given else f"lr {known}, the default"


def best(median: FloatArray, diverged: FloatArray) -> tuple[int, ...] | None:
    """Return where the median is least, among points with fewer than half of the starts diverging; None without any."""
    # A path that diverges and comes back is luck.
    stays: BoolArray = diverged < 0.5
    kept = np.where(stays, median, np.inf)
    at = np.unravel_index(int(np.argmin(kept)), kept.shape)
    return tuple(map(int, at)) if np.isfinite(kept[at]) else None
