"""The noisy quadratic model: its expected losses are those of real SGD, and the paper's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lrviz
from lrviz.documents.sweep import sweep_document
from lrviz.engines.reference.noisy_quadratic import Descents, expected_losses
from lrviz.foundation.errors import DocumentError
from lrviz.functions.noisy_quadratic import NoisyQuadratic
from lrviz.results import FloatArray
from lrviz.runs.sources.racing import Sources
from lrviz.runs.sweeping.on_quadratic import OnQuadratic
from tests.cli import Ended, strict

STEPS, RUNS = 120, 4000
COSINE = (1 + np.cos(np.pi * np.arange(STEPS) / STEPS)) / 2
CASES: dict[str, dict[str, Any]] = {
    "plain": {"lr": 0.3},
    "momentum": {"lr": 0.1, "momentum": 0.9},
    "nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "dampening": {"lr": 0.4, "momentum": 0.8, "dampening": 0.5},
    "weight decay": {"lr": 0.2, "momentum": 0.7, "weight_decay": 0.1},
    "a cosine": {"lr": COSINE, "momentum": 0.5},
    "a cycle of momentum": {"lr": 0.2, "momentum": 0.9 - 0.5 * COSINE, "nesterov": True},
    "momentum in between": {"lr": 0.2, "momentum": np.where(np.arange(STEPS) % 40 < 20, 0.8, 0.0), "dampening": 0.2},
}


def row(value: Any) -> FloatArray:
    """Return a hyperparameter as [1 or steps, 1]."""
    return np.atleast_1d(np.asarray(value, dtype=np.float64))[:, None]


def expected(model: NoisyQuadratic, steps: int = STEPS, *, nesterov: bool = False, **given: Any) -> FloatArray:
    known = {"momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0, **given}
    batch = known.pop("batch", model.batch)
    descents = Descents(**{name: row(value) for name, value in known.items()}, batch=row(batch), nesterov=nesterov)
    return expected_losses(model, descents, steps, 1)[:, 0]


@pytest.mark.parametrize("given", CASES.values(), ids=CASES)
def test_the_expectation_is_the_mean_of_torchs_runs(given: dict[str, Any]) -> None:
    model = NoisyQuadratic(dim=6, batch=2)
    torch.manual_seed(0)
    h = torch.from_numpy(model.curvature)
    parameter = torch.nn.Parameter(torch.randn(RUNS, model.dim, dtype=torch.float64))
    first: dict[str, Any] = {name: np.ravel(value)[0].item() for name, value in given.items()}
    optimizer = torch.optim.SGD([parameter], **first)
    scheduled = {name: value for name, value in given.items() if isinstance(value, np.ndarray)}
    losses = expected(model, **given)
    for step in range(STEPS + 1):
        with torch.no_grad():
            seen = (h * parameter**2).sum(dim=1) / 2
        error = float(seen.std()) / RUNS**0.5
        assert abs(float(seen.mean()) - losses[step]) < 4.5 * error
        if step == STEPS:
            break
        for name, values in scheduled.items():
            optimizer.param_groups[0][name] = float(values[step])
        parameter.grad = h * parameter.detach() + (h / model.batch) ** 0.5 * torch.randn_like(parameter)
        optimizer.step()


def test_sgd_comes_to_rest_where_theory_says() -> None:
    """E[θ_i^2] = η / (B (2 - η h_i)) without momentum: the risk of the steady state, section 3 of the paper."""
    model, lr = NoisyQuadratic(dim=20, batch=4), 0.5
    h = model.curvature
    rest = float((h * lr / (model.batch * (2 - lr * h))).sum() / 2)
    assert expected(model, 3000, lr=lr)[-1] == pytest.approx(rest, rel=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_it_diverges_beyond_the_border_and_not_before(momentum: float) -> None:
    """2 (1 + m) / h_1, the border of heavy ball; what has overflowed stays infinite."""
    border = 2 * (1 + momentum)
    below, above = (expected(NoisyQuadratic(dim=3), 5000, lr=at * border, momentum=momentum) for at in (0.95, 1.1))
    assert below[-1] == pytest.approx(below[-100], rel=1e-9)
    assert np.isinf(above[-1])
    assert (np.diff(np.isinf(above).astype(int)) >= 0).all()


def test_what_falls_back_from_far_away_has_diverged(tmp_path: Path) -> None:
    """As on a surface any step counts: from lr 3.5 a cosine rises by 90 orders of magnitude, and ends below others."""
    lr = (1 + np.cos(np.pi * np.arange(400) / 400)) / 2
    losses = expected(NoisyQuadratic(dim=20, batch=256), 400, lr=3.5 * lr)
    assert losses.max() > 1e60
    assert losses[-1] < 0.01 * losses[0]
    found = lrviz.sweep(
        ["CosineAnnealingLR:T_max=400"], problem="nqm:dim=20:batch=256", over="lr=1.5..3.5:lin:3", steps=400,
        store=tmp_path,
    )  # fmt: skip
    assert found.arrays["diverged"].tolist() == [[0.0, 1.0, 1.0]]
    assert np.isfinite(found.arrays["median"]).tolist() == [[True, False, False]]


def test_points_are_what_each_is_alone() -> None:
    model = NoisyQuadratic(dim=300)
    low, high = np.array([[[0.01], [0], [1]], [[1], [0.95], [64]]])
    lr, momentum, batch = np.random.default_rng(0).uniform(low, high, (3, 200))
    momentum[::3] = 0
    zero = np.zeros((1, 1))
    together = expected_losses(model, Descents(lr[None], momentum[None], zero, zero, batch[None]), 50, 200)
    for index in range(0, 200, 17):
        alone = expected(model, 50, lr=lr[index], momentum=momentum[index], batch=batch[index])
        np.testing.assert_array_equal(together[:, index], alone)


def best(schedule: FloatArray, batch: float) -> float:
    lr = np.geomspace(0.02, 1.9, 25)
    zero = np.zeros((1, 1))
    rates = schedule[:, None] * lr
    descents = Descents(rates, zero, zero, zero, np.full((1, 1), batch))
    return float(expected_losses(NoisyQuadratic(), descents, len(schedule), 25)[-1].min())


def test_which_schedule_wins_depends_on_the_batch() -> None:
    """Small batches need their lr to fall, and large ones lose by an early fall; each at its own best lr."""
    share = np.arange(1000) / 1000
    schedules = {
        "linear": 1 - share,
        "cosine": (1 + np.cos(np.pi * share)) / 2,
        "step": np.where(share < 0.5, 1, np.where(share < 0.75, 0.1, 0.01)),
        "constant": np.ones(1000),
    }
    small = {name: best(one, 1) for name, one in schedules.items()}
    assert sorted(small, key=small.__getitem__) == ["linear", "cosine", "step", "constant"]
    assert small["linear"] == pytest.approx(0.461, abs=2e-3)
    assert small["constant"] == pytest.approx(0.697, abs=2e-3)
    assert best(schedules["constant"], 256) < best(schedules["step"], 256)


def test_momentum_pays_at_large_batches_only() -> None:
    """Section 3.3 of the paper: beside a tuned lr momentum gains nothing where noise is what limits."""

    def least(momentum: float, batch: float) -> float:
        lr = np.geomspace(1e-3, 1.9, 40)[None] * (1 - momentum)
        if momentum:
            lr = np.minimum(lr * 10, 3.7)
        zero = np.zeros((1, 1))
        descents = Descents(lr, zero + momentum, zero, zero, np.full((1, 1), batch))
        return float(expected_losses(NoisyQuadratic(), descents, 300, 40)[-1].min())

    assert least(0.9, 1) > 0.97 * least(0.0, 1)
    assert least(0.9, 4096) < 0.5 * least(0.0, 4096)


# As a problem of `lrviz sweep` ---------------------------------------------------------------------------------------


@pytest.fixture
def swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.usefixtures("swept")
def test_a_sweep_over_lr_and_batch(ended: Ended) -> None:
    words = ("sweep", "sgd:momentum=0.5", "--problem", "nqm:dim=40", "--steps", "50")
    done = ended(*words, "--over", "lr=0.1..9:3", "--over", "batch=1..4:lin:2", "--json", "-")
    record = strict(done.stdout)
    assert record["problem"] == {"name": "nqm", "dim": 40, "batch": 1.0, "power": 1.0}
    assert "function" not in record
    assert (record["start"], record["starts"], record["steps"]) == (None, 1, 50)
    (entry,) = record["entries"]
    alone = expected(NoisyQuadratic(dim=40, batch=4), 50, lr=0.1, momentum=0.5)
    assert entry["median"][0][1] == alone[-1]
    assert entry["low"] == entry["high"] == entry["median"]
    assert (entry["median"][2], entry["diverged"][2]) == ([None, None], [1.0, 1.0])


@pytest.mark.usefixtures("swept")
@pytest.mark.parametrize(
    "schedule",
    ["CosineAnnealingLR:T_max=60", "OneCycleLR:max_lr=0.3", "ReduceLROnPlateau:patience=2:factor=0.5"],
)
def test_a_schedule_runs_as_torchs_does(schedule: str, ended: Ended) -> None:
    """Plateau watches the expected loss, one-cycle moves the momentum."""
    done = ended(
        "sweep", "sgd:lr=0.2:momentum=0.9", "--schedule", schedule, "--problem", "nqm:dim=9:batch=4", "--steps", "60",
        "--over", "weight_decay=0..0.1:lin:2", "--json", "-",
    )  # fmt: skip
    found = strict(done.stdout)["entries"][0]["median"]
    model = NoisyQuadratic(dim=9, batch=4)
    for weight_decay, value in zip((0.0, 0.1), found, strict=True):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.2, momentum=0.9)
        name, *settings = schedule.split(":")
        given = {key: float(text) if "." in text else int(text) for key, text in (one.split("=") for one in settings)}
        if name == "OneCycleLR":
            given["total_steps"] = 60
        scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **given)
        lr: list[float] = []
        momentum: list[float] = []
        for step in range(60):
            lr.append(optimizer.param_groups[0]["lr"])
            momentum.append(optimizer.param_groups[0]["momentum"])
            known: dict[str, Any] = {"lr": np.array(lr), "momentum": np.array(momentum), "weight_decay": weight_decay}
            optimizer.step()
            if name == "ReduceLROnPlateau":
                scheduler.step(expected(model, step + 1, **known)[-1])
            else:
                scheduler.step()
        assert value == pytest.approx(expected(model, 60, **known)[-1], rel=1e-9)


WRONG = {
    "adam is not linear": (("adam", "--over", "lr=0.1..1"), "Adam given; the expectation is exact for SGD only"),
    "maximize": (("sgd:maximize=true", "--over", "lr=0.1..1"), "maximize given; the model is minimized"),
    "a key": (("sgd", "--problem", "nqm:bach=2", "--over", "lr=0.1..1"), "(did you mean batch?)"),
    "a name": (("sgd", "--problem", "nmq", "--over", "lr=0.1..1"), "(did you mean nqm?)"),
    "noise": (("sgd", "--over", "lr=0.1..1", "--noise", "1"), "--noise: given with problem"),
    "a surface": (("sgd", "--over", "lr=0.1..1", "--fn", "booth"), "--fn: given with problem"),
    "starts": (("sgd", "--over", "start"), "no surface to start from"),
    "a batch": (("sgd", "--over", "batch=0..4:lin"), "--over: batch: 0.0 given; at least 1 is needed"),
}


@pytest.mark.parametrize(("words", "told"), WRONG.values(), ids=WRONG)
def test_what_the_model_does_not_take_is_said(words: tuple[str, ...], told: str, ended: Ended) -> None:
    problem = () if "--problem" in words else ("--problem", "nqm")
    done = ended("sweep", *words, *problem)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def test_the_call_takes_it_too(tmp_path: Path) -> None:
    found = lrviz.sweep(["sgd"], problem="nqm:dim=9", over="lr=0.1..1:2", steps=20, store=tmp_path)
    assert found.arrays["median"][0, 1] == expected(NoisyQuadratic(dim=9), 20, lr=1.0)[-1]


def test_names_are_printable(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m.yaml"
    path.write_text("steps: 3\noptimizer: {name: SGD, lr: 0.1}\nscheduler: {name: LinearLR}\n")
    found = lrviz.sweep([str(path)], problem="nqm:dim=2", over="lr=0.1..1:2", store=tmp_path)
    assert "\x1b" not in found.swept.name + found.swept.entries[0].name
    with pytest.raises(DocumentError, match="one line of printable characters is needed"):
        lrviz.sweep({"name": "a\x1b[31m b", "entries": ["sgd"], "problem": "nqm:dim=2", "over": "lr=0.1..1:2"})


def test_tiles_of_long_runs_are_small() -> None:
    """Of 1,000 points of a million steps a tile would keep 8 GB of losses."""
    document = sweep_document(
        ["sgd"], {"problem": "nqm:dim=1", "over": ["lr=0.1..1:1000"], "steps": 10**6}, schedules=Sources()
    )
    assert document.model is not None
    placed = next(OnQuadratic.of(document, document.model).tiles())
    assert placed.last - placed.first == 4
