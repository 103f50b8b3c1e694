"""The surface of a race as data: what is known of its function, and its values where pictures need them."""

from __future__ import annotations

from dataclasses import dataclass

from lrviz.foundation.arrays import FloatArray
from lrviz.foundation.plane import Box, Point

DOTS = tuple(base * 10**power for power in range(7) for base in (1, 2, 5))
"""Steps after which a path has a dot."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What is known of the function of a race; as in `lrviz.functions.Function`."""

    name: str
    title: str
    character: str
    view: Box
    domain: Box
    minima: tuple[Point, ...]
    minimum: float | None

    def named_in(self, heading: str) -> bool:
        """Whether a heading says already which function it is."""
        return self.title.casefold() in heading.casefold()


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """The function over what a picture shows.

    box: the view, wide enough for the start and every end in the domain; values: [rows, columns] at the centres
    of cells that fill it, row 0 the lowest; net: [rows, columns] at points that reach its edges, fewer.
    """

    box: Box
    values: FloatArray
    net: FloatArray
