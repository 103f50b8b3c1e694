from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz.logs.digits import exactness
from lrviz.results import Convention, FloatArray, Logged, LoggedGroup, Unit
from lrviz.runs.fitting.fit import NotFitted, fitted
from tests import logs
from tests.cli import Ended

WARM = {"name": "LambdaLR", "lr_lambda": "t / 100"}
LINE = {"name": "LinearLR", "start_factor": 0.01, "total_iters": 150}


def stages(*members: dict[str, Any], at: list[int]) -> dict[str, Any]:
    return {"name": "SequentialLR", "milestones": at, "schedulers": list(members)}


HOLD = {"name": "ConstantLR", "factor": 1, "total_iters": 1}
FAMILIES: dict[str, tuple[dict[str, Any] | None, str]] = {
    # A family, its scheduler over 2,000 updates under lr 0.003, and a part of the document that is proposed.
    "constant": (None, "lr: 0.003}"),
    "warm-up, constant": (LINE, "start_factor: 0.01\n  total_iters: 150"),
    "linear": ({"name": "LinearLR", "start_factor": 1, "end_factor": 0.1, "total_iters": 2000}, "end_factor: 0.1\n"),
    "warm-up, linear": (
        stages(WARM, {"name": "LinearLR", "start_factor": 1, "end_factor": 0, "total_iters": 1900}, at=[100]),
        "total_iters: 1900}",
    ),
    "cosine": ({"name": "CosineAnnealingLR", "T_max": 2000, "eta_min": 1e-5}, "T_max: 2000\n  eta_min: 1e-5"),
    "warm-up, cosine": (stages(WARM, {"name": "CosineAnnealingLR", "T_max": 1900}, at=[100]), "T_max: 1900"),
    "warm-up, cosine that ends early": (
        stages(
            LINE,
            {"name": "CosineAnnealingLR", "T_max": 1350, "eta_min": 3e-4},
            {"name": "ConstantLR", "factor": 0.1, "total_iters": 2000},
            at=[150, 1500],
        ),
        "milestones: [150, 1500]",
    ),
    "step": ({"name": "StepLR", "step_size": 600}, "step_size: 600\n  gamma: 0.1"),
    "warm-up, step": (
        stages(LINE, {"name": "MultiStepLR", "milestones": [450, 950, 1800], "gamma": 0.5}, at=[150]),
        "gamma: 0.5}",
    ),
    "warm-up, stable, then linear decay": (
        stages(
            WARM, HOLD, {"name": "LinearLR", "start_factor": 1, "end_factor": 0, "total_iters": 400}, at=[100, 1600]
        ),
        "milestones: [100, 1600]",
    ),
    "warm-up, stable, then 1 - sqrt decay": (
        stages(WARM, HOLD, {"name": "LambdaLR", "lr_lambda": "1 - sqrt(min(1, t / 500))"}, at=[100, 1500]),
        "1 - sqrt(min(1, t / 500))",
    ),
    "one-cycle": (
        {"name": "OneCycleLR", "max_lr": 0.003, "total_steps": 2000, "pct_start": 0.25, "cycle_momentum": False},
        "pct_start: 0.25\n  div_factor: 25\n  final_div_factor: 10000",
    ),
    "warm-up, inverse sqrt": (
        stages(WARM, {"name": "LambdaLR", "lr_lambda": "sqrt(100 / (t + 100))"}, at=[100]),
        "sqrt(100 / (t + 100))",
    ),
    "exponential": ({"name": "ExponentialLR", "gamma": 0.9987}, "gamma: 0.9987"),
}


def document(scheduler: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    body = {} if scheduler is None else {"scheduler": scheduler}
    return {"steps": 2000, "interval": "step", "optimizer": {"name": "SGD", "lr": 0.003, **more}, **body}


def curve(given: Any) -> FloatArray:
    return lrviz.simulate(given, engine="reference").curves.lr


def log_of(lr: FloatArray, *, every: int = 40, write: str = "{!r}", unit: Unit = "step") -> Logged:
    """Every so many-th value of each group, as it is written."""
    at = np.arange(0, len(lr), every)
    texts = [[write.format(float(value)) for value in column[at]] for column in lr.T]
    groups = tuple(LoggedGroup(f"g{index}", at, np.array(own, float)) for index, own in enumerate(texts))
    tolerance, resolution = exactness([one for own in texts for one in own])
    return Logged("run.csv", "CSV", groups, tolerance=tolerance, resolution=resolution, unit=unit)


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.slow
def test_a_family_is_found_in_sparse_values_of_six_digits(name: str) -> None:
    scheduler, part = FAMILIES[name]
    lr = curve(document(scheduler))
    found = fitted(log_of(lr, write="{:.6g}"), "run")
    assert found.family == name.removesuffix(" that ends early")
    assert part in found.text
    again = curve(lrviz.document(text=found.text))
    assert len(again) in (len(lr), 1961), "to the end of the schedule, or of the log"
    assert found.error <= 6e-6
    if name != "warm-up, step":
        # Between two values of the log a drop may be anywhere.
        np.testing.assert_allclose(again, lr[: len(again)], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("write", ["{!r}", "{:.3e}", "{:.7f}"])
def test_numbers_are_as_short_as_the_digits_of_the_log_allow(write: str) -> None:
    scheduler, part = FAMILIES["warm-up, cosine"]
    found = fitted(log_of(curve(document(scheduler)), every=20, write=write), "run")
    assert part in found.text
    assert "milestones: [100]" in found.text


def test_groups_have_their_own_lr() -> None:
    groups = [{"name": "backbone", "lr": 0.0003}, {"name": "head"}]
    lr = curve(document(FAMILIES["warm-up, linear"][0], groups=groups))
    found = fitted(log_of(lr), "run")
    assert "groups: [{name: g0, lr: 3e-4}, {name: g1, lr: 0.003}]" in found.text
    np.testing.assert_allclose(curve(lrviz.document(text=found.text)), lr, rtol=1e-9)
    lr[:, 1] = lr[::-1, 1]
    with pytest.raises(NotFitted, match="warm-up, linear fits the group g0, but the group g1 has another schedule"):
        fitted(log_of(lr), "run")


def test_shorter_numbers_tell_the_convention() -> None:
    lr = curve(document(FAMILIES["warm-up, cosine"][0]))
    one = LoggedGroup("lr", np.arange(9, 1999, 50), lr[10:2000:50, 0])
    both = (Convention("its own", 0), Convention("the next one's", 1))
    found = fitted(Logged("run.csv", "CSV", (one,), both), "run")
    assert "milestones: [100]" in found.text
    assert "each value is the next one's" in found.text


def test_epochs_stay_epochs() -> None:
    lr = curve(
        {"epochs": 30, "optimizer": {"name": "SGD", "lr": 0.1}, "scheduler": {"name": "StepLR", "step_size": 10}}
    )
    found = fitted(log_of(lr, every=1, unit="epoch"), "run")
    assert "epochs: 30\n" in found.text
    assert "step_size: 10" in found.text


def test_what_no_family_is_says_how_near_the_nearest_comes(ended: Ended, tmp_path: Path) -> None:
    rows = [(k, 0.1 + 0.05 * (-1) ** (k // 7)) for k in range(60)]
    logs.table(tmp_path / "run.csv", [["step", "lr"], *rows])
    done = ended("convert", "run.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert "run.csv: no family fits; the nearest is" in done.stderr


def test_a_smooth_decay_is_not_hundreds_of_drops() -> None:
    """Whole powers of its first drop, as those of a bell curve, are steps where they are few at a time."""
    t = np.arange(54)
    bell = 1e-3 * np.exp(-((np.maximum(t - 27, 0) / 40) ** 2))
    with pytest.raises(NotFitted):
        fitted(log_of(bell[:, None], every=1), "run")


def test_convert_prints_a_document_with_what_was_assumed(ended: Ended, tmp_path: Path) -> None:
    lr = curve(document(FAMILIES["cosine"][0]))[:, 0].tolist()
    logs.trainer_state(tmp_path / "a\x1bb.json", [(k + 1, lr[k]) for k in range(99, 2000, 100)], last=2000)
    done = ended("convert", "a\x1bb.json")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "# Assumed: the optimizer, SGD, as a log does not say which it was;" in done.stdout
    assert "steps: 2000" in done.stdout
    (tmp_path / "again.yaml").write_text(done.stdout)
    assert ended("schedule", "again.yaml", "--no-plot", "--engine", "reference").returncode == 0
