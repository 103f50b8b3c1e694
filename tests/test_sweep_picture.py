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
from lrviz.render.figures.basin_map import ELSEWHERE, HUES, coloured, shades_of
from lrviz.render.figures.sweep import SweepPicture
from lrviz.render.figures.sweep_scale import DIVERGES, Scale
from lrviz.render.figures.sweep_small_lines import MOST_LINES
from lrviz.runs.sweeping.sweep import Sweep

EXTREME: dict[str, tuple[list[str], dict[str, Any]]] = {
    "a map of all floats": (["sgd"], {"fn": "booth", "over": ["lr=1e-320..1e308:5", "weight_decay=0..1e308:3"]}),
    "values that leave no room": (["sgd"], {"fn": "1e307*x+y*y", "over": "lr=1e-320..1e-300:3"}),
    "one huge value": (["sgd"], {"fn": "1e300*x*x+y*y", "over": "lr=1e-3..1:5"}),
}
"""Sweeps whose axes end where floats do."""

SWEEPS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "lines": (["sgd", "adam", "sgd:momentum=0.9"], {"fn": "rosenbrock", "over": "lr=1e-4..10:31", "steps": 60}),
    "one line": (["adam:lr=0.1"], {"fn": "booth", "over": "beta1=0..0.99:9", "steps": 40, "starts": 1, "noise": 0.1}),
    "many lines": (
        ["sgd", "adam", "adagrad", "rmsprop", "nadam", "adamax", "muon", "sgd:lr=1e9"],
        {"fn": "rosenbrock", "over": "lr=1e-4..10:9", "steps": 30, "starts": 3},
    ),
    "diverging": (["sgd"], {"fn": "booth", "over": "lr=10..1e9:5", "steps": 40}),
    "no minimum": (["sgd", "adam"], {"fn": "monkey_saddle", "over": "lr=1e-3..1:9", "steps": 20}),
    "expectations": (
        ["sgd", "CosineAnnealingLR:T_max=200:eta_min=0"],
        {"problem": "nqm:dim=50", "over": "lr=0.01..4:15", "steps": 200},
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


@pytest.mark.parametrize("what", EXTREME)
def test_axes_end_where_floats_do(what: str, tmp_path: Path) -> None:
    """Nothing overflows: a warning is an error here."""
    entries, terms = EXTREME[what]
    figure = lrviz.sweep(entries, steps=5, starts=2, store=tmp_path, **terms).plot()
    assert all(np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all() for ax in figure.axes)


def test_the_layout_has_no_faults(sweep: Sweep, picture: SweepPicture) -> None:
    picture.pixels()
    assert picture.faults() == []
    assert "not compared with torch" in said(picture.figure)
    for one in sweep.entries:
        assert one.name in said(picture.figure) or len(sweep.swept.axes) == 1


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
        # What is not drawn diverges, to the end of the axis.
        assert (one.diverged[max(len(x), 1) :] >= DIVERGES).all()
    marked = {tuple(np.ravel(mark.get_data())) for mark in artists(picture.figure, "best")}
    assert {at for at, _ in marked} == {values[one.best[0]] for one in swept.entries if one.best is not None}
    many = len(swept.entries) > MOST_LINES
    assert len(artists(picture.figure, "other")) == len(swept.entries) * (len(swept.entries) - 1) * many
    shares = artists(picture.figure, "share")
    assert many or len(shares) == (len(swept.entries) if any(one.diverged.any() for one in swept.entries) else 0)


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


def test_basins_have_a_hue_and_speed_is_lightness(sweep: Sweep, picture: SweepPicture) -> None:
    swept = sweep.swept
    if not (swept.over_start and swept.function.minima):
        assert not artists(picture.figure, "minimum")
        return
    assert len(artists(picture.figure, "minimum")) == len(swept.function.minima) * len(swept.entries)
    for one in swept.entries:
        assert one.basin is not None
        assert one.arrived is not None
        colours = coloured(one, (5.0, 80.0))
        assert colours.shape == (*one.basin.shape, 4)
        assert np.array_equal(colours[..., 3] == 0, one.diverged > 0)
        for index in np.unique(one.basin):
            own = colours[one.basin == index]
            allowed = np.array([to_rgb(ELSEWHERE)]) if index < 0 else shades_of(HUES[index])
            assert all((np.abs(allowed - colour[:3]).max(axis=1) < 1e-12).any() for colour in own)
            light, arrived = own[:, :3].sum(axis=1), one.arrived[one.basin == index]
            order = np.argsort(arrived, kind="stable")
            if index >= 0:
                assert (np.diff(light[order]) <= 1e-12).all()


def test_shades_grow_darker_and_keep_three_to_one() -> None:
    """Neighbouring hues differ, and a shade is darker the slower, in grey as well."""
    for hue in HUES:
        grey = shades_of(hue) @ np.array([0.2126, 0.7152, 0.0722])
        assert (np.diff(grey) < 0).all()
        assert grey[0] - grey[-1] > 0.35


def test_a_sweep_draws_into_axes_and_notebooks(sweep: Sweep) -> None:
    figure = Figure()
    drawn = sweep.plot(figure.add_subplot())
    assert {"median"} <= {one.get_gid() for one in drawn} or {"map"} <= {one.get_gid() for one in drawn}
    assert sweep._repr_png_()[:8] == b"\x89PNG\r\n\x1a\n"
