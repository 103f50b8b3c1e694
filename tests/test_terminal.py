"""The plots in the terminal: known shapes, dot by dot, and how curves can be told apart."""

from __future__ import annotations

import functools
import io
import re
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from rich.cells import cell_len
from rich.console import Console

import lrviz
from lrviz.cli.console import Streams
from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures import style
from lrviz.render.terminal.loss_plot import loss_plot
from lrviz.render.terminal.schedule_plot import braille_plot
from lrviz.results import Curves
from lrviz.runs.racing import Race
from tests.cli import Ended

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
        "1e-2",
        "1e-4",
        "1e-6",
    ]
    dots = raster(plot)
    empty = np.flatnonzero(~dots.any(axis=0))
    assert set(empty * 8 // dots.shape[1]) == {3}


def test_values_that_are_not_finite_are_gaps() -> None:
    dots = raster(braille_plot([curves_of([1, np.nan, np.inf, 1])], 8 + 5, 6).plain)
    assert dots.any(axis=0).tolist() == [True] * 4 + [False] * 8 + [True] * 4
    assert not raster(braille_plot([curves_of([np.nan])], 20, 6).plain).any()


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "lr", [[1.7e308, 0, 1e300], [1e308, -1e308], [1.7e308, 1.7e308], [5e-324, 5e-324], [5e-324, 0]]
)
def test_the_largest_and_the_least_numbers_have_a_place(lr: list[float], *, log: bool) -> None:
    lines = braille_plot([curves_of(lr), curves_of([lr[0]], name="b")], 60, 8, ScheduleAxes(log=log)).plain.splitlines()
    assert max(map(cell_len, lines)) <= 60


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_several_curves_carry_letters_and_colours(width: int) -> None:
    curves = [curves_of([1.0, 1.0], name="high"), curves_of([0.5], name="[low]"), curves_of([1.0, 0.2], name="学习率")]
    plot = braille_plot(curves, width, 8)
    assert {style.colour(0), style.colour(1)} <= {str(span.style) for span in plot.spans}
    lines = plot.plain.splitlines()
    assert max(map(cell_len, lines)) <= width
    assert re.findall(r"[abc] (?:high|\[low\]|学习率)", plot.plain) == ["a high", "b [low]", "c 学习率"]
    for letter in "abc":
        # At its end, along it, and in the legend.
        assert plot.plain.count(letter) >= 3
    assert re.search(r"[\u2800-\u28ff]a(  |$)", lines[0])


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


@functools.cache
def race(*entries: str, fn: str, **options: Any) -> Race:
    return lrviz.race(list(entries), fn=fn, engine="reference", tune=False, **options)


def loss_lines(*entries: str, fn: str, width: int = 80, **options: Any) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width).print(loss_plot(race(*entries, fn=fn, **options).contest, width, 16))
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_losses_of_a_race_are_told_apart_without_colour(width: int) -> None:
    entries = ["sgd:lr=1e-3", "adam:lr=0.3", "lbfgs", "sgd:lr=0.1"]
    lines = loss_lines(*entries, fn="rosenbrock", steps=100, width=width)
    assert max(map(cell_len, lines)) <= width
    assert lines[0] == "loss: f − f_min, on a log axis"
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "100 evaluations" in text
    for letter, entry in zip("abcd", entries, strict=True):
        assert f"{letter} {entry}" in text
    # sgd:lr=0.1 leaves upwards, and lbfgs falls below what is drawn.
    assert re.search(r"↑[a-d]", lines[1])
    assert re.search(r"↓c", lines[14])
    assert " tolerance " in text


def test_averages_are_curves_of_their_own() -> None:
    text = "\n".join(loss_lines("adam:lr=0.1", fn="quadratic", steps=60, noise=2.0, average="ema:decay=0.97"))
    assert text.startswith("loss: f − f_min, without noise, on a log axis\n")
    assert "a adam:lr=0.1" in text
    assert "b adam:lr=0.1: EMA, decay 0.97" in text


def test_losses_without_a_known_minimum_are_on_a_linear_axis() -> None:
    lines = loss_lines("sgd:lr=0.1", "adam:lr=0.1", fn="monkey_saddle", steps=60)
    assert lines[0] == "loss: f"
    assert "tolerance" not in "\n".join(lines)


def test_a_loss_that_is_not_finite_any_more_ends_in_a_cross() -> None:
    lines = loss_lines(
        "sgd:lr=0.1",
        "adam:lr=0.1",
        fn="log(x) + y**2 if x > 0.5 else log(-1) + y",
        start=(1.0, 1.0),
        domain=(-2, 2),
        steps=40,
    )
    assert re.search(r"×a", "\n".join(lines))


def test_race_shows_losses_on_a_terminal_or_when_asked_to(ended: Ended) -> None:
    options = ["--fn", "booth", "--steps", "20", "--no-plot", "--engine", "reference"]
    command = ["race", "sgd:lr=0.01", "adam:lr=0.1", *options]
    assert "┤" not in ended(*command).stdout
    done = ended(*command, "--show")
    assert done.stdout.startswith("loss: f − f_min, on a log axis\n")
    assert "\x1b" not in done.stdout
    data = ended(*command, "--json", "-", "--show")
    assert data.stdout.startswith("{")
    assert "┤" in data.stderr
    assert "rank  optimizer" in data.stderr


def test_no_plot_where_the_signs_are_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Replaced sign by sign, as letters of a table are, a plot shows nothing."""
    told = "no plot: ascii has no braille characters; set PYTHONIOENCODING=utf-8\n"
    for encoding, asked, plotted, said in (("utf-8", True, True, ""), ("ascii", True, False, told)):
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
        assert Streams().plots(asked=asked, data_on_stdout=False) is plotted
        assert capsys.readouterr().err == said
        assert not Streams().plots(asked=False, data_on_stdout=False)
