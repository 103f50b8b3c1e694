"""The heading of a picture: its title, and under it what says more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from matplotlib.figure import Figure

from lrviz.render.figures import style
from lrviz.render.figures.text_size import height, wrap


@dataclass(frozen=True, slots=True)
class Heading:
    """Rows of text from the upper edge down. edge: inches over and left of them; dpi: the picture's resolution."""

    title: Sequence[str]
    told: Sequence[str]
    edge: float
    dpi: float

    @classmethod
    def of(cls, title: str, told: Iterable[str], width: float, edge: float, dpi: float, *, most: int = 2) -> Self:
        """Return the heading of a picture `width` inches wide; most: rows of the title, and of each text under it."""
        room = (width - 2 * edge) * dpi
        rows = [row for text in told for row in wrap(text, room, style.TEXT, dpi, most=most)]
        return cls(wrap(title, room, style.TITLE, dpi, most=most, weight="bold"), rows, edge, dpi)

    @property
    def under_title(self) -> float:
        """Inches from the picture's upper edge to the lower end of the title."""
        return self.edge + height(style.TITLE, self.dpi, len(self.title)) / self.dpi

    @property
    def bottom(self) -> float:
        """Inches from the picture's upper edge to the lower end of all."""
        return self.under_title + height(style.TEXT, self.dpi, len(self.told)) / self.dpi

    def draw(self, figure: Figure) -> None:
        """Write it into a picture."""
        draw_rows(figure, (self.edge, self.edge), self.title, style.TITLE, style.INK, weight="bold")
        draw_rows(figure, (self.edge, self.under_title), self.told, style.TEXT, style.FAINT)


def draw_rows(
    figure: Figure,
    at: tuple[float, float],
    rows: Sequence[str],
    size: float,
    colour: str,
    *,
    weight: str = "normal",
    gid: str = "heading",
) -> None:
    """Write rows of text into a picture; at: inches from its left edge and its upper one; gid: what they are."""
    (left, top), (wide, tall) = at, figure.get_size_inches()
    figure.text(
        left / wide, 1 - top / tall, "\n".join(rows), fontsize=size, weight=weight, color=colour, ha="left", va="top",
        linespacing=1.2, parse_math=False, gid=gid,
    )  # fmt: skip
