"""What can be touched: one file with the engine's values, and the small pictures of an index."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import html5lib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import lrviz
from lrviz.foundation.errors import LrvizError
from lrviz.pages import Told, single_page, thumbnail
from lrviz.render.axes import ScheduleAxes
from lrviz.render.interactive.race import race_view
from lrviz.render.interactive.schedule import resume_view, schedule_view
from lrviz.render.interactive.stored import ENTRY, PAGE, stored
from lrviz.results import Curves, FloatArray, Projected
from lrviz.runs.commands.targets import Targets
from tests.cli import Ended

ROOT = Path(__file__).resolve().parents[1]
LONG = """\
steps_per_epoch: 5004
epochs: 90
optimizer:
  name: SGD
  lr: 0.1
  momentum: 0.9
  groups: [{name: body}, {name: head, lr: 1.0}, {name: bias, lr: 0.2}]
scheduler: {name: OneCycleLR, interval: step, max_lr: [0.4, 4, 0.8], total_steps: 90ep}
"""
HOSTILE = "</script><script>alert(1)</script> & \u2028 <b>\u202e\ud800"


def data_of(page: str) -> Any:
    """Return the data of a page, as its browser reads them."""
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(text)


def whole(page: str) -> str:
    """Return a page that is valid HTML, asks for nothing, and allows no script and no style but its own."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    assert not re.search(
        r"\s(?:src|href)\s*=\s*[\"'](?!data:)", re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    )
    (policy,) = (one.get("content") for one in tree.iter("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    scripts = [one for one in tree.iter("script") if one.get("type") is None]
    assert [one.get("id") for one in tree.iter("script") if one.get("type") == "application/json"] == ["data"]
    for element in (*scripts, *tree.iter("style")):
        digest = base64.b64encode(sha256((element.text or "").encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert len(scripts) == policy.split("script-src")[1].split(";")[0].count("sha256-") == 2
    return page


def ticks_of(line: Any) -> FloatArray:
    count = len(line["values"])
    return np.cumsum(line["gaps"]) if "gaps" in line else np.arange(line["first"], line["first"] + count)


def curves_of(lr: FloatArray, **given: Any) -> Curves:
    names = tuple(map(str, range(lr.shape[1])))
    return replace(Curves("run", "run.yaml", "step", 1, "SGD", "constant lr", names, lr), **given)


@given(
    st.lists(arrays(np.float64, st.integers(1, 1500), elements=st.floats(0, 1, width=16)), min_size=1, max_size=4),
    st.integers(400, 2000),
)
def test_no_peak_and_no_end_is_lost(curves: list[FloatArray], most: int) -> None:
    kept = stored(curves, most)
    for one, rows in zip(curves, kept, strict=True):
        assert {0, len(one) - 1} <= set(rows.tolist())
        assert (one[rows].max(), one[rows].min()) == (one.max(), one.min())
        assert (np.diff(rows) > 0).all()
    assert sum(map(len, kept)) <= max(most, 240)


@pytest.mark.parametrize("detail", [PAGE, ENTRY], ids=["a page", "an entry"])
def test_the_values_are_the_engines(detail: Any) -> None:
    simulation = lrviz.simulate(lrviz.document(text=LONG), engine="reference", params=["momentum"])
    view = schedule_view([simulation.curves], ScheduleAxes(), detail)
    assert [panel["name"] for panel in view["panels"]] == ["learning rate", "momentum"]
    assert [line["name"] for line in view["panels"][0]["lines"]] == ["body", "head", "bias"]
    tables = [simulation.curves.lr, simulation.curves.params["momentum"]]
    for panel, table in zip(view["panels"], tables, strict=True):
        for group, line in enumerate(panel["lines"]):
            ticks, values = ticks_of(line), np.array(line["values"])
            np.testing.assert_allclose(values, table[ticks, group], rtol=10.0 ** (1 - detail.digits))
            assert values.max() == pytest.approx(table[:, group].max(), rel=10.0 ** (1 - detail.digits))
            assert (ticks[0], ticks[-1], line["end"]) == (0, len(table) - 1, len(table))
    stored_values = sum(len(line["values"]) for panel in view["panels"] for line in panel["lines"])
    assert stored_values <= detail.most
    assert f"Of {4 * 450_360:,} values {stored_values:,} are stored" in view["stored"]


def test_a_page_of_90_epochs_is_small() -> None:
    simulation = lrviz.simulate(lrviz.document(text=LONG), engine="reference", params=["momentum"])
    page = whole(simulation.to_html())
    assert len(page.encode()) < 300_000
    assert data_of(page)["axis"]["other"] == ["epoch", 1 / 5004]
    # The same page, to the byte, whenever it is written.
    assert simulation.to_html() == page


@pytest.fixture(scope="module")
def race() -> lrviz.Race:
    entries = ["sgd:lr=0.001:momentum=0.9", "adam:lr=0.3", "lbfgs"]
    return lrviz.race(entries, fn="rosenbrock", tune=False, engine="reference")


def test_a_page_of_three_paths_is_small(race: lrviz.Race) -> None:
    page = whole(race.to_html())
    assert len(page.encode()) < 500_000
    view = data_of(page)
    assert view["cost"] == {"label": "gradient evaluations", "most": 500}
    for told, one in zip(view["entries"], race.entries, strict=True):
        for key, values in (("x", one.trajectory.path[:, 0]), ("loss", one.trajectory.loss)):
            np.testing.assert_allclose(np.array(told[key], dtype=float), values, rtol=1e-6, atol=1e-300)
        assert np.cumsum(told["spent"]).tolist() == one.trajectory.spent.tolist()
    assert view["entries"][2]["words"].startswith("rank 1, lr 1 (default), arrived after ")


def test_an_average_is_a_path_of_its_own() -> None:
    found = lrviz.race(["sgd:lr=1e-3"], fn="booth", steps=30, engine="reference", average="ema:decay=0.9")
    (told,), (one,) = race_view(found.contest)["entries"], found.entries
    assert one.average is not None
    assert "rank" not in told["words"]
    assert told["average"]["name"] == "sgd, EMA, decay 0.9"
    np.testing.assert_allclose(np.array(told["average"]["y"], dtype=float), one.average.path[:, 1], rtol=1e-6)


def test_what_diverges_has_values_until_it_does() -> None:
    found = lrviz.race(["sgd:lr=1", "adam:lr=0.1"], fn="rosenbrock", steps=60, engine="reference")
    view = data_of(whole(found.to_html()))
    lost, kept = view["entries"]
    assert None in lost["x"]
    assert "diverged" in lost["words"]
    assert None not in kept["loss"]


def test_what_is_not_finite_is_a_gap() -> None:
    lr = np.array([[0.1, 0.1], [np.nan, 0.2], [np.inf, 0.3]])
    after = Projected(np.array([[0.05, np.nan]]))
    view = schedule_view([curves_of(lr, projected=after)], ScheduleAxes())
    lines = {line["name"]: line for line in view["panels"][0]["lines"]}
    assert lines["0"]["values"] == [0.1, None, None]
    assert (lines["0, projected"]["values"], lines["0, projected"]["first"]) == ([0.05], 3)
    assert lines["1, projected"]["values"] == [None]
    page = single_page(view, Told("a recording", "not cross-checked", alarm=False)).decode()
    assert data_of(whole(page)) == json.loads(json.dumps(view))
    assert ElementTree.fromstring(thumbnail(view)).tag.endswith("svg")


def test_a_line_has_the_name_of_what_it_shows() -> None:
    one = replace(curves_of(np.full((3, 1), 0.1)), params={"momentum": np.full((3, 1), 0.9)})
    assert [panel["lines"][0]["name"] for panel in schedule_view([one], ScheduleAxes())["panels"]] == ["lr", "momentum"]


def test_groups_that_are_not_drawn_are_counted() -> None:
    groups = tuple(map(str, range(1000)))
    view = schedule_view([replace(curves_of(np.arange(2000.0).reshape(2, 1000)), groups=groups)], ScheduleAxes())
    missing = 1000 - len(view["panels"][0]["lines"])
    assert missing > 900
    assert view["words"][-1] == f"{missing} of 1,000 groups are not drawn; --csv has them"


def test_several_runs_have_shares() -> None:
    runs = [curves_of(np.full((length, 1), 0.1), name=f"run {length}", steps_per_epoch=10) for length in (10, 4000)]
    view = schedule_view(runs, ScheduleAxes())
    assert view["share"]
    assert [line["whole"] for line in view["panels"][0]["lines"]] == [10, 4000]
    assert not schedule_view(runs[:1], ScheduleAxes())["share"]
    assert schedule_view(runs[:1], ScheduleAxes(x="share"))["share"]
    part = schedule_view(runs[1:], ScheduleAxes(windows=((10, 30),)))
    (line,) = part["panels"][0]["lines"]
    assert (line["first"], line["end"], part["limits"]) == (10, 30, (10.0, 30.0))


def test_nothing_foreign_acts() -> None:
    lr = np.array([[0.1, 0.2]] * 3)
    odd = curves_of(lr, name=HOSTILE, source=HOSTILE, chain=HOSTILE, footnote=HOSTILE)
    odd = replace(odd, groups=(HOSTILE, "other"))
    page = single_page(
        schedule_view([odd], ScheduleAxes()), Told(HOSTILE, HOSTILE, alarm=True, warnings=(HOSTILE,))
    ).decode()
    whole(page)
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert not set("\u2028\u202e") & set(page)
    assert data_of(page)["panels"][0]["lines"][0]["name"].startswith("</script><script>alert(1)</script> & \\u2028")


def test_a_resumed_run() -> None:
    document = lrviz.document(
        text="epochs: 6\noptimizer: {name: SGD, lr: 0.5}\nscheduler: {name: StepLR, step_size: 2}\n"
    )
    found = lrviz.simulate(document, engine="reference").curves
    from lrviz.results import Interrupted, Resumed

    again = Resumed("naive", "naive", (), found.lr[3:] * 2, {})
    view = resume_view(Interrupted(found, 3, (again,)))
    assert [line["name"] for line in view["panels"][0]["lines"]] == ["uninterrupted", "naive"]
    assert ticks_of(view["panels"][0]["lines"][1]).tolist() == [3, 4, 5]
    assert view["marks"][0]["at"] == 3
    assert b"<path" in thumbnail(view)


def _light(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def test_small_pictures_are_seen_on_light_and_on_dark(race: lrviz.Race) -> None:
    """No text, the whole of it inside, and lines of at least 3:1 on both grounds of a card."""
    from lrviz.pages.thumbnails import _COLOURS, HIGH, WIDE

    for colour in _COLOURS:
        for ground in ("#f4f5f7", "#20252c"):
            low, high = sorted((_light(colour), _light(ground)))
            assert (high + 0.05) / (low + 0.05) >= 3, (colour, ground)
    drawn = thumbnail(race_view(race.contest, ENTRY))
    assert drawn == thumbnail(race_view(race.contest, ENTRY))
    assert len(drawn) < 10_000
    tree = ElementTree.fromstring(drawn)
    kinds = [one.tag.rpartition("}")[2] for one in tree.iter()]
    assert kinds.count("circle") == len(race.entries)
    assert set(kinds) == {"svg", "path", "circle"}
    assert tree.get("viewBox") == f"0 0 {WIDE} {HIGH}"


# The command line ------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


SPEC = "StepLR:step_size=2"
SCHEDULE = ("schedule", SPEC, "--epochs", "6", "--engine", "reference")
RACE = ("race", "sgd:lr=0.1", "adam:lr=0.1", "--fn", "booth", "--steps", "20", "--engine", "reference")


@pytest.mark.parametrize("command", [SCHEDULE, RACE], ids=lambda command: command[0])
def test_the_commands_write_it(here: Path, ended: Ended, command: tuple[str, ...]) -> None:
    code, out, err = ended(*command, "-o", "x.HTML")
    assert code == 0, err
    assert out.endswith("x.HTML\n")
    assert [one.name for one in here.iterdir()] == ["x.HTML"]
    page = whole((here / "x.HTML").read_text(encoding="utf-8"))
    for told in (f"lrviz {lrviz.__version__}", "not cross-checked", "StepLR" if command is SCHEDULE else "Booth"):
        assert told in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*SCHEDULE, "-o", "x.htm"), ".pdf or .html, or an existing folder (did you mean .html?)"),
        (("resume", "recipe:resnet50-step", "--at", "30", "-o", "x.html"), "lrviz schedule and lrviz race write .html"),
        (("diff", SPEC, SPEC, "--epochs", "3", "-o", "x.html"), "not .html; give a file ending in .png, .svg or .pdf"),
        ((*RACE, "-o", "nowhere/x.html"), "no such folder nowhere"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_said_first(here: Path, ended: Ended, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = ended(*arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert list(here.iterdir()) == []


def test_a_page_and_a_film(here: Path) -> None:
    """`--animate` writes its film whatever `-o` is."""
    targets: Callable[..., Targets] = Targets.of
    found = targets([], ["race"], out=Path("x.html"), json=None, csv=None, no_plot=False, film=Path("x.gif"), page=True)
    assert (found.page, found.film, found.pictures) == (Path("x.html"), Path("x.gif"), ())
    with pytest.raises(LrvizError, match="already read or written"):
        targets(["x.html"], ["x"], out=Path("x.html"), json=None, csv=None, no_plot=False, page=True)
    assert targets([], ["x"], out=Path("x.html"), json=None, csv=None, no_plot=True, page=True).page is None
