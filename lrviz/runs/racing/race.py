"""What a race gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from typing_extensions import override

from lrviz.render.records.race import race_record
from lrviz.render.text.verdicts import race_sentence
from lrviz.results import Contest, Contestant
from lrviz.runs.shown import Shown

if TYPE_CHECKING:
    from lrviz.render.figures.race import Artist, Axes, ShownFigure


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Race(Shown):
    """A race that was run: the contest with its contestants, and warnings. It draws itself in a notebook."""

    contest: Contest
    warnings: tuple[str, ...] = ()

    @property
    @override
    def summary(self) -> str:
        return self.contest.name

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

    def to_html(self, source: str = "") -> str:
        """Return the page that `lrviz race -o FILE.html` writes; source: where the race was asked for."""
        from lrviz.pages import Told, single_page
        from lrviz.render.interactive.race import race_view

        told = Told(
            source or f"{', '.join(one.label for one in self.entries)} on {self.contest.function.name}",
            race_sentence(self.entries),
            any(one.verdict.verdict == "disagree" for one in self.entries),
            self.warnings,
        )
        return single_page(race_view(self.contest), told).decode()

    def to_json(self) -> dict[str, Any]:
        """Return what `lrviz race --json` writes, without the versions."""
        return race_record(self.contest, self.warnings)
