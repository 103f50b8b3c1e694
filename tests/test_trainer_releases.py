"""TrainingArguments by the version of transformers: what the Trainer of each makes of them, measured once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz.engines.reference import schedule as reference
from lrviz.readers.transformers_names import LAST_WITH, OPTIMIZERS, SCHEDULERS, names_of

ARGUMENTS: dict[str, Any] = {"per_device_train_batch_size": 10, "num_train_epochs": 1, "learning_rate": 1.0}
MEASURED: dict[str, tuple[str, dict[str, Any], list[float]]] = {
    "a ratio of 1 is one step from 5.0 on": ("5.14.0", {"warmup_ratio": 1.0}, [0, 1, 8 / 9, 7 / 9]),
    "and the whole run before": ("4.57.3", {"warmup_ratio": 1.0}, [0, 0.1, 0.2, 0.3]),
    "a ratio replaces the steps from 5.0 on": ("5.0.0", {"warmup_ratio": 0, "warmup_steps": 4}, [1, 0.9, 0.8, 0.7]),
    "and is replaced by them before": ("4.57.3", {"warmup_ratio": 0.1, "warmup_steps": 4}, [0, 0.25, 0.5, 0.75]),
    "inverse_sqrt is given no kwargs before 5.4": (
        "4.57.3",
        {"lr_scheduler_type": "inverse_sqrt", "warmup_steps": 1, "lr_scheduler_kwargs": {"timescale": 4}},
        [0, 1, 2**-0.5, 3**-0.5],
    ),
    "and is from then on": (
        "5.4.0",
        {"lr_scheduler_type": "inverse_sqrt", "warmup_steps": 1, "lr_scheduler_kwargs": {"timescale": 4}},
        [0, 1, 1.25**-0.5, 1.5**-0.5],
    ),
    "constant_with_warmup is given none": (
        "5.23.0",
        {"lr_scheduler_type": "constant_with_warmup", "warmup_steps": 2, "lr_scheduler_kwargs": {"num_cycles": 3}},
        [0, 0.5, 1, 1],
    ),
    "restarts may be a fraction": (
        "4.57.3",
        {"lr_scheduler_type": "cosine_with_restarts", "lr_scheduler_kwargs": {"num_cycles": 2.5}},
        [1, 0.5 * (1 + np.cos(np.pi / 4)), 0.5, 0.5 * (1 - np.cos(np.pi / 4))],
    ),
    "LLaMA-Factory's decay does not ask how long it was stable": (
        "5.6.0",
        {
            "stage": "sft",
            "template": "qwen",
            "lr_scheduler_type": "warmup_stable_decay",
            "lr_scheduler_kwargs": {"num_stable_steps": 1, "decay_type": "linear"},
        },
        [1, 1, 6 / 7, 5 / 7],
    ),
    "kwargs may be JSON in a text": (
        "4.57.3",
        {"lr_scheduler_type": "polynomial", "lr_scheduler_kwargs": '{"power": 2, "lr_end": 0}'},
        [1, 0.81, 0.64, 0.49],
    ),
}
"""A version, arguments, and the lr of the first of ten updates."""


@pytest.mark.parametrize("name", MEASURED)
def test_the_curve_is_that_of_the_version(name: str, tmp_path: Path) -> None:
    version, arguments, lr = MEASURED[name]
    path = tmp_path / "arguments.json"
    path.write_text(json.dumps(ARGUMENTS | arguments), encoding="utf-8")
    found = lrviz.document(path, facts={"transformers": version, "dataset_size": 100})
    assert found.updates == 10
    assert np.abs(reference.run(found).recording.lr[:4, 0] - lr).max() < 1e-9


@pytest.mark.parametrize(
    ("version", "schedulers", "optimizers"),
    [
        ("4.5", 6, 0), ("4.15", 6, 0), ("4.16", 6, 4), ("4.24.0", 6, 8), ("4.30.2", 8, 17), ("4.39", 8, 28),
        ("4.49.0", 10, 42), ("4.50.3", 10, 41), ("4.57.3", 11, 42), ("5.7.2", 12, 42), ("5.8", 12, 41),
    ],
)  # fmt: skip
def test_the_names_are_those_of_the_version(version: str, schedulers: int, optimizers: int) -> None:
    assert len(names_of(SCHEDULERS, version)) == schedulers
    assert len(names_of(OPTIMIZERS, version)) == optimizers


@pytest.mark.parametrize("name", LAST_WITH)
def test_the_version_is_the_newest_that_has_the_optimizer(name: str, tmp_path: Path) -> None:
    path = tmp_path / "arguments.json"
    path.write_text(json.dumps(ARGUMENTS | {"optim": name, "warmup_ratio": 0.1}), encoding="utf-8")
    found = lrviz.document(path, facts={"dataset_size": 100})
    told = f"transformers {LAST_WITH[name]}, the newest that takes optim {name}"
    assert any(one.startswith(told) for one in found.marked.assumed)
