"""Results that a notebook shows as a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrviz.render.figures.notebook import ShownFigure


class Shown(ABC):
    """A result that draws itself: where it is the last value of a cell its picture is shown."""

    __slots__ = ()

    @abstractmethod
    def plot(self) -> ShownFigure:
        """Return the picture that its command draws."""

    def _repr_png_(self) -> bytes:
        return self.plot()._repr_png_()
