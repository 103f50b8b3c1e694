"""Groups that begin later, and more groups than anybody reads: the artists of pictures, the text of tables."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from rich.console import Console

import lrviz
from lrviz.render.figures.schedule import SchedulePicture
from lrviz.render.many_groups import MOST, tabled
from lrviz.render.text.schedule_table import summary_table
from lrviz.results import Curves, Verdict
from lrviz.runs.summary import summarise

LATER = """\
epochs: 20
optimizer:
  name: SGD
  lr: 0.1
  groups: [{name: head}, {name: layer 3, lr: 0.05, added: 4}, {name: layer 2, lr: 0.02, added: 9}]
scheduler: {name: LinearLR, start_factor: 0.1, total_iters: 10}
"""


def curves_of(text: str) -> Curves:
    return lrviz.simulate(lrviz.document(text=text), engine="reference").curves


def layers(count: int) -> Curves:
    return curves_of(f"""\
epochs: 20
optimizer: {{name: AdamW, lr: 1.0e-3, weight_decay: 0.1, layer_decay: {{layers: {count - 1}, decay: 0.999}}}}
scheduler: {{name: CosineAnnealingLR, T_max: 20}}
""")


def drawn(curves: Curves) -> Figure:
    figure = SchedulePicture([curves]).shown()
    figure.canvas.draw()
    return figure


def told(figure: Figure, gid: str) -> list[str]:
    return [text.get_text() for ax in figure.axes for text in ax.texts if text.get_gid() == gid]


def test_a_group_that_begins_later_says_so_where_it_begins() -> None:
    figure = drawn(curves_of(LATER))
    assert told(figure, "added") == ["layer 3 added at 0.05", "layer 2 added at 0.02"]
    dots = [line for line in figure.axes[0].lines if line.get_gid() == "begin"]
    assert [np.asarray(dot.get_xydata()).tolist() for dot in dots] == [[[4, 0.05]], [[9, 0.02]]]


def test_a_window_before_a_group_is_added_has_no_value_of_it() -> None:
    simulation = lrviz.simulate(lrviz.document(text=LATER), engine="reference")
    figure = simulation.plot(window=":6")
    figure.canvas.draw()
    assert told(figure, "added") == ["layer 3 added at 0.05"]
    assert told(figure, "end")[2] == "layer 2 (added later)"
    assert "not drawn" not in figure.axes[0].get_ylabel()


@pytest.mark.parametrize("count", [MOST, MOST + 1, 10_000])
def test_of_many_groups_some_are_drawn_and_tabled(count: int) -> None:
    curves = layers(count)
    figure = drawn(curves)
    lines = [line for line in figure.axes[0].lines if line.get_gid() == "line"]
    heading = " ".join(text.get_text() for text in figure.texts)
    bands = [one for one in figure.axes[0].collections if one.get_gid() == "band"]
    stream = io.StringIO()
    summaries = summarise(curves, tabled(count))
    Console(file=stream, width=120, highlight=False).print(summary_table(curves, Verdict.alone(), summaries))
    rows = [row for row in stream.getvalue().splitlines() if row.startswith("layer")]
    if count == MOST:
        assert (len(lines), bands, len(rows)) == (count, [], count)
        assert "groups" not in heading
        return
    assert [line.get_label() for line in (lines[0], lines[-1])] == ["layer 0", f"layer {count - 1}"]
    assert len({line.get_color() for line in lines}) == len(lines) == 8
    assert f"8 of {count:,} groups are drawn" in heading
    (band,) = bands
    points = np.asarray(band.get_paths()[0].vertices)
    assert (points[:, 1].min(), points[:, 1].max()) == pytest.approx((curves.lr.min(), curves.lr.max()))
    assert [row.split()[1] for row in rows] == [str(each) for each in [*range(10), *range(count - 10, count)]]
    assert f"… and {count - 20:,} more" in stream.getvalue()


def test_groups_of_one_curve_are_one_line_with_a_few_names() -> None:
    groups = ", ".join(f"{{name: g{each}}}" for each in range(40))
    figure = drawn(curves_of(f"epochs: 9\noptimizer: {{name: SGD, lr: 0.1, groups: [{groups}]}}\n"))
    (label,) = told(figure, "end")
    assert " ".join(label.split()) == "g0, g1, g2 and 37 more → 0.1"
