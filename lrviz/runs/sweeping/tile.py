"""A tile: a piece of a sweep's work as plain data, a pure function of its description, which names it in the store."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from lrviz.foundation.arrays import np
from lrviz.foundation.errors import UnfinishedError
from lrviz.runs.sweeping.packing import packed
from lrviz.runs.sweeping.surroundings import Surroundings, here

Arrays = Mapping[str, "np.ndarray[Any, Any]"]
"""The result of a tile: arrays by name, each with one value for each of its points, in their order."""


class Tile(ABC):
    """A piece of work. Picklable; its result depends on its description and nothing else."""

    __slots__ = ()

    @abstractmethod
    def description(self) -> Mapping[str, Any]:
        """Return everything that the arrays depend on, as plain data for JSON."""

    @abstractmethod
    def compute(self) -> Arrays:
        """Return the arrays.

        Raises Refusal or DocumentError where torch would refuse what is swept.
        """

    def key(self, surroundings: Surroundings) -> str:
        """Return the name of its arrays: a hash of the description and of the surroundings."""
        described = {"tile": self.description(), **surroundings.described()}
        return sha256(json.dumps(described, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Placed:
    """A tile, and the place of its points: those from `first` on in the flattened grid of entry number `entry`."""

    tile: Tile
    entry: int
    first: int
    last: int


def perform(tile: Tile, key: str, surroundings: Surroundings) -> bytes:
    """Compute a tile in the process that calls this, and return its arrays packed.

    surroundings: the caller's; others may give other bytes, and are refused.
    Raises UnfinishedError for others, and what the tile raises.
    """
    if told := surroundings.apart(here()):
        raise UnfinishedError(f"worker refused: {told}; its results could differ from those computed here")
    return packed(tile.compute(), key)
