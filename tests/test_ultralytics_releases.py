"""Ultralytics by its version: what its trainer sets, measured once with the sources of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz.engines.reference import schedule as reference
from lrviz.foundation.errors import DocumentError

ARGS: dict[str, Any] = {"lr0": 1.0, "lrf": 0.5, "epochs": 2, "batch": 64, "optimizer": "SGD", "warmup_epochs": 0.5}
FACTS = {"dataset_size": 256, "classes": 3}
MEASURED: dict[str, tuple[str, dict[str, Any], dict[str, list[float]]]] = {
    "a warm-up that stops short": (
        "8.4.182",
        {"warmup_momentum": 0.5, "momentum": 0.9},
        {"weight": [0, 0.5, 0.5, 0.5, 0.75], "momentum": [0.5, 0.7, 0.7, 0.7, 0.7]},
    ),
    "and that does not": (
        "8.4.183",
        {"warmup_momentum": 0.5, "momentum": 0.9},
        {"weight": [0, 0.5, 1, 1, 0.75], "momentum": [0.5, 0.7, 0.9, 0.9, 0.9]},
    ),
    "auto warms up to the momentum of the file": (
        "8.3.200",
        {"optimizer": "auto", "epochs": 2501, "batch": 64, "warmup_epochs": 25, "warmup_momentum": 0.5},
        {"bias": [0, 1e-4], "momentum": [0.5, 0.50437]},
    ),
    "weights that take the warm-up of the bias": (
        "8.4.2",
        {"warmup_epochs": 25, "epochs": 30, "lrf": 1},
        {"weight": [0.1, 0.109], "bias": [0, 0.01]},
    ),
    "and that do not": (
        "8.4.3",
        {"warmup_epochs": 25, "epochs": 30, "lrf": 1},
        {"weight": [0, 0.01], "bias": [0.1, 0.109]},
    ),
    "an accumulation that no run outgrows": (
        "8.4.177", {"batch": 8, "nbs": 1024, "warmup_epochs": 0, "epochs": 1}, {"weight": [1.0]},
    ),
    "a fraction of the data set": (
        "8.4.190", {"fraction": 0.5, "warmup_epochs": 0}, {"weight": [1, 1, 0.75, 0.75]},
    ),
    "an optimizer in small letters": ("8.3.200", {"optimizer": "adamw", "warmup_epochs": 0}, {"weight": [1, 1]}),
    "SGD where nothing is said, before 8.0": (
        "7.0.0", {"optimizer": None, "warmup_epochs": 0, "lrf": 1}, {"weight": [1, 1]},
    ),
    "MuSGD has a group of its own": ("8.4.190", {"optimizer": "MuSGD", "warmup_epochs": 0}, {"muon": [1, 1]}),
}  # fmt: skip


def read(folder: Path, version: str, changes: dict[str, Any]) -> lrviz.ScheduleDocument:
    path = folder / "args.json"
    path.write_text(json.dumps(ARGS | changes), encoding="utf-8")
    return lrviz.document(path, facts={"ultralytics": version, **FACTS})


@pytest.mark.parametrize("name", MEASURED)
def test_the_curve_is_that_of_the_version(name: str, tmp_path: Path) -> None:
    version, changes, expected = MEASURED[name]
    document = read(tmp_path, version, changes)
    found = reference.run(document).recording
    names = [group.name for group in document.optimizer.groups]
    for key, values in expected.items():
        column = found.params[key][:, 0] if key in found.params else found.lr[:, names.index(key)]
        assert np.abs(column[: len(values)] - values).max() < 1e-9, key


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "too few batches": ("8.4.176", {"batch": 8, "nbs": 1024, "warmup_epochs": 0, "epochs": 1}, "too few for an update"),
    "MuSGD before 8.4": ("8.3.200", {"optimizer": "MuSGD"}, "those of Ultralytics 8.3.200 are"),
    "auto before 8.0": ("7.0.0", {"optimizer": "auto"}, "those of Ultralytics 7.0.0 are"),
    "an unknown one": ("8.4.190", {"optimizer": "SDG"}, "did you mean SGD?"),
    "by the clock": ("8.4.190", {"time": 2}, "which stops the run by the clock"),
    "a batch of its own choice": ("8.4.190", {"batch": -1}, "-1 given; at least 1 is needed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_known_is_one_message(name: str, tmp_path: Path) -> None:
    version, changes, told = REFUSED[name]
    with pytest.raises(DocumentError) as error:
        read(tmp_path, version, changes)
    (fault,) = error.value.faults
    assert told in str(fault)
