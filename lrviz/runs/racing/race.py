"""What a race gives."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrviz.results import Contest, Contestant

if TYPE_CHECKING:
    from lrviz.render.figures.race import Artist, Axes


@dataclass(frozen=True, slots=True, eq=False)
class Race:
    """A race that was run: the contest with its contestants, and warnings. It draws itself in a notebook."""

    contest: Contest
    warnings: tuple[str, ...] = ()

    @property
    def entries(self) -> tuple[Contestant, ...]:
        """The contestants, in the order they were given."""
        return self.contest.contestants

    def plot(self, ax: Axes | None = None) -> list[Artist]:
        """Draw the surface and the paths into `ax`, or into a new figure, and return the artists."""
        from lrviz.render.figures.race import draw_race, new_axes

        return draw_race(new_axes() if ax is None else ax, self.contest)

    def to_json(self) -> dict[str, Any]:
        """Return what `lrviz race --json` writes, without the versions."""
        from lrviz.render.records.race import race_record

        return race_record(self.contest, self.warnings)

    def _repr_png_(self) -> bytes:
        from lrviz.render.figures.race import RacePicture

        stream = io.BytesIO()
        picture = RacePicture(self.contest)
        picture.stamp(self.contest)
        picture.save(stream, "png")
        return stream.getvalue()
