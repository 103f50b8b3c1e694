"""What resuming gives: the curves, the verdict on the uninterrupted one, and pictures of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from typing_extensions import override

from lrviz.foundation.numerals import plural
from lrviz.render.records.resume import resume_record
from lrviz.results import Interrupted, Verdict
from lrviz.runs.shown import Shown

if TYPE_CHECKING:
    from lrviz.render.figures.resume import Artist, Axes, ShownFigure


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Resumption(Shown):
    """A run that was interrupted, and how it goes on; it draws itself in a notebook.

    verdict: of the cross-check of the run without an interruption.
    """

    interrupted: Interrupted
    verdict: Verdict
    warnings: tuple[str, ...] = ()

    @property
    @override
    def summary(self) -> str:
        return f"{self.interrupted.curves.name}, interrupted after {plural(self.interrupted.at, 'update')}"

    @overload
    def plot(self, ax: None = None) -> ShownFigure: ...

    @overload
    def plot(self, ax: Axes) -> list[Artist]: ...

    def plot(self, ax: Axes | None = None) -> ShownFigure | list[Artist]:
        """Return the picture that `lrviz resume` draws, or draw every recipe into `ax` and return the artists."""
        from lrviz.render.figures.resume import ResumePicture, draw_resumed

        if ax is not None:
            return draw_resumed(ax, self.interrupted)
        picture = ResumePicture(self.interrupted)
        picture.stamp(self.verdict)
        return picture.shown()

    def to_json(self) -> dict[str, Any]:
        """Return what `lrviz resume --json` writes."""
        return resume_record(self.interrupted, self.verdict, self.warnings)
