"""Training loops, generated: what they do, and what they themselves see of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from hypothesis import strategies as st
from torch.optim import Optimizer, lr_scheduler
from torch.optim.swa_utils import SWALR

SCHEDULERS: dict[str, Callable[[Optimizer], Any]] = {
    "StepLR": lambda it: lr_scheduler.StepLR(it, 3, gamma=0.5),
    "CosineAnnealingLR": lambda it: lr_scheduler.CosineAnnealingLR(it, 7, eta_min=1e-4),
    "ExponentialLR": lambda it: lr_scheduler.ExponentialLR(it, 0.9),
    "CosineAnnealingWarmRestarts": lambda it: lr_scheduler.CosineAnnealingWarmRestarts(it, 3, 2),
    "OneCycleLR": lambda it: lr_scheduler.OneCycleLR(it, 0.3, total_steps=1000),
    "CyclicLR": lambda it: lr_scheduler.CyclicLR(it, 0.01, 0.1, 4, cycle_momentum=False),
    "ReduceLROnPlateau": lambda it: lr_scheduler.ReduceLROnPlateau(it, patience=1),
    "LambdaLR": lambda it: lr_scheduler.LambdaLR(it, lambda t: 1 / (1 + t)),
    "SWALR": lambda it: SWALR(it, 0.01, anneal_epochs=4),
    "SequentialLR": lambda it: lr_scheduler.SequentialLR(
        it, [lr_scheduler.LinearLR(it, 0.1, total_iters=3), lr_scheduler.CosineAnnealingLR(it, 9)], [3]
    ),
    "ChainedScheduler": lambda it: lr_scheduler.ChainedScheduler(
        [lr_scheduler.LinearLR(it, 0.1, total_iters=3), lr_scheduler.ExponentialLR(it, 0.95)]
    ),
}
OPTIMIZERS: dict[str, Callable[[Any], Optimizer]] = {
    "SGD": lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.9),
    "AdamW": lambda groups: torch.optim.AdamW(groups, lr=0.01),
    "RMSprop": lambda groups: torch.optim.RMSprop(groups, lr=0.02),
    "Adam with a tensor lr": lambda groups: torch.optim.Adam(groups, lr=torch.tensor(0.01), foreach=False),
}
NOT_FOR_TENSORS = {"OneCycleLR", "CyclicLR", "ReduceLROnPlateau"}


@dataclass(frozen=True)
class Trained:
    """One optimizer of a loop. cadence: updates between ticks; repeat: ticks each time; hand: updates that set lr."""

    optimizer: str
    groups: int
    schedulers: tuple[str, ...]
    cadence: int
    repeat: int
    scheduler_first: bool
    hand: frozenset[int]
    added: int | None


@dataclass
class Seen:
    """What a loop has seen itself: lr and weight decay of each group when each update was made, and the ticks."""

    lr: list[list[float]] = field(default_factory=list)
    weight_decay: list[list[float]] = field(default_factory=list)
    ticks: list[list[int]] = field(default_factory=list)


@st.composite
def trained(draw: st.DrawFn) -> Trained:
    """Draw one optimizer of a loop."""
    optimizer = draw(st.sampled_from(sorted(OPTIMIZERS)))
    fit = sorted(set(SCHEDULERS) - (NOT_FOR_TENSORS if "tensor" in optimizer else set()))
    schedulers = tuple(draw(st.lists(st.sampled_from(fit), max_size=2)))
    joins = not schedulers or set(schedulers) <= {"StepLR", "ExponentialLR"}
    return Trained(
        optimizer=optimizer,
        groups=draw(st.integers(1, 3)),
        schedulers=schedulers,
        cadence=draw(st.integers(1, 4)),
        repeat=draw(st.integers(1, 2)),
        scheduler_first=draw(st.booleans()),
        hand=draw(st.frozensets(st.integers(0, 11), max_size=3)),
        added=draw(st.none() | st.integers(1, 8)) if joins else None,
    )


def parameter() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.randn(2))


def run(loop: list[Trained], updates: int) -> tuple[list[Seen], list[list[float]]]:
    """Run a loop; return what it has seen of each optimizer, and its final parameters."""
    torch.manual_seed(0)
    seen = [Seen() for _ in loop]
    built = []
    for one in loop:
        optimizer = OPTIMIZERS[one.optimizer]([{"params": [parameter()]} for _ in range(one.groups)])
        built.append((optimizer, [SCHEDULERS[name](optimizer) for name in one.schedulers]))
    for own, (_, schedulers) in zip(seen, built, strict=True):
        own.ticks = [[] for _ in schedulers]

    def tick(one: Trained, own: Seen, schedulers: list[Any]) -> None:
        for scheduler, ticks in zip(schedulers, own.ticks, strict=True):
            for _ in range(one.repeat):
                plateau = isinstance(scheduler, lr_scheduler.ReduceLROnPlateau)
                scheduler.step(1.0) if plateau else scheduler.step()
                ticks.append(len(own.lr))

    for update in range(updates):
        for one, own, (optimizer, schedulers) in zip(loop, seen, built, strict=True):
            due = (update + 1) % one.cadence == 0
            if due and one.scheduler_first:
                tick(one, own, schedulers)
            if update == one.added:
                optimizer.add_param_group({"params": [parameter()], "lr": 0.5, "weight_decay": 0.25})
            if update in one.hand:
                optimizer.param_groups[0]["lr"] = 0.001 * (update + 1)
            for group in optimizer.param_groups:
                for each in group["params"]:
                    each.grad = torch.randn(2)
            own.lr.append([float(group["lr"]) for group in optimizer.param_groups])
            own.weight_decay.append([float(group["weight_decay"]) for group in optimizer.param_groups])
            optimizer.step()
            if due and not one.scheduler_first:
                tick(one, own, schedulers)
    ends = [
        [*each.detach().tolist()]
        for optimizer, _ in built
        for group in optimizer.param_groups
        for each in group["params"]
    ]
    return seen, [*ends, torch.randn(3).tolist()]
