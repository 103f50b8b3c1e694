"""The documents of configs/: each is cross-checked, tells its source, and is the recipe it claims to be."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lrviz.documents.load import load
from lrviz.documents.override import parse
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.compare import schedule as crosscheck
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.reference import schedule as reference
from lrviz.engines.schedule_planning import plan
from lrviz.runs.api import simulate
from lrviz.schedulers import SCHEDULERS, Composite, Scheduler
from tests.here import torch_is_here

CONFIGS = Path(__file__).parents[1] / "configs"
PATHS = sorted(path for path in CONFIGS.rglob("*.yaml") if "races" not in path.parts)

LIBRARIES = [path for path in PATHS if path.parent.name == "libraries"]
"""Documents of other libraries' schedules: `make test-frameworks` compares them with the libraries."""

LONG = 50_000
"""torch needs seconds for more steps; a longer document is cross-checked over its first tenth."""

each = pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(CONFIGS).with_suffix("")))


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def leading_comment(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(lines[: next(i for i, line in enumerate(lines) if not line.startswith("#"))])


def schedulers_in(document: ScheduleDocument) -> Iterator[Scheduler]:
    waiting = [member.scheduler for member in document.members()]
    while waiting:
        scheduler = waiting.pop()
        yield scheduler
        if isinstance(scheduler, Composite):
            waiting += scheduler.schedulers


@pytest.mark.parametrize(
    "path", [path for path in PATHS if path not in LIBRARIES], ids=lambda path: str(path.relative_to(CONFIGS))
)
@pytest.mark.slow
def test_the_engines_agree(path: Path) -> None:
    document = load(path)
    if document.steps is not None and document.steps > LONG:
        document = load(path, parse(f"steps={document.steps // 10}"))
    ours, theirs = reference.run(document).recording, pytorch.run(plan(document))
    verdict = crosscheck.compare(ours, theirs, tuple(group.name for group in document.optimizer.groups))
    assert verdict.verdict == "agree", verdict.sentence


@pytest.mark.parametrize("path", LIBRARIES, ids=lambda path: path.stem)
def test_without_its_library_a_document_is_not_cross_checked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = load(path)
    missing = {scheduler.module.partition(".")[0] for scheduler in schedulers_in(document)}

    class Without:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name in missing:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(sys, "meta_path", [Without, *sys.meta_path])
    with torch_is_here():
        verdict = simulate(document).verdict
    assert verdict.verdict == "skipped"
    if path.stem.startswith("ultralytics"):
        assert verdict.reason == "ultralytics has no scheduler to run by itself: its trainer sets the learning rate"
    else:
        assert re.fullmatch(r"(\w+) is not installed \(pip install \1(-lite)?\)", verdict.reason or "")


@each
def test_it_has_a_title_a_source_and_something_to_look_at(path: Path) -> None:
    comment = leading_comment(path)
    assert load(path).name
    assert re.search(r"^# Source: \S", comment, re.M)
    assert re.search(r"^# Look at: \S", comment, re.M)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", path.stem)


def test_no_two_documents_have_one_title() -> None:
    titles = [load(path).title for path in PATHS]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("scheduler", SCHEDULERS, ids=lambda scheduler: scheduler.__name__)
def test_every_scheduler_has_its_document(scheduler: type[Scheduler]) -> None:
    document = load(CONFIGS / "schedulers" / f"{kebab(scheduler.__name__)}.yaml")
    assert any(isinstance(one, scheduler) for one in schedulers_in(document))


Facts = dict[int, float | tuple[float, ...]]

RECIPES: dict[str, Facts] = {
    "resnet50-step": {0: 0.1, 29: 0.1, 30: 0.01, 60: 0.001, 89: 0.001},
    "resnet50-warmup-cosine": {0: 0.004, 5: 0.4, 47: 0.200005, 89: 1e-5},
    "vit-adamw-cosine": {0: 3e-7, 10_000: 3e-3, 51_950: 1.5e-3},
    "deit-base": {0: 1e-6, 5: 1e-3, 299: 1e-5},
    "bert-linear": {35: 2e-5, 190: 1e-5, 344: 2e-5 / 310},
    "gpt-1m-steps": {2_000: 6e-4, 501_000: 3.3e-4, 999_999: 6e-5},
    "nanogpt": {0: (0, 0), 2_000: (6e-4, 6e-4), 599_999: (6e-5, 6e-5)},
    "llama-7b": {2_000: 3e-4, 249_999: 3e-5},
    "inverse-sqrt": {3_999: (512 * 4_000) ** -0.5, 99_999: (512 * 100_000) ** -0.5},
    "super-convergence": {0: 0.1, 4_499: 3.0, 8_998: 0.1, 9_999: 1e-4},
    "sgdr": {0: 0.05, 3_910: 0.05, 11_730: 0.05, 27_370: 0.05, 43_010: 0.025},
    "warmup-stable-decay": {2_000: 0.01, 50_000: 0.01, 90_000: 0.01, 95_000: 0.005},
    "swa-300-epochs": {0: 0.1, 150: 0.05, 161: 0.05 * (1 + math.cos(math.pi * 161 / 300)), 299: 0.05},
    "fine-tuning-two-groups": {0: (1e-4, 1e-3), 7: (1e-5, 1e-4), 24: (1e-7, 1e-6)},
    "plateau-metric-file": {39: 0.1, 40: 0.01, 61: 0.001, 85: 1e-4},
    "warmup-per-step-plateau-per-epoch": {0: 1e-5, 500: 1e-3, 7_200: 5e-4, 10_000: 2.5e-4},
    "cosine-t-max-equals-run": {0: 0.1, 100: 0.05, 199: 0.05 * (1 - math.cos(math.pi / 200))},
    "cosine-t-max-quarter": {0: 0.1, 50: 0.0, 100: 0.1, 150: 0.0},
    "torch-docs-chained": {0: 0.005, 19: 0.005 * 0.9**19, 20: 0.05 * 0.9**20},
    "torch-docs-sequential": {0: 0.005, 19: 0.005, 20: 0.05, 21: 0.045},
    "two-schedulers-one-loop": {29: 0.01 * 0.98**29, 30: 0.001 * 0.98**30, 80: 1e-4 * 0.98**80},
    "efficientnet-rmsprop": {1_565: 0.256, 1_565 + 751: 0.256 * 0.97},
    "mask-rcnn-1x": {0: 2e-5, 500: 0.02, 8 * 7_393: 0.002, 11 * 7_393: 2e-4},
    "moco-v1": {119: 0.03, 120: 0.003, 160: 3e-4},
    "imagenet-in-one-hour": {0: 0.1, 785: 3.2, 30 * 157: 0.32, 60 * 157: 0.032, 89 * 157: 0.0032},
    "roberta-glue": {0: 0.0, 321: 1e-5 * (5336 - 321) / 5336 / 0.94, 5_335: 1e-5 / 5336 / 0.94},
    "lora-8-bit": {0: 0.0, 10: 2e-4, 10 + 471: 1e-4, 951: 1e-4 * (1 - math.cos(math.pi / 942))},
    "inception-v3": {1: 0.045, 2: 0.045 * 0.94, 99: 0.045 * 0.94**49},
    "accelerate-mrpc": {0: 0.0, 25: 2e-5, 26: 2e-5 * 586 / 590, 173: 0.0},
    "annotated-transformer": {
        0: 512**-0.5 * 9 * 3000**-1.5,
        90: 512**-0.5 * 906 * 3000**-1.5,
        300: 512**-0.5 * 3000**-0.5,
    },
    "remainder-dropped": {0: 1e-3, 45: 5e-4, 89: 1e-3 * (1 + math.cos(math.pi * 89 / 90)) / 2},
    "streamed-data": {0: 5e-7, 500: 5e-4, 3_250: 2.5e-4},
    "plateau-after-warm-up": {5: 0.1, 14: 0.1, 15: 0.01, 21: 0.01, 22: 1e-3, 29: 1e-3},
    "warm-restarts-each-batch": {0: 0.05, 1: 0.05, 392: 0.05, 3 * 391 + 1: 0.05, 2 * 391 + 1: 0.025},
    "dino-vit-small": {10: 2e-3, 99: 1e-6},
    "demon-adam": {0: 3e-4, 299: 3e-4},
    "dcgan": {0: 2e-4, 24: 2e-4},
    "mae-vit-base": {
        layer: tuple(share * 2e-3 * 0.65 ** (13 - i) for i in range(14)) for layer, share in ((0, 0.01), (5, 1.0))
    },
    "gradual-unfreezing": {10: (1e-5, 1e-6, 1e-6), 14: (1e-5, 1e-6, 1e-6)},
    "segmentation-poly": {0: (0.01, 0.01, 0.1), 15_000: tuple(lr * 0.5**0.9 for lr in (0.01, 0.01, 0.1))},
}
"""What a reader of each recipe knows about it: lr at a tick, one value or one for each group."""


@pytest.mark.parametrize("name", RECIPES)
def test_the_recipe_is_what_it_says(name: str) -> None:
    lr = reference.run(load(CONFIGS / f"{name}.yaml")).recording.lr
    for tick, expected in RECIPES[name].items():
        wanted = list(expected) if isinstance(expected, tuple) else [expected]
        assert lr[tick].tolist() == pytest.approx(wanted), f"tick {tick}"


@pytest.mark.parametrize(
    ("name", "param", "expected"),
    [
        ("dino-vit-small", "weight_decay", {0: 0.04, 99: 0.4}),
        ("demon-adam", "beta1", {0: 0.9, 150: 0.9 * 0.5 / 0.55, 299: 0.9 / 300 / (0.1 + 0.9 / 300)}),
    ],
)
def test_the_other_hyperparameter_is_what_the_recipe_says(name: str, param: str, expected: dict[int, float]) -> None:
    values = reference.run(load(CONFIGS / f"{name}.yaml")).recording.params[param][:, 0]
    assert {tick: values[tick] for tick in expected} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "labels"),
    {
        "resnet50-warmup-cosine": ["warm-up", "cosine decay"],
        "warmup-stable-decay": ["warm-up", "constant", "linear decay"],
        "swa-300-epochs": ["cosine decay", "averaging"],
        "super-convergence": ["warm-up", "cool-down", "annihilation"],
        "cosine-t-max-quarter": ["cosine decay", "cosine rise", "cosine decay", "cosine rise"],
    }.items(),
)
def test_the_picture_names_its_phases(name: str, labels: list[str]) -> None:
    curves = simulate(load(CONFIGS / f"{name}.yaml"), engine="reference").curves
    assert [phase.label for phase in curves.phases] == labels
    assert [phase.stop for phase in curves.phases[:-1]] == [phase.start for phase in curves.phases[1:]]


def test_every_recipe_is_known() -> None:
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == set(RECIPES)
