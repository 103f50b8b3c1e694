"""The protocol of a race against plain loops: starts, tuning, basins, ranks, schedules, and the verdicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import lrviz
from lrviz.documents.load import load
from lrviz.documents.surface import read_surface
from lrviz.engines.reference.boxes import widened
from lrviz.engines.reference.control import Control
from lrviz.engines.reference.race import descend, surveyed
from lrviz.functions import FUNCTIONS, Function
from lrviz.functions.custom import Custom
from lrviz.language.choices import Engine
from lrviz.optimizers import OPTIMIZERS, Optimizer
from lrviz.optimizers.torch.adam import Adam
from lrviz.optimizers.torch.lbfgs import LBFGS
from lrviz.optimizers.torch.sgd import SGD
from lrviz.results import Protocol
from lrviz.runs.racing import basins
from lrviz.runs.racing.basins import polish, same_basin
from lrviz.runs.racing.funnels import diagonal, funnels
from lrviz.runs.racing.judging import HELD_OUT, TUNING, Judge, drawn
from lrviz.runs.racing.tuning import grid, tune
from tests.examples import examples
from tests.here import torch_is_here

ROOT = Path(__file__).parents[1]
SURFACES = {cls().name: cls() for cls in FUNCTIONS}
ROSENBROCK, HIMMELBLAU = SURFACES["rosenbrock"], SURFACES["himmelblau"]
SMALL = Protocol(tuned=True, grid=(1e-4, 10.0, 2), tuning_starts=5)

every_optimizer = pytest.mark.parametrize("cls", OPTIMIZERS, ids=lambda cls: cls.__name__)


@pytest.fixture(autouse=True, scope="module")
def no_process() -> Iterator[None]:
    with torch_is_here():
        yield


@every_optimizer
def test_many_paths_at_once_are_what_each_is_alone(cls: type[Optimizer]) -> None:
    optimizer, paths = cls.model_validate({"name": cls.__name__}), 9
    starts = drawn((-1.5, 2.0), ROSENBROCK.view, 0.3, paths, (0, 7))
    # The last ones leave the finite numbers.
    lr = np.geomspace(1e-4, 1e60, paths)[None]
    noise = np.random.default_rng(1).standard_normal((25, 2))
    together = descend(ROSENBROCK, optimizer, starts, Control(lr, noise=noise), 25, recorded=paths)
    for index in range(paths):
        control = Control(lr[:, index : index + 1], noise=noise)
        alone = descend(ROSENBROCK, optimizer, starts[:, index : index + 1], control, 25, recorded=1)
        assert together.path[..., index].tobytes() == alone.path[..., 0].tobytes()
        assert together.spent[:, index].tolist() == alone.spent[:, 0].tolist()
        assert together.diverged[index] == alone.diverged[0]


def test_blocks_of_paths_are_joined_in_order() -> None:
    starts = drawn((-1.5, 2.0), ROSENBROCK.view, 0.05, 9000, (0, 7))
    control = Control(np.array([[0.01]]))
    many = descend(ROSENBROCK, Adam(), starts, control, 3, goal=(0.0, 10.0), recorded=9000)
    last = descend(ROSENBROCK, Adam(), starts[:, -1:], control, 3, goal=(0.0, 10.0), recorded=1)
    assert many.path.shape == (4, 2, 9000)
    assert many.end[:, -1].tolist() == last.end[:, 0].tolist() == many.path[-1, :, -1].tolist()
    assert many.arrived[-1] == last.arrived[0]


def test_each_of_many_paths_arrives_when_its_rows_say_so() -> None:
    """Rows are looked at while they are made; once most paths have arrived, only those of the others."""
    starts = drawn((0.0, 0.0), HIMMELBLAU.view, 0.3, 300, (0, 7))
    noise = np.random.default_rng(1).standard_normal((120, 2))
    control, goal = Control(np.geomspace(1e-2, 3.0, 300)[None], noise=noise), (0.0, 0.1)
    flight = descend(HIMMELBLAU, Adam(), starts, control, 120, goal=goal, recorded=300)
    known = surveyed(HIMMELBLAU, flight.path, flight.spent, goal=goal, recorded=300)
    assert 150 < np.isfinite(known.arrived).sum() < 300
    assert len(np.unique(known.arrived)) > 30
    assert flight.arrived.tolist() == known.arrived.tolist()


@pytest.mark.parametrize(("rates", "view"), [((1e-4, 1e-2), 0.5), ((1e-4, 0.1), 0.5), ((1e-3, 1e-3), 3.0)])
def test_paths_leave_a_view_and_diverge_where_their_rows_say_so(rates: tuple[float, float], view: float) -> None:
    """As long as all paths stay, only the extremes of all of them are looked at."""
    starts = drawn((0.0, 0.0), HIMMELBLAU.view, 0.3, 300, (0, 7))
    box = widened(HIMMELBLAU.domain, view)
    flight = descend(HIMMELBLAU, SGD(), starts, Control(np.geomspace(*rates, 300)[None]), 80, view=box, recorded=300)
    known = surveyed(HIMMELBLAU, flight.path, flight.spent, view=box, recorded=300)
    assert (flight.left.tolist(), flight.diverged.tolist()) == (known.left.tolist(), known.diverged.tolist())
    assert known.left.any() == (view < 1)
    assert known.diverged.any() == (rates[1] == 0.1)
    assert not (known.left | known.diverged).all()


def test_lbfgs_rests_when_its_budget_is_spent() -> None:
    start = np.array([[-1.5], [2.0]])
    flight = descend(ROSENBROCK, LBFGS(line_search_fn="strong_wolfe"), start, Control(np.ones((1, 1))), 20, recorded=1)
    spent, path = flight.spent[:, 0], flight.path[..., 0]
    over = int((spent >= 20).argmax())
    assert 0 < over < 20
    assert (spent[over:] == spent[over]).all()
    assert (path[over:] == path[over]).all()
    assert spent[over - 1] < 20


def test_starts_are_near_the_start_and_held_out() -> None:
    view = ROSENBROCK.view
    tuning, held_out = (drawn((-1.5, 2.0), view, 0.05, 5000, (0, stream)) for stream in (TUNING, HELD_OUT))
    assert not np.isin(tuning, held_out).any()
    for starts in (tuning, held_out):
        away = np.abs(starts - np.array([[-1.5], [2.0]])) / 4
        assert away.max() <= 0.05
        assert away.max(axis=1) == pytest.approx([0.05, 0.05], rel=0.01)
    assert (tuning == drawn((-1.5, 2.0), view, 0.05, 5000, (0, TUNING))).all()
    assert (tuning != drawn((-1.5, 2.0), view, 0.05, 5000, (1, TUNING))).all()


def plainly_tuned(
    make: Callable[[list[torch.Tensor], float], torch.optim.Optimizer], function: Function, steps: int
) -> tuple[float, list[list[float]]]:
    """Return the lr that the words of DESIGN.md choose, one torch run after another, and where each led, in order."""
    start = function.start
    assert function.minimum is not None
    minimum = function.minimum

    def height(point: Any) -> float:
        return float(function.value(torch.tensor(point[0]), torch.tensor(point[1]), torch)) - minimum

    tolerance = max(1e-6 * height(np.array(start)), 1e-12)
    (left, right), (low, high) = function.domain
    starts = drawn(start, function.view, 0.05, 5, (0, TUNING)).T.tolist()
    view = [
        (min(a, *each), max(b, *each)) for (a, b), each in zip(function.view, zip(*starts, strict=True), strict=True)
    ]
    rows, every = [], []
    for lr in grid(SMALL).tolist():
        finals, scores, evaluations, away = [], [], [], 0
        for x, y in starts:
            point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
            optimizer, arrived, inside_view = make([point], lr), math.inf, True
            for step in range(steps + 1):
                optimizer.zero_grad()
                loss = function.value(point[0], point[1], torch)
                at = point.tolist()
                inside = left <= at[0] <= right and low <= at[1] <= high
                if inside and abs(float(loss.detach()) - minimum) <= tolerance:
                    arrived = min(arrived, step)
                inside_view &= all(a <= one <= b for one, (a, b) in zip(at, view, strict=True))
                if step < steps:
                    loss.backward()
                    optimizer.step()
            end = point.tolist()
            inside = abs(end[0] - (left + right) / 2) <= right - left and abs(end[1] - (low + high) / 2) <= high - low
            final = height(end) if inside else math.inf
            finals.append(final if math.isfinite(final) else math.inf)
            scores.append(math.log10(max(final, tolerance)) if math.isfinite(final) else math.inf)
            evaluations.append(arrived)
            away += not inside_view
        every.append(sorted(finals))
        rows.append((away <= len(starts) / 10, float(np.median(scores)), float(np.median(evaluations)), lr))
    choices = [row[1:] for row in rows if row[0]] or [row[1:] for row in rows]
    best = min(score for score, _, _ in choices)
    chosen = min((evaluations, lr) for score, evaluations, lr in choices if score <= best + 0.1)[1]
    return float(chosen), every


@pytest.mark.parametrize("name", ["rosenbrock", "beale", "rastrigin", "quadratic"])
@pytest.mark.parametrize(
    ("optimizer", "make"),
    [
        (SGD(), lambda params, lr: torch.optim.SGD(params, lr=lr)),
        (SGD(momentum=0.9), lambda params, lr: torch.optim.SGD(params, lr=lr, momentum=0.9)),
        (Adam(), lambda params, lr: torch.optim.Adam(params, lr=lr)),
    ],
    ids=["sgd", "momentum", "adam"],
)
@pytest.mark.slow
def test_tuning_is_what_the_words_say(name: str, optimizer: Optimizer, make: Any) -> None:
    function = SURFACES[name]
    judge = Judge.of(function, function.start)
    assert judge is not None
    tuned = tune(optimizer, judge, function.start, 40, SMALL)
    lr, finals = plainly_tuned(make, function, 40)
    assert tuned.lr == lr
    found = tuned.sensitivity
    assert np.array_equal(found.lr, grid(SMALL))
    # Of five starts the quartiles are the second, the third and the fourth. Beyond the chosen lr rounding decides.
    some = found.lr <= lr
    for quartile, place in ((found.low, 1), (found.median, 2), (found.high, 3)):
        assert quartile[some] == pytest.approx([one[place] for one in finals[: some.sum()]], rel=1e-6, abs=1e-12)
    assert ((found.diverged >= 0) & (found.diverged <= 1)).all()
    assert tuned.evaluations == len(grid(SMALL)) * 5 * 40


def test_the_grid_is_the_words_grid() -> None:
    rates = grid(Protocol(tuned=True))
    assert len(rates) == 61
    assert rates[0] == 1e-12
    assert rates[-1] == 1e3
    assert np.diff(np.log10(rates)) == pytest.approx(0.25, abs=0.002)


def test_an_optimum_at_the_edge_is_said() -> None:
    judge = Judge.of(ROSENBROCK, ROSENBROCK.start)
    assert judge is not None
    assert tune(SGD(), judge, ROSENBROCK.start, 20, replace(SMALL, grid=(1e-12, 1e-10, 1))).at_edge
    race = lrviz.race(["sgd:lr=0.001", "adam"], fn="rosenbrock", steps=50, engine="reference")
    assert [one.lr_source for one in race.entries] == ["given", "tuned"]
    assert race.contest.protocol.tuned


@given(st.tuples(st.floats(-5, 5), st.floats(-5, 5)))
@examples(100)
def test_a_polish_goes_down_and_ends_in_a_minimum(point: tuple[float, float]) -> None:
    before = np.array(point)[:, None]
    after = polish(HIMMELBLAU, before)
    assert HIMMELBLAU.value(*after)[0] <= HIMMELBLAU.value(*before)[0]
    steepness = np.hypot(*HIMMELBLAU.gradient(*after))[0]
    # Within a hundred-thousandth of the view of a minimum nothing more is to be found out.
    assert steepness < 0.05
    # Where the descent did not stop on a saddle it has found one of the four.
    if HIMMELBLAU.value(*after)[0] < 1:
        assert min(np.hypot(*(after[:, 0] - minimum)) for minimum in map(np.array, HIMMELBLAU.minima)) < 5e-4


def test_a_polish_of_many_points_is_that_of_each_alone() -> None:
    points = drawn((0.0, 0.0), HIMMELBLAU.view, 0.5, 8200, (0, 7))
    points[0, 1] = math.nan
    polished = polish(HIMMELBLAU, points)
    for index in (0, 1, 2, 8191, 8192, 8199):
        assert polish(HIMMELBLAU, points[:, [index]]).tobytes() == polished[:, [index]].tobytes()


def test_basins_are_told_apart() -> None:
    ends = np.array([(3.1, 2.1), (2.9, 1.8), (-2.7, 3.0), (3.4, -1.7), (math.nan, 0.0)]).T
    polished = polish(HIMMELBLAU, ends)
    assert same_basin(HIMMELBLAU, polished, polished[:, 0]).tolist() == [True, True, False, False, False]


with_basins = pytest.mark.parametrize(
    "function", [f for f in SURFACES.values() if f.minima and not f.no_basins], ids=lambda f: f.name
)


@with_basins
def test_a_funnel_leads_to_the_minimum_that_a_path_reaches(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    """The basins are those of paths that are followed to their very ends, from all over the view and around it."""
    (left, right), (low, high) = function.view
    points = drawn(((left + right) / 2, (low + high) / 2), function.view, 0.75, 300, (0, 0))
    points = np.concatenate([points, *(drawn(at, function.view, 0.02, 60, (1, 0)) for at in function.minima)], axis=1)
    monkeypatch.setattr(basins, "_ROUNDS", (20, 4000))

    def found() -> list[list[bool]]:
        led = polish(function, points)
        return [same_basin(function, led, np.array(minimum)).tolist() for minimum in function.minima]

    ours = found()
    known = funnels(function, 0.01 * diagonal(function.view))
    assert len(known) == len(function.minima)
    assert any(one.holds(points, function.value(*points)).any() for one in known)
    monkeypatch.setattr(basins, "funnels", lambda *_: ())
    assert found() == ours


@pytest.mark.parametrize("trap", [(0.4, 0.1), (-0.7, 0.7), (0.0, -0.5)])
def test_a_trap_is_in_no_funnel(trap: tuple[float, float]) -> None:
    x, y = trap
    formula = f"x**2 + y**2 - 0.3*exp(-((x - {x})**2 + (y - {y})**2)/0.005)"
    surface = replace(cast(Custom, read_surface(formula, (-2.0, 2.0))), minima=((0.0, 0.0),), minimum=0.0)
    (known,) = funnels(surface, 0.01 * diagonal(surface.view))
    angle = np.linspace(0, 2 * np.pi, 200)
    around = np.array(trap)[:, None] + 0.06 * np.array([np.cos(angle), np.sin(angle)])
    for points in (np.array(trap)[:, None], around):
        assert not known.holds(points, surface.value(*points)).any()
    assert known.holds(np.array([[0.01], [0.01]]), np.array([2e-4])).all()


@with_basins
def test_a_known_minimum_stands_still_under_the_polish(function: Function) -> None:
    minima = np.array(function.minima).T
    assert same_basin(function, polish(function, minima), minima[:, 0])[0]


def test_what_each_lr_gave_is_in_the_record() -> None:
    race = lrviz.race(["sgd", "sgd:lr=0.01"], fn="booth", steps=30, engine="reference")
    tuned, given = race.to_json()["entries"]
    assert given["sensitivity"] is None
    found = tuned["sensitivity"]
    assert list(found) == ["lr", "median", "low", "high", "diverged"]
    assert {len(column) for column in found.values()} == {61}
    chosen = found["lr"].index(tuned["lr"][0])
    assert found["low"][chosen] <= found["median"][chosen] <= found["high"][chosen] < found["median"][0]
    assert found["diverged"][0] == 0
    # Where all diverge nothing is left.
    assert (found["diverged"][-1], found["median"][-1], found["low"][-1], found["high"][-1]) == (1, None, None, None)


def test_without_a_minimum_nothing_is_tuned_or_ranked() -> None:
    race = lrviz.race(["sgd", "adam"], fn="hyperbolic_saddle", steps=30, engine="reference")
    assert race.contest.tolerance is None
    for one in race.entries:
        assert (one.lr_source, one.rank, one.distance, one.steps_to_tolerance) == ("default", None, None, None)
        assert (one.robustness.share, one.robustness.steps, one.robustness.score) == (None, None, None)
        assert any("default lr" in told for told in one.warnings)


def test_noise_is_the_same_for_every_entry_and_off_while_tuning() -> None:
    options: dict[str, Any] = {"fn": "quadratic", "steps": 60, "engine": "reference"}
    noisy = lrviz.race(["sgd:lr=0.05", "SGD:lr=0.05", "adam"], noise=3, **options)
    quiet = lrviz.race(["sgd:lr=0.05", "adam"], **options)
    first, second, adam = noisy.entries
    assert (first.trajectory.path == second.trajectory.path).all()
    assert (first.trajectory.path != quiet.entries[0].trajectory.path)[1:].any()
    assert adam.lr == quiet.entries[1].lr
    again = lrviz.race(["sgd:lr=0.05"], noise=3, seed=1, **options)
    assert (again.entries[0].trajectory.path != first.trajectory.path).any()


def test_ranks_follow_the_held_out_score_and_equals_share_one() -> None:
    race = lrviz.race(["adam", "sgd:lr=1e-9", "Adam", "sgd:lr=100"], fn="quadratic", steps=200, engine="reference")
    scores: list[Any] = [one.robustness.score for one in race.entries]
    assert scores[0] == scores[2] < scores[1] < scores[3] == math.inf
    # What diverged has no rank.
    assert [one.rank for one in race.entries] == [1, 3, 1, None]


def test_a_diverging_run_is_a_result() -> None:
    (gone,) = lrviz.race(["sgd:lr=10"], fn="rosenbrock", steps=100).entries
    assert gone.diverged
    assert gone.verdict.verdict == "agree"
    assert math.isnan(gone.final_loss)
    assert gone.distance is None
    rows = np.isfinite(gone.trajectory.loss)
    assert rows[0]
    assert not rows[-1]
    assert (np.isfinite(gone.trajectory.path).all(axis=1) == rows).all()


SCHEDULED = {
    "cosine": "{name: CosineAnnealingLR, T_max: 60}",
    "one cycle": "{name: OneCycleLR, max_lr: 0.1, total_steps: 61}",
    "chain": "[{name: LinearLR, total_iters: 10}, {name: StepLR, step_size: 20}]",
}


@pytest.mark.parametrize("chain", SCHEDULED.values(), ids=SCHEDULED)
@pytest.mark.parametrize("optimizer", ["{name: SGD, lr: 0.02, momentum: 0.9}", "{name: AdamW, lr: 0.05}"])
def test_a_schedule_in_a_race_is_the_schedule(tmp_path: Path, optimizer: str, chain: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(f"steps: 60\ninterval: step\noptimizer: {optimizer}\nscheduler: {chain}\n")
    curves = lrviz.simulate(load(path)).curves
    (entry,) = lrviz.race([str(path)], fn="quadratic").entries
    assert (entry.trajectory.lr == curves.lr[:, 0]).all()
    assert entry.verdict.verdict == "agree"
    assert entry.verdict.free_max_abs is not None
    assert entry.verdict.free_max_abs < 1e-9
    (reference,) = lrviz.race([str(path)], fn="quadratic", engine="reference").entries
    assert reference.trajectory.lr == pytest.approx(curves.lr[:, 0], rel=1e-9)


@pytest.mark.slow
def test_a_plateau_watches_the_loss_of_the_race(tmp_path: Path) -> None:
    path = tmp_path / "plateau.yaml"
    path.write_text(
        "steps: 80\ninterval: step\noptimizer: {name: SGD, lr: 0.079}\n"
        "scheduler: {name: ReduceLROnPlateau, factor: 0.5, patience: 2, threshold: 0.01}\n"
    )
    point = torch.tensor(SURFACES["quadratic"].start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([point], lr=0.079)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2, threshold=0.01)
    lr, noise = [], np.random.default_rng((0, 3)).standard_normal((80, 2))
    for step in range(80):
        lr.append(optimizer.param_groups[0]["lr"])
        optimizer.zero_grad()
        SURFACES["quadratic"].value(point[0], point[1], torch).backward()
        assert point.grad is not None
        point.grad += 0.5 * torch.from_numpy(noise[step])
        optimizer.step()
        with torch.no_grad():
            scheduler.step(float(SURFACES["quadratic"].value(point[0], point[1], torch)))
    assert len(set(lr)) > 3
    engines: tuple[Engine, ...] = ("both", "reference")
    for engine in engines:
        (entry,) = lrviz.race([str(path)], fn="quadratic", noise=0.5, engine=engine).entries
        assert entry.trajectory.lr.tolist() == lr
        assert entry.verdict.verdict == ("agree" if engine == "both" else "skipped")


@pytest.mark.parametrize("name", ["rosenbrock", "himmelblau", "rastrigin", "ackley", "goldstein_price", "linear_net"])
@pytest.mark.slow
def test_both_engines_agree_on_every_optimizer(name: str) -> None:
    race = lrviz.race([cls.__name__ for cls in OPTIMIZERS], fn=name, steps=120)
    assert {one.verdict.verdict for one in race.entries} == {"agree"}
    for one in race.entries:
        assert one.evaluations >= 120 or one.optimizer != "LBFGS"


@pytest.mark.parametrize("average", ["swa:start=20", "ema:decay=0.9"])
def test_an_average_is_torchs(average: str) -> None:
    options: dict[str, Any] = {"fn": "quadratic", "steps": 50, "noise": 1, "average": average}
    both, reference = (
        lrviz.race(["sgd:lr=0.05", "adam:lr=0.1"], engine=engine, **options) for engine in ("both", "reference")
    )
    for ours, theirs in zip(reference.entries, both.entries, strict=True):
        assert theirs.verdict.verdict == "agree"
        assert ours.average is not None
        assert theirs.average is not None
        assert ours.average.path == pytest.approx(theirs.average.path, rel=1e-9, abs=1e-12, nan_ok=True)
        assert np.isfinite(ours.average.path[-1]).all()
