"""The schedules of other libraries: what is known of each, and their curves as the libraries make them."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import lrviz
from lrviz.documents.schema import document_schema
from lrviz.engines.reference import schedule as reference
from lrviz.language.registry import name_of
from lrviz.schedulers import SCHEDULERS

NAMES = list(SCHEDULERS.apart)
SCHEMA = document_schema()
CURVES = sorted((Path(__file__).parent / "curves").glob("*.json"))


def document(name: str) -> lrviz.ScheduleDocument:
    found = SCHEDULERS.find(name)
    assert found is not None
    return lrviz.document(
        {
            "steps": 60,
            "interval": "step",
            "optimizer": {"name": "AdamW", "lr": 0.01},
            "scheduler": {"name": name, **found.example},
            **({"metric": {"expression": "abs(sin(t / 9))"}} if found.watches_metric else {}),
        }
    )


@pytest.mark.parametrize("name", NAMES)
def test_each_is_documented_and_has_a_curve(name: str) -> None:
    found = SCHEDULERS.find(name)
    assert found is not None
    assert name_of(found) == name
    assert found in import_module(found.__module__).CLASSES
    told = found.__doc__ or ""
    assert "Formula" in told
    assert "Source: https://" in told
    lr = reference.run(document(name)).recording.lr
    assert np.isfinite(lr).all()
    assert len(np.unique(lr)) > (0 if name.endswith(".constant") else 1)
    jsonschema.Draft202012Validator(SCHEMA).validate(
        {"steps": 60, "optimizer": {"name": "SGD"}, "scheduler": {"name": name, **found.example}}
    )


TOLD = {
    "deepspeed.WarmupLR": {"first-update-at-zero"},
    "deepspeed.WarmupDecayLR": {"first-update-at-zero", "lr-replaced"},
    "deepspeed.WarmupCosineLR": {"first-update-at-zero"},
    # An lr of 0.1 is much for AdamW.
    "deepspeed.OneCycle": {"lr-out-of-range"},
    "mmengine.OneCycleLR": {"lr-out-of-range"},
    "deepspeed.LRRangeTest": {"lr-replaced"},
}
"""What lint says of an example, and is right to."""


@pytest.mark.parametrize("name", NAMES)
def test_lint_has_nothing_to_say_of_an_example_that_is_not_true(name: str) -> None:
    assert {one.rule.name for one in lrviz.lint(document(name))} <= TOLD.get(name, set())


@pytest.mark.parametrize("path", CURVES, ids=lambda path: path.stem)
def test_a_config_gives_the_curve_that_its_library_makes(path: Path, tmp_path: Path) -> None:
    curve: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    config = tmp_path / curve["filename"]
    config.write_text(curve["text"], encoding="utf-8")
    read = lrviz.document(config, facts=curve["given"])
    assert read.unit == "step"
    assert read.updates == curve["updates"]
    found = reference.run(read).recording
    names = [group.name for group in read.optimizer.groups]
    columns = [names.index(name) if name in names else index for index, name in enumerate(curve["groups"])]
    rows = slice(None) if curve["at"] is None else np.array(curve["at"])
    for key, values in {"lr": found.lr, **found.params}.items():
        if key in curve:
            measured = np.asarray(curve[key], dtype=np.float64).reshape(-1, len(columns))
            assert np.abs(values[rows][:, columns] - measured).max() <= 1e-9 * np.abs(measured).max(), key
