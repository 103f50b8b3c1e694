"""The result of a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from typing_extensions import override

from lrviz.render.records.sweep import arrays_of, sweep_record
from lrviz.results import Swept, SweptEntry
from lrviz.runs.shown import Shown

if TYPE_CHECKING:
    from lrviz.render.figures.sweep import Artist, Axes, ShownFigure


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sweep(Shown):
    """A sweep that was run: a grid of results for each entry, and warnings. A notebook shows its picture."""

    swept: Swept
    warnings: tuple[str, ...] = ()

    @property
    @override
    def summary(self) -> str:
        return self.swept.name

    @property
    def entries(self) -> tuple[SweptEntry, ...]:
        """The entries, in the order they were given."""
        return self.swept.entries

    @property
    def arrays(self) -> dict[str, Any]:
        """What `lrviz sweep --npz` writes: arrays [entries, first axis, second axis], each axis by its key."""
        return arrays_of(self.swept)

    @overload
    def plot(self, ax: None = None) -> ShownFigure: ...

    @overload
    def plot(self, ax: Axes) -> list[Artist]: ...

    def plot(self, ax: Axes | None = None) -> ShownFigure | list[Artist]:
        """Return the picture that `lrviz sweep` draws, or draw it into `ax`, of maps the first; return the artists."""
        from lrviz.render.figures.sweep import SweepPicture, draw_sweep

        if ax is not None:
            return draw_sweep(ax, self.swept)
        return SweepPicture(self.swept).shown()

    def to_json(self) -> dict[str, Any]:
        """Return what `lrviz sweep --json` writes, without the version."""
        return sweep_record(self.swept)
