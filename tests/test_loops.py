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
from lrviz.engines.compare.schedule import compare
from lrviz.engines.real import schedule as pytorch
from lrviz.engines.real.resume import interrupt
from lrviz.engines.reference import schedule as reference
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.resume import RIGHT, Interruption
from lrviz.language.choices import Order
from lrviz.runs.scripting.script import torch_script
from tests.test_script import printed
from tests.versions import only_modelled

Loop = Callable[[torch.optim.Optimizer], Iterator[float]]

EPOCHS, BATCHES = 4, 5


def lr_of(optimizer: torch.optim.Optimizer) -> float:
    """Update with the current lr, and return it."""
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


# How often, how many times, and from when on -------------------------------------------------------------

HEAD = "epochs: 4\nsteps_per_epoch: 5\ninterval: step\noptimizer: {name: SGD, lr: 0.1}\n"
EVERY_THIRD = HEAD + "scheduler: {name: ExponentialLR, gamma: 0.5, frequency: 3}\n"


def every_third(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    """Lightning's lr_scheduler_config with interval step and frequency 3."""
    scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    for step in range(20):
        yield lr_of(optimizer)
        if (step + 1) % 3 == 0:
            scheduler.step()


PER_PROCESS = HEAD + "scheduler: {name: CosineAnnealingLR, T_max: 4ep, eta_min: 0.01, repeat: 4}\n"


def per_process(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    """accelerate's AcceleratedScheduler on four processes."""
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=4 * 20, eta_min=0.01)
    for _ in range(20):
        yield lr_of(optimizer)
        for _ in range(4):
            scheduler.step()


VALIDATED = """\
epochs: 4
steps_per_epoch: 5
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: LinearLR, start_factor: 0.1, total_iters: 5ba, interval: step}
  - {name: ReduceLROnPlateau, factor: 0.5, patience: 0, start: 1, frequency: 2, interval: step}
metric: {values: [3, 3, 2, 2, 2, 1, 1, 1, 1]}
"""


def every_second_step(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    """A validation every second step, and none of them counts before the third step."""
    warm_up = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=5)
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    losses = iter([3, 3, 2, 2, 2, 1, 1, 1, 1])
    for step in range(20):
        yield lr_of(optimizer)
        warm_up.step()
        if (step + 1) % 2 == 0 and step > 1:
            plateau.step(next(losses))


AFTER_WARM_UP = """\
epochs: 8
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: LinearLR, start_factor: 0.1, total_iters: 3}
  - {name: ReduceLROnPlateau, factor: 0.5, patience: 1, start: 3ep}
metric: {expression: "1"}
"""


def after_warm_up(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    warm_up = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=3)
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    for epoch in range(8):
        yield lr_of(optimizer)
        warm_up.step()
        if epoch > 3:
            plateau.step(1.0)


TWO_PLATEAUS = """\
epochs: 4
steps_per_epoch: 5
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: ReduceLROnPlateau, factor: 0.5, patience: 0, interval: step, frequency: 4}
  - {name: ReduceLROnPlateau, factor: 0.9, patience: 1, repeat: 2, start: 0}
metric: {values: [3, .nan, 2, 2, .nan, 1]}
"""


def two_plateaus(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    """Each plateau takes the losses from the first one on, one a call."""
    often = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    twice = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.9, patience=1)
    losses = [3.0, math.nan, 2.0, 2.0, math.nan, 1.0]
    for_often, for_twice = iter(losses), iter(losses)
    step = 0
    for epoch in range(EPOCHS):
        for _ in range(BATCHES):
            yield lr_of(optimizer)
            step += 1
            if step % 4 == 0:
                often.step(next(for_often))
        if epoch > 0:
            for _ in range(2):
                twice.step(next(for_twice))


WAVES = TWO_PLATEAUS.replace("values: [3, .nan, 2, 2, .nan, 1]", 'expression: "sin(9 * t / ticks)"')


def waves(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    """The metric is a wave over the ticks of each plateau: 5 in all, and 8, of which two come before its start."""
    often = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    twice = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.9, patience=1)
    calls_of_often = calls_of_twice = step = 0
    for epoch in range(EPOCHS):
        for _ in range(BATCHES):
            yield lr_of(optimizer)
            step += 1
            if step % 4 == 0:
                often.step(math.sin(9 * calls_of_often / 5))
                calls_of_often += 1
        if epoch > 0:
            for _ in range(2):
                twice.step(math.sin(9 * calls_of_twice / 8))
                calls_of_twice += 1


# A formula that knows how long the run is, and numbers that are arithmetic ----------------------------------

KNOWN_LENGTH = """\
epochs: 2 * 2
steps_per_epoch: 10 / 2
interval: step
optimizer: {name: SGD, lr: 0.1 * 512 / 256}
scheduler:
  - name: LambdaLR
    lr_lambda: "t / steps_per_epoch if t < steps_per_epoch else 0.5 * (1 + cos(pi * t / ticks)) + epochs / steps"
  - {name: MultiplicativeLR, lr_lambda: "1 - 1 / ticks", frequency: 4, repeat: 2}
  - {name: LambdaLR, lr_lambda: "0.5 ** (epoch / epochs)", interval: epoch}
"""


def known_length(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    optimizer.param_groups[0]["lr"] = 0.1 * 512 / 256

    def shape(step: int) -> float:
        return step / BATCHES if step < BATCHES else 0.5 * (1 + math.cos(math.pi * step / 20)) + EPOCHS / 20

    whole = lr_scheduler.LambdaLR(optimizer, shape)
    less = lr_scheduler.MultiplicativeLR(optimizer, lambda _: 1 - 1 / 10)
    per_epoch = lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5 ** (epoch / EPOCHS))
    for step in range(EPOCHS * BATCHES):
        yield lr_of(optimizer)
        whole.step()
        if (step + 1) % 4 == 0:
            less.step()
            less.step()
        if (step + 1) % BATCHES == 0:
            per_epoch.step()


# Accumulation, the scheduler stepped after every batch ----------------------------------------------------

ACCUMULATED = """\
epochs: 3
batches_per_epoch: 10
grad_accumulation: 4
interval: batch
optimizer: {name: SGD, lr: 0.1}
scheduler:
  - {name: LinearLR, start_factor: 0.01, total_iters: 2ep}
  - {name: ExponentialLR, gamma: 0.9, interval: step, frequency: 2}
  - {name: StepLR, step_size: 1, gamma: 0.5, interval: epoch}
"""


def accumulated(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    """The last two batches of an epoch make an update of their own."""
    per_batch = lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=20)
    per_update = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    per_epoch = lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    updates = 0
    for _ in range(3):
        for batch in range(10):
            update = (batch + 1) % 4 == 0 or batch + 1 == 10
            if update:
                yield lr_of(optimizer)
                updates += 1
            per_batch.step()
            if update and updates % 2 == 0:
                per_update.step()
        per_epoch.step()


def remainder_dropped(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    """The last two batches of an epoch are computed, counted by the scheduler, and thrown away."""
    per_batch = lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=20)
    per_update = lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    per_epoch = lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    updates = 0
    for _ in range(3):
        for batch in range(10):
            update = (batch + 1) % 4 == 0
            if update:
                yield lr_of(optimizer)
                updates += 1
            per_batch.step()
            if update and updates % 2 == 0:
                per_update.step()
        per_epoch.step()


# The loop of torch's page on CosineAnnealingWarmRestarts --------------------------------------------------

FRACTIONAL = HEAD.replace("interval: step\n", "") + (
    "scheduler: {name: CosineAnnealingWarmRestarts, T_0: 1, T_mult: 2, eta_min: 0.01, fractional: true}\n"
)


def fractional(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=1, T_mult=2, eta_min=0.01)
    iters = 5
    for epoch in range(4):
        for i in range(iters):
            yield lr_of(optimizer)
            scheduler.step(epoch + i / iters)


def no_scheduler(optimizer: torch.optim.Optimizer) -> Iterator[float]:
    for _ in range(20):
        yield lr_of(optimizer)


LOOPS: dict[str, tuple[str, Loop, Order]] = {
    "frequency": (EVERY_THIRD, every_third, "optimizer-first"),
    "repeat": (PER_PROCESS, per_process, "optimizer-first"),
    "frequency and start": (VALIDATED, every_second_step, "optimizer-first"),
    "start": (AFTER_WARM_UP, after_warm_up, "optimizer-first"),
    "a metric's nth value at the nth call of each plateau": (TWO_PLATEAUS, two_plateaus, "optimizer-first"),
    "a metric over the ticks of each plateau": (WAVES, waves, "optimizer-first"),
    "the length of the run in formulas": (KNOWN_LENGTH, known_length, "optimizer-first"),
    "interval batch": (ACCUMULATED, accumulated, "optimizer-first"),
    "interval batch, the remainder dropped": (
        ACCUMULATED.replace("interval: batch", "accumulate_remainder: drop\ninterval: batch", 1),
        remainder_dropped,
        "optimizer-first",
    ),
    "fractional": (FRACTIONAL, fractional, "optimizer-first"),
    "no scheduler": (HEAD, no_scheduler, "optimizer-first"),
    "epoch member built first": (MIXED + ASSIGNING + DECAYING, epoch_built_first, "optimizer-first"),
    "step member built first": (MIXED + DECAYING + ASSIGNING, step_built_first, "optimizer-first"),
    "the last epoch is cut short": (
        MIXED.replace("epochs: 4", "steps: 17") + ASSIGNING + DECAYING, cut_short, "optimizer-first",
    ),
    "a plateau next to a warm-up": (WATCHED, plateau_after_the_epoch, "optimizer-first"),
    "averaging": (AVERAGED, averaged, "optimizer-first"),
    "the old loop": (MIXED + DECAYING + ASSIGNING, old_loop, "scheduler-first"),
    "the old loop, cut short": (
        MIXED.replace("epochs: 4", "steps: 17") + ASSIGNING + DECAYING, old_loop_cut_short, "scheduler-first",
    ),
    "the old loop: a plateau next to a warm-up": (WATCHED, plateau_before_the_epoch, "scheduler-first"),
    "the old loop: averaging": (AVERAGED, averaged_in_the_old_loop, "scheduler-first"),
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
    ours = reference.run(document, scheduler_first=early).recording.lr[:, 0]
    assert ours.tolist() == pytest.approx(wanted, rel=1e-12)
    script = printed(torch_script(document, scheduler_first=early))
    assert [float(lr) for _, lr in script] == wanted
    simulation = lrviz.simulate(document, engine="reference", order=order)
    assert simulation.curves.lr[:, 0].tolist() == ours.tolist()


@only_modelled
@each_loop
def test_a_run_that_is_resumed_rightly_goes_on_as_the_loop_does(text: str, loop: Loop, order: Order) -> None:
    wanted, laid = run(loop), plan(lrviz.document(text=text), scheduler_first=order == "scheduler-first")
    for at in (3, 5, min(11, len(wanted) - 1)):
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


def test_a_hyperparameter_of_its_own_schedule() -> None:
    """As DINO schedules its weight decay: in torch the lr of a second optimizer, written over."""
    document = lrviz.document(
        text="""\
epochs: 10
optimizer: {name: AdamW, lr: 0.1, weight_decay: 0.04, betas: [0.9, 0.999]}
scheduler:
  - {name: CosineAnnealingLR, T_max: 10}
  - {name: CosineAnnealingLR, T_max: 10, eta_min: 0.4, param: weight_decay}
  - {name: LinearLR, start_factor: 0.5, total_iters: 4, param: beta1}
"""
    )
    weight_decay, beta1 = ([torch.nn.Parameter(torch.zeros(1))] for _ in range(2))
    decays, betas = torch.optim.SGD(weight_decay, lr=0.04), torch.optim.SGD(beta1, lr=0.9)
    schedulers = [
        lr_scheduler.CosineAnnealingLR(decays, T_max=10, eta_min=0.4),
        lr_scheduler.LinearLR(betas, start_factor=0.5, total_iters=4),
    ]
    wanted = []
    for _ in range(10):
        wanted.append((lr_of(decays), lr_of(betas)))
        for scheduler in schedulers:
            scheduler.step()
    ours, theirs = reference.run(document).recording, pytorch.run(plan(document))
    assert compare(ours, theirs, ("0",)).verdict == "agree"
    found = zip(theirs.params["weight_decay"][:, 0].tolist(), theirs.params["beta1"][:, 0].tolist(), strict=True)
    assert list(found) == wanted
    assert [tuple(map(float, values[2:])) for values in printed(torch_script(document))] == wanted
