"""The table of torch's implementations of each optimizer, as a picture: which there are, and whether they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lrviz.render.figures import style
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.figures.picture import VERDICT, LatePicture
from lrviz.render.text.verdicts import sentence
from lrviz.results import Verdict

DPI, EDGE, ROW = 120, 0.14, 0.24
"""Pixels an inch; inches at the sides, and of a row."""
_COLUMNS = (1.5, 1.25)
"""Inches of the column of names, and of each of the others."""
_TITLE = "Torch's implementations of each optimizer"
_TOLD = {"agree": "same steps", "disagree": "DIFFERENT", "skipped": "not compared"}

Implementations = Mapping[str, Mapping[str, Verdict]]
"""By optimizer and implementation: the verdict on its steps."""


class ImplementationPicture(LatePicture):
    """A row for each optimizer, a column for each implementation: whether its steps are those of the reference."""

    def __init__(self, found: Implementations) -> None:
        super().__init__(lambda: _compose(found), EDGE)
        named = [(f"{name}, {way}", one) for name, ways in found.items() for way, one in ways.items()]
        verdicts = [one for _, one in named]
        told = sentence([name for name, _ in named], verdicts)
        self.sign(told, alarm=any(one.verdict == "disagree" for one in verdicts))


def _compose(found: Implementations) -> ShownFigure:
    ways = list(dict.fromkeys(way for known in found.values() for way in known))
    # At least as wide as the title.
    wide = 2 * EDGE + _COLUMNS[0] + max(len(ways), 3) * _COLUMNS[1]
    tall = round((EDGE + ROW * (len(found) + 2.6) + VERDICT) * DPI) / DPI
    figure = ShownFigure((wide, tall), dpi=DPI)

    def row(down: float, words: Sequence[str], looks: Sequence[dict[str, Any]], gid: str) -> None:
        for index, (word, look) in enumerate(zip(words, looks, strict=True)):
            left = EDGE + (_COLUMNS[0] + (index - 1) * _COLUMNS[1] if index else 0)
            figure.text(
                left / wide, 1 - (EDGE + ROW * down) / tall, word, va="center", parse_math=False, gid=gid,
                **{"fontsize": style.TEXT, "color": style.INK, **look},
            )  # fmt: skip

    row(0.4, [_TITLE], [{"fontsize": style.TITLE, "weight": "bold"}], "heading")
    row(1.9, ["", *ways], [{"weight": "bold"}] * (len(ways) + 1), "words")
    for index, (name, known) in enumerate(found.items()):
        cells = [_TOLD[known[way].verdict] if way in known else "\N{EN DASH}" for way in ways]
        looks = [_look(known.get(way)) for way in ways]
        row(index + 3, [name, *cells], [{"weight": "bold"}, *looks], "told")
    return figure


def _look(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"color": style.FAINT}
    return {"color": style.ALARM, "weight": "bold"} if verdict.verdict == "disagree" else {"color": style.PATHS[0]}
