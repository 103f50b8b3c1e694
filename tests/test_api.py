"""The Python API, used as its readers use it: by its public names alone, under mypy --strict."""

from __future__ import annotations

import inspect
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from matplotlib.artist import Artist
from matplotlib.figure import Figure, SubFigure
from PIL import Image
from torch.optim import lr_scheduler as schedulers

import lrviz
from lrviz.documents.sweep import KEYS
from lrviz.documents.written_race import WrittenRace
from lrviz.engines.work import Worker
from lrviz.runs.sweeping.executors import Here
from tests.cli import ROOT, Ended, environment
from tests.here import torch_is_here
from tests.processes import STARTS
from tests.versions import TORCH

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
    assert verdict.by == f"torch {TORCH}"
    assert verdict.max_rel is not None
    assert verdict.max_rel <= 1e-12
    assert simulation.warnings == ()


@pytest.mark.process
def test_each_engine_alone_gives_the_same_curves(
    document: lrviz.ScheduleDocument, simulation: lrviz.Simulation
) -> None:
    reference = lrviz.simulate(lrviz.loads(TEXT), engine="reference")
    alone = lrviz.simulate(document, engine="torch")
    assert reference.verdict == lrviz.Verdict("skipped", reason="only the reference engine was requested")
    ran = simulation.verdict.ran
    assert alone.verdict == lrviz.Verdict("skipped", ran=ran, reason=f"only torch {TORCH} was requested")
    np.testing.assert_array_equal(alone.curves.lr, simulation.curves.lr)
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
    first: Figure = simulation.plot(log=False)
    second: Figure = simulation.plot(log=True)
    assert isinstance(first, Figure)
    assert first is not second
    assert [axes.get_yscale() for axes in (first.axes[0], second.axes[0])] == ["linear", "log"]
    assert "matplotlib.pyplot" not in sys.modules
    stream = io.BytesIO()
    first.savefig(stream)
    assert stream.getvalue().startswith(b"\x89PNG")


Drawn = lrviz.Simulation | lrviz.Race | lrviz.Resumption


@pytest.fixture(scope="module", autouse=True)
def here() -> Iterator[None]:
    """Every call may ask torch, those with wrong arguments too."""
    with torch_is_here():
        yield


@pytest.fixture(scope="module", params=["simulation", "race", "resumption"])
def result(request: pytest.FixtureRequest) -> Drawn:
    document = lrviz.loads(TEXT)
    if request.param == "simulation":
        return lrviz.simulate(document, engine="reference")
    if request.param == "race":
        return lrviz.race(["sgd:lr=0.1", "adam:lr=0.1"], fn="booth", steps=20, engine="reference")
    return lrviz.resume(document, 30)


@pytest.mark.slow
def test_what_a_cell_ends_with_is_what_a_notebook_shows(result: Drawn) -> None:
    """plot() returns a figure; a list of artists would show nothing."""
    notebook: Any = DisplayFormatter()
    seen = [Image.open(io.BytesIO(notebook.format(value)[0]["image/png"])) for value in (result, result.plot())]
    assert "matplotlib.pyplot" not in sys.modules
    assert seen[0].size == seen[1].size
    assert len(seen[0].getcolors(1 << 24) or ()) > 10
    # Where a notebook was told how to show figures, that is what shows this one.
    notebook.formatters["image/png"].for_type(Figure, lambda figure: b"theirs")
    assert notebook.format(result.plot())[0]["image/png"] == b"theirs"


def test_a_prompt_shows_a_result_in_one_line(result: Drawn) -> None:
    assert repr(result) in {
        "<lrviz.Simulation: Warm-up, then drops, 60 steps>",
        "<lrviz.Race: SGD and Adam on Booth>",
        "<lrviz.Resumption: Warm-up, then drops, interrupted after 30 updates>",
    }


def test_axes_that_are_given_are_drawn_into(result: Drawn) -> None:
    """For all three results."""
    figure = Figure((8, 5))
    left, right = figure.subplots(1, 2)
    empty = len(right.get_children())
    artists = result.plot(left)
    assert artists
    assert {artist.axes for artist in artists} == {left}
    assert len(right.get_children()) == empty
    assert left.lines
    figure.savefig(io.BytesIO())


def test_a_resumption_in_axes_of_its_reader_names_every_way() -> None:
    found = lrviz.resume(lrviz.loads(TEXT), 30)
    ax = Figure().add_subplot()
    found.plot(ax)
    legend = ax.get_legend()
    assert legend is not None
    named = [word for text in legend.get_texts() for word in text.get_text().split(", ")]
    assert sorted(named) == sorted(["without an interruption", *(one.words for one in found.interrupted.resumed)])
    assert len(legend.get_texts()) < len(named)


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


# Arguments ----------------------------------------------------------------------------------------------


DOCUMENT = lrviz.loads(TEXT)
LIVE = schedulers.StepLR(torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))]), 2)
CALLS: dict[str, dict[str, Any]] = {
    "assert_schedule": {"source": DOCUMENT, "plan": DOCUMENT},
    "diff": {"a": DOCUMENT, "b": DOCUMENT},
    "document": {"given": DOCUMENT},
    "lint": {"document": DOCUMENT},
    "load": {"path": "run.yaml"},
    "load_race": {"path": "race.yaml"},
    "loads": {"text": TEXT},
    "plot": {"document": DOCUMENT},
    "race": {"entries": ["sgd"], "fn": "booth"},
    "recording": {},
    "resume": {"document": DOCUMENT, "at": 30},
    "simulate": {"document": DOCUMENT},
    "sweep": {"entries": ["sgd"], "fn": "booth", "over": "lr=0.1..1:3"},
    "trace": {"schedulers": LIVE, "steps": 3},
}
"""Every function of the API, with what it needs at least."""
WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "another engine": ("simulate", {"engine": "numpy"}, "engine: 'numpy' given; allowed are both, torch, reference"),
    "nearly an engine": ("race", {"engine": "refrence"}, "did you mean reference?"),
    "an engine for all": ("race", {"engine": "zzz"}, "engine: 'zzz' given; allowed are both, torch, reference"),
    "both orders": ("simulate", {"order": "both"}, "allowed are optimizer-first, scheduler-first"),
    "a text for a list": ("simulate", {"params": "momentum"}, "params: 'momentum' given; a list of hyperparameters"),
    "no hyperparameter": ("simulate", {"params": ["beta3"]}, "params beta3: the optimizer has beta1, beta2"),
    "an option of another": ("simulate", {"engin": "torch"}, "engin: no such option; allowed are document, engine"),
    "a list": (
        "simulate",
        {"document": [{"epochs": 9}]},
        "document: [a mapping] given; a document is needed",
    ),
    "bytes": ("lint", {"document": b"run.yaml"}, "document: an object of bytes given; a document is needed"),
    "a class": ("lint", {"document": lrviz.ScheduleDocument}, "the class ScheduleDocument given"),
    "an object": ("resume", {"document": Figure()}, "document: an object of Figure given"),
    "hostile": ("simulate", {"engine": "\n\x1b[31m"}, "engine: '\\n\\x1b[31m' given"),
    "a share": ("resume", {"at": 0.5}, "at: 0.5 given; a number of updates, or a length as '30ep'"),
    "yes": ("resume", {"at": True}, "at: true given; a number of updates"),
    "into a number": ("resume", {"into": 3}, "into: 3 given; a document is needed"),
    "a number as a file": ("resume", {"checkpoint": 3}, "checkpoint: 3 given; a path"),
    "rules by name": ("lint", {"rules": ["LR001"]}, "rules: ['LR001'] given; a list of rules"),
    "an entry for a list": ("race", {"entries": "adam"}, "entries: 'adam' given; a list of entries"),
    "a document as an entry": ("race", {"entries": [DOCUMENT]}, "entries: [an object of ScheduleDocument] given"),
    "no such option": ("race", {"fnn": "booth"}, "fnn: unknown key 'fnn'; allowed here: name, entries, fn"),
    "a wrong option": ("race", {"steps": "many"}, "steps: 'many' given; a whole number is needed"),
    "an optimizer": ("trace", {"schedulers": LIVE.optimizer}, "no scheduler given"),
    "a scheduler's class": ("trace", {"schedulers": schedulers.StepLR}, "schedulers: the class StepLR given"),
    "no length": ("trace", {"steps": None}, "steps, epochs: missing; one is needed"),
    "two lengths": ("trace", {"epochs": 3}, "steps, epochs: both given; one is needed"),
    "nothing of a run": ("trace", {"steps": 0}, "steps: 0 given; a whole number from 1"),
    "too many updates": ("trace", {"steps": None, "epochs": 10**8, "steps_per_epoch": 2}, "200,000,000 updates"),
    "no hyperparameter of it": ("trace", {"params": ["beta1"]}, "params beta1: the optimizer has momentum"),
    "too few values": ("trace", {"metric": [1.0, 2.0]}, "metric: 2 values given; what watches the metric takes"),
    "no formula": ("trace", {"metric": "0.9 *"}, "metric: "),
    "a loop for a document": ("simulate", {"steps": 3}, "steps: given with a document, which has its own"),
    "and for its picture": ("plot", {"metric": [1.0]}, "metric: given with a document, which has its own"),
    "a live scheduler alone": ("simulate", {"document": LIVE}, "steps, epochs: missing; one is needed"),
    "the other engine": (
        "simulate",
        {"document": LIVE, "engine": "reference"},
        "engine: 'reference' given with a live",
    ),
    "a folder as a text": ("loads", {"folder": "configs"}, "folder: 'configs' given; a pathlib.Path is needed"),
    "settings as texts": ("load", {"overrides": ["lr=1"]}, "overrides: ['lr=1'] given; a list of overrides"),
    "no jobs": ("sweep", {"jobs": 0}, "jobs: 0 given; 1 to 256 are allowed"),
    "jobs beside an executor": ("sweep", {"jobs": 2, "executor": Here()}, "jobs: 2 given; an executor is given too"),
    "options as a list": ("load_race", {"options": ["fn"]}, "options: ['fn'] given; a mapping of options is needed"),
}


@pytest.mark.parametrize(("function", "given", "told"), WRONG.values(), ids=WRONG)
def test_an_option_that_is_not_allowed_is_said(function: str, given: dict[str, Any], told: str) -> None:
    """It is neither ignored nor an error of Python's own."""
    call: Callable[..., Any] = getattr(lrviz, function)
    with pytest.raises(lrviz.LrvizError) as raised:
        call(**{**CALLS[function], **given})
    assert told in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def parameters() -> list[tuple[str, str]]:
    """Return every parameter of every function of the API, and every option of a race or a sweep."""
    functions = [name for name in lrviz.__all__ if inspect.isfunction(getattr(lrviz, name))]
    own = [(name, key) for name in functions for key in inspect.signature(getattr(lrviz, name)).parameters]
    return [
        *(one for one in own if one[1] != "options" or one[0] not in {"race", "sweep"}),
        *(("race", key) for key in WrittenRace.model_fields),
        *(("sweep", key) for key in KEYS),
    ]


@pytest.mark.parametrize(("function", "parameter"), parameters())
def test_no_parameter_takes_just_anything(function: str, parameter: str) -> None:
    """For every parameter, also of functions to come."""
    with pytest.raises(lrviz.LrvizError, match=rf"\b{parameter}\b"):
        getattr(lrviz, function)(**{**CALLS[function], parameter: Figure()})


def test_everything_that_is_wrong_in_a_call_is_said_at_once() -> None:
    call: Any = lrviz.simulate
    with pytest.raises(lrviz.LrvizError) as raised:
        call(7, engine="torhc", ordr="both")
    assert str(raised.value).splitlines() == [
        "simulate: ordr: no such option; allowed are document, engine, params, order, executor, "
        "steps, epochs, steps_per_epoch, metric (did you mean order?)",
        "simulate: document: 7 given; a document is needed: a mapping with its keys, or the path of one",
        "simulate: engine: 'torhc' given; allowed are both, torch, reference (did you mean torch?)",
    ]
    with pytest.raises(lrviz.LrvizError, match="simulate: missing a required argument: 'document'"):
        call()


def test_options_beside_a_race_document_are_said(tmp_path: Path) -> None:
    """Such options are not ignored."""
    (tmp_path / "race.yaml").write_text("entries: [sgd]\nfn: booth\n", encoding="utf-8")
    document = lrviz.load_race(tmp_path / "race.yaml", {"steps": 30})
    assert document.steps == 30
    with pytest.raises(lrviz.LrvizError, match="race: steps: given with a race document"):
        lrviz.race(document, steps=20)


@pytest.mark.process
@pytest.mark.parametrize("call", ["simulate('run.yaml')", "race(['sgd'], fn='booth')", "resume('run.yaml', 30)"])
def test_a_call_starts_torch_before_it_imports_anything(call: str) -> None:
    """As the commands do, so that its import overlaps with the rest."""
    program = f"""
import sys, lrviz
from lrviz.runs import headstart

class Begun(Exception):
    pass

def started():
    print(sorted({{"matplotlib", "numpy", "pydantic", "rich", "yaml"}} & set(sys.modules)))
    raise Begun

headstart.started = started
try:
    lrviz.{call}
except Begun:
    print("begun")
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "[]\nbegun\n"


def test_an_executor_of_the_caller_performs_all_that_torch_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many calls, one import of torch; the executor stays open, and its threads take turns with torch."""

    def started() -> Worker:
        raise AssertionError("a process of its own")

    monkeypatch.setattr("lrviz.runs.headstart.started", started)
    document = lrviz.loads(TEXT)
    with ThreadPoolExecutor(4) as executor:
        runs = [lrviz.simulate(document, executor=executor) for _ in range(3)]
        assert [run.verdict.verdict for run in runs] == ["agree"] * 3
        race = lrviz.race([f"sgd:lr={n / 100}" for n in range(1, 9)], fn="booth", steps=60, executor=executor)
        assert {one.verdict.verdict for one in race.entries} == {"agree"}
        assert lrviz.resume(document, 30, executor=executor).verdict.verdict == "agree"
        assert executor.submit(int).result() == 0
