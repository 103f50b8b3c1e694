"""lr / (1 - momentum) beside a curve, against the sum of what momentum makes of a gradient that stays the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import lrviz
from lrviz.foundation.errors import UsageError
from tests.cli import Ended

ONE_CYCLE = {"name": "OneCycleLR", "max_lr": 0.1, "total_steps": 1000}


@pytest.mark.parametrize(("momentum", "dampening"), [(0.0, 0.0), (0.5, 0.0), (0.9, 0.0), (0.9, 0.3)])
def test_a_gradient_that_stays_the_same_ends_up_with_the_effective_lr(momentum: float, dampening: float) -> None:
    sgd: dict[str, Any] = {"lr": 0.01, "momentum": momentum, "dampening": dampening}
    weight = torch.nn.Parameter(torch.zeros((), dtype=torch.float64))
    optimizer = torch.optim.SGD([weight], **sgd)
    weight.grad = torch.ones_like(weight)
    for _ in range(300):
        before = float(weight.detach())
        optimizer.step()
    found = lrviz.simulate(
        {"steps": 5, "interval": "step", "optimizer": {"name": "SGD", **sgd}},
        engine="reference",
        params=["effective_lr"],
    )
    # The first step takes the whole gradient, whatever the dampening: that is forgotten by now.
    assert found.curves.params["effective_lr"] == pytest.approx(before - float(weight.detach()))


def test_a_momentum_that_varies_counts_where_it_stands(ended: Ended) -> None:
    document = {
        "steps": 1000,
        "interval": "step",
        "optimizer": {"name": "SGD", "momentum": 0.9},
        "scheduler": ONE_CYCLE,
    }
    found = lrviz.simulate(document, engine="reference", params=["effective_lr", "momentum"]).curves
    assert np.array_equal(found.params["effective_lr"], found.lr / (1 - found.params["momentum"]))
    words = (
        "OneCycleLR:max_lr=0.1:total_steps=40",
        "--steps",
        "40",
        "--engine",
        "reference",
        "--param",
        "effective_lr",
    )
    done = ended("schedule", *words, "--json", "-", "--no-plot")
    assert (done.returncode, '"effective_lr":' in done.stdout.replace(" ", "")) == (0, True)


def test_what_sums_no_gradients_has_no_effective_lr(ended: Ended) -> None:
    adam = {"steps": 5, "interval": "step", "optimizer": {"name": "Adam"}}
    with pytest.raises(UsageError, match=r"effective_lr: .*: Adam has no momentum that sums up gradients"):
        lrviz.simulate(adam, engine="reference", params=["effective_lr"])
    done = ended("schedule", "StepLR:step_size=3", "--epochs", "9", "--param", "effectve_lr", "--no-plot")
    assert (done.returncode, "did you mean effective_lr?" in done.stderr) == (2, True)
