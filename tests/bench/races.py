"""Steps of many paths at once: the reference against torch, one start at a time and batched."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch

from lrviz.documents.race import race_document
from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import descend
from lrviz.functions.valleys import Rosenbrock
from lrviz.optimizers.torch.adam import Adam
from lrviz.runs.racing.attempts import Entrant, attempt
from lrviz.runs.racing.terms import Terms
from lrviz.runs.racing.tuning import tune

from .measure import paired, seconds

STARTS, STEPS, LR = 10_000, 500, 0.01
SAMPLE = 200
"""Steps of the one-start loop: each costs the same."""

FUNCTION = Rosenbrock()


def starts() -> np.ndarray:
    return np.random.default_rng(0).uniform(-2, 2, (2, STARTS))


def torch_steps(points: np.ndarray, steps: int) -> float:
    """Return the seconds of Adam's steps in torch on one tensor [2, paths]."""
    x = torch.tensor(points, requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=LR, foreach=False)

    def step() -> None:
        optimizer.zero_grad()
        FUNCTION.value(x[0], x[1], torch).sum().backward()
        optimizer.step()

    step()  # The first step imports what torch compiles with; it belongs to no step.

    def run() -> None:
        for _ in range(steps):
            step()

    return seconds(run)


def compare(pairs: int) -> dict[str, tuple[float, float]]:
    """Return, for each way of using torch, nanoseconds of a path's step there and in the reference (medians)."""
    many, optimizer = starts(), Adam(lr=LR)
    control = Control(np.array([[LR]]))

    def reference() -> float:
        return 1e9 * seconds(lambda: descend(FUNCTION, optimizer, many, control, STEPS)) / (STARTS * STEPS)

    def batched() -> float:
        return 1e9 * torch_steps(many, STEPS) / (STARTS * STEPS)

    def alone() -> float:
        return 1e9 * torch_steps(many[:, 0], SAMPLE) / SAMPLE

    reference()
    return {
        "torch, one start at a time": paired(alone, reference, pairs),
        "torch, all starts in one tensor": paired(batched, reference, pairs),
    }


def protocol_seconds() -> float:
    """Return the seconds of tuning one optimizer on one function and judging it from the held-out starts."""
    terms = Terms.of(race_document(["adam"], {"fn": "rosenbrock"}))
    judge = terms.judge
    assert judge is not None

    def run() -> None:
        tuned = tune(Adam(), judge, terms.start, terms.steps, terms.protocol)
        attempt(Entrant(Adam(lr=tuned.lr), None), terms)

    return min(seconds(partial(run)) for _ in range(3))
