"""Resuming: every recipe is compared with a plain torch loop, and every checkpoint is one that people save."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pickle
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.optim import lr_scheduler as torch_schedulers
from torch.optim.swa_utils import SWALR

import lrviz
from lrviz.documents.load import loads
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.real.resume import interrupt
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.resume import RECIPES, RIGHT, Act, Interruption
from lrviz.foundation.errors import CheckpointError, Refusal, UsageError
from lrviz.foundation.numerals import short
from lrviz.optimizers import OPTIMIZERS
from lrviz.render.figures.resume import ResumePicture
from lrviz.results import Interrupted, Resumed
from lrviz.runs.api import resume
from tests.cli import Ended
from tests.examples import examples
from tests.here import torch_is_here
from tests.strategies import Plain, documents, text_of
from tests.versions import TORCH, only_modelled

N, K = 20, 9


@pytest.fixture(autouse=True, scope="module")
def no_process() -> Iterator[None]:
    with torch_is_here():
        yield


HEAD = f"epochs: {N}\noptimizer: {{name: SGD, lr: 0.1, momentum: 0.9}}\nscheduler: "
METRIC = 'metric: {expression: "1.0 if t < 3 else 0.5"}\n'


def at(t: int) -> float:
    """The metric of the plateau."""
    return 1.0 if t < 3 else 0.5


Build = Callable[..., Any]

SCHEDULES: dict[str, tuple[str, Build]] = {
    "LambdaLR": (
        "{name: LambdaLR, lr_lambda: 1 / (1 + t)}",
        lambda o, **k: torch_schedulers.LambdaLR(o, lambda t: 1 / (1 + t), **k),
    ),
    "MultiplicativeLR": (
        "{name: MultiplicativeLR, lr_lambda: 1 - t / 100}",
        lambda o, **k: torch_schedulers.MultiplicativeLR(o, lambda t: 1 - t / 100, **k),
    ),
    "StepLR": ("{name: StepLR, step_size: 4}", lambda o, **k: torch_schedulers.StepLR(o, 4, **k)),
    "MultiStepLR": (
        "{name: MultiStepLR, milestones: [5, 12]}",
        lambda o, **k: torch_schedulers.MultiStepLR(o, [5, 12], **k),
    ),
    "ConstantLR": (
        "{name: ConstantLR, factor: 0.5, total_iters: 12}",
        lambda o, **k: torch_schedulers.ConstantLR(o, 0.5, 12, **k),
    ),
    "LinearLR": (
        "{name: LinearLR, start_factor: 0.25, total_iters: 14}",
        lambda o, **k: torch_schedulers.LinearLR(o, 0.25, 1.0, 14, **k),
    ),
    "ExponentialLR": ("{name: ExponentialLR, gamma: 0.9}", lambda o, **k: torch_schedulers.ExponentialLR(o, 0.9, **k)),
    "PolynomialLR": (
        "{name: PolynomialLR, total_iters: 20, power: 2.0}",
        lambda o, **k: torch_schedulers.PolynomialLR(o, 20, 2.0, **k),
    ),
    "CosineAnnealingLR": (
        "{name: CosineAnnealingLR, T_max: 20}",
        lambda o, **k: torch_schedulers.CosineAnnealingLR(o, 20, **k),
    ),
    "CosineAnnealingWarmRestarts": (
        "{name: CosineAnnealingWarmRestarts, T_0: 6}",
        lambda o, **k: torch_schedulers.CosineAnnealingWarmRestarts(o, 6, **k),
    ),
    "CyclicLR": (
        "{name: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 4}",
        lambda o, **k: torch_schedulers.CyclicLR(o, 0.01, 0.1, 4, **k),
    ),
    "OneCycleLR": (
        "{name: OneCycleLR, max_lr: 0.1, total_steps: 20}",
        lambda o, **k: torch_schedulers.OneCycleLR(o, 0.1, total_steps=20, **k),
    ),
    "ReduceLROnPlateau": (
        f"{{name: ReduceLROnPlateau, patience: 2}}\n{METRIC}",
        lambda o, **_: torch_schedulers.ReduceLROnPlateau(o, patience=2),
    ),
    "SequentialLR": (
        "{name: SequentialLR, milestones: [5], schedulers: [{name: LinearLR, start_factor: 0.1, total_iters: 5}, "
        "{name: ExponentialLR, gamma: 0.9}]}",
        lambda o, **k: torch_schedulers.SequentialLR(
            o, [torch_schedulers.LinearLR(o, 0.1, 1.0, 5), torch_schedulers.ExponentialLR(o, 0.9)], [5], **k
        ),
    ),
    "ChainedScheduler": (
        "{name: ChainedScheduler, schedulers: [{name: ConstantLR, factor: 0.5, total_iters: 12}, "
        "{name: ExponentialLR, gamma: 0.9}]}",
        lambda o, **k: torch_schedulers.ChainedScheduler(
            [torch_schedulers.ConstantLR(o, 0.5, 12, **k), torch_schedulers.ExponentialLR(o, 0.9, **k)], optimizer=o
        ),
    ),
    "SWALR": ("{name: SWALR, swa_lr: 0.01, anneal_epochs: 6}", lambda o, **k: SWALR(o, 0.01, anneal_epochs=6, **k)),
}
"""A scheduler as a document writes it, and as a script builds it."""


def test_every_scheduler_is_resumed() -> None:
    from lrviz.schedulers import SCHEDULERS

    assert set(SCHEDULES) == {scheduler.__name__ for scheduler in SCHEDULERS}


def sgd() -> torch.optim.SGD:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))], lr=0.1, momentum=0.9)


def loop(optimizer: torch.optim.Optimizer, scheduler: Any, start: int, stop: int) -> Iterator[tuple[float, float]]:
    """A training loop as people write it; yields lr and momentum of each update."""
    for t in range(start, stop):
        (group,) = optimizer.param_groups
        yield group["lr"], group["momentum"]
        optimizer.step()
        if isinstance(scheduler, torch_schedulers.ReduceLROnPlateau):
            scheduler.step(at(t))
        else:
            scheduler.step()


def scripted(build: Build, recipe: str) -> tuple[list[tuple[float, float]], str]:
    """Interrupt and resume in plain torch, line by line; return what was reached, and what torch raised."""
    optimizer = sgd()
    scheduler = build(optimizer)
    list(loop(optimizer, scheduler, 0, K))
    stream = io.BytesIO()
    torch.save({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, stream)
    stream.seek(0)
    saved = torch.load(stream, weights_only=True)
    optimizer = sgd()
    match recipe:
        case "scheduler-built-first":
            scheduler = build(optimizer)
            optimizer.load_state_dict(saved["optimizer"])
            scheduler.load_state_dict(saved["scheduler"])
        case "optimizer-loaded-first":
            optimizer.load_state_dict(saved["optimizer"])
            scheduler = build(optimizer)
            scheduler.load_state_dict(saved["scheduler"])
        case "scheduler-only":
            scheduler = build(optimizer)
            scheduler.load_state_dict(saved["scheduler"])
        case "optimizer-only":
            scheduler = build(optimizer)
            optimizer.load_state_dict(saved["optimizer"])
        case "last_epoch=K":
            optimizer.load_state_dict(saved["optimizer"])
            scheduler = build(optimizer, last_epoch=K)
        case "last_epoch=K-1":
            optimizer.load_state_dict(saved["optimizer"])
            scheduler = build(optimizer, last_epoch=K - 1)
        case "nothing":
            scheduler = build(optimizer)
        case _:
            raise AssertionError(recipe)
    reached: list[tuple[float, float]] = []
    try:
        reached.extend(loop(optimizer, scheduler, K, N))
    except Exception as error:
        # extend keeps what was yielded before the error.
        return reached, f"{type(error).__name__}: {error}"
    return reached, ""


@only_modelled
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_recipe_does_what_the_script_does(name: str, recipe: Any) -> None:
    text, build = SCHEDULES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, raised = scripted(build, recipe.name)
    (found,) = interrupt(Interruption(plan(loads(HEAD + text)), K, (recipe,)))
    ours = np.column_stack([found.recording.lr[:, 0], found.recording.params["momentum"][:, 0]])
    assert ours[: len(expected)].tolist() == [list(each) for each in expected]
    assert bool(raised) == (found.failed is not None)
    if found.failed is not None:
        assert found.failed[1] == raised
        assert found.failed[0] == K + len(expected)
        assert np.isnan(ours[len(expected) :]).all()


def resumed(text: str, at: int | str = K, **options: Any) -> dict[str, Resumed]:
    return {one.name: one for one in resume(loads(text), at, **options).interrupted.resumed}


@only_modelled
def test_the_right_order_continues_every_curve_and_the_wrong_one_does_not() -> None:
    verdicts = {name: {k: v.verdict for k, v in resumed(HEAD + text).items()} for name, (text, _) in SCHEDULES.items()}
    assert {found["scheduler-built-first"] for found in verdicts.values()} == {"continues"}
    wrong = {name for name, found in verdicts.items() if found["optimizer-loaded-first"] != "continues"}
    assert wrong == {
        "ConstantLR", "LinearLR", "SequentialLR", "ChainedScheduler", "OneCycleLR",
        "CosineAnnealingWarmRestarts", "CyclicLR", "LambdaLR",
    }  # fmt: skip
    assert sum(found["scheduler-only"] == "differs" for found in verdicts.values()) >= 13


@only_modelled
def test_the_errors_are_measured_from_the_uninterrupted_run() -> None:
    found = resumed(HEAD + SCHEDULES["OneCycleLR"][0])
    right, wrong = found["scheduler-built-first"], found["optimizer-loaded-first"]
    assert (right.errors, right.failed) == ({}, None)
    assert list(wrong.errors) == ["lr", "momentum"]
    error = wrong.errors["lr"]
    assert (error.first, error.at, error.group) == (K, K, "0")
    assert error.largest == pytest.approx(error.wanted - error.value)
    assert error.value == pytest.approx(0.1 / 25)
    raising = found["last_epoch=K"]
    assert raising.verdict == "raises"
    assert raising.failed is not None
    assert raising.failed[0] == N
    assert "load that instead" in raising.remedy


@examples(150)
@given(documents(), st.data())
def test_any_run_continues_exactly_if_it_is_resumed_in_the_right_order(plain: Plain, data: st.DataObject) -> None:
    document = loads(text_of(plain))
    # What no checkpoint holds: `lrviz resume` refuses it.
    assume(not document.scheduled_params and not any(group.added is not None for group in document.optimizer.groups))
    laid = plan(document)
    at = data.draw(st.integers(0, document.updates - 1))
    try:
        whole = pytorch.run(laid)
    except Refusal:
        return
    (found,) = interrupt(Interruption(laid, at, (RIGHT,)))
    assert found.failed is None
    assert found.recording.lr.tolist() == whole.lr[at:].tolist()
    for name, table in found.recording.params.items():
        assert table.tolist() == whole.params[name][at:].tolist()


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda cls: cls.__name__)
def test_every_optimizer_is_saved_and_loaded(optimizer: Any) -> None:
    if not hasattr(torch.optim, optimizer.__name__):
        pytest.skip(f"torch {TORCH} has no {optimizer.__name__}")
    found = resumed(
        f"epochs: 8\noptimizer: {{name: {optimizer.__name__}}}\nscheduler: {{name: StepLR, step_size: 3}}\n", 4
    )
    assert found["scheduler-built-first"].verdict == "continues"
    assert found["nothing"].verdict == "differs"


def test_every_recipe_builds_before_it_loads() -> None:
    for recipe in RECIPES:
        kinds = [act.name.split("_")[1] for act in recipe.acts]
        assert kinds[0] == "optimizer"
        assert "scheduler" in kinds
        assert all(act in Act for act in recipe.acts)
    assert len({recipe.name for recipe in RECIPES}) == len(RECIPES) == 7


def test_the_interruption_may_be_a_length() -> None:
    document = loads(
        "epochs: 10\nsteps_per_epoch: 4\ninterval: step\noptimizer: {name: SGD}\n"
        "scheduler: {name: StepLR, step_size: 9}\n"
    )
    for given_at, updates in (("0.5dur", 20), ("3ep", 12), ("7ba", 7), (7, 7), ("7", 7)):
        assert resume(document, given_at).interrupted.at == updates


# Into another document ----------------------------------------------------------------------------------

COSINE = """\
epochs: 60
optimizer: {name: AdamW, lr: 1e-3, weight_decay: 0.01}
scheduler: {name: CosineAnnealingLR, T_max: 60}
"""
LONGER = COSINE.replace("60", "120").replace("0.01", "0.1")


def test_what_the_checkpoint_silently_keeps_is_said_at_its_line() -> None:
    found = resume(loads(COSINE, source="old.yaml"), 30, into=loads(LONGER, source="new.yaml"))
    (only,) = found.interrupted.resumed
    assert [(one.place, one.field, one.asked, one.kept) for one in only.replaced] == [
        ("new.yaml:2:50", "optimizer.weight_decay", 0.1, 0.01),
        ("new.yaml:3:45", "scheduler.T_max", 120, 60),
    ]
    assert only.verdict == "differs"
    assert found.interrupted.before is not None
    assert len(found.interrupted.before.lr) == 60
    assert len(only.lr) == 120 - 30


def test_a_document_that_did_not_change_keeps_nothing() -> None:
    (only,) = resume(loads(COSINE), 30, into=loads(COSINE)).interrupted.resumed
    assert (only.verdict, only.replaced) == ("continues", ())


def test_members_of_a_list_and_of_composites_are_looked_into() -> None:
    text = (
        "epochs: 30\noptimizer: {name: SGD, lr: 0.1}\nscheduler:\n"
        "  name: SequentialLR\n  milestones: [5]\n  schedulers:\n"
        "    - {name: LinearLR, start_factor: 0.1, total_iters: 5}\n    - {name: StepLR, step_size: 10, gamma: 0.1}\n"
    )
    changed = text.replace("[5]", "[6]").replace("gamma: 0.1", "gamma: 0.5")
    (only,) = resume(loads(text), 12, into=loads(changed)).interrupted.resumed
    assert {(one.field, str(one.asked), str(one.kept)) for one in only.replaced} == {
        ("scheduler.milestones", "6", "5"),
        ("scheduler.schedulers[1].gamma", "0.5", "0.1"),
    }


def test_other_groups_are_what_torch_says() -> None:
    two = COSINE.replace("weight_decay: 0.01", "weight_decay: 0.01, groups: [{name: a}, {name: b}]")
    (only,) = resume(loads(COSINE), 30, into=loads(two)).interrupted.resumed
    assert only.failed is not None
    assert "different number of parameter groups" in only.failed[1]
    assert "build the optimizer with the groups it was saved with" in only.remedy


# Checkpoints --------------------------------------------------------------------------------------------


def trained(steps: int = 25) -> tuple[torch.optim.Optimizer, Any]:
    """Return a real optimizer, with state, and its scheduler, as a run of the document leaves them."""
    weights = [torch.nn.Parameter(torch.ones(3)) for _ in range(4)]
    optimizer = torch.optim.AdamW(weights, lr=1e-3, weight_decay=0.01)
    scheduler = torch_schedulers.CosineAnnealingLR(optimizer, 60)
    for _ in range(steps):
        for weight in weights:
            weight.grad = torch.ones(3)
        optimizer.step()
        scheduler.step()
    return optimizer, scheduler


def _plain() -> dict[str, Any]:
    optimizer, scheduler = trained()
    return {"o": optimizer.state_dict(), "s": scheduler.state_dict()}


LAYOUTS: dict[str, Callable[[Any, Any], Any]] = {
    "torch's tutorial": lambda o, s: {
        "model_state_dict": {},
        "optimizer_state_dict": o,
        "scheduler_state_dict": s,
        "epoch": 24,
    },
    "short names": lambda o, s: {"model": {"w": torch.ones(2)}, "optimizer": o, "scheduler": s},
    "Lightning": lambda o, s: {"state_dict": {}, "optimizer_states": [o], "lr_schedulers": [s], "global_step": 25},
    "torchvision": lambda o, s: {"model": {}, "optimizer": o, "lr_scheduler": s, "epoch": 24, "args": {"lr": 0.1}},
    "nested": lambda o, s: {"state": {"train": {"opt": o, "sched": s}}},
    "names of one's own": lambda o, s: {"a": o, "b": s},
    "a tuple": lambda o, s: (o, s),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_states_are_found_under_the_keys_that_people_use(layout: str, tmp_path: Path) -> None:
    states = _plain()
    torch.save(LAYOUTS[layout](states["o"], states["s"]), tmp_path / "last.pt")
    found = resume(loads(COSINE), checkpoint=tmp_path / "last.pt").interrupted
    (only,) = found.resumed
    assert (found.at, only.verdict, only.name) == (25, "continues", "scheduler-built-first")
    assert found.origin == str(tmp_path / "last.pt")


@pytest.mark.parametrize("zipped", [True, False])
def test_the_states_may_stand_in_two_files(zipped: bool, tmp_path: Path) -> None:
    """As Transformers saves them; also in the format from before torch 1.6."""
    states = _plain()
    files = [tmp_path / "optimizer.pt", tmp_path / "scheduler.pt"]
    for file, state in zip(files, states.values(), strict=True):
        torch.save(state, file, _use_new_zipfile_serialization=zipped)
    found = resume(loads(COSINE), checkpoint=files).interrupted
    assert (found.at, found.resumed[0].verdict) == (25, "continues")


def test_a_checkpoint_without_a_scheduler_needs_to_be_told_where_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "o.pt"
    torch.save(_plain()["o"], file)
    with pytest.raises(CheckpointError, match="give --at"):
        resume(loads(COSINE), checkpoint=file)
    (only,) = resume(loads(COSINE), 25, checkpoint=file).interrupted.resumed
    assert (only.name, only.verdict, only.errors["lr"].first) == ("optimizer-only", "differs", 26)


def test_between_two_steps_of_a_scheduler_at_says_which_update(tmp_path: Path) -> None:
    """Stepped after each third update, it has the same state for three of them; so has one that is not stepped yet."""
    file = tmp_path / "last.pt"
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    for t in range(7):
        optimizer.step()
        if (t + 1) % 3 == 0:
            scheduler.step()
    torch.save({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, file)
    document = loads(HEAD + "{name: ExponentialLR, gamma: 0.5, frequency: 3}")
    found = resume(document, checkpoint=file)
    assert found.interrupted.at == 6
    assert "from update 6 to 8" in found.warnings[0]
    for at in (6, 7, 8):
        (only,) = resume(document, at, checkpoint=file).interrupted.resumed
        assert only.verdict == "continues"
    with pytest.raises(UsageError, match="update 6 to 8; give one of these"):
        resume(document, 9, checkpoint=file)


def test_values_that_the_checkpoint_has_otherwise_are_said(tmp_path: Path) -> None:
    states = _plain()
    torch.save(states, tmp_path / "last.pt")
    (only,) = resume(
        loads(COSINE.replace("T_max: 60", "T_max: 80"), source="run.yaml"), checkpoint=tmp_path / "last.pt"
    ).interrupted.resumed
    assert [(one.place, one.field, one.asked, one.kept) for one in only.replaced] == [
        ("run.yaml:3:45", "scheduler.T_max", 80, 60)
    ]


def test_torchs_own_failure_is_a_finding_with_the_way_round(tmp_path: Path) -> None:
    """CyclicLR takes a key out of the state that it loads: a state that was loaded once cannot be loaded again."""
    text = HEAD + "{name: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 5}"
    optimizer = sgd()
    scheduler = torch_schedulers.CyclicLR(optimizer, 0.01, 0.1, 5)
    for _ in range(8):
        optimizer.step()
        scheduler.step()
    state = scheduler.state_dict()
    torch_schedulers.CyclicLR(sgd(), 0.01, 0.1, 5).load_state_dict(state)
    states = {"optimizer": optimizer.state_dict(), "scheduler": state}
    torch.save(states, tmp_path / "last.pt")
    (only,) = resume(loads(text), checkpoint=tmp_path / "last.pt").interrupted.resumed
    assert only.failed == (8, "KeyError: '_scale_fn_custom'")
    assert 'state.setdefault("_scale_fn_custom", None)' in only.remedy
    state.setdefault("_scale_fn_custom", None)
    torch.save(states, tmp_path / "mended.pt")
    (mended,) = resume(loads(text), checkpoint=tmp_path / "mended.pt").interrupted.resumed
    assert mended.verdict == "continues"


class Code:
    """What runs when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.file),)


def _unsafe(folder: Path) -> bytes:
    stream = io.BytesIO()
    torch.save({"optimizer": _plain()["o"], "hook": Code(folder / "ran")}, stream)
    return stream.getvalue()


def _saved(value: Any) -> bytes:
    stream = io.BytesIO()
    torch.save(value, stream)
    return stream.getvalue()


def _with(change: Callable[[dict[str, Any]], None]) -> bytes:
    states = _plain()
    change(states)
    return _saved(states)


BAD: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "code": (_unsafe, r"holds more than tensors and plain values, such as .*none of it was run"),
    "a pickle": (lambda folder: pickle.dumps(Code(folder / "ran")), "not a file of torch.save"),
    "whole objects": (lambda _: _saved({"optimizer": trained()[0]}), "could run code; refused"),
    "empty": (lambda _: b"", "not a file of torch.save; it is empty"),
    "a text": (lambda _: COSINE.encode(), "not a file of torch.save"),
    "cut short": (lambda _: _saved(_plain())[:900], "broken, or cut short"),
    "weights alone": (
        lambda _: _saved({"w": torch.ones(3), "b": torch.ones(1)}),
        r"no state of an optimizer .*its keys are w, b",
    ),
    "a number": (lambda _: _saved(3), "it is not a mapping"),
    "another optimizer": (lambda _: _saved(sgd().state_dict()), "not a state of AdamW.*it is a state of SGD"),
    "no optimizer of torch": (lambda _: _saved({"param_groups": [{"lr": 0.1}]}), "not a state of AdamW.*it has lr"),
    "no lr": (lambda _: _saved({"param_groups": [{"lr": "x"}]}), "without a number for lr"),
    "other groups": (
        lambda _: _with(lambda s: s["o"]["param_groups"].append(s["o"]["param_groups"][0])),
        "2 parameter groups .*has 1",
    ),
    "two schedulers": (
        lambda _: _saved({**_plain(), "other": _plain()["s"]}),
        "2 states under s, other; the document has 1 scheduler",
    ),
    "two optimizers": (
        lambda _: _saved({"a": _plain()["o"], "b": _plain()["o"]}),
        "2 states under a, b; the document has one optimizer",
    ),
    "a later run": (lambda _: _with(lambda s: s["s"].update(last_epoch=60)), "nothing remains"),
    "a longer run": (lambda _: _with(lambda s: s["s"].update(last_epoch=61)), "stepped 61 times"),
    "no count": (lambda _: _with(lambda s: s["s"].update(last_epoch="x")), "last_epoch is 'x'"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_checkpoint_that_cannot_be_used_is_refused(kind: str, tmp_path: Path) -> None:
    make, told = BAD[kind]
    file = tmp_path / "last.pt"
    file.write_bytes(make(tmp_path))
    with pytest.raises(CheckpointError, match=told) as caught:
        resume(loads(COSINE), checkpoint=file)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "ran").exists()


@examples(60)
@given(data=st.data())
def test_no_broken_checkpoint_is_too_broken(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cut short, overwritten, or with another value somewhere: refused, or reported as what torch raised."""
    file = tmp_path_factory.mktemp("broken") / "last.pt"
    states = _plain()
    whole = _saved(states)
    match data.draw(st.sampled_from(["cut", "bytes", "values"])):
        case "cut":
            file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
        case "bytes":
            at = data.draw(st.integers(0, len(whole) - 9))
            file.write_bytes(whole[:at] + data.draw(st.binary(min_size=8, max_size=8)) + whole[at + 8 :])
        case _:
            value: Any = data.draw(st.sampled_from([None, -1, "x", [], {}, 1e400, torch.ones(2)]))
            part = data.draw(st.sampled_from([states["s"], states["o"]["param_groups"][0]]))
            part[data.draw(st.sampled_from(sorted(part)))] = value
            file.write_bytes(_saved(states))
    with contextlib.suppress(CheckpointError):
        found = resume(loads(COSINE), checkpoint=file)
        assert found.interrupted.resumed[0].verdict in {"continues", "differs", "raises"}


# The picture --------------------------------------------------------------------------------------------


def drawn(found: Interrupted) -> Any:
    return ResumePicture(found).figure


@only_modelled
def test_each_recipe_is_drawn_over_the_uninterrupted_run() -> None:
    found = resume(loads(HEAD + SCHEDULES["SequentialLR"][0]), K).interrupted
    figure = drawn(found)
    panels = [ax for ax in figure.axes if ax.get_gid() != "legend"]
    assert len(panels) == 7
    for ax, one in zip(panels, found.resumed, strict=True):
        lines = {line.get_gid(): np.asarray(line.get_ydata()) for line in ax.lines}
        assert lines["uninterrupted"][:-1].tolist() == found.curves.lr[:, 0].tolist()
        assert lines["resumed"][:-1].tolist() == one.lr[:, 0].tolist()
        (line,) = [line for line in ax.lines if line.get_gid() == "resumed"]
        assert np.asarray(line.get_xdata())[0] == K
        words = {text.get_gid(): text.get_text() for text in ax.texts}
        assert words["recipe"] == one.words
        assert ("continues correctly" in words["told"]) == (one.verdict == "continues")
        if "lr" in one.errors:
            wrong = one.errors["lr"]
            where = "" if wrong.at == wrong.first else f"; at {wrong.at}"
            value, wanted = one.lr[wrong.at - K, 0], found.curves.lr[wrong.at, 0]
            told = f"wrong from {found.curves.unit} {wrong.first}{where}: {short(value)} instead of {short(wanted)}"
            assert " ".join(words["told"].split()).startswith(told)
        beyond = [line for line in ax.lines if line.get_gid() == "beyond"]
        assert [line.get_xdata()[0] for line in beyond] == (
            [K + one.lr.argmax() + 0.5] if np.nanmax(one.lr) > ax.get_ylim()[1] else []
        )


@only_modelled
def test_no_words_of_the_picture_run_over_another() -> None:
    for name in ("OneCycleLR", "SequentialLR", "CosineAnnealingWarmRestarts"):
        picture = ResumePicture(resume(loads(HEAD + SCHEDULES[name][0]), K).interrupted)
        picture.pixels()
        assert picture.faults() == []


# The command --------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "run.yaml").write_text(HEAD + SCHEDULES["SequentialLR"][0], encoding="utf-8")
    (tmp_path / "cosine.yaml").write_text(COSINE, encoding="utf-8")
    torch.save(_plain(), tmp_path / "last.pt")
    (tmp_path / "evil.pt").write_bytes(_unsafe(tmp_path))
    return tmp_path


@only_modelled
def test_the_command_writes_picture_table_json_and_csv(here: Path, ended: Ended) -> None:
    done = ended("resume", "run.yaml", "--at", str(K), "--json", "r.json", "--csv", "r.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "run-resume.png"
    assert (here / "run-resume.png").read_bytes().startswith(b"\x89PNG")
    record = json.loads((here / "r.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert list(record) == [
        "lrviz", "torch", "name", "source", "unit", "steps", "at", "checkpoint", "groups",
        "crosscheck", "recipes", "warnings",
    ]  # fmt: skip
    assert (record["at"], record["steps"], len(record["groups"][0]["lr"])) == (K, N, N)
    assert [one["name"] for one in record["recipes"]] == [recipe.name for recipe in RECIPES]
    for one in record["recipes"]:
        assert len(one["groups"][0]["lr"]) == N - K
        assert one["verdict"] in {"continues", "differs", "raises"}
        assert re.search(rf"{re.escape(one['verdict'])}", done.stdout)
    assert record["recipes"][0]["verdict"] == "continues"
    first = record["recipes"][1]["errors"]["lr"]["first"]
    assert first == K
    header, *rows = csv.reader(io.StringIO((here / "r.csv").read_text(encoding="utf-8")))
    assert header == ["recipe", "group", "t", "lr", "momentum", "beta1", "weight_decay"]
    assert len(rows) == N + 7 * (N - K)
    assert [row[2] for row in rows if row[0] == "nothing"] == [str(t) for t in range(K, N)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run.yaml"], "--at is missing"),
        (["run.yaml", "--at", "0"], "--at 0: outside the run of 20 updates"),
        (["run.yaml", "--at", "20"], "give 1 to 19"),
        (["run.yaml", "--at", "-3"], "--at -3: outside"),
        (["run.yaml", "--at", "soon"], "--at soon: a length is a number of ticks"),
        (["none.yaml", "--at", "3"], "none.yaml: no such file"),
        (["run.yaml", "--at", "3", "--with", "none.yaml"], "none.yaml: no such file"),
        (["cosine.yaml", "--checkpoint", "none.pt"], "none.pt: no such file"),
        (["cosine.yaml", "--checkpoint", "."], "a folder"),
        (["cosine.yaml", "--checkpoint", "evil.pt"], "none of it was run"),
        (["run.yaml", "--checkpoint", "last.pt"], "not a state of SGD"),
        (["cosine.yaml", "--checkpoint", "last.pt", "--at", "7"], "--at 7: the checkpoint is at update 25"),
        (["run.yaml", "--at", "3", "-o", "nowhere/x.png"], "no such folder"),
        (["run.yaml", "--at", "3", "-o", "x.gif"], "not .gif"),
        (["run.yaml", "--at", "3", "--set", "epochs=20,30"], "makes 2 schedules"),
        (["run.yaml", "--at", "3", "--json", "-", "--csv", "-"], "stdout carries one of them"),
        (["cosine.yaml", "--checkpoint", "last.pt", "--json", "last.pt"], "already read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_input_is_exit_code_2_and_writes_nothing(
    ended: Ended, arguments: list[str], words: str, here: Path
) -> None:
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    code, _, err = ended("resume", *arguments)
    assert code == 2
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert {path.name: path.read_bytes() for path in here.iterdir()} == before


@only_modelled
def test_the_api_mirrors_the_command(tmp_path: Path) -> None:
    document = loads(COSINE)
    found = lrviz.resume(document, 30)
    assert found.to_json()["recipes"][0]["verdict"] == "continues"
    assert found.plot().axes
    assert found._repr_png_().startswith(b"\x89PNG")
    assert isinstance(found, lrviz.Resumption)


# The order of the loop ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "ReduceLROnPlateau"])
def test_stepping_the_scheduler_first_uses_each_value_one_update_early(name: str) -> None:
    document = loads(HEAD + SCHEDULES[name][0])
    early, right = (lrviz.simulate(document, order=order) for order in ("scheduler-first", "optimizer-first"))
    assert early.verdict.verdict == "agree"
    assert early.curves.lr.shape == right.curves.lr.shape
    assert early.curves.lr[:-1].tolist() == right.curves.lr[1:].tolist()
    assert "is never used" in early.warnings[0]
    optimizer = sgd()
    scheduler = SCHEDULES[name][1](optimizer)
    used = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(N):
            scheduler.step()
            used.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
    assert early.curves.lr[:, 0].tolist() == used


def test_the_two_orders_are_drawn_over_one_another(here: Path, ended: Ended) -> None:
    done = ended("schedule", "cosine.yaml", "--order", "both", "--json", "o.json", "--no-plot")
    assert done.returncode == 0
    assert "scheduler.step() before optimizer.step()" in done.stderr
    right, early = json.loads((here / "o.json").read_text(encoding="utf-8"))["schedules"]
    assert (right["name"], early["name"]) == ("cosine: optimizer first", "cosine: scheduler first")
    assert early["groups"][0]["lr"][:-1] == right["groups"][0]["lr"][1:]
    (only,) = json.loads(ended("schedule", "cosine.yaml", "--order", "scheduler-first", "--json", "-").stdout)[
        "schedules"
    ]
    assert only["groups"] == early["groups"]
    script = ended("schedule", "cosine.yaml", "--order", "scheduler-first", "--code").stdout
    assert script.index("scheduler.step()") < script.index("lrs.append") < script.index("optimizer.step()")
