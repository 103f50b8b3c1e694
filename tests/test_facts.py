"""What a scheduler's class says of its curve and its constructor is what torch does."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lrviz
from lrviz.engines.real.libraries import library_class
from lrviz.optimizers import OPTIMIZERS
from lrviz.results import FloatArray
from lrviz.schedulers import SCHEDULERS, SWALR, Composite, Leaf, Scheduler, Watching
from lrviz.schedulers.facts import Span
from lrviz.schedulers.situation import Situation
from tests.cli import ROOT
from tests.versions import only_modelled

LR, INITIAL, MOMENTUM = 0.1, 0.2, 0.5

VARIANTS: dict[str, tuple[dict[str, Any], ...]] = {
    "ConstantLR": ({"factor": 0.25, "total_iters": 7},),
    "LinearLR": ({"start_factor": 1.0, "end_factor": 0.2, "total_iters": 30}, {"total_iters": 0}),
    "ExponentialLR": ({"gamma": 1.05}, {"gamma": 1.0}),
    "StepLR": ({"step_size": 7, "gamma": 1.5},),
    "PolynomialLR": ({"total_iters": 40},),
    "CosineAnnealingLR": ({"T_max": 20, "eta_min": 0.01}, {"T_max": 25, "eta_min": 0.3}),
    "CosineAnnealingWarmRestarts": ({"T_0": 20, "eta_min": 0.01}, {"T_0": 6, "T_mult": 3}),
    "CyclicLR": (
        {"base_lr": 0.01, "max_lr": 0.3, "step_size_up": 5, "step_size_down": 11},
        {"base_lr": 0.02, "max_lr": 0.3, "step_size_up": 8, "cycle_momentum": False},
    ),
    "OneCycleLR": (
        {"max_lr": 0.3, "total_steps": 60, "three_phase": True, "anneal_strategy": "linear"},
        {"max_lr": 0.3, "epochs": 6, "steps_per_epoch": 10, "cycle_momentum": False, "pct_start": 0.5},
    ),
    "SWALR": ({"swa_lr": 0.05, "anneal_epochs": 0},),
}
"""Beside the example of each class: where its facts depend on its parameters."""


def made(scheduler: type[Scheduler], arguments: dict[str, Any]) -> Scheduler:
    return scheduler.model_validate({"name": scheduler.model_fields["name"].default, **arguments})


CASES = [
    pytest.param(made(cls, arguments), id=f"{cls.__name__}-{number}")
    for cls in SCHEDULERS
    for number, arguments in enumerate((cls.example, *VARIANTS.get(cls.__name__, ())))
]
every = pytest.mark.parametrize("own", CASES)


def optimizer(lr: float = LR, initial_lr: float | None = None, momentum: float = MOMENTUM) -> torch.optim.Optimizer:
    found = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=momentum)
    if initial_lr is not None:
        found.param_groups[0]["initial_lr"] = initial_lr
    return found


def real(own: Scheduler, host: torch.optim.Optimizer) -> Any:
    """Construct torch's own object; a formula stands for one that says nothing."""
    arguments = own.arguments()
    if own.formula:
        arguments[own.formula] = lambda tick: 0.5 + 0.01 * tick
    if isinstance(own, Composite):
        arguments["schedulers"] = [real(member, host) for member in own.schedulers]
        if "milestones" in arguments:
            arguments["milestones"] = list(arguments["milestones"])
    cls = library_class(own.module, own.class_name)
    return cls(host, **arguments) if own.optimizer_first else cls(optimizer=host, **arguments)


def group(own: Scheduler, host: torch.optim.Optimizer) -> dict[str, Any]:
    real(own, host)
    return host.param_groups[0]


def curve(own: Scheduler, ticks: int) -> FloatArray:
    """Return the lr that torch has before each of its ticks."""
    host = optimizer()
    stepped = real(own, host)
    lr = []
    for _ in range(ticks):
        lr.append(host.param_groups[0]["lr"])
        host.step()
        stepped.step(*([1.0] if own.watches_metric else []))
    return np.array(lr)


def segments(own: Scheduler, ticks: int) -> Iterator[tuple[Span, FloatArray]]:
    """Yield each part that has at least two ticks, with torch's lr there."""
    lr = curve(own, ticks)
    for span in islice(own.spans(np.array([LR])), ticks):
        if span.start >= ticks:
            return
        part = lr[span.start : span.stop]
        if len(part) > 1 and (span.stop is None or span.stop <= ticks):
            yield span, part


# The constructor -----------------------------------------------------------------------------------------


@every
@only_modelled
def test_what_a_constructor_overwrites(own: Scheduler) -> None:
    ours = group(own, optimizer())
    changed = {
        "lr": group(own, optimizer(lr=4 * LR)),
        "initial_lr": group(own, optimizer(lr=4 * LR)),
        "momentum": group(own, optimizer(momentum=0.6)),
    }
    kept = {key for key, other in changed.items() if key in ours and ours[key] != other[key]}
    # torch's plateau remembers no initial_lr.
    assert own.overwrites == {key for key in changed if key in ours} - kept


@every
@only_modelled
def test_whose_constructor_writes_over_the_lr_that_it_finds(own: Scheduler) -> None:
    """An lr that another scheduler has changed; initial_lr is what it was before."""
    found = {group(own, optimizer(lr=lr, initial_lr=INITIAL))["lr"] for lr in (LR, 4 * LR)}
    assert own.resets_lr == (len(found) == 1)


@every
@only_modelled
def test_the_lr_that_a_constructor_imposes(own: Scheduler) -> None:
    imposed = own.imposed()
    assert (imposed is not None) == ({"lr", "initial_lr"} <= own.overwrites)
    if imposed is None:
        return
    lr = curve(own, 60)
    assert lr[0] == pytest.approx(imposed.start)
    assert 0.9 * np.max(imposed.peak) <= lr.max() <= np.max(imposed.peak) * (1 + 1e-12)
    assert getattr(own, own.target) == imposed.peak == getattr(own, imposed.keys[0])
    if imposed.divisor:
        assert isinstance(imposed.peak, float)
        assert imposed.peak / getattr(own, imposed.divisor) == pytest.approx(imposed.start)


@every
@only_modelled
def test_the_momentum_that_is_cycled(own: Scheduler) -> None:
    cycled = own.cycled()
    assert bool(cycled) == ("momentum" in own.overwrites)
    if cycled:
        low, high = cycled.values()
        host = optimizer()
        stepped, seen = real(own, host), []
        for _ in range(60):
            seen.append(host.param_groups[0]["momentum"])
            host.step()
            stepped.step()
        assert max(seen) == pytest.approx(high)
        assert np.min(low) * (1 - 1e-12) <= min(seen) < np.max(high)


@pytest.mark.parametrize("place", [0, 1])
@every
@only_modelled
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_where_it_may_stand(own: Scheduler, place: int) -> None:
    """In a chain, and as the first or a later stage."""

    def stands(within: Callable[[torch.optim.Optimizer, list[Any]], Any]) -> bool:
        host = optimizer()
        members = [real(own, host), torch.optim.lr_scheduler.StepLR(host, 5)]
        try:
            whole = within(host, members if place == 0 else members[::-1])
            for _ in range(5):
                host.step()
                whole.step()
        except (ValueError, NotImplementedError):
            return False
        return True

    assert stands(lambda host, members: torch.optim.lr_scheduler.ChainedScheduler(members, host)) == (
        own.nests != "nowhere"
    )
    # The closed form of a line without ticks divides by zero; that is the parameter's fault, not the class's.
    if getattr(own, "total_iters", 1):
        assert stands(lambda host, members: torch.optim.lr_scheduler.SequentialLR(host, members, [2])) == (
            own.nests == "anywhere" or (own.nests == "first" and place == 0)
        )


@pytest.mark.parametrize("scheduler", SCHEDULERS, ids=lambda each: each.__name__)
def test_how_it_is_constructed_and_stepped(scheduler: type[Scheduler]) -> None:
    module = torch.optim.swa_utils if scheduler is SWALR else torch.optim.lr_scheduler
    theirs = getattr(module, scheduler.__name__)
    step, init = inspect.signature(theirs.step).parameters, list(inspect.signature(theirs).parameters)
    assert scheduler.watches_metric == ("metrics" in step)
    assert scheduler.optimizer_first == (init[0] == "optimizer")


# The parts of the curve ----------------------------------------------------------------------------------


@every
def test_every_class_says_its_parts_or_is_a_formula_or_made_of_others(own: Scheduler) -> None:
    """A class that lacks the fact fails here."""
    assert (next(own.spans(np.array([LR])), None) is None) == (bool(own.formula) or isinstance(own, Composite))


def does_what_its_parts_say(own: Scheduler) -> bool:
    for span, lr in segments(own, 60):
        moves = np.where(np.abs(np.diff(lr)) > 1e-12, np.diff(lr), 0.0)
        told = {
            "warm-up": (moves >= 0).all() and moves.any(),
            "rise": (moves >= 0).all() and moves.any(),
            "decay": (moves <= 0).all() and moves.any(),
            "hold": not moves.any(),
            "restart": (moves < 0).any(),
        }
        if not told[span.kind]:
            return False
    return True


@every
@only_modelled
def test_a_part_does_what_its_kind_says(own: Scheduler) -> None:
    if own.watches_metric:
        assert curve(own, 60)[-1] < LR
        return
    if isinstance(own, SWALR):
        # What is averaged is what it holds after the annealing.
        assert curve(own, 60)[own.anneal_epochs + 1 :] == pytest.approx(own.swa_lr)
        return
    assert does_what_its_parts_say(own)


@every
@only_modelled
def test_every_cycle_starts_where_the_first_did(own: Scheduler) -> None:
    starts = [lr[0] for span, lr in segments(own, 60) if span.kind == "restart"]
    if getattr(own, "mode", "triangular") == "triangular":
        assert starts == pytest.approx(starts[:1] * len(starts))


@every
@only_modelled
def test_the_key_of_a_part_sets_its_length(own: Scheduler) -> None:
    base = np.array([LR])
    # With 0.1 or 10 ticks more all parts are whole ticks: a peak between two ticks belongs to neither part.
    for number, span in enumerate(islice(own.spans(base), 3)):
        if not span.key:
            continue
        value = getattr(own, span.key)
        longer = own.model_copy(update={span.key: value + 0.1 if isinstance(value, float) else value + 10})
        other = next(islice(longer.spans(base), number, None))
        if span.stop is not None and other.stop is not None:
            assert other.stop - other.start > span.stop - span.start
        # torch's curve has other parts then, too.
        assert does_what_its_parts_say(longer)


@every
@only_modelled
def test_the_floor_of_a_part_is_where_torch_is_beside_it(own: Scheduler) -> None:
    for span, _ in segments(own, 60):
        if span.floor is None or own.watches_metric:
            continue
        floor = getattr(own, span.floor) if isinstance(span.floor, str) else span.floor
        assert span.stop is not None
        # Where a decay ends, the tick after it is the floor; where it begins again that tick does not come.
        lr = curve(own, span.stop + 1)[max(0, span.start - 1) :]
        assert isinstance(floor, float)
        wanted = floor * LR if span.relative else floor
        assert np.abs(lr - wanted).min() <= (0.08 * np.ptp(lr) if span.kind == "restart" else 1e-9)


# What rules ask ------------------------------------------------------------------------------------------


@every
@only_modelled
def test_a_cycle_is_where_torchs_is(own: Scheduler) -> None:
    if own.cycle(1) is None:
        assert not any(span.kind == "restart" for span, _ in segments(own, 60))
        assert own.with_cycle(10) == {}
        return
    lr, spans = curve(own, 60), list(islice(own.spans(np.array([LR])), 60))
    for ticks in range(1, 60):
        at = own.cycle(ticks)
        assert at is not None
        number = next(index for index, span in enumerate(spans) if span.start < ticks <= (span.stop or ticks))
        span = spans[number]
        assert (at.number, at.length, at.done) == (number + 1, (span.stop or 0) - span.start, ticks - span.start)
        assert isinstance(span.floor, str)
        floor, top = getattr(own, span.floor), getattr(own, own.target) if own.target else LR
        if getattr(own, "mode", "triangular") == "triangular":
            assert lr[ticks - 1] == pytest.approx(floor + at.height * (top - floor))
    for length in (2, 10, 30):
        again = own.model_copy(update=own.with_cycle(length)).cycle(1)
        assert again is not None
        assert again.length == length


@every
@only_modelled
def test_how_often_a_factor_multiplies(own: Scheduler) -> None:
    """The last of so many ticks is in force before the step that follows it."""
    for ticks in (1, 5, 31, 60):
        told = own.repeated(ticks)
        if told is not None and not own.assigns:
            key, times = told
            before = times - (times == ticks)  # what multiplies at every tick has not done so before the first one
            assert curve(own, ticks)[-1] == pytest.approx(LR * getattr(own, key) ** before)


@every
@only_modelled
def test_nothing_happens_before_the_tick_that_is_awaited(own: Scheduler) -> None:
    """Two values of a parameter give one curve until the run reaches the tick that the smaller one awaits."""
    for one in own.awaited():
        key, *index = map(str, one.below)
        value = getattr(own, key)
        assert one.value == (value[int(index[0])] if index else value)
        sooner, later = (own.model_copy(update={key: (ticks,) if index else ticks}) for ticks in (30, 40))
        (awaited,) = sooner.awaited()
        if own.assigns or isinstance(own, Composite):  # whose curve depends on the parameter from the start
            assert awaited.tick == next(islice(sooner.spans(np.array([LR])), 1, None)).start - 1 if own.assigns else 30
        else:
            assert int((curve(sooner, 60) != curve(later, 60)).argmax()) == awaited.tick


@every
@only_modelled
def test_the_first_factor_is_where_torch_begins(own: Scheduler) -> None:
    lr = curve(own, 1)[0]
    if own.first_factor:
        assert lr == pytest.approx(LR * getattr(own, own.first_factor))
    elif not own.formula and not isinstance(own, Composite) and not own.overwrites:
        assert lr == LR


@every
@only_modelled
def test_stages_begin_where_torch_begins_them(own: Scheduler) -> None:
    assert own.begins == tuple(getattr(real(own, optimizer()), "_milestones", ()))
    assert own.in_turn == bool(own.begins)
    assert bool(own.members) == isinstance(own, Composite)


@every
@only_modelled
def test_a_curve_is_at_its_end_after_the_length_that_says_so(own: Scheduler) -> None:
    parts = [span for span in islice(own.spans(np.array([LR])), 1) if span.kind != "restart" and span.key]
    lengths = {span.key: span.stop for span in parts if isinstance(getattr(own, span.key), int)}
    assert set(lengths) <= {own.done_after}
    for key, stop in lengths.items():
        # The last tick is the floor itself, which torch's cosine has for one tick before it rises again.
        assert stop in {getattr(own, key), getattr(own, key) + 1}


@every
@only_modelled
def test_what_waits_for_longer_than_the_run_changes_the_lr_once_at_most(own: Scheduler) -> None:
    for key in own.waiting:
        assert np.count_nonzero(np.diff(curve(own.model_copy(update={key: 100}), 60))) <= 1


@every
@only_modelled
def test_what_rests_changes_nothing_any_more(own: Scheduler) -> None:
    for span, lr in segments(own, 60):
        assert not span.rests or np.ptp(lr) == 0


def test_whoever_adds_a_scheduler_is_told_of_every_fact() -> None:
    told = set(re.findall(r"`(\w+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    known = {name for cls in (Scheduler, Leaf, Composite, Watching) for name in vars(cls) if not name.startswith("_")}
    assert known - told - {"update", "problems", "class_name", "is_per_group", "model_config"} == set()
    assert {field.name for field in fields(Situation)} <= told


# Who asks -------------------------------------------------------------------------------------------------

LRVIZ = Path(lrviz.__file__).parent
ASKING = [
    *sorted((LRVIZ / "linting").rglob("*.py")),
    *(LRVIZ / "engines" / "reference" / f"{name}.py" for name in ("construction", "phases", "schedule")),
    LRVIZ / "runs" / "resuming" / "matching.py",
]


@pytest.mark.parametrize("path", ASKING, ids=lambda path: path.relative_to(LRVIZ).as_posix())
def test_nobody_switches_on_a_class(path: Path) -> None:
    """What one needs to know is a fact of the class, or the class is what a rule is about."""
    own = {cls.__name__ for cls in (*SCHEDULERS, *OPTIMIZERS)} | {"Swa"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name("isinstance" | "issubclass"), args=[_, asked]):
                names = {each.id for each in ast.walk(asked) if isinstance(each, ast.Name)}
            case ast.MatchClass(cls=ast.Name(name)):
                names = {name}
            case ast.Compare():
                names = {str(each.value) for each in ast.walk(node) if isinstance(each, ast.Constant)}
            case _:
                continue
        assert not names & own, f"line {node.lineno}"
