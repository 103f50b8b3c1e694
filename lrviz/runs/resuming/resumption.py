"""What resuming gives: the curves, the verdict on the uninterrupted one, and pictures of them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrviz.results import Interrupted, Verdict

if TYPE_CHECKING:
    from lrviz.render.figures.resume import Figure


@dataclass(frozen=True, slots=True, eq=False)
class Resumption:
    """A run that was interrupted, and how it goes on; it draws itself in a notebook.

    verdict: of the cross-check of the run without an interruption.
    """

    interrupted: Interrupted
    verdict: Verdict
    warnings: tuple[str, ...] = ()

    def plot(self) -> Figure:
        """Draw every recipe over the uninterrupted run, and return the figure."""
        from lrviz.render.figures.resume import ResumePicture

        picture = ResumePicture(self.interrupted)
        picture.stamp(self.verdict)
        return picture.figure

    def to_json(self) -> dict[str, Any]:
        """Return what `lrviz resume --json` writes."""
        from lrviz.render.records.resume import resume_record

        return resume_record(self.interrupted, self.verdict, self.warnings)

    def _repr_png_(self) -> bytes:
        from lrviz.render.figures.resume import ResumePicture

        stream = io.BytesIO()
        picture = ResumePicture(self.interrupted)
        picture.stamp(self.verdict)
        picture.save(stream, "png")
        return stream.getvalue()
