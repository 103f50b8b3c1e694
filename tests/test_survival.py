"""How long an update survives weight decay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import lrviz
from lrviz.engines.reference.survival import half_life
from lrviz.results import HALF_LIFE
from lrviz.runs.surviving import survived
from tests.cli import Ended

RATES = arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 3)), elements=st.floats(0, 0.9))


@given(RATES, st.integers(1, 3))
def test_the_half_life_is_where_the_weight_of_an_update_is_a_half(taken: np.ndarray, each: int) -> None:
    found = half_life(taken, each)
    some = np.arange(len(taken))[::3]
    assert np.array_equal(half_life(taken, each, some), found[some], equal_nan=True)
    updates = np.repeat(taken, each, axis=0)
    for group in range(taken.shape[1]):
        for row in range(len(taken)):
            weights = np.cumprod(1 - updates[row * each + 1 :, group])
            half = found[row, group]
            if np.isnan(half):
                assert not len(weights) or weights[-1] > 0.5 * (1 - 1e-9)
            else:
                # Between two updates, where the weight crosses a half.
                before, after = int(np.floor(half)), int(np.ceil(half))
                assert (weights[before - 1] if before else 1.0) >= 0.5 * (1 - 1e-9)
                assert weights[max(after, 1) - 1] <= 0.5 * (1 + 1e-9)


def test_the_weight_of_an_update_under_torch() -> None:
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = torch.optim.AdamW([weight], lr=0.1, weight_decay=0.1)
    weight.grad = torch.ones_like(weight)
    optimizer.step()
    first, weight.grad = weight.item(), torch.zeros_like(weight)
    optimizer.state.clear()
    for _ in range(69):
        optimizer.step()
    simulation = lrviz.simulate(
        {"steps": 300, "interval": "step", "optimizer": {"name": "AdamW", "lr": 0.1, "weight_decay": 0.1}},
        engine="reference",
        survival=True,
    )
    half = simulation.curves.params[HALF_LIFE][0, 0]
    assert 68 < half < 69
    assert weight.item() / first == pytest.approx(0.99**69)
    assert simulation.curves.footnote.startswith(
        "An update has lost half its weight to weight decay after 69 of the 300"
    )


@pytest.mark.parametrize(
    ("optimizer", "told"),
    [
        ("{name: Adam, lr: 0.1, weight_decay: 0.1}", "the weight decay of Adam joins the gradient"),
        ("{name: SGD, lr: 0.1}", "SGD has no weight decay here"),
        ("{name: AdamW, lr: 0.1, weight_decay: 0}", "AdamW has no weight decay here"),
    ],
)
def test_what_forgets_nothing_has_no_half_life(optimizer: str, told: str, ended: Ended, tmp_path: Path) -> None:
    document = tmp_path / "run.yaml"
    document.write_text(f"epochs: 9\noptimizer: {optimizer}\n", encoding="utf-8")
    end = ended("schedule", str(document), "--survival", "--no-plot", "--engine", "reference")
    assert end.returncode == 2
    assert told in end.stderr


def test_a_panel_and_a_sentence_show_it(ended: Ended, tmp_path: Path) -> None:
    picture, data = tmp_path / "a.png", tmp_path / "a.json"
    end = ended(
        "schedule", "recipe:llama-7b", "--survival", "--engine", "reference", "-o", str(picture), "--json", str(data)
    )
    assert end.returncode == 0
    assert "An update has lost half its weight to weight decay after 23,255 to 104,668 of the 250,000" in " ".join(
        end.stdout.split()
    )
    assert picture.exists()
    assert '"half_life":' in data.read_text(encoding="utf-8").replace(" ", "")


def test_a_recorded_run_has_it_too() -> None:
    with lrviz.recording() as run:
        weight = torch.nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.AdamW([weight], lr=0.1, weight_decay=0.1)
        for _ in range(100):
            optimizer.step()
    (simulation,) = run.simulations
    held = replace(simulation.curves, params={"weight_decay": np.full((100, 1), 0.1)})
    curves = survived(held)
    assert 68 < curves.params[HALF_LIFE][0, 0] < 69
    assert "weight_decay" not in curves.params
