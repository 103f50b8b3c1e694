"""The picture and the film of a race, by the data and the places of their artists."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

import lrviz
from lrviz.functions import FUNCTIONS
from lrviz.functions.wells import Himmelblau
from lrviz.render.figures import style
from lrviz.render.figures.clipping import exit_of, inside, seen
from lrviz.render.figures.label_space import Box, along, hidden
from lrviz.render.figures.race import RacePicture
from lrviz.render.figures.race_film import FRAMES, SLOW, animate, costs_shown
from lrviz.render.figures.race_map import MOST_PATHS
from lrviz.render.figures.relief import Relief, relief_of
from lrviz.render.figures.sensitivity import tells
from lrviz.render.figures.surface import BANDS, HIGH, LOW, bands
from lrviz.render.figures.text_size import wrap
from lrviz.render.text.names import without_lr
from lrviz.results import Replayed
from lrviz.results.trajectories import Averaged
from lrviz.runs.racing import Race

RACES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "three": (["sgd", "adam", "adamw"], {"fn": "rosenbrock", "steps": 150}),
    "one": (["sgd"], {"fn": "booth", "steps": 1}),
    "diverging": (["sgd:lr=0.04", "sgd:lr=0.09", "sgd:lr=1e9"], {"fn": "quadratic", "steps": 60}),
    "many": (
        ["sgd", "adam", "adamax", "nadam", "radam", "adagrad", "adadelta", "rmsprop", "rprop", "asgd", "muon", "adamw"],
        {"fn": "himmelblau", "steps": 40, "tune": False},
    ),
    "unbounded": (["sgd", "adam"], {"fn": "monkey_saddle", "steps": 30}),
    "averaged": (
        ["sgd:lr=0.1", "adam:lr=0.1"],
        {"fn": "quadratic", "steps": 60, "noise": 1, "average": "ema:decay=0.9"},
    ),
    "scheduled": (["sgd:lr=0.1", "configs/races/schedules/step.yaml"], {"fn": "booth", "steps": 300}),
    "flat": (["sgd", "adam"], {"fn": "easom", "steps": 20}),
    "evaluations": (["lbfgs", "sgd:lr=0.01"], {"fn": "booth", "steps": 40}),
    "remembering": (
        ["sgd:momentum=0.9", "adam:lr=0.3", "lbfgs"],
        {"fn": "rosenbrock", "steps": 60, "lr": 1e-3, "show_state": True},
    ),
}


# Each race is run and drawn once, for all tests that look at it.
@pytest.fixture(scope="module", params=RACES)
def race(request: pytest.FixtureRequest) -> Race:
    entries, options = RACES[request.param]
    return lrviz.race(entries, engine="reference", **options)


def drawn(race: Race, view: Any = "2d") -> RacePicture:
    picture = RacePicture(race.contest, view)
    picture.stamp(race.contest)
    return picture


@pytest.fixture(scope="module")
def picture(race: Race) -> RacePicture:
    """Return the picture of a race, for tests that only look at it."""
    return drawn(race)


@pytest.fixture(scope="module")
def figure(picture: RacePicture) -> Figure:
    return picture.figure


def artists(figure: Figure, gid: str) -> list[Any]:
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def bytes_of(picture: RacePicture, kind: Any = "png") -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind)
    return stream.getvalue()


@pytest.mark.slow
def test_paths_and_losses_are_the_contests(race: Race, figure: Figure) -> None:
    contest = race.contest
    paths, losses = artists(figure, "path"), artists(figure, "loss")
    assert len(paths) == len(losses) == len(contest.contestants)
    for one, path, loss in zip(contest.contestants, paths, losses, strict=True):
        finite = one.trajectory.path[np.isfinite(one.trajectory.path).all(axis=1)]
        followed = path.get_xydata()
        assert np.array_equal(followed, finite[: len(followed)])
        # What diverges is followed until it is far outside.
        assert len(followed) == len(finite) or (one.diverged and not inside(followed[-1:], contest.function.domain)[0])
        heights, (low, high) = one.trajectory.loss - (contest.function.minimum or 0.0), loss.axes.get_ylim()
        seen = (heights >= low) & (heights <= high)
        assert loss.get_ydata()[seen] == pytest.approx(heights[seen])
        # What is not on the axes leaves them at the edge that it lies beyond.
        assert (loss.get_ydata()[heights > high] > high).all()
        assert (loss.get_ydata()[heights < low] < low).all()
        assert to_rgb(path.get_color()) == to_rgb(loss.get_color())
    assert len({(line.get_color(), str(line._dash_pattern)) for line in paths}) == len(paths)


@pytest.mark.slow
def test_what_stands_in_a_picture_lies_in_it_and_over_nothing_else(race: Race, picture: RacePicture) -> None:
    for each in (picture, drawn(race, "steps")):
        each.pixels()
        assert each.faults() == []


def test_every_entry_is_named_with_its_lr_and_its_end(race: Race, figure: Figure) -> None:
    words = " ".join(one.get_text() for one in artists(figure, "label"))
    for one in without_lr(race.contest).contestants:
        assert one.name.split(" (")[0].replace("configs/races/schedules/step.yaml", "steps") in words
    sources = {"given": "given", "tuned": "tuned", "default": "default"}
    assert all(sources[one.lr_source] in words for one in race.contest.contestants if not one.chain)


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        (["sgd:lr=0.01", "sgd:lr=0.01:momentum=0.9"], ["sgd", "sgd:momentum=0.9"]),
        (["adamw:lr=0.01", "adam:betas=0,0.9:lr=0.1"], ["adamw (weight_decay 0.01)", "adam:betas=0,0.9"]),
        (["sgd:lr=0.01", "sgd:lr=0.02", "adam:lr=0.1"], ["sgd:lr=0.01", "sgd:lr=0.02", "adam:lr=0.1"]),
    ],
)
def test_names_say_the_lr_only_where_it_tells_them_apart(entries: list[str], names: list[str]) -> None:
    race = lrviz.race(entries, engine="reference", fn="booth", steps=2)
    assert [one.name for one in without_lr(race.contest).contestants] == names
    notes = " ".join(artists(drawn(race).figure, "notes")[0].get_text().split())
    assert ("moves the minimum" in notes) == any("(weight_decay" in name for name in names)


def test_protocol_and_verdict_are_told(race: Race, figure: Figure) -> None:
    (notes,) = artists(figure, "notes")
    told = " ".join(notes.get_text().split())
    protocol = race.contest.protocol
    assert ("tuned on one grid" in told) == protocol.tuned
    assert ("256 other starts" in told) == (race.contest.tolerance is not None)
    if protocol.noise:
        assert "Noise of 1 on every gradient" in told
    (verdict,) = artists(figure, "verdict")
    assert verdict.get_text() == "not cross-checked: only the reference engine was requested"


def test_marks_are_where_they_belong(race: Race, figure: Figure) -> None:
    contest = race.contest
    minima, *others = artists(figure, "minima")
    assert len(others) == (len(contest.contestants) - 1 if len(contest.contestants) > MOST_PATHS else 0)
    assert np.array_equal(minima.get_offsets(), np.array(contest.function.minima).reshape(-1, 2))
    assert {tuple(start.get_xydata()[0]) for start in artists(figure, "start")} == {contest.start}
    ends = len(artists(figure, "end name")) - 1
    assert ends <= len(contest.contestants)
    for one, dots in zip(contest.contestants, artists(figure, "other ends"), strict=True):
        finite = one.robustness.ends[:, np.isfinite(one.robustness.ends).all(axis=0)]
        assert np.array_equal(dots.get_xydata(), finite.T)
    assert not artists(figure, "bundle")
    scheduled = sum(bool(one.chain) for one in contest.contestants)
    assert len(artists(figure, "lr")) == scheduled
    averaged = sum(one.average is not None for one in contest.contestants)
    assert len(artists(figure, "average")) == len(artists(figure, "average loss")) == averaged


def test_the_average_of_a_lone_path_is_told_from_it_by_its_colour() -> None:
    options: dict[str, Any] = {"fn": "quadratic", "steps": 60, "noise": 1, "average": "ema:decay=0.9"}
    for entries in (["sgd:lr=0.1"], ["sgd:lr=0.1", "adam:lr=0.1"]):
        drawn = RacePicture(lrviz.race(entries, **options, engine="reference").contest).figure
        for gid in ("average", "average loss"):
            wanted = [style.INK] if len(entries) == 1 else [style.path_colour(0), style.path_colour(1)]
            assert [line.get_color() for line in artists(drawn, gid)] == wanted


def test_what_every_lr_gave_is_drawn_around_what_was_chosen(race: Race, figure: Figure) -> None:
    contest = race.contest
    lines = artists(figure, "median")
    tuned = [one for one in contest.contestants if one.sensitivity is not None]
    assert len(lines) == (len(tuned) if tells(contest) else 0)
    assert len(artists(figure, "chosen")) == len(lines)
    for one, line, mark in zip(tuned, lines, artists(figure, "chosen"), strict=False):
        found, ((x, _),) = one.sensitivity, mark.get_xydata()
        low, high = line.axes.get_ylim()
        assert found is not None
        assert line.axes.get_xlim()[0] < one.lr < line.axes.get_xlim()[1]
        # Those at one place share the place of the first.
        assert abs(np.log10(x / one.lr)) < 0.3
        rates, medians = np.asarray(line.get_xydata()).T
        assert np.array_equal(rates, found.lr[: len(rates)])
        seen = (found.median[: len(rates)] >= low) & (found.median[: len(rates)] <= high)
        # One end below the tolerance is as good as another: the curve lies on its line, inside the axes.
        told = np.maximum(found.median[: len(rates)], contest.tolerance or 0.0)
        seen |= found.median[: len(rates)] < low
        assert np.array_equal(medians[seen], told[seen])
        assert (medians[seen] >= low).all()
        # It ends where it diverges: at the first lr beyond the chosen one under which half of the starts do.
        diverging = np.flatnonzero((found.diverged >= 0.5) & (found.lr > one.lr))
        assert len(rates) == (diverging[0] + 1 if diverging.size else len(found.lr))


def test_curves_of_what_every_lr_gave_are_named_in_their_colours(race: Race, figure: Figure) -> None:
    contest = without_lr(race.contest)
    colours = {one.name.partition(" (")[0]: style.path_colour(index) for index, one in enumerate(contest.contestants)}
    names = artists(figure, "curve name")
    assert all(colours[name.get_text()] == name.get_color() for name in names)
    boxes = [name.get_window_extent() for name in names]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert all(name.axes.get_window_extent().contains(*box.p0) for name, box in zip(names, boxes, strict=True))
    if "rosenbrock" in contest.name.casefold() and len(artists(figure, "median")) > 1:
        assert names


def test_the_tolerance_stands_where_some_come_near_and_is_told_else(race: Race, figure: Figure) -> None:
    contest, words = race.contest, " ".join(one.get_text() for one in artists(figure, "panel title"))
    if contest.tolerance is None:
        assert "tolerance" not in words
        return
    averages = [one.average.loss for one in contest.contestants if one.average is not None]
    losses = np.concatenate([*(one.trajectory.loss for one in contest.contestants), *averages])
    losses -= contest.function.minimum or 0.0
    near = bool((losses[losses >= -contest.tolerance] <= 30 * contest.tolerance).any())
    assert len(artists(figure, "tolerance")) == near
    assert ("is not reached" in words) is not near
    (ax,) = (ax for ax in figure.axes if ax.get_gid() == "losses")
    # The curves fill the axis.
    seen = losses[np.isfinite(losses) & (losses > 0)]
    low, high = np.log10(ax.get_ylim())
    span = np.ptp(np.log10(np.clip(seen, *ax.get_ylim())))
    assert span >= 0.55 * (high - low) or high - low < 0.6


def test_curves_leave_the_axes_with_a_mark() -> None:
    entries = ["sgd:lr=0.09", "sgd:lr=1e9", "sgd:lr=0.02:momentum=0.5"]
    race = lrviz.race(entries, engine="reference", fn="quadratic", steps=300)
    figure = drawn(race).figure
    marks = artists(figure, "leaves")
    assert [mark.get_marker() for mark in marks] == ["^", "^", "v"]
    assert [mark.get_color() for mark in marks] == [style.path_colour(index) for index in range(3)]


@pytest.mark.parametrize(
    ("fn", "start"), [("quadratic", (0.0, 0.0)), ("1e-200*x**2 + 1e-200*y**2", (-3.0, 3.0))], ids=["at", "very near"]
)
def test_losses_that_begin_below_the_tolerance_have_reached_it(fn: str, start: tuple[float, float]) -> None:
    entries = ["sgd:lr=0.01:momentum=0.9", "adam:lr=1e-12"]
    picture = drawn(lrviz.race(entries, engine="reference", fn=fn, start=start, steps=20, show_state=True))
    figure = picture.figure
    assert not any("not reached" in one.get_text() for one in artists(figure, "panel title"))
    (line,), marks = artists(figure, "tolerance"), artists(figure, "leaves")
    low, high = line.axes.get_ylim()
    assert low < line.get_ydata()[0] < high
    assert [(mark.get_marker(), mark.get_xdata()[0]) for mark in marks] == [("v", 0)] * 2
    # What stays at zero is a line at zero, which no log axis holds.
    state = artists(figure, "remembered")
    assert state
    assert all(one.axes.get_yscale() == "linear" for one in state if not np.nansum(one.get_ydata()))
    picture.pixels()
    # Nothing but marks is there to be seen.
    assert {fault.split("'")[-1] for fault in picture.faults()} <= {" show nothing"}


def test_a_loss_that_never_changes_is_drawn_at_any_size() -> None:
    figure = drawn(lrviz.race(["adam:lr=1e-300"], engine="reference", fn="1e200*x**2 + y", steps=9)).figure
    (loss,) = artists(figure, "loss")
    low, high = loss.axes.get_ylim()
    assert low < loss.get_ydata()[0] < high
    assert high - low < 0.2 * high


def test_the_size_of_a_single_step_is_a_dot() -> None:
    figure = drawn(lrviz.race(["sgd:lr=0.1"], engine="reference", fn="booth", steps=1), "steps").figure
    assert [artists(figure, f"step {name}")[0].get_marker() for name in "xy"] == ["o", "o"]


@pytest.mark.slow
def test_labels_of_any_number_stay_in_the_picture() -> None:
    long = "adam:betas=0.9,0.999:eps=1e-8:weight_decay=0:amsgrad=true:lr=0.0"
    entries = [f"{long}{index}" for index in range(10, 34)]
    picture = drawn(lrviz.race(entries, engine="reference", fn="booth", steps=2), "3d")
    assert len(artists(picture.figure, "label")) == 2 * len(entries)
    picture.pixels()
    assert picture.faults() == []


def test_no_end_and_no_minimum_is_hidden() -> None:
    """A star is larger than the mark of an end over it, and the start's ring than an end inside it."""
    race = lrviz.race(["sgd:lr=1e-12", "adam:lr=0.3"], engine="reference", fn="booth", steps=400)
    figure = drawn(race).figure
    (stars,), (start,), ends = artists(figure, "minima"), artists(figure, "start"), artists(figure, "end")
    assert start.get_markersize() > 1.5 * ends[0].get_markersize()
    assert np.sqrt(stars.get_sizes()[0]) > 2 * ends[1].get_markersize()
    assert all(end.zorder > max(start.zorder, stars.zorder) for end in ends)


def test_paths_that_coincide_are_all_seen() -> None:
    entries = ["adam:lr=0.05", "adam:lr=0.05:foreach=true", "adam:lr=0.06"]
    figure = drawn(lrviz.race(entries, engine="reference", fn="rosenbrock", steps=50)).figure
    for gid in ("path", "loss"):
        first, second, alone = (line._unscaled_dash_pattern for line in artists(figure, gid))
        assert not alone[1]
        # Where one has a dash the other has its gap.
        assert list(first[1]) == list(second[1]) == [5, 5]
        assert (first[0] - second[0]) % 10 == 5


def test_a_path_with_a_surface_of_its_own_is_drawn_whole() -> None:
    figure = drawn(lrviz.race(["sgd:lr=0.01"] * 7, engine="reference", fn="booth", steps=5)).figure
    alone, together = ([line._unscaled_dash_pattern[1] for line in artists(figure, gid)] for gid in ("path", "loss"))
    assert len(alone) == 7
    assert all(line is None or 30 not in line for line in alone)
    assert [list(line) for line in together] == [[5, 30]] * 7


def test_many_paths_have_a_surface_each_on_one_scale() -> None:
    entries, options = RACES["many"]
    figure = drawn(lrviz.race(entries, engine="reference", **options)).figure
    maps = [ax for ax in figure.axes if ax.get_gid() == "map"]
    assert len(maps) == len(entries)
    assert len({(ax.get_xlim(), ax.get_ylim(), round(ax.bbox.width, 6)) for ax in maps}) == 1
    assert all(len([line for line in ax.lines if line.get_gid() == "path"]) == 1 for ax in maps)
    grounds = [np.asarray(ax.images[0].get_array()) for ax in maps]
    assert all(np.array_equal(grounds[0], one) for one in grounds)


def luminance(colour: Any) -> float:
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("index", range(len(style.PATHS)))
def test_paths_stand_out_from_the_surface(index: int) -> None:
    """3:1 is what WCAG 2 asks of graphics, https://www.w3.org/TR/WCAG22/#non-text-contrast."""
    darkest, path = luminance(LOW), luminance(style.path_colour(index))
    assert luminance(HIGH) > darkest
    assert (darkest + 0.05) / (path + 0.05) >= 3


def test_the_bundle_is_drawn_where_it_is_asked_for(three: Race) -> None:
    figure = RacePicture(three.contest, bundle=True).figure
    assert len(artists(figure, "bundle")) == 3
    assert not artists(figure, "other ends")


@pytest.mark.slow
def test_a_picture_is_the_same_bytes_again(race: Race, picture: RacePicture) -> None:
    assert bytes_of(picture) == bytes_of(drawn(race))


@pytest.fixture(scope="module")
def three() -> Race:
    entries, options = RACES["three"]
    return lrviz.race(entries, engine="reference", **options)


@pytest.mark.parametrize("view", ["2d", "3d", "steps"])
@pytest.mark.slow
def test_every_format_and_view(three: Race, view: str) -> None:
    one, again = drawn(three, view), drawn(three, view)
    for kind in ("png", "svg", "pdf"):
        assert bytes_of(one, kind) == bytes_of(again, kind), kind


@pytest.mark.slow
def test_arrows_point_down_the_gradient_and_along_the_step(race: Race, figure: Figure) -> None:
    contest, plain = race.contest, figure
    figure = drawn(race, "steps").figure
    (ground, *_) = (ax for ax in figure.axes if any(one.get_gid() == "surface" for one in ax.images))
    stretch = np.array(ground.bbox.size) / (np.ptp(ground.get_xlim()), np.ptp(ground.get_ylim()))
    function = {cls.name: cls for cls in FUNCTIONS}[contest.function.name]()
    gradients, steps = artists(figure, "gradient"), artists(figure, "step arrow")
    assert gradients
    known = np.concatenate([one.trajectory.path for one in race.entries])
    for some in gradients:
        assert len(some.U) <= 5
        for at, u, v in zip(some.get_offsets(), some.U, some.V, strict=True):
            x, y = function.gradient(*at[:, None])
            down = -np.array([x[0], y[0]]) * stretch
            assert (u, v) == pytest.approx(tuple(58 * down / np.hypot(*down)))
    for some in steps:
        for at, u, v in zip(some.get_offsets(), some.U, some.V, strict=True):
            rows = np.flatnonzero(np.hypot(*(known - at).T) < 1e-12)
            ways = (known[np.minimum(rows + 1, len(known) - 1)] - at) * stretch
            ways = ways[np.hypot(*ways.T) > 0]
            assert np.hypot(*(58 * ways / np.hypot(*ways.T)[:, None] - (u, v)).T).min() < 1e-6
    for axis, name in enumerate("xy"):
        for one, line in zip(contest.contestants, artists(figure, f"step {name}"), strict=True):
            moved = np.abs(np.diff(one.trajectory.path[:, axis]))
            assert np.asarray(line.get_ydata()) == pytest.approx(np.where(moved > 0, moved, np.nan), nan_ok=True)
    words = " ".join(text.get_text() for text in artists(figure, "scale"))
    assert "downhill" in words
    assert not artists(plain, "gradient")


def test_what_is_remembered_is_drawn_where_it_was_asked_for(race: Race, figure: Figure) -> None:
    every = [(one, kept) for one in race.entries for kept in one.state or ()]
    for gid, tables in (
        ("remembered", [kept.values for _, kept in every]),
        ("corrected", [kept.corrected for _, kept in every if kept.corrected is not None]),
    ):
        columns = [column for table in tables for column in table.T]
        for line, column in zip(artists(figure, gid), columns, strict=True):
            assert np.array_equal(line.get_ydata(), column, equal_nan=True)
    rates = sorted({kept.keeps for _, kept in every if kept.keeps})
    assert [float(one.get_text()) for one in artists(figure, "rate")] == rates
    for rate, line in zip(rates, artists(figure, "weight"), strict=True):
        assert np.asarray(line.get_ydata()) == pytest.approx(rate ** np.asarray(line.get_xdata()))
    told = [one.get_text() for one in artists(figure, "state name")]
    assert all(any(words.startswith(kept.name) for words in told) for _, kept in every)
    assert bool(told) == bool(every) == bool(artists(figure, "state"))


def test_each_evaluation_of_lbfgs_is_a_ring() -> None:
    race = lrviz.race(["lbfgs", "sgd:lr=1e-3"], engine="reference", fn="rosenbrock", steps=30)
    figure = drawn(race).figure
    (rings,), evaluated = artists(figure, "evaluations"), race.entries[0].evaluated
    assert evaluated is not None
    assert np.array_equal(rings.get_xydata(), evaluated)
    assert "evaluations of LBFGS" in artists(figure, "scale")[0].get_text()


def test_diverging_paths_leave_with_an_arrow() -> None:
    entries, options = RACES["diverging"]
    figure = drawn(lrviz.race(entries, engine="reference", **options)).figure
    exits = artists(figure, "exit")
    assert len(exits) == 2
    for one in exits:
        (left, right), (low, high) = one.axes.get_xlim(), one.axes.get_ylim()
        ((x, y),) = one.get_xydata()
        assert min(abs(x - left), abs(x - right), abs(y - low), abs(y - high)) < 1e-9
        # Both leave nearly upright, through the lower or the upper edge: the head's tip is its first vertex.
        tip = np.array(one.get_marker())[0]
        assert tip[1] * (y - (low + high) / 2) > 0.9
    words = " ".join(one.get_text() for one in artists(figure, "label"))
    assert "DIVERGED" in words


def test_a_picture_that_torch_moves_is_drawn_anew(three: Race) -> None:
    contest = three.contest
    first, *rest = contest.contestants
    moved = replace(first.trajectory, path=first.trajectory.path + 0.2)
    found = Replayed("disagree", 1.0, 1.0, 3, None, "x", 0.0, 1.0, {"torch": "2.13.0"}, free_max_abs=0.2)
    other = replace(contest, contestants=(replace(first, trajectory=moved, verdict=found), *rest))
    picture = RacePicture(contest)
    picture.prepare()
    picture.stamp(other)
    assert np.array_equal(artists(picture.figure, "path")[0].get_xydata(), moved.path)
    (verdict,) = artists(picture.figure, "verdict")
    assert "DISAGREE" in verdict.get_text()
    assert verdict.get_color() == style.ALARM


@pytest.mark.slow
def test_a_late_verdict_is_what_a_full_draw_shows(three: Race) -> None:
    agreed = [
        replace(one, verdict=Replayed("agree", 0.0, 0.0, ran={"torch": "2.13.0"}, free_max_abs=0.0))
        for one in three.entries
    ]
    contest = replace(three.contest, contestants=tuple(agreed))
    late, whole = RacePicture(three.contest), RacePicture(contest)
    late.prepare()
    late.stamp(contest)
    whole.stamp(contest)
    assert bytes_of(late) == bytes_of(whole)


@pytest.mark.slow
def test_a_loss_or_an_average_that_torch_moves_is_drawn_anew(three: Race) -> None:
    first, *rest = three.entries
    loss = np.append(first.trajectory.loss[:-1], 1.05 * first.trajectory.loss[-1])
    moved = replace(first, trajectory=replace(first.trajectory, loss=loss))
    average = Averaged("EMA", first.trajectory.path, first.trajectory.loss)
    averaged, apart = (
        replace(first, average=replace(average, path=average.path + shift), trajectory=first.trajectory)
        for shift in (0.0, 0.2)
    )
    for drawn_at_first, stamped in ((first, moved), (averaged, apart)):
        contests = [replace(three.contest, contestants=(one, *rest)) for one in (drawn_at_first, stamped)]
        late, whole = RacePicture(contests[0]), RacePicture(contests[1])
        late.prepare()
        late.stamp(contests[1])
        whole.stamp(contests[1])
        assert bytes_of(late) == bytes_of(whole)


def test_ends_at_one_point_share_a_disc(three: Race) -> None:
    first = three.entries[0]
    same = replace(three.contest, contestants=(first, first, first))
    ends = artists(RacePicture(same).figure, "end")
    slices = [np.array(end.get_marker().vertices)[2:] for end in ends]
    assert len({end.get_color() for end in ends}) == len(slices) == 3
    for one, other in zip(slices, [*slices[1:], slices[0]], strict=True):
        assert one[-2] == pytest.approx(other[0])


def test_a_path_that_comes_back_is_seen_whole_in_relief() -> None:
    race = lrviz.race(["adam:lr=0.562", "sgd:lr=1e-6"], engine="reference", fn="goldstein_price", steps=100)
    box = race.contest.surface.box
    path = race.entries[0].trajectory.path
    assert not inside(path, box).all()
    figure = RacePicture(race.contest, "3d").figure
    lines, ends = artists(figure, "path"), artists(figure, "end")
    for one, line, end in zip(race.entries, lines, ends, strict=True):
        x, y, _ = line.get_data_3d()
        drawn_points = {tuple(point) for point in zip(x, y, strict=True)}
        within = one.trajectory.path[inside(one.trajectory.path, box)]
        assert {tuple(point) for point in within} <= drawn_points
        assert np.ravel(end.get_data_3d())[:2] == pytest.approx(one.trajectory.path[-1])


@pytest.mark.parametrize("fn", ["saddle", "rosenbrock", "ackley"])
@pytest.mark.slow
def test_paths_lie_on_the_surface_in_relief(fn: str) -> None:
    race = lrviz.race(["sgd:lr=1e-3", "adam:lr=0.05"], engine="reference", fn=fn, steps=30)
    picture = RacePicture(race.contest, "3d")
    figure = picture.figure
    picture.pixels()
    assert picture.faults() == []
    relief = relief_of(race.contest)
    # A surface that goes below zero, or is no plain beside a peak, is as high as its values.
    assert relief.logarithmic == (fn == "rosenbrock")
    for one, line in zip(race.entries, artists(figure, "path"), strict=True):
        x, _, z = line.get_data_3d()
        known = [
            relief.height(float(loss) - (relief.minimum if relief.logarithmic else 0)) for loss in one.trajectory.loss
        ]
        heights = dict(zip(one.trajectory.path[:, 0].tolist(), known, strict=True))
        beside = [(at, heights[place]) for place, at in zip(x, z, strict=True) if place in heights]
        assert len(beside) > 20
        assert max(abs(drawn - height) for drawn, height in beside) < 0.05 * relief.span
    assert {"start", "sgd", "adam"} == {one.get_text() for one in artists(figure, "end name")}


def test_a_ridge_hides_what_lies_behind_it() -> None:
    y = np.linspace(-1, 1, 41)
    ridge = np.repeat(np.exp(-((y / 0.1) ** 2))[:, None], 41, axis=1)
    relief = Relief(((-1.0, 1.0), (-1.0, 1.0)), ridge, 0.0, 1.0, 0.0, 0.0)
    points = relief.on(np.array([(0.0, -0.6), (0.0, 0.0), (0.0, 0.4), (0.0, 0.95)]))
    assert relief.visible(points, np.array([0.0, -0.4, 1.0])).tolist() == [True, True, False, True]
    assert relief.visible(points, np.array([0.0, 0.01, 1.0])).all()


def test_the_tolerance_is_named_where_it_hides_nothing(race: Race, figure: Figure) -> None:
    for name in artists(figure, "tolerance name"):
        (line,) = artists(figure, "tolerance")
        box = name.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
        height = name.axes.transData.transform((0.0, line.get_ydata()[0]))[1]
        assert not box.y0 <= height <= box.y1
        if len(race.entries) < 12:
            curves = [loss.get_transform().transform(loss.get_xydata()) for loss in artists(figure, "loss")]
            assert not any(hidden(along(curve, (2e3, 2e3)), Box(*box.extents)) for curve in curves)


@given(walk=arrays(np.float64, (12, 2), elements=st.floats(-3, 3, width=16)))
def test_what_is_seen_through_a_frame(walk: Any) -> None:
    box = ((-1.0, 1.5), (-0.5, 1.0))
    parts = seen(walk, box)
    known = parts[np.isfinite(parts).all(axis=1)]
    assert (known >= np.array(box).T[0] - 1e-9).all()
    assert (known <= np.array(box).T[1] + 1e-9).all()
    fine = np.linspace(0, 1, 2001)[:-1, None]
    steps = np.concatenate([a + fine * (b - a) for a, b in pairwise(walk)])
    length = np.hypot(*np.diff(walk, axis=0).T).repeat(2000)[inside(steps, box)].sum() / 2000
    assert np.nansum(np.hypot(*np.diff(parts, axis=0).T)) == pytest.approx(length, abs=0.08)
    left = exit_of(walk, box)
    assert left is None or (inside(left[0][None], box)[0] and not inside(walk[-1:], box)[0])


def test_long_names_break_between_hyperparameters() -> None:
    name = "1.\N{NO-BREAK SPACE}sgd:lr=0.01:momentum=0.9:nesterov=true"
    rows = wrap(name, 150, 8, 120, most=4)
    assert "".join(rows) == name
    assert all(row.endswith(":") for row in rows[:-1])
    assert len(rows) > 1


def test_a_race_draws_itself(three: Race) -> None:
    assert three._repr_png_().startswith(b"\x89PNG")
    axes = Figure((5, 5)).add_subplot()
    assert {artist.axes for artist in three.plot(axes)} == {axes}
    assert three.plot().axes
    assert three.to_json()["steps"] == 150


def test_frames_show_each_step_at_first_and_then_go_evenly() -> None:
    assert costs_shown(7).tolist() == list(range(8))
    shown = costs_shown(5000)
    assert len(shown) == FRAMES
    assert shown[-1] == 5000
    paces = np.diff(shown)
    assert (paces[: SLOW - 1] == 1).all()
    assert set(paces[SLOW:].tolist()) <= {99, 100}


@pytest.mark.slow
def test_a_film_goes_by_evaluations_where_the_still_does() -> None:
    entries, options = RACES["evaluations"]
    contest = lrviz.race(entries, engine="reference", **options).contest
    first, *rest = contest.contestants
    dearer = replace(first, trajectory=replace(first.trajectory, spent=2 * first.trajectory.spent))
    stream = io.BytesIO()
    animate(replace(contest, contestants=(dearer, *rest)), stream, ".gif")
    film: Any = Image.open(stream)
    assert film.n_frames == 2 * contest.steps + 1


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
@pytest.mark.slow
def test_a_film_moves_and_ends_as_the_race_does(three: Race, suffix: str) -> None:
    stream, seen = io.BytesIO(), []
    animate(three.contest, stream, suffix, lambda done, total: seen.append((done, total)))
    assert len(stream.getvalue()) < 1_000_000
    film: Any = Image.open(stream)
    frames = len(costs_shown(150))
    assert film.n_frames == frames
    assert seen[-1] == (frames, frames)
    film.seek(0)
    first = np.asarray(film.convert("RGB")).astype(int)
    film.seek(frames - 1)
    last = np.asarray(film.convert("RGB")).astype(int)
    assert (first != last).any(axis=-1).mean() > 0.002
    for index in range(3):
        colour = (255 * np.array(to_rgb(style.path_colour(index)))).astype(int)
        near = np.abs(last - colour).max(axis=-1) < 24
        assert near.sum() > 60, index


@pytest.mark.slow
def test_a_film_shows_the_average() -> None:
    """It is what the film is looked at for: without it, the noisy path is all there is."""
    entries, options = RACES["averaged"]
    contest = lrviz.race(entries, engine="reference", **options).contest
    bare = replace(contest, contestants=tuple(replace(one, average=None) for one in contest.contestants))
    ends = []
    for each in (contest, bare):
        stream = io.BytesIO()
        animate(each, stream, ".gif")
        film: Any = Image.open(stream)
        film.seek(film.n_frames - 1)
        ends.append(np.asarray(film.convert("RGB")).astype(int))
    wide = ends[0].shape[1] // 2
    for half in (slice(None, wide), slice(wide, None)):
        assert (ends[0][:, half] != ends[1][:, half]).any(axis=-1).sum() > 300


@pytest.mark.slow
def test_films_are_the_same_bytes_again(three: Race) -> None:
    streams = [io.BytesIO(), io.BytesIO()]
    for stream in streams:
        animate(three.contest, stream, ".gif")
    assert streams[0].getvalue() == streams[1].getvalue()


@pytest.mark.parametrize("size", [(624, 600), (370, 370), (900, 1200)])
def test_a_surface_of_another_size_is_the_function_up_to_what_a_pixel_is(size: tuple[int, int]) -> None:
    """No function is evaluated while drawing: what is drawn is the data of the result, stretched."""
    race = lrviz.race(["sgd:lr=1e-3"], engine="reference", fn="himmelblau", steps=3)
    (left, right), (low, high) = race.contest.surface.box
    columns, rows = size
    figure = Figure((columns / 100, rows / 100), dpi=100)
    race.plot(figure.add_axes((0, 0, 1, 1)))
    (ground,) = artists(figure, "surface")
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = low + (np.arange(rows) + 0.5) * (high - low) / rows
    values = Himmelblau().value(*np.meshgrid(x, y))
    scale = bands(values, 0.0)
    shade = scale.of(values)[..., None]
    expected = (255 * (np.array(LOW) * (1 - shade) + np.array(HIGH) * shade)).astype(np.uint8)
    apart = np.abs(np.asarray(ground.get_array()).astype(int) - expected).max(axis=-1)
    # One band: where a band ends is known up to a pixel.
    assert apart.max() <= 255 * (np.array(HIGH) - LOW).max() / (BANDS - 1) + 1
    assert (apart > 0).mean() <= (0 if size == (624, 600) else 0.01)
