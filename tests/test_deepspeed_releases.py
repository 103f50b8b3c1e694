"""DeepSpeed's schedulers by its version, measured once with the sources of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz.engines.reference import schedule as reference
from lrviz.foundation.errors import DocumentError

CYCLE = {"cycle_min_lr": 0, "cycle_max_lr": 1, "cycle_first_step_size": 4}
COSINE = {"total_num_steps": 3, "warmup_num_steps": 4, "warmup_type": "linear", "cos_min_ratio": 0}
MEASURED: dict[str, tuple[str, str, dict[str, Any], list[float]]] = {
    "stairs": ("0.19.4", "OneCycle", {**CYCLE, "cycle_first_stair_count": 2}, [0, 0, 0.5, 0.5, 1, 0.5, 0.5]),
    "no stairs": ("0.19.3", "OneCycle", {**CYCLE, "cycle_first_stair_count": 2}, [0, 0.25, 0.5, 0.75, 1, 0.75, 0.5]),
    "a list for each group": ("0.19.6", "OneCycle", {**CYCLE, "cycle_max_lr": [1]}, [0, 0.25, 0.5]),
    "a cosine shorter than its warm-up": ("0.19.3", "WarmupCosineLR", COSINE, [0, 0, 0.25, 0.5, 0.75, 0, 0]),
    "and without a stop": ("0.19.2", "WarmupCosineLR", COSINE, [0, 0, 0.25, 0.5, 0.75, 0, 1, 0]),
    "no warm-up": ("0.19.2", "WarmupLR", {"warmup_num_steps": 0, "warmup_max_lr": 1}, [0, 0, 1, 1]),
}
REFUSED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "a list for each group": ("0.19.5", "OneCycle", {**CYCLE, "cycle_max_lr": [1]}, "before 0.19.6 takes one number"),
    "no warm-up": ("0.19.3", "WarmupLR", {"warmup_num_steps": 0}, "DeepSpeed from 0.19.3 on needs at least 1"),
}


def read(folder: Path, version: str, name: str, params: dict[str, Any]) -> lrviz.ScheduleDocument:
    path = folder / "ds_config.json"
    optimizer = {"type": "AdamW", "params": {"lr": 1.0}}
    path.write_text(json.dumps({"optimizer": optimizer, "scheduler": {"type": name, "params": params}}), "utf-8")
    return lrviz.document(path, facts={"deepspeed": version, "steps": 10})


@pytest.mark.parametrize("name", MEASURED)
def test_the_curve_is_that_of_the_version(name: str, tmp_path: Path) -> None:
    version, kind, params, lr = MEASURED[name]
    found = reference.run(read(tmp_path, version, kind, params)).recording.lr
    assert np.abs(found[: len(lr), 0] - lr).max() < 1e-9


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_version_refuses_is_refused(name: str, tmp_path: Path) -> None:
    version, kind, params, told = REFUSED[name]
    with pytest.raises(DocumentError, match=told):
        read(tmp_path, version, kind, params)
