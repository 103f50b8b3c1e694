"""What a race gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from lrviz.render.records.race import race_record
from lrviz.results import Contest, Contestant
from lrviz.runs.shown import Shown

if TYPE_CHECKING:
    from lrviz.render.figures.race import Artist, Axes, ShownFigure


@dataclass(frozen=True, slots=True, eq=False)
class Race(Shown):
    """A race that was run: the contest with its contestants, and warnings. It draws itself in a notebook."""

    contest: Contest
    warnings: tuple[str, ...] = ()

    @property
    def entries(self) -> tuple[Contestant, ...]:
        """The contestants, in the order they were given."""
        return self.contest.contestants

    @overload
    def plot(self, ax: None = None) -> ShownFigure: ...

    @overload
    def plot(self, ax: Axes) -> list[Artist]: ...

    def plot(self, ax: Axes | None = None) -> ShownFigure | list[Artist]:
        """Return the picture that `lrviz race` draws, or draw surface and paths into `ax` and return the artists."""
        from lrviz.render.figures.portrait import PortraitPicture
        from lrviz.render.figures.race import RacePicture, draw_race

        if ax is not None:
            return draw_race(ax, self.contest)
        picture = PortraitPicture(self.contest) if self.contest.varied else RacePicture(self.contest)
        picture.stamp(self.contest)
        return picture.shown()

    def to_json(self) -> dict[str, Any]:
        """Return what `lrviz race --json` writes, without the versions."""
        return race_record(self.contest, self.warnings)
