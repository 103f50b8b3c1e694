"""Training loops as people write them, in torch alone, and the documents that say the same."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch.optim import lr_scheduler
from torch.optim.swa_utils import SWALR

import lrviz
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.real.resume import interrupt
from lrviz.engines.reference import schedule as reference
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.resume import RIGHT, Interruption
from lrviz.language.choices import Order
from lrviz.runs.script import torch_script
from tests.test_script import printed
from tests.versions import only_modelled

Loop = Callable[[torch.optim.Optimizer], Iterator[float]]

EPOCHS, BATCHES = 4, 5


def lr_of(optimizer: torch.optim.Optimizer) -> float:
    """Update with the lr that stands, and return it."""
    lr: float = optimizer.param_groups[0]["lr"]
    optimizer.step()
    return lr


# Two schedulers, one stepped per batch and one per epoch, in both orders of construction and of the loop ---

MIXED = """\
epochs: 4
steps_per_epoch: 5
optimizer: {name: SGD, lr: 0.1}
scheduler:
"""
ASSIGNING = '  - {name: LambdaLR, lr_lambda: "0.5 ** t", interval: epoch}\n'
DECAYING = "  - {name: ExponentialLR, gamma: 0.9, interval: step}\n"


def halves(epoch: int) -> float:
    return 0.5**epoch


def epoch_built_first(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    per_epoch = lr_scheduler.LambdaLR(optimizer, halves)
    per_step = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    for _ in range(EPOCHS):
        for _ in range(BATCHES):
            yield lr_of(optimizer)
            per_step.step()
        per_epoch.step()


def step_built_first(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    per_step = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    per_epoch = lr_scheduler.LambdaLR(optimizer, halves)
    for _ in range(EPOCHS):
        for _ in range(BATCHES):
            yield lr_of(optimizer)
            per_step.step()
        per_epoch.step()


def old_loop(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    per_step = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    per_epoch = lr_scheduler.LambdaLR(optimizer, halves)
    for _ in range(EPOCHS):
        per_epoch.step()
        for _ in range(BATCHES):
            per_step.step()
            yield lr_of(optimizer)


def old_loop_cut_short(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    per_epoch = lr_scheduler.LambdaLR(optimizer, halves)
    per_step = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    done = 0
    for _ in range(EPOCHS):
        per_epoch.step()
        for _ in range(BATCHES):
            per_step.step()
            yield lr_of(optimizer)
            done += 1
            if done == 17:
                return


def cut_short(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    per_epoch = lr_scheduler.LambdaLR(optimizer, halves)
    per_step = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    done = 0
    for _ in range(EPOCHS):
        for _ in range(BATCHES):
            yield lr_of(optimizer)
            per_step.step()
            done += 1
            if done == 17:
                return
        per_epoch.step()


# A warm-up per batch beside a plateau per epoch, whose metric is lost in between --------------------------

WATCHED = """\
epochs: 4
steps_per_epoch: 5
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: ReduceLROnPlateau, factor: 0.5, patience: 0, interval: epoch}
  - {name: LinearLR, start_factor: 0.1, total_iters: 8, interval: step}
metric: {values: [2.0, .nan, .nan, 1.0]}
"""


def validated(epoch: int) -> float:
    return [2.0, math.nan, math.nan, 1.0][epoch]


def plateau_after_the_epoch(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    warm_up = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=8)
    for epoch in range(EPOCHS):
        for _ in range(BATCHES):
            yield lr_of(optimizer)
            warm_up.step()
        plateau.step(validated(epoch))


def plateau_before_the_epoch(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    warm_up = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=8)
    for epoch in range(EPOCHS):
        plateau.step(validated(epoch))
        for _ in range(BATCHES):
            warm_up.step()
            yield lr_of(optimizer)


# Averaging per epoch beside a member per batch ----------------------------------------------------------

AVERAGED = """\
epochs: 4
steps_per_epoch: 5
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: StepLR, step_size: 1, gamma: 0.5}
  - {name: ExponentialLR, gamma: 0.99, interval: step}
swa: {start: 1, swa_lr: 0.05, anneal_epochs: 2, anneal_strategy: linear}
"""


def averaged(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    per_epoch = lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    per_step = lr_scheduler.ExponentialLR(optimizer, gamma=0.99)
    averaging = SWALR(optimizer, swa_lr=0.05, anneal_epochs=2, anneal_strategy="linear")
    for epoch in range(EPOCHS):
        for _ in range(BATCHES):
            yield lr_of(optimizer)
            if epoch <= 1:
                per_step.step()
        if epoch > 1:
            averaging.step()
        else:
            per_epoch.step()


def averaged_in_the_old_loop(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    per_epoch = lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    per_step = lr_scheduler.ExponentialLR(optimizer, gamma=0.99)
    averaging = SWALR(optimizer, swa_lr=0.05, anneal_epochs=2, anneal_strategy="linear")
    for epoch in range(EPOCHS):
        if epoch > 1:
            averaging.step()
        else:
            per_epoch.step()
        for _ in range(BATCHES):
            if epoch <= 1:
                per_step.step()
            yield lr_of(optimizer)


# What torch takes ---------------------------------------------------------------------------------------

UNSORTED = """\
epochs: 20
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: MultiStepLR, milestones: [15, 3, 15, 0], gamma: 0.5}
"""
UNSORTED_LATER = """\
epochs: 20
optimizer: {name: SGD, lr: 0.1}
scheduler:
  name: SequentialLR
  milestones: [5]
  schedulers:
    - {name: ConstantLR, factor: 0.5, total_iters: 5}
    - {name: MultiStepLR, milestones: [9, 0, 4], gamma: 0.5}
"""
UNDEFINED = """\
epochs: 20
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: ReduceLROnPlateau, factor: 0.5, patience: 1, mode: max, threshold_mode: abs}
metric: {expression: "log(t - 6.5)"}
"""
INFINITE = """\
epochs: 20
optimizer: {name: SGD, lr: 0.1}
scheduler: {name: ReduceLROnPlateau, factor: 0.5, patience: 1, threshold: 2}
metric: {values: [1, .inf, .nan, .inf, .inf, -.inf, -.inf, .inf, .nan, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}
"""


def unsorted(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    scheduler = lr_scheduler.MultiStepLR(optimizer, milestones=[15, 3, 15, 0], gamma=0.5)
    for _ in range(20):
        yield lr_of(optimizer)
        scheduler.step()


def unsorted_later(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    first = lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=5)
    second = lr_scheduler.MultiStepLR(optimizer, milestones=[9, 0, 4], gamma=0.5)
    scheduler = lr_scheduler.SequentialLR(optimizer, [first, second], milestones=[5])
    for _ in range(20):
        yield lr_of(optimizer)
        scheduler.step()


def undefined(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, mode="max", threshold_mode="abs")
    for t in range(20):
        yield lr_of(optimizer)
        scheduler.step(math.log(t - 6.5) if t > 6 else math.nan)


def infinite(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, threshold=2)
    up, down, no = math.inf, -math.inf, math.nan
    for metric in [1, up, no, up, up, down, down, up, no, *[1] * 11]:
        yield lr_of(optimizer)
        scheduler.step(metric)


LOOPS: dict[str, tuple[str, Loop, Order]] = {
    "REVIEW C8: epoch member built first": (MIXED + ASSIGNING + DECAYING, epoch_built_first, "optimizer-first"),
    "REVIEW C8: step member built first": (MIXED + DECAYING + ASSIGNING, step_built_first, "optimizer-first"),
    "REVIEW C8: the last epoch is cut short": (
        MIXED.replace("epochs: 4", "steps: 17") + ASSIGNING + DECAYING, cut_short, "optimizer-first",
    ),
    "REVIEW C8: a plateau beside a warm-up": (WATCHED, plateau_after_the_epoch, "optimizer-first"),
    "REVIEW C8: averaging": (AVERAGED, averaged, "optimizer-first"),
    "REVIEW C7: the old loop": (MIXED + DECAYING + ASSIGNING, old_loop, "scheduler-first"),
    "REVIEW C7: the old loop, cut short": (
        MIXED.replace("epochs: 4", "steps: 17") + ASSIGNING + DECAYING, old_loop_cut_short, "scheduler-first",
    ),
    "REVIEW C7: a plateau beside a warm-up": (WATCHED, plateau_before_the_epoch, "scheduler-first"),
    "REVIEW C7: averaging": (AVERAGED, averaged_in_the_old_loop, "scheduler-first"),
    "milestones out of order": (UNSORTED, unsorted, "optimizer-first"),
    "milestones out of order in a later stage": (UNSORTED_LATER, unsorted_later, "optimizer-first"),
    "a metric whose formula has no value": (UNDEFINED, undefined, "optimizer-first"),
    "a metric that is infinite": (INFINITE, infinite, "optimizer-first"),
}  # fmt: skip


def run(loop: Loop) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    with warnings.catch_warnings():
        # torch warns of the old order, and SequentialLR of what it does itself.
        warnings.simplefilter("ignore")
        return list(loop(optimizer))


each_loop = pytest.mark.parametrize(("text", "loop", "order"), LOOPS.values(), ids=LOOPS.keys())


@only_modelled
@each_loop
def test_both_engines_and_the_script_do_what_the_loop_does(text: str, loop: Loop, order: Order) -> None:
    wanted, early = run(loop), order == "scheduler-first"
    document = lrviz.document(text=text)
    assert pytorch.run(plan(document, scheduler_first=early)).lr[:, 0].tolist() == wanted
    ours = reference.run(document, scheduler_first=early).recording.lr[early:, 0]
    assert ours.tolist() == pytest.approx(wanted, rel=1e-12)
    script = printed(torch_script(document, scheduler_first=early))
    assert [float(lr) for _, lr in script] == wanted
    simulation = lrviz.simulate(document, engine="reference", order=order)
    assert simulation.curves.lr[:, 0].tolist() == ours.tolist()


@only_modelled
@each_loop
def test_a_run_that_is_resumed_rightly_goes_on_as_the_loop_does(text: str, loop: Loop, order: Order) -> None:
    wanted, laid = run(loop), plan(lrviz.document(text=text), scheduler_first=order == "scheduler-first")
    for at in (5, 7, 11):
        (found,) = interrupt(Interruption(laid, at, (RIGHT,)))
        assert found.failed is None
        assert found.recording.lr[:, 0].tolist() == wanted[at:]


@pytest.mark.process
@only_modelled
@pytest.mark.parametrize("name", [name for name in LOOPS if "C8" in name and "plateau" not in name])
def test_a_race_steps_the_members_as_the_loop_does(name: str, tmp_path: Path) -> None:
    text, loop, _ = LOOPS[name]
    (tmp_path / "run.yaml").write_text(text, encoding="utf-8")
    (entry,) = lrviz.race([str(tmp_path / "run.yaml")], fn="quadratic").entries
    assert entry.verdict.verdict == "agree"
    assert entry.trajectory.lr.tolist() == run(loop)
