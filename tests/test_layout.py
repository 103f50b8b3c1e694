"""What is wrong with how a picture is laid out is found, and a gallery is not built with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import lrviz
from lrviz.foundation.errors import Fault
from lrviz.gallery import pool
from lrviz.gallery.build import build
from lrviz.gallery.catalogue import load_catalogue
from lrviz.gallery.check import check
from lrviz.gallery.drawing import Drawn, draw
from lrviz.gallery.pool import Task
from lrviz.gallery.requests import Request
from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures import layout, style
from lrviz.render.figures.edge_marks import mark_edge
from lrviz.render.figures.picture import LatePicture
from lrviz.render.figures.race import RacePicture
from lrviz.render.figures.schedule import SchedulePicture
from lrviz.results import Contest
from tests.test_render import curves_of, warm_cosine


@pytest.fixture(scope="module")
def contest() -> Contest:
    entries = ["sgd:lr=0.01", "adam:lr=0.3", "sgd:lr=1"]
    return lrviz.race(entries, engine="reference", fn="booth", steps=60).contest


@pytest.fixture
def race(contest: Contest) -> LatePicture:
    """A race on Booth's function of two that end in view, and one that diverges."""
    return RacePicture(contest)


@pytest.fixture
def schedule() -> LatePicture:
    """Two schedules over one another."""
    curves = [curves_of(warm_cosine(100, 10), "warm"), curves_of(np.full(100, 0.05), "flat")]
    return SchedulePicture(curves, ScheduleAxes(None))


def axes(figure: Figure, gid: str) -> Axes:
    return next(ax for ax in figure.axes if ax.get_gid() == gid)


def line(figure: Figure, gid: str, index: int = 0) -> Any:
    return [one for ax in figure.axes for one in ax.lines if one.get_gid() == gid][index]


def mark(figure: Figure, index: int, **look: Any) -> None:
    """Draw a mark of another colour where a path ends."""
    at = line(figure, "end", index).get_xydata()[0]
    axes(figure, "map").plot(*at[:, None], **{"marker": "o", "color": "black", **look})


def ground(figure: Figure) -> None:
    """Write over the end of a path, on a ground of its own."""
    x, y = line(figure, "end", 1).get_xydata()[0]
    axes(figure, "map").text(x, y, "Planted", zorder=20, bbox={"facecolor": "white"})


def crowd(figure: Figure) -> None:
    ax = figure.axes[0]
    ax.set_xticks(range(0, 100, 2))
    ax.set_xticklabels([f"{tick}.000" for tick in range(0, 100, 2)])


def across(figure: Figure) -> None:
    """Write over a curve what belongs to no axes."""
    x, y = figure.axes[0].transData.transform((40, 0.05)) / figure.bbox.size
    figure.text(x, y, "Planted", va="center")


def alone(figure: Figure) -> None:
    """Leave the line of a tolerance alone in its axes."""
    ax = axes(figure, "losses")
    for one in ax.lines:
        one.set_visible(False)
    ax.axhline(1.0)


RACES: dict[str, tuple[Callable[[Figure], Any], str]] = {
    "texts over one another": (lambda one: one.text(0.02, 0.96, "Planted"), "and 'Planted' overlap"),
    "a text beyond the edge": (lambda one: one.text(0.97, 0.5, "Planted"), "'Planted' does not fit in the figure"),
    "a small text": (lambda one: one.text(0.4, 0.01, "Planted", size=5), "'Planted' is set in 5 points"),
    "an empty panel": (alone, "the axes 'losses' show nothing"),
    "an end without a mark": (lambda one: line(one, "end", 0).remove(), "ends without a mark"),
    "an exit without a mark": (lambda one: line(one, "exit").remove(), "ends outside of its axes, and no mark says so"),
    "a mark over an end": (lambda one: mark(one, 1, markersize=14, zorder=9), "the mark 'end' lies under another"),
    "a ground over an end": (ground, "the mark 'end' lies under 'Planted'"),
}
SCHEDULES: dict[str, tuple[Callable[[Figure], Any], str]] = {
    "numbers of an axis over one another": (crowd, "'2.000' and '4.000' overlap"),
    "a label over a curve": (
        lambda one: one.axes[0].text(40, 0.05, "Planted", va="center"), "a curve runs through 'Planted'"
    ),
    "a text of the figure over a curve": (across, "a curve runs through 'Planted'"),
    "an end outside": (lambda one: one.axes[0].set_ylim(0.04, 0.06), "'warm' ends outside of its axes"),
    "an end under an inset": (
        lambda one: one.axes[0].inset_axes((0.8, 0.2, 0.2, 0.6)).plot([1, 2]), "'flat' ends under an inset"
    ),
}  # fmt: skip


def found(picture: LatePicture) -> list[str]:
    picture.pixels()
    return picture.faults()


def test_pictures_are_laid_out_without_fault(race: LatePicture, schedule: LatePicture) -> None:
    assert found(race) == found(schedule) == []


@pytest.mark.parametrize(("plant", "told"), RACES.values(), ids=RACES)
@pytest.mark.slow
def test_a_fault_of_a_race_is_found(race: LatePicture, plant: Callable[[Figure], Any], told: str) -> None:
    plant(race.figure)
    assert any(told in one for one in found(race)), found(race)


@pytest.mark.parametrize(("plant", "told"), SCHEDULES.values(), ids=SCHEDULES)
def test_a_fault_of_a_schedule_is_found(schedule: LatePicture, plant: Callable[[Figure], Any], told: str) -> None:
    plant(schedule.figure)
    assert any(told in one for one in found(schedule)), found(schedule)


def test_what_is_seen_beside_a_mark_over_it_is_no_fault(race: LatePicture) -> None:
    """A smaller mark leaves a rim to be seen, a hollow one all; slices of one disc share its middle."""
    mark(race.figure, 0, markersize=4, zorder=9)
    mark(race.figure, 1, markersize=20, zorder=9, markerfacecolor="none")
    assert found(race) == []


def test_arrowheads_at_one_place_stand_one_behind_the_other() -> None:
    ax = Figure(dpi=144).add_subplot(xlim=(1, 10), ylim=(1, 10), xscale="log")
    marks: list[Any] = []
    for index, (x, y, way) in enumerate([(3, 10, "^"), (3, 10, "^"), (8, 9, "^"), (5, 1, "v"), (5, 1, "v")]):
        marks += mark_edge(ax, x, y, way, style.path_colour(index), gid="leaves")
    places = np.array([ax.transData.transform(one.get_xydata())[0] for one in marks])
    assert places[1] - places[0] == pytest.approx((0, -14))
    assert places[2] == pytest.approx(ax.transData.transform((8, 9)))
    assert places[4] - places[3] == pytest.approx((0, 14))


@pytest.mark.slow
def test_every_end_is_seen_on_a_surface_in_relief(contest: Contest) -> None:
    """Those at one point share a disc; what leaves the surface has an arrowhead on its edge."""
    together = lrviz.race(["sgd:lr=0.05", "sgd:lr=0.06"], engine="reference", fn="booth", steps=300).contest
    for shown, gids in (contest, ["end", "end", "exit"]), (together, ["end", "end"]):
        picture = RacePicture(shown, "3d")
        assert found(picture) == []
        (ax,) = [ax for ax in picture.figure.axes if not ax.get_gid()]
        assert [one.get_gid() for one in ax.lines if one.get_gid() in ("end", "exit")] == gids


CATALOGUE = """\
title: A small gallery
text: One entry.
tags: {steps: drops}
sections:
  - name: Schedules
    text: Some.
    entries: [{title: Drops, schedule: drops.yaml, text: It drops., tags: [steps]}]
"""


def test_a_gallery_with_a_fault_fails_until_it_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is written, to be looked at; it counts as built only once it is laid out well."""

    def in_process(tasks: Sequence[Task], *_: object) -> Iterator[tuple[Request, Drawn]]:
        yield from ((request, draw(request, known)) for request, known in tasks)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(pool, "drawn", in_process)
    document = "epochs: 6\noptimizer: {name: SGD, lr: 0.5}\nscheduler: {name: StepLR, step_size: 2}\n"
    (tmp_path / "drops.yaml").write_text(document)
    (tmp_path / "catalogue.yaml").write_text(CATALOGUE)
    catalogue = load_catalogue(tmp_path / "catalogue.yaml")
    with monkeypatch.context() as planted:
        planted.setattr(layout, "SMALLEST", style.TEXT + 0.1)
        for again in (False, True):
            built = build(catalogue, tmp_path)
            assert (built.drawn, built.same) == (([], ["drops"]) if again else (["drops"], []))
            assert built.faults == check(catalogue, tmp_path)
            told = "'learning rate' is set in 9 points; 9.1 are the least that can be read"
            assert Fault(catalogue.entries[0].place, "drops", told) in built.faults
    assert (tmp_path / "pictures" / "drops.png").is_file()
    assert build(catalogue, tmp_path).faults == check(catalogue, tmp_path) == []
    assert build(catalogue, tmp_path).kept == 1
