"""Which axes schedules get: log or linear, time or share of the run, together or apart, whole or in part."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

import lrviz
from lrviz.foundation.errors import UsageError
from lrviz.language.length import Clock
from lrviz.language.window import asked_windows
from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures.schedule import SchedulePicture
from lrviz.results import Curves, Mark, Unit
from tests.cli import Ended

COSINE = 0.5 * (1 + np.cos(np.pi * np.arange(100) / 100))
EVERY_30 = np.arange(120) // 30


def curves_of(
    lr: ArrayLike, name: str = "a", unit: Unit = "epoch", *, rate: int = 1, marks: tuple[Mark, ...] = ()
) -> Curves:
    table = np.asarray(lr, dtype=float).reshape(-1, 1)
    return Curves(name, "a.yaml", unit, rate, "SGD", "StepLR", ("0",), table, marks=marks)


def drops(gamma: float) -> Curves:
    return curves_of(0.1 * gamma**EVERY_30, marks=tuple(Mark(t, f"× {gamma:g}", "drop") for t in (30, 60, 90)))


def panels(curves: list[Curves], axes: ScheduleAxes | None = None) -> list[Axes]:
    return list(SchedulePicture(curves, axes or ScheduleAxes()).figure.axes)


def lines(ax: Axes, gid: str = "line") -> list[Line2D]:
    return [line for line in ax.lines if line.get_gid() == gid]


def dashes(line: Any) -> object:
    return line._dash_pattern[1]


ALIKE = [curves_of(COSINE, "a"), curves_of(0.05 * COSINE, "b")]
UNLIKE = [curves_of(COSINE, "a"), curves_of(0.03 * COSINE, "b")]
BELOW_ZERO = [UNLIKE[0], curves_of(0.01 * (COSINE - 0.5), "b")]
LONG = curves_of(np.repeat(COSINE, 31), "long", "step")
STEPS = curves_of(COSINE, "short", "step")


@pytest.mark.parametrize(
    ("curves", "asked", "scales"),
    [
        pytest.param(ALIKE, None, ["linear"], id="peaks 20 times apart"),
        pytest.param(UNLIKE, None, ["log"], id="peaks 33 times apart"),
        pytest.param(UNLIKE, False, ["linear"], id="refused"),
        pytest.param(ALIKE, True, ["log"], id="asked for"),
        pytest.param(BELOW_ZERO, None, ["linear", "linear"], id="no log axis holds them"),
        pytest.param(BELOW_ZERO, False, ["linear"], id="refused, so together"),
        pytest.param([STEPS, LONG], None, ["linear", "linear"], id="lengths 31 times apart"),
        pytest.param([drops(0.1)], None, ["log"], id="the last drop takes 0.9% of the axis"),
        pytest.param([drops(0.1)], False, ["linear"], id="drops, refused"),
        pytest.param([drops(0.3)], None, ["linear"], id="every drop is seen"),
        pytest.param([curves_of(COSINE**4)], None, ["linear"], id="nothing drops"),
    ],
)
def test_axis_is_what_the_values_need(curves: list[Curves], asked: bool | None, scales: list[str]) -> None:
    assert [ax.get_yscale() for ax in panels(curves, ScheduleAxes(asked))] == scales


def test_a_log_axis_nobody_asked_for_does_not_follow_a_line_to_nothing() -> None:
    falling = curves_of(0.003 * 0.5 * (1 + np.cos(np.pi * np.arange(1000) / 1000)), "b")
    (found,) = panels([UNLIKE[0], falling])
    (asked,) = panels([UNLIKE[0], falling], ScheduleAxes(log=True))
    assert 20 * asked.get_ylim()[0] < found.get_ylim()[0] < float(np.quantile(falling.lr, 0.011))


def test_a_line_below_zero_is_counted_on_a_log_axis_and_has_no_peak() -> None:
    (ax,) = panels([curves_of(COSINE - 3)], ScheduleAxes(log=True))
    assert "not drawn: 100 not above 0" in ax.get_ylabel()
    assert [text for text in ax.texts if text.get_gid() == "peak"] == []


def test_schedules_apart_have_axes_and_names_of_their_own() -> None:
    figure = SchedulePicture([STEPS, LONG]).figure
    assert [ax.get_xlim() for ax in figure.axes] == [(0, 100), (0, 3100)]
    assert [ax.get_xlabel() for ax in figure.axes] == ["optimizer step"] * 2
    assert [text.get_text() for text in figure.texts if text.get_gid() == "name"] == ["short", "long"]


def test_share_of_the_run_puts_runs_of_any_length_over_one_another() -> None:
    (ax,) = panels([STEPS, LONG], ScheduleAxes(x="share"))
    assert ax.get_xlim() == (0, 1)
    assert ax.get_xlabel() == "share of the run"
    assert [np.asarray(line.get_xdata())[-1] for line in lines(ax)] == [1, 1]
    assert ax.xaxis.get_major_formatter()(0.25) == "25%"


def test_the_end_of_a_shorter_run_is_seen_under_a_longer_one() -> None:
    (ax,) = panels([curves_of(COSINE[:40], "short"), curves_of(COSINE, "long")])
    (mark,) = lines(ax, "early end")
    assert np.allclose(np.asarray(mark.get_xydata()), [[40, COSINE[39]]])
    assert mark.get_color() == lines(ax)[0].get_color()


def test_a_window_draws_its_ticks_and_nothing_else() -> None:
    marks = (Mark(10, "in", "drop"), Mark(30, "out", "drop"))
    picture = SchedulePicture([curves_of(COSINE, rate=10, marks=marks)], ScheduleAxes(windows=((5, 20),)))
    picture.prepare()
    (ax,) = picture.figure.axes
    (line,) = lines(ax)
    np.testing.assert_array_equal(line.get_xdata(), np.arange(5, 21))
    np.testing.assert_array_equal(line.get_ydata(), [*COSINE[5:20], COSINE[19]])
    assert ax.get_xlim() == (5, 20)
    assert ax.child_axes[0].get_xlim() == (50, 200)
    assert [text.get_text() for text in ax.texts if text.get_gid() == "mark name"] == ["in"]
    assert [text.get_text() for text in ax.texts if text.get_gid() == "end"] == [f"then {COSINE[19]:.4g}"]


EPOCHS, UPDATES = Clock.of_rows("epoch", 100, 90), Clock.of_rows("step", 100, 2000)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10:20", ((10, 20), (10, 20))),
        (":5ep", ((0, 5), (0, 500))),
        ("0.5dur:", ((45, 90), (1000, 2000))),
        ("500ba:1000ba", ((5, 10), (500, 1000))),
        ("20:2_000", ((20, 90), (20, 2000))),
    ],
)
def test_a_window_is_read_on_the_clock_of_each_run(text: str, found: object) -> None:
    assert asked_windows("--window", text, [EPOCHS, UPDATES]) == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("5", "write a part of the run as A:B, in epochs or updates (10:20), or as lengths (:5ep, 0.9dur:)"),
        (":", "write a part of the run as A:B, in epochs or updates (10:20), or as lengths (:5ep, 0.9dur:)"),
        ("1:2:3", "write a part of the run as A:B, in epochs or updates (10:20), or as lengths (:5ep, 0.9dur:)"),
        ("a:b", 'a length is a number of ticks, or "5ep" (epochs), "500ba" (batches), "0.1dur" (share)'),
        ("-5:10", "-5 is before the run begins, at 0"),
        ("95:", "begins at 95 epochs; the run has 90"),
        ("20:10", "ends at 10 epochs and begins at 20; nothing is in between"),
        (":3000", "ends at 3,000 epochs; the run has 90"),
    ],
)
def test_what_is_no_part_of_a_run_is_refused(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked_windows("--window", text, [EPOCHS])
    assert str(caught.value) == f'--window "{text}": {told}'


def test_where_lines_coincide_the_lower_one_shows_as_dashes_and_nowhere_else() -> None:
    other = np.where(np.arange(100) < 50, COSINE, 0.8)
    (ax,) = panels([curves_of(COSINE, "a"), curves_of(other, "b")])
    below, above = lines(ax)
    assert not dashes(below)
    assert not dashes(above)
    (covered,) = lines(ax, "covered")
    x, y = np.asarray(covered.get_xdata()), np.asarray(covered.get_ydata())
    assert covered.get_color() == below.get_color()
    assert dashes(covered)
    assert x[np.isfinite(y)].max() == pytest.approx(50, abs=0.2)
    assert np.isfinite(y[x < 49]).all()
    assert not lines(panels([ALIKE[0], curves_of(COSINE + 1, "b")])[0], "covered")


LONG_RUN = curves_of(
    np.concatenate([np.linspace(0, 1, 201)[:-1], 0.5 * (1 + np.cos(np.pi * np.arange(9800) / 9800))]), "a", "step"
)


def insets(curves: list[Curves], axes: ScheduleAxes | None = None) -> list[Any]:
    return [child for ax in panels(curves, axes) for child in ax.child_axes if child.get_gid() == "inset"]


def test_a_short_warm_up_is_drawn_large_where_it_hides_nothing() -> None:
    (inset,) = insets([LONG_RUN])
    assert inset.get_xlim() == (0, 300)
    (line,) = lines(inset)
    np.testing.assert_array_equal(line.get_xdata(), np.arange(301))
    np.testing.assert_array_equal(np.asarray(line.get_ydata())[:-1], LONG_RUN.lr[:300, 0])
    box, ax = inset.get_window_extent(), panels([LONG_RUN])[0]
    (whole,) = lines(ax)
    x, y = ax.transData.transform(whole.get_xydata()).T
    assert not ((x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)).any()
    for text in ax.texts:
        assert not text.get_window_extent().overlaps(box)


@pytest.mark.parametrize(
    ("curves", "axes"),
    [
        pytest.param([curves_of(np.concatenate([np.linspace(0, 1, 6), COSINE]))], None, id="4.8% of the run"),
        pytest.param([LONG_RUN], ScheduleAxes(windows=((0, 1000),)), id="a part of the run"),
        pytest.param([curves_of(COSINE)], None, id="no warm-up"),
        pytest.param([curves_of(np.full(100, 0.1))], None, id="constant"),
    ],
)
def test_a_warm_up_that_is_seen_needs_no_inset(curves: list[Curves], axes: ScheduleAxes | None) -> None:
    assert insets(curves, axes) == []


PLATEAU = """
epochs: 60
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: ReduceLROnPlateau, patience: 10}
metric: {expression: "max(0.35, 2.3 * exp(-t / 10.5))"}
"""


def test_a_plateau_shows_its_best_its_waits_and_its_reductions() -> None:
    """The metric stops falling at epoch 20: torch counts 11 bad epochs before each reduction."""
    curves = lrviz.simulate(lrviz.document(text=PLATEAU), engine="reference").curves
    rates, metric = panels([curves])
    assert metric.get_ylabel() == "metric"
    (values,), (best,), (bad,) = (lines(metric, gid) for gid in ("line", "best", "bad"))
    y = np.asarray(values.get_ydata())
    np.testing.assert_array_equal(best.get_ydata(), np.minimum.accumulate(y))
    np.testing.assert_array_equal(bad.get_xdata(), np.arange(22, 61))
    waits = [patch for patch in metric.patches if patch.get_gid() == "wait"]
    spans = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in waits if isinstance(patch, Rectangle)]
    assert spans == [(21, 32), (32, 43), (43, 54)]
    counts = [text.get_text() for text in metric.texts if text.get_gid() == "bad count"]
    assert counts == ["11 bad epochs"] * 3
    for ax in (rates, metric):
        (marks,) = (one for one in ax.collections if one.get_gid() == "marks")
        assert [path.vertices[0][0] for path in marks.get_paths()] == [32, 43, 54]  # type: ignore[index]


RUN = """
epochs: 30
steps_per_epoch: 100
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: StepLR, step_size: 5, gamma: 0.1}
"""


def test_the_command_draws_a_part_and_writes_all_of_the_data(tmp_path: Path, ended: Ended) -> None:
    (tmp_path / "run.yaml").write_text(RUN, encoding="utf-8")
    words = ["schedule", "run.yaml", "--engine", "reference", "--window", ":5ep", "--x", "share", "--no-log"]
    done = ended(*words, "-o", "a.svg", "--json", "a.json", "--csv", "a.csv")
    assert done.returncode == 0, done.stderr
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    for text in ("a part of the run: epochs 0 to 5 of 30", "share of the run", ">learning rate<"):
        assert text in drawn
    (schedule,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["schedules"]
    assert len(schedule["groups"][0]["lr"]) == 30
    assert len((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()) == 31
    assert ">learning rate (log)<" in lrviz_svg(tmp_path, ended)


def lrviz_svg(folder: Path, ended: Ended) -> str:
    """Return the whole run, its axis left to its values."""
    assert ended("schedule", "run.yaml", "--engine", "reference", "-o", "b.svg").returncode == 0
    return (folder / "b.svg").read_text(encoding="utf-8")


def test_a_part_that_there_is_not_writes_nothing(tmp_path: Path, ended: Ended) -> None:
    (tmp_path / "run.yaml").write_text(RUN, encoding="utf-8")
    done = ended("schedule", "run.yaml", "--engine", "reference", "--window", "40:")
    assert done.returncode == 2
    assert done.stderr == '--window "40:": begins at 40 epochs; the run has 30\n'
    assert [one.name for one in tmp_path.iterdir()] == ["run.yaml"]


def test_python_draws_what_the_command_draws() -> None:
    simulation = lrviz.simulate(lrviz.document(text=RUN), engine="reference")
    figure = simulation.plot(window="10:20", x="share", log=False)
    assert figure.axes[0].get_xlim() == (10 / 30, 20 / 30)
    assert figure.axes[0].get_yscale() == "linear"
    with pytest.raises(lrviz.LrvizError, match='window "40:": begins at 40 epochs; the run has 30'):
        simulation.plot(window="40:")
    with pytest.raises(lrviz.LrvizError, match="x 'log': 'time' or 'share' is needed"):
        simulation.plot(x="log")  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (["a: T_max=25", "a: T_max=50", "a: T_max=100"], "a: T_max 25, 50, 100"),
        (["a: lr=1, T_max=5", "a: lr=1, T_max=9"], "a: T_max 5, 9"),
        (["a", "b"], "a vs b"),
        ([f"a schedule with a rather long name, number {i}" for i in range(9)], "9 schedules: variants of StepLR"),
    ],
)
def test_the_title_says_what_differs(names: list[str], title: str) -> None:
    figure = SchedulePicture([curves_of(COSINE + i, name) for i, name in enumerate(names)]).figure
    assert figure.texts[0].get_text() == title


@pytest.mark.parametrize(("change", "least"), [(0.1, 0.1), (1e-6, 0.95e-3), (0.0, 0.19)])
def test_what_hardly_changes_is_a_flat_line(change: float, least: float) -> None:
    """Ticks that distinguish its values would be longer than the room next to the panel."""
    beta1 = np.linspace(0.95, 0.95 - change, 100).reshape(-1, 1)
    one = replace(curves_of(COSINE), params={"beta1": beta1})
    lower = panels([one])[1]
    assert lower.get_ylabel() == "beta1"
    low, high = lower.get_ylim()
    assert least <= high - low < 2 * max(least, change)
    assert all(len(label.get_text()) <= 6 for label in lower.get_yticklabels())
