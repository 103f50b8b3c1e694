"""Training loops that are right, and the same with one fault; each notes what its updates are made with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from hypothesis import strategies as st
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

Build = Callable[[Optimizer, int], Any]
"""From an optimizer and a number of ticks to a scheduler that is right for them."""

SCHEDULERS: dict[str, Build] = {
    "cosine": CosineAnnealingLR,
    "linear": lambda it, ticks: LinearLR(it, 1.0, 0.0, ticks),
    "polynomial": lambda it, ticks: PolynomialLR(it, ticks, power=2.0),
    "one cycle": lambda it, ticks: OneCycleLR(it, 0.3, total_steps=ticks + 1, cycle_momentum=False),
    "steps": lambda it, ticks: StepLR(it, max(1, ticks // 3), gamma=0.5),
    "milestones": lambda it, ticks: MultiStepLR(it, [ticks // 2, 3 * ticks // 4], gamma=0.5),
    "exponential": lambda it, _: ExponentialLR(it, 0.99),
    "lambda": lambda it, _: LambdaLR(it, lambda t: 1 / (1 + t)),
    "restarts": lambda it, ticks: CosineAnnealingWarmRestarts(it, max(1, ticks // 3)),
    "cycles": lambda it, ticks: CyclicLR(it, 0.01, 0.1, max(1, ticks // 4), cycle_momentum=False),
    "warm-up, cosine": lambda it, ticks: SequentialLR(
        it, [LinearLR(it, 0.1, total_iters=2), CosineAnnealingLR(it, ticks - 2)], [2]
    ),
    "warm-up, constant": lambda it, _: LinearLR(it, 0.1, total_iters=3),
    "warm-up with decay": lambda it, _: ChainedScheduler([LinearLR(it, 0.1, total_iters=3), ExponentialLR(it, 0.95)]),
    "plateau": lambda it, _: ReduceLROnPlateau(it, patience=3),
}
ENDS = ("cosine", "linear", "polynomial")
ASSIGN = ("lambda", "restarts", "cycles")
JOINED = ("steps", "exponential", "milestones")
FITS = {
    "ticks-per-update": tuple(set(SCHEDULERS) - {"one cycle"}),
    "scheduler-first": tuple(SCHEDULERS),
    "cadence": (*ENDS, "one cycle"),
    "horizon": (*ENDS, "milestones"),
    "other-optimizer": tuple(SCHEDULERS),
    "added-group": JOINED,
    "not-restored": tuple(SCHEDULERS),
    "overwritten": ASSIGN,
    "skipped-updates": tuple(SCHEDULERS),
    "depends-on-loss": ("plateau",),
}
"""The faults, and the schedulers that they can be planted at."""
WITHOUT = ("none", "by hand", "fractional", "per step and per epoch")
"""Right loops in which no scheduler of the table is stepped once at a time."""


@dataclass(frozen=True)
class Loop:
    """A loop. ends: ticks more or fewer at its end; beside: a second optimizer; resumed: how, in the middle of it."""

    scheduler: str
    optimizer: str = "SGD"
    groups: int = 1
    epochs: int = 10
    per_epoch: int = 5
    per_step: bool = False
    ends: int = 0
    beside: bool = False
    resumed: str = ""
    fault: str = ""
    other_way: bool = False

    @property
    def updates(self) -> int:
        """The updates of the first optimizer."""
        return self.epochs * self.per_epoch

    @property
    def ticks(self) -> int:
        """How often its scheduler should be stepped."""
        return self.updates if self.per_step else self.epochs

    @property
    def length(self) -> int:
        """The ticks that its scheduler is built for."""
        if self.fault == "cadence":
            return self.epochs if self.per_step else self.updates
        if self.fault == "horizon":
            return self.ticks // 2 if self.other_way and self.scheduler == "cosine" else 2 * self.ticks
        return self.ticks


@dataclass
class Noted:
    """What the loop notes: lr of each group at each update, of each optimizer in each process."""

    lr: dict[tuple[int, int], list[list[float]]] = field(default_factory=dict)


@st.composite
def loops(draw: st.DrawFn, *, faulty: bool) -> Loop:
    """Draw a loop that is right, or has one fault."""
    fault = draw(st.sampled_from(sorted(FITS))) if faulty else ""
    scheduler = draw(st.sampled_from(sorted(FITS[fault]) if fault else [*SCHEDULERS, *WITHOUT]))
    per_step = scheduler not in {"plateau", *WITHOUT} and draw(st.booleans())
    other_way = draw(st.booleans())
    if fault == "cadence" and scheduler == "one cycle":
        # Beyond its end it raises.
        per_step = False
    resumable = scheduler not in WITHOUT and fault in {"", "not-restored"}
    return Loop(
        scheduler=scheduler,
        optimizer=draw(st.sampled_from(["SGD", "AdamW"])),
        groups=draw(st.integers(1, 3)),
        epochs=draw(st.integers(8, 12)),
        per_epoch=draw(st.integers(10, 12) if fault == "cadence" else st.integers(4, 7)),
        per_step=per_step or fault == "skipped-updates",
        ends=draw(st.sampled_from([-1, 0, 1])) if not fault else 0,
        beside=draw(st.booleans()),
        resumed="states" if fault == "not-restored" else draw(st.sampled_from(["", "states"])) if resumable else "",
        fault=fault,
        other_way=other_way,
    )


def parts(loop: Loop) -> Iterator[Callable[[Noted], None]]:
    """Give the processes of a loop, one after another."""
    saved: dict[str, Any] = {}
    half = loop.epochs // 2
    ranges = [range(half), range(half, loop.epochs)] if loop.resumed else [range(loop.epochs)]
    for number, epochs in enumerate(ranges):
        yield lambda noted, number=number, epochs=epochs: Process(loop, noted, number).run(epochs, saved)  # type: ignore[misc]


class Process:
    """One process of a loop."""

    def __init__(self, loop: Loop, noted: Noted, number: int) -> None:
        self.loop, self.noted, self.number = loop, noted, number
        torch.manual_seed(0)
        self.weights = [torch.nn.Parameter(torch.randn(2)) for _ in range(loop.groups)]
        self.optimizer = self.built()
        build = SCHEDULERS.get(loop.scheduler)
        self.scheduler = None if build is None else build(self.optimizer, loop.length)
        self.warm_up = None
        if loop.scheduler == "per step and per epoch":
            self.warm_up = LinearLR(self.optimizer, 0.1, total_iters=loop.per_epoch)
            self.scheduler = CosineAnnealingLR(self.optimizer, loop.epochs)
        self.fractional = CosineAnnealingWarmRestarts(self.optimizer, 3) if loop.scheduler == "fractional" else None
        self.other = SGD([torch.nn.Parameter(torch.randn(2))], lr=0.05)
        self.other_scheduler = StepLR(self.other, 3) if loop.beside else None
        if loop.fault == "other-optimizer":
            self.optimizer = self.built()
        self.scaler = torch.amp.GradScaler("cpu", init_scale=2.0) if loop.fault == "skipped-updates" else None
        self.times = (3 if loop.other_way else 2) if loop.fault == "ticks-per-update" else 1

    def built(self) -> Optimizer:
        """Return a new optimizer of the weights."""
        groups = [{"params": [each]} for each in self.weights]
        return SGD(groups, lr=0.1, momentum=0.9) if self.loop.optimizer == "SGD" else AdamW(groups, lr=0.1)

    @property
    def stateful(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        held = {"optimizer": self.optimizer, "scheduler": self.scheduler}
        if self.other_scheduler is not None:
            held |= {"other": self.other, "other scheduler": self.other_scheduler}
        return {name: each for name, each in held.items() if each is not None}

    def restore(self, saved: dict[str, Any]) -> None:
        """Load what was saved."""
        forgotten = "scheduler" if self.loop.other_way else "optimizer"
        for name, each in self.stateful.items():
            if self.loop.fault != "not-restored" or name != forgotten:
                each.load_state_dict(saved[name])

    def tick(self) -> None:
        """Step the scheduler."""
        for _ in range(self.times if self.scheduler is not None else 0):
            if self.loop.scheduler == "plateau":
                self.scheduler.step(1.0)  # type: ignore[union-attr]
            else:
                self.scheduler.step()  # type: ignore[union-attr]

    def note(self, one: Optimizer) -> None:
        """Note what an update is made with."""
        rows = self.noted.lr.setdefault((self.number, int(one is self.other)), [])
        rows.append([float(group["lr"]) for group in one.param_groups])

    def update(self, one: Optimizer) -> None:
        """Make an update."""
        for group in one.param_groups:
            for each in group["params"]:
                each.grad = torch.randn(2)
        self.note(one)
        one.step()

    def scaled(self, made: int, scaler: torch.amp.GradScaler) -> None:
        """Make an update with GradScaler, which skips some."""
        self.optimizer.zero_grad()
        fails = made % 9 == 4
        loss = torch.stack([each.sum() for each in self.weights]).sum() * (torch.inf if fails else 1.0)
        scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        if not fails:
            self.note(self.optimizer)
        scaler.step(self.optimizer)
        scaler.update()

    def meddle(self, made: int) -> None:
        """Do what the program does to the groups by hand before an update."""
        groups, middle = self.optimizer.param_groups, made == self.loop.updates // 2
        if self.loop.scheduler == "by hand":
            groups[0]["lr"] = 0.1 / (1 + made)
        if self.loop.fault == "overwritten" and middle:
            groups[0]["lr"] = 0.0123
        if self.loop.fault == "added-group" and middle:
            self.optimizer.add_param_group({"params": [torch.nn.Parameter(torch.randn(2))], "lr": 0.5})

    def batch(self, epoch: int, batch: int) -> None:
        """Do what a loop does for a batch."""
        loop, made = self.loop, epoch * self.loop.per_epoch + batch
        first = loop.fault == "scheduler-first"
        if first and loop.per_step:
            self.tick()
        self.meddle(made)
        if self.scaler is None:
            self.update(self.optimizer)
        else:
            self.scaled(made, self.scaler)
        if loop.beside and batch % 2 == 0:
            self.update(self.other)
        if loop.per_step and not first:
            for _ in range(1 + loop.ends if made == loop.updates - 1 else 1):
                self.tick()
        if self.warm_up is not None and epoch == 0:
            self.warm_up.step()
        if self.fractional is not None:
            self.fractional.step(epoch + (batch + 1) / loop.per_epoch)

    def run(self, epochs: range, saved: dict[str, Any]) -> None:
        """Run some epochs, from what was saved, and save."""
        loop = self.loop
        if self.number:
            self.restore(saved)
        first = loop.fault == "scheduler-first"
        for epoch in epochs:
            if first and not loop.per_step:
                self.tick()
            for batch in range(loop.per_epoch):
                self.batch(epoch, batch)
            if not loop.per_step and not first:
                for _ in range(1 + loop.ends if epoch == loop.epochs - 1 else 1):
                    self.tick()
            if self.other_scheduler is not None:
                self.other_scheduler.step()
        saved.update({name: each.state_dict() for name, each in self.stateful.items()})
