"""What configs of other libraries bring beside their schedule: DeepSpeed's file, an optimizer, a version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import lrviz
from lrviz.foundation.errors import DocumentError
from lrviz.results import FORMULAS_ALONE
from tests.here import torch_is_here

ARGUMENTS = {
    "per_device_train_batch_size": 8,
    "num_train_epochs": 3,
    "learning_rate": 2e-5,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 30,
    "deepspeed": "configs/ds.json",
}
AUTO = {"warmup_min_lr": "auto", "warmup_max_lr": "auto", "warmup_num_steps": "auto", "total_num_steps": "auto"}
GIVEN = {"dataset_size": 4000}


def read(folder: Path, beside: object = None, **arguments: Any) -> lrviz.ScheduleDocument:
    """Return what TrainingArguments in the folder of a project say, and a DeepSpeed file in another of its folders."""
    (folder / "pyproject.toml").touch()
    for name in ("configs", "runs"):
        (folder / name).mkdir()
    if beside is not None:
        (folder / "configs/ds.json").write_text(beside if isinstance(beside, str) else json.dumps(beside), "utf-8")
    path = folder / "runs/arguments.json"
    path.write_text(json.dumps({**ARGUMENTS, **arguments}), encoding="utf-8")
    found = lrviz.document(path, facts=GIVEN)
    assert isinstance(found, lrviz.ScheduleDocument)
    return found


def test_a_scheduler_in_the_deepspeed_file_replaces_that_of_the_arguments(tmp_path: Path) -> None:
    read_so = read(tmp_path, {"scheduler": {"type": "WarmupDecayLR", "params": AUTO}})
    (member,) = read_so.members()
    known = member.scheduler.model_dump(exclude_unset=True)
    assert known == {
        "name": "deepspeed.WarmupDecayLR",
        "warmup_min_lr": 0.0,
        "warmup_max_lr": 2e-5,
        "warmup_num_steps": 30,
        "total_num_steps": 1500,
        "version": "0.19.8",
    }
    assert "deepspeed: its scheduler, WarmupDecayLR, replaces that of the arguments" in read_so.marked.assumed


@pytest.mark.parametrize(
    ("beside", "arguments", "told"),
    [
        ({"zero_optimization": {"stage": 2}}, {}, ""),
        (None, {}, "deepspeed: configs/ds.json not found; a scheduler in it would replace that of the arguments"),
        (None, {"deepspeed": "../../ds.json"}, "deepspeed: ../../ds.json not found"),
        (None, {"deepspeed": {"bf16": {"enabled": True}}}, ""),
    ],
)
def test_without_one_there_the_arguments_count(tmp_path: Path, beside: Any, arguments: Any, told: str) -> None:
    (tmp_path.parent / "ds.json").write_text('{"scheduler": {"type": "OneCycle", "params": {}}}', encoding="utf-8")
    found = read(tmp_path, beside, **arguments)
    assert [one.scheduler.name for one in found.members()] == ["transformers.cosine"]
    assert any(one.startswith(told) for one in found.marked.assumed)


@pytest.mark.parametrize(
    ("beside", "told"),
    [
        ("not: [json", "configs/ds.json given, which is not JSON"),
        ("[1, 2]", "configs/ds.json given, which is not a mapping"),
        (" " * 1_000_001, "configs/ds.json given: larger than 1 MB"),
        (
            {"scheduler": {"type": "WarmupLr", "params": {}}},
            "scheduler.type of the file: 'WarmupLr' given; DeepSpeed has WarmupLR, WarmupDecayLR, WarmupCosineLR, "
            "OneCycle, LRRangeTest (did you mean WarmupLR?)",
        ),
        (
            {"scheduler": {"type": "WarmupDecayLR", "params": {**AUTO, "total_num_steps": 7}}},
            "scheduler.params.total_num_steps of the file is 7, and the arguments say 1500: transformers refuses that; "
            "auto is allowed",
        ),
        (
            {"scheduler": {"type": "WarmupLR", "params": {"warmup_max": 1}}},
            "unknown key 'warmup_max'; allowed here: warmup_num_steps, warmup_type, warmup_min_lr, warmup_max_lr "
            "(did you mean warmup_max_lr?)",
        ),
        (
            {"optimizer": {"type": "AdamW", "params": {"lr": 1e-4}}},
            "optimizer.params.lr of the file is 0.0001, and the arguments say 2e-05: transformers refuses that; auto "
            "is allowed",
        ),
        (
            {"gradient_accumulation_steps": 4},
            "gradient_accumulation_steps of the file is 4, and the arguments say 1: transformers refuses that; auto is "
            "allowed",
        ),
        (
            {"scheduler": {"type": "OneCycle", "params": {"cycle_min_lr": "auto", "cycle_max_lr": 0.1}}},
            "scheduler.params.cycle_min_lr of the file is auto, which transformers does not fill in",
        ),
    ],
)
def test_what_is_wrong_with_the_file_stands_at_the_key_that_names_it(tmp_path: Path, beside: Any, told: str) -> None:
    with pytest.raises(DocumentError) as error:
        read(tmp_path, beside)
    (fault,) = error.value.faults
    assert fault.place.startswith(f"{tmp_path / 'runs/arguments.json'}:1:")
    assert (fault.field, fault.text) == ("deepspeed", told)


@pytest.mark.parametrize(
    ("optim", "name", "betas"),
    [
        ("adamw_torch_fused", "AdamW", (0.9, 0.95)),
        ("adamw_bnb_8bit", "bitsandbytes.optim.AdamW8bit", (0.9, 0.95)),
        ("paged_lion_32bit", "lion_pytorch.Lion", (0.9, 0.95)),
        ("adafactor", "transformers.Adafactor", None),
        ("sgd", "SGD", None),
        ("lomo", "AdamW", (0.9, 0.95)),
    ],
)
def test_the_optimizer_is_the_one_that_optim_names(tmp_path: Path, optim: str, name: str, betas: object) -> None:
    found = read(tmp_path, None, optim=optim, adam_beta2=0.95, deepspeed=None)
    own = found.optimizer.optimizer
    assert (own.name, getattr(own, "betas", None)) == (name, betas)
    said = f"optim {optim}: AdamW is used for it; the lr is the same"
    assert (said in found.marked.assumed) == (optim == "lomo")


@pytest.mark.parametrize(("key", "version"), [("warmup_ratio", "5.14.0"), ("warmup_steps", "5.23.0")])
def test_the_version_is_the_newest_that_takes_the_keys(tmp_path: Path, key: str, version: str) -> None:
    found = read(tmp_path, None, deepspeed=None, **{"warmup_steps": None, key: 0.1})
    assert any(one.startswith(f"transformers {version}, the newest") for one in found.marked.assumed)
    (member,) = found.members()
    assert member.scheduler.model_dump()["num_warmup_steps"] == 150


def test_an_agreement_on_a_config_says_that_no_trainer_ran(tmp_path: Path) -> None:
    kwargs = {"lr_scheduler_kwargs": {"patience": 2}, "eval_strategy": "steps", "eval_steps": 500, "deepspeed": None}
    path = tmp_path / "arguments.json"
    plateau = {**ARGUMENTS, "lr_scheduler_type": "reduce_lr_on_plateau", **kwargs}
    path.write_text(json.dumps(plateau), encoding="utf-8")
    with torch_is_here():
        found = lrviz.simulate(lrviz.document(path, facts={**GIVEN, "metric": [1.0, 1.0, 1.0]}))
        native = lrviz.simulate({"epochs": 3, "optimizer": {"name": "SGD", "lr": 0.1}})
    assert found.verdict.sentence.endswith(f"(max rel. difference 0); {FORMULAS_ALONE}")
    assert native.verdict.sentence.endswith("(max rel. difference 0)")
