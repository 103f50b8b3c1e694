"""The film of a sweep: its frames, by what their artists hold, and what it is refused for."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from lrviz.documents.sweep import SweepDocument, sweep_document
from lrviz.documents.sweep_film import along
from lrviz.foundation.errors import DocumentError
from lrviz.render.figures.sweep_film import FIRST, LAST, SHOWN, figures
from lrviz.results import GridAxis, Swept
from lrviz.runs.commands.sweeps import Sweeps
from lrviz.runs.sources.racing import Sources
from lrviz.runs.sweeping.executors import executor_of
from lrviz.runs.sweeping.store import Store
from lrviz.runs.sweeping.swept import swept
from tests.cli import Ended

ALONE = partial(executor_of, 1)
COSINE = str(Path(__file__).parents[1] / "configs" / "races" / "schedules" / "cosine.yaml")
BASINS: dict[str, Any] = {"fn": "himmelblau", "over": "start:10", "steps": 60}
MAPS: dict[str, Any] = {"fn": "booth", "over": ["lr=0.01..3:5", "weight_decay=0..0.5:3"], "steps": 20, "starts": 3}
LINES: dict[str, Any] = {"fn": "quadratic", "over": "lr=0.01..3:9", "steps": 30, "starts": 3}
MODEL: dict[str, Any] = {"problem": "nqm:dim=9", "over": ["lr=0.01..3:5", "momentum=0..0.9:3"], "steps": 20}
FILMS: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "basins": (["sgd:lr=0.012"], BASINS, "momentum=0..0.95:3"),
    "two basins": (["sgd", "adam"], BASINS, "lr=0.001..0.1:3"),
    "maps": (["sgd"], MAPS, "momentum=0..0.9:lin:3"),
    "model": (["sgd"], MODEL, "batch=1..100:3"),
    "lines": (["sgd", "sgd:nesterov=true:momentum=0.5"], LINES, "momentum=0.1..0.9:3"),
    "many lines": (["sgd"] * 7, {**LINES, "starts": 1}, "weight_decay=0..0.3:3"),
    "expectations": (["sgd"], {**MODEL, "over": "lr=0.01..4:9"}, "batch=1..64:3"),
    "schedule": ([COSINE], {**BASINS, "steps": 300}, "scheduler.T_max=100..300:3"),
}


def document_of(entries: list[str], options: dict[str, Any]) -> SweepDocument:
    return sweep_document(entries, options, spelling="{}", schedules=Sources())


@pytest.fixture(params=FILMS)
def film(request: pytest.FixtureRequest, tmp_path: Path) -> Sweeps:
    entries, options, axis = FILMS[request.param]
    document = document_of(entries, options)
    return Sweeps(document, Store.opened(tmp_path, "store"), ALONE, along(document, axis))


def artists(figure: Figure, gid: str) -> list[Any]:
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def test_a_frame_for_each_value_in_the_same_colours(film: Sweeps) -> None:
    assert film.along is not None
    axis = GridAxis(film.along.key, film.along.values, film.along.log)
    frames: list[Swept] = [swept(one, film.store, ALONE).swept for one in film.along.documents]
    seen = list(figures(frames, axis))
    assert len(seen) == 3
    colours: dict[Any, Any] = {}
    looks = {(one.bbox.width, one.bbox.height, len(artists(one, "map"))) for one in seen}
    assert len(looks) == 1
    for frame, figure, value, share in zip(frames, seen, axis.values, (0, 0.5, 1), strict=True):
        texts = [one.get_text() for one in figure.findobj(Text)]
        assert any(text.startswith(f"{axis.key} ") and float(text.split()[1]) == pytest.approx(value, rel=0.01)
                   for text in texts)  # fmt: skip
        (slider,), (here,) = artists(figure, "slider"), artists(figure, "value")
        low, high = slider.get_xdata()
        assert (here.get_xdata()[0] - low) / (high - low) == pytest.approx(share, abs=0.01)
        maps, lines = artists(figure, "map"), [one.get_data() for one in artists(figure, "median")]
        assert bool(maps) == (len(frame.axes) == 2) != bool(lines)
        for drawn, entry in zip(maps, frame.entries if maps else (), strict=True):
            if frame.over_start:
                assert entry.basin is not None
                assert entry.arrived is not None
                points = zip(entry.basin.flat, entry.arrived.flat, entry.diverged.flat, strict=True)
                for point, colour in zip(points, drawn.get_array().swapaxes(0, 1).reshape(-1, 4), strict=True):
                    assert colours.setdefault(point, tuple(colour)) == tuple(colour)
            else:
                low, high = drawn.get_clim()
                assert colours.setdefault("scale", (low, high)) == (low, high)
                shown = np.ma.asarray(drawn.get_array()).T.compressed()
                assert set(shown) <= set(np.clip(entry.median.ravel(), low, high))
        for (x, y), entry in zip(lines, frame.entries if lines else (), strict=True):
            assert np.array_equal(x, frame.axes[0].values[: len(x)])
            low, high = figure.axes[0].get_ylim()
            assert (low, high) == colours.setdefault("scale", (low, high))
            inside = (entry.median[: len(x)] > low * 1.7) & (entry.median[: len(x)] < high / 1.7)
            assert np.array_equal(y[inside], entry.median[: len(x)][inside])
    names = [[one.get_text() for one in artists(figure, "name")] for figure in seen]
    assert names == names[:1] * 3
    legends = {artists(one, "legend")[0].get_extent().__repr__() for one in seen if artists(one, "legend")}
    assert len(legends) == int(frames[0].over_start)


def test_the_values_are_those_of_the_entries_themselves(tmp_path: Path) -> None:
    """A frame is the sweep whose entry has the value, to the bit."""
    frames = along(document_of(["sgd:lr=0.012"], BASINS), "momentum=0..0.9:2").documents
    store = Store.opened(tmp_path, "store")
    ours = swept(frames[1], store, ALONE).swept.entries[0]
    theirs = swept(document_of(["sgd:lr=0.012:momentum=0.9"], BASINS), store, ALONE)
    np.testing.assert_array_equal(ours.median, theirs.swept.entries[0].median)
    assert theirs.swept.tiles.reused == 1


def test_a_gif_stays_longer_at_its_ends(tmp_path: Path, ended: Ended) -> None:
    words = ("sgd:lr=0.01", "--fn", "booth", "--over", "start:6", "--steps", "9", "--along", "momentum=0..0.9:4")
    done = ended("sweep", *words, "--animate", "a.gif", "--store", "kept", "--no-plot")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "a.gif")
    data = (tmp_path / "a.gif").read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        times = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            times.append(image.info["duration"])
    assert times == [FIRST, SHOWN, SHOWN, LAST]
    assert ended("sweep", *words, "--animate", "b.gif", "--store", "kept", "--no-plot").returncode == 0
    assert (tmp_path / "b.gif").read_bytes() == data


@pytest.mark.parametrize(
    ("options", "axis", "told"),
    [
        (BASINS, "start", "start given; a film changes a hyperparameter"),
        (BASINS, "momentum=0.9..0", "momentum: 0.9..0 is reversed"),
        (BASINS, "momentun=0..0.9", "has no such key; it has lr, momentum"),
        (BASINS, "momentum=0..0.9:999", "999 frames given; a film has at most 240"),
        (MAPS, "lr=0.1..1", "lr given; --over sweeps it already"),
        (MODEL, "batch=0..9", "batch: 0.0 given; at least 1"),
    ],
)
def test_what_is_wrong_with_along_is_said(options: dict[str, Any], axis: str, told: str) -> None:
    with pytest.raises(DocumentError) as raised:
        along(document_of(["sgd"], options), axis)
    assert str(raised.value).startswith("--along: ")
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--animate", "a.gif"), "--animate a.gif: given without --along, as --along momentum=0..0.95:16"),
        (("--along", "momentum=0..0.9"), "given without --animate FILE"),
        (("--animate", "a.txt", "--along", "momentum=0..0.9"), "--animate a.txt: not .txt; a film is a file ending in"),
        (("--animate", "no/a.gif", "--along", "momentum=0..0.9"), "no such folder"),
    ],
)
def test_a_film_that_cannot_be_made_is_refused_before_anything_is_done(
    tmp_path: Path, ended: Ended, given: tuple[str, ...], told: str
) -> None:
    done = ended("sweep", "sgd:lr=0.01", "--fn", "booth", "--over", "start:6", "--store", "kept", *given)
    assert done.returncode in {2, 3}
    assert told in done.stderr
    assert not list(tmp_path.glob("*.gif")) + list(tmp_path.glob("*.png"))
