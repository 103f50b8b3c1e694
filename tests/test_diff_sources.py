"""`lrviz diff` of sources of other kinds: configs and their logs, logs of epochs, logs of few decimals, schedulers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

import lrviz
from lrviz.foundation.errors import UsageError
from tests import logs
from tests.cli import Ended

PLAN: dict[str, Any] = {
    "epochs": 10,
    "steps_per_epoch": 100,
    "interval": "step",
    "optimizer": {"name": "AdamW", "lr": 0.001, "weight_decay": 5},
    "scheduler": {"name": "CosineAnnealingLR", "T_max": 1000},
}
CONFIG = {"output_dir": "out", "max_steps": 60, "learning_rate": 5e-5, "lr_scheduler_type": "cosine", "warmup_steps": 9}


def lr(t: int) -> float:
    """The plan's value at an update."""
    return 0.0005 * (1 + math.cos(math.pi * t / 1000))


def csv(path: Path, head: str, *rows: str) -> Path:
    path.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("late", "factor", "causes"),
    [
        (0, 1, []),
        (0, 2, ["B is 2 times A"]),
        (35, 1, ["B is A 35 updates late", "B is A up to update 35, where it starts over"]),
    ],
)
def test_a_fixed_number_of_decimals(tmp_path: Path, late: int, factor: float, causes: list[str]) -> None:
    rows = (f"{t},{factor * lr(t - late):.6f}" for t in range(late, 1000, 5))
    log = csv(tmp_path / "log.csv", "step,lr", *rows)
    for a, b in ((PLAN, log), (log, PLAN)):
        found = lrviz.diff(a, b)
        assert found.same == (not causes)
        assert all(one.max_rel <= 1e-9 for one in found.causes)
        assert "log.csv is written in steps of 1e-06" in " ".join(found.difference.notes)
        if a is PLAN:
            assert [one.message for one in found.causes] == causes


@pytest.mark.parametrize("names", [["epoch", "lr/pg0", "lr/pg1"], ["epoch", "lr", "x/lr"]])
def test_a_log_of_epochs(tmp_path: Path, ended: Ended, names: list[str]) -> None:
    """It has what the last update of each epoch was made with; how many an epoch has the other side says."""
    rows = [[str(epoch + 1), *[f"{lr(100 * epoch + 99):.5g}"] * 2] for epoch in range(10)]
    log = csv(tmp_path / "results.csv", ",".join(names), *map(",".join, rows))
    found = lrviz.diff(PLAN, log)
    assert (found.same, found.groups[0].at.tolist()) == (True, list(range(99, 1000, 100)))
    assert "taken as that of the last of the 100 updates of its epoch" in found.difference.notes[0]
    without = {**{key: PLAN[key] for key in ("interval", "optimizer", "scheduler")}, "steps": 1000}
    (tmp_path / "plan.yaml").write_text(json.dumps(without), encoding="utf-8")
    done = ended("diff", "plan.yaml", "results.csv", "--no-plot")
    assert done.returncode == 2
    assert "results.csv counts epochs, and plan.yaml updates" in done.stderr
    assert "set steps_per_epoch in plan.yaml" in done.stderr
    each = {"epochs": 10, "optimizer": PLAN["optimizer"], "scheduler": {"name": "LambdaLR", "lr_lambda": "1 - t / 20"}}
    by_epoch = csv(tmp_path / "log.csv", "epoch,lr", *(f"{epoch},{0.001 * (1 - epoch / 20)}" for epoch in range(10)))
    assert lrviz.diff(each, by_epoch).same
    assert lrviz.diff({**each, "steps_per_epoch": 7}, by_epoch).same


@pytest.mark.parametrize("ahead", [0, 1])
@pytest.mark.parametrize("every", [1, 7])
def test_a_config_is_what_its_own_trainer_logs(tmp_path: Path, ended: Ended, ahead: int, every: int) -> None:
    """Under both conventions of Transformers, whichever side it stands on."""
    values = [*lrviz.simulate(CONFIG, engine="reference").curves.lr[:, 0].tolist(), 0.0]
    steps = range(every - 1, 60, every)
    log = logs.trainer_state(tmp_path / "state.json", [(k + 1, values[k + ahead]) for k in steps], last=60)
    assert lrviz.diff(CONFIG, log).same
    assert lrviz.diff(log, CONFIG).same
    (tmp_path / "train.yaml").write_text(json.dumps(CONFIG), encoding="utf-8")
    if every == 1:
        done = ended(
            "diff", "train.yaml", "state.json", "--no-plot", "--from", "hf-trainer", "--given", "transformers=4.44"
        )
        assert done.returncode == 0
        assert "read as TrainingArguments" in done.stderr
        assert "newest known" not in done.stderr


def test_columns_warnings_and_half_lives(tmp_path: Path, ended: Ended) -> None:
    (tmp_path / "plan.yaml").write_text(json.dumps(PLAN), encoding="utf-8")
    (tmp_path / "slow.yaml").write_text(
        json.dumps({**PLAN, "optimizer": {"name": "SGD", "lr": 0.001}}), encoding="utf-8"
    )
    lines = [json.dumps({"tick": t, "rate": lr(t)}) for t in range(0, 1000, 10)]
    (tmp_path / "log.jsonl").write_text("\n".join([*lines, '{"tick": 10']), encoding="utf-8")
    words = ["diff", "plan.yaml", "log.jsonl", "--columns", "step=tick,lr=rate", "--no-plot"]
    done = ended(*words, "--survival")
    assert done.returncode == 0
    assert "A: An update has lost half its weight to weight decay after" in " ".join(done.stdout.split())
    assert "--survival: log.jsonl is a log" in done.stderr
    assert "log.jsonl: " in done.stderr.replace("--survival: log.jsonl", "")
    other = lrviz.diff(PLAN, {**PLAN, "optimizer": {"name": "AdamW", "lr": 0.001, "weight_decay": 9}}, survival=True)
    assert [note[:22] for note in other.difference.notes] == ["A: An update has lost ", "B: An update has lost "]
    done = ended("diff", "slow.yaml", "log.jsonl", "--columns", "step=tick,lr=rate", "--survival", "--no-plot")
    assert (done.returncode, "SGD has no weight decay here" in done.stderr) == (2, True)


def test_live_schedulers_and_files_are_asserted(tmp_path: Path) -> None:
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=0.001, weight_decay=5)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1000)
    lrviz.assert_schedule(scheduler, PLAN, steps=700)
    lrviz.assert_schedule(csv(tmp_path / "log.csv", "step,lr", *(f"{t},{lr(t)}" for t in range(300))), PLAN)
    lrviz.assert_schedule(CONFIG, CONFIG)
    with pytest.raises(AssertionError, match=r"CosineAnnealingLR \(B\) does not follow"):
        lrviz.assert_schedule(scheduler, CONFIG, steps=60, folder=tmp_path)
    with pytest.raises(UsageError, match="steps, epochs: missing"):
        lrviz.assert_schedule(scheduler, PLAN)
    with pytest.raises(UsageError, match="they are for live schedulers"):
        lrviz.diff(PLAN, PLAN, steps=3)


def test_each_document_has_its_own_verdict(tmp_path: Path) -> None:
    """A side that is not a document has none, so that it is clear which side a verdict is about."""
    log = csv(tmp_path / "log.csv", "step,lr", *(f"{t},{lr(t)}" for t in range(300)))
    found = lrviz.diff(log, PLAN)
    assert [one.verdict for one in found.verdicts] == ["skipped"]
    assert lrviz.diff(log, log).verdicts == ()


def test_groups_of_other_names_may_stand_in_order(tmp_path: Path) -> None:
    """At twice the height the values of each group are nearest to those of another one."""
    groups = [{"name": "body", "lr": 0.001}, {"name": "head", "lr": 0.003}]
    plan = {**PLAN, "optimizer": {"name": "SGD", "lr": 0.001, "groups": groups}}
    rows = (f"{t},{2 * lr(t)},{6 * lr(t)}" for t in range(0, 1000, 5))
    log = csv(tmp_path / "log.csv", "step,lr/pg0,lr/pg1", *rows)
    assert [one.message for one in lrviz.diff(plan, log).causes] == ["B is 2 times A"]
    assert "matched in their order: body with lr/pg0" in lrviz.diff(plan, log).difference.notes[0]
    turned = csv(
        tmp_path / "turned.csv", "step,lr/pg0,lr/pg1", *(f"{t},{3 * lr(t)},{lr(t)}" for t in range(0, 1000, 5))
    )
    assert lrviz.diff(plan, turned).same


@pytest.mark.parametrize("every", [1, 7])
def test_a_run_that_begins_again_on_either_side(tmp_path: Path, every: int) -> None:
    rows = (f"{t},{lr(t if t < 400 else t - 400)}" for t in range(0, 1000, every))
    log = csv(tmp_path / "log.csv", "step,lr", *rows)
    for a, b, names in ((PLAN, log, "BA"), (log, PLAN, "AB")):
        found = lrviz.diff(a, b)
        told = f"{names[0]} is {names[1]} up to update 400, where it starts over"
        assert [one.message for one in found.causes] == [told]


def test_two_steps_in_a_curve_are_not_another_one_at_some_height_and_pace(tmp_path: Path) -> None:
    """A factor and a pace, or a factor and a shift, fit much that has few values."""
    steps = {**PLAN, "scheduler": {"name": "MultiStepLR", "milestones": [300, 700, 900], "gamma": 0.2}}
    log = csv(tmp_path / "log.csv", "step,lr", *(f"{t},{0.004 * 0.3 ** (t // 333)}" for t in range(0, 1000, 5)))
    assert lrviz.diff(steps, log).causes == ()


def test_a_warm_up_above_zero_proves_no_convention(tmp_path: Path) -> None:
    """cosine_warmup_with_min_lr begins at 1 / warmup_steps: its own lr stands where the next one's of others does."""
    values = [(k, 0.001 * min(k / 20, 1)) for k in range(2, 100, 2)]
    found = lrviz.diff(
        {**PLAN, "steps_per_epoch": 10, "scheduler": {"name": "LambdaLR", "lr_lambda": "min((t + 1) / 20, 1)"}},
        logs.trainer_state(tmp_path / "state.json", values, last=300),
    )
    assert found.same


def test_a_document_of_steps_counts_updates(tmp_path: Path) -> None:
    """Also where its scheduler is stepped per epoch, of which it does not say how long they are."""
    document = {"steps": 20, "optimizer": {"name": "SGD", "lr": 0.1}}
    log = csv(tmp_path / "log.csv", "step,lr", *(f"{t},0.1" for t in range(30)))
    found = lrviz.diff(document, log)
    assert (found.same, found.difference.unit) == (True, "step")
    assert found.difference.notes == ("compared: updates 0 to 19; B has 30",)


def test_a_restart_that_takes_the_lr_of_that_time_for_the_first_one() -> None:
    """The update at which it begins again has the planned lr, and is none that differs."""
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=0.001, weight_decay=5)
    with lrviz.recording() as run:
        for count in (500, 300):
            optimizer.param_groups[0].pop("initial_lr", None)
            scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 1000)
            for _ in range(count):
                optimizer.step()
                scheduler.step()
    told = [one.message for one in lrviz.diff(PLAN, run).causes]
    assert told == ["B is A up to update 500, where it starts over as 1/2 of A"] * 2


TRAINER = "per_device_train_batch_size: 8\nmax_steps: 1000\nlearning_rate: 3.0e-4\nwarmup_steps: 100\n"
DEEPSPEED = (
    '{{"optimizer": {{"type": "AdamW", "params": {{"lr": 3e-4}}}}, "scheduler": {{"type": "{}", "params": '
    '{{"total_num_steps": 1000, "warmup_num_steps": 100, "warmup_type": "linear", {}}}}}}}'
)
NANOGPT = "learning_rate = 3e-4\nmax_iters = 1000\nmin_lr = 0.0\nwarmup_iters = {}\nlr_decay_iters = {}\n"
AXOLOTL = "base_model: x\ndatasets: [{path: y}]\nlearning_rate: 3.0e-4\nmax_steps: 1000\nwarmup_steps: 100\n"
ONE_PLAN = {
    "axolotl's cosine is transformers'": ("cosine", "lora.yaml", AXOLOTL, []),
    "DeepSpeed is one update behind": (
        "linear",
        "ds_config.json",
        DEEPSPEED.format("WarmupDecayLR", '"warmup_max_lr": 3e-4'),
        ["B is A one update late", "B is A up to update 1, where it starts over"],
    ),
    "DeepSpeed's warm-up is one update behind": (
        "cosine",
        "ds_config.json",
        DEEPSPEED.format("WarmupCosineLR", '"cos_min_ratio": 0'),
        ["A and B are the same from update 101 on, when both have warmed up"],
    ),
    "nanoGPT's warm-up begins above 0": (
        "cosine",
        "train_gpt2.py",
        NANOGPT.format(100, 1000),
        ["A and B are the same from update 100 on, when both have warmed up"],
    ),
    "nanoGPT with the numbers of the update after": (
        "cosine",
        "train_gpt2.py",
        NANOGPT.format(99, 999),
        ["B is A one update early"],
    ),
}
"""One plan in two libraries: the scheduler of transformers, the other's file, and what diff says."""


@pytest.mark.parametrize(("scheduler", "name", "text", "said"), ONE_PLAN.values(), ids=ONE_PLAN)
def test_what_libraries_make_of_one_plan(tmp_path: Path, scheduler: str, name: str, text: str, said: list[str]) -> None:
    ours, theirs = tmp_path / "train.yaml", tmp_path / name
    ours.write_text(f"{TRAINER}lr_scheduler_type: {scheduler}\n", encoding="utf-8")
    theirs.write_text(text, encoding="utf-8")
    found = lrviz.diff(str(ours), str(theirs))
    assert [one.message for one in found.causes] == said
    assert found.same is (not said)
