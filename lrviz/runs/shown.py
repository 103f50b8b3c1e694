"""Results that a notebook shows as a picture, and a prompt in one line."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from lrviz.foundation.printable import printable

if TYPE_CHECKING:
    from lrviz.render.figures.notebook import ShownFigure


class Shown(ABC):
    """A result that draws itself: where it is the last value of a cell its picture is shown."""

    __slots__ = ()

    @property
    @abstractmethod
    def summary(self) -> str:
        """What it is, in a few words: "SGD and Adam on Booth"."""

    def __repr__(self) -> str:
        # Not every number of every array.
        return f"<lrviz.{type(self).__name__}: {printable(self.summary)}>"

    @abstractmethod
    def plot(self) -> ShownFigure:
        """Return the picture that its command draws."""

    def _repr_png_(self) -> bytes:
        return self.plot()._repr_png_()
