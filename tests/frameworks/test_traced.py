"""`lrviz.trace` on schedulers of transformers, timm and mmengine, fresh and in mid-run, and their projection."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

import pytest
import torch

import lrviz
from lrviz.results import RecordedOptimizer
from lrviz.runs.projecting import projected
from tests.here import torch_is_here
from tests.test_trace import everything

pytestmark = pytest.mark.framework

TICKS = 20
TRANSFORMERS: dict[str, dict[str, Any]] = {
    "constant": {},
    "constant_with_warmup": {"num_warmup_steps": 4},
    "linear": {"num_warmup_steps": 4},
    "cosine": {"num_warmup_steps": 4},
    "cosine_with_restarts": {"num_warmup_steps": 4, "scheduler_specific_kwargs": {"num_cycles": 2}},
    "polynomial": {"num_warmup_steps": 4, "scheduler_specific_kwargs": {"power": 2.0}},
    "inverse_sqrt": {"num_warmup_steps": 4},
    "cosine_with_min_lr": {"num_warmup_steps": 4, "scheduler_specific_kwargs": {"min_lr": 1e-3}},
    "warmup_stable_decay": {"num_warmup_steps": 4, "scheduler_specific_kwargs": {"num_decay_steps": 6}},
    "reduce_lr_on_plateau": {"scheduler_specific_kwargs": {"patience": 2}},
    "greedy": {"scheduler_specific_kwargs": {"patience": 2, "max_lr": 0.5}},
}
TIMM: dict[str, tuple[str, dict[str, Any]]] = {
    "cosine": ("CosineLRScheduler", {"t_initial": 15, "warmup_t": 3, "warmup_lr_init": 1e-4, "lr_min": 1e-5}),
    "cosine in updates": ("CosineLRScheduler", {"t_initial": 30, "cycle_limit": 2, "t_in_epochs": False}),
    "noise": ("StepLRScheduler", {"decay_t": 4, "decay_rate": 0.5, "noise_range_t": (2, 12)}),
    "multistep": ("MultiStepLRScheduler", {"decay_t": [5, 9], "decay_rate": 0.1}),
    "polynomial": ("PolyLRScheduler", {"t_initial": 18, "power": 0.9, "t_in_epochs": False}),
    "tanh": ("TanhLRScheduler", {"t_initial": 16}),
    "plateau": ("PlateauLRScheduler", {"decay_rate": 0.5, "patience_t": 2, "mode": "min"}),
}
MMENGINE: dict[str, tuple[str, dict[str, Any]]] = {
    "linear": ("LinearLR", {"start_factor": 0.1, "end": 6}),
    "constant": ("ConstantLR", {"factor": 0.2, "end": 9}),
    "step": ("StepLR", {"step_size": 5}),
    "multistep": ("MultiStepLR", {"milestones": [3, 8, 11]}),
    "exponential": ("ExponentialLR", {"gamma": 0.9}),
    "polynomial": ("PolyLR", {"eta_min": 1e-3, "power": 0.9, "end": 18}),
    "cosine": ("CosineAnnealingLR", {"T_max": 12, "eta_min_ratio": 0.1}),
    "restarts": ("CosineRestartLR", {"periods": [6, 14], "restart_weights": [1.0, 0.5], "eta_min": 0.0}),
    "one cycle": ("OneCycleLR", {"eta_max": 0.3, "total_steps": 40}),
    "plateau": ("ReduceOnPlateauLR", {"monitor": "loss", "patience": 2}),
}


@pytest.fixture
def timm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return timm.scheduler, without the rest of timm, which needs torchvision."""
    spec = find_spec("timm")
    assert spec is not None
    monkeypatch.setitem(sys.modules, "timm", module_from_spec(spec))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield import_module("timm.scheduler")


def an_optimizer() -> torch.optim.Optimizer:
    weights = [torch.nn.Parameter(torch.ones(3)) for _ in range(2)]
    groups: list[dict[str, Any]] = [{"params": [weights[0]], "lr_scale": 0.5}, {"params": [weights[1]]}]
    return torch.optim.AdamW(groups, lr=0.1)


def compare(
    scheduler: Any, optimizer: torch.optim.Optimizer, tick: Callable[[int, float], None], first: int, **loop: int
) -> tuple[str, ...]:
    """Trace a scheduler that has been stepped, and then step it itself; return what the trace warns of."""
    metric = [max(0.3, 0.9**t) for t in range(first + TICKS)]
    for t in range(first):
        optimizer.step()
        tick(t + 1, metric[t])
    before = everything(scheduler, optimizer)
    with torch_is_here():
        found = lrviz.trace(scheduler, metric=metric[first:], **loop)  # type: ignore[arg-type]
    assert everything(scheduler, optimizer) == before
    rows = []
    for t in range(first, first + TICKS):
        rows.append([float(group["lr"]) for group in optimizer.param_groups])
        optimizer.step()
        tick(t + 1, metric[t])
    assert found.curves.lr.tolist() == rows
    return found.warnings


@pytest.mark.parametrize("first", [0, 7])
@pytest.mark.parametrize(("name", "options"), TRANSFORMERS.items(), ids=TRANSFORMERS)
def test_of_transformers(name: str, options: dict[str, Any], first: int) -> None:
    get = import_module("transformers.optimization").get_scheduler
    optimizer = an_optimizer()
    scheduler = get(name, optimizer, num_training_steps=25, **options)
    watches = name in {"reduce_lr_on_plateau", "greedy"}
    warned = compare(scheduler, optimizer, lambda t, value: scheduler.step(*[value] * watches), first, steps=TICKS)
    assert any(f"stepped {first} times before" in each for each in warned) == (first > 0)


# At 4 an lr begins that a milestone has set: of several places with one lr the first is taken.
@pytest.mark.parametrize("first", [0, 4])
@pytest.mark.parametrize(("name", "options"), TIMM.values(), ids=TIMM)
def test_of_timm(name: str, options: dict[str, Any], first: int, timm: Any) -> None:
    optimizer = an_optimizer()
    scheduler = getattr(timm, name)(optimizer, **options)
    if options.get("t_in_epochs", True):
        warned = compare(scheduler, optimizer, scheduler.step, first, epochs=TICKS)
    else:
        warned = compare(scheduler, optimizer, scheduler.step_update, first, steps=TICKS)
    # As long as the metric falls its lr is the first.
    still_first = name == "PlateauLRScheduler"
    assert any("does not say how far it is" in each for each in warned) == (first > 0 and not still_first)


# mmengine compiles a module with TorchScript when it is imported.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("first", [0, 4])
@pytest.mark.parametrize(("name", "options"), MMENGINE.values(), ids=MMENGINE)
def test_of_mmengine(name: str, options: dict[str, Any], first: int) -> None:
    schedulers = import_module("mmengine.optim.scheduler")
    optimizer = an_optimizer()
    scheduler = getattr(schedulers, name)(optimizer, **options)
    watches = name == "ReduceOnPlateauLR"

    def tick(_: int, value: float) -> None:
        scheduler.step(*[{"loss": value}] * watches)

    warned = compare(scheduler, optimizer, tick, first, steps=TICKS)
    # The one that watches a metric counts no steps.
    assert any(f"stepped {first} times before" in each for each in warned) == (first > 0 and not watches)


def recorded(build: Callable[[Any], Any], tick: Callable[[Any, int], None], updates: int) -> RecordedOptimizer:
    with lrviz.recording(until=40) as run:
        optimizer = an_optimizer()
        scheduler = build(optimizer)
        for update in range(updates):
            optimizer.step()
            tick(scheduler, update)
    return run.recorded.optimizers[0]


def compare_projected(build: Callable[[Any], Any], tick: Callable[[Any, int], None]) -> None:
    found = projected(recorded(build, tick, 13))
    assert found is not None
    whole = recorded(build, tick, 40)
    assert found.lr.T.tolist() == [group.lr[13:].tolist() for group in whole.groups]


@pytest.mark.parametrize("name", sorted(TRANSFORMERS.keys() - {"reduce_lr_on_plateau", "greedy"}))
def test_those_of_transformers_are_projected(name: str) -> None:
    get = import_module("transformers.optimization").get_scheduler
    options = {"num_training_steps": 35, **TRANSFORMERS[name]}
    compare_projected(lambda it: get(name, it, **options), lambda scheduler, _: scheduler.step())


@pytest.mark.parametrize("case", sorted(TIMM.keys() - {"plateau"}))
def test_those_of_timm_are_projected(case: str, timm: Any) -> None:
    name, options = TIMM[case]

    def tick(scheduler: Any, update: int) -> None:
        scheduler.step_update(num_updates=update + 1)
        if update % 3 == 2:
            scheduler.step((update + 1) // 3, 0.5)

    compare_projected(lambda it: getattr(timm, name)(it, **options), tick)
