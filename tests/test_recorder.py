"""The torch side of a race: what it records is what a plain torch loop does."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from lrviz.documents.averaging import Averaging
from lrviz.documents.load import loads
from lrviz.engines.real import race as recorder
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.race import Descent, Tape
from lrviz.engines.tasks.schedule import Node, Stepped
from lrviz.foundation.errors import Refusal
from lrviz.functions.valleys import Rosenbrock
from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.runs.api import simulate
from tests.here import torch_is_here
from tests.races import descent_of
from tests.versions import only_modelled

PLATEAU = Node("torch.optim.lr_scheduler", "ReduceLROnPlateau", {"patience": 3, "factor": 0.5}, ("scheduler",))


def plain_loop(descent: Descent, scheduler: Any = None, average: Any = None) -> tuple[list[Any], list[float]]:
    """Return the points and the rates of a loop as anybody writes it."""
    parameter = torch.nn.Parameter(torch.tensor(descent.start, dtype=torch.float64).reshape(descent.shape))
    optimizer = getattr(torch.optim, descent.optimizer)([parameter], **descent.hyperparameters)
    stepped = scheduler(optimizer) if scheduler else None

    def closure() -> Any:
        optimizer.zero_grad()
        loss = descent.function.value(*parameter.flatten(), torch)  # type: ignore[call-arg]
        loss.backward()
        if descent.sparse:
            assert parameter.grad is not None
            parameter.grad = parameter.grad.to_sparse(1)
        return loss

    points, rates = [parameter.flatten().tolist()], []
    for _ in range(descent.steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step(closure)
        points.append(parameter.flatten().tolist())
        if stepped is not None:
            stepped.step(closure().item())
    return points, rates


@pytest.fixture(autouse=True)
def double_precision() -> Any:
    """The plain loops need it; what is recorded has its own."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@only_modelled
@pytest.mark.parametrize("cls", OPTIMIZERS, ids=lambda cls: cls.__name__)
@pytest.mark.slow
def test_the_path_is_that_of_a_plain_loop(cls: type[Optimizer]) -> None:
    descent = descent_of({"name": cls.__name__, "lr": 1e-3}, steps=30, budget=10**6)
    tape = recorder.descend(descent)
    points, rates = plain_loop(descent)
    assert tape.made == 30
    assert tape.path.tolist() == points
    assert tape.lr.tolist() == rates
    assert tape.loss.tolist() == [descent.function.value(x, y, torch).item() for x, y in torch.tensor(points)]


def test_every_evaluation_of_a_step_is_recorded() -> None:
    lbfgs = {"name": "LBFGS", "line_search_fn": "strong_wolfe", "max_iter": 4}
    tape = recorder.descend(descent_of(lbfgs, steps=60, budget=25))
    assert tape.made < 25 <= tape.spent[tape.made]
    assert tape.spent[tape.made - 1] < 25
    assert len(tape.calls) == tape.spent[-1]
    assert np.diff(tape.spent)[: tape.made].tolist() == np.bincount(tape.calls[:, 0].astype(int)).tolist()
    np.testing.assert_array_equal(tape.calls[tape.spent[: tape.made], 1:3], tape.path[: tape.made])
    np.testing.assert_array_equal(tape.calls[tape.spent[: tape.made], 3], tape.loss[: tape.made])
    gradient = Rosenbrock().gradient(tape.calls[:, 1], tape.calls[:, 2])
    np.testing.assert_allclose(tape.calls[:, 4:], np.transpose(gradient), rtol=1e-12, atol=1e-12)
    # Once the budget is spent the path stands still.
    assert (tape.path[tape.made :] == tape.path[tape.made]).all()
    assert (tape.lr == 1).all()
    assert [len(state["old_dirs"]) for state in tape.state[:2]] == [2, 6]


def test_noise_and_clipping_are_in_the_gradient_and_not_in_the_loss() -> None:
    noise = np.random.default_rng(0).standard_normal((20, 2)) * 30
    tape = recorder.descend(descent_of({"name": "SGD", "lr": 0.001}, steps=20, noise=noise, clip=20.0))
    points = tape.path[:-1]
    disturbed = np.transpose(Rosenbrock().gradient(*points.T)) + noise
    norms = np.hypot(*disturbed.T)
    clipped = disturbed * np.minimum(20 / (norms + 1e-6), 1)[:, None]
    assert 0 < (norms < 20).sum() < 20
    np.testing.assert_allclose(tape.calls[:, 4:], clipped, rtol=1e-12)
    np.testing.assert_allclose(tape.path[1:], points - 0.001 * clipped, rtol=1e-12)
    np.testing.assert_allclose(tape.loss, Rosenbrock().value(*tape.path.T), rtol=1e-12)


def test_a_run_that_diverges_ends_where_it_leaves_the_finite_numbers() -> None:
    tape = recorder.descend(descent_of({"name": "SGD", "lr": 0.5}, steps=50))
    last = tape.made
    assert 1 < last < 10
    assert np.isfinite(tape.path[:last]).all()
    assert np.isfinite(tape.loss[:last]).all()
    assert not (np.isfinite(tape.path[last]).all() and math.isfinite(tape.loss[last]))
    assert np.isnan(tape.path[last + 1 :]).all()
    assert np.isnan(tape.loss[last + 1 :]).all()
    assert len(tape.calls) == len(tape.state) == last
    assert (tape.spent[last:] == last).all()
    assert (tape.lr == 0.5).all()


def test_a_start_without_a_finite_loss_is_a_run_without_a_step() -> None:
    tape = recorder.descend(descent_of({"name": "SGD", "lr": 0.5}, steps=5, start=(1e200, 0.0)))
    assert (tape.made, tape.loss[0], tape.lr.tolist()) == (0, math.inf, [0.5] * 5)
    assert np.isnan(tape.path[1:]).all()


SCHEDULES = {
    "chain": """
steps: 60
optimizer: {name: Adam, lr: 0.05}
scheduler:
  - {name: LinearLR, start_factor: 0.1, total_iters: 10}
  - {name: CosineAnnealingLR, T_max: 60}
interval: step
""",
    "one cycle": """
steps: 60
optimizer: {name: SGD, lr: 0.001, momentum: 0.9}
scheduler: {name: OneCycleLR, max_lr: 0.002, total_steps: 60}
interval: step
""",
    "averaged": """
epochs: 60
optimizer: {name: SGD, lr: 0.001}
scheduler: {name: StepLR, step_size: 5}
swa: {start: 30, swa_lr: 0.0005}
""",
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_inside_a_race_is_the_schedule(name: str) -> None:
    document = loads(SCHEDULES[name])
    laid = plan(document)
    recorded = {key: where for key, where in laid.recorded.items() if key != "lr"}
    optimizer = document.optimizer.optimizer
    tape = recorder.descend(descent_of(optimizer, steps=60, stepped=laid.stepped, recorded=recorded))
    with torch_is_here():
        curves = simulate(document, params=list(recorded)).curves
    np.testing.assert_array_equal(tape.lr, curves.lr[:, 0])
    for key in recorded:
        np.testing.assert_array_equal(tape.params[key], curves.params[key][:, 0])


def test_plateau_watches_the_loss_after_the_update() -> None:
    stepped = (Stepped(PLATEAU, range(40), watches=True),)
    descent = descent_of({"name": "Adam", "lr": 0.5}, steps=40, stepped=stepped)
    tape = recorder.descend(descent)
    points, rates = plain_loop(
        descent, lambda optimizer: torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **PLATEAU.arguments)
    )
    assert len(set(rates)) > 2
    assert tape.lr.tolist() == rates
    assert tape.path.tolist() == points


@pytest.mark.parametrize("averaging", [Averaging("swa", 0), Averaging("swa", 4), Averaging("ema", 4, 0.8)])
def test_averages_are_those_of_a_plain_averaged_model(averaging: Averaging) -> None:
    tape = recorder.descend(descent_of({"name": "SGD", "lr": 0.001}, steps=12, averaging=averaging))
    module = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(2))])
    swa_utils: Any = torch.optim.swa_utils
    formula = swa_utils.get_ema_multi_avg_fn(averaging.decay) if averaging.kind == "ema" else None
    model = swa_utils.AveragedModel(module, multi_avg_fn=formula)
    expected = np.full((13, 2), np.nan)
    for row in range(averaging.start + 1, 13):
        module[0].data = torch.tensor(tape.path[row])
        model.update_parameters(module)
        expected[row] = next(model.parameters()).detach()
    assert tape.average is not None
    np.testing.assert_allclose(tape.average, expected, rtol=1e-15)


def refusal(descent: Descent) -> Refusal:
    with pytest.raises(Refusal) as raised:
        recorder.descend(descent)
    return raised.value


def test_what_torch_refuses_is_told_with_its_place() -> None:
    capturable = refusal(descent_of({"name": "Adam", "capturable": True}))
    assert capturable.problems[0].path == ("optimizer",)
    assert "refuses Adam" in str(capturable)
    negative = Descent(Rosenbrock(), "torch.optim", "SGD", {"lr": -1.0}, (2,), False, (0.0, 0.0), 5, 5)
    assert str(refusal(negative)).endswith("refuses SGD: ValueError: Invalid learning rate: -1.0")
    wrong = Node("torch.optim.lr_scheduler", "StepLR", {"step": 3}, ("scheduler", 1))
    assert refusal(descent_of({"name": "SGD"}, stepped=(Stepped(wrong, range(5)),))).problems[0].path == (
        "scheduler",
        1,
    )


def test_the_default_dtype_is_left_as_it_was() -> None:
    torch.set_default_dtype(torch.float32)
    tape: Tape = recorder.descend(descent_of({"name": "ASGD"}, steps=3))
    assert torch.get_default_dtype() == torch.float32
    assert tape.ran == {"torch": torch.__version__.partition("+")[0]}
