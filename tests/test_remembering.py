"""What an optimizer remembers: by both engines, with the facts that pictures show."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import lrviz
from lrviz.engines.real import race as recorder
from lrviz.engines.reference.control import Control
from lrviz.engines.reference.memory import fresh, states_along
from lrviz.functions.valleys import Rosenbrock
from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.optimizers.first_order import FirstOrder
from lrviz.results import Remembered, Trajectory
from lrviz.runs.racing.remembering import remembered
from tests.cli import Ended
from tests.races import descent_of, optimizer_of
from tests.versions import only_modelled

VARIANTS: dict[str, list[dict[str, Any]]] = {
    "SGD": [{"momentum": 0.9, "dampening": 0.1}],
    "Adam": [{}, {"amsgrad": True}],
    "AdamW": [{}, {"amsgrad": True}],
    "RMSprop": [{"momentum": 0.5, "centered": True}],
}
EVERY = [
    optimizer_of({"name": cls.__name__, "lr": 1e-3, **more})
    for cls in OPTIMIZERS
    for more in VARIANTS.get(cls.__name__, [{}])
]
every_optimizer = pytest.mark.parametrize("optimizer", EVERY, ids=lambda one: one.name)


def by_name(found: tuple[Remembered, ...] | None) -> dict[str, Remembered]:
    return {one.name: one for one in found or ()}


@only_modelled
@every_optimizer
def test_the_reference_remembers_what_torch_does(optimizer: Optimizer) -> None:
    # LBFGS divides differences of gradients, and noise among them magnifies rounding.
    disturbed = isinstance(optimizer, FirstOrder)
    noise = np.random.default_rng(3).standard_normal((30, 2)) if disturbed else None
    clip = 40.0 if disturbed else None
    tape = recorder.descend(descent_of(optimizer, steps=30, noise=noise, clip=clip))
    control = Control(tape.lr[:, None], noise=noise, clip=clip)
    path = Trajectory(tape.path, tape.loss, tape.spent, tape.lr)
    torchs = [fresh(optimizer, tape.path[0], control), *tape.state]
    own = states_along(Rosenbrock(), optimizer, path, control)
    found, expected = (by_name(remembered(optimizer, states, path.path, control)) for states in (own, torchs))
    assert found.keys() == expected.keys()
    for name, one in found.items():
        assert one.values.shape in {(31, 1), (31, 2)}
        size = np.nanmax(np.abs(expected[name].values))
        assert one.values == pytest.approx(expected[name].values, abs=optimizer.agreement * size, nan_ok=True)


@every_optimizer
def test_a_running_average_keeps_what_the_optimizer_says(optimizer: Optimizer) -> None:
    """After a gradient of almost nothing what is left of an average is the share that it keeps."""
    if not isinstance(optimizer, FirstOrder):
        return
    x, lr = np.array([[0.3], [0.2]]), np.array([1e-3])
    state = optimizer.fresh(x, lr)
    optimizer.update(x, np.ones((2, 1)), state, lr)
    before = {name: np.copy(kept) for name, kept in state.items()}
    optimizer.update(x, np.full((2, 1), 1e-30), state, lr)
    rates = {name: one.keeps for name, one in optimizer.running_averages().items() if name in state}
    assert rates == {name: pytest.approx(float((state[name] / before[name])[0, 0])) for name in rates}
    # Nothing else in the state fades: it adds up, or is the last of something.
    assert all("avg" not in name or name.startswith("max") or name in rates for name in state)


@pytest.mark.parametrize("name", ["adam", "adamw:weight_decay=0"])
def test_the_corrected_averages_are_what_the_step_is_made_of(name: str) -> None:
    (one,) = lrviz.race([f"{name}:lr=0.1"], fn="rosenbrock", steps=40, show_state=True, engine="reference").entries
    first, second = (by_name(one.state)[key].corrected for key in ("exp_avg", "exp_avg_sq"))
    assert first is not None
    assert second is not None
    made = -0.1 * first[1:] / (np.sqrt(second[1:]) + 1e-8)
    assert np.diff(one.trajectory.path, axis=0) == pytest.approx(made, rel=1e-9)


def test_a_scheduled_beta_corrects_by_its_value_in_each_step() -> None:
    adam = optimizer_of({"name": "Adam", "lr": 0.1})
    beta = np.array([0.9, 0.5, 0.0])
    control = Control(np.full((3, 1), 0.1), {"beta1": beta})
    states = [{"exp_avg": np.full((2, 1), float(step))} for step in range(4)]
    (one,) = remembered(adam, states, np.zeros((4, 2)), control)
    assert one.keeps is None
    assert one.corrected is not None
    assert one.corrected[1:, 0] == pytest.approx(np.arange(1, 4) / (1 - beta ** np.arange(1, 4)))


def test_a_path_that_ends_has_no_state_from_there_on() -> None:
    race = lrviz.race(
        ["sgd:lr=1e30:momentum=0.9", "lbfgs"], fn="rosenbrock", steps=40, show_state=True, engine="reference"
    )
    broken, resting = race.entries
    (buffer,) = broken.state or ()
    assert np.isfinite(buffer.values).all(axis=1).tolist() == [0 < row <= broken.trajectory.last for row in range(41)]
    direction = by_name(resting.state)["d"].values
    assert np.isfinite(direction[1:]).all()
    assert (direction[-1] == direction[int(np.argmax(resting.trajectory.spent >= 40))]).all()


@only_modelled
def test_lbfgs_evaluates_the_loss_where_torch_does() -> None:
    race = lrviz.race(["lbfgs", "sgd:lr=1e-3"], fn="rosenbrock", steps=40, engine="reference")
    lbfgs, sgd = race.entries
    tape = recorder.descend(descent_of(optimizer_of({"name": "LBFGS", "line_search_fn": "strong_wolfe"})))
    assert lbfgs.evaluated == pytest.approx(tape.calls[:, 1:3], abs=1e-6)
    assert lbfgs.evaluated is not None
    assert len(lbfgs.evaluated) == lbfgs.evaluations
    assert sgd.evaluated is None


def test_json_holds_it_where_it_was_asked_for(ended: Ended) -> None:
    command = ["race", "adam:lr=0.1", "sgd:lr=1e-3", "--fn", "booth", "--steps", "3", "--engine", "reference"]
    plain, told = (json.loads(ended(*command, *more, "--json", "-").stdout) for more in ([], ["--show-state"]))
    adam, sgd = (one.pop("state") for one in told["entries"])
    assert told == plain
    assert sgd == {}
    assert list(adam) == ["exp_avg", "exp_avg_sq"]
    assert adam["exp_avg"]["values"][0] == [0, 0]
    assert adam["exp_avg"]["corrected"][0] == [None, None]
    assert adam["exp_avg"]["corrected"][1] == pytest.approx([10 * one for one in adam["exp_avg"]["values"][1]])
    assert adam["exp_avg_sq"]["keeps"] == 0.999
