"""The pictures of sweeps, by what their artists hold, and how they are laid out."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

import lrviz
from lrviz.foundation.plane import Box, Point
from lrviz.render.figures import style
from lrviz.render.figures.basin_colours import ELSEWHERE, lightness, neighbours, shades_of
from lrviz.render.figures.basin_map import coloured
from lrviz.render.figures.sweep import SweepPicture
from lrviz.render.figures.sweep_map import draw_sweep_map, map_words
from lrviz.render.figures.sweep_scale import DIVERGES, Scale
from lrviz.render.figures.sweep_small_lines import MOST_LINES
from lrviz.render.figures.text_size import wrap
from lrviz.results import Border, FloatArray, GridAxis, Objective, Swept, SweptEntry, Tiles
from lrviz.runs.sweeping.sweep import Sweep

EXTREME: dict[str, tuple[list[str], dict[str, Any]]] = {
    "a map of all floats": (["sgd"], {"fn": "booth", "over": ["lr=1e-320..1e308:5", "weight_decay=0..1e308:3"]}),
    "values that leave no room": (["sgd"], {"fn": "1e307*x+y*y", "over": "lr=1e-320..1e-300:3"}),
    "one huge value": (["sgd"], {"fn": "1e300*x*x+y*y", "over": "lr=1e-3..1:5"}),
}
"""Sweeps whose axes end where floats do."""

SWEEPS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "lines": (["sgd", "adam", "sgd:momentum=0.9"], {"fn": "rosenbrock", "over": "lr=1e-4..10:31", "steps": 60}),
    "one line": (
        ["adam:lr=0.1"],
        {"name": "Mine", "fn": "booth", "over": "beta1=0..0.99:9", "steps": 40, "starts": 1, "noise": 0.1},
    ),
    "many lines": (
        ["sgd", "adam", "adagrad", "rmsprop", "nadam", "adamax", "muon", "sgd:lr=1e9"],
        {"fn": "rosenbrock", "over": "lr=1e-4..10:9", "steps": 30, "starts": 3},
    ),
    "diverging": (["sgd"], {"fn": "booth", "over": "lr=10..1e9:5", "steps": 40}),
    "no minimum": (["sgd", "adam"], {"fn": "monkey_saddle", "over": "lr=1e-3..1:9", "steps": 20}),
    "expectations": (
        ["sgd", "CosineAnnealingLR:T_max=200:eta_min=0"],
        {"name": "Mine", "problem": "nqm:dim=50", "over": "lr=0.01..4:15", "steps": 200},
    ),
    "maps of expectations": (
        ["sgd", "sgd:momentum=0.9"],
        {"problem": "nqm:dim=50", "over": ["batch=1..64:4", "lr=0.01..4:9"], "steps": 60},
    ),
    "maps": (
        ["sgd", "sgd:nesterov=true:momentum=0.5", "adam"],
        {"fn": "quadratic:kappa=9", "over": ["lr=1e-3..3:12", "weight_decay=0..0.5:5"], "steps": 80},
    ),
    "whole": (["StepLR:step_size=9"], {"fn": "booth", "over": ["scheduler.step_size=1..9:4", "lr=0.1..1"], "steps": 9}),
    "basins": (["sgd:lr=0.01", "adam:lr=0.3"], {"fn": "himmelblau", "over": "start:24,16", "steps": 90}),
    "one basin": (["sgd:lr=0.002"], {"fn": "rosenbrock", "over": "start:12", "steps": 40}),
    "nine basins": (
        ["sgd:lr=0.1", "adam:lr=0.1"],
        {"fn": "sin(x)**2+sin(y)**2", "domain": [-4, 4], "over": "start:18", "steps": 40},
    ),
    "starts, no minimum": (["sgd:lr=0.1"], {"fn": "monkey_saddle", "over": "start:12", "steps": 20}),
}  # fmt: skip


@pytest.fixture(scope="module", params=SWEEPS)
def sweep(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    entries, options = SWEEPS[request.param]
    return lrviz.sweep(entries, store=tmp_path_factory.mktemp("store"), **options)


@pytest.fixture(scope="module")
def picture(sweep: Sweep) -> SweepPicture:
    return SweepPicture(sweep.swept)


def artists(figure: Figure, gid: str) -> list[Any]:
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def said(figure: Figure) -> str:
    return " ".join(one.get_text() for one in figure.findobj(Text) if isinstance(one, Text))


def test_of_many_entries_the_first_are_drawn(tmp_path: Path) -> None:
    entries = [f"sgd:lr={index + 1}e-3" for index in range(40)]
    found = lrviz.sweep(entries, fn="booth", over="momentum=0..0.9:2", steps=2, starts=1, store=tmp_path)
    figure = found.plot()
    assert "the first 36 of 40 entries" in " ".join(said(figure).split())
    assert sum(ax.get_gid() is None and bool(ax.lines) for ax in figure.axes) == 36
    assert len(found.entries) == 40


@pytest.mark.parametrize("what", EXTREME)
def test_axes_end_where_floats_do(what: str, tmp_path: Path) -> None:
    """Nothing overflows: a warning is an error here."""
    entries, terms = EXTREME[what]
    figure = lrviz.sweep(entries, steps=5, starts=2, store=tmp_path, **terms).plot()
    assert all(np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all() for ax in figure.axes)


@pytest.mark.slow
def test_the_layout_has_no_faults(sweep: Sweep, picture: SweepPicture) -> None:
    picture.pixels()
    assert picture.faults() == []
    assert "not compared with torch" in said(picture.figure)
    # Who reads a picture learns on what it was swept, whatever it is called.
    assert sweep.swept.function.title in said(picture.figure)
    for one in sweep.entries:
        assert one.name in said(picture.figure) or len(sweep.swept.axes) == 1


@pytest.mark.slow
def test_the_bytes_are_the_same_again(sweep: Sweep, picture: SweepPicture) -> None:
    saved = []
    for one in (picture, SweepPicture(sweep.swept)):
        stream = io.BytesIO()
        one.save(stream, "png")
        saved.append(stream.getvalue())
    assert saved[0] == saved[1]


def test_lines_are_the_medians(sweep: Sweep, picture: SweepPicture) -> None:
    swept = sweep.swept
    if len(swept.axes) != 1:
        assert not artists(picture.figure, "median")
        return
    values, scale = swept.axes[0].values, Scale.of(swept)
    lines, bands = artists(picture.figure, "median"), artists(picture.figure, "band")
    assert len(lines) == len(swept.entries)
    assert bool(bands) == any(not np.array_equal(one.low, one.high) for one in swept.entries)
    for line, one in zip(lines, swept.entries, strict=True):
        x, y = line.get_data()
        assert np.array_equal(x, values[: len(x)])
        inside = (one.median[: len(x)] >= scale.low) & (one.median[: len(x)] <= scale.high)
        assert np.array_equal(y[inside], one.median[: len(x)][inside])
        # A line rises out of its panel where the loss does; it never lies along the top.
        top = line.axes.get_ylim()[1]
        assert one.best is None or (y[one.median[: len(x)] > top] > top).all()
        # What is not drawn diverges, to the end of the axis.
        assert (one.diverged[max(len(x), 1) :] >= DIVERGES).all()
    marked = {tuple(np.ravel(mark.get_data())) for mark in artists(picture.figure, "best")}
    assert {at for at, _ in marked} == {values[one.best[0]] for one in swept.entries if one.best is not None}
    many = len(swept.entries) > MOST_LINES
    assert len(artists(picture.figure, "other")) == len(swept.entries) * (len(swept.entries) - 1) * many
    looks = [(line.get_color(), line.get_linestyle()) for line in lines]
    samples = [(one.get_color(), one.get_linestyle()) for one in artists(picture.figure, "sample")]
    assert sorted(samples) == sorted(looks if not many else [])
    shares = artists(picture.figure, "share")
    assert many or len(shares) == (len(swept.entries) if any(one.diverged.any() for one in swept.entries) else 0)


@pytest.mark.parametrize(("fn", "kind"), [("x**2 + y**4", "log"), ("x**2 + y**4 + 99", "linear")])
def test_losses_of_many_magnitudes_stand_on_a_log_axis(fn: str, kind: str, tmp_path: Path) -> None:
    """Also where no minimum is known: what is least would be a line along the bottom."""
    found = lrviz.sweep(["sgd"], fn=fn, over="lr=0.001..0.04:9", steps=400, starts=3, store=tmp_path)
    assert found.swept.tolerance is None
    ax = Figure().add_subplot()
    found.plot(ax)
    assert ax.get_yscale() == kind


def test_maps_are_the_medians(sweep: Sweep, picture: SweepPicture) -> None:
    swept = sweep.swept
    if len(swept.axes) != 2 or (swept.over_start and swept.function.minima):
        assert not artists(picture.figure, "colour bar")
        return
    maps, scale = artists(picture.figure, "map"), Scale.of(swept)
    assert len(maps) == len(swept.entries)
    assert len(artists(picture.figure, "colour bar")) == 1
    for drawn, one in zip(maps, swept.entries, strict=True):
        assert (drawn.norm.vmin, drawn.norm.vmax) == (scale.low, scale.high)
        values = drawn.get_array().reshape(one.median.T.shape).T
        lost = (one.diverged >= DIVERGES) | ~np.isfinite(one.median)
        assert np.array_equal(np.ma.getmaskarray(values), lost)
        assert np.array_equal(values[~lost], scale.seen(one.median)[~lost])
    assert len(artists(picture.figure, "border")) == sum(one.border is not None for one in swept.entries)
    for cross, one in zip(artists(picture.figure, "best"), swept.entries, strict=True):
        assert one.best is not None
        at = [axis.values[index] for axis, index in zip(swept.axes, one.best, strict=True)]
        assert np.ravel(cross.get_data()).tolist() == at


def grid(median: FloatArray, border: Border | None) -> Swept:
    """Return a sweep over two axes, whose best point is the least of its medians."""
    nothing = np.zeros(median.shape)
    best = tuple(map(int, np.unravel_index(median.argmin(), median.shape)))
    entry = SweptEntry("", "sgd", "", median, median, median, nothing, best=best, border=border)
    axes = (
        GridAxis("lr", np.arange(float(median.shape[0])), log=False),
        GridAxis("m", np.arange(float(median.shape[1]))),
    )
    view = (-1.0, 1.0), (-1.0, 1.0)
    surface = Objective("", "", "", view, view, ((0.0, 0.0),), 0.0)
    return Swept("", surface, {}, (0.0, 0.0), 1.0, 1e-6, 1, 9, axes, (entry,), Tiles(1, 0))


@pytest.mark.parametrize("line", ["vertical", "rising", "falling", "flat"])
def test_the_best_value_stands_beside_the_border(line: str) -> None:
    """Wherever the best point is, its value is inside the map and covers no part of the line."""
    middle = np.linspace(0, 20, 9)
    x, y = {
        "vertical": (np.full(9, 9.8), middle), "rising": (middle, middle + 0.7), "falling": (middle, 20.4 - middle),
        "flat": (middle, np.full(9, 11.3)),
    }[line]  # fmt: skip
    border = Border(np.stack([x, y], axis=1), "lr = 2(1 + m)/L")
    for at in ((0, 0), (0, 20), (20, 0), (20, 20), (9, 9), (10, 10), (9, 11), (11, 9), (8, 12), (12, 13), (20, 11)):
        median = np.full((21, 21), 1.0)
        median[at] = 0.00123
        figure = Figure((5, 4), dpi=120)
        ax, swept = figure.add_axes((0.1, 0.1, 0.8, 0.8)), grid(median, border)
        draw_sweep_map(ax, swept, swept.entries[0])
        figure.draw_without_rendering()
        (label,), (drawn,) = artists(figure, "best value"), artists(figure, "border")
        box = label.get_bbox_patch().get_window_extent()
        inside = ax.bbox.padded(1)
        assert inside.contains(*box.min)
        assert inside.contains(*box.max)
        assert not drawn.get_path().transformed(ax.transData).intersects_bbox(box, filled=False), at


def test_the_rule_of_a_border_is_not_broken() -> None:
    rule = "lr = 2(1 + m)/((1 + 2m)L)"
    words = map_words(grid(np.ones((3, 3)), Border(np.zeros((2, 2)), rule)))
    for room in range(300, 1200, 7):
        rows = wrap(words, room, style.TEXT, 120, most=9)
        assert sum(rule in row.replace("\N{NO-BREAK SPACE}", " ") for row in rows) == 1


def test_basins_have_a_hue_and_speed_is_lightness(sweep: Sweep, picture: SweepPicture) -> None:
    swept = sweep.swept
    if not (swept.over_start and swept.function.minima):
        assert not artists(picture.figure, "minimum")
        return
    function, panels = swept.function, len(swept.entries)
    assert len(artists(picture.figure, "minimum")) == len(function.minima) * panels
    numbers = [one.get_text() for one in artists(picture.figure, "number")]
    assert numbers == (list(map(str, range(len(function.minima)))) if len(function.minima) > 1 else [""]) * panels
    every = shades_of(function.minima, function.view)
    for one in swept.entries:
        assert one.basin is not None
        assert one.arrived is not None
        colours = coloured(one, every, (5.0, 80.0))
        assert colours.shape == (*one.basin.shape, 4)
        assert np.array_equal(colours[..., 3] == 0, one.diverged > 0)
        for index in np.unique(one.basin):
            own = colours[one.basin == index]
            allowed = np.array([to_rgb(ELSEWHERE)]) if index < 0 else every[index]
            assert all((np.abs(allowed - colour[:3]).max(axis=1) < 1e-12).any() for colour in own)
            light, arrived = lightness(own[:, :3]), one.arrived[one.basin == index]
            order = np.argsort(arrived, kind="stable")
            if index >= 0:
                assert (np.diff(light[order]) <= 1e-9).all()


def test_lines_part_basins_and_are_not_drawn_in_dust() -> None:
    """On both sides of a line are cells of two basins; where every cell borders on another there is none."""
    x, y = np.meshgrid(np.arange(40), np.arange(40), indexing="ij")
    dust = (x >= 20) & (y >= 20)
    basin = np.where(dust, (x + y) % 2, x >= 12).astype(np.int64)
    nothing = np.zeros(basin.shape)
    entry = SweptEntry("", "", "", nothing, nothing, nothing, nothing, basin, nothing + 9.0)
    axes = tuple(GridAxis(key, np.arange(40.0)) for key in "xy")
    view = (-0.5, 39.5), (-0.5, 39.5)
    surface = Objective("", "", "", view, view, ((3.0, 3.0), (30.0, 3.0)), 0.0)
    swept = Swept("", surface, {}, (0.0, 0.0), 1.0, 1e-6, 1, 9, axes, (entry,), Tiles(1, 0))
    lines: list[Any] = [one for one in Sweep(swept).plot(Figure().add_subplot()) if one.get_gid() == "basin border"]
    (points,) = [path.vertices for one in lines for path in one.get_paths()]
    assert np.abs(points[:, 0] - 11.5).max() < 0.1
    assert (points[:, 1].min(), points[:, 1].max()) == (-0.5, 39.5)


BASINS: dict[str, tuple[tuple[Point, ...], Box]] = {
    str(columns * rows): (
        tuple((x + 0.5, y + 0.5) for y in range(rows) for x in range(columns)), ((0.0, columns), (0.0, rows))
    )
    for columns, rows in ((1, 1), (2, 1), (3, 1), (2, 2), (3, 3), (5, 4), (6, 5))
} | {
    "scattered": (tuple(map(tuple, np.random.default_rng(7).uniform(0, 9, (20, 2)).tolist())), ((0.0, 9.0), (0.0, 9.0)))
}  # fmt: skip
# Machado, Oliveira and Fernandes (2009), https://doi.org/10.1109/TVCG.2009.113, severity 1, for linear sRGB.
SEEN = {
    "all colours": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "grey": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}


def lab(colours: FloatArray, sight: FloatArray) -> FloatArray:
    """Return CIE L*a*b* of sRGB colours, [..., 3], as an eye sees them."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    tristimulus = np.clip(linear @ sight.T, 0, 1) @ np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    ).T / (0.9505, 1.0, 1.089)  # fmt: skip
    x, y, z = np.moveaxis(
        np.where(tristimulus > (6 / 29) ** 3, np.cbrt(tristimulus), tristimulus * (29 / 6) ** 2 / 3 + 4 / 29), -1, 0
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


@pytest.mark.parametrize("sight", SEEN)
@pytest.mark.parametrize("name", BASINS)
def test_neighbouring_basins_differ_to_every_eye(name: str, sight: str) -> None:
    """Whatever the speed: no shade of a basin is near one of its neighbour's, and most are far apart."""
    minima, view = BASINS[name]
    shades = shades_of(minima, view)
    assert shades.min() >= 0
    assert shades.max() <= 1
    assert len({shade.tobytes() for shade in shades}) >= min(len(minima), 20)
    light = lightness(shades)
    assert (np.diff(light, axis=1) < -0.8).all()
    assert light.max() < lightness(np.array(to_rgb(ELSEWHERE))) - 5
    seen = lab(shades, SEEN[sight])
    beside = neighbours(minima, view) if len(minima) > 4 else ~np.eye(len(minima), dtype=bool)
    assert beside.any() == (len(minima) > 1)
    for one, other in np.argwhere(np.triu(beside)):
        apart = np.linalg.norm(seen[one][:, None] - seen[other], axis=-1)
        assert apart.min() >= 4.5
        assert np.median(apart) >= 14


@pytest.mark.slow
def test_a_sweep_draws_into_axes_and_notebooks(sweep: Sweep) -> None:
    figure = Figure()
    drawn = sweep.plot(figure.add_subplot())
    assert {"median"} <= {one.get_gid() for one in drawn} or {"map"} <= {one.get_gid() for one in drawn}
    assert sweep._repr_png_()[:8] == b"\x89PNG\r\n\x1a\n"
