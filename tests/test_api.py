"""The Python API, used as its readers use it: by its public names alone, under mypy --strict."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.figure import Figure, SubFigure
from PIL import Image

import lrviz
from tests.cli import ROOT, Ended, environment
from tests.processes import STARTS

TEXT = """
name: Warm-up, then drops
steps: 60
steps_per_epoch: 20
interval: step
optimizer: {name: Adam, lr: 0.01, groups: [{name: body, lr: 0.001}, {name: head}]}
scheduler:
  name: SequentialLR
  milestones: [10]
  schedulers:
    - {name: LinearLR, start_factor: 0.1, total_iters: 10}
    - {name: StepLR, step_size: 20}
"""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> lrviz.ScheduleDocument:
    path = tmp_path_factory.mktemp("api") / "run.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return lrviz.load(path)


@pytest.fixture(scope="module", params=STARTS)
def simulation(document: lrviz.ScheduleDocument) -> lrviz.Simulation:
    return lrviz.simulate(document, params=["beta1", "weight_decay"])


def test_a_simulation_holds_curves_and_a_verdict(simulation: lrviz.Simulation) -> None:
    curves: lrviz.Curves = simulation.curves
    verdict: lrviz.Verdict = simulation.verdict
    assert curves.lr.shape == (60, 2)
    assert curves.groups == ("body", "head")
    assert curves.lr[[0, 10, 30, 50], 1] == pytest.approx([0.001, 0.01, 0.001, 0.0001])
    assert {name: set(values.flat) for name, values in curves.params.items()} == {
        "beta1": {0.9},
        "weight_decay": {0.0},
    }
    assert verdict.verdict == "agree"
    assert verdict.torch is not None
    assert verdict.max_rel is not None
    assert verdict.max_rel <= 1e-12
    assert simulation.warnings == ()


@pytest.mark.process
def test_each_engine_alone_gives_the_same_curves(
    document: lrviz.ScheduleDocument, simulation: lrviz.Simulation
) -> None:
    reference = lrviz.simulate(lrviz.loads(TEXT), engine="reference")
    torch = lrviz.simulate(document, engine="torch")
    assert reference.verdict == lrviz.Verdict("skipped")
    assert torch.verdict == lrviz.Verdict("skipped", torch=simulation.verdict.torch)
    np.testing.assert_array_equal(torch.curves.lr, simulation.curves.lr)
    np.testing.assert_allclose(reference.curves.lr, simulation.curves.lr, rtol=1e-12)


def test_errors_are_lrviz_s_own() -> None:
    with pytest.raises(lrviz.DocumentError) as raised:
        lrviz.loads(TEXT.replace("step_size", "stepsize").replace("steps: 60", "steps: -1"), source="a.yaml")
    assert isinstance(raised.value, lrviz.LrvizError)
    assert [fault.place.rpartition(":")[0] for fault in raised.value.faults] == ["a.yaml:3", "a.yaml:12"]


def test_json_is_the_entry_that_the_command_writes(
    document: lrviz.ScheduleDocument, simulation: lrviz.Simulation, ended: Ended
) -> None:
    source = Path(document.source)
    params = ["--param", "beta1", "--param", "weight_decay"]
    done = ended("schedule", source, *params, "--json", "-", "--quiet")
    assert json.loads(done.stdout)["schedules"] == [simulation.to_json()]


def figure_of(artists: list[Artist]) -> Figure | SubFigure:
    (figure,) = {artist.get_figure(root=True) for artist in artists}
    assert figure is not None
    return figure


def test_plot_draws_into_the_axes_it_is_given(simulation: lrviz.Simulation) -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    artists = simulation.plot(left)
    assert figure_of(artists) is figure
    lines = [line.get_ydata() for line in left.lines if len(np.asarray(line.get_ydata())) >= 60]
    for index in range(2):
        peak = simulation.curves.lr[:, index].max()
        assert any(np.asarray(line).max() == peak for line in lines)
    assert not right.lines


def test_plot_makes_a_figure_that_pyplot_does_not_hold(simulation: lrviz.Simulation) -> None:
    first = figure_of(simulation.plot())
    second = figure_of(simulation.plot(log=True))
    assert isinstance(first, Figure)
    assert first is not second
    assert [axes.get_yscale() for axes in (first.axes[0], second.axes[0])] == ["linear", "log"]
    assert "matplotlib.pyplot" not in sys.modules
    stream = io.BytesIO()
    first.savefig(stream)
    assert stream.getvalue().startswith(b"\x89PNG")


def test_a_simulation_is_a_picture_in_a_notebook(simulation: lrviz.Simulation) -> None:
    picture = Image.open(io.BytesIO(simulation._repr_png_()))
    assert picture.format == "PNG"
    assert picture.width == 1200


def test_the_public_names_are_those_that_exist() -> None:
    assert set(lrviz.__all__) == {*lrviz._HOMES, "__version__"}
    assert set(lrviz.__all__) <= set(dir(lrviz))
    assert lrviz.__all__ == sorted(lrviz.__all__)
    for name in lrviz._HOMES:
        assert getattr(lrviz, name).__module__ == lrviz._HOMES[name]
    with pytest.raises(AttributeError, match="lod"):
        _ = lrviz.lod


@pytest.mark.process
def test_importing_lrviz_imports_nothing_heavy() -> None:
    program = "import sys, lrviz; print(sorted({'numpy', 'pydantic', 'torch', 'yaml'} & set(sys.modules)))"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
