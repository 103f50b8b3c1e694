"""The reference's updates against torch's own steps, from torch's own state; and many paths against each alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrviz.foundation.arrays import FloatArray
from lrviz.functions.bowls import Quadratic
from lrviz.functions.valleys import Rosenbrock
from lrviz.optimizers import OPTIMIZERS
from lrviz.optimizers.first_order import FirstOrder, State
from lrviz.optimizers.torch.newton_schulz import orthogonal
from tests.examples import examples

FIRST_ORDER = [cls for cls in OPTIMIZERS if issubclass(cls, FirstOrder)]
every_optimizer = pytest.mark.parametrize("cls", FIRST_ORDER, ids=lambda cls: cls.__name__)

STEPS = 10
FEW_ULP = 8
"""Units in the last place of the point, or of what its sensitivity to the last place of the gradient comes to."""

truth = st.booleans()
share = st.floats(0, 1)
kept = st.sampled_from([0.0, 0.5, 0.9, 0.999]) | st.floats(0, 1, exclude_max=True)


def sizes(least: float, greatest: float) -> st.SearchStrategy[float]:
    return st.floats(np.log10(least), np.log10(greatest)).map(lambda power: float(10.0**power))


def zero_or(strategy: st.SearchStrategy[float]) -> st.SearchStrategy[float]:
    return st.just(0.0) | strategy


RANGES: dict[str, st.SearchStrategy[Any]] = {
    "lr": zero_or(sizes(1e-9, 10)),
    "momentum": zero_or(st.floats(0.1, 2.5)),
    "dampening": st.floats(-2, 2),
    "nesterov": truth,
    "weight_decay": zero_or(sizes(1e-4, 1)),
    "maximize": truth,
    "betas": st.tuples(kept, kept),
    "eps": zero_or(sizes(1e-30, 10)),
    "amsgrad": truth,
    "decoupled_weight_decay": truth,
    "centered": truth,
    "alpha": zero_or(st.floats(0, 2.5)),
    "lr_decay": zero_or(sizes(1e-3, 10)),
    "initial_accumulator_value": zero_or(sizes(1e-3, 10)),
    "rho": share,
    "etas": st.tuples(st.floats(0.01, 0.99), st.floats(1.01, 100)),
    "step_sizes": st.tuples(zero_or(sizes(1e-6, 1)), zero_or(sizes(1e-6, 100))),
    "lambd": st.floats(-1e-3, 5),
    "t0": st.floats(-5, 2 * STEPS),
    "momentum_decay": zero_or(sizes(1e-3, 50)),
    "beta2_decay": zero_or(st.floats(-20, -0.01)),
    "d": sizes(1, 1e6),
    "ns_steps": st.integers(0, 12),
    "adjust_lr_fn": st.sampled_from([None, "original", "match_rms_adamw"]),
    "ns_coefficients": st.sampled_from([(3.4445, -4.775, 2.0315), (2.0, -1.5, 0.5), (1.5, -0.5, 0.0)]),
}
NARROWER: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "Adafactor": {"eps": st.tuples(st.none() | RANGES["eps"], RANGES["eps"])},
    "SparseAdam": {"eps": sizes(1e-30, 10), "lr": sizes(1e-9, 10)},
}

ordinary = st.builds(lambda sign, size: sign * size, st.sampled_from([-1.0, 1.0]), zero_or(sizes(1e-40, 1e40)))
# What a surface hands over where it overflows or is not differentiable.
strange = st.sampled_from([np.nan, np.inf, -np.inf, -0.0, 1e300, -1e-310])


@st.composite
def optimizers(draw: st.DrawFn, cls: type[FirstOrder]) -> FirstOrder:
    ranges = {key: RANGES[key] for key in cls.model_fields if key in RANGES} | NARROWER.get(cls.__name__, {})
    chosen = draw(st.fixed_dictionaries({}, optional=ranges))
    if "dampening" in cls.model_fields and chosen.get("nesterov"):
        chosen |= {"dampening": 0.0, "momentum": chosen.get("momentum") or 0.9}
    return cls(**chosen)


def test_every_hyperparameter_that_changes_the_path_is_drawn() -> None:
    beside = {"name", "foreach", "fused", "differentiable", "capturable"}
    for cls in FIRST_ORDER:
        assert set(cls.model_fields) - beside <= set(RANGES), cls.__name__


@dataclass(frozen=True)
class Run:
    """What torch did: points [steps + 1, 2], gradients [steps, 2], and the state after each step."""

    optimizers: list[FirstOrder]
    lr: FloatArray
    points: FloatArray
    gradients: FloatArray
    states: list[State]

    def before(self, step: int) -> State:
        """Return the state that a step starts from, of one path."""
        if step == 0:
            return self.optimizers[0].fresh(self.points[:1].T, self.lr[:1])
        return {
            name: int(value) if name == "step" else np.array(value).reshape(-1, 1) if np.ndim(value) else value
            for name, value in self.states[step - 1].items()
        }

    def made_again(self, step: int, nudge: float = 0.0) -> tuple[FloatArray, State]:
        """Make a step by the reference, from where torch stood; return the point and the state it leaves.

        nudge: the share by which the gradient and the state are changed first, every other one downwards.
        """
        x, g, state = self.points[[step]].T.copy(), self.gradients[[step]].T * (1 + nudge), self.before(step)
        if nudge:
            for name, sign in zip(sorted(state.keys() - {"step"}), cycle((-1, 1)), strict=False):
                state[name] = state[name] * (1 + sign * nudge)
        with np.errstate(all="ignore"):
            self.optimizers[step].update(x, g, state, self.lr[[step]])
        return x[:, 0], state


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().numpy().reshape(-1).copy() if value.ndim else float(value)
    return value


def torch_run(
    optimizers: list[FirstOrder],
    lr: list[float],
    start: tuple[float, float],
    slope: Callable[[int, FloatArray], FloatArray],
) -> Run:
    """Run torch with an optimizer's hyperparameters and lr for each step; slope: from step and point to gradient."""
    first = optimizers[0]
    points, gradients, states = [np.array(start)], [], []
    with double_precision(), np.errstate(all="ignore"):
        point = torch.tensor(start).reshape(first.shape).requires_grad_()
        one_by_one = {"foreach": False} if "foreach" in type(first).model_fields else {}
        theirs = getattr(torch.optim, first.name)([point], **first.hyperparameters() | one_by_one)
        for step, optimizer in enumerate(optimizers):
            now = optimizer.hyperparameters()
            theirs.param_groups[0].update({key: now[key] for key in ("momentum", "betas") if key in now}, lr=lr[step])
            gradients.append(slope(step, points[-1]))
            gradient = torch.tensor(gradients[-1]).reshape(first.shape)
            point.grad = gradient.to_sparse(1) if first.sparse else gradient
            theirs.step()
            points.append(plain(point))
            states.append({name: plain(value) for name, value in theirs.state[point].items() if value is not None})
    return Run(optimizers, np.array(lr), np.array(points), np.array(gradients), states)


@st.composite
def runs(draw: st.DrawFn, cls: type[FirstOrder]) -> Run:
    optimizer = draw(optimizers(cls))
    start = draw(st.tuples(st.floats(-2, 2), st.floats(-1, 3)))
    factors = st.lists(st.floats(0.1, 1), min_size=STEPS, max_size=STEPS)
    rate = optimizer.hyperparameters()["lr"]
    # Rprop and ASGD read the lr that they are built with: the first one.
    lr = [rate, *(rate * factor for factor in draw(factors)[1:])] if draw(truth) else [rate] * STEPS
    each = [optimizer] * STEPS
    cycled = {"beta1": "betas", "momentum": "momentum"}.get(cls.cycled() or "")
    if cycled and draw(truth):
        value = getattr(optimizer, cycled)
        scaled = [(value[0] * one, value[1]) if cycled == "betas" else value * one for one in draw(factors)]
        each = [optimizer, *(optimizer.model_copy(update={cycled: one}) for one in scaled[1:])]
    surface = draw(st.sampled_from([None, Rosenbrock(), Quadratic(), Quadratic(kappa=1.0)]))
    if surface is not None:
        return torch_run(each, lr, start, lambda _, x: np.array(surface.gradient(x[0], x[1])))
    component = draw(st.sampled_from([ordinary, ordinary | strange]))
    pairs = draw(st.lists(st.tuples(component, component), min_size=STEPS, max_size=STEPS))
    return torch_run(each, lr, start, lambda step, _: np.array(pairs[step]))


def is_rounding(state: State) -> bool:
    """Tell whether what centered RMSprop divides by, g²'s average less g's squared, is nothing but their rounding."""
    if "grad_avg" not in state:
        return False
    with np.errstate(all="ignore"):
        squares, squared = state["square_avg"], state["grad_avg"] ** 2
        return bool((np.abs(squares - squared) <= 2.0**-40 * np.abs(squares)).any())


def largest(values: Any) -> float:
    finite = np.abs(np.asarray(values, dtype=np.float64))
    return float(finite.max(where=np.isfinite(finite), initial=0.0))


def assert_alike(ours: Any, theirs: Any, allowed: float) -> None:
    """Assert that numbers are infinite or NaN in both, or as far apart as is allowed."""
    ours, theirs = np.broadcast_arrays(np.asarray(ours, np.float64).reshape(-1), np.asarray(theirs).reshape(-1))
    with np.errstate(invalid="ignore"):
        close = np.abs(ours - theirs) <= allowed
    assert (close | (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))).all(), (ours, theirs, allowed)


@every_optimizer
@examples(25)
@given(data=st.data())
def test_every_step_is_torchs(cls: type[FirstOrder], data: st.DataObject) -> None:
    run = data.draw(runs(cls))
    for step in range(STEPS):
        if is_rounding(run.states[step]):
            continue
        x, state = run.made_again(step)
        nudged, nudged_state = run.made_again(step, nudge=2.0**-52)
        with np.errstate(invalid="ignore"):
            moved = largest(nudged - x)
        extent = largest(run.points[: step + 2])
        # Sensitivity: subtraction of nearly equal numbers magnifies the rounding that a fused multiply-add spares.
        assert_alike(x, run.points[step + 1], FEW_ULP * (np.spacing(largest(run.points[step : step + 2])) + moved))
        assert_alike(x, run.points[step + 1], cls.agreement * extent + FEW_ULP * moved)
        for name in state.keys() & run.states[step].keys():
            with np.errstate(invalid="ignore"):
                moved = largest(np.asarray(nudged_state[name]) - np.asarray(state[name]))
            size = largest([largest(one[name]) for one in run.states[: step + 1]])
            assert_alike(state[name], run.states[step][name], cls.agreement * size + FEW_ULP * moved + 1e-300)
    # After a step, not before: SGD makes its buffer in the first one.
    assert run.made_again(0)[1].keys() == run.states[0].keys()


@every_optimizer
@examples(12)
@given(data=st.data())
def test_all_steps_at_once_are_each_step_bit_for_bit(cls: type[FirstOrder], data: st.DataObject) -> None:
    run = data.draw(runs(cls).filter(lambda run: run.optimizers[0] is run.optimizers[-1]))
    x, g = run.points[1:-1].T.copy(), run.gradients[1:].T.copy()
    together = {name: np.array([one[name] for one in run.states[:-1]]).T.copy() for name in run.states[0]}
    with np.errstate(all="ignore"):
        run.optimizers[0].update(x, g, together, run.lr[1:])
    for path in range(STEPS - 1):
        point, state = run.made_again(path + 1)
        assert np.array_equal(x[:, path], point, equal_nan=True)
        for name, value in state.items():
            assert np.array_equal(np.ravel(together[name][..., path]), np.ravel(value), equal_nan=True), name


@every_optimizer
@examples(12)
@given(data=st.data())
def test_many_paths_are_each_path_bit_for_bit(cls: type[FirstOrder], data: st.DataObject) -> None:
    optimizer = data.draw(optimizers(cls))
    rate = optimizer.hyperparameters()["lr"]
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    # More than the processor's vectors hold, and not a multiple of them.
    paths = 37
    starts = generator.uniform(-2, 2, (2, paths))
    gradients = generator.standard_normal((5, 2, paths)) * 10.0 ** generator.uniform(-9, 9, (5, 2, paths))
    odd = generator.random(gradients.shape) < 0.1
    gradients[odd] = generator.choice([0.0, -0.0, np.nan, np.inf, -np.inf, 1e300, 1e-310], odd.sum())
    lr = rate * generator.uniform(0.1, 1, (5, data.draw(st.sampled_from([1, paths]))))

    def descended(some: slice) -> tuple[FloatArray, State]:
        x = starts[:, some].copy()
        rates = lr[:, some] if lr.shape[1] > 1 else lr
        with np.errstate(all="ignore"):
            state = optimizer.fresh(x, rates[0])
            for g, now in zip(gradients[:, :, some].copy(), rates, strict=True):
                optimizer.update(x, g, state, now)
        return x, state

    together, remembered = descended(slice(None))
    for path in range(paths):
        alone, memory = descended(slice(path, path + 1))
        assert np.array_equal(together[:, path], alone[:, 0], equal_nan=True)
        for name, value in memory.items():
            # A counter of steps, and what all paths share.
            shared = np.size(remembered[name]) == 1
            many = remembered[name] if shared else remembered[name][..., path]
            assert np.array_equal(np.ravel(many), np.ravel(value), equal_nan=True), name


@every_optimizer
def test_a_free_run_on_a_bowl_stays_with_torch(cls: type[FirstOrder]) -> None:
    optimizer, bowl, steps = cls.model_validate({"name": cls.__name__, "lr": 0.02}), Quadratic(kappa=3.0), 100
    lr = [0.02 / (1 + step // 30) for step in range(steps)]
    run = torch_run([optimizer] * steps, lr, (-1.8, 1.2), lambda _, x: np.array(bowl.gradient(x[0], x[1])))
    x = run.points[:1].T.copy()
    state = optimizer.fresh(x, run.lr[:1])
    for step, point in enumerate(run.points[1:]):
        optimizer.update(x, np.array(bowl.gradient(x[0], x[1])), state, run.lr[[step]])
        assert x[:, 0] == pytest.approx(point, abs=1e-9)


def test_newton_schulz_is_torchs_to_the_bit() -> None:
    from torch.optim._muon import _zeropower_via_newtonschulz

    generator = np.random.default_rng(0)
    g = generator.standard_normal((2, 2000)) * 10.0 ** generator.uniform(-12, 12, 2000)
    g[:, :200] *= 10.0 ** generator.uniform(-30, 30, (2, 200))
    g[:, 200:400] *= [[1.0], [0.0]]
    g[:, :8] = [
        [0.0, 1.0, 0.0, -3.0, 1e300, np.nan, np.inf, 1e-310],
        [0.0, 0.0, -2.0, 3.0, 1.0, 1.0, 1.0, -0.0],
    ]
    for coefficients, steps, eps in (
        ((3.4445, -4.775, 2.0315), 5, 1e-7),
        ((3.4445, -4.775, 2.0315), 1, 0.0),
        ((3.4445, -4.775, 2.0315), 0, 0.3),
        ((2.0, -1.5, 0.5), 9, 1e-7),
    ):
        with np.errstate(all="ignore"):
            ours = orthogonal(g, coefficients, steps, eps)
        theirs = [
            _zeropower_via_newtonschulz(torch.tensor(row[None]), coefficients, steps, eps)[0].tolist() for row in g.T
        ]
        assert np.array_equal(ours.T, np.array(theirs), equal_nan=True)
