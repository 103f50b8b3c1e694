"""axolotl's configs: what its trainer makes of them, measured once with the sources of 0.19, and what it refuses."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz.engines.reference import schedule as reference
from lrviz.foundation.errors import DocumentError

CONFIG: dict[str, Any] = {
    "base_model": "x",
    "datasets": [{"path": "y"}],
    "micro_batch_size": 5,
    "gradient_accumulation_steps": 2,
    "num_epochs": 1,
    "learning_rate": 1.0,
    "warmup_steps": 0,
}


def read(folder: Path, changes: dict[str, Any]) -> lrviz.ScheduleDocument:
    path = folder / "lora.json"
    path.write_text(json.dumps({key: value for key, value in (CONFIG | changes).items() if value != "none"}), "utf-8")
    return lrviz.document(path, facts={"dataset_size": 100})


def half_cosine(share: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * share))


MEASURED: dict[str, tuple[dict[str, Any], list[float]]] = {
    "a share of 0 is no share": (
        {"cosine_min_lr_ratio": 0, "cosine_constant_lr_ratio": 0.5},
        [1, half_cosine(0.1), half_cosine(0.2)],
    ),
    "a constant share of 0 is none": (
        {"cosine_min_lr_ratio": 0.5, "cosine_constant_lr_ratio": 0},
        [1, 0.5 + 0.5 * half_cosine(0.1), 0.5 + 0.5 * half_cosine(0.2)],
    ),
    "kwargs of the cosine, where no share is": (
        {"cosine_min_lr_ratio": 0, "lr_scheduler_kwargs": {"num_cycles": 1}},
        [1, half_cosine(0.2), half_cosine(0.4)],
    ),
    "kwargs of one_cycle": (
        {"lr_scheduler": "one_cycle", "lr_scheduler_kwargs": {"pct_start": 0.3, "div_factor": 10}},
        [0.1, 0.1 + 0.9 * half_cosine(0.5), 1],
    ),
    "batch_size in the place of the accumulation": (
        {"gradient_accumulation_steps": "none", "batch_size": 10, "lr_scheduler": "linear"},
        [1, 0.9, 0.8],
    ),
}


@pytest.mark.parametrize("name", MEASURED)
def test_the_curve_is_that_of_the_trainer(name: str, tmp_path: Path) -> None:
    changes, lr = MEASURED[name]
    found = reference.run(read(tmp_path, changes)).recording.lr
    assert found.shape[0] == 10
    assert np.abs(found[:3, 0] - lr).max() < 1e-9


def test_a_scale_comes_before_an_lr_of_the_embeddings(tmp_path: Path) -> None:
    found = read(tmp_path, {"embedding_lr": 0.1, "embedding_lr_scale": 0.5})
    assert reference.run(found).recording.lr[0].tolist() == [1.0, 0.5]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no lr": ({"learning_rate": "none", "sequence_len": 99}, "learning_rate: missing; axolotl has no default for it"),
    "two warm-ups": ({"warmup_steps": 2, "warmup_ratio": 0.1}, "warmup_ratio: given with warmup_steps"),
    "two batches": ({"batch_size": 10}, "batch_size: given with gradient_accumulation_steps"),
    "restarts": ({"jagged_restart_steps": 5}, "jagged_restart_steps: given; the restarts of ReLoRA are not read yet"),
    "a share above 1": ({"cosine_min_lr_ratio": 2}, "cosine_min_lr_ratio: 2 given; a share, 0 to 1, is needed"),
    "a long warm-up of one_cycle": (
        {"lr_scheduler": "one_cycle", "warmup_steps": 11},
        "warmup_steps: a warm-up of 11 updates is longer than the run of 10",
    ),
    "a long warm-up of rex": (
        {"lr_scheduler": "rex", "warmup_steps": 11},
        "warmup_steps: a warm-up of 11 is longer than the run of 10",
    ),
    "an unknown scheduler": ({"lr_scheduler": "cosin"}, "did you mean cosine?"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_axolotl_refuses_is_one_message(name: str, tmp_path: Path) -> None:
    changes, told = REFUSED[name]
    with pytest.raises(DocumentError) as error:
        read(tmp_path, changes)
    (fault,) = error.value.faults
    assert told in str(fault)
