"""What is swept on: something with a name that cuts a grid into tiles."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping

from lrviz.results import Swept, Tiles
from lrviz.runs.sweeping.tile import Arrays, Placed


class Problem(ABC):
    """A grid of work: tiles in, a result out. A kind of problem is a class of this and its kind of tile."""

    @property
    @abstractmethod
    def entries(self) -> int:
        """How many entries there are."""

    @property
    @abstractmethod
    def points(self) -> int:
        """How many points the grid of each has."""

    @property
    @abstractmethod
    def fields(self) -> Mapping[str, str]:
        """The arrays that every tile comes to, by name, with the type of their values."""

    @abstractmethod
    def tiles(self) -> Iterator[Placed]:
        """Yield the tiles, each when it is needed: all of them together may be larger than the memory."""

    @abstractmethod
    def put_together(self, arrays: Arrays, tiles: Tiles) -> Swept:
        """Return the result of arrays, each [entries, points]."""
