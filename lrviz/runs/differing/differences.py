"""What comparing two sources gives, with pictures and data of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lrviz.render.records.difference import difference_record
from lrviz.results import Cause, Difference, GroupDifference, Verdict
from lrviz.runs.shown import Shown

if TYPE_CHECKING:
    from lrviz.render.figures.difference import ShownFigure


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Differences(Shown):
    """Whether two sources give the same learning rates, and if not, why. A notebook shows its picture.

    verdicts: of the cross-check of each document among them; warnings: what is odd about the sources, a line each.
    """

    difference: Difference
    verdicts: tuple[Verdict, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    @override
    def summary(self) -> str:
        return f"{self.difference.a} and {self.difference.b}, {self.difference.verdict}"

    @property
    def same(self) -> bool:
        """Whether nothing differs by more than the tolerance."""
        return self.difference.verdict == "same"

    @property
    def causes(self) -> tuple[Cause, ...]:
        """All explanations that fit."""
        return self.difference.causes

    @property
    def groups(self) -> tuple[GroupDifference, ...]:
        """The first and the largest difference of each group."""
        return self.difference.groups

    @override
    def plot(self) -> ShownFigure:
        """Return the picture that `lrviz diff` draws."""
        from lrviz.render.figures.difference import DifferencePicture

        picture = DifferencePicture(self.difference)
        picture.stamp(self.verdicts)
        return picture.shown()

    def to_json(self) -> dict[str, Any]:
        """Return what `lrviz diff --json` writes."""
        return difference_record(self.difference)
