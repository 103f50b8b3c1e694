"""Pictures through their artists' data, tables through their text."""

from __future__ import annotations

import io
import subprocess
import sys
from itertools import combinations, pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from numpy.typing import ArrayLike
from PIL import Image
from rich.console import Console, RenderableType

from lrviz.foundation.numerals import count, plural, short
from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures import style
from lrviz.render.figures.decimate import decimate
from lrviz.render.figures.label_space import spread
from lrviz.render.figures.schedule import SchedulePicture, draw_schedules
from lrviz.render.figures.timeline import timeline
from lrviz.render.text.schedule_table import Scheduled, comparison_table, summary_table
from lrviz.results import Curves, FloatArray, Mark, Phase, Trace, Unit, Verdict
from lrviz.runs.summary import summarise

AGREE = Verdict("agree", max_abs=0.0, max_rel=1.1e-16, ran={"torch": "2.13.0"})
DISAGREE = Verdict(
    "disagree", 1e-3, 1e-2, first_step=12_345, group="backbone", param="lr",
    expected=0.012345678901234, found=0.012345678905678, ran={"torch": "2.13.0"},
)  # fmt: skip
SKIPPED = Verdict.alone()


def curves_of(
    lr: ArrayLike, name: str = "A schedule", unit: Unit = "epoch", *, rate: int = 1,
    groups: tuple[str, ...] = ("0",), phases: tuple[Phase, ...] = (), marks: tuple[Mark, ...] = (),
    params: dict[str, FloatArray] | None = None, metric: Trace | None = None,
    chain: str = "CosineAnnealingLR",
) -> Curves:  # fmt: skip
    table = np.asarray(lr, dtype=float).reshape(-1, len(groups))
    return Curves(name, "a.yaml", unit, rate, "SGD", chain, groups, table, params or {}, phases, marks, metric)


def warm_cosine(steps: int, warm_up: int, peak: float = 0.1, last: float = 0.0) -> FloatArray:
    t = np.arange(steps)
    cosine = last + (peak - last) * 0.5 * (1 + np.cos(np.pi * (t - warm_up) / (steps - warm_up)))
    return np.where(t < warm_up, peak * (0.01 + 0.99 * t / warm_up), cosine)


def named(warm_up: int, steps: int) -> tuple[Phase, ...]:
    return Phase(0, warm_up, "warm-up", "warm-up"), Phase(warm_up, steps, "cosine decay", "decay")


def restarts(cycles: int, length: int) -> Curves:
    t = np.arange(cycles * length) % length
    return curves_of(
        0.05 * 0.5 * (1 + np.cos(np.pi * t / length)),
        f"{cycles} cycles",
        phases=tuple(Phase(i * length, (i + 1) * length, f"restart {i}") for i in range(cycles)),
        marks=tuple(Mark(i * length, f"restart {i}", "restart") for i in range(1, cycles)),
    )


def one_cycle() -> Curves:
    rise = np.sin(np.linspace(0, np.pi, 2000)) ** 2
    other = (0.95 - 0.1 * rise)[:, None]
    return curves_of(
        3 * rise, "Super-convergence", "step", rate=100,
        params={"weight_decay": np.full((2000, 1), 0.05), "momentum": other, "beta1": other},
        metric=Trace(
            "a loss with a name longer than a panel", np.arange(0, 2000, 100), rise[::100],
            np.minimum.accumulate(rise[::100]), np.arange(20), 30,
        ),
    )  # fmt: skip


def broken() -> Curves:
    lr = warm_cosine(200, 10)
    lr[50:60], lr[100], lr[150] = np.nan, np.inf, -np.inf
    return curves_of(lr)


HEAD = curves_of(warm_cosine(90, 5), "ResNet-50", rate=1251, phases=named(5, 90), marks=(Mark(5, "m", "milestone"),))
CASES: dict[str, list[Curves]] = {
    "epochs and steps": [HEAD],
    "a million steps": [
        curves_of(warm_cosine(10**6, 2000, 6e-4), unit="step", phases=named(2000, 10**6))
    ],
    "eight groups": [
        curves_of(
            np.stack([warm_cosine(300, 20, 1e-3 * 0.65**i, 1e-6) for i in range(8)], axis=1),
            groups=tuple(f"layer {i}" for i in range(8)), phases=named(20, 300),
        )
    ],
    "groups that are added": [
        curves_of(
            np.stack(
                [np.where(np.arange(60) < 9 * i, np.nan, warm_cosine(60, 20, 0.1 + i / 50)) for i in range(4)], axis=1
            ),
            groups=("head", "layer 3", "the layers between", "embedding"), phases=named(20, 60),
        )
    ],
    "hundreds of groups": [
        curves_of(
            np.stack([warm_cosine(300, 20, 1e-3 * 0.99**i, 1e-6) for i in range(400)], axis=1),
            groups=tuple(f"layer {i}" for i in range(400)), phases=named(20, 300),
        )
    ],
    "twelve cycles": [restarts(12, 100)],
    "many cycles": [restarts(120, 10)],
    "drops": [
        curves_of(
            0.1 * 0.1 ** (np.arange(90) // 30), rate=5005, chain="StepLR",
            marks=(Mark(30, "× 0.1", "drop"), Mark(60, "× 0.1", "drop")),
        )
    ],
    "all panels": [one_cycle()],
    "constant": [curves_of(np.full(50, 1e-3))],
    "not finite": [broken()],
    "nothing finite": [curves_of(np.full(20, np.nan))],
    "negative": [curves_of(0.1 * (-0.9) ** np.arange(40.0))],
    "eight decades": [curves_of(0.1 * 10 ** (-8 * np.arange(400) / 399))],
    "one tick": [curves_of([0.1])],
    "zero": [curves_of(np.zeros(10))],
    "a long title": [
        curves_of(warm_cosine(60, 5), "$5, $x^2$, under_scores, naïve Größe " * 5, chain="A → B → " * 40)
    ],
    "letters no font has": [curves_of(warm_cosine(60, 5), "学习率", phases=(Phase(0, 60, "预热"),))],
    "twelve schedules": [
        curves_of(0.05 * (1 + np.cos(np.pi * np.arange(120) / T_max)), f"T_max = {T_max}", rate=100)
        for T_max in range(10, 130, 10)
    ],
    "units mixed": [
        curves_of(warm_cosine(40_000, 2000), "per step", "step", rate=500),
        curves_of(0.08 * 0.1 ** (np.arange(90) // 30), "per epoch", rate=1251),
    ],
    "schedules of groups": [
        curves_of(
            np.stack([warm_cosine(100, 5 + k, 0.1 * 0.7**i / (k + 1)) for i in range(4)], axis=1),
            f"recipe {k} with a name that is rather long", groups=("stem", "body", "neck", "head"),
        )
        for k in range(6)
    ],
}  # fmt: skip


def drawn(axes: Axes) -> list[Line2D]:
    return [line for line in axes.lines if line.get_gid() == "line"]


def texts(figure: Figure, gid: str) -> list[Text]:
    return [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_gid() == gid]


@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.slow
def test_every_label_lies_in_the_picture_and_over_nothing_else(case: str, log: bool) -> None:
    picture = SchedulePicture(CASES[case], ScheduleAxes(log))
    picture.stamp([DISAGREE] * len(CASES[case]))
    picture.pixels()
    blank = case == "nothing finite" or (case == "zero" and log)
    assert [one.endswith("show nothing") for one in picture.faults()] == [True] * blank, picture.faults()


def test_line_is_the_curve_and_its_last_value_holds_to_the_end() -> None:
    (line,) = drawn(SchedulePicture([HEAD]).figure.axes[0])
    assert line.get_drawstyle() == "steps-post"
    np.testing.assert_array_equal(line.get_xdata(), np.arange(91))
    np.testing.assert_array_equal(line.get_ydata(), [*HEAD.lr[:, 0], HEAD.lr[-1, 0]])


def test_spike_of_one_step_survives() -> None:
    lr = np.full(10**6, 0.01)
    lr[777_777], lr[123_456], lr[500_000] = 0.1, 0.0, np.nan
    (line,) = drawn(SchedulePicture([curves_of(lr, unit="step")]).figure.axes[0])
    x, y = np.asarray(line.get_xdata()), np.asarray(line.get_ydata())
    assert len(x) < 6000
    assert y[x == 777_777] == 0.1
    assert y[x == 123_456] == 0.0
    assert np.isnan(y[x == 500_000])


@given(
    st.lists(st.floats(width=16), min_size=1, max_size=400).map(lambda values: np.array(values, dtype=float)),
    st.integers(1, 40),
)
def test_decimation_keeps_the_extremes_of_every_bucket(values: FloatArray, columns: int) -> None:
    kept = decimate(values, columns)
    assert (np.diff(kept) > 0).all()
    assert {0, len(values) - 1} <= set(kept)
    assert len(kept) <= 5 * (columns + 1)
    width = -(-len(values) // columns)
    for start in range(0, len(values), width):
        bucket, few = values[start : start + width], values[kept[(kept >= start) & (kept < start + width)]]
        assert np.isfinite(few).all() == np.isfinite(bucket).all()
        finite, known = bucket[np.isfinite(bucket)], few[np.isfinite(few)]
        if finite.size:
            assert (known.min(), known.max()) == (finite.min(), finite.max())


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(1, 20)), min_size=1, max_size=8))
def test_labels_are_spread_without_overlap(labels: list[tuple[float, float]]) -> None:
    wanted, sizes = zip(*labels, strict=True)
    room = sum(sizes) + 100
    centres = spread(wanted, sizes, 0, room)
    order = np.argsort(centres)
    for below, above in pairwise(order):
        assert centres[above] - centres[below] >= (sizes[above] + sizes[below]) / 2 - 1e-9
    assert min(np.subtract(centres, np.divide(sizes, 2))) >= -1e-9
    assert max(np.add(centres, np.divide(sizes, 2))) <= room + 1e-9
    if all(abs(a - b) >= 20 for a, b in combinations(wanted, 2)) and min(wanted) >= 10:
        np.testing.assert_allclose(centres, wanted)


def test_phases_are_shaded_and_named_where_they_are() -> None:
    figure = SchedulePicture([HEAD]).figure
    spans = [patch for patch in figure.axes[0].patches if patch.get_gid() == "phase"]
    assert [(p.get_x(), p.get_x() + p.get_width()) for p in spans if isinstance(p, Rectangle)] == [
        (0, 5),
        (5, 90),
    ]
    assert len({patch.get_facecolor() for patch in spans}) == 2
    assert [text.get_text() for text in texts(figure, "phase name")] == ["◂ warm-up", "cosine decay"]
    many = SchedulePicture([restarts(120, 10)]).figure
    assert [text.get_text() for text in texts(many, "phase name")] == ["restart 0 … restart 119"]


def test_marks_are_drawn_and_named() -> None:
    figure = SchedulePicture(CASES["drops"]).figure
    (marks,) = (one for one in figure.axes[0].collections if one.get_gid() == "marks")
    assert [path.vertices[0][0] for path in marks.get_paths()] == [30, 60]  # type: ignore[index]
    assert [text.get_text() for text in texts(figure, "mark name")] == ["× 0.1", "× 0.1"]


def test_peak_and_end_are_written() -> None:
    figure = SchedulePicture([HEAD]).figure
    assert [text.get_text() for text in texts(figure, "peak")] == ["peak 0.1 at epoch 5"]
    assert [text.get_text() for text in texts(figure, "end")] == [f"end {short(HEAD.lr[-1, 0])}"]
    constant = SchedulePicture(CASES["constant"]).figure
    assert not texts(constant, "peak")
    assert [text.get_text() for text in texts(constant, "end")] == ["constant 1e-3"]


def test_epochs_and_steps_are_both_on_the_axis() -> None:
    picture = SchedulePicture([HEAD])
    picture.prepare()
    axes = picture.figure.axes[0]
    (top,) = axes.child_axes
    assert axes.get_xlabel() == "epoch"
    assert top.get_xlabel() == "optimizer step"
    assert top.get_xlim() == (0, 90 * 1251)


def test_every_quantity_has_its_panel() -> None:
    panels = SchedulePicture([one_cycle()]).figure.axes
    assert [axes.get_ylabel() for axes in panels][:4] == [
        "learning rate",
        "momentum",
        "beta1",
        "weight decay",
    ]
    assert panels[4].get_ylabel().startswith("a loss with")
    assert [bool(axes.get_xlabel()) for axes in panels] == [False, False, False, False, True]
    (line,) = drawn(panels[4])
    np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 2000, 100))


def test_groups_are_labelled_in_every_panel_where_they_differ() -> None:
    lr = np.stack([warm_cosine(50, 5), 2 * warm_cosine(50, 5)], axis=1)
    params = {"momentum": np.full((50, 2), 0.9), "weight_decay": np.tile([0.1, 0.0], (50, 1))}
    figure = SchedulePicture([curves_of(lr, groups=("a", "b"), params=params)]).figure
    rates, shared, differing = (drawn(axes) for axes in figure.axes)
    assert [line.get_color() for line in differing] == [line.get_color() for line in rates]
    assert [line.get_color() for line in shared] == [style.FAINT]
    ends = [text.get_text().replace("\N{NO-BREAK SPACE}", " ") for text in texts(figure, "end")]
    assert ends[2:] == ["constant 0.9", "a → 0.1", "b → 0"]


def test_under_a_constant_lr_what_moves_has_the_high_panel() -> None:
    params = {"beta1": np.linspace(0.9, 0.0, 50)[:, None]}
    figure = SchedulePicture([curves_of(np.full(50, 3e-4), params=params)]).figure
    rates, beta1 = (axes.get_position().height for axes in figure.axes)
    assert beta1 > 2 * rates
    assert [text.get_text() for text in texts(figure, "end")] == ["constant 3e-4", "end 0"]


def test_equal_groups_share_a_line_and_a_label() -> None:
    lr = warm_cosine(50, 5)
    figure = SchedulePicture([curves_of(np.stack([lr, 2 * lr, lr], axis=1), groups=("a", "b", "c"))]).figure
    assert len(drawn(figure.axes[0])) == 2
    assert [text.get_text().split("\N{NO-BREAK SPACE}")[0] for text in texts(figure, "end")] == ["a, c", "b"]


def luminance(colour: str) -> float:
    """WCAG's relative luminance."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [*style.PALETTE, style.INK, style.FAINT, style.MARK, style.ALARM])
@pytest.mark.parametrize("ground", ["#ffffff", *style.SHADES])
def test_every_colour_that_means_something_is_seen_on_its_ground(colour: str, ground: str) -> None:
    assert contrast(colour, ground) >= 3


def test_neighbours_of_the_palette_differ_in_grey() -> None:
    assert min(contrast(one, other) for one, other in pairwise(style.PALETTE)) > 1.5


def test_lines_differ_in_grey_and_have_the_palette_in_order() -> None:
    lines = drawn(SchedulePicture(CASES["twelve schedules"]).figure.axes[0])
    colours = [to_rgba(line.get_color()) for line in lines]
    assert colours[:10] == [to_rgba(colour) for colour in style.PALETTE]
    looks: list[Any] = [(colour, (0, line._dash_pattern)) for colour, line in zip(colours, lines, strict=True)]  # type: ignore[attr-defined]
    assert len(set(map(repr, looks))) == 12
    assert [bool(dashes[1][1]) for _, dashes in looks] == [False] * 10 + [True] * 2


def test_gaps_are_counted_on_the_axis() -> None:
    def label(case: str, *, log: bool) -> str:
        return SchedulePicture(CASES[case], ScheduleAxes(log)).figure.axes[0].get_ylabel()

    assert label("negative", log=True) == "learning rate (log)\nnot drawn: 20 not above 0"
    assert label("negative", log=False) == "learning rate"
    assert label("not finite", log=False) == "learning rate\nnot drawn: 12 not finite"


def test_schedules_of_different_units_stand_on_one_axis() -> None:
    steps, epochs = CASES["units mixed"]
    both = timeline([steps, epochs])
    assert (both.noun, both.scales) == ("epoch", (1 / 500, 1.0))
    assert "converted" in both.label
    ends = [np.asarray(line.get_xdata())[-1] for line in drawn(SchedulePicture([steps, epochs]).figure.axes[0])]
    assert ends == [80, 90]
    bare = curves_of([0.1, 0.2], unit="step")
    assert timeline([bare, epochs]).scales == (1.0, 1251.0)
    assert timeline([bare, curves_of([0.1])]).noun == "tick"
    assert timeline([bare, steps]).label == "optimizer step"


@pytest.mark.parametrize(
    ("verdicts", "words", "colour"),
    [
        ([AGREE], ["torch 2.13.0 and the reference agree", "1.1e-16"], style.FAINT),
        ([AGREE] * 3, ["all 3 agree with torch 2.13.0 (max rel. difference 1.1e-16)"], style.FAINT),
        (
            [AGREE, SKIPPED],
            ["1 of 2 agree", "1 not cross-checked: only the reference engine was requested"],
            style.FAINT,
        ),
        ([SKIPPED] * 2, ["not cross-checked: only the reference engine was requested"], style.FAINT),
        ([DISAGREE], ["DISAGREE at t = 12345", "0.012345678905678"], style.ALARM),
        ([AGREE, DISAGREE], ["1 of 2 DISAGREE", "recipe 1", "t = 12345"], style.ALARM),
    ],
)
def test_verdict_is_in_the_corner(verdicts: list[Verdict], words: list[str], colour: str) -> None:
    picture = SchedulePicture([curves_of([0.1, 0.2], f"recipe {i}") for i in range(len(verdicts))])
    picture.stamp(verdicts)
    (text,) = texts(picture.figure, "verdict")
    assert all(word in text.get_text().replace("\n", " ") for word in words)
    assert text.get_color() == colour


@pytest.mark.parametrize("verdict", [AGREE, DISAGREE], ids=["agree", "disagree"])
def test_stamped_pixels_are_those_of_a_full_draw(verdict: Verdict) -> None:
    picture = SchedulePicture([HEAD])
    picture.prepare()
    # A first stamp must leave no trace.
    picture.stamp([DISAGREE])
    picture.save(io.BytesIO(), "png")
    picture.stamp([verdict])
    stream = io.BytesIO()
    picture.save(stream, "png")
    image = Image.open(stream)
    assert image.info["dpi"] == pytest.approx((120, 120), abs=0.1)
    canvas = FigureCanvasAgg(picture.figure)
    with mpl.rc_context(style.SETTINGS):
        canvas.draw()
    np.testing.assert_array_equal(np.asarray(image), np.asarray(canvas.buffer_rgba())[..., :3])


PROGRAM = """
import hashlib, io, numpy as np
from lrviz.render.figures.schedule import SchedulePicture
from lrviz.results import Curves, Phase, Verdict
lr = np.linspace(0.1, 0, 90)[:, None] * [1, 0.5]
phases = (Phase(0, 90, "decay"),)
curves = Curves("A", "a.yaml", "epoch", 10, "SGD", "LinearLR", ("a", "b"), lr, {"momentum": lr}, phases)
picture = SchedulePicture([curves])
picture.stamp([Verdict("agree", 0.0, 0.0, ran={"torch": "2.13.0"})])
for format, start in (("png", b"\\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
    stream = io.BytesIO()
    picture.save(stream, format)
    assert stream.getvalue().startswith(start)
    print(format, hashlib.sha256(stream.getvalue()).hexdigest())
"""


@pytest.mark.process
def test_second_process_writes_the_same_bytes() -> None:
    runs = [
        subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert len(runs[0].stdout.splitlines()) == 3
    assert runs[0].stdout == runs[1].stdout


def test_draws_on_axes_of_another_figure_and_makes_room() -> None:
    figure = Figure()
    axes = figure.subplots()
    artists = draw_schedules(axes, CASES["eight groups"])
    FigureCanvasAgg(figure).draw()
    assert sum(artist.get_gid() == "line" for artist in artists) == 8
    assert max(text.get_window_extent().x1 for text in texts(figure, "end")) <= figure.bbox.x1


def printed(table: RenderableType) -> str:
    console = Console(width=80, file=io.StringIO())
    console.print(table)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
    return str(text)


def scheduled(curves: Curves, verdict: Verdict) -> Scheduled:
    return curves, verdict, summarise(curves)


def test_the_warm_up_of_a_summary_is_a_part_of_that_kind_or_all_that_rises() -> None:
    """Not a part of that name."""
    rise = [0.1, 0.2, 0.3, 0.4, 0.2]
    for part, warm_up in ((Phase(0, 2, "ramp", "warm-up"), 2), (Phase(0, 2, "warm-up?", "rise"), 3)):
        assert summarise(curves_of(rise, phases=(part,)))[0].warm_up == warm_up


def test_summary_table_shows_everything_in_80_columns() -> None:
    lr = np.stack([warm_cosine(10**6, 2000, 6.123e-4, 6.1e-5), warm_cosine(10**6, 2000, 1.234e-5)], axis=1)
    curves = curves_of(lr, "[bold]GPT[/bold]", "step", groups=("decay", "[red]bias"))
    text = printed(summary_table(*scheduled(curves, AGREE)))
    for word in ("group", "steps", "first", "peak", "step", "last", "mean", "below 1%", "of peak", "warm-up"):
        assert word in text
    for value in ("1,000,000", "2,000", "6.123e-6", "6.123e-4", "6.1e-5", "1.234e-7", "1.234e-5", "0.0%"):
        assert value in text
    assert "[bold]GPT[/bold]: SGD, CosineAnnealingLR" in text
    assert "[red]bias" in text
    assert AGREE.sentence in text


def test_disagreement_is_spelled_out_below_the_table() -> None:
    text = " ".join(printed(summary_table(*scheduled(HEAD, DISAGREE))).split())
    for word in ("DISAGREE at t = 12345", "group backbone", "0.012345678901234", "0.012345678905678"):
        assert word in text


def test_comparison_table_has_a_row_a_schedule_and_group() -> None:
    steps, epochs = CASES["units mixed"]
    grouped = curves_of(np.ones((90, 2)), "fine-tuning", groups=("backbone", "head"))
    text = printed(
        comparison_table([scheduled(steps, AGREE), scheduled(epochs, SKIPPED), scheduled(grouped, DISAGREE)])
    )
    for word in (
        "per step",
        "per epoch",
        "40,000 steps",
        "90 epochs",
        "peak at",
        "length",
        "1 of 3 DISAGREE",
    ):
        assert word in text
    assert text.count("SGD, CosineAnnealingLR") == 1
    same = printed(comparison_table([scheduled(epochs, AGREE), scheduled(grouped, AGREE)]))
    assert "epochs" in same
    assert "length" not in same


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (0.0, "0"), (-0.0, "0"), (1e-3, "0.001"), (3e-4, "3e-4"), (1.25e-5, "1.25e-5"),
     (1 / 3, "0.3333"), (-2e-7, "-2e-7"), (1e5, "1e5"), (99_999.9, "1e5"), (float("nan"), "nan")],
)  # fmt: skip
def test_values_are_written_short(value: float, text: str) -> None:
    assert short(value) == text


def test_counts_are_written_for_people() -> None:
    written = [count(value) for value in (0, 90, 7.5, 5000, 20_000, 112_590, 1_250_000)]
    assert written == ["0", "90", "7.5", "5,000", "20k", "112.59k", "1.25M"]
    assert (plural(1, "epoch"), plural(100_000, "step")) == ("1 epoch", "100,000 steps")
