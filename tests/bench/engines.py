"""A million steps of warm-up and cosine in one process: the reference, torch stepped, ignite simulated."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable

import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

import lrviz

from .measure import paired, seconds

STEPS = 1_000_000
WARM_UP = STEPS // 100
SAMPLE = STEPS // 10
"""Torch and ignite cost the same at each step, so they are timed over a tenth of the run."""

DOCUMENT = f"""
steps: {STEPS}
interval: step
optimizer: {{name: SGD, lr: 0.1}}
scheduler:
  name: SequentialLR
  milestones: [{WARM_UP}]
  schedulers:
    - {{name: LinearLR, start_factor: 0.01, total_iters: {WARM_UP}}}
    - {{name: CosineAnnealingLR, T_max: {STEPS - WARM_UP}}}
"""


def sgd() -> torch.optim.SGD:
    """Return an optimizer with one parameter and no gradient: its steps cost as little as torch allows."""
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)


def torch_stepped() -> float:
    """Return the seconds of a million steps of the real schedulers, measured over a tenth."""
    optimizer = sgd()
    warm_up = LinearLR(optimizer, start_factor=0.01, total_iters=WARM_UP)
    decay = CosineAnnealingLR(optimizer, T_max=STEPS - WARM_UP)
    scheduler = SequentialLR(optimizer, [warm_up, decay], milestones=[WARM_UP])
    # The first step imports what torch compiles with; it belongs to no step.
    optimizer.step()
    curve = []

    def run() -> None:
        for _ in range(SAMPLE):
            curve.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()

    return seconds(run) * STEPS / SAMPLE


def ignite_simulated() -> float:
    """Return the seconds of a million of ignite's simulated values, measured over a tenth."""
    from ignite.handlers.param_scheduler import (
        ConcatScheduler,
        CosineAnnealingScheduler,
        LinearCyclicalScheduler,
        ParamScheduler,
    )

    optimizer = sgd()
    warm_up = LinearCyclicalScheduler(optimizer, "lr", start_value=0.001, end_value=0.1, cycle_size=2 * WARM_UP)
    decay = CosineAnnealingScheduler(optimizer, "lr", start_value=0.1, end_value=0.0, cycle_size=2 * (STEPS - WARM_UP))
    schedulers: list[ParamScheduler] = [warm_up, decay]

    def run() -> None:
        ConcatScheduler.simulate_values(num_events=SAMPLE, schedulers=schedulers, durations=[WARM_UP])

    return seconds(run) * STEPS / SAMPLE


def compare(pairs: int) -> dict[str, tuple[float, float]]:
    """Return, for each peer by name, the median seconds of the peer and of lrviz's reference."""
    document = lrviz.loads(DOCUMENT)

    def reference() -> float:
        return seconds(lambda: lrviz.simulate(document, engine="reference"))

    reference()  # once for the imports
    peers: dict[str, Callable[[], float]] = {"torch, stepped": torch_stepped}
    if importlib.util.find_spec("ignite") is not None:
        peers["ignite, simulate_values"] = ignite_simulated
    return {name: paired(peer, reference, pairs) for name, peer in peers.items()}
