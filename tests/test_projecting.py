"""The rest of a run, projected: it is what the longer run gives, and is left out where that is not certain."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import SGD, AdamW, Optimizer, lr_scheduler

import lrviz
from lrviz.recorder.probe.lrviz_probe.hooks import Hooks
from lrviz.recorder.probe.lrviz_probe.watch import Watch
from lrviz.recorder.read import read
from lrviz.results import RecordedOptimizer
from lrviz.runs.projecting import projected, why_not
from lrviz.runs.recorded import simulations
from tests.loops import parameter

Loop = Iterator[None]
"""A training loop that yields after each update, and its ticks."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Loops in the wrong order are among these."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def sgd(*lrs: float, **options: Any) -> SGD:
    return SGD([{"params": [parameter()], "lr": lr} for lr in lrs or (0.1,)], lr=0.1, **options)


def each_update(optimizer: Optimizer, *schedulers: Any, repeat: int = 1) -> Loop:
    while True:
        optimizer.step()
        for scheduler in schedulers:
            for _ in range(repeat):
                scheduler.step()
        yield


def first(optimizer: Optimizer, scheduler: Any) -> Loop:
    while True:
        scheduler.step()
        optimizer.step()
        yield


def epochs(optimizer: Optimizer, by_epoch: Any, by_update: Any = None, long: int = 7) -> Loop:
    """Step one scheduler after each epoch, another after each update."""
    while True:
        for index in range(long):
            optimizer.step()
            if by_update is not None:
                by_update.step()
            if index == long - 1:
                by_epoch.step()
            yield


def accumulated(optimizer: Optimizer, scheduler: Any) -> Loop:
    """Step the scheduler after each of three micro-batches."""
    while True:
        for index in range(3):
            if index == 2:
                optimizer.step()
            scheduler.step()
        yield


def scaled(optimizer: Optimizer, scheduler: Any) -> Loop:
    """Step the scheduler after updates that GradScaler skips, too."""
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
    for index in count():
        skips = index in {0, 1, 5}
        for each in optimizer.param_groups[0]["params"]:
            each.grad = None
            scaler.scale((each * (torch.inf if skips else 1.0)).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()
        if not skips:
            yield


def warmed_up(optimizer: Optimizer) -> Any:
    warm_up = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=20)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, 100, eta_min=1e-4)
    return lr_scheduler.SequentialLR(optimizer, [warm_up, cosine], [20])


def as_transformers(now: int, *, num_warmup_steps: int, num_training_steps: int) -> float:
    if now < num_warmup_steps:
        return float(now) / float(max(1, num_warmup_steps))
    progress = float(now - num_warmup_steps) / float(max(1, num_training_steps - num_warmup_steps))
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * progress)))


def partly(optimizer: Optimizer) -> Any:
    from functools import partial

    own = partial(as_transformers, num_warmup_steps=10, num_training_steps=120)
    return lr_scheduler.LambdaLR(optimizer, own)


class Own(lr_scheduler.LRScheduler):
    """A scheduler of one's own, with a member that it hands over to."""

    def __init__(self, optimizer: Optimizer, total_steps: int, after: Any) -> None:
        self.total_steps, self.after, self.said = total_steps, after, [0]
        super().__init__(optimizer)

    def get_lr(self) -> list[float | torch.Tensor]:
        self.said[0] += 1
        return [base * self._share() for base in self.base_lrs]

    def _share(self) -> float:
        return max(0.0, 1 - self.last_epoch / self.total_steps)


def tensor_lr() -> Loop:
    optimizer = AdamW([parameter()], lr=torch.tensor(0.01), foreach=False)
    return each_update(optimizer, lr_scheduler.CosineAnnealingLR(optimizer, 100))


def built(make: Callable[[Any], Any], run: Callable[..., Loop] = each_update, *lrs: float, **options: Any) -> Loop:
    optimizer = sgd(*lrs, momentum=0.9)
    return run(optimizer, make(optimizer), **options)


def chained(optimizer: Optimizer) -> Loop:
    step = lr_scheduler.CosineAnnealingLR(optimizer, 200, eta_min=1e-3)
    return epochs(optimizer, lr_scheduler.StepLR(optimizer, 2, gamma=0.7), step)


def factors(t: int) -> float:
    return math.pow(0.5, sum(t >= each for each in OPTIONS.drops))


OPTIONS = SimpleNamespace(drops=[30, 60])
COSINE: Callable[[Any], Any] = lambda it: lr_scheduler.CosineAnnealingLR(it, 100, eta_min=1e-4)  # noqa: E731
STEP: Callable[[Any], Any] = lambda it: lr_scheduler.StepLR(it, 15, gamma=0.5)  # noqa: E731

PROJECTED: dict[str, tuple[Callable[[], Loop], int, int | None]] = {
    "StepLR": (lambda: built(STEP), 150, 150),
    "cosine": (lambda: built(COSINE), 100, None),
    "OneCycle": (lambda: built(lambda it: lr_scheduler.OneCycleLR(it, 0.3, total_steps=120)), 120, None),
    "Sequential": (lambda: built(warmed_up), 120, None),
    "of one's own": (lambda: built(lambda it: Own(it, 110, None)), 110, None),
    "exponential": (lambda: built(lambda it: lr_scheduler.ExponentialLR(it, 0.97)), 90, 90),
    "milestones": (lambda: built(lambda it: lr_scheduler.MultiStepLR(it, [60, 90])), 99, None),
    "polynomial": (lambda: built(lambda it: lr_scheduler.PolynomialLR(it, 130, 2.0)), 130, None),
    "cycles": (lambda: built(lambda it: lr_scheduler.CyclicLR(it, 0.01, 0.2, 40, mode="exp_range")), 80, None),
    "warm restarts": (lambda: built(lambda it: lr_scheduler.CosineAnnealingWarmRestarts(it, 20, 2)), 60, None),
    "multiplicative": (lambda: built(lambda it: lr_scheduler.MultiplicativeLR(it, lambda t: 0.99)), 80, 80),
    "lambda": (lambda: built(lambda it: lr_scheduler.LambdaLR(it, lambda t: 1 / (1 + math.sqrt(t)))), 90, 90),
    "a function that reads options": (lambda: built(lambda it: lr_scheduler.LambdaLR(it, factors)), 90, 90),
    "transformers' way": (lambda: built(partly), 120, None),
    "several groups": (lambda: built(COSINE, each_update, 0.1, 0.02, 0.3), 100, None),
    "chained, per step and per epoch": (lambda: chained(sgd()), 200, None),
    "per epoch": (lambda: built(lambda it: lr_scheduler.CosineAnnealingLR(it, 20), epochs), 140, None),
    "one epoch": (lambda: built(lambda it: lr_scheduler.CosineAnnealingLR(it, 5), epochs, long=30), 150, None),
    "repeated": (lambda: built(COSINE, each_update, repeat=2), 50, None),
    "accumulated": (lambda: built(lambda it: lr_scheduler.CosineAnnealingLR(it, 300), accumulated), 100, None),
    "scheduler first": (lambda: built(COSINE, first), 99, None),
    "skipped updates": (lambda: built(COSINE, scaled), 97, None),
    "first of an epoch, seen twice": (lambda: built(STEP, first_of_epoch, long=30), 150, 150),
    "a tensor lr": (tensor_lr, 100, None),
}  # fmt: skip


def seen(make: Callable[[], Loop], updates: int, until: int | None = None) -> RecordedOptimizer:
    with lrviz.recording(until=until) as run:
        loop = make()
        for _ in range(updates):
            next(loop)
    (one,) = run.recorded.optimizers
    return one


@pytest.mark.parametrize(("make", "length", "until"), PROJECTED.values(), ids=PROJECTED)
@pytest.mark.parametrize("updates", [43])
@pytest.mark.slow
def test_the_projection_is_what_the_run_would_give(
    make: Callable[[], Loop], length: int, until: int | None, updates: int
) -> None:
    short = seen(make, updates, until)
    found = projected(short)
    assert found is not None, why_not(short) or short.continuation
    whole = seen(make, length)
    lr = np.stack([group.lr for group in whole.groups], axis=1)
    assert len(found.lr) == length - updates
    np.testing.assert_allclose(found.lr, lr[updates:], rtol=1e-12, atol=0)
    for name in {"momentum", "beta1"} & found.params.keys():
        params = np.stack([group.params[name] for group in whole.groups], axis=1)
        np.testing.assert_allclose(found.params[name], params[updates:], rtol=1e-12, atol=0)


def with_state() -> Callable[[int], float]:
    count = 0

    def factor(t: int) -> float:
        nonlocal count
        count += 1
        return 1 / count

    return factor


def appended() -> Callable[[int], float]:
    found: list[int] = []

    def factor(t: int) -> float:
        found.append(t)
        return 1 / len(found)

    return factor


def changed() -> Loop:
    """Change what the schedule reads."""
    state = {"factor": 1.0}
    for update in each_update_of(lambda t: state["factor"]):
        state["factor"] *= 0.9
        yield update


def each_update_of(factor: Callable[[int], float]) -> Loop:
    return built(lambda it: lr_scheduler.LambdaLR(it, factor))


def printed(t: int) -> float:
    print(t)
    return 1.0


def plateau(optimizer: Optimizer) -> Loop:
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer)
    while True:
        optimizer.step()
        scheduler.step(1.0)
        yield


def by_hand(optimizer: Optimizer) -> Loop:
    for update, _ in enumerate(each_update(optimizer, STEP(optimizer))):
        if update == 20:
            optimizer.param_groups[0]["lr"] = 0.5
        yield


def uneven(optimizer: Optimizer) -> Loop:
    scheduler = COSINE(optimizer)
    for update in range(1000):
        optimizer.step()
        if update % 5 in {1, 2}:
            scheduler.step()
        yield


def early_stop(optimizer: Optimizer) -> Loop:
    scheduler = COSINE(optimizer)
    for update in range(1000):
        optimizer.step()
        if update < 20:
            scheduler.step()
        yield


def not_yet(optimizer: Optimizer) -> Loop:
    return epochs(optimizer, STEP(optimizer), COSINE(optimizer), long=500)


def parts_of_epochs(optimizer: Optimizer) -> Loop:
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 2)
    for update in range(1000):
        optimizer.step()
        scheduler.step(update / 7)
        yield


def first_of_epoch(optimizer: Optimizer, scheduler: Any, long: int) -> Loop:
    for update in count():
        if not update % long:
            scheduler.step()
        optimizer.step()
        yield


def late_group(optimizer: Optimizer) -> Loop:
    scheduler = COSINE(optimizer)
    for update in range(1000):
        if update == 20:
            optimizer.add_param_group({"params": [parameter()], "lr": 0.05})
        optimizer.step()
        scheduler.step()
        if update == 30:
            optimizer.param_groups[0]["lr"] = 0.5
        yield


NOT_PROJECTED: dict[str, tuple[Callable[[], Loop], str]] = {
    "a plateau": (lambda: plateau(sgd()), "ReduceLROnPlateau watches the loss"),
    "a function with a state": (lambda: each_update_of(with_state()), "factor keeps a state of its own, count"),
    "a list that grows": (lambda: each_update_of(appended()), "changed"),
    "a function whose data change": (changed, "was changed by the program"),
    "a function that prints": (lambda: each_update_of(printed), "printed calls print"),
    "random numbers": (lambda: each_update_of(lambda t: float(np.random.rand())), "its function draws random numbers"),
    "an lr set by hand": (lambda: by_hand(sgd()), "the program sets the lr itself, as at update 21"),
    "an lr set by hand after a group was added": (lambda: late_group(sgd()), "sets the lr itself, as at update 31"),
    "parts of epochs": (lambda: parts_of_epochs(sgd()), "CosineAnnealingWarmRestarts is passed how far the run is,"),
    "an uneven pace": (lambda: uneven(sgd()), "CosineAnnealingLR is not stepped at a steady pace"),
    "a scheduler that is done": (lambda: early_stop(sgd()), "CosineAnnealingLR is not stepped any longer"),
    "one that is not stepped yet": (lambda: not_yet(sgd()), "StepLR has not been stepped"),
    "no end": (lambda: built(STEP), "StepLR states no end; --until N gives one"),
}


@pytest.mark.parametrize(("make", "reason"), NOT_PROJECTED.values(), ids=NOT_PROJECTED)
def test_what_cannot_be_certain_is_not_projected(
    make: Callable[[], Loop], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    one = seen(make, 43, None if reason.startswith("StepLR states") else 100)
    assert projected(one) is None
    assert reason in why_not(one)
    assert len(capsys.readouterr().out.split()) <= 44


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (not_yet, "StepLR has not been stepped: it is not known when it will be"),
        (
            lambda it: epochs(it, COSINE(it), long=500),
            "CosineAnnealingLR has not been stepped: it is not known when it will be",
        ),
        (each_update, "no known scheduler sets its lr"),
    ],
)
def test_a_run_that_is_interrupted_says_why_it_is_not_projected(
    make: Callable[[Optimizer], Loop], reason: str, tmp_path: Path
) -> None:
    watch: Any = Watch(  # type: ignore[no-untyped-call]
        str(tmp_path / "run.lrrec"), updates=5
    )
    hooks: Any = Hooks(watch)  # type: ignore[no-untyped-call]
    hooks.optim(torch.optim)
    try:
        with pytest.raises(KeyboardInterrupt, match="--updates"):
            for _ in make(sgd()):
                pass
    finally:
        hooks.remove()
        watch.close()
    (one,) = simulations(read(tmp_path / "run.lrrec"))
    assert f"not projected: {reason}" in one.warnings[0]


def test_the_picture_and_the_data_hold_the_projection() -> None:
    with lrviz.recording() as run:
        loop = built(lambda it: lr_scheduler.OneCycleLR(it, 0.3, total_steps=60), each_update, 0.1)
        for _ in range(20):
            next(loop)
    (simulation,) = run.simulations
    figure = simulation.plot()
    for ax in figure.axes[:2]:
        dashed = {str(line.get_gid()): line for line in ax.get_lines()}
        assert float(np.asarray(dashed["seen"].get_xdata())[-1]) == 20
        assert np.asarray(dashed["projected"].get_xdata())[[0, -1]].tolist() == [20, 60]
        assert dashed["line"].get_linestyle() == "None"
    assert "projected" in {text.get_text() for text in figure.axes[0].texts}
    assert simulation.curves.steps == 20
    (group,) = run.to_json()["optimizers"][0]["groups"]
    assert (len(group["lr"]), len(group["projected"])) == (20, 40)
    assert simulation.to_json()["groups"][0]["projected"] == group["projected"]


def test_what_the_program_itself_varies_beside_the_lr_is_not_projected() -> None:
    with lrviz.recording() as run:
        optimizer = sgd(weight_decay=0.1)
        loop = each_update(optimizer, COSINE(optimizer))
        for _ in range(20):
            next(loop)
            optimizer.param_groups[0]["weight_decay"] *= 1.1
    after = run.simulations[0].curves.projected
    assert after is not None
    assert np.isnan(after.params["weight_decay"]).all()
    assert np.isfinite(after.lr).all()


def test_a_long_way_to_go_takes_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lrviz.recorder.probe.lrviz_probe.projection.SECONDS", 0.05)
    with lrviz.recording(until=10**9) as run:
        loop = built(COSINE)
        for _ in range(20):
            next(loop)
    (simulation,) = run.simulations
    assert "of 1,000,000,000 updates: the limit of 5 seconds was reached" in simulation.warnings[0]
    assert simulation.curves.projected is not None
