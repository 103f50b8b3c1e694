"""Libraries other than torch: which one ran, and what becomes of a run whose library is not installed."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from rich.console import Console
from torch import zeros
from torch.nn import Parameter
from torch.optim import SGD

import lrviz
from lrviz.engines.real.libraries import library_class, versions
from lrviz.engines.real.schedule import constructed
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.resume import OPTIMIZER_ONLY, Interruption, Saved
from lrviz.engines.tasks.schedule import Node
from lrviz.foundation.errors import MissingLibrary, UnfinishedError
from lrviz.optimizers import OPTIMIZERS
from lrviz.render.figures.schedule import SchedulePicture
from lrviz.render.records.schedule import csv_text, json_text
from lrviz.render.text.schedule_table import schedule_table
from lrviz.results import Curves, Verdict
from lrviz.runs.simulation import Simulation
from lrviz.runs.summary import summarise
from lrviz.schedulers import SCHEDULERS
from tests.cli import Ended
from tests.here import torch_is_here
from tests.test_contributing import EXAMPLES
from tests.versions import TORCH

WHY = "made_up is not installed (pip install lrviz[made-up])"
SAWTOOTH = """\
epochs: 9
optimizer: {name: SGD, lr: 0.5}
scheduler:
  name: SequentialLR
  milestones: [3]
  schedulers: [{name: ConstantLR, factor: 0.5, total_iters: 3}, {name: made_up.Sawtooth, period: 2, low: 0.5}]
"""
DROPS = "epochs: 9\noptimizer: {name: SGD, lr: 0.5}\nscheduler: {name: StepLR, step_size: 2, gamma: 0.5}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with documents, where lrviz knows a library's classes and the library is missing."""
    for registry, name in ((SCHEDULERS, "Sawtooth"), (OPTIMIZERS, "SignDescent")):
        plugin = ModuleType(f"plugin_{registry.kind}s")
        monkeypatch.setitem(sys.modules, plugin.__name__, plugin)
        exec(EXAMPLES[f"made_up/lrviz_{registry.kind}s.py"], plugin.__dict__)
        model = getattr(plugin, name)
        model.install = "lrviz[made-up]"
        monkeypatch.setitem(registry._added, f"made_up.{name}", model)
    (tmp_path / "sawtooth.yaml").write_text(SAWTOOTH, encoding="utf-8")
    (tmp_path / "drops.yaml").write_text(DROPS, encoding="utf-8")
    (tmp_path / "sign.yaml").write_text(
        DROPS.replace("SGD, lr: 0.5", "made_up.SignDescent, lr: 0.05"), encoding="utf-8"
    )
    return tmp_path


def test_a_schedule_whose_library_is_missing_is_shown_and_skipped(here: Path, ended: Ended) -> None:
    done = ended("schedule", "drops.yaml", "sawtooth.yaml", "--json", "-")
    record = json.loads(done.stdout)
    drops, sawtooth = record["schedules"]
    assert (done.returncode, record["torch"]) == (0, TORCH)
    assert (drops["crosscheck"]["verdict"], drops["crosscheck"]["by"]) == ("agree", f"torch {TORCH}")
    nothing = {"max_abs": None, "max_rel": None, "first_step": None}
    assert sawtooth["crosscheck"] == {"verdict": "skipped", **nothing, "reason": WHY}
    assert sawtooth["groups"][0]["lr"] == [0.25] * 3 + [0.5, 0.375] * 3
    told = " ".join(done.stderr.split())
    assert f"1 of 2 agree with torch {TORCH} (max rel. difference 0), 1 not cross-checked: {WHY}" in told
    alone = json.loads(ended("schedule", "sawtooth.yaml", "--json", "-").stdout)
    assert (alone["torch"], alone["schedules"]) == (None, [sawtooth])


@pytest.mark.parametrize(
    "command",
    [
        "schedule drops.yaml sawtooth.yaml --engine torch --no-plot",
        "race made_up.SignDescent:lr=0.1 --fn booth --engine torch --no-plot",
        "resume sawtooth.yaml --at 4 --no-plot",
        "resume sign.yaml --at 4 --no-plot",
    ],
)
def test_what_cannot_do_without_the_library_could_not_finish(here: Path, ended: Ended, command: str) -> None:
    done = ended(*command.split())
    assert (done.returncode, done.stdout, done.stderr) == (3, "", f"{WHY}\n")


def test_a_missing_library_is_no_way_in_which_resuming_goes_wrong(here: Path) -> None:
    """Also where the run up to the interruption is not made, because a checkpoint holds what it left."""
    saved = Saved(({"lr": 0.025, "initial_lr": 0.05},), None)
    with pytest.raises(MissingLibrary):
        Interruption(plan(lrviz.load(here / "sign.yaml")), 4, (OPTIMIZER_ONLY,), saved).perform()


def test_check_tells_what_it_could_not_compare_and_fails_where_that_is_all(here: Path, ended: Ended) -> None:
    some = ended("check", "drops.yaml", "sawtooth.yaml")
    assert (some.returncode, some.stderr) == (0, "")
    assert some.stdout.endswith(f"not cross-checked: {WHY}\n")
    none = ended("check", "sawtooth.yaml")
    assert (none.returncode, none.stderr) == (3, f"not cross-checked: {WHY}\n")
    assert "skipped" in none.stdout


def test_a_race_runs_an_entry_whose_library_is_missing_by_the_reference(here: Path, ended: Ended) -> None:
    entries = ["sgd:lr=0.05", "made_up.SignDescent:lr=0.1"]
    done = ended("race", *entries, "--fn", "booth", "--steps", "20", "--json", "-")
    record = json.loads(done.stdout)
    sgd, sign = record["entries"]
    assert (done.returncode, record["torch"]) == (0, TORCH)
    assert (sgd["crosscheck"]["verdict"], sgd["crosscheck"]["by"]) == ("agree", f"torch {TORCH}")
    assert (sign["crosscheck"]["verdict"], sign["crosscheck"]["reason"]) == ("skipped", WHY)
    assert "by" not in sign["crosscheck"]
    np.testing.assert_allclose(sign["path"][:3], [[-7.0, 6.0], [-6.9, 6.1], [-6.8, 6.2]])
    assert {sgd["rank"], sign["rank"]} == {1, 2}


def test_a_stand_in_for_a_missing_optimizer_is_told_and_prevents_nothing(here: Path) -> None:
    with torch_is_here():
        found = lrviz.simulate(str(here / "sign.yaml"))
    assert (found.verdict.verdict, found.verdict.by) == ("agree", f"torch {TORCH}")
    told = "made_up is not installed; a stand-in holds the parameter groups of made_up.SignDescent"
    assert found.warnings == (f"{here / 'sign.yaml'}: {told}",)
    assert lrviz.simulate(str(here / "sign.yaml"), engine="reference").warnings == ()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import nowhere_to_be_found", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(5)", "SystemExit: 5"),
    ],
)
def test_a_library_that_cannot_be_imported_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    """Torch is not blamed for it, nor is the document."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "lacking.py").write_text(code, encoding="utf-8")
    with pytest.raises(UnfinishedError, match=f"^lacking cannot be imported: {told}$"):
        constructed(Node("lacking.schedulers", "Sawtooth", {}, ()), SGD([Parameter(zeros(1))], lr=0.1))


def test_a_library_that_lacks_something_is_not_missing() -> None:
    with pytest.raises(MissingLibrary, match=r"^absent is not installed \(pip install absent\)$"):
        library_class("absent.schedulers", "Sawtooth")
    with pytest.raises(ModuleNotFoundError, match=r"torch\.nowhere"):
        library_class("torch.nowhere", "Sawtooth")
    with pytest.raises(AttributeError, match="Sawtooth"):
        library_class("torch.optim", "Sawtooth")


def test_versions_are_those_that_libraries_state_else_those_that_were_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, version in (("stating", "1.2+cpu"), ("silent", None)):
        module = ModuleType(name)
        if version is not None:
            module.__dict__["__version__"] = version
        monkeypatch.setitem(sys.modules, name, module)
    installed = versions(["rich.table", "torch.optim"])["rich"]
    assert versions(["stating.a", "silent.b", "stating.c"]) == {
        "torch": TORCH,
        "stating": "1.2",
        "silent": "of unknown version",
    }
    assert installed[0].isdigit()


def test_two_optimizers_of_one_source_are_entries_of_their_own() -> None:
    """What a recording gives, and no document does: several simulations of one source, without findings."""
    simulations = [
        Simulation(
            Curves(f"run: {optimizer}", "run.lrrec", "step", 1, optimizer, chain, groups, np.array(lr), {}),
            Verdict("skipped", reason="recorded, not computed"),
        )
        for optimizer, chain, groups, lr in (
            ("SGD", "StepLR", ("0",), [[0.5], [0.5], [0.25]]),
            ("AdamW", "LinearLR", ("body", "head"), [[0.1, 0.2], [0.2, 0.4]]),
        )
    ]
    record = json.loads(json_text(simulations))
    assert record["torch"] is None
    assert [(one["name"], one["source"], one["steps"]) for one in record["schedules"]] == [
        ("run: SGD", "run.lrrec", 3),
        ("run: AdamW", "run.lrrec", 2),
    ]
    assert record["schedules"][1] == simulations[1].to_json()
    assert record["schedules"][1]["groups"] == [
        {"name": "body", "lr": [0.1, 0.2]},
        {"name": "head", "lr": [0.2, 0.4]},
    ]
    rows = list(csv.reader(io.StringIO(csv_text(simulations))))[1:]
    assert [(schedule, group, float(lr)) for schedule, group, _, lr, *_ in rows] == [
        ("run: SGD", "0", 0.5),
        ("run: SGD", "0", 0.5),
        ("run: SGD", "0", 0.25),
        ("run: AdamW", "body", 0.1),
        ("run: AdamW", "body", 0.2),
        ("run: AdamW", "head", 0.2),
        ("run: AdamW", "head", 0.4),
    ]
    console = Console(file=io.StringIO(), width=80)
    console.print(schedule_table([(one.curves, one.verdict, summarise(one.curves)) for one in simulations]))
    told = console.file.getvalue()  # type: ignore[attr-defined]
    for words in ("SGD: StepLR", "AdamW: LinearLR", "AdamW / body", "AdamW / head", "not cross-checked: recorded"):
        assert words in told
    picture = SchedulePicture([one.curves for one in simulations])
    labels = {text.get_text().partition("\xa0")[0] for axes in picture.figure.axes for text in axes.texts}
    assert {"SGD", "AdamW / body", "AdamW / head"} <= labels
