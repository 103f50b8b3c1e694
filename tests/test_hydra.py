"""Configs of Hydra and of LightningCLI: what they name, how long they run, and what `${...}` stands for."""

from __future__ import annotations

from typing import Any

import pytest

import lrviz
from lrviz.engines.reference import schedule as reference
from lrviz.foundation.errors import DocumentError
from lrviz.language.marked_yaml import read
from lrviz.readers.interpolation import resolved, unresolved

TORCH = "torch.optim.lr_scheduler"


def hydra(scheduler: dict[str, Any] | None, trainer: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    model: dict[str, Any] = {"optimizer": {"_target_": "torch.optim.SGD", "_partial_": True, "lr": 0.1}}
    model |= {} if scheduler is None else {"scheduler": scheduler}
    return {"model": model, **({} if trainer is None else {"trainer": trainer}), **rest}


def step_lr(**rest: Any) -> dict[str, Any]:
    return {"_target_": f"{TORCH}.StepLR", "_partial_": True, "step_size": 1, "gamma": 0.5, **rest}


def lr(config: dict[str, Any], **facts: Any) -> list[float]:
    found: list[float] = reference.run(lrviz.document(config, facts=facts)).recording.lr[:, 0].tolist()
    return found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("a: 3\nb: ${a}", 3),
        ("a: {c: [1, 2.5]}\nb: ${a.c[1]}", 2.5),
        ("a: {c: [1, 2.5]}\nb: ${a.c.0}", 1),
        ("a: x\nb: n-${a}-${a}", "n-x-x"),
        ("a: x\nx: 7\nb: ${${a}}", 7),
        ("a: {x: 7}\nk: x\nb: ${a.${k}}", 7),
        ("a: ${c}\nc: ${d.e}\nd: {e: 1}\nb: ${a}", 1),
        ("c: 4\nb:\n  d: ${..c}\n  e: ${.d}", {"d": 4, "e": 4}),
        ("a: ${c}\nc: {e: 9}\nb: ${a.e}", 9),
        ("a:\n  c: ${d}\nd: 1\nb: ${a}", {"c": 1}),
        ("a:\n  c: ${a.d}\n  d: 1\nb: ${a.c}", 1),
        ("b: ${oc.env:HOME}", "${oc.env:HOME}"),
        ("b: ${not.there}", "${not.there}"),
        ("a: ${now:x}\nb: n-${a}", "n-${a}"),
        (r"b: '\${a}'", r"\${a}"),
    ],
)
def test_an_interpolation_is_resolved_inside_the_file(written: str, found: Any) -> None:
    assert resolved(read(written, "x.yaml")).data["b"] == found


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("a: ${b}\nb: ${a}", "x.yaml:1:4: a: an interpolation that leads back to itself: a -> b -> a"),
        ("a: ${a}", "a -> a"),
        ("a:\n  b:\n    c: ${a}", "leads back to itself"),
        ("".join(f"a{i}: ${{a{i + 1}}}${{a{i + 1}}}\n" for i in range(16)) + "a16: z", "characters"),
        ("".join(f"a{i}:\n  x: ${{a{i + 1}}}\n  y: ${{a{i + 1}}}\n" for i in range(18)) + "a18: {}", "values"),
    ],
)
def test_an_interpolation_without_end_is_refused(written: str, told: str) -> None:
    with pytest.raises(DocumentError, match=told.replace(".", r"\.")):
        resolved(read(written, "x.yaml"))


def test_what_the_file_does_not_say_is_unresolved() -> None:
    assert [unresolved(one) for one in ("${a}", "n-${a:b}", "???", "x", r"\${a}", 3)] == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("trainer", "facts", "expected"),
    [
        ({"max_epochs": 2}, {"batches_per_epoch": 2}, [0.1, 0.1, 0.05, 0.05]),
        ({"max_epochs": 2}, {"dataset_size": 7, "batch_size": 2, "devices": 2}, [0.1, 0.1, 0.05, 0.05]),
        ({"max_epochs": 2, "accumulate_grad_batches": 2}, {"batches_per_epoch": 3}, [0.1, 0.1, 0.05, 0.05]),
        ({"max_epochs": 2, "limit_train_batches": 1}, {"batches_per_epoch": 3}, [0.1, 0.05]),
        ({"max_epochs": 2, "limit_train_batches": 0.5}, {"batches_per_epoch": 3}, [0.1, 0.05]),
        ({"max_epochs": 2, "limit_train_batches": 1.0}, {"batches_per_epoch": 2}, [0.1, 0.1, 0.05, 0.05]),
        ({"max_epochs": 2, "overfit_batches": 1}, {"batches_per_epoch": 3}, [0.1, 0.05]),
        ({"max_steps": 3}, {"batches_per_epoch": 2}, [0.1, 0.1, 0.05]),
        ({"max_epochs": 2, "max_steps": 3}, {"batches_per_epoch": 2}, [0.1, 0.1, 0.05]),
        ({"max_epochs": 1, "max_steps": 3}, {"batches_per_epoch": 2}, [0.1, 0.1]),
        ({"max_epochs": -1}, {"batches_per_epoch": 2, "steps": 3}, [0.1, 0.1, 0.05]),
        (None, {"batches_per_epoch": 2, "steps": 3}, [0.1, 0.1, 0.05]),
        ({"max_steps": 3}, {"interval": "step"}, [0.1, 0.05, 0.025]),
        (
            {"max_epochs": 2, "accumulate_grad_batches": 2},
            {"batches_per_epoch": 3, "interval": "step"},
            [0.1, 0.05, 0.025, 0.0125],
        ),
    ],
)
def test_the_trainer_says_how_long_the_run_is(
    trainer: dict[str, Any] | None, facts: dict[str, Any], expected: list[float]
) -> None:
    assert lr(hydra(step_lr(), trainer), **facts) == pytest.approx(expected)


def test_without_a_length_the_trainer_takes_a_thousand_epochs() -> None:
    read = lrviz.document(hydra(step_lr(), {"devices": 1}), facts={"batches_per_epoch": 2})
    assert read.updates == 2000
    assert any("1000 epochs" in one for one in read.marked.assumed)


@pytest.mark.parametrize(
    ("accumulate", "frequency", "batches", "expected"),
    [
        (1, 2, 4, [0.1, 0.1, 0.05, 0.05, 0.025]),
        (2, 2, 4, [0.1, 0.05, 0.025, 0.0125]),
        (2, 4, 4, [0.1, 0.1, 0.05, 0.05]),
        (2, 3, 6, [0.1, 0.1, 0.1, 0.05]),
    ],
)
def test_a_frequency_of_steps_counts_batches(
    accumulate: int, frequency: int, batches: int, expected: list[float]
) -> None:
    around = {"scheduler": step_lr(), "interval": "step", "frequency": frequency}
    config = hydra(around, {"max_epochs": 4, "accumulate_grad_batches": accumulate})
    assert lr(config, batches_per_epoch=batches)[: len(expected)] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("scheduler", "chain"),
    [
        ({"_target_": f"{TORCH}.CosineAnnealingLR", "T_max": "${trainer.max_epochs}"}, "CosineAnnealingLR"),
        (
            {
                "_target_": f"{TORCH}.SequentialLR",
                "schedulers": [{"_target_": f"{TORCH}.LinearLR", "total_iters": 2}, step_lr()],
                "milestones": [2],
            },
            "LinearLR → StepLR",
        ),
        (
            {
                "_target_": "transformers.get_cosine_schedule_with_warmup",
                "num_warmup_steps": 1,
                "num_training_steps": 4,
            },
            "transformers.cosine",
        ),
        (
            {
                "_target_": "transformers.optimization.get_scheduler",
                "name": "cosine_with_min_lr",
                "num_warmup_steps": 1,
                "num_training_steps": 4,
                "scheduler_specific_kwargs": {"min_lr_rate": 0.1},
            },
            "transformers.cosine_with_min_lr",
        ),
        ({"_target_": "timm.scheduler.cosine_lr.CosineLRScheduler", "t_initial": 4}, "timm.CosineLRScheduler"),
    ],
)
def test_a_class_is_known_by_its_dotted_name(scheduler: dict[str, Any], chain: str) -> None:
    assert chain in lrviz.document(hydra(scheduler, {"max_epochs": 4}), facts={"batches_per_epoch": 2}).chain


@pytest.mark.parametrize(
    ("target", "name", "stands"),
    [
        ("torch.optim.SGD", "SGD", False),
        ("bitsandbytes.optim.AdamW8bit", "bitsandbytes.optim.AdamW8bit", False),
        ("timm.optim.lamb.Lamb", "timm.Lamb", False),
        ("src.optim.lars.LARS", "AdamW", True),
        ("src.optim.MuSGD", "SGD", True),
    ],
)
def test_an_optimizer_is_torchs_or_a_host_of_its_lr(target: str, name: str, stands: bool) -> None:
    config = hydra(step_lr(), {"max_epochs": 2})
    config["model"]["optimizer"] |= {"_target_": target, "weight_decay": 0.1} | ({"trust": 1} if stands else {})
    read = lrviz.document(config, facts={"batches_per_epoch": 2})
    assert read.optimizer.optimizer.name == name
    assert reference.run(read).recording.lr[0, 0] == 0.1
    assert any("is used for it" in one for one in read.marked.assumed) == stands


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (
            hydra(step_lr(gamma="${oc.env:G}"), {"max_epochs": 2}),
            "model.scheduler.gamma: ${oc.env:G} given, which this",
        ),
        (hydra(step_lr(), {"max_epochs": "???"}), "trainer.max_epochs: ??? given, which this file alone does not say"),
        (hydra(step_lr(_target_="torch.optim.lr_scheduler.StepLr"), {"max_epochs": 2}), "(did you mean StepLR?)"),
        (hydra(step_lr(_target_="src.optim.Own"), {"max_epochs": 2}), "src.optim.Own given, whose formula"),
        (hydra(step_lr(), {"max_epochs": 2}, optimizer={"_target_": "torch.optim.SGD"}), "a second optimizer after"),
        (hydra(step_lr(stepsize=3), {"max_epochs": 2}), "model.scheduler.stepsize: unknown key 'stepsize'"),
        (hydra(step_lr(), {"max_epochs": 2, "limit_train_batches": 0.1}), "leaves no batch"),
        (hydra(step_lr(), {"max_epochs": 10**8}), "trainer.max_epochs: 300,000,000 optimizer steps; at most"),
        (hydra(step_lr(), {"max_epochs": 10**16}), "trainer.max_epochs: 1e+16 given; at most 1e+15 is needed"),
        (hydra(step_lr(), {"max_epochs": float("inf")}), "trainer.max_epochs: inf given; a finite number"),
        (
            hydra({"scheduler": step_lr(), "interval": "step", "frequency": 2}, {"max_epochs": 2}),
            "2 given, which Lightning counts from 0 in each epoch of 3 batches",
        ),
        (
            hydra({"_target_": f"{TORCH}.LambdaLR", "lr_lambda": {"_target_": "a.b"}}, {"max_epochs": 2}),
            "nothing that a config names is run",
        ),
    ],
)
def test_what_cannot_be_read_is_said(config: dict[str, Any], told: str) -> None:
    with pytest.raises(DocumentError) as caught:
        lrviz.document(config, facts={"batches_per_epoch": 3})
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("around", "interval"),
    [(lambda parts: parts, "epoch"), (lambda parts: {"fit": parts}, "epoch"), (lambda parts: {"model": parts}, "step")],
)
def test_lightning_cli_steps_what_stands_at_the_top_once_an_epoch(around: Any, interval: str) -> None:
    parts = {
        "optimizer": {"class_path": "AdamW", "init_args": {"lr": 0.1}},
        "lr_scheduler": {"class_path": "StepLR", "init_args": {"step_size": 1}},
    }
    config = around(parts)
    config["trainer"] = {"max_epochs": 2}
    read = lrviz.document(config, facts={"batches_per_epoch": 2, "interval": "step"})
    assert read.interval == interval
