"""The reference's updates against torch's own steps, from torch's own state; and many paths against each alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrviz.functions.bowls import Quadratic
from lrviz.functions.valleys import Rosenbrock
from lrviz.optimizers import OPTIMIZERS
from lrviz.optimizers.first_order import FirstOrder
from lrviz.optimizers.newton_schulz import orthogonal

FIRST_ORDER = [cls for cls in OPTIMIZERS if issubclass(cls, FirstOrder)]
every_optimizer = pytest.mark.parametrize("cls", FIRST_ORDER, ids=lambda cls: cls.__name__)
ROUGH = {"Muon"}
"""Those whose steps are computed in bfloat16."""

betas = st.tuples(st.sampled_from([0.0, 0.3, 0.5, 0.9, 0.99]), st.sampled_from([0.0, 0.9, 0.99, 0.999]))
truth = st.booleans()
small = st.sampled_from([0.0, 1e-2, 0.3])
RANGES: dict[str, st.SearchStrategy[Any]] = {
    "lr": st.sampled_from([1e-5, 1e-3, 0.02, 0.5, 1.0]),
    "momentum": st.sampled_from([0.0, 0.4, 0.9, 0.99, 1.2]),
    "dampening": st.sampled_from([0.0, 0.5, -0.3]),
    "nesterov": truth,
    "weight_decay": small,
    "maximize": truth,
    "betas": betas,
    "eps": st.sampled_from([1e-12, 1e-8, 1e-2]),
    "amsgrad": truth,
    "decoupled_weight_decay": truth,
    "centered": truth,
    "alpha": st.sampled_from([0.0, 0.5, 0.75, 0.99]),
    "lr_decay": small,
    "initial_accumulator_value": small,
    "rho": st.sampled_from([0.0, 0.5, 0.9, 1.0]),
    "etas": st.tuples(st.sampled_from([0.2, 0.5, 0.9]), st.sampled_from([1.1, 1.2, 3.0])),
    "step_sizes": st.tuples(st.sampled_from([1e-6, 1e-3]), st.sampled_from([0.1, 50.0])),
    "lambd": st.sampled_from([0.0, 1e-4, 0.2]),
    "t0": st.sampled_from([0.0, 3.0, 1e6]),
    "momentum_decay": st.sampled_from([0.0, 4e-3, 0.1]),
    "beta2_decay": st.sampled_from([-0.8, -0.1, -1.5, 0.0]),
    "d": st.sampled_from([1.0, 2.0]),
    "ns_steps": st.sampled_from([0, 1, 5, 7]),
    "adjust_lr_fn": st.sampled_from([None, "original", "match_rms_adamw"]),
    "ns_coefficients": st.sampled_from([(3.4445, -4.775, 2.0315), (2.0, -1.5, 0.5)]),
}
ADAFACTOR_EPS = st.tuples(st.sampled_from([None, 1e-30, 1e-3]), st.sampled_from([1e-3, 0.1]))


def hyperparameters(cls: type[FirstOrder]) -> st.SearchStrategy[dict[str, Any]]:
    ranges = {key: RANGES[key] for key in cls.model_fields if key in RANGES}
    if cls.__name__ == "Adafactor":
        ranges["eps"] = ADAFACTOR_EPS
    if cls.__name__ == "SparseAdam":
        ranges["eps"] = st.sampled_from([1e-8, 1e-2])
    return st.fixed_dictionaries({}, optional=ranges).map(made_possible)


def made_possible(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("nesterov") and "dampening" in given:
        given = {**given, "dampening": 0.0, "momentum": given.get("momentum") or 0.9}
    if given.get("nesterov") and "ns_steps" not in given and not given.get("momentum"):
        given = {**given, "momentum": 0.9}
    return given


def test_every_hyperparameter_that_changes_the_path_is_drawn() -> None:
    beside = {"name", "foreach", "fused", "differentiable", "capturable"}
    for cls in FIRST_ORDER:
        assert set(cls.model_fields) - beside <= set(RANGES), cls.__name__


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


def plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().clone().numpy().reshape(-1).copy() if value.ndim else float(value)
    return value


def stepped(
    optimizer: FirstOrder, function: Any, start: tuple[float, float], rates: list[float]
) -> tuple[list[np.ndarray], list[np.ndarray], list[dict[str, Any]]]:
    """Run torch; return the points [steps + 1], the gradients [steps] and the states after each step."""
    with double_precision(), np.errstate(all="ignore"):
        point = torch.tensor(start).reshape(optimizer.shape).requires_grad_()
        cls = getattr(torch.optim, optimizer.name)
        theirs = cls([point], **{**optimizer.hyperparameters(), "lr": rates[0]})
        points, gradients, states = [plain(point)], [], []
        for lr in rates:
            theirs.param_groups[0]["lr"] = lr
            x, y = points[-1]
            gradient = torch.tensor(np.array(function.gradient(np.array(x), np.array(y)))).reshape(optimizer.shape)
            point.grad = gradient.to_sparse(1) if optimizer.sparse else gradient
            theirs.step()
            gradients.append(plain(gradient))
            points.append(plain(point))
            states.append({key: plain(value) for key, value in theirs.state[point].items()})
    return points, gradients, states


def replayed(optimizer: FirstOrder, point: Any, gradient: Any, state: dict[str, Any], lr: Any) -> np.ndarray:
    x, g = np.array(point).reshape(2, -1).copy(), np.array(gradient).reshape(2, -1).copy()
    known = {key: np.array(value).copy() if np.ndim(value) else value for key, value in state.items()}
    known = {
        key: value.reshape(2, -1) if np.ndim(value) == 1 and len(value) == 2 and key != "step" else value
        for key, value in known.items()
    }
    if isinstance(known.get("step"), float):
        known["step"] = int(known["step"])
    with np.errstate(all="ignore"):
        optimizer.update(x, g, known, lr)
    return x


@every_optimizer
@settings(max_examples=25)
@given(data=st.data())
def test_every_step_is_torchs(cls: type[FirstOrder], data: st.DataObject) -> None:
    optimizer = cls(**data.draw(hyperparameters(cls)))
    function = data.draw(st.sampled_from([Rosenbrock(), Quadratic(), Quadratic(kappa=1.0)]))
    start = data.draw(st.tuples(st.floats(-2, 2), st.floats(-1, 2)))
    lr = optimizer.hyperparameters()["lr"]
    rates = data.draw(st.sampled_from([[lr] * 12, [lr / (1 + step) for step in range(12)]]))
    points, gradients, states = stepped(optimizer, function, start, rates)
    finite = [
        index
        for index in range(len(rates))
        if np.isfinite(points[index + 1]).all() and np.abs(points[index + 1]).max() < 1e100
    ]
    extent = max([np.abs(points[index + 1]).max() for index in finite], default=1.0) + 1e-300
    ulps = 0.0
    for index in finite:
        if index == 0:
            fresh = optimizer.fresh(points[0].reshape(2, 1), np.array(rates[0]))
            known = dict(fresh)
        else:
            known = states[index - 1]
        ours = replayed(optimizer, points[index], gradients[index], known, np.array([rates[index]]))[:, 0]
        apart = np.abs(ours - points[index + 1])
        assert apart.max() <= cls.agreement * extent
        step = np.abs(points[index + 1] - points[index]).max()
        ulps = max(ulps, float(apart.max() / max(np.spacing(np.abs(points[index + 1]).max() + step), 1e-300)))
    if cls.__name__ not in ROUGH:
        assert ulps <= 64


@every_optimizer
def test_all_steps_at_once_are_each_step(cls: type[FirstOrder]) -> None:
    momentum = {"momentum": 0.9} if "momentum" in cls.model_fields else {}
    optimizer = cls.model_validate({"name": cls.__name__, "lr": 5e-4, **momentum})
    rates = [5e-4 / (1 + step) for step in range(40)]
    points, gradients, states = stepped(optimizer, Rosenbrock(), (-1.5, 2.0), rates)
    known = {key: np.array([state[key] for state in states[:-1]]).T for key in states[0]}
    together = {key: value.copy() for key, value in known.items()}
    x, g = np.array(points[1:-1]).T.copy(), np.array(gradients[1:]).T.copy()
    optimizer.update(x, g, together, np.array(rates[1:]))
    for index in range(1, len(rates)):
        alone = replayed(optimizer, points[index], gradients[index], states[index - 1], np.array([rates[index]]))
        assert x[:, index - 1].tobytes() == alone[:, 0].tobytes()


@every_optimizer
def test_a_free_run_on_a_bowl_stays_with_torch(cls: type[FirstOrder]) -> None:
    optimizer = cls.model_validate({"name": cls.__name__, "lr": 0.02})
    bowl = Quadratic(kappa=3.0)
    points, _, states = stepped(optimizer, bowl, (-1.8, 1.2), [0.02] * 100)
    x, lr = np.array([[-1.8], [1.2]]), np.array([0.02])
    state = optimizer.fresh(x, lr)
    for point in points[1:]:
        optimizer.update(x, np.array(bowl.gradient(x[0], x[1])), state, lr)
        assert x[:, 0] == pytest.approx(point, abs=1e-9)
    # Counters that nothing reads are torch's own affair.
    assert set(state) | {"step"} == set(states[-1]) | {"step"} or cls.__name__ == "SGD"


def test_newton_schulz_is_torchs_to_the_bit() -> None:
    from torch.optim._muon import _zeropower_via_newtonschulz

    generator = np.random.default_rng(0)
    g = generator.standard_normal((2, 4000)) * 10.0 ** generator.uniform(-12, 12, 4000)
    g[:, :4] = [[1.0, 0.0, 0.0, -3.0], [0.0, -2.0, 0.0, 3.0]]
    for coefficients, steps in (((3.4445, -4.775, 2.0315), 5), ((3.4445, -4.775, 2.0315), 1), ((2.0, -1.5, 0.5), 9)):
        ours = orthogonal(g, coefficients, steps, 1e-7)
        theirs = [
            _zeropower_via_newtonschulz(torch.tensor(row[None]), coefficients, steps, 1e-7)[0].tolist() for row in g.T
        ]
        assert np.array_equal(ours.T, np.array(theirs))
