"""The braille plot: known shapes, dot by dot."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures import style
from lrviz.render.text.terminal_plot import braille_plot
from lrviz.results import Curves

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def curves_of(lr: ArrayLike, groups: tuple[str, ...] = ("0",), name: str = "a", rate: int = 1) -> Curves:
    table = np.asarray(lr, dtype=float).reshape(-1, len(groups))
    return Curves(name, "a.yaml", "epoch", rate, "SGD", "StepLR", groups, table)


def raster(plot: str) -> NDArray[np.bool_]:
    """Return the dots of a plot [rows, columns], row 0 at the top."""
    rows = [line.split("┤")[-1].split("│")[-1] for line in plot.splitlines() if "┤" in line or "│" in line]
    return np.array(
        [[bool((ord(cell) - 0x2800) & bit) for cell in row for bit in pair] for row in rows for pair in DOTS]
    )


def test_falling_line_is_a_diagonal() -> None:
    plot = braille_plot([curves_of(np.linspace(1, 0, 40))], 20 + 5, 10 + 2).plain
    dots = raster(plot)
    assert dots.shape == (40, 40)
    np.testing.assert_array_equal(dots, np.eye(40, dtype=bool))


def test_constant_line_is_one_dot_thick() -> None:
    dots = raster(braille_plot([curves_of(np.full(7, 0.5))], 60, 10).plain)
    assert dots[0].all()
    assert not dots[1:].any()


def test_step_is_joined() -> None:
    dots = raster(braille_plot([curves_of([1.0] * 10 + [0.0] * 10)], 20 + 3, 6).plain)
    assert dots.any(axis=1).all()
    assert (dots.sum(axis=0) > 1).sum() == 1


@pytest.mark.parametrize("at", [0, 123_456, 999_999])
def test_spike_of_one_step_reaches_the_top(at: int) -> None:
    lr = np.full(1_000_000, 0.01)
    lr[at] = 0.1
    dots = raster(braille_plot([curves_of(lr)], 78, 12).plain)
    (column,) = np.flatnonzero(dots[0])
    assert column == at * dots.shape[1] // len(lr)


def test_axes_are_labelled_and_the_size_is_kept() -> None:
    lines = braille_plot([curves_of(np.linspace(6e-4, 0, 2000))], 78, 12).plain.splitlines()
    assert len(lines) == 12
    assert {len(line) for line in lines} == {78}
    assert lines[0].startswith("6e-4 ┤")
    assert lines[4].startswith("3e-4 ┤")
    assert lines[9].startswith("   0 ┤")
    assert lines[11].split() == ["0", "2,000", "epochs"]


def test_log_axis_leaves_out_what_is_not_positive() -> None:
    lr = 10.0 ** -np.arange(8)
    lr[3] = 0
    plot = braille_plot([curves_of(lr)], 16 + 10, 8 + 2, ScheduleAxes(log=True)).plain
    assert [line.split("┤")[0].strip() for line in plot.splitlines() if "┤" in line] == [
        "1",
        "3.162e-4",
        "1e-7",
    ]
    dots = raster(plot)
    empty = np.flatnonzero(~dots.any(axis=0))
    assert set(empty * 8 // dots.shape[1]) == {3}


def test_values_that_are_not_finite_are_gaps() -> None:
    dots = raster(braille_plot([curves_of([1, np.nan, np.inf, 1])], 8 + 5, 6).plain)
    assert dots.any(axis=0).tolist() == [True] * 4 + [False] * 8 + [True] * 4
    assert not raster(braille_plot([curves_of([np.nan])], 20, 6).plain).any()


def test_several_curves_are_overlaid_in_their_colours() -> None:
    curves = [curves_of([1.0, 1.0], name="high"), curves_of([0.5], name="[low]")]
    plot = braille_plot(curves, 40, 8)
    assert plot.plain.splitlines()[-2:] == ["     ⠶⠶ high", "     ⠶⠶ [low]"]
    assert {style.colour(0), style.colour(1)} <= {str(span.style) for span in plot.spans}
    columns = raster(plot.plain).sum(axis=0)
    assert columns[0] == 2
    assert columns[-1] == 1


def test_a_part_of_the_run_fills_the_plot_and_says_where_it_lies() -> None:
    falling = curves_of(np.linspace(1, 0, 80))
    part = braille_plot([falling], 20 + 6, 10 + 2, ScheduleAxes(windows=((40, 80),))).plain
    assert part.splitlines()[-1].split() == ["40", "80", "epochs"]
    assert raster(part)[0, 0]
    assert raster(part)[-1, -1]
    shares = braille_plot([falling, curves_of(np.ones(40), name="b")], 40, 10, ScheduleAxes(x="share")).plain
    assert "100% of the run" in shares


def test_a_log_axis_that_nobody_asked_for_is_told() -> None:
    plot = braille_plot([curves_of(np.ones(40)), curves_of(np.full(40, 0.01), name="b")], 60, 10).plain
    assert "40 epochs, lr on a log axis" in plot
