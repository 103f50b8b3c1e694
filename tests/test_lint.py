"""The rules of lint: one table of them drives everything, and torch itself shows what each rule says."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import torch
import yaml
from hypothesis import given
from torch.optim.swa_utils import AveragedModel

import lrviz
from lrviz.documents.load import load, loads
from lrviz.documents.schedule import ScheduleDocument
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.schedule_planning import plan
from lrviz.foundation.errors import DocumentError
from lrviz.language.marked_yaml import read
from lrviz.linting.finding import Finding
from lrviz.linting.ignores import ignores
from lrviz.linting.known import KNOWN
from lrviz.linting.lint import linted
from lrviz.linting.reports import REPORTS, explanation
from lrviz.linting.rule import DROP, DialectRule, Edit, Rule, Severity
from lrviz.linting.rules import RULES
from lrviz.results import FloatArray, Recording
from lrviz.schedulers import SCHEDULERS, SWALR, Leaf, Scheduler
from tests.cli import Ended
from tests.examples import examples
from tests.strategies import Plain, documents, text_of
from tests.versions import only_modelled

CONFIGS = Path(__file__).parents[1] / "configs"

OWN = [rule for rule in RULES if not issubclass(rule, DialectRule)]
each_rule = pytest.mark.parametrize("rule", OWN, ids=lambda rule: rule.id)


def found(document: ScheduleDocument) -> list[str]:
    return [one.id for one in lrviz.lint(document)]


def edited(document: ScheduleDocument, fix: tuple[Edit, ...]) -> str:
    data = copy.deepcopy(document.marked.data)
    for edit in fix:
        part = data
        for key in edit.path[:-1]:
            part = part[key]
        if edit.value is DROP:
            del part[edit.path[-1]]
        else:
            part[edit.path[-1]] = edit.value
    return text_of(data)


# The table ----------------------------------------------------------------------------------------------


def test_ids_are_given_once_and_in_order() -> None:
    others = len(RULES) - len(OWN)
    numbers = [*range(1, len(OWN) + 1), *range(101, others + 101)]
    assert [rule.id for rule in RULES] == [f"LR{number:03}" for number in numbers]
    assert len({rule.name for rule in RULES}) == len(RULES)


@each_rule
def test_a_rule_says_what_and_why(rule: type[Rule]) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
    for told in (rule.what(), rule.why()):
        assert told.endswith(".")
        assert "  " not in told
    assert len(rule.why()) > 60


@each_rule
def test_it_fires_and_a_near_document_has_nothing(rule: type[Rule]) -> None:
    assert rule.id in found(loads(rule.fires))
    assert found(loads(rule.near)) == []


@each_rule
def test_the_sentence_holds_the_documents_own_numbers(rule: type[Rule]) -> None:
    told = next(one for one in lrviz.lint(loads(rule.fires, source="run.yaml")) if one.id == rule.id)
    assert re.fullmatch(r"run\.yaml:\d+:\d+", told.place)
    assert re.search(r"\d", told.message) or rule.id == "LR034"
    assert str(told) == f"{told.place}: {told.id} {told.field}: {told.message}"


@each_rule
def test_the_fix_settles_it(rule: type[Rule]) -> None:
    document = loads(rule.fires)
    told = next(one for one in lrviz.lint(document) if one.id == rule.id)
    assert told.fix
    assert rule.id not in found(loads(edited(document, told.fix)))


@each_rule
def test_the_fix_can_be_pasted(rule: type[Rule]) -> None:
    for told in lrviz.lint(loads(rule.fires)):
        for edit, line in zip(told.fix, told.fix_lines, strict=True):
            if edit.value is DROP:
                assert line.startswith(f"drop {edit.path[-1]}")
                continue
            pasted = read(line.partition("   (in ")[0], "pasted").data
            value = pasted[0] if isinstance(edit.path[-1], int) else pasted[edit.path[-1]]
            assert value == pytest.approx(edit.value) if isinstance(value, float) else value == edit.value


@each_rule
def test_it_can_be_explained(rule: type[Rule]) -> None:
    told = explanation(rule)
    for part in (rule.id, rule.name, rule.severity, rule.what(), rule.why(), f"ignore[{rule.id}]"):
        assert part in told
    for line in [*rule.fires.splitlines(), *rule.near.splitlines()]:
        assert line in told


@each_rule
def test_a_comment_on_its_line_ignores_it(rule: type[Rule]) -> None:
    told = [one for one in lrviz.lint(loads(rule.fires)) if one.id == rule.id]
    lines = rule.fires.splitlines()
    for line in {one.line for one in told}:
        assert line is not None
        lines[line - 1] += f"  # lrviz: ignore[{rule.id}] because"
    checked = linted(loads("\n".join(lines)))
    assert [one.id for one in checked.ignored] == [rule.id] * len(told)
    assert rule.id not in [one.id for one in checked.findings]
    assert checked.faults == ()


# What torch does ----------------------------------------------------------------------------------------


def seen(text: str, **changes: Any) -> Recording:
    """Return what the real schedulers do with a document."""
    document = loads(yaml.safe_dump({**yaml.safe_load(text), **changes}))
    return pytorch.run(plan(document))


def lr(text: str, **changes: Any) -> FloatArray:
    return seen(text, **changes).lr


def steps_of(name: str, lrs: list[float], gradients: list[float], **hyperparameters: Any) -> list[float]:
    """Return how far a real optimizer moves at each lr."""
    weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = getattr(torch.optim, name)([weight], lr=lrs[0], **hyperparameters)
    moved = []
    for rate, gradient in zip(lrs, gradients, strict=True):
        optimizer.param_groups[0]["lr"] = rate
        before = weight.item()
        weight.grad = torch.full_like(weight, gradient)
        optimizer.step()
        moved.append(before - weight.item())
    return moved


def averaged_points(text: str) -> int:
    """Return how many points a real AveragedModel averages in the loop that swa describes."""
    document = loads(text)
    model = torch.nn.Linear(1, 1)
    average = AveragedModel(model)
    assert document.swa is not None
    for tick in range(document.ticks(document.interval)):
        if tick > document.swa.start:
            average.update_parameters(model)
    return int(average.n_averaged)


def decay_under_large_gradients(name: str) -> float:
    """Return how much of a weight is lost to weight_decay in a step whose gradient is large."""
    with_decay = steps_of(name, [0.1], [100.0], weight_decay=0.1)[0]
    return with_decay - steps_of(name, [0.1], [100.0], weight_decay=0.0)[0]


def same_steps(name: str) -> bool:
    flat, falling = [0.01] * 20, [0.01 * 0.7**step for step in range(20)]
    gradients = [0.9**step for step in range(20)]
    return steps_of(name, flat, gradients) == steps_of(name, falling, gradients)


def late(name: str) -> bool:
    """Tell whether a drop of the lr shows in the step after it, and not in its own."""
    first, second, third = steps_of(name, [0.1, 0.001, 0.001], [1.0, 1.0, 1.0])
    return second > 0.5 * first and third < 0.5 * first


def host(text: str) -> dict[str, Any]:
    """Return the hyperparameters of a document's optimizer, beside its lr."""
    return {key: value for key, value in yaml.safe_load(text)["optimizer"].items() if key not in {"name", "lr"}}


def after_a_large_gradient(hyperparameters: dict[str, Any]) -> float:
    """Return how many lr long the longest step of AdamW is, when large gradients are followed by small ones."""
    gradients = [1.0] * 10 + [1e-4] * 190
    return max(map(abs, steps_of("AdamW", [1e-3] * 200, gradients, weight_decay=0, **hyperparameters))) / 1e-3


def fallen(text: str) -> bool:
    return bool(yaml.safe_load(text)["scheduler"] != risen(text))


def risen(text: str) -> Plain:
    """Return the scheduler of a document, its milestones in order."""
    scheduler: Plain = yaml.safe_load(text)["scheduler"]
    return {**scheduler, "milestones": sorted(scheduler["milestones"])}


SHOWN: dict[str, Callable[[str], bool]] = {
    "LR001": lambda text: bool((np.diff(lr(text)[50:, 0]) > 0).any()),
    "LR002": lambda text: bool(lr(text)[-1, 0] > 0.01),
    "LR003": lambda text: bool(lr(text)[-1, 0] > 0.02),
    "LR004": lambda text: bool(lr(text).max() < 0.9e-3),
    "LR005": lambda text: bool(lr(text)[0, 0] == 0),
    "LR006": lambda text: bool((lr(text) < 0.001 * lr(text).max()).mean() > 0.25),
    "LR007": lambda text: bool((lr(text)[50:] == 0).all()),
    "LR008": lambda text: bool(lr(text)[50, 0] < 0.5 * lr(text)[49, 0]),
    "LR009": lambda text: bool(lr(text)[5, 0] > 2 * lr(text)[4, 0]),
    "LR010": lambda text: bool((lr(text)[30:] == lr(text)[30]).all()),
    "LR011": lambda text: bool(lr(text)[-1, 1] > lr(text)[0, 1]),
    "LR012": lambda text: bool((lr(text) < 0).any()),
    "LR013": lambda text: bool(lr(text)[-1, 0] > lr(text)[0, 0]),
    "LR014": lambda text: bool((lr(text) < 0.05).all()),
    "LR015": lambda text: bool(lr(text)[-1, 0] > 1e-3),
    "LR016": lambda text: bool((lr(text)[:, 0] == lr(text)[:, 1]).all()),
    "LR017": lambda text: bool((seen(text).params["momentum"] != 0).all()),
    "LR018": lambda text: bool((np.diff(np.sign(np.diff(lr(text)[:, 0]))) != 0).sum() > 1 or lr(text)[0, 0] < 1e-3),
    "LR019": lambda text: bool(lr(text)[0, 0] != 0.1),
    "LR020": lambda text: bool(lr(text)[4, 0] > 0.09),
    "LR021": lambda text: bool(lr(text)[20, 0] > 2 * lr(text)[19, 0]),
    "LR022": lambda text: bool(
        lr(text)[0, 0] != lr(text, scheduler=list(reversed(yaml.safe_load(text)["scheduler"])))[0, 0]
    ),
    "LR023": lambda text: bool((lr(text) == lr(text)[0]).all()),
    "LR024": lambda text: bool(lr(text)[15, 0] < lr(text)[0, 0]),
    "LR025": lambda text: bool((lr(text) > 0.99 * lr(text)[0]).all()),
    "LR026": lambda text: same_steps(yaml.safe_load(text)["optimizer"]["name"]),
    "LR027": lambda text: late(yaml.safe_load(text)["optimizer"]["name"]),
    "LR028": lambda text: decay_under_large_gradients(yaml.safe_load(text)["optimizer"]["name"]) < 1e-3,
    "LR029": lambda text: steps_of("AdamW", [float(lr(text)[0, 0])], [1e-6])[0] > 0.1,
    "LR030": lambda text: bool(lr(text)[0, 0] == 0.02),
    "LR031": lambda text: averaged_points(text) < 2,
    "LR032": lambda text: bool(lr(text)[-1, 0] > 0.5e-3),
    "LR033": lambda text: bool((lr(text)[20:] == lr(text)[20]).all()),
    "LR037": lambda text: bool(lr(text).max() > 0.25),
    "LR038": lambda text: bool(lr(text).max() < 1e-5),
    "LR039": lambda text: after_a_large_gradient(host(text)) > 100,
    "LR040": lambda text: steps_of("SGD", [0.1] * 20, [1.0] * 20, **host(text))[-1] > 1e6,
    "LR041": lambda text: steps_of("SGD", [0.1] * 50, [1.0] * 50, **{**host(text), "weight_decay": 0})[-1] < 0.11,
    "LR042": lambda text: bool(lr(text)[0, 0] < 0.04),
    "LR043": lambda text: not np.isclose(lr(text), yaml.safe_load(text)["optimizer"]["lr"]).any(),
    "LR044": lambda text: sum(steps_of("AdamW", [1e-3] * 1000, [0.0] * 1000, **host(text))) > 0.99,
    "LR045": lambda text: bool(lr(text)[:60].max() < 0.8 * lr(text).max()),
    "LR046": lambda text: bool((lr(text) == lr(text)[0]).all()),
    "LR047": lambda text: len(set(lr(text)[:, 0].tolist())) == 2,
    "LR048": lambda text: abs(lr(text)[-1, 0] - 0.05) > 0.01,
    "LR049": lambda text: bool(lr(text)[3000, 0] < 0.5 * lr(text)[0, 0]),
    "LR050": lambda text: bool(np.nanmax(lr(text)[:, 1]) > 0.015),
    "LR051": lambda text: bool((seen(text).params["momentum"] >= 1).any()),
    "LR052": lambda text: not seen(text).params["weight_decay"].any(),
    "LR053": lambda text: bool((seen(text).params["weight_decay"] * lr(text))[-1, 0] > 1e-4),
    "LR055": lambda text: sum(steps_of("AdamW", [lr(text)[0, 0]] * 1000, [0.0] * 1000, **host(text))) > 0.5,
    "LR054": lambda text: bool(lr(text)[-1, 0] < 1e-5),
    "LR034": lambda text: "metric" in yaml.safe_load(text) and bool((lr(text, metric=None) == lr(text)).all()),
    "LR035": lambda text: fallen(text) and bool((lr(text, scheduler=risen(text)) == lr(text)).all()),
    "LR036": lambda text: bool(lr(text)[9, 0] < lr(text)[6, 0]),
}
"""What each rule says, shown by torch: true of the document that has the mistake, false of the near one."""


@only_modelled
@each_rule
@pytest.mark.slow
def test_torch_does_what_the_rule_says(rule: type[Rule]) -> None:
    assert SHOWN[rule.id](rule.fires)
    assert not SHOWN[rule.id](rule.near)


RESTARTS = {"name": "CosineAnnealingWarmRestarts", "T_0": 20}
BESIDE: dict[str, tuple[object, Callable[[FloatArray, FloatArray], bool]]] = {
    "a warm-up in a list is gone after its first epoch": (
        [{"name": "LinearLR", "start_factor": 0.1, "total_iters": 5}, RESTARTS],
        lambda ours, alone: bool((ours[1:] == alone[1:]).all()),
    ),
    "every reduction of a plateau is erased": (
        [{"name": "ReduceLROnPlateau", "patience": 3}, RESTARTS],
        lambda ours, alone: bool((ours == alone).all()),
    ),
    "a decay beside restarts decays nothing": (
        {"name": "ChainedScheduler", "schedulers": [RESTARTS, {"name": "ExponentialLR", "gamma": 0.95}]},
        lambda ours, alone: bool(np.allclose(ours[1:], 0.95 * alone[1:])),
    ),
    "a chain gives more than the optimizer's lr": (
        {"name": "ChainedScheduler", "schedulers": [RESTARTS, {"name": "LinearLR"}]},
        lambda ours, alone: bool(ours.max() < 0.5 and ours[1:5].min() > alone[1:5].max()),
    ),
    "the first of two lambdas has no effect": (
        [{"name": "LambdaLR", "lr_lambda": "min(1, (t + 1) / 5)"}, RESTARTS],
        lambda ours, alone: bool((ours[1:] == alone[1:]).all()),
    ),
}


@only_modelled
@pytest.mark.parametrize("case", BESIDE)
def test_an_assigning_scheduler_erases_what_stands_beside_it_in_torch_too(case: str) -> None:
    """An assigning scheduler next to a multiplicative one."""
    scheduler, shown = BESIDE[case]
    plain: dict[str, Any] = {"epochs": 60, "optimizer": {"name": "SGD", "lr": 0.1}, "scheduler": scheduler}
    if "ReduceLROnPlateau" in str(scheduler):
        plain["metric"] = {"expression": "max(0.3, 0.9 ** t)"}
    document = yaml.safe_dump(plain)
    assert "LR037" in found(loads(document))
    assert shown(lr(document)[:, 0], lr(document, scheduler=RESTARTS, metric=None)[:, 0])


WARM_UP = "{name: LinearLR, start_factor: 0.1, total_iters: 50, interval: step}"
EACH_EPOCH = "{name: LambdaLR, lr_lambda: 0.95 ** t}"


@pytest.mark.parametrize(
    ("members", "erased"),
    [
        (f"[{EACH_EPOCH}, {WARM_UP}]", False),
        (f"[{WARM_UP}, {EACH_EPOCH}]", True),  # the constructor of LambdaLR sets the lr too
        (f"[{EACH_EPOCH}, {WARM_UP.replace('50', '500')}]", True),
        (f"[{{name: ConstantLR, factor: 1.0}}, {EACH_EPOCH}]", False),
        (f"[{WARM_UP}, {{name: MultiStepLR, milestones: [20]}}]", False),
    ],
)
def test_a_warm_up_that_is_done_before_the_other_begins_is_not_erased(members: str, erased: bool) -> None:
    text = f"epochs: 30\nsteps_per_epoch: 100\noptimizer: {{name: SGD, lr: 0.1}}\nscheduler: {members}"
    assert ("LR037" in found(loads(text))) == erased
    # What is not erased never raises the lr above the optimizer's.
    assert (lr(text).max() > 0.1001) <= erased


@pytest.mark.parametrize("scheduler", SCHEDULERS, ids=lambda each: each.__name__)
@only_modelled
def test_what_a_scheduler_says_of_assigning_is_what_torch_does(scheduler: type[Scheduler]) -> None:
    """An lr that was changed by hand is gone after the next step of a scheduler that assigns, and of no other."""
    if not issubclass(scheduler, Leaf) or scheduler is SWALR:
        assert not scheduler.assigns
        return
    document = loads(
        yaml.safe_dump(
            {
                "epochs": 60,
                "optimizer": {"name": "SGD", "lr": 0.1, "momentum": 0.9},
                "scheduler": {"name": scheduler.__name__, **scheduler.example},
            }
        )
    )
    ours = []
    for by_hand in (1.0, 2.0):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.9)
        own = document.scheduler
        assert isinstance(own, scheduler)
        arguments = own.arguments()
        if "lr_lambda" in arguments:
            arguments["lr_lambda"] = lambda tick: 0.9 + 0.01 * tick
        stepped = getattr(torch.optim.lr_scheduler, scheduler.__name__)(optimizer, **arguments)
        for _ in range(3):
            optimizer.step()
            stepped.step()
        optimizer.param_groups[0]["lr"] *= by_hand
        optimizer.step()
        stepped.step()
        ours.append(optimizer.param_groups[0]["lr"])
    assert scheduler.assigns == (ours[0] == ours[1])


@pytest.mark.parametrize(
    ("metric", "threshold", "words"),
    [
        ("min(0.8, 1 - 0.9 * exp(-t / 15))", 1e-4, "no value after the first counts as better, and the lr is reduced"),
        ("-1 + 1e-6 * t", 1e-4, "under threshold 1e-4 every value still counts as better, and the lr is never reduced"),
        ("t / 60 - 0.3 * (t == 5)", 1e-4, "only 2 of 60 values count as better, and the lr is reduced"),
    ],
)
def test_a_plateau_in_the_wrong_mode_is_told_what_it_does(metric: str, threshold: float, words: str) -> None:
    """LR024: a threshold may let every value count as better."""
    scheduler = f"{{name: ReduceLROnPlateau, factor: 0.5, patience: 8, threshold: {threshold}}}"
    text = f"epochs: 60\noptimizer: {{name: SGD, lr: 0.1}}\nscheduler: {scheduler}\nmetric: {{expression: '{metric}'}}"
    (told,) = [one for one in lrviz.lint(loads(text)) if one.id == "LR024"]
    assert words in told.message


def test_a_metric_near_the_end_of_float64_is_judged_without_a_word_of_numpys() -> None:
    text = f"epochs: 3\n{MOMENTUM}scheduler: {{name: ReduceLROnPlateau}}\nmetric: {{values: [1e308, 3, 3]}}"
    with np.errstate(all="raise"):
        assert [one.id for one in lrviz.lint(loads(text))] == ["LR010"]


# Any document -------------------------------------------------------------------------------------------


@examples(150)
@given(documents())
def test_no_document_is_too_odd(plain: Plain) -> None:
    """Every finding has a place and a sentence, and what it says to paste is a document again."""
    document = loads(text_of(plain), source="odd.yaml")
    try:
        told = lrviz.lint(document)
    except DocumentError:
        return
    for one in told:
        assert re.fullmatch(r"odd\.yaml:\d+:\d+", one.place), one
        assert one.message
        assert "nan" not in one.message
        if one.fix:
            loads(edited(document, one.fix))


@pytest.mark.parametrize(
    "path", sorted(set(CONFIGS.rglob("*.yaml")) - set(CONFIGS.glob("races/**/*.yaml"))), ids=lambda path: path.stem
)
def test_our_own_documents_are_clean(path: Path) -> None:
    """Or they carry an ignore, and behind it the reason."""
    checked = linted(load(path))
    assert [one for one in checked.findings if one.rule.severity is not Severity.note] == []
    assert checked.faults == ()
    for line in path.read_text(encoding="utf-8").splitlines():
        if "lrviz: ignore" in line:
            assert re.search(r"lrviz: ignore\[[^\]]+\] \w+ \w+", line), line


# Documents of real runs ----------------------------------------------------------------------------------

REALISTIC = sorted((Path(__file__).parent / "realistic").glob("*.yaml"))
EXPECTED: dict[str, list[str]] = {}
"""What lint warns of in a document of tests/realistic, where an expert would agree; nothing in the others."""


@pytest.mark.parametrize("path", REALISTIC, ids=lambda path: path.stem)
@pytest.mark.slow
def test_nothing_is_found_that_an_expert_would_switch_off(path: Path) -> None:
    warned = [str(one) for one in lrviz.lint(load(path)) if one.rule.severity is not Severity.note]
    assert warned == EXPECTED.get(path.stem, [])


def test_the_documents_of_real_runs_are_many_and_name_their_source() -> None:
    assert len(REALISTIC) > 80
    assert set(EXPECTED) <= {path.stem for path in REALISTIC}
    for path in REALISTIC:
        text = path.read_text(encoding="utf-8")
        assert re.search(r"^# Source: \S", text, re.MULTILINE), path
        assert "lrviz: ignore" not in text, path


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("LR005", "epochs: 5\nsteps_per_epoch: 400\noptimizer: {name: SGD, lr: 0.1}\n"
                  "scheduler: {name: LambdaLR, lr_lambda: 'min(1, t / 3)'}"),
        ("LR005", "steps: 500\ninterval: step\noptimizer: {name: SGD, lr: 0.1}\n"
                  "scheduler: {name: LambdaLR, lr_lambda: 'min(1, t // 10 / 10)'}"),
        ("LR006", "epochs: 100\noptimizer: {name: SGD, lr: 0.1}\nscheduler: {name: StepLR, step_size: 15}"),
        ("LR007", "steps: 10000\ninterval: step\noptimizer: {name: SGD, lr: 0.1}\n"
                  "scheduler: {name: LambdaLR, lr_lambda: 'max(0, 1 - t / 9800)'}"),
        ("LR017", "epochs: 30\noptimizer: {name: SGD, lr: 0.1}\n"
                  "scheduler: {name: OneCycleLR, max_lr: 0.1, total_steps: 30}"),
        ("LR017", "epochs: 40\noptimizer: {name: AdamW, lr: 0.01}\n"
                  "scheduler: {name: CyclicLR, base_lr: 0.001, max_lr: 0.01, step_size_up: 10}"),
        ("LR028", "epochs: 50\noptimizer: {name: Adam, lr: 1e-3, weight_decay: 0.05}\n"
                  "scheduler: {name: CosineAnnealingLR, T_max: 50}"),
        ("LR029", "epochs: 50\noptimizer: {name: SGD, lr: 1000}\n"
                  "scheduler: {name: CosineAnnealingLR, T_max: 50}"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_practice_is_left_alone_and_the_mistake_beside_it_is_not(rule: str, text: str) -> None:
    """Rules that ignore good practice still find the mistakes that they are for."""
    assert rule in found(loads(text))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("LR005", "steps: 500\ninterval: step\noptimizer: {name: SGD, lr: 0.1}\n"
                  "scheduler: {name: LambdaLR, lr_lambda: 'min(1, t / 50)'}"),
        ("LR005", "epochs: 30\noptimizer: {name: SGD, lr: 0.1, groups: [{name: head}, {name: backbone}]}\n"
                  'scheduler: {name: LambdaLR, lr_lambda: ["1", "0 if t < 5 else 1"]}'),
        ("LR007", "steps: 10000\ninterval: step\noptimizer: {name: SGD, lr: 0.1}\n"
                  "scheduler: {name: LambdaLR, lr_lambda: 'max(0, 1 - t / 9994)'}"),
    ],
    ids=str,
)  # fmt: skip
def test_what_everybody_does_is_no_mistake(rule: str, text: str) -> None:
    assert found(loads(text)) == []


@pytest.mark.parametrize(
    ("rule", "optimizer", "scheduler", "mistaken"),
    [
        ("LR038", "{name: SGD, lr: 0.1}", "{name: LambdaLR, lr_lambda: 0.1 * 0.95 ** t}", True),
        (
            "LR038",
            "{name: AdamW, lr: 0.01, groups: [{name: a}, {name: b}]}",
            '{name: LambdaLR, lr_lambda: ["0.001", "1e-4"]}',
            True,
        ),
        ("LR038", "{name: AdamW, lr: 1.0}", "{name: LambdaLR, lr_lambda: 1e-3 * 0.95 ** t}", False),
        (
            "LR038",
            "{name: AdamW, lr: 1e-3, groups: [{name: a}, {name: b}]}",
            '{name: LambdaLR, lr_lambda: ["1", "0.01"]}',
            False,
        ),
        ("LR039", "{name: Adam, lr: 1e-3, betas: [0.9, 0.9]}", "{name: StepLR, step_size: 20}", False),
        ("LR040", "{name: RMSprop, lr: 1e-3, momentum: 1}", "{name: StepLR, step_size: 20}", True),
        (
            "LR040",
            "{name: SGD, lr: 0.1, momentum: 0.9}",
            "{name: OneCycleLR, max_lr: 0.1, total_steps: 50, base_momentum: 8.5, max_momentum: 9.5}",
            True,
        ),
        ("LR041", "{name: SGD, lr: 0.1, momentum: 0, weight_decay: 1e-4}", "{name: StepLR, step_size: 20}", False),
        ("LR041", "{name: SGD, lr: 0.1}", "{name: StepLR, step_size: 20}", False),
        ("LR041", "{name: SGD, lr: 20, weight_decay: 1e-4}", "{name: StepLR, step_size: 20}", False),
        ("LR042", "{name: SGD, lr: 0.1}", "{name: ConstantLR, total_iters: 20}", True),
        ("LR042", "{name: SGD, lr: 0.1}", "{name: LinearLR, total_iters: 5}", True),
        ("LR043", "{name: SGD, lr: 1e-4, momentum: 0.9}", "{name: OneCycleLR, max_lr: 0.1, total_steps: 50}", True),
        ("LR043", "{name: SGD, momentum: 0.9}", "{name: OneCycleLR, max_lr: 0.1, total_steps: 50}", False),
        (
            "LR043",
            "{name: SGD, lr: 0.5, momentum: 0.9}",
            "{name: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 5, cycle_momentum: false}",
            True,
        ),
        ("LR044", "{name: SGD, lr: 2, weight_decay: 0.5}", "{name: StepLR, step_size: 20}", True),
        ("LR044", "{name: AdamW, lr: 1e-3, weight_decay: 1}", "{name: StepLR, step_size: 20}", False),
        ("LR045", "{name: AdamW, lr: 1e-3}", "{name: LambdaLR, lr_lambda: 'min((t + 1) / 40, 1)'}", True),
        ("LR045", "{name: AdamW, lr: 1e-3}", "{name: OneCycleLR, max_lr: 1e-3, total_steps: 50, pct_start: 0.8}", True),
        ("LR045", "{name: AdamW, lr: 1e-3}", "{name: ExponentialLR, gamma: 1.1}", False),
        ("LR046", "{name: SGD, lr: 0.1}", "{name: CosineAnnealingWarmRestarts, T_0: 25, eta_min: 0.1}", True),
    ],
)
def test_a_new_rule_tells_the_mistake_from_what_is_near(
    rule: str, optimizer: str, scheduler: str, mistaken: bool
) -> None:
    """Every rule finds its mistake, and nothing in a similar document without it."""
    assert (rule in found(loads(f"epochs: 50\noptimizer: {optimizer}\nscheduler: {scheduler}"))) == mistaken


MOMENTUM = "optimizer: {name: SGD, lr: 0.1, momentum: 0.9}\n"
ADDED = "optimizer: {{name: SGD, lr: 0.1, groups: [{{name: a}}, {{name: b, added: {}}}, {{name: c, added: {}}}]}}\n"
ACCUMULATED = "epochs: 100\nbatches_per_epoch: 1000\ngrad_accumulation: 4\n"
DECAYED = "optimizer: {name: AdamW, lr: 1e-3, weight_decay: 0.04}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # A length counts the ticks that a member makes.
        (f"epochs: 100\n{MOMENTUM}scheduler: {{name: CosineAnnealingLR, T_max: 100, repeat: 4}}", ["LR049"]),
        (f"epochs: 100\n{MOMENTUM}scheduler: {{name: CosineAnnealingLR, T_max: 400, repeat: 4}}", []),
        (f"epochs: 100\n{MOMENTUM}scheduler: {{name: CosineAnnealingLR, T_max: 100, frequency: 4}}", ["LR049"]),
        (f"epochs: 101\n{MOMENTUM}scheduler: {{name: CosineAnnealingLR, T_max: 25, frequency: 4}}", []),
        (f"epochs: 100\n{MOMENTUM}scheduler: {{name: CosineAnnealingLR, T_max: 50, repeat: 4}}", ["LR001"]),
        (f"epochs: 100\n{MOMENTUM}scheduler: {{name: PolynomialLR, total_iters: 100, repeat: 4}}", ["LR049"]),
        (f"epochs: 50\n{MOMENTUM}scheduler: {{name: PolynomialLR, total_iters: 400, repeat: 8}}", []),
        (f"epochs: 100\n{MOMENTUM}scheduler: {{name: OneCycleLR, max_lr: 0.1, total_steps: 100, frequency: 4}}",
         ["LR049"]),
        (f"epochs: 100\n{MOMENTUM}scheduler: {{name: OneCycleLR, max_lr: 0.1, total_steps: 400, repeat: 4}}", []),
        (f"epochs: 90\n{MOMENTUM}scheduler: {{name: MultiStepLR, milestones: [30, 60, 80], frequency: 2}}", ["LR049"]),
        (f"epochs: 100\nsteps_per_epoch: 400\n{MOMENTUM}"
         "scheduler: {name: CosineAnnealingLR, T_max: 40000, frequency: 4}", ["LR025"]),
        (f"epochs: 100\n{MOMENTUM}scheduler: {{name: SequentialLR, milestones: [10], repeat: 4, schedulers: "
         "[{name: LinearLR, start_factor: 0.1, total_iters: 10}, {name: CosineAnnealingLR, T_max: 90}]}", ["LR049"]),
        (f"epochs: 180\n{MOMENTUM}scheduler: {{name: CosineAnnealingLR, T_max: 30, frequency: 3}}", ["LR001"]),
        (f"epochs: 22\nsteps_per_epoch: 50\ninterval: step\n{MOMENTUM}"
         "scheduler: {name: CosineAnnealingWarmRestarts, T_0: 150, frequency: 10}", ["LR010"]),
        # Epochs, steps and batches.
        (f"epochs: 100\nsteps_per_epoch: 1251\n{MOMENTUM}"
         "scheduler: {name: CosineAnnealingWarmRestarts, T_0: 12510, fractional: true}", ["LR025"]),
        (f"epochs: 100\nsteps_per_epoch: 50\n{MOMENTUM}"
         "scheduler: {name: CosineAnnealingWarmRestarts, T_0: 10, fractional: true}", []),
        (f"epochs: 15\nsteps_per_epoch: 50\n{MOMENTUM}"
         "scheduler: {name: CosineAnnealingWarmRestarts, T_0: 10, fractional: true}", ["LR003"]),
        (f"{ACCUMULATED}interval: batch\n{MOMENTUM}scheduler: {{name: CosineAnnealingLR, T_max: 25000}}", ["LR025"]),
        (f"{ACCUMULATED}interval: batch\n{MOMENTUM}scheduler: {{name: CosineAnnealingLR, T_max: 100000}}", []),
        ("epochs: 100\nbatches_per_epoch: 10\ngrad_accumulation: 4\naccumulate_remainder: drop\ninterval: step\n"
         f"{MOMENTUM}scheduler: {{name: CosineAnnealingLR, T_max: 300}}", ["LR002"]),
        # What is never stepped.
        (f"epochs: 100\n{MOMENTUM}scheduler: {{name: StepLR, step_size: 30, start: 500}}", ["LR033"]),
        (f"epochs: 100\n{MOMENTUM}scheduler: {{name: StepLR, step_size: 30, frequency: 500}}", ["LR033"]),
        # Groups that are added.
        (f"epochs: 30\n{ADDED.format('2ep', '3ep')}scheduler: {{name: LinearLR, start_factor: 0.1}}",
         ["LR050", "LR050"]),
        (f"epochs: 30\n{ADDED.format('5ep', '9ep')}scheduler: {{name: LinearLR, start_factor: 0.1}}", []),
        (f"epochs: 30\n{ADDED.format('5ep', '9ep')}scheduler: {{name: StepLR, step_size: 10}}", []),
        # Schedules of other hyperparameters.
        (f"epochs: 50\n{MOMENTUM}scheduler: {{name: ExponentialLR, gamma: 1.01, param: momentum}}", ["LR051"]),
        (f"epochs: 50\n{MOMENTUM}scheduler: {{name: LambdaLR, lr_lambda: 1 - t / 40, param: momentum}}", ["LR051"]),
        (f"epochs: 50\n{DECAYED}scheduler: {{name: ExponentialLR, gamma: 1.01, param: beta1}}", ["LR051"]),
        (f"epochs: 50\n{DECAYED}scheduler: {{name: LambdaLR, lr_lambda: 1 - t / 40, param: weight_decay}}", ["LR051"]),
        (f"epochs: 50\n{MOMENTUM}scheduler: {{name: StepLR, step_size: 20, param: weight_decay}}", ["LR052"]),
        (f"epochs: 50\n{DECAYED}scheduler: {{name: CosineAnnealingLR, T_max: 50, param: weight_decay}}", []),
        (f"epochs: 50\n{DECAYED}scheduler: [{{name: CosineAnnealingLR, T_max: 50, eta_min: 3, param: weight_decay}}, "
         "{name: CosineAnnealingLR, T_max: 50}]", ["LR044"]),
        (f"epochs: 50\n{DECAYED}scheduler: [{{name: CosineAnnealingLR, T_max: 80000, param: weight_decay}}, "
         "{name: CosineAnnealingLR, T_max: 50}]", ["LR025"]),
        # No scheduler at all, and groups that a decay makes.
        ("epochs: 50\noptimizer: {name: Adam, lr: 3e-4}", []),
        ("epochs: 50\noptimizer: {name: AdamW, lr: 1e-3, weight_decay: 2, layer_decay: {layers: 3, decay: 0.5}}",
         ["LR044"]),
    ],
    ids=str,
)  # fmt: skip
def test_of_a_loop_one_thing_is_said_that_is_the_matter_with_it(text: str, told: list[str]) -> None:
    checked = linted(loads(text))
    assert [one.id for one in checked.findings] == told
    for one in checked.findings:
        settled = lrviz.lint(loads(edited(checked.document, one.fix)))
        assert not one.fix or (one.id, one.field) not in [(each.id, each.field) for each in settled]


def test_words_of_a_tick_fit_the_loop() -> None:
    """A tick is an epoch only where the loop makes one per epoch."""
    for stepped, words in (("", "90 epochs"), (", frequency: 3", "30 ticks"), (", repeat: 2", "180 ticks")):
        text = f"epochs: 90\n{MOMENTUM}scheduler: {{name: StepLR, step_size: 300{stepped}}}"
        (told,) = lrviz.lint(loads(text))
        assert told.message == f"step_size 300 is never reached: the scheduler has only {words}"


# Comments -----------------------------------------------------------------------------------------------

WAVE = "epochs: 100\noptimizer: {name: SGD, lr: 0.1}\nscheduler: {name: CosineAnnealingLR, T_max: 50}"


def comments(text: str) -> tuple[list[str], list[str]]:
    known, faults = ignores(read(text, "run.yaml"))
    return [one.rule for one in known], [str(fault) for fault in faults]


def test_a_comment_is_not_a_text() -> None:
    assert comments('name: "a # lrviz: ignore[LR001]"\n') == ([], [])
    assert comments("name: >\n  a\n  # lrviz: ignore[LR001]\n") == ([], [])
    assert comments("epochs: 3 # lrviz: ignore[LR001]\n") == (["LR001"], [])
    assert comments("epochs: 3 # why not # lrviz:ignore[ LR001,LR002 ] both\n") == (["LR001", "LR002"], [])


def test_a_comment_that_is_wrong_is_said_at_its_place() -> None:
    known, (unknown,) = comments("epochs: 3 # lrviz: ignore[LR001, LR901]\n")
    assert known == ["LR001"]
    assert unknown.startswith("run.yaml:1:34: LR901: no such rule; known are LR001 to ")
    assert comments("epochs: 3 # lrviz: ignore\n")[1] == [
        "run.yaml:1:11: lrviz: ignore without rules; name them, as in # lrviz: ignore[LR001]"
    ]


def test_a_comment_that_ignores_nothing_is_said() -> None:
    checked = linted(loads(f"{WAVE} # lrviz: ignore[LR001, LR007]", source="run.yaml"))
    assert [one.id for one in checked.ignored] == ["LR001"]
    (fault,) = checked.faults
    assert str(fault) == "run.yaml:3:72: the comment ignores LR007, which finds nothing on this line; drop it"


def test_a_comment_for_a_rule_that_was_not_asked_is_let_alone() -> None:
    (first, *_) = RULES
    checked = linted(loads(f"{WAVE} # lrviz: ignore[LR001, LR007]"), rules=[first])
    assert checked.faults == ()


def test_what_the_command_line_sets_has_its_words_for_a_place() -> None:
    from lrviz.documents.override import parse

    (told,) = lrviz.lint(loads(WAVE.replace("50", "100"), overrides=parse("scheduler.T_max=30")))
    assert (told.place, told.line, told.column) == ("--set scheduler.T_max=30", None, None)


# Reports ------------------------------------------------------------------------------------------------


def test_sarif_is_what_its_schema_says() -> None:
    schema = json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    texts = [*(rule.fires for rule in OWN), f"{WAVE} # lrviz: ignore[LR001] a test"]
    checked = [linted(loads(text, source=f"a folder/{index}.yaml")) for index, text in enumerate(texts)]
    record = json.loads(REPORTS["sarif"](checked))
    jsonschema.Draft202012Validator(schema).validate(record)
    (only,) = record["runs"]
    rules, results = only["tool"]["driver"]["rules"], only["results"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in KNOWN]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in results)
    assert {one["ruleId"] for one in results} == {rule.id for rule in OWN}
    assert [one["ruleId"] for one in results if "suppressions" in one] == ["LR001"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a%20folder/0.yaml"}, "region": {"startLine": 3, "startColumn": 45}}


def test_github_reads_one_line_a_finding() -> None:
    checked = [linted(loads(WAVE, source="a,b:c%.yaml"))]
    (line,) = REPORTS["github"](checked).splitlines()
    assert line.startswith(
        "::warning file=a%2Cb%3Ac%25.yaml,line=3,col=45,title=LR001 cosine-turns-back::scheduler.T_max"
    )
    assert line.endswith("%0Afix: T_max: 100")


def test_json_has_every_part_of_a_finding() -> None:
    record = json.loads(REPORTS["json"]([linted(loads(WAVE, source="run.yaml"))]))
    assert list(record) == ["lrviz", "documents"]
    ((only,), ignored) = (record["documents"][0]["findings"], record["documents"][0]["ignored"])
    assert ignored == []
    assert only.pop("message").startswith("T_max is 50, but the scheduler runs for 100 epochs")
    assert only.pop("why")
    assert only == {
        "id": "LR001", "name": "cosine-turns-back", "severity": "warning", "line": 3, "column": 45,
        "field": "scheduler.T_max", "fix": ["T_max: 100"],
    }  # fmt: skip


def test_the_same_findings_are_the_warnings_of_a_simulation() -> None:
    document = loads(WAVE, source="run.yaml")
    simulation = lrviz.simulate(document, engine="reference")
    assert simulation.warnings == tuple(map(str, lrviz.lint(document)))
    assert simulation.to_json()["warnings"] == list(simulation.warnings)
    assert isinstance(lrviz.lint(document)[0], Finding)


# The command --------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "wave.yaml").write_text(WAVE, encoding="utf-8")
    (tmp_path / "stuck.yaml").write_text(next(rule.fires for rule in RULES if rule.id == "LR014"), encoding="utf-8")
    (tmp_path / "good.yaml").write_text(WAVE.replace("50", "100"), encoding="utf-8")
    (tmp_path / "stale.yaml").write_text(WAVE.replace("50}", "100} # lrviz: ignore[LR001]"), encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(WAVE.replace("T_max", "T_min"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["good.yaml"], 0),
        (["wave.yaml"], 0),
        (["wave.yaml", "--strict"], 1),
        (["wave.yaml", "--strict", "--ignore", "LR001"], 0),
        (["wave.yaml", "--strict", "--select", "lr002,cosine-turns-back"], 1),
        (["wave.yaml", "--strict", "--select", "LR002"], 0),
        (["wave.yaml", "stuck.yaml"], 1),
        (["stuck.yaml", "--ignore", "LR014"], 0),
        (["stale.yaml"], 2),
        (["bad.yaml", "wave.yaml"], 2),
    ],
    ids=str,
)
@pytest.mark.usefixtures("here")
def test_the_exit_code_says_what_was_found(ended: Ended, arguments: list[str], code: int) -> None:
    ended_with, _, err = ended("lint", *arguments)
    assert ended_with == code, err
    assert (err == "") == (code != 2)


def test_a_document_that_cannot_be_read_keeps_no_other_from_being_judged(here: Path, ended: Ended) -> None:
    done = ended("lint", "bad.yaml", "wave.yaml", "none.yaml")
    assert done.returncode == 2
    assert "wave.yaml:3:45: warning LR001: scheduler.T_max: T_max is 50" in done.stdout
    assert "fix: T_max: 100" in done.stdout
    assert "why: Past T_max" in done.stdout
    assert "1 document: 0 errors, 1 warning." in done.stdout
    assert "bad.yaml:3:38: error invalid-document: scheduler.T_min: unknown key 'T_min'" in done.stdout
    assert "none.yaml: error invalid-document: no such file" in done.stdout
    assert done.stdout.endswith("2 documents not valid\n")
    assert done.stderr == "bad.yaml, none.yaml: not valid, see the errors above\n"


@pytest.mark.usefixtures("here")
def test_faults_are_told_in_every_format_beside_the_findings_of_the_others(ended: Ended) -> None:
    """A document that is not valid has its faults on stdout, in every format."""
    told = {}
    for kind in REPORTS:
        code, told[kind], err = ended("lint", "bad.yaml", "wave.yaml", "stale.yaml", "none.yaml", "--format", kind)
        assert code == 2
        # Whoever looks on is told why it failed, where stdout is for a program.
        assert ("bad.yaml:3:38: scheduler.T_min: unknown key" in err) == (kind != "text")
    bad, wave, stale, none = json.loads(told["json"])["documents"]
    assert [one["source"] for one in (bad, wave, stale, none)] == ["bad.yaml", "wave.yaml", "stale.yaml", "none.yaml"]
    assert [len(one["faults"]) for one in (bad, wave, stale, none)] == [2, 0, 1, 1]
    unknown = next(one for one in bad["faults"] if one["field"] == "scheduler.T_min")
    assert unknown.pop("message").startswith("unknown key 'T_min'; allowed here: ")
    assert unknown == {"name": "invalid-document", "line": 3, "column": 38, "field": "scheduler.T_min"}
    assert stale["faults"][0]["name"] == "ignore-comment"
    assert (none["faults"][0]["line"], none["faults"][0]["column"]) == (None, None)
    assert [one["id"] for one in wave["findings"]] == ["LR001"]

    errors = [line for line in told["github"].splitlines() if line.startswith("::error ")]
    assert len(errors) == 4
    place = "::error file=bad.yaml,line=3,col=38,title=invalid-document::"
    assert sum(line.startswith(f"{place}scheduler.T_min: unknown key") for line in errors) == 1
    assert sum(line.startswith("::error file=none.yaml,title=invalid-document::no such file") for line in errors) == 1
    assert "::warning file=wave.yaml," in told["github"]

    record = json.loads(told["sarif"])
    jsonschema.Draft202012Validator(
        json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    ).validate(record)
    (only,) = record["runs"]
    rules = only["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in only["results"])
    assert [one["ruleId"] for one in only["results"]] == [
        *["invalid-document"] * 2,
        "ignore-comment",
        "invalid-document",
        "LR001",
    ]
    assert only["results"][0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "bad.yaml"}, "region": {"startLine": 3, "startColumn": 12},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--explain", "LR901"], "--explain LR901: no such rule; known are LR001 to"),
        (["--explain", "cosine-turns-bak"], "did you mean cosine-turns-back?"),
        (["wave.yaml", "--select", "LR1"], "--select LR1: no such rule"),
        (["wave.yaml", "--ignore", "LR001,x"], "--ignore x: no such rule"),
        (["wave.yaml", "--format", "xml"], "--format"),
        ([], "no document given"),
        (["-", "-"], "- given twice"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("here")
def test_wrong_usage_is_exit_code_2(ended: Ended, arguments: list[str], words: str) -> None:
    code, out, err = ended("lint", *arguments)
    assert (code, out) == (2, "")
    assert words in err


def test_a_rule_is_explained_and_listed(here: Path, ended: Ended) -> None:
    done = ended("lint", "--explain", "lr007")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("LR007 zero-before-the-end (warning)\n")
    listed = ended("list", "rules")
    assert all(rule.id in listed.stdout and rule.name in listed.stdout for rule in KNOWN)
    assert ended("list", "rules", "LR007").stdout.split() == done.stdout.split()


def test_standard_input_is_a_document_too(here: Path, ended: Ended) -> None:
    done = ended("lint", "-", "--format", "json", stdin=WAVE)
    (only,) = json.loads(done.stdout)["documents"]
    assert (done.returncode, only["source"], only["findings"][0]["id"]) == (0, "<stdin>", "LR001")


def test_schedule_and_check_print_the_findings_short(here: Path, ended: Ended) -> None:
    line = "warning: wave.yaml:3:45: LR001 scheduler.T_max: T_max is 50"
    for command in (["schedule", "wave.yaml", "--no-plot"], ["check", "wave.yaml"]):
        done = ended(*command)
        assert done.returncode == 0
        assert done.stderr.startswith(line)
        assert ended(*command, "--quiet").stderr == ""
    done = ended("schedule", "wave.yaml", "--json", "-")
    (only,) = json.loads(done.stdout)["schedules"]
    assert only["warnings"] == [done.stderr.splitlines()[0].removeprefix("warning: ")]
