"""Optimizers of other libraries: hosts of schedules, by their names and hyperparameters alone."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import lrviz
from lrviz.documents.schema import document_schema
from lrviz.engines.compare.schedule import compare
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.reference import schedule as reference
from lrviz.engines.schedule_planning import plan
from lrviz.foundation.errors import DocumentError
from lrviz.language.registry import Registry, name_of
from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.optimizers.others import ALIASES, MODULES
from lrviz.optimizers.others.guest import Guest
from lrviz.runs.checking import installation
from lrviz.runs.scripting.script import torch_script
from tests.cli import Ended
from tests.here import torch_is_here
from tests.versions import only_modelled

GUESTS = OPTIMIZERS.apart
each_guest = pytest.mark.parametrize("name", GUESTS)


def test_the_table_names_every_class_and_no_other() -> None:
    assert list(GUESTS) == list(MODULES)
    assert {name_of(cls): cls for cls in map(OPTIMIZERS.find, MODULES) if cls} == GUESTS
    assert set(ALIASES.values()) <= set(GUESTS)
    assert not set(GUESTS.values()) & set(OPTIMIZERS)
    for folder in {inspect.getmodule(cls) for cls in GUESTS.values()}:
        assert {name_of(cls) for cls in folder.CLASSES} <= set(GUESTS)  # type: ignore[union-attr]
    assert len({cls.__name__ for cls in (*OPTIMIZERS, *GUESTS.values())}) == len(OPTIMIZERS) + len(GUESTS)


@each_guest
def test_each_is_documented_and_known_by_its_library(name: str) -> None:
    cls = GUESTS[name]
    first, _, rest = (inspect.getdoc(cls) or "").partition("\n")
    assert first.endswith(".")
    assert "Source: https://" in rest
    assert all(field.description for key, field in cls.model_fields.items() if key != "name")
    assert name.partition(".")[0] == cls.module.partition(".")[0]
    assert issubclass(cls, Guest)
    assert "lr" in cls.model_fields


@only_modelled
@pytest.mark.parametrize("document", installation(), ids=lambda one: one.title)
def test_each_hosts_a_schedule(document: lrviz.ScheduleDocument) -> None:
    """CyclicLR reads and writes lr and momentum; `lrviz check` runs these documents."""
    optimizer = document.optimizer.optimizer
    if optimizer.name not in GUESTS:
        assert type(optimizer) in OPTIMIZERS
        return
    ours, theirs = reference.run(document).recording, pytorch.run(plan(document))
    assert compare(ours, theirs, ("0",)).verdict == "agree"
    assert theirs.ran.keys() == {"torch"}
    jsonschema.Draft202012Validator(SCHEMA).validate(
        {"epochs": 3, "optimizer": {"name": optimizer.name, **type(optimizer).example}}
    )
    assert f"optimizer = {optimizer.module}.{optimizer.class_name}(" in torch_script(document)


SCHEMA = document_schema()

WRITTEN = {
    "Lion": ["lion_pytorch.Lion", "timm.Lion"],
    "lamb": ["timm.Lamb", "torch_optimizer.Lamb"],
    "bitsandbytes.AdamW8bit": ["bitsandbytes.optim.AdamW8bit"],
    "bnb.optim.PagedAdamW8bit": ["bitsandbytes.optim.PagedAdamW8bit"],
    "adamw_bnb_8bit": ["bitsandbytes.optim.AdamW8bit"],
    "paged_adamw_32bit": ["bitsandbytes.optim.PagedAdamW"],
    "schedule_free_adamw": ["schedulefree.AdamWScheduleFree"],
    "FusedAdam": ["apex.optimizers.FusedAdam"],
    "FusedLambda": ["apex.optimizers.FusedLAMB"],
    "soap": ["pytorch_optimizer.SOAP"],
    "Prodigi": ["prodigyopt.Prodigy"],
    "lion_pytorch.Lyon": ["lion_pytorch.Lion"],
    "AdamWW": ["AdamW"],
}


@pytest.mark.parametrize("written", WRITTEN)
def test_what_people_write_leads_to_the_name(written: str) -> None:
    with pytest.raises(DocumentError) as told:
        lrviz.document({"epochs": 3, "optimizer": {"name": written, "lr": 0.1}})
    assert f"(did you mean {' or '.join(WRITTEN[written])}?)" in str(told.value)
    assert "and 26 of other libraries (lrviz list optimizers)" in str(told.value)


def test_any_spelling_and_what_a_library_refuses() -> None:
    host: dict[str, Any] = {"name": "Timm.lars", "lr": 3.2, "momentum": 0.9}
    assert lrviz.document({"epochs": 3, "optimizer": host}).optimizer.optimizer.name == "timm.Lars"
    with pytest.raises(DocumentError, match=r"optimizer.relative_step: true beside an lr"):
        lrviz.document({"epochs": 3, "optimizer": {"name": "transformers.Adafactor", "lr": 1e-3}})
    with pytest.raises(DocumentError, match=r"optimizer.lr: missing"):
        lrviz.document({"epochs": 3, "optimizer": {"name": "bitsandbytes.optim.SGD8bit"}})


def test_a_missing_library_is_said_and_the_engines_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrviz.runs.simulation.find_spec", lambda _: None)
    host = {"name": "lion_pytorch.Lion", "lr": 1e-4, "weight_decay": 0.1, "betas": [0.95, 0.98]}
    with torch_is_here():
        found = lrviz.simulate({"epochs": 3, "optimizer": host, "scheduler": {"name": "StepLR", "step_size": 1}})
    assert found.verdict.verdict == "agree"
    assert any("lion_pytorch is not installed; a stand-in" in one for one in found.warnings)
    (tmp_path / "adan.yaml").write_text("epochs: 9\noptimizer: {name: timm.Adan, lr: 1e-3}\n", encoding="utf-8")
    # Its three betas are in no wrong order.
    assert not lrviz.lint(str(tmp_path / "adan.yaml"))


@pytest.mark.parametrize("entry", ["timm.Lamb", "timm.lamb:lr=0.1", "run.yaml"])
def test_none_of_them_races(entry: str, ended: Ended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.yaml").write_text("steps: 9\noptimizer: {name: timm.Lamb}\n", encoding="utf-8")
    done = ended("race", entry, "adam", "--fn", "rosenbrock", "--steps", "5")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"entry '{entry}': timm.Lamb can only be scheduled" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["run.yaml"]


def test_they_are_listed_apart(ended: Ended) -> None:
    done = ended("list", "optimizers")
    own, _, others = done.stdout.partition("Of other libraries, for schedules only; they cannot race:")
    assert all(name in others and name not in own for name in GUESTS)
    one = ended("list", "optimizers", "apex.optimizers.fusedlamb").stdout
    assert [words in one for words in ("it cannot race", "pip install git+", "max_grad_norm")] == [True] * 3


def test_a_module_is_imported_where_one_of_its_names_is_asked_for() -> None:
    registry = Registry("optimizer", "lrviz.none", Optimizer, "{name: SGD}")
    registry.add_apart({"lab.Best": "no_such_module"}, {"best_8bit": "lab.Best"})
    assert registry.spelled("LAB.best") == "lab.Best"
    assert "(did you mean lab.Best?)" in registry.unknown("best_8bit")
    assert registry.find("lab.Bes") is None
    with pytest.raises(ModuleNotFoundError):
        registry.find("lab.Best")
