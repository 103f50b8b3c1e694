"""The promise of a race: torch's steps are the reference's steps, and a step that is not is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st
from pydantic import ValidationError
from typing_extensions import override

from lrviz.documents.averaging import Averaging
from lrviz.documents.load import loads
from lrviz.engines.compare.race import replay
from lrviz.engines.real import race as recorder
from lrviz.engines.reference.averaging import averaged
from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import descend
from lrviz.engines.schedule_planning import plan
from lrviz.engines.tasks.race import Tape
from lrviz.functions import FUNCTIONS
from lrviz.functions.bowls import Quadratic
from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.optimizers.first_order import State
from lrviz.optimizers.torch.adam import Adam
from lrviz.optimizers.torch.sgd import SGD
from lrviz.results import FloatArray
from tests.races import descent_of, optimizer_of
from tests.versions import only_modelled

pytestmark = only_modelled

SHARE = st.sampled_from([0.0, 0.5, 0.9, 0.99])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "lr": st.floats(-5, 0).map(lambda power: 10**power),
    "momentum": SHARE,
    "dampening": st.sampled_from([0.0, 0.3]),
    "nesterov": st.booleans(),
    "betas": st.tuples(SHARE, st.sampled_from([0.0, 0.9, 0.999])),
    "eps": st.sampled_from([1e-8, 1e-3]),
    "weight_decay": st.sampled_from([0.0, 1e-2, 0.3]),
    "decoupled_weight_decay": st.booleans(),
    "maximize": st.booleans(),
    "amsgrad": st.booleans(),
    "centered": st.booleans(),
    "alpha": st.sampled_from([0.5, 0.75, 0.99]),
    "rho": SHARE,
    "lr_decay": st.sampled_from([0.0, 0.1]),
    "initial_accumulator_value": st.sampled_from([0.0, 0.1]),
    "lambd": st.sampled_from([1e-4, 0.1]),
    "t0": st.sampled_from([1e6, 5.0]),
    "etas": st.sampled_from([(0.5, 1.2), (0.3, 2.0)]),
    "step_sizes": st.sampled_from([(1e-6, 50.0), (1e-3, 0.1)]),
    "momentum_decay": st.sampled_from([4e-3, 0.1]),
    "beta2_decay": st.sampled_from([-0.8, -0.3]),
    "d": st.sampled_from([1.0, 3.0]),
    "ns_steps": st.sampled_from([1, 5]),
    "adjust_lr_fn": st.sampled_from([None, "original", "match_rms_adamw"]),
    "line_search_fn": st.sampled_from([None, "strong_wolfe"]),
    "history_size": st.sampled_from([2, 100]),
    "max_iter": st.sampled_from([1, 20]),
    "foreach": st.sampled_from([None, True]),
}
"""What is drawn for each hyperparameter; of those that are not here only the default is."""


@st.composite
def optimizers(draw: st.DrawFn) -> Optimizer:
    cls = draw(st.sampled_from(OPTIMIZERS))
    drawn = {name: VALUES[name] for name in cls.model_fields if name in VALUES}
    if "eps" in drawn and isinstance(cls.model_fields["eps"].default, tuple):
        drawn["eps"] = st.sampled_from([(None, 1e-3), (1e-6, 0.1)])
    plain = {name: draw(values) for name, values in drawn.items()}
    try:
        return cls.model_validate({"name": cls.__name__, **plain})
    except ValidationError:
        assume(condition=False)
        raise


@given(
    optimizers(),
    st.sampled_from(FUNCTIONS),
    st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
    st.sampled_from([None, 1.0]),
    st.sampled_from([None, Averaging("swa", 3), Averaging("ema", 0, 0.9)]),
)
def test_the_reference_makes_torchs_steps(
    optimizer: Optimizer, function: Any, away: tuple[float, float], clip: float | None, averaging: Averaging | None
) -> None:
    surface = function()
    start = tuple(
        at + 0.2 * share * (high - low)
        for at, share, (low, high) in zip(surface.start, away, surface.view, strict=True)
    )
    noise = np.random.default_rng(0).standard_normal((30, 2))
    descent = descent_of(
        optimizer, function=surface, start=start, steps=30, noise=noise, clip=clip, averaging=averaging
    )
    verdict = replay(recorder.descend(descent), optimizer, None, averaging)
    note(verdict.sentence)
    assert verdict.verdict == "agree"
    # With centered, the average of g² less the square of that of g may be rounding and nothing else.
    if optimizer.agreement <= 1e-10 and not getattr(optimizer, "centered", False):
        assert verdict.max_rel is not None
        assert verdict.max_rel < 1e-12


ADAM = {"name": "Adam", "lr": 0.05, "betas": (0.9, 0.99)}
SCHEDULE = "steps: 40\noptimizer: {name: SGD, lr: 0.002, momentum: 0.9}\ninterval: step\nscheduler: "
COSINE = loads(SCHEDULE + "{name: CosineAnnealingLR, T_max: 40}")
ONE_CYCLE = loads(SCHEDULE + "{name: OneCycleLR, max_lr: 0.002, total_steps: 40}")


class EpsilonUnderTheRoot(Adam):
    """√(v + eps) in place of √v + eps."""

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        before = x.copy()
        super().update(x, g, state, lr)
        beta1, beta2 = self.betas
        first, second = (1 - beta ** np.asarray(state["step"]) for beta in (beta1, beta2))
        x[:] = before - lr / first * state["exp_avg"] / np.sqrt(state["exp_avg_sq"] / second + self.eps)


class WithoutBiasCorrection(Adam):
    """m/(√v + eps)."""

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        before = x.copy()
        super().update(x, g, state, lr)
        x[:] = before - lr * state["exp_avg"] / (np.sqrt(state["exp_avg_sq"]) + self.eps)


class WrongOnlyInWhatItKeeps(SGD):
    """The right step, and a buffer that would make the next one wrong."""

    @override
    def update(self, x: FloatArray, g: FloatArray, state: State, lr: FloatArray) -> None:
        super().update(x, g, state, lr)
        state["momentum_buffer"] *= 1 + 1e-8


def taped(plain: dict[str, Any], **more: Any) -> Tape:
    return recorder.descend(descent_of(plain, **more))


@pytest.mark.parametrize(
    ("plain", "other", "param"),
    [
        (ADAM, optimizer_of({**ADAM, "betas": (0.9, 0.99 + 1e-6)}), "exp_avg_sq of x"),
        (ADAM, optimizer_of({**ADAM, "betas": (0.9 + 1e-6, 0.99)}), "exp_avg of x"),
        (ADAM, optimizer_of({**ADAM, "eps": 1e-6}), "x"),
        ({**ADAM, "eps": 1e-3}, EpsilonUnderTheRoot(lr=0.05, betas=(0.9, 0.99), eps=1e-3), "x"),
        (ADAM, WithoutBiasCorrection(lr=0.05, betas=(0.9, 0.99)), "x"),
        ({**ADAM, "weight_decay": 1e-6}, optimizer_of(ADAM), "exp_avg of x"),
        ({"name": "SGD", "momentum": 0.9}, SGD(momentum=0.9, nesterov=True), "x"),
        ({"name": "LBFGS"}, optimizer_of({"name": "LBFGS", "history_size": 1}), "x"),
        ({"name": "LBFGS"}, optimizer_of({"name": "LBFGS", "max_iter": 19}), "x"),
        ({"name": "SGD", "momentum": 0.9}, WrongOnlyInWhatItKeeps(momentum=0.9), "momentum_buffer of x"),
    ],
)
def test_a_wrong_update_is_found(plain: dict[str, Any], other: Optimizer, param: str) -> None:
    tape = taped(plain)
    assert replay(tape, optimizer_of(plain)).verdict == "agree"
    verdict = replay(tape, other)
    assert (verdict.verdict, verdict.param) == ("disagree", param)
    assert verdict.first_step is not None
    assert verdict.first_step <= 2
    assert verdict.expected != verdict.found
    assert "DISAGREE at step" in verdict.sentence


def test_an_lr_or_a_momentum_of_another_step_is_found() -> None:
    for document, name in ((COSINE, "lr"), (ONE_CYCLE, "momentum")):
        laid = plan(document)
        optimizer = document.optimizer.optimizer
        recorded = {key: where for key, where in laid.recorded.items() if key != "lr"}
        tape = recorder.descend(descent_of(optimizer, stepped=laid.stepped, recorded=recorded))
        assert replay(tape, optimizer).verdict == "agree"
        late = np.append(tape.lr[0], tape.lr[:-1])
        params = {key: np.append(values[0], values[:-1]) for key, values in tape.params.items()}
        verdict = replay(replace(tape, lr=late) if name == "lr" else replace(tape, params=params), optimizer)
        assert (verdict.verdict, verdict.first_step) == ("disagree", 1)


def test_a_single_wrong_value_on_the_tape_is_found_at_its_step() -> None:
    tape = taped(ADAM)
    tape.path[17, 1] *= 1 + 1e-9
    verdict = replay(tape, optimizer_of(ADAM))
    assert (verdict.verdict, verdict.first_step, verdict.param) == ("disagree", 16, "y")
    assert verdict.found == tape.path[17, 1]


def test_a_wrong_average_is_found() -> None:
    averaging = Averaging("ema", 5, 0.9)
    tape = taped(ADAM, averaging=averaging)
    assert replay(tape, optimizer_of(ADAM), None, averaging).verdict == "agree"
    verdict = replay(tape, optimizer_of(ADAM), None, replace(averaging, decay=0.9 + 1e-8))
    assert (verdict.verdict, verdict.param) == ("disagree", "average of y")


def test_a_run_that_diverges_is_compared_to_its_last_step() -> None:
    plain = {"name": "SGD", "lr": 0.5}
    tape = taped(plain)
    assert tape.made < 10
    assert replay(tape, optimizer_of(plain)).verdict == "agree"
    tape.path[tape.made] = 0.0
    verdict = replay(tape, optimizer_of(plain))
    assert (verdict.verdict, verdict.first_step) == ("disagree", tape.made - 1)
    # What its last steps reach does not excuse what its first ones do.
    tape = taped(plain)
    tape.path[1, 0] += 1e-6
    assert replay(tape, optimizer_of(plain)).first_step == 0


def test_steps_that_magnify_rounding_are_counted_and_a_wrong_update_beside_them_is_found() -> None:
    """Where the gradient is the same at every step, centered RMSprop divides by a root of nothing but rounding."""
    plain = {"name": "RMSprop", "lr": 1.0, "alpha": 0.5, "centered": True, "maximize": True}
    tape = taped(plain, function=Quadratic(), start=(1.5, 1.0), steps=60, clip=1.0)
    verdict = replay(tape, optimizer_of(plain))
    assert verdict.verdict == "agree"
    assert "steps not compared: they amplify rounding" in verdict.uncounted
    assert replay(tape, optimizer_of({**plain, "alpha": 0.5001})).verdict == "disagree"


def test_a_run_without_a_step_says_so() -> None:
    verdict = replay(taped(ADAM, start=(1e200, 0.0)), optimizer_of(ADAM))
    assert (verdict.verdict, verdict.uncounted) == ("agree", "no step was made")


def test_the_free_run_is_measured_beside_the_verdict() -> None:
    tape, optimizer = taped(ADAM), optimizer_of(ADAM)
    start = np.array(descent_of(ADAM).start)[:, None]
    flight = descend(descent_of(ADAM).function, optimizer, start, Control(np.full((1, 1), 0.05)), 40, recorded=1)
    close = replay(tape, optimizer, flight.path[..., 0]).free_max_abs
    assert close is not None
    assert close < 1e-12
    aside = tape.path + np.array([3.0, 4.0])
    aside[20:] = np.nan
    assert replay(tape, optimizer, aside).free_max_abs == pytest.approx(5)


def test_averages_by_their_definition() -> None:
    path = np.random.default_rng(1).standard_normal((9, 2))
    swa, ema = averaged(path, Averaging("swa", 2)), averaged(path, Averaging("ema", 2, 0.75))
    assert np.isnan(swa[:3]).all()
    assert np.isnan(ema[:3]).all()
    for row in range(3, 9):
        np.testing.assert_allclose(swa[row], path[3 : row + 1].mean(axis=0))
        ages = row - np.arange(3, row + 1)
        weights = 0.25 * 0.75**ages
        weights[0] = 0.75 ** ages[0]
        np.testing.assert_allclose(ema[row], weights @ path[3 : row + 1])
    assert np.isnan(averaged(path, Averaging("ema", 8))).all()
