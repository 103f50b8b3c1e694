"""What `lrviz diff` shows of a difference: the picture by its artists, the plot in a terminal and the table."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from rich.console import Console

from lrviz.render.figures.difference import DifferencePicture
from lrviz.render.figures.notebook import ShownFigure
from lrviz.render.terminal.difference_plot import difference_plot
from lrviz.render.text.difference_table import difference_table, told_apart
from lrviz.results import Difference
from lrviz.runs.differing.comparing import Terms, compared
from tests.planted import changed, side_of

Kind = TypeVar("Kind", bound=Artist)

COSINE: dict[str, Any] = {
    "epochs": 90,
    "optimizer": {"name": "SGD", "lr": 0.1},
    "scheduler": {"name": "CosineAnnealingLR", "T_max": 90},
}


def to(epochs: int = 90, lr: float = 0.1, window: str | None = None) -> Difference:
    """Return the difference of the cosine from one of other numbers."""
    plain = {**COSINE, "epochs": epochs, "optimizer": {"name": "SGD", "lr": lr}}
    return compared(side_of(COSINE, "plan.yaml"), side_of(plain, "run.yaml"), Terms(window=window))


def drawn(difference: Difference) -> ShownFigure:
    return DifferencePicture(difference).shown()


def named(figure: ShownFigure, gid: str, kind: type[Kind]) -> list[Kind]:
    return [one for one in figure.findobj(kind) if one.get_gid() == gid]


def test_the_first_and_the_largest_difference_are_marked() -> None:
    side = side_of(COSINE)
    difference = compared(side, changed(side, lambda lr: np.where(np.arange(90) < 30, lr, lr / 2)))
    figure = drawn(difference)
    rates, apart = figure.axes
    lines = named(figure, "first", Line2D)
    assert [one.axes for one in lines] == [rates, apart]
    assert all(list(np.asarray(one.get_xdata())) == [30, 30] for one in lines)
    ends, below = named(figure, "largest", Line2D)
    lr = side.tracks[0].lr
    assert list(np.asarray(ends.get_ydata())) == [lr[30], lr[30] / 2]
    assert list(np.asarray(below.get_ydata())) == [-lr[30] / 2]
    texts = [one.get_text() for one in figure.findobj(Text)]
    assert {"run compared with plan", "different from epoch 30 on", "first difference: epoch 30"} <= set(texts)
    assert "largest: −0.0375 at epoch 30" in texts
    assert apart.get_xlabel() == "epoch"


@pytest.mark.parametrize(
    ("epochs", "window", "part", "shades"),
    [
        (60, None, (0, 90), [(60, 90)]),
        (20, None, (0, 25), [(20, 25)]),
        (90, "40:50", (40, 50), []),
    ],
)
def test_what_was_compared_fills_the_picture(
    epochs: int, window: str | None, part: tuple[int, int], shades: list[tuple[int, int]]
) -> None:
    difference = to(epochs, 0.2, window)
    figure = drawn(difference)
    assert [ax.get_xlim() for ax in figure.axes] == [part] * 2
    patches = named(figure, "not compared", Rectangle)
    assert [(one.get_x(), one.get_x() + one.get_width()) for one in patches] == shades * 2
    begin, end = difference_plot(difference, 80, 8).plain.splitlines()[-1].split(maxsplit=1)
    assert (begin, end) == (str(part[0]), f"{part[1]} epochs")


@pytest.mark.parametrize("factor", [1.0, 1 + 1e-12])
def test_what_is_allowed_looks_like_nothing(factor: float) -> None:
    difference = to(lr=0.1 * factor)
    assert difference.verdict == "same"
    low, high = drawn(difference).axes[1].get_ylim()
    assert low < -1e-10
    assert 1e-10 < high < 1e-9


def test_two_explanations_of_one_sentence_are_said_once() -> None:
    side = side_of(COSINE)
    difference = compared(side, changed(side, lambda lr: 8 * lr[::2]))
    console = Console(width=100)
    with console.capture() as caught:
        console.print(difference_table(difference))
    assert "DIFF003 scaled + DIFF004 stretched: B is 8 times A with 2 ticks per update\n" in caught.get()
    (told,) = told_apart(difference)
    assert told.count("2 ticks per update") == 1


def test_the_groups_that_are_farthest_apart_are_drawn() -> None:
    def of(factor: float) -> Any:
        groups = [{"name": f"layer {n}", "lr": 0.1 * (factor if n > 2 else 1)} for n in range(6)]
        return side_of({**COSINE, "optimizer": {"name": "SGD", "lr": 0.1, "groups": groups}})

    figure = drawn(compared(of(1), of(2)))
    assert [one.get_text() for one in named(figure, "end", Text)] == ["layer 0", "layer 3", "layer 4", "layer 5"]
    assert any("2 groups with smaller differences" in one.get_text() for one in named(figure, "heading", Text))
