"""What trainers do beside their schedulers' formulas, in short runs of the real libraries; and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz.engines.reference import schedule as reference
from lrviz.foundation.errors import DocumentError, UsageError
from lrviz.runs.converting import converted
from lrviz.runs.sources.files import File
from lrviz.runs.sources.source import Given
from tests.cli import Ended
from tests.test_converting import given

_MM = """\
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1){more})
train_cfg = dict({run})
param_scheduler = [{made}]
"""
_PLATEAU = "dict(type='ReduceOnPlateauLR', patience=0, factor=0.5{})"
_MMCV = "optimizer = dict(type='SGD', lr=0.1{more})\nlr_config = dict({made})\nrunner = dict({run})\n"
_TIMM = "opt: sgd\nlr: 0.1\nwarmup_epochs: 2\npatience_epochs: 0\ndecay_rate: 0.5\n"


def mm(made: str, run: str, more: str = "") -> str:
    return _MM.format(made=made, run=run, more=more)


def mmcv(made: str, run: str, more: str = "") -> str:
    return _MMCV.format(made=made, run=run, more=more)


RUNS: dict[str, tuple[str, str, dict[str, Any], list[float]]] = {
    "mmengine: a plateau that begins later": (
        "c.py",
        mm(_PLATEAU.format(", begin=3"), "max_epochs=6"),
        {"batches_per_epoch": 1, "metric": [1, 2, 3, 4, 5, 6]},
        [0.1, 0.1, 0.1, 0.1, 0.05, 0.025],
    ),
    "mmengine: a plateau is stepped after each validation": (
        "c.py",
        mm(_PLATEAU.format(""), "max_epochs=7, val_interval=2"),
        {"batches_per_epoch": 1, "metric": [1, 2, 3]},
        [0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.025],
    ),
    "mmengine: also in a run of iterations": (
        "c.py",
        mm(_PLATEAU.format(""), "max_iters=6, val_interval=2"),
        {"metric": [1, 2, 3]},
        [0.1, 0.1, 0.1, 0.1, 0.05, 0.05],
    ),
    "mmengine: a run of iterations is one epoch": (
        "c.py",
        mm(
            "dict(type='StepLR', step_size=1, end=9), dict(type='ConstantLR', factor=0.5, by_epoch=False, end=4)",
            "max_iters=6",
        ),
        {"batches_per_epoch": 2},
        [0.05, 0.05, 0.05, 0.1, 0.1, 0.1],
    ),
    "mmengine: by iteration before by epoch, also where epochs end within an update": (
        "c.py",
        mm(
            "dict(type='CosineAnnealingLR', T_max=3, eta_min_ratio=0.1), "
            "dict(type='LinearLR', by_epoch=False, begin=2, end=6, start_factor=0.5)",
            "max_epochs=3",
            ", accumulative_counts=2",
        ),
        {"batches_per_epoch": 3},
        [0.1, 0.0525, 0.07875, 0.0329166666667, 0.0329166666667],
    ),
    "mmengine: half an epoch": (
        "c.py",
        mm("dict(type='ConstantLR', factor=0.5, begin=0.5, end=2.5)", "max_epochs=5"),
        {"batches_per_epoch": 1},
        [0.1, 0.05, 0.1, 0.1, 0.1],
    ),
    "mmengine: the momentum has a plateau, too": (
        "c.py",
        mm(_PLATEAU.replace("LR", "Momentum", 1).format(""), "max_epochs=3"),
        {"batches_per_epoch": 1, "metric": [1, 2, 3]},
        [0.1] * 3,
    ),
    "mmengine: a scheduler of another hyperparameter": (
        "c.py",
        mm("dict(type='LinearParamScheduler', param_name='weight_decay', end=2)", "max_epochs=3"),
        {"batches_per_epoch": 1},
        [0.1] * 3,
    ),
    "timm: a plateau after a warm-up from 0, that prefixes the run": (
        "args.yaml",
        _TIMM + "sched: plateau\nepochs: 5\nwarmup_lr: 0.0\nwarmup_prefix: true\neval_metric: loss\n",
        {"batches_per_epoch": 1, "metric": [1, 1, 1, 2, 1, 3, 1]},
        [0.0, 0.05, 0.1, 0.1, 0.05, 0.025, 0.0125],
    ),
    "timm: a plateau after a warm-up from above": (
        "args.yaml",
        _TIMM + "sched: plateau\nepochs: 4\nwarmup_lr: 0.3\n",
        {"batches_per_epoch": 1, "metric": [1, 1, 1, 0]},
        [0.3, 0.2, 0.1, 0.1],
    ),
    "timm: no scheduler": ("args.yaml", _TIMM + "sched: none\nepochs: 3\n", {"batches_per_epoch": 1}, [0.1] * 3),
    "mmcv: flat, then a cosine": (
        "c.py",
        mmcv("policy='FlatCosineAnnealing', min_lr=0, start_percent=0.5", "max_epochs=6"),
        {"batches_per_epoch": 1},
        [0.1, 0.1, 0.1, 0.1, 0.075, 0.025],
    ),
    "mmcv: the one of several optimizers that there is": (
        "c.py",
        "optimizers = dict(generator=dict(type='Adam', lr=0.1))\ntotal_iters = 3\n"
        "lr_config = dict(policy='Step', by_epoch=False, step=[2], gamma=0.5)\n",
        {"batches_per_epoch": 1},
        [0.1, 0.1, 0.05],
    ),
    "mmcv: a line": (
        "c.py",
        mmcv("policy='LinearAnnealing', min_lr_ratio=0.1, by_epoch=False", "max_iters=5"),
        {},
        [0.1, 0.082, 0.064, 0.046, 0.028],
    ),
    "mmcv: cyclic": (
        "c.py",
        mmcv("policy='cyclic', target_ratio=(10, 1e-2), cyclic_times=2, gamma=0.5", "max_iters=10"),
        {},
        [0.1, 0.55, 1.0, 0.75025, 0.25075, 0.1, 0.325, 0.55, 0.41275, 0.13825],
    ),
    "mmcv: one cycle": (
        "c.py",
        mmcv("policy='OneCycle', max_lr=0.1, pct_start=0.4", "max_iters=10"),
        {},
        [0.004, 0.028, 0.076, 0.1, 0.0933012969841, 0.0750001, 0.0500002, 0.0250003, 0.00669910301586, 4e-7],
    ),
    "mmcv: a policy with a capital letter, and gradients accumulated": (
        "c.py",
        mmcv("policy='Step', step=[2], by_epoch=False", "max_iters=6")
        + "optimizer_config = dict(cumulative_iters=2)\n",
        {},
        [0.1, 0.01, 0.01],
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_what_the_library_does(name: str, tmp_path: Path) -> None:
    """The document that `lrviz convert` writes has the same curve."""
    file, text, facts, expected = RUNS[name]
    config = tmp_path / file
    config.write_text(text, encoding="utf-8")
    lr = reference.run(lrviz.document(config, facts=facts)).recording.lr[:, 0]
    np.testing.assert_allclose(lr, expected, rtol=1e-9, atol=1e-13)
    native = lrviz.document(text=converted(File(str(config), Path(), Given(facts=given(facts))), []), dialect="lrviz")
    assert np.array_equal(reference.run(native).recording.lr[:, 0], lr)


_SHARES = ", paramwise_cfg=dict(custom_keys=dict(head=dict(lr_mult=10.0)), bias_lr_mult=2.0)"


@pytest.mark.parametrize("text", [mm("", "max_epochs=2", _SHARES), mmcv("policy='fixed'", "max_epochs=2", _SHARES)])
def test_shares_of_the_lr_are_groups(text: str, tmp_path: Path) -> None:
    config = tmp_path / "c.py"
    config.write_text(text, encoding="utf-8")
    lr = reference.run(lrviz.document(config, facts={"batches_per_epoch": 1})).recording.lr
    np.testing.assert_allclose(lr[0], [0.1, 1.0, 0.2])


_D2 = "SOLVER:\n  BASE_LR: 0.1\n  MAX_ITER: 100\n  WARMUP_ITERS: 10\n"
REFUSED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "several optimizers": (
        "c.py",
        "optim_wrapper = dict(g=dict(optimizer={}), d=dict(optimizer={}))\ntrain_cfg = dict(max_epochs=3)\n",
        {},
        "c.py:1:17: optim_wrapper: an optimizer each for g and d; a curve has only one",
    ),
    "no optimizer": (
        "c.py",
        "optim_wrapper = dict(type='OptimWrapper')\ntrain_cfg = dict(max_epochs=3)\n",
        {},
        "optim_wrapper: optimizer is missing; mmengine needs it",
    ),
    "mmcv: no optimizer": (
        "c.py",
        "lr_config = dict(policy='fixed')\ntotal_iters = 3\n",
        {},
        "optimizer: missing; an optimizer with its lr is needed",
    ),
    "mmcv: several optimizers": (
        "c.py",
        "lr_config = dict(policy='fixed')\ntotal_iters = 3\noptimizers = dict(g=dict(lr=1), d=dict(lr=1))\n",
        {},
        "c.py:3:14: optimizers: g and d given; a curve has only one",
    ),
    "no epochs": ("c.py", mm("", "max_epochs=0"), {}, "train_cfg.max_epochs: 0 given; at least 1 is needed"),
    "what is missing has a name": (
        "c.py",
        mm("dict(type='StepLR')", "max_epochs=3"),
        {},
        "c.py:3:30: param_scheduler[0].type: step_size is missing",
    ),
    "half a tick": (
        "c.py",
        mm("dict(type='StepLR', step_size=1.5)", "max_epochs=3"),
        {},
        "step_size: 1.5 given; a whole number",
    ),
    "a plateau that ends before the run": (
        "c.py",
        mm(_PLATEAU.format(", end=2"), "max_epochs=3"),
        {"metric": [1, 2, 3]},
        "end: 2 given; lrviz reads only plateau",
    ),
    "a plateau that never begins": (
        "c.py",
        mm(_PLATEAU.format(", begin=3"), "max_epochs=3"),
        {"metric": [1, 2, 3]},
        "mmengine refuses that",
    ),
    "a rise of one tick": (
        "c.py",
        mm("dict(type='OneCycleLR', eta_max=0.1, pct_start=0.1, total_steps=10)", "max_epochs=3"),
        {},
        "pct_start: 0.1 of 10 ticks is a rise of one tick",
    ),
    "an order that is not read": (
        "c.py",
        mm(
            "dict(type='StepLR', step_size=1), dict(type='OneCycleLR', by_epoch=False, eta_max=1.0)",
            "max_epochs=3",
            ", accumulative_counts=2",
        ),
        {"batches_per_epoch": 3},
        "put the schedulers by iteration first",
    ),
    "a call": (
        "c.py",
        mm("", "max_epochs=3") + "import os\nos.system('x')\n",
        {},
        "c.py:5:1: a statement other than an assignment",
    ),
    "mmcv: by epoch in a run of iterations": (
        "c.py",
        mmcv("policy='poly'", "max_iters=3"),
        {},
        "poly by epoch needs a run of max_epochs",
    ),
    "mmcv: no floor": ("c.py", mmcv("policy='CosineAnnealing'", "max_epochs=3"), {}, "min_lr is missing; the policy"),
    "mmcv: a warm-up of no length": (
        "c.py",
        mmcv("policy='fixed', warmup='linear'", "max_epochs=3"),
        {},
        "lr_config.warmup: given without warmup_iters",
    ),
    "mmcv: after the last period": (
        "c.py",
        mmcv("policy='CosineRestart', periods=[2], min_lr=0", "max_epochs=3"),
        {},
        "periods: 2 in all, in a run of 3",
    ),
    "mmcv: cyclic by epoch": (
        "c.py",
        mmcv("policy='cyclic', by_epoch=True", "max_epochs=3"),
        {},
        "the policy cyclic counts iterations",
    ),
    "mmcv: one cycle and a warm-up": (
        "c.py",
        mmcv("policy='OneCycle', max_lr=1.0, warmup='linear', warmup_iters=3", "max_iters=9"),
        {},
        "OneCycle is read without a warm-up",
    ),
    "timm: a plateau by update": (
        "args.yaml",
        _TIMM + "sched: plateau\nepochs: 4\nsched_on_updates: true\n",
        {"metric": [1, 1, 1, 1]},
        "sched_on_updates: given with sched: plateau",
    ),
    "timm: too few values": (
        "args.yaml",
        _TIMM + "sched: plateau\nepochs: 4\n",
        {"metric": [1, 1, 1]},
        "each of the 4 epochs has one",
    ),
    "timm: half an epoch of warm-up": (
        "args.yaml",
        "opt: sgd\nlr: 0.1\nwarmup_epochs: 0.5\nsched: cosine\nepochs: 4\n",
        {},
        "warmup_epochs: 0.5 given; a whole number is needed",
    ),
    "detectron2: an end above the lr": (
        "c.yaml",
        _D2 + "  LR_SCHEDULER_NAME: WarmupCosineLR\n  BASE_LR_END: 5\n",
        {},
        "5 given; at most BASE_LR, 0.1",
    ),
    "detectron2: a step at the end": ("c.yaml", _D2 + "  STEPS: (100,)\n", {}, "100 given; fvcore takes steps above 0"),
    "detectron2: steps that fall": ("c.yaml", _D2 + "  STEPS: (50, 30)\n", {}, "30 given after 50; fvcore takes steps"),
    "detectron2: half a tuple": ("c.yaml", _D2 + "  STEPS: (50, 60\n", {}, "'(50, 60' given; whole numbers are needed"),
    "detectron2: a warm-up as long as the run": (
        "c.yaml",
        _D2.replace(": 10\n", ": 100\n") + "  LR_SCHEDULER_NAME: WarmupStepWithFixedGammaLR\n",
        {},
        "WARMUP_ITERS: 100 given, in a run of 100",
    ),
    "nanoGPT: no month": ("c.py", "max_iters = 9\nmin_lr = 0.0\n", {"nanogpt": "2024-13"}, "a month from 2022-12 on"),
    "nanoGPT: before its time": (
        "c.py",
        "max_iters = 9\nmin_lr = 0.0\n",
        {"nanogpt": "2019-01"},
        "a month from 2022-12",
    ),
    "torchtitan without steps": (
        "c.toml",
        "[optimizer]\nlr = 1\n[lr_scheduler]\ndecay_ratio = 0.1\n",
        {},
        "a config of torchtitan, which lrviz does not",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_library_refuses(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, text, facts, words = REFUSED[name]
    monkeypatch.chdir(tmp_path)
    Path(file).write_text(text, encoding="utf-8")
    with pytest.raises((DocumentError, UsageError)) as told:
        lrviz.document(file, facts={"batches_per_epoch": 1} | facts)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_bases_without_end_are_refused(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"c{number}.py").write_text(f"_base_ = 'c{number + 1}.py'\n", encoding="utf-8")
    with pytest.raises(DocumentError, match="more than 40 files, each based on the next"):
        lrviz.document(tmp_path / "c0.py")


def test_what_a_base_is_changed_by_is_not_taken_from_it(tmp_path: Path) -> None:
    (tmp_path / "base.py").write_text(mm("", "max_epochs=2"), encoding="utf-8")
    config = tmp_path / "c.py"
    config.write_text("_base_ = 'base.py'\n_base_.optim_wrapper.update(dict(optimizer=dict(lr=5)))\n", encoding="utf-8")
    with pytest.raises(DocumentError, match="which only Python can compute"):
        lrviz.document(config, facts={"batches_per_epoch": 1})


def test_a_warm_up_without_end_is_linted(ended: Ended, tmp_path: Path) -> None:
    (tmp_path / "c.py").write_text(mm("dict(type='LinearLR', end=10**30)", "max_epochs=3"), encoding="utf-8")
    done = ended("lint", "c.py", "--given", "batches_per_epoch=3")
    assert "Traceback" not in done.stderr
    assert done.returncode in {0, 1}
